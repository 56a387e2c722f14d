"""Meta's three APIs for tests, written from developers.facebook.com and strict where the real ones are: Threads below
`/threads`, Instagram below `/instagram`, Facebook Pages below `/facebook`, over real HTTP.

A Page takes films in phases: begun, sent in parts of `part` bytes, finished.

Switches: `slow_films` (films are worked on until `finish_films()`), `slow_pictures` (containers with pictures stay IN_PROGRESS until `finish_pictures()`), `limit` (the next call
is refused with that code), `small_page` (a Page too small for insights). `web` is the public internet: what Meta can
fetch, by address.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import regex
from PIL import Image

from kaja.outbound import Request, Response
from tests.peers.serving import as_json, parts, serving

APP, SECRET = "4711", "meta-secret"
BACK = "https://kaja.example/back"
ADDRESS = regex.compile(r"https?://[^\s<>\"]+")
EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}")
SCOPES = {
    "threads": "threads_basic,threads_content_publish,threads_manage_insights,threads_delete",
    "instagram": "instagram_business_basic,instagram_business_content_publish,instagram_business_manage_insights",
    "facebook": "pages_show_list,pages_manage_posts,pages_read_engagement,read_insights",
}
PAGES_OF = {"100": "Nordwind", "101": "Nordwind Jobs", "102": "Somebody else's"}
HOUR, SIXTY_DAYS = timedelta(hours=1), timedelta(days=60)


class Refusal(Exception):
    """An error in the form of the Graph API."""

    def __init__(
        self, code: int, message: str, subcode: int | None = None, status: int = 400, data: object = None
    ) -> None:
        super().__init__(message)
        kind = "OAuthException" if code in (190, 10, 200) else "GraphMethodException"
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind, "code": code, "fbtrace_id": "A1b2"}
        self.error |= {"error_subcode": subcode} if subcode else {}
        self.error |= {"error_data": data} if data else {}


@dataclass
class Token:
    network: str
    user: str
    scope: str
    long: bool
    made: datetime
    ends: datetime | None


@dataclass
class Server:
    """What Meta knows."""

    base: str = ""
    slow_pictures: bool = False
    slow_films: bool = False
    part: int = 40_000
    small_page: bool = False
    limit: int = 0
    tasks: dict[str, list[str]] = field(
        default_factory=lambda: {"100": ["CREATE_CONTENT", "MANAGE"], "101": ["CREATE_CONTENT"], "102": ["ANALYZE"]}
    )
    ticked: list[str] = field(default_factory=lambda: ["100"])
    web: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    photos: dict[str, dict[str, Any]] = field(default_factory=dict)
    films: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    serial: int = 17_900_000_000_000_000

    def number(self) -> str:
        self.serial += 1
        return str(self.serial)

    def token(self, network: str, user: str, *, scope: str = "", long: bool = True, page: bool = False) -> str:
        """A token of this user (or Page), as if they had signed in."""
        name, now = f"{network[:2].upper()}{secrets.token_urlsafe(20)}", datetime.now(UTC)
        ends = None if page else now + (SIXTY_DAYS if long else HOUR)
        self.tokens[name] = Token(network, user, scope or SCOPES[network], long, now, ends)
        return name

    def of(self, user: str) -> list[dict[str, Any]]:
        """The posts of this account, newest first."""
        return [one for one in reversed(self.posts.values()) if one["by"] == user]

    def allow(self, address: str, network: str, user: str) -> str:
        """What happens in the browser when somebody agrees at `address`: where they are sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        if asked["client_id"] != APP or asked["response_type"] != "code":
            raise Refusal(100, "Invalid client_id")
        if not asked["redirect_uri"].startswith("https://"):
            raise Refusal(191, "Insecure Login Blocked: the redirect must be https")
        if not set(asked["scope"].split(",")) <= set(SCOPES[network].split(",")):
            raise Refusal(100, "Invalid Scopes")
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "network": network, "user": user}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}#_"

    def finish_pictures(self) -> None:
        for one in self.containers.values():
            one["status"] = "FINISHED" if one["status"] == "IN_PROGRESS" else one["status"]

    def finish_films(self, *, broken: bool = False) -> None:
        """Meta is done with the films that were finished: they are out, or they are no films."""
        for one in self.films.values():
            if one["at"] == "processing":
                one["at"] = "error" if broken else "ready"
                if not broken:
                    self.show(one)

    def show(self, film: dict[str, Any]) -> None:
        """The film stands on the Page."""
        film["post"] = self.number()
        name = f"{film['by']}_{film['post']}"
        self.posts[name] = {
            "id": name, "by": film["by"], "from": film["by"], "words": film["words"], "link": "",
            "at": datetime.now(UTC), "pictures": [], "film": bytes(film["got"]), "figures": {},
        }  # fmt: skip

    def status(self, container: str) -> str:
        one = self.containers[container]
        old = datetime.now(UTC) - one["made"] > timedelta(hours=24)
        return "EXPIRED" if old and one["status"] != "PUBLISHED" else str(one["status"])


class Speaker:
    """One request, answered."""

    def __init__(self, server: Server, request: Request) -> None:
        self.server, self.method = server, request.method
        at = urlsplit(request.url)
        self.network, *self.path = [one for one in at.path.split("/") if one]
        self.versioned = bool(self.path) and bool(regex.fullmatch(r"v\d+\.\d+", self.path[0]))
        self.path = self.path[1:] if self.versioned else self.path
        self.asked = dict(parse_qsl(at.query, keep_blank_values=True))
        self.file = b""
        kind = request.headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            self.asked |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if kind.startswith("multipart/form-data"):
            given = parts(request)
            self.file = given.pop("source", b"") or given.pop("video_file_chunk", b"")
            self.asked |= {name: content.decode() for name, content in given.items()}

    def answer(self) -> Any:
        if self.path in (["oauth", "access_token"], ["access_token"], ["refresh_access_token"]):
            return self.exchange()
        if self.server.limit:
            code, self.server.limit = self.server.limit, 0
            raise Refusal(code, "Application request limit reached", status=403 if code != 4 else 400)
        if not self.versioned:
            raise Refusal(2500, "Unknown path components")
        return getattr(self, f"on_{self.network}")()

    # --- tokens -------------------------------------------------------------------------------------------------------
    def user(self, scope: str) -> str:
        known = self.server.tokens.get(self.asked.get("access_token", ""))
        if known is None or known.network != self.network:
            raise Refusal(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if known.ends and known.ends < datetime.now(UTC):
            raise Refusal(190, "Error validating access token: Session has expired", 463, status=401)
        if scope not in known.scope.split(","):
            raise Refusal(10, f"Application does not have permission for this action ({scope})", status=403)
        return known.user

    def exchange(self) -> dict[str, Any]:
        kind = self.asked.get("grant_type", "authorization_code" if self.network == "facebook" else "")
        if kind == "client_credentials":
            self._app()
            return {"access_token": f"{APP}|app", "token_type": "bearer"}
        if kind == "authorization_code":
            return self._short()
        if kind in ("th_exchange_token", "ig_exchange_token", "fb_exchange_token"):
            return self._long(kind)
        if kind in ("th_refresh_token", "ig_refresh_token") and self.path == ["refresh_access_token"]:
            return self._refreshed()
        raise Refusal(100, "Invalid grant_type")

    def _app(self) -> None:
        if (self.asked.get("client_id"), self.asked.get("client_secret")) != (APP, SECRET):
            raise Refusal(101, "Error validating application. Cannot get application info due to a system error.")

    def _short(self) -> dict[str, Any]:
        self._app()
        if self.method != ("GET" if self.network == "facebook" else "POST"):
            raise Refusal(100, "Unsupported method")
        begun = self.server.codes.pop(self.asked.get("code", ""), None)
        if begun is None or begun["network"] != self.network:
            raise Refusal(100, "This authorization code has been used", 36009)
        if begun["redirect_uri"] != self.asked.get("redirect_uri"):
            raise Refusal(100, "Error validating verification code. The redirect_uri must be identical.", 36008)
        token = self.server.token(self.network, begun["user"], scope=begun["scope"], long=False)
        if self.network == "facebook":
            return {"access_token": token, "token_type": "bearer", "expires_in": 5100}
        return {"access_token": token, "user_id": int(begun["user"])}

    def _long(self, kind: str) -> dict[str, Any]:
        name = "fb_exchange_token" if kind == "fb_exchange_token" else "access_token"
        known = self.server.tokens.get(self.asked.get(name, ""))
        if self.asked.get("client_secret") != SECRET:
            raise Refusal(1, "Error validating client secret", status=400)
        if (
            known is None
            or known.long
            or kind[:2] != {"threads": "th", "instagram": "ig", "facebook": "fb"}[self.network]
        ):
            raise Refusal(190, "Invalid OAuth access token", status=400)
        token = self.server.token(self.network, known.user, scope=known.scope)
        return {"access_token": token, "token_type": "bearer", "expires_in": int(SIXTY_DAYS.total_seconds())}

    def _refreshed(self) -> dict[str, Any]:
        known = self.server.tokens.get(self.asked.get("access_token", ""))
        now = datetime.now(UTC)
        if known is None or not known.long or (known.ends and known.ends < now):
            raise Refusal(190, "Error validating access token: Session has expired", 463)
        if now - known.made < timedelta(hours=24):
            raise Refusal(100, "The access token is too young to be refreshed")
        token = self.server.token(self.network, known.user, scope=known.scope)
        return {"access_token": token, "token_type": "bearer", "expires_in": int(SIXTY_DAYS.total_seconds())}

    # --- Threads ------------------------------------------------------------------------------------------------------
    def on_threads(self) -> Any:
        match self.method, *self.path:
            case "GET", "me":
                return {"id": (user := self.user("threads_basic")), "username": "liis", "name": f"Liis {user}"}
            case "POST", user, "threads":
                self._own(user, "threads_content_publish")
                return self._made(self.threads_container(user))
            case "POST", user, "threads_publish":
                self._own(user, "threads_content_publish")
                return self._publish(user, "https://www.threads.com/@liis/post/", missing=(24, 4279009), most=250)
            case "GET", user, "threads":
                self._own(user, "threads_basic")
                return self._listed(user, since=True)
            case "GET", number, "insights":
                self.user("threads_manage_insights")
                return self._insights(number, {"views", "likes", "replies", "reposts", "quotes", "shares"})
            case "DELETE", number:
                user = self.user("threads_delete")
                self._post(number, user)
                del self.server.posts[number]
                return {"success": True, "deleted_id": number}
            case "GET", number:
                return self._node(number, self.user("threads_basic"), "status", missing=(24, 4279009))
        raise Refusal(2500, "Unknown path components")

    def threads_container(self, user: str) -> dict[str, Any]:
        text, kind = self.asked.get("text", ""), self.asked.get("media_type", "")
        letters = regex.findall(r"\X", text)
        if sum(len(one.encode()) if EMOJI.search(one) else len(one) for one in letters) > 500:
            raise Refusal(100, "Param text must be at most 500 characters long.")
        links = {*ADDRESS.findall(text), *([self.asked["link_attachment"]] if "link_attachment" in self.asked else [])}
        if len(links) > 5:
            raise Refusal(100, "THREADS_API__LINK_LIMIT_EXCEEDED")
        if "link_attachment" in self.asked and kind != "TEXT":
            raise Refusal(100, "link_attachment is only allowed on text posts")
        if kind == "TEXT" and text.strip():
            return {"words": text, "link": self.asked.get("link_attachment", ""), "pictures": []}
        if kind == "IMAGE":
            shown = self._fetched(forms=("JPEG", "PNG"), ratio=(0.1, 10))
            return {"words": text, "link": "", "pictures": [shown]}
        if kind == "CAROUSEL":
            return {"words": text, "link": "", "pictures": self._children(user, 20)}
        if kind == "VIDEO":
            return {"words": text, "link": "", "pictures": [self._film()]}
        raise Refusal(100, "The parameter media_type is required or its content is missing")

    # --- Instagram ----------------------------------------------------------------------------------------------------
    def on_instagram(self) -> Any:
        match self.method, *self.path:
            case "GET", "me":
                user = self.user("instagram_business_basic")
                return {"user_id": user, "id": f"9{user}", "username": "nordwind", "name": "Nordwind"}
            case "POST", user, "media":
                self._own(user, "instagram_business_content_publish")
                return self._made(self.instagram_container(user))
            case "POST", user, "media_publish":
                self._own(user, "instagram_business_content_publish")
                return self._publish(user, "https://www.instagram.com/p/", missing=(9007, 2207027), most=50)
            case "GET", user, "media":
                self._own(user, "instagram_business_basic")
                return self._listed(user, since=False)
            case "GET", number, "insights":
                self.user("instagram_business_manage_insights")
                known = {"views", "reach", "likes", "comments", "shares", "saved", "total_interactions"}
                return self._insights(number, known)
            case "GET", number:
                return self._node(number, self.user("instagram_business_basic"), "status_code", missing=(100, 33))
        raise Refusal(100, "Unsupported request", 33)

    def instagram_container(self, user: str) -> dict[str, Any]:
        caption = self.asked.get("caption", "")
        if len(caption) > 2200 or len(regex.findall(r"#\w+", caption)) > 30:
            raise Refusal(36004, "The caption was too long", 2207010)
        if self.asked.get("media_type") == "CAROUSEL":
            return {"words": caption, "link": "", "pictures": self._children(user, 10)}
        if self.asked.get("media_type") == "REELS":
            if "alt_text" in self.asked:
                raise Refusal(100, "alt_text is not supported for reels")
            return {"words": caption, "link": "", "pictures": [self._film()]}
        if "image_url" not in self.asked:
            raise Refusal(100, "The parameter image_url is required")
        shown = self._fetched(forms=("JPEG",), ratio=(0.8, 1.91))
        return {"words": caption, "link": "", "pictures": [shown]}

    # --- both ---------------------------------------------------------------------------------------------------------
    def _own(self, user: str, scope: str) -> None:
        if self.user(scope) != user:
            raise Refusal(100, "Object does not exist or cannot be loaded due to missing permissions", 33)

    def _fetched(self, *, forms: tuple[str, ...], ratio: tuple[float, float]) -> dict[str, str]:
        """What Meta does with an address: it fetches it from the public internet and looks at it."""
        address = self.asked.get("image_url", "")
        content = self.server.web.get(address) if address.startswith("https://") else None
        if content is None:
            raise Refusal(9004, "The media could not be fetched from this URI", 2207052)
        picture = Image.open(BytesIO(content))
        if picture.format not in forms or len(content) > 8_000_000:
            raise Refusal(36001, "The image format is not supported", 2207005)
        if not ratio[0] <= round(picture.width / picture.height, 2) <= ratio[1]:
            raise Refusal(36003, "The aspect ratio is not supported", 2207009)
        if len(self.asked.get("alt_text", "")) > 1000:
            raise Refusal(100, "alt_text is too long")
        return {"address": address, "alt": self.asked.get("alt_text", "")}

    def _film(self) -> dict[str, str]:
        """A film is fetched as a picture is, and has to be an MP4."""
        address = self.asked.get("video_url", "")
        content = self.server.web.get(address) if address.startswith("https://") else None
        if content is None:
            raise Refusal(9004, "The media could not be fetched from this URI", 2207052)
        if content[4:8] != b"ftyp":
            raise Refusal(36001, "The video format is not supported", 2207026)
        return {"address": address, "alt": self.asked.get("alt_text", "")}

    def _children(self, user: str, most: int) -> list[dict[str, str]]:
        children = [one for one in self.asked.get("children", "").split(",") if one]
        if not 2 <= len(children) <= most:
            raise Refusal(100, f"A carousel has 2 to {most} children")
        known = [self.server.containers.get(one) for one in children]
        if any(one is None or one["by"] != user or not one["child"] for one in known):
            raise Refusal(100, "The child is no carousel item")
        return [picture for one in known if one for picture in one["pictures"]]

    def _made(self, content: dict[str, Any]) -> dict[str, str]:
        number = self.server.number()
        waits = self.server.slow_pictures and content["pictures"]
        self.server.containers[number] = {
            **content, "by": self.path[0], "child": self.asked.get("is_carousel_item") == "true",
            "status": "IN_PROGRESS" if waits else "FINISHED", "made": datetime.now(UTC), "error_message": "",
        }  # fmt: skip
        return {"id": number}

    def _publish(self, user: str, site: str, *, missing: tuple[int, int], most: int) -> dict[str, str]:
        name = self.asked.get("creation_id", "")
        one = self.server.containers.get(name)
        if one is None or one["by"] != user or one["child"] or self.server.status(name) != "FINISHED":
            raise Refusal(missing[0], "The requested resource does not exist", missing[1])
        if len(self.server.of(user)) >= most:
            raise Refusal(9, "The quota of posts is used up", 2207042)
        number = self.server.number()
        self.server.posts[number] = {
            "id": number, "by": user, "words": one["words"], "link": one["link"], "pictures": one["pictures"],
            "permalink": f"{site}{number}", "at": datetime.now(UTC), "figures": {},
        }  # fmt: skip
        one["status"] = "PUBLISHED"
        return {"id": number}

    def _listed(self, user: str, *, since: bool) -> dict[str, Any]:
        mine = self.server.of(user)
        if since and "since" in self.asked:
            mine = [one for one in mine if one["at"].timestamp() >= int(self.asked["since"])]
        return self._paged(mine, lambda one: self._fields(one))

    def _paged(self, mine: list[dict[str, Any]], drawn: Any) -> dict[str, Any]:
        begin, most = int(self.asked.get("after", "0")), int(self.asked.get("limit", "25"))
        page, more = mine[begin : begin + most], len(mine) > begin + most
        paging = {"cursors": {"before": str(begin), "after": str(begin + most)}} | (
            {"next": "https://…"} if more else {}
        )
        return {"data": [drawn(one) for one in page], "paging": paging}

    def _fields(self, one: dict[str, Any]) -> dict[str, Any]:
        known = {
            "id": one["id"], "permalink": one["permalink"], "text": one["words"], "caption": one["words"],
            "link_attachment_url": one["link"], "timestamp": one["at"].strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }  # fmt: skip
        wanted = self.asked.get("fields", "id").split(",")
        if not set(wanted) <= set(known):
            raise Refusal(100, f"Tried accessing nonexisting field ({wanted})")
        return {name: known[name] for name in wanted if known[name]} | {"id": one["id"]}

    def _node(self, number: str, user: str, status: str, *, missing: tuple[int, int]) -> dict[str, Any]:
        if number in self.server.containers and self.server.containers[number]["by"] == user:
            wanted = self.asked.get("fields", "id").split(",")
            if not set(wanted) <= {"id", "status", status, "error_message"}:
                raise Refusal(100, f"Tried accessing nonexisting field ({wanted})")
            state, words = self.server.status(number), self.server.containers[number]["error_message"]
            known = {
                "id": number,
                "status": f"{state}: {words}" if status != "status" else state,
                "error_message": words,
            }
            return {
                name: (known | {status: state})[name] for name in {*wanted, "id"} if (known | {status: state})[name]
            }
        one = self.server.posts.get(number)
        if one is None or one["by"] != user:
            raise Refusal(missing[0], "The requested resource does not exist", missing[1])
        return self._fields(one)

    def _post(self, number: str, user: str) -> dict[str, Any]:
        one = self.server.posts.get(number)
        if one is None or one["by"] != user:
            code = (24, None) if self.network == "threads" else (100, 33)
            raise Refusal(code[0], "The requested resource does not exist", code[1])
        return one

    def _insights(self, number: str, known: set[str]) -> dict[str, Any]:
        metrics = self.asked.get("metric", "").split(",")
        if not set(metrics) <= known:
            raise Refusal(100, "(#100) metric must be one of the following values")
        one = self.server.posts.get(number)
        if one is None:
            raise Refusal(100, "Object does not exist", 33)
        told = [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": one["figures"].get(name, 0)}],
                "id": f"{number}/{name}",
            }
            for name in metrics
        ]
        return {"data": told}

    # --- Facebook Pages -----------------------------------------------------------------------------------------------
    def on_facebook(self) -> Any:
        match self.method, *self.path:
            case "GET", "me", "accounts":
                return self.accounts(self.user("pages_show_list"))
            case "DELETE", "me", "permissions":
                user = self.user("pages_show_list")
                gone = [name for name, one in self.server.tokens.items() if one.user in (user, *self.server.ticked)]
                for name in gone:
                    del self.server.tokens[name]
                return {"success": True}
            case "POST", page, "photos":
                self._own(page, "pages_manage_posts")
                return self.photo(page)
            case "POST", page, "videos":
                self._own(page, "pages_manage_posts")
                return self.film(page, self.asked.get("upload_phase", ""))
            case "POST", page, "feed":
                self._own(page, "pages_manage_posts")
                return self.feed(page)
            case "GET", number if number in self.server.films:
                return self.film_told(number, self.user("pages_read_engagement"))
            case "GET", page, "feed":
                self._own(page, "pages_read_engagement")
                since = int(self.asked.get("since", "0"))
                mine = [one for one in self.server.of(page) if one["at"].timestamp() >= since]
                return self._paged(mine, self._shown)
            case "GET", number if self.asked.get("fields") == "id,message":
                return self._shown(self._post(number, self.user("pages_read_engagement")))
            case "GET", number:
                return self.counts(self._post(number, self.user("pages_read_engagement")))
            case "POST", number:
                self._post(number, self.user("pages_manage_posts"))["words"] = self.asked["message"]
                return {"success": True}
            case "DELETE", number:
                self._post(number, self.user("pages_manage_posts"))
                del self.server.posts[number]
                return {"success": True}
        raise Refusal(2500, "Unknown path components")

    def accounts(self, user: str) -> dict[str, Any]:
        pages = [{"id": page, "name": PAGES_OF[page], "tasks": self.server.tasks[page]} for page in self.server.ticked]
        for one in pages:
            one["access_token"] = self.server.token("facebook", str(one["id"]), page=True)
        return {"data": pages, "paging": {"cursors": {"before": "a", "after": "b"}}}

    def photo(self, page: str) -> dict[str, str]:
        if not self.file.startswith((b"\xff\xd8", b"\x89PNG")) or len(self.file) > 4_000_000:
            raise Refusal(324, "Missing or invalid image file")
        number = self.server.number()
        self.server.photos[number] = {"by": page, "alt": self.asked.get("alt_text_custom", "")}
        if self.asked.get("published") != "false":
            raise Refusal(100, "The stand-in takes photos of posts only")
        return {"id": number}

    def feed(self, page: str) -> dict[str, str]:
        words, link = self.asked.get("message", ""), self.asked.get("link", "")
        names = [self.asked[name] for name in sorted(self.asked) if name.startswith("attached_media[")]
        photos = [str(json.loads(one)["media_fbid"]) for one in names]
        if not words and not link and not photos:
            raise Refusal(100, "Param message or link or attached_media is required")
        if len(words) > 63206:
            raise Refusal(100, "Param message is too long")
        if any(one not in self.server.photos or self.server.photos[one]["by"] != page for one in photos):
            raise Refusal(100, "Invalid media_fbid")
        if any(one["words"] == words for one in self.server.of(page)[:1]):
            raise Refusal(506, "Duplicate status message", 1455006)
        number = f"{page}_{self.server.number()}"
        self.server.posts[number] = {
            "id": number, "by": page, "from": page, "words": words, "link": link, "at": datetime.now(UTC),
            "pictures": [{"alt": self.server.photos[one]["alt"]} for one in photos], "figures": {},
        }  # fmt: skip
        return {"id": number}

    # A film in phases, with the errors of developers.facebook.com/docs/video-api/reference/error-codes.
    def film(self, page: str, phase: str) -> dict[str, Any]:
        if phase == "start":
            return self.film_begun(page, int(self.asked.get("file_size", "0")))
        known = [one for one in self.server.films.values() if one["session"] == self.asked.get("upload_session_id")]
        if not known or known[0]["by"] != page or known[0]["at"] != "uploading":
            raise Refusal(100, "Upload session does not exist", 33)
        (one,) = known
        got, size = len(one["got"]), one["size"]
        if phase == "transfer":
            return self.film_part(one, int(self.asked.get("start_offset", "-1")))
        if phase != "finish":
            raise Refusal(100, "Param upload_phase must be one of {start, transfer, finish, cancel}")
        if got < size:
            raise Refusal(6000, "There was a problem uploading your video file.", 1363033)
        if len(self.asked.get("description", "")) > 63206:
            raise Refusal(100, "Param description is too long")
        one |= {"words": self.asked.get("description", ""), "at": "processing" if self.server.slow_films else "ready"}
        if one["at"] == "ready":
            self.server.show(one)
        return {"success": True}

    def film_begun(self, page: str, size: int) -> dict[str, str]:
        if not 1_000 <= size <= 2_000_000_000:
            raise Refusal(6000, "The video you tried to upload is too large or too small.", 1363023)
        number, session = self.server.number(), self.server.number()
        self.server.films[number] = {
            "id": number, "by": page, "session": session, "size": size, "got": bytearray(), "at": "uploading",
            "words": "", "post": "",
        }  # fmt: skip
        return {"video_id": number, "upload_session_id": session, **self.film_span(self.server.films[number])}

    def film_span(self, one: dict[str, Any]) -> dict[str, str]:
        """Where the next bytes begin and end; numbers as words."""
        got = len(one["got"])
        return {"start_offset": str(got), "end_offset": str(min(got + self.server.part, one["size"]))}

    def film_part(self, one: dict[str, Any], first: int) -> dict[str, str]:
        wanted = self.film_span(one)
        length = int(wanted["end_offset"]) - int(wanted["start_offset"])
        if str(first) != wanted["start_offset"]:
            raise Refusal(6000, "There was a problem uploading your video.", 1363037, data=wanted)
        if len(self.file) != length or not length:
            raise Refusal(6000, "There was a problem uploading your video.", 1363033)
        if first == 0 and self.file[4:8] != b"ftyp":
            raise Refusal(
                6000, "No Video Detected. It looks like you are uploading a file that is not a video", 1363031
            )
        one["got"] += self.file
        return self.film_span(one)

    def film_told(self, number: str, page: str) -> dict[str, Any]:
        one = self.server.films[number]
        if one["by"] != page or (one["at"] == "ready" and f"{page}_{one['post']}" not in self.server.posts):
            raise Refusal(100, "Unsupported get request. Object does not exist", 33)
        if not set(self.asked.get("fields", "id").split(",")) <= {
            "id",
            "status",
            "published",
            "post_id",
            "description",
        }:
            raise Refusal(100, "Tried accessing nonexisting field")
        done = {"uploading": 0, "processing": 1, "error": 1, "ready": 3}[one["at"]]
        names = ("uploading_phase", "processing_phase", "publishing_phase")
        phases = {name: {"status": "complete" if place < done else "not_started"} for place, name in enumerate(names)}
        if one["at"] in ("uploading", "processing", "error"):
            phases[names[done]]["status"] = "error" if one["at"] == "error" else "in_progress"
        told = {"id": number, "published": True, "status": {"video_status": one["at"], **phases}}
        return told | ({"post_id": one["post"]} if one["post"] else {})

    def _shown(self, one: dict[str, Any]) -> dict[str, Any]:
        made = one["at"].strftime("%Y-%m-%dT%H:%M:%S+0000")
        return {"id": one["id"], "message": one["words"], "created_time": made, "from": {"id": one["from"]}}

    def counts(self, one: dict[str, Any]) -> dict[str, Any]:
        figures, wanted = one["figures"], self.asked.get("fields", "")
        told: dict[str, Any] = {"id": one["id"]}
        for name in ("comments", "reactions"):
            if f"{name}.limit(0).summary(true)" in wanted:
                told[name] = {"data": [], "summary": {"total_count": figures.get(name, 0)}}
        if "shares" in wanted and figures.get("shares"):
            told["shares"] = {"count": figures["shares"]}
        if metrics := regex.search(r"insights\.metric\(([\w,]+)\)", wanted):
            names = [] if self.server.small_page else metrics[1].split(",")
            told["insights"] = {
                "data": [{"name": name, "values": [{"value": figures.get(name, 0)}]} for name in names],
                "paging": {},
            }
        return told


@contextmanager
def running() -> Iterator[Server]:
    """A server on a free port of this machine, for as long as the block lasts."""
    server = Server()

    def answer(request: Request) -> Response:
        with server.lock:
            try:
                return as_json(200, Speaker(server, request).answer())
            except Refusal as refused:
                return as_json(refused.status, {"error": refused.error})

    with serving(answer) as server.base:
        yield server

"""A small X for tests, written from docs.x.com and strict where the real one is.

It speaks real HTTP, web and API on one port, and writes down in `spent` what the calls cost by X's list of prices.
Switches: `trouble` answers every paid call with "credits" (402), "capped" (429 that says so in words alone, with plenty
left by its headers), "limited" (429), "suspended" or "forbidden" (403). `late` leaves that many of the newest posts out
of lists. `posts(account)` tells what is there. Not documented and assumed here: that an upload takes nothing more once
it was finalized, and what is said of its state before (nothing; with `early` that it is pending).
"""

from __future__ import annotations

import base64
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import regex

from kaja.networks import weighted
from kaja.outbound import Request, Response
from tests.peers.serving import as_json, bearer, challenge, parts, serving

SCOPES = {"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"}
KINDS = {"image/jpeg": b"\xff\xd8", "image/png": b"\x89PNG", "image/webp": b"RIFF", "image/gif": b"GIF8"}
EPOCH = 1_288_834_974_657
PRICES = {
    "post": Decimal("0.015"), "link": Decimal("0.200"), "delete": Decimal("0.010"), "alt": Decimal("0.005"),
    "read": Decimal("0.005"), "user": Decimal("0.010"),
}  # fmt: skip
# What is told of a post only to those who ask for it.
SHOWN = {"author_id", "created_at", "entities", "public_metrics", "non_public_metrics"}
CASHTAG = regex.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")
PROBLEM = "https://api.x.com/2/problems/"
BACK = "http://localhost:8000/me/accounts/oauth/x/back/"


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, title: str, detail: str = "", kind: str = "about:blank", **more: Any) -> None:
        super().__init__(detail or title)
        self.status = status
        known = kind if kind == "about:blank" else PROBLEM + kind
        self.body: dict[str, Any] = {"title": title, "detail": detail or title, "type": known, "status": status, **more}


class OAuthRefusal(Refusal):
    """The token address speaks as OAuth wants it."""

    def __init__(self, status: int, error: str, told: str) -> None:
        super().__init__(status, error)
        self.body = {"error": error, "error_description": told}


@dataclass
class Server:
    """What the server knows."""

    base: str = ""
    trouble: str = ""
    late: int = 0
    early: bool = False
    client_id: str = "kaja-app"
    client_secret: str = "kaja-secret"
    redirect_uri: str = BACK
    granted: str = " ".join(sorted(SCOPES))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    tweets: dict[str, dict[str, Any]] = field(default_factory=dict)
    spent: Decimal = Decimal(0)
    calls: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    serial: int = 0

    def number(self, at: datetime | None = None) -> str:
        """An id that carries its time, as X makes them."""
        self.serial += 1
        ms = int((at or datetime.now(UTC)).timestamp() * 1000)
        return str(((ms - EPOCH) << 22) + self.serial)

    def posts(self, account: str) -> list[dict[str, Any]]:
        return [one for one in self.tweets.values() if one["author_id"] == account]

    def pair(self, name: str = "liis", scope: str = "") -> dict[str, str]:
        """Tokens of this user, as if they had signed in."""
        access, renews = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        scope = scope or self.granted
        self.tokens[access] = {"user": name, "scope": scope, "ends": time.time() + 7200}
        self.refresh[renews] = access
        return {"access": access, "refresh": renews, "scope": scope}

    def allow(self, address: str, name: str = "liis") -> str:
        """What happens in the browser when somebody signs in at `address` and agrees: where they are sent back to."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        if f"{parts.scheme}://{parts.netloc}{parts.path}" != f"{self.base}/i/oauth2/authorize":
            raise Refusal(404, "Not Found")
        if asked.get("client_id") != self.client_id or asked.get("redirect_uri") != self.redirect_uri:
            raise Refusal(400, "Invalid Request", "Value passed for the redirect uri did not match")
        if asked.get("response_type") != "code" or not set(asked["scope"].split()) <= SCOPES:
            raise Refusal(400, "Invalid Request")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise Refusal(400, "Invalid Request", "PKCE is needed")
        if not 0 < len(asked.get("state", "")) <= 500:
            raise Refusal(400, "Invalid Request", "state")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"user": name, "ends": time.time() + 30}
        return f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], 'code': code})}"


def account_id(name: str) -> str:
    return str(1000 + sum(map(ord, name)))


class Speaker:
    """One request, answered."""

    def __init__(self, server: Server, request: Request) -> None:
        self.server, self.request, self.method = server, request, request.method
        self.headers, self.body = request.headers, request.body
        parts = urlsplit(request.url)
        self.path, self.query = parts.path, dict(parse_qsl(parts.query))

    def fields(self, kind: str) -> dict[str, Any]:
        given = self.headers.get("content-type", "")
        if not given.startswith(kind):
            raise Refusal(400, "Invalid Request", f"Content-Type {given}", "invalid-request")
        return dict(json.loads(self.body)) if kind == "application/json" else dict(parse_qsl(self.body.decode()))

    def user(self, *scopes: str) -> str:
        """Who speaks. Trouble comes after the token was looked at."""
        known = self.server.tokens.get(bearer(self.request))
        if known is None or known["ends"] < time.time():
            raise Refusal(401, "Unauthorized")
        if not set(scopes) <= set(known["scope"].split()):
            raise Refusal(403, "Forbidden")
        match self.server.trouble:
            case "credits":
                told = "Your enrolled account [1] does not have any credits to fulfill this request."
                raise Refusal(402, "CreditsDepleted", told, "credits")
            case "capped":
                raise Refusal(429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", "usage-capped")
            case "limited":
                raise Refusal(429, "Too Many Requests")
            case "suspended":
                raise Refusal(
                    403, "Forbidden", "Your account is suspended and is not permitted to access this feature."
                )
            case "forbidden":
                raise Refusal(403, "Client Forbidden", "This client is not enrolled.", "client-forbidden")
        return str(known["user"])

    def answer(self) -> tuple[int, Any]:
        parts = self.path.strip("/").split("/")
        match self.method, parts:
            case "POST", ["2", "oauth2", "token"]:
                return 200, self.token()
            case "POST", ["2", "oauth2", "revoke"]:
                return 200, self.revoke()
            case "GET", ["2", "users", "me"]:
                return 200, self.me()
            case "GET", ["2", "users", account, "tweets"]:
                return 200, self.listed(account)
            case "POST", ["2", "media", "upload", "initialize"]:
                return 200, self.initialize()
            case "POST", ["2", "media", "upload", number, "append"]:
                return 200, self.append(number)
            case "POST", ["2", "media", "upload", number, "finalize"]:
                return 200, self.finalize(number)
            case "GET", ["2", "media", "upload"] if self.query.get("command") == "STATUS":
                return 200, self.status(self.query["media_id"])
            case "POST", ["2", "media", "metadata"]:
                return 200, self.metadata()
            case "POST", ["2", "tweets"]:
                return 201, self.post()
            case "GET", ["2", "tweets"]:
                return 200, self.several()
            case "DELETE", ["2", "tweets", number]:
                return 200, self.delete(number)
        raise Refusal(404, "Not Found")

    # --- signing in ---
    def app(self) -> dict[str, Any]:
        """A confidential client says who it is in the header."""
        asked = self.fields("application/x-www-form-urlencoded")
        kind, _space, given = self.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            raise OAuthRefusal(401, "unauthorized_client", "Missing valid authorization header")
        name, _colon, secret = base64.b64decode(given).decode().partition(":")
        if (unquote(name), unquote(secret)) != (self.server.client_id, self.server.client_secret):
            raise OAuthRefusal(401, "unauthorized_client", "Missing valid authorization header")
        return asked

    def token(self) -> dict[str, Any]:
        asked = self.app()
        if asked.get("grant_type") == "refresh_token":
            access = self.server.refresh.pop(asked.get("refresh_token", ""), None)  # works once
            if access is None:
                raise OAuthRefusal(400, "invalid_request", "Value passed for the token was invalid.")
            before = self.server.tokens.pop(access)
            return self._pair(before["user"], before["scope"])
        begun = self.server.codes.pop(asked.get("code", ""), None)
        if asked.get("grant_type") != "authorization_code" or begun is None or begun["ends"] < time.time():
            raise OAuthRefusal(400, "invalid_request", "Value passed for the authorization code was invalid.")
        proven = challenge(asked.get("code_verifier", "")) == begun["code_challenge"]
        if not proven or asked.get("redirect_uri") != begun["redirect_uri"]:
            raise OAuthRefusal(400, "invalid_request", "Value passed for code verifier did not match code challenge.")
        return self._pair(begun["user"], self.server.granted)

    def _pair(self, name: str, scope: str) -> dict[str, Any]:
        made = self.server.pair(name, scope)
        told = {"token_type": "bearer", "expires_in": 7200, "access_token": made["access"], "scope": scope}
        return told | ({"refresh_token": made["refresh"]} if "offline.access" in scope.split() else {})

    def revoke(self) -> dict[str, Any]:
        given = self.app().get("token", "")
        access = self.server.refresh.pop(given, given)
        self.server.tokens.pop(access, None)
        self.server.refresh = {one: its for one, its in self.server.refresh.items() if its != access}
        return {"revoked": True}

    def me(self) -> dict[str, Any]:
        name = self.user("users.read", "tweet.read")
        self.server.spent += PRICES["user"]
        return {"data": {"id": account_id(name), "username": name, "name": name.title()}}

    # --- pictures ---
    def initialize(self) -> dict[str, Any]:
        name, asked = self.user("media.write"), self.fields("application/json")
        film = asked.get("media_category") == "tweet_video" and asked.get("media_type") == "video/mp4"
        picture = asked.get("media_category") == "tweet_image" and asked.get("media_type") in KINDS
        if not (film or picture):
            raise Refusal(400, "Invalid Request", "media_category", "invalid-request")
        if not 0 < int(asked.get("total_bytes", 0)) <= (512_000_000 if film else 5_000_000):
            raise Refusal(400, "Invalid Request", "total_bytes", "invalid-request")
        number = self.server.number()
        self.server.media[number] = {
            **asked, "by": name, "parts": {}, "whole": False, "ready": False, "alt": "", "ends": time.time() + 86_400,
        }  # fmt: skip
        return {"data": {"id": number, "media_key": f"3_{number}", "expires_after_secs": 86_400}}

    def _mine(self, number: str, name: str) -> dict[str, Any]:
        known = self.server.media.get(number)
        if known is None or known["by"] != name or known["ends"] < time.time():
            raise Refusal(400, "Invalid Request", "Your media IDs are invalid.", "invalid-request")
        return known

    def append(self, number: str) -> dict[str, Any]:
        known = self._mine(number, self.user("media.write"))
        given = parts(self.request)
        content, place = given["media"], int(given["segment_index"])
        # A part may be said again, until it was said that all are there.
        if not 0 <= place <= 999 or place > len(known["parts"]) or known["whole"]:
            raise Refusal(400, "Invalid Request", "segment_index", "invalid-request")
        if len(content) > 1_048_576:
            raise Refusal(413, "")
        known["parts"][place] = content
        return {"data": {"expires_at": int(known["ends"])}}

    def finalize(self, number: str) -> dict[str, Any]:
        known = self._mine(number, self.user("media.write"))
        if known["whole"]:
            raise Refusal(400, "Invalid Request", "The upload is finalized.", "invalid-request")
        content = b"".join(known["parts"][place] for place in sorted(known["parts"]))
        film = known["media_category"] == "tweet_video"
        fits = content[4:8] == b"ftyp" if film else content.startswith(KINDS[known["media_type"]])
        if len(content) != known["total_bytes"] or not fits:
            raise Refusal(400, "Invalid Request", "The media could not be processed.", "invalid-request")
        known |= {"ready": not film, "whole": True}
        working = {"processing_info": {"state": "pending", "check_after_secs": 5}} if film else {}
        return {"data": {"id": number, "size": len(content), **working}}

    def status(self, number: str) -> dict[str, Any]:
        known = self._mine(number, self.user("media.write"))
        if not known["whole"] and not self.server.early:
            raise Refusal(400, "Invalid Request", "media_id", "invalid-request")
        return {"data": {"id": number, "processing_info": {"state": "succeeded" if known["ready"] else "pending"}}}

    def metadata(self) -> dict[str, Any]:
        name, asked = self.user("media.write"), self.fields("application/json")
        words = asked["metadata"]["alt_text"]["text"]
        if not 0 < len(words) <= 1000:
            raise Refusal(400, "Invalid Request", "alt_text", "invalid-request")
        self._mine(asked["id"], name)["alt"] = words
        self.server.spent += PRICES["alt"]
        return {"data": {"id": asked["id"], "associated_metadata": asked["metadata"]}}

    # --- posts ---
    def post(self) -> dict[str, Any]:
        name, asked = self.user("tweet.write", "tweet.read", "users.read"), self.fields("application/json")
        if set(asked) - {"text", "media", "poll", "reply", "reply_settings", "edit_options"}:
            raise Refusal(
                400, "Invalid Request", "One or more parameters to your request was invalid.", "invalid-request"
            )
        words, media = str(asked.get("text", "")), list(asked.get("media", {}).get("media_ids", []))
        if "media" in asked and not 1 <= len(media) <= 4:
            raise Refusal(400, "Invalid Request", "media_ids", "invalid-request")
        if not words.strip() and not media:
            raise Refusal(400, "Invalid Request", "text", "invalid-request")
        if weighted.weight(words) > 280:
            raise Refusal(403, "Forbidden", "Your Tweet text is too long.")
        if len(CASHTAG.findall(words)) > 1:
            raise Refusal(403, "Forbidden", "A post may hold one cashtag.")
        if len(media) > 1 and any(self._mine(one, name)["media_category"] != "tweet_image" for one in media):
            raise Refusal(400, "Invalid Request", "media_ids", "invalid-request")
        for one in media:
            if not self._mine(one, name)["ready"]:
                raise Refusal(400, "Invalid Request", "Your media IDs are invalid.", "invalid-request")
        account, newest = account_id(name), datetime.now(UTC) - timedelta(days=1)
        for other in self.server.posts(account):
            if other["written"] == words and other["at"] > newest:
                raise Refusal(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        self.server.spent += PRICES["link" if weighted.addresses(words) else "post"]
        number = self.add(name, words, media)
        return {"data": {"id": number, "text": self.server.tweets[number]["text"], "edit_history_tweet_ids": [number]}}

    def add(self, name: str, words: str, media: list[str]) -> str:
        return add(self.server, name, words, media)

    def listed(self, account: str) -> dict[str, Any]:
        self.user("tweet.read", "users.read")
        most = int(self.query.get("max_results", "10"))
        if not 5 <= most <= 100:
            raise Refusal(400, "Invalid Request", "max_results", "invalid-request")
        since = self.moment("start_time", "2010-11-06T00:00:00Z")
        until, now = self.moment("end_time", "2100-01-01T00:00:00Z"), datetime.now(UTC)
        if since >= now or ("end_time" in self.query and until > now - timedelta(seconds=10)):
            raise Refusal(400, "Invalid Request", "start_time, end_time", "invalid-request")
        known = sorted(self.server.posts(account), key=lambda one: -int(one["id"]))[self.server.late :]
        mine = [one for one in known if since <= one["at"] < until]
        at = int(self.query.get("pagination_token", "0"))
        page, rest = mine[at : at + most], mine[at + most :]
        self.server.spent += len(page) * PRICES["read"]
        meta: dict[str, Any] = {"result_count": len(page)} | ({"next_token": str(at + most)} if rest else {})
        fields = set(self.query.get("tweet.fields", "").split(","))
        told = {"data": [self.shown(one, fields) for one in page]} if page else {}
        return told | {"meta": meta}

    def moment(self, name: str, standard: str) -> datetime:
        given = self.query.get(name, standard)
        if not regex.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", given):
            raise Refusal(400, "Invalid Request", name, "invalid-request")
        return datetime.fromisoformat(given.replace("Z", "+00:00"))

    def several(self) -> dict[str, Any]:
        name = self.user("tweet.read", "users.read")
        ids, fields = self.query["ids"].split(","), set(self.query.get("tweet.fields", "").split(","))
        if not 1 <= len(ids) <= 100:
            raise Refusal(400, "Invalid Request", "ids", "invalid-request")
        data: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        month = datetime.now(UTC) - timedelta(days=30)
        for number in ids:
            known = self.server.tweets.get(number)
            private = "non_public_metrics" in fields
            if known is None:
                errors.append(_missing(number, "Not Found Error", "resource-not-found"))
            elif private and (known["author_id"] != account_id(name) or known["at"] < month):
                errors.append(_missing(number, "Field Authorization Error", "not-authorized-for-field"))
            else:
                self.server.spent += PRICES["read"]
                data.append(self.shown(known, fields))
        return ({"data": data} if data else {}) | ({"errors": errors} if errors else {})

    def shown(self, tweet: dict[str, Any], fields: set[str]) -> dict[str, Any]:
        names = {"id", "text", "edit_history_tweet_ids"} | (fields & SHOWN)
        return {name: tweet[name] for name in names}

    def delete(self, number: str) -> dict[str, Any]:
        name = self.user("tweet.write", "tweet.read", "users.read")
        self.server.spent += PRICES["delete"]
        known = self.server.tweets.get(number)
        if known and known["author_id"] != account_id(name):
            raise Refusal(403, "Forbidden", "You are not authorized to delete this Tweet.")
        self.server.tweets.pop(number, None)
        return {"data": {"deleted": True}}


def _missing(number: str, title: str, kind: str) -> dict[str, Any]:
    return {
        "value": number, "resource_id": number, "resource_type": "tweet", "parameter": "ids", "title": title,
        "detail": f"Could not find tweet with ids: [{number}].", "type": PROBLEM + kind,
    }  # fmt: skip


def add(server: Server, name: str, words: str, media: list[str] | None = None, *, at: datetime | None = None) -> str:
    """A post as X keeps it: links shortened, signs of HTML escaped, the address of pictures behind the words."""
    at = at or datetime.now(UTC)
    number, urls, shown, end = server.number(at), [], "", 0
    for link in weighted.addresses(words):
        short = f"https://t.co/{secrets.token_hex(5)}"
        meant = link.text if "://" in link.text else f"http://{link.text}"
        urls.append({"url": short, "expanded_url": meant, "display_url": link.text[:30]})
        shown += html.escape(words[end : link.start], quote=False) + short
        end = link.end
    shown += html.escape(words[end:], quote=False)
    if media:
        short = f"https://t.co/{secrets.token_hex(5)}"
        page = f"https://x.com/{name}/status/{number}/photo/1"
        urls += [{"url": short, "expanded_url": page, "media_key": f"3_{one}"} for one in media]
        shown = f"{shown} {short}".strip()
    server.tweets[number] = {
        "id": number, "text": shown, "written": words, "author_id": account_id(name), "at": at, "media": media or [],
        "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "edit_history_tweet_ids": [number],
        "entities": {"urls": urls} if urls else {},
        "public_metrics": {
            "retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0, "bookmark_count": 0,
            "impression_count": 0,
        },
        "non_public_metrics": {"url_link_clicks": 0, "user_profile_clicks": 0, "engagements": 0, "impression_count": 0},
    }  # fmt: skip
    return number


@contextmanager
def running() -> Iterator[Server]:
    """A server on a free port of this machine, for as long as the block lasts."""
    server = Server()

    def answer(request: Request) -> Response:
        with server.lock:
            server.calls.append(f"{request.method} {urlsplit(request.url).path}")
            try:
                status, said = Speaker(server, request).answer()
            except Refusal as refused:
                status, said = refused.status, refused.body
        limits = {
            "x-rate-limit-remaining": "0" if server.trouble == "limited" else "99",
            "x-rate-limit-reset": str(int(time.time()) + 300),
        }
        return as_json(status, None if status == 413 else said, limits)

    with serving(answer) as server.base:
        yield server

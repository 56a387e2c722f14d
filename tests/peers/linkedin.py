"""A small LinkedIn for tests, written from learn.microsoft.com/linkedin and strict where the real one is.

It speaks real HTTP: what an app with the self-serve products may do, and refuses the rest (reading posts, looking at
pictures). `shown` is what people would read of a post: little text, cut off at the first reserved character that is not
escaped, as the real one does without a word. Not documented and assumed here: that the words are measured after
escaping, how a picture that is not ready yet is refused, and what becomes of an upload whose address has ended or that
is whole already. Films come in parts with their ETags, and are looked at before they may be posted. Switches:
`processing` (nothing is ready), `failing` (films cannot be read), `refresh` (an approved app: refresh tokens), `most`
(requests of one member a day), `good` (seconds that the addresses of a film's parts are good).
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

import regex

from kaja.outbound import Request, Response
from tests.peers.serving import as_json, bearer, serving

VERSIONS = {"202512", "202601", "202603", "202607", "202609"}
SELF_SERVE = {"openid", "profile", "email", "w_member_social"}
SMALLEST_FILM = 75_000
RESERVED = set("|{}@[]()<>#\\*_~")
MARKUP = regex.compile(
    r"\{hashtag\|\\?#\|(?P<tag>(?:[^\\|{}@\[\]()<>#*_~\s]|\\[_~*])+)\}"
    r"|@\[(?P<name>(?:[^\\|{}@\[\]()<>#*_~\n]|\\.)+)\]\((?P<urn>urn:li:(?:organization:\d+|person:[\w-]+))\)"
    r"|#(?P<plain>[\p{L}\p{N}]+)"
)
NEEDED = {"author", "commentary", "visibility", "distribution", "lifecycleState"}
KNOWN = NEEDED | {"content", "isReshareDisabledByAuthor", "reshareContext"}


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str = "", **more: Any) -> None:
        super().__init__(code)
        self.status, self.body = status, {"status": status, "code": code, "message": message or code, **more}


def urn(name: str) -> str:
    """The author URN of a member."""
    return f"urn:li:person:{name}-782bbtaQ"


def shown(little: str) -> str:
    """What people read of little text; it ends where a reserved character stands without its backslash."""
    said, at = "", 0
    while at < len(little):
        sign = little[at]
        if sign == "\\" and at + 1 < len(little) and little[at + 1] in RESERVED:
            said, at = said + little[at + 1], at + 2
        elif found := MARKUP.match(little, at):
            tag = found["tag"] or found["plain"]
            said += f"#{tag.replace(chr(92), '')}" if tag else found["name"].replace("\\", "")
            at = found.end()
        elif sign in RESERVED:
            return said
        else:
            said, at = said + sign, at + 1
    return said


@dataclass
class Server:
    """What LinkedIn knows."""

    base: str = ""
    processing: bool = False
    failing: bool = False
    # Bytes of one part of a film; LinkedIn's own are 4 MB.
    part: int = 4_194_304
    good: float = 3600
    # URNs of the company's public posts.
    public: set[str] = field(default_factory=set)
    films: dict[str, dict[str, Any]] = field(default_factory=dict)
    refresh: bool = False
    most: int = 150
    upload_host: str = ""
    # The second app, with the Community Management API alone; what it tells of a post by metric.
    second: dict[str, str] = field(default_factory=lambda: {"client_id": "77fig", "client_secret": "f1gures"})
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    app: dict[str, str] = field(default_factory=lambda: {"client_id": "86abc", "client_secret": "s3cret"})
    products: set[str] = field(default_factory=lambda: set(SELF_SERVE))
    redirects: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    refreshers: dict[str, dict[str, str]] = field(default_factory=dict)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Also what was deleted: for a day or two the same words are still a duplicate of it.
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    called: Counter[str] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)
    serial: int = 0

    def number(self) -> str:
        """A number that begins with the time, as LinkedIn's do."""
        self.serial += 1
        return str((time.time_ns() // 1_000_000 << 22) + self.serial)

    def posts(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.made.values() if one["author"] == urn(name)]

    def token(self, name: str = "liis", scope: str = "openid profile w_member_social", app: str = "") -> str:
        """A token of this member, as if they had signed in."""
        token = secrets.token_urlsafe(60)
        self.tokens[token] = {"user": name, "scope": scope, "app": app}
        return token

    def allow(self, address: str, name: str = "liis") -> str:
        """What happens in the browser when somebody signs in at `address` and agrees: where they are sent back to."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        if parts.path != "/oauth/v2/authorization" or asked.get("response_type") != "code":
            raise Refusal(400, "invalid_request")
        apps = {self.app["client_id"]: self.products, self.second["client_id"]: {"r_member_postAnalytics"}}
        if asked.get("client_id") not in apps or asked.get("redirect_uri") not in self.redirects:
            raise Refusal(400, "redirect_uri")
        if not set(asked["scope"].split()) <= apps[asked["client_id"]]:
            return (
                f"{asked['redirect_uri']}?{urlencode({'error': 'unauthorized_scope_error', 'state': asked['state']})}"
            )
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"user": name}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


class Speaker:
    """One request, answered."""

    def __init__(self, server: Server, request: Request) -> None:
        self.server, self.request, self.method = server, request, request.method
        self.headers, self.body = request.headers, request.body
        parts = urlsplit(request.url)
        self.path, self.query = parts.path, parse_qs(parts.query)

    def answer(self) -> Response:
        match self.method, self.path:
            case "POST", "/oauth/v2/accessToken":
                return self.token()
            case "POST", "/oauth/v2/revoke":
                return self.revoke()
            case "GET", "/v2/userinfo":
                name = self.user("openid")
                return as_json(
                    200, {"sub": urn(name).rpartition(":")[2], "name": f"{name.title()} Tamm", "locale": "et"}
                )
            case "PUT", path if path.startswith("/dms-uploads/"):
                return self.upload(path.removeprefix("/dms-uploads/"))
            case _, path if path.startswith("/rest/"):
                return self.versioned()
        raise Refusal(404, "RESOURCE_NOT_FOUND")

    # --- signing in
    def fields(self) -> dict[str, str]:
        if self.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise Refusal(400, "invalid_request")
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def token(self) -> Response:
        asked = self.fields()
        if {name: asked.get(name) for name in self.server.app} not in (self.server.app, self.server.second):
            return as_json(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        grant = asked.get("grant_type")
        if grant == "client_credentials":
            said = "This application is not allowed to create application tokens"
            return as_json(401, {"error": "access_denied", "error_description": said})
        if grant == "refresh_token":
            known = self.server.refreshers.get(asked.get("refresh_token", ""))
        elif grant == "authorization_code":
            known = self.server.codes.pop(asked.get("code", ""), None)
            if known and any(known[name] != asked.get(name) for name in ("redirect_uri", "client_id")):
                known = None
        else:
            known = None
        if known is None:
            return as_json(400, {"error": "invalid_grant", "error_description": "The token or code is not valid"})
        return as_json(200, self.given(known))

    def given(self, known: dict[str, str]) -> dict[str, Any]:
        # Another set of scopes than before ends every token of that member.
        others = [
            token for token, one in self.server.tokens.items()
            if one["user"] == known["user"] and one["app"] == known.get("client_id", "")
            and set(one["scope"].split()) != set(known["scope"].split())
        ]  # fmt: skip
        for token in others:
            del self.server.tokens[token]
        scope = ",".join(sorted(known["scope"].split()))
        told = {
            "access_token": self.server.token(known["user"], known["scope"], known.get("client_id", "")),
            "expires_in": 5_184_000,
            "scope": scope,
        }
        if self.server.refresh:
            again = secrets.token_urlsafe(60)
            self.server.refreshers[again] = {name: known[name] for name in ("user", "scope", "client_id")}
            told |= {"refresh_token": again, "refresh_token_expires_in": 31_536_000}
        return told

    def revoke(self) -> Response:
        asked = self.fields()
        if {name: asked.get(name) for name in self.server.app} != self.server.app:
            return as_json(401, {"error": "invalid_client"})
        self.server.tokens.pop(asked.get("token", ""), None)
        return as_json(200, None)

    def user(self, scope: str) -> str:
        token = bearer(self.request)
        if not token:
            raise Refusal(401, "EMPTY_ACCESS_TOKEN", serviceErrorCode=65604)
        known = self.server.tokens.get(token)
        if known is None:
            raise Refusal(401, "REVOKED_ACCESS_TOKEN", serviceErrorCode=65601)
        if scope not in known["scope"].split():
            raise Refusal(403, "ACCESS_DENIED", "Not enough permissions", serviceErrorCode=100)
        self.server.called[known["user"]] += 1
        if self.server.called[known["user"]] > self.server.most:
            said = "Resource level throttle MEMBER DAY limit for calls to this resource is reached."
            raise Refusal(429, "TOO_MANY_REQUESTS", said)
        return known["user"]

    # --- the versioned interface
    def versioned(self) -> Response:
        version = self.headers.get("linkedin-version", "")
        if not version:
            raise Refusal(400, "VERSION_MISSING", "A version must be present.")
        if version not in VERSIONS:
            raise Refusal(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if self.headers.get("x-restli-protocol-version") != "2.0.0":
            raise Refusal(400, "ILLEGAL_ARGUMENT", "The protocol version must be 2.0.0")
        if self.path == "/rest/memberCreatorPostAnalytics" and self.method == "GET":
            return self.analytics(self.user("r_member_postAnalytics"))
        name = self.user("w_member_social")
        if self.path in ("/rest/images", "/rest/documents") and self.method == "POST":
            return self.initialize(name, self.path.removeprefix("/rest/").removesuffix("s"))
        if self.path == "/rest/videos" and self.method == "POST":
            return self.film(name)
        if self.path.startswith("/rest/videos/") and self.method == "GET":
            return self.look(name)
        if self.path == "/rest/posts" and self.method == "POST":
            return self.post(name)
        if self.path.startswith("/rest/posts/") and self.method in ("POST", "DELETE"):
            return self.one(name)
        raise Refusal(403, "ACCESS_DENIED", "Not enough permissions to access this resource", serviceErrorCode=100)

    def analytics(self, name: str) -> Response:
        """One metric of one post, to its author alone; no element where it is not known."""
        entity = unquote(self.query.get("entity", [""])[0]).removeprefix("(share:").removesuffix(")")
        if self.query.get("q") != ["entity"] or self.query.get("aggregation") != ["TOTAL"]:
            raise Refusal(400, "ILLEGAL_ARGUMENT")
        post = self.server.made.get(entity)
        if post is None:
            raise Refusal(404, "RESOURCE_NOT_FOUND")
        if post["author"] != urn(name):
            raise Refusal(403, "ACCESS_DENIED", "Not the author", serviceErrorCode=100)
        metric = self.query["queryType"][0]
        if metric not in {"IMPRESSION", "MEMBERS_REACHED", "RESHARE", "REACTION", "COMMENT", "LINK_CLICKS"}:
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "queryType")
        told = self.server.told.get(entity, {})
        elements = [{"count": told[metric], "metricType": metric}] if metric in told else []
        return as_json(200, {"elements": elements, "paging": {}})

    def content(self) -> dict[str, Any]:
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE")
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise Refusal(400, "ILLEGAL_ARGUMENT")
        return found

    def initialize(self, name: str, kind: str) -> Response:
        if self.query.get("action") != ["initializeUpload"]:
            raise Refusal(400, "ILLEGAL_ARGUMENT")
        if self.content() != {"initializeUploadRequest": {"owner": urn(name)}}:
            raise Refusal(403, "ACCESS_DENIED", "The owner is not the member")
        image = f"urn:li:{kind}:{secrets.token_urlsafe(9)}"
        self.server.images[image] = {"owner": urn(name), "content": None, "kind": kind}
        address = f"{self.server.upload_host or self.server.base}/dms-uploads/{image}?ca=vector"
        return as_json(200, {"value": {"uploadUrl": address, kind: image, "uploadUrlExpiresAt": 1_900_000_000_000}})

    def film(self, name: str) -> Response:
        asked = self.content()
        if self.query.get("action") == ["finalizeUpload"]:
            return self.whole(name, asked.get("finalizeUploadRequest", {}))
        wish = asked.get("initializeUploadRequest", {})
        if self.query.get("action") != ["initializeUpload"] or wish.get("owner") != urn(name):
            raise Refusal(403, "ACCESS_DENIED", "The owner is not the member")
        size = wish.get("fileSizeBytes")
        if set(wish) != {"owner", "fileSizeBytes", "uploadCaptions", "uploadThumbnail"} or not isinstance(size, int):
            raise Refusal(400, "ILLEGAL_ARGUMENT", "initializeUploadRequest")
        if not SMALLEST_FILM <= size <= 500_000_000:
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "fileSizeBytes")
        video = f"urn:li:video:{secrets.token_urlsafe(9)}"
        starts = range(0, size, self.server.part)
        parts = [{"firstByte": at, "lastByte": min(at + self.server.part, size) - 1} for at in starts]
        self.server.films[video] = {
            "owner": urn(name),
            "parts": parts,
            "got": {},
            "whole": False,
            "looks": 0,
            "ends": time.time() + self.server.good,
        }
        base = self.server.upload_host or self.server.base
        told = [one | {"uploadUrl": f"{base}/dms-uploads/{video}?part={place}"} for place, one in enumerate(parts)]
        ends = int(self.server.films[video]["ends"] * 1000)
        value = {"video": video, "uploadToken": "", "uploadInstructions": told, "uploadUrlsExpireAt": ends}
        return as_json(200, {"value": value})

    def whole(self, name: str, asked: dict[str, Any]) -> Response:
        known = self.server.films.get(asked.get("video", ""))
        if known is None or known["owner"] != urn(name) or set(asked) != {"video", "uploadToken", "uploadedPartIds"}:
            raise Refusal(400, "ILLEGAL_ARGUMENT", "finalizeUploadRequest")
        if asked["uploadedPartIds"] != [f"etag-{place}" for place in range(len(known["parts"]))]:
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "The parts are not those that were uploaded, in their order")
        if set(known["got"]) != set(range(len(known["parts"]))) or known["whole"]:
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "A part is missing, or the film is whole already")
        known["whole"] = True
        return as_json(200, None)

    def look(self, name: str) -> Response:
        encoded = self.path.removeprefix("/rest/videos/")
        known = self.server.films.get(unquote(encoded))
        if ":" in encoded or known is None or known["owner"] != urn(name):
            raise Refusal(404, "RESOURCE_NOT_FOUND")
        known["looks"] += 1
        return as_json(200, {"id": unquote(encoded), "status": self.status(known)})

    def status(self, known: dict[str, Any]) -> str:
        if not known["whole"]:
            return "WAITING_UPLOAD"
        if self.server.failing or known["got"][0][4:8] != b"ftyp":
            return "PROCESSING_FAILED"
        return "PROCESSING" if self.server.processing else "AVAILABLE"

    def part(self, name: str, video: str) -> Response:
        known, place = self.server.films[video], int(self.query["part"][0])
        if known["ends"] < time.time() or known["whole"]:
            raise Refusal(403, "ACCESS_DENIED", "The address has ended")
        one = known["parts"][place]
        if known["owner"] != urn(name) or len(self.body) != one["lastByte"] - one["firstByte"] + 1:
            raise Refusal(400, "ILLEGAL_ARGUMENT", "The part has another length")
        known["got"][place] = self.body
        return as_json(200, None, {"ETag": f'"etag-{place}"'})

    def upload(self, image: str) -> Response:
        name = self.user("w_member_social")
        if unquote(image) in self.server.films:
            return self.part(name, unquote(image))
        known = self.server.images.get(unquote(image))
        if known is None or known["owner"] != urn(name):
            raise Refusal(404, "RESOURCE_NOT_FOUND")
        begins = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8") if known["kind"] == "image" else (b"%PDF-", b"PK", b"\xd0\xcf")
        if not self.body.startswith(begins):
            raise Refusal(400, "ILLEGAL_ARGUMENT", "The file is none of this kind")
        known["content"] = self.body
        return as_json(201, None)

    def post(self, name: str) -> Response:
        asked = self.content()
        if missing := NEEDED - set(asked):
            raise Refusal(422, "MISSING_FIELD", f"Required fields are missing: {sorted(missing)}")
        if unknown := set(asked) - KNOWN:
            raise Refusal(422, "UNRECOGNIZED_FIELD", f"Unpermitted fields present: {sorted(unknown)}")
        if asked["author"] != urn(name):
            raise Refusal(403, "ACCESS_DENIED", "The author is not the member", serviceErrorCode=100)
        if asked["visibility"] not in ("PUBLIC", "CONNECTIONS", "LOGGED_IN") or asked["lifecycleState"] != "PUBLISHED":
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD")
        if asked["distribution"].get("feedDistribution") != "MAIN_FEED":
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "feedDistribution")
        little = _words(asked["commentary"])
        content = asked.get("content", {})
        self.fitting(name, content)
        parent = asked.get("reshareContext", {}).get("parent", "")
        if "reshareContext" in asked and (content or parent not in self.server.public):
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", f"The parent {parent} cannot be reshared")
        if not little.strip() and not content and not parent:
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "A post needs words or content")
        if first := self.server.said.get((name, parent + little)):
            said = f"Content is a duplicate of {first}"
            wrong = {"inputErrors": [{"code": "DUPLICATE_POST", "description": said}]}
            raise Refusal(
                422, "INVALID_CONTENT", said, errorDetailType="com.linkedin.common.error.BadRequest", errorDetails=wrong
            )
        number = f"urn:li:share:{self.server.number()}"
        self.server.made[number] = {**asked, "id": number, "shown": shown(little)}
        self.server.said[(name, parent + little)] = number
        return as_json(201, None, {"x-restli-id": number, "Location": f"/posts/{number}"})

    def fitting(self, name: str, content: dict[str, Any]) -> None:
        """Refuse content that is not one of the documented forms, or is not the author's own."""
        if not content:
            return
        if len(content) != 1 or next(iter(content)) not in ("media", "multiImage", "article"):
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "content")
        images: list[dict[str, Any]] = []
        if "article" in content:
            card = content["article"]
            if (
                set(card) - {"source", "title", "description", "thumbnail"}
                or not card.get("source")
                or not card.get("title")
            ):
                raise Refusal(422, "MISSING_FIELD", "article")
            if len(card["title"]) > 400 or len(card.get("description", "")) > 4000:
                raise Refusal(400, "FIELD_LENGTH_TOO_LONG", "article")
            images = [{"id": card["thumbnail"]}] if "thumbnail" in card else []
        elif "multiImage" in content:
            images = content["multiImage"]["images"]
            if not 2 <= len(images) <= 20:
                raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "2 to 20 images")
        else:
            images = [content["media"]]
            if self.file(name, images[0]):
                return
        for one in images:
            known = self.server.images.get(one.get("id", ""))
            if set(one) - {"id", "altText", "title"} or len(one.get("altText", "")) > 4086:
                raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "image")
            if known is None or known["owner"] != urn(name) or known["content"] is None:
                raise Refusal(400, "INVALID_VALUE_FOR_FIELD", f"{one.get('id')} is not the author's image")
        if images and self.server.processing:
            raise Refusal(400, "MEDIA_ASSET_PROCESSING", "The image is in the state WAITING_UPLOAD")

    def file(self, name: str, media: dict[str, Any]) -> bool:
        """Whether this is a film or a document, which are refused unless they are whole, ready and named."""
        number = media.get("id", "")
        if film := self.server.films.get(number):
            if (
                film["owner"] != urn(name)
                or self.status(film) != "AVAILABLE"
                or set(media) - {"id", "title", "altText"}
            ):
                raise Refusal(400, "INVALID_VALUE_FOR_FIELD", f"{number} is {self.status(film)}")
            return True
        if not number.startswith("urn:li:document:"):
            return False
        known = self.server.images.get(number)
        if known is None or known["owner"] != urn(name) or known["content"] is None or not media.get("title"):
            raise Refusal(400, "INVALID_VALUE_FOR_FIELD", f"{number} is not the author's document, or has no title")
        if self.server.processing:
            raise Refusal(400, "MEDIA_ASSET_PROCESSING", "The document is in the state PROCESSING")
        return True

    def one(self, name: str) -> Response:
        encoded = self.path.removeprefix("/rest/posts/")
        if ":" in encoded:
            raise Refusal(400, "ILLEGAL_ARGUMENT", "The colons of the key are not encoded")
        number, action = unquote(encoded), self.headers.get("x-restli-method", "")
        known = self.server.made.get(number)
        if known and known["author"] != urn(name):
            raise Refusal(403, "ACCESS_DENIED", serviceErrorCode=100)
        if self.method == "DELETE":
            self.server.made.pop(number, None)
            return as_json(204, None)
        if action != "PARTIAL_UPDATE":
            raise Refusal(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method")
        if known is None:
            raise Refusal(404, "RESOURCE_NOT_FOUND")
        asked = self.content()
        if set(asked) != {"patch"} or set(asked["patch"]) != {"$set"} or set(asked["patch"]["$set"]) != {"commentary"}:
            raise Refusal(422, "UNRECOGNIZED_FIELD")
        little = _words(asked["patch"]["$set"]["commentary"])
        known |= {"commentary": little, "shown": shown(little)}
        return as_json(204, None)


def _words(little: Any) -> str:
    if not isinstance(little, str):
        raise Refusal(400, "INVALID_VALUE_FOR_FIELD", "commentary")
    if len(little.encode("utf-16-le")) // 2 > 3000:
        said = "BadRequestResponseException: ShareCommentary text length exceeded the maximum allowed (3000 characters)"
        wrong = {"inputErrors": [{"code": "FIELD_ARRAY_SIZE_TOO_HIGH", "maxLength": 3000}]}
        raise Refusal(400, "INVALID_REQUEST", said, errorDetails=wrong)
    return little


@contextmanager
def running() -> Iterator[Server]:
    """A server on a free port of this machine, for as long as the block lasts."""
    server = Server()

    def answer(request: Request) -> Response:
        with server.lock:
            try:
                return Speaker(server, request).answer()
            except Refusal as refused:
                return as_json(refused.status, refused.body, {"x-linkedin-error-response": "true"})

    with serving(answer) as server.base:
        yield server

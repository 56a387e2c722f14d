"""A small Mastodon server for tests, written from docs.joinmastodon.org and strict where the real one is.

It speaks real HTTP. Switches: `idempotency` (some servers ignore the key), `pkce` (older than 4.3: no PKCE, no
discovery, no narrow scope), `rate_headers`. `posts(account)` tells what is there.
"""

from __future__ import annotations

import html
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import regex

from kaja.networks import tooted
from kaja.outbound import Request, Response
from tests.peers.serving import as_json, bearer, challenge, parts, serving

SCOPES = {"profile", "read:accounts", "read:statuses", "write:statuses", "write:media", "read:search"}
MOST = 500


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, error: str, **more: str) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, **more}


@dataclass
class Server:
    """What the server knows."""

    base: str = ""
    idempotency: bool = True
    pkce: bool = True
    rate_headers: bool = True
    apps: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    working: bool = True  # on films
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    serial: int = 100

    def number(self) -> str:
        self.serial += 1
        return str(self.serial)

    def posts(self, account: str) -> list[dict[str, Any]]:
        return [one for one in self.statuses.values() if one["account"]["id"] == account]

    def token(self, name: str = "liis", scope: str = "profile read:statuses write:statuses write:media") -> str:
        """A token of this user, as if they had signed in."""
        token = secrets.token_urlsafe(16)
        self.tokens[token] = {"user": name, "scope": scope}
        return token

    def allow(self, address: str, name: str = "liis") -> str:
        """What happens in the browser when somebody signs in at `address` and agrees: where they are sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        app = self.apps.get(asked.get("client_id", ""))
        if app is None or asked["redirect_uri"] not in app["redirect_uris"].split():
            raise Refusal(400, "invalid_grant")
        if not set(asked["scope"].split()) <= set(app["scopes"].split()):
            raise Refusal(400, "invalid_scope")
        if self.pkce and asked.get("code_challenge_method") not in (None, "S256"):
            raise Refusal(400, "invalid_request")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"user": name}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


def account_id(name: str) -> str:
    return str(1000 + sum(map(ord, name)))


class Speaker:
    """One request, answered."""

    def __init__(self, server: Server, request: Request) -> None:
        self.server, self.request, self.method = server, request, request.method
        self.headers, self.body = request.headers, request.body
        parts = urlsplit(request.url)
        self.path, self.query = parts.path, parse_qs(parts.query)

    def fields(self) -> dict[str, Any]:
        kind = self.headers.get("content-type", "")
        if kind.startswith("application/json"):
            return dict(json.loads(self.body))
        if kind.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(self.body.decode()))
        return {}

    def user(self, scope: str) -> str:
        known = self.server.tokens.get(bearer(self.request))
        if known is None:
            raise Refusal(401, "The access token is invalid")
        if scope not in known["scope"].split():
            raise Refusal(403, "This action is outside the authorized scopes")
        return known["user"]

    def answer(self) -> tuple[int, Any]:
        one = self.path.removeprefix("/api/v1/statuses/").removeprefix("/api/v1/media/")
        match self.method, self.path:
            case "GET", "/.well-known/oauth-authorization-server" if self.server.pkce:
                return 200, {"issuer": self.server.base, "scopes_supported": sorted(SCOPES)}
            case "GET", "/.well-known/webfinger":
                user = self.query["resource"][0].removeprefix("acct:").partition("@")[0]
                return 200, {"links": [{"rel": "self", "href": f"{self.server.base}/users/{user}"}]}
            case "GET", "/api/v2/instance":
                return 200, _instance()
            case "POST", "/api/v1/apps":
                return 200, self.register()
            case "POST", "/oauth/token":
                return 200, self.token()
            case "POST", "/oauth/revoke":
                return 200, self.revoke()
            case "GET", "/api/v1/accounts/verify_credentials":
                return 200, self.me()
            case "POST", "/api/v2/media":
                made = self.upload()
                return 202 if made["working"] else 200, made
            case "GET", path if path.startswith("/api/v1/media/"):
                return self.worked(one)
            case "POST", "/api/v1/statuses":
                return 200, self.post()
            case "GET", "/api/v1/statuses":
                self.user("read:statuses")
                ids = self.query.get("id[]", [])[:20]
                return 200, [self.server.statuses[one] for one in ids if one in self.server.statuses]
            case "GET", path if path.endswith("/statuses") and path.startswith("/api/v1/accounts/"):
                return 200, self.listed(path.split("/")[4])
            case "GET", path if path.startswith("/api/v1/statuses/") and path.endswith("/source"):
                known = self.one(path.split("/")[4])
                return 200, {"id": known["id"], "text": known["source"], "spoiler_text": ""}
            case (("GET" | "PUT" | "DELETE"), path) if path.startswith("/api/v1/statuses/"):
                return 200, self.one(one)
        raise Refusal(404, "Record not found")

    def register(self) -> dict[str, str]:
        asked = self.fields()
        known = SCOPES if self.server.pkce else SCOPES - {"profile"}
        if not asked.get("client_name") or not set(asked.get("scopes", "read").split()) <= known:
            raise Refusal(422, "Validation failed: Scopes doesn't match configured on the server.")
        app = {**asked, "client_id": secrets.token_urlsafe(8), "client_secret": secrets.token_urlsafe(8)}
        self.server.apps[app["client_id"]] = app
        return app

    def token(self) -> dict[str, str]:
        asked = self.fields()
        app = self.server.apps.get(asked.get("client_id", ""))
        if app is None or app["client_secret"] != asked.get("client_secret"):
            raise Refusal(401, "invalid_client", error_description="Client authentication failed")
        if asked["grant_type"] == "client_credentials":
            return {"access_token": "app", "token_type": "Bearer"}
        begun = self.server.codes.pop(asked.get("code", ""), None)
        if begun is None or begun["client_id"] != asked["client_id"] or begun["redirect_uri"] != asked["redirect_uri"]:
            raise Refusal(400, "invalid_grant")
        proven = challenge(asked.get("code_verifier", "")) == begun.get("code_challenge")
        if self.server.pkce and "code_challenge" in begun and not proven:
            raise Refusal(400, "invalid_grant")
        scope = begun["scope"]
        return {"access_token": self.server.token(begun["user"], scope), "token_type": "Bearer", "scope": scope}

    def revoke(self) -> dict[str, str]:
        asked = self.fields()
        app = self.server.apps.get(asked.get("client_id", ""))
        if app is None or app["client_secret"] != asked.get("client_secret"):
            raise Refusal(403, "unauthorized_client")
        self.server.tokens.pop(asked.get("token", ""), None)
        return {}

    def me(self) -> dict[str, str]:
        try:
            name = self.user("profile")
        except Refusal as refused:
            if refused.status == 401:
                raise
            name = self.user("read:accounts")
        return {"id": account_id(name), "username": name, "display_name": name.title()}

    def upload(self) -> dict[str, Any]:
        name = self.user("write:media")
        given = parts(self.request)
        if "file" not in given:
            raise Refusal(422, "Validation failed: File can't be blank")
        film = given["file"][4:8] == b"ftyp"
        if not film and not given["file"].startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
            raise Refusal(422, "Validation failed: File content type is invalid")
        words = given.get("description", b"").decode().strip()
        if len(words) > 1500:
            raise Refusal(422, "Validation failed: Description is too long")
        number = self.server.number()
        self.server.media[number] = {
            "id": number,
            "type": "video" if film else "image",
            "working": film,
            "url": "https://x",
            "description": words,
            "by": name,
        }
        return self.server.media[number]

    def worked(self, number: str) -> tuple[int, Any]:
        """A film is 206 as long as the server works on it."""
        known = self.server.media.get(number)
        if known is None or known["by"] != self.user("write:media"):
            raise Refusal(404, "Record not found")
        known["working"] = known["working"] and self.server.working
        return 206 if known["working"] else 200, known

    def post(self) -> dict[str, Any]:
        name = self.user("write:statuses")
        asked, key = self.fields(), self.headers.get("idempotency-key", "")
        if self.server.idempotency and key and (known := self.server.keys.get((name, key))):
            return self.server.statuses[known]
        words, media = str(asked.get("status", "")), list(asked.get("media_ids", []))
        if not words.strip() and not media:
            raise Refusal(422, "Validation failed: Text can't be blank")
        if _length(words) > MOST:
            raise Refusal(422, f"Validation failed: Text character limit of {MOST} exceeded")
        if len(media) > 4:
            raise Refusal(422, "Validation failed: Cannot attach more than 4 files")
        if any(self.server.media.get(one, {}).get("working") for one in media):
            raise Refusal(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        if missing := [one for one in media if self.server.media.get(one, {}).get("by") != name or self.used(one)]:
            raise Refusal(422, f"Media {', '.join(missing)} not found or already attached to another post")
        if len(media) > 1 and any(self.server.media[one]["type"] == "video" for one in media):
            raise Refusal(422, "Cannot attach a video to a post that already contains images")
        if asked.get("visibility", "public") not in ("public", "unlisted", "private", "direct"):
            raise Refusal(422, "Validation failed: Visibility is not included in the list")
        number = self.server.number()
        made = {
            "id": number, "source": words, "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "content": _content(words),
            "url": f"{self.server.base}/@{name}/{number}", "uri": f"{self.server.base}/users/{name}/statuses/{number}",
            "account": {"id": account_id(name)}, "media_attachments": [self.server.media[one] for one in media],
            "language": asked.get("language"), "favourites_count": 0, "reblogs_count": 0, "replies_count": 0,
        }  # fmt: skip
        self.server.statuses[number] = made
        self.server.keys[(name, key)] = number
        return made

    def used(self, number: str) -> bool:
        """Whether a file stands in a post already."""
        return any(one["id"] == number for made in self.server.statuses.values() for one in made["media_attachments"])

    def listed(self, account: str) -> list[dict[str, Any]]:
        self.user("read:statuses")
        last = int(self.query.get("max_id", ["0"])[0]) or 10**9
        mine = [one for one in reversed(self.server.posts(account)) if int(one["id"]) < last]
        return mine[: int(self.query.get("limit", ["20"])[0])]

    def one(self, number: str) -> dict[str, Any]:
        if self.method == "GET":
            self.user("read:statuses")
        known = self.server.statuses.get(number)
        if self.method != "GET":
            name = self.user("write:statuses")
            if known is None or known["account"]["id"] != account_id(name):
                raise Refusal(404, "Record not found")
        if known is None:
            raise Refusal(404, "Record not found")
        if self.method == "DELETE":
            del self.server.statuses[number]
        if self.method == "PUT":
            asked = self.fields()
            if _length(asked["status"]) > MOST:
                raise Refusal(422, f"Validation failed: Text character limit of {MOST} exceeded")
            known["source"] = asked["status"]
            known["content"] = _content(asked["status"])
            # As the real one does it: what is not named is taken away.
            known["media_attachments"] = [self.server.media[one] for one in asked.get("media_ids") or []]
            known["sensitive"] = bool(asked.get("sensitive"))
            known["edited_at"] = datetime.now(UTC).isoformat()
        return known


def _length(words: str) -> int:
    return len(regex.findall(r"\X", tooted.countable(words, 23)))


def _content(words: str) -> str:
    """Words as people read them: with links where Mastodon makes some, which it does of real domains alone."""
    said, at = "", 0
    for start, end in tooted.addresses(words):
        said += html.escape(words[at:start]) + _anchor(html.escape(words[start:end]))
        at = end
    return "<p>" + (said + html.escape(words[at:])).replace("\n", "<br>") + "</p>"


def _anchor(address: str) -> str:
    bare = address.split("://", 1)[1]
    hidden = '<span class="invisible">'
    return f'<a href="{address}" rel="nofollow">{hidden}{address[: -len(bare)]}</span>{bare[:30]}{hidden}{bare[30:]}</span></a>'


def _instance() -> dict[str, Any]:
    return {
        "configuration": {
            "statuses": {"max_characters": MOST, "max_media_attachments": 4, "characters_reserved_per_url": 23},
            "media_attachments": {"image_size_limit": 16_777_216, "description_limit": 1500},
        }
    }


@contextmanager
def running() -> Iterator[Server]:
    """A server on a free port of this machine, for as long as the block lasts."""
    server = Server()

    def answer(request: Request) -> Response:
        with server.lock:
            try:
                status, said = Speaker(server, request).answer()
            except Refusal as refused:
                status, said = refused.status, refused.body
        ends = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        limits = {"X-RateLimit-Remaining": "299", "X-RateLimit-Reset": ends}
        return as_json(status, said, limits if server.rate_headers else {})

    with serving(answer) as server.base:
        yield server

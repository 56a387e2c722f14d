"""Bluesky (AT Protocol): posts with link and hashtag facets, link card or picture, by app password or OAuth.

The record key (a TID) is chosen by Kaja and stored before the call, so a post cannot be made twice: a second create
with the same key fails, and `find` tells whether the first one went through. Facts: docs.bsky.app and the lexicons.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import quote, urlencode

import regex

from kaja.networks import addresses, answers, dpop
from kaja.networks.contract import (
    REACTIONS,
    Api,
    Ask,
    Client,
    Connected,
    Dialog,
    Drawn,
    Figures,
    File,
    Http,
    Journey,
    Limits,
    NeedsReconnect,
    Network,
    NotSent,
    Permanent,
    Picture,
    Pictures,
    Post,
    Receipt,
    Request,
    Response,
    Retry,
    Sending,
    Session,
    Silence,
    Takes,
    Unknown,
    Videos,
    gettext_noop,
    jwt_expiry,
)

SCOPE = "atproto transition:generic"
PICTURES = 4
COLLECTION = "app.bsky.feed.post"
TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
APP_PASSWORD = regex.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")
LINK = addresses.WRITTEN
MENTION = regex.compile(r"(?<![\w.@/])@(?P<handle>[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-zA-Z][a-zA-Z0-9-]*)")
TAG = regex.compile(r"(?<![\w/#])#(?P<tag>[\p{L}\p{M}\p{N}_-]*[\p{L}_][\p{L}\p{M}\p{N}_-]*)")


@dataclass
class Hosts:
    """The servers that are not the account's own; settings may name others."""

    entryway: str = "https://bsky.social"
    plc: str = "https://plc.directory"
    appview: str = "https://public.api.bsky.app"
    # A trial on one machine signs in with ordinary passwords.
    any_password: bool = False


HOSTS = Hosts()


# --- speaking with a server -----------------------------------------------------------------------------------------
def _said_of(answer: Response, name: str) -> str:
    """One value of an answer; empty when it has none or cannot be read."""
    return str(answers.glimpse(answer).get(name, ""))


def _error(answer: Response) -> str:
    return _said_of(answer, "error")


def _call(
    http: Http, session: Session, method: str, name: str, *, query: str = "", body: bytes = b"", mime: str = ""
) -> Response:
    """One call to the account's own server, signed as the session is (bearer or DPoP)."""
    url = f"{session.secrets['pds']}/xrpc/{name}"
    headers = {"Content-Type": mime} if mime else {}
    request = Request(method, url + (f"?{query}" if query else ""), headers, body)
    if session.secrets.get("kind") == "oauth":
        token = str(session.secrets["access"])
        answer = dpop.send(lambda one: answers.send(http, one), request, session.secrets, token)
    else:
        bearer = {"Authorization": f"Bearer {session.secrets['access']}"}
        answer = answers.send(http, Request(request.method, request.url, {**headers, **bearer}, body))
    error = _error(answer) if answer.status >= 400 else ""
    if answer.status == 401 or error in ("ExpiredToken", "InvalidToken", "AuthMissing"):
        raise NeedsReconnect("refused-token", answers.words(answer))
    if error in ("AccountTakedown", "AccountDeactivated", "AccountSuspended"):
        raise NeedsReconnect("account-closed", answers.words(answer))
    return answer


# --- publishing -----------------------------------------------------------------------------------------------------
def new_record_key() -> str:
    """A TID: 53 bits of microseconds and 10 random bits in 13 letters that sort by time."""
    number = (time.time_ns() // 1000 << 10) | random.SystemRandom().getrandbits(10)
    return "".join(TID_LETTERS[(number >> shift) & 31] for shift in range(60, -1, -5))


def facets(text: str, dids: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Links, hashtags and mentions of `text` with their places in UTF-8 bytes; nothing is linked without them.

    `dids` names the accounts behind handles; a handle that is not in it stays plain text.
    """
    found, taken = [], 0
    pieces = [*LINK.finditer(text), *TAG.finditer(text), *MENTION.finditer(text)]
    for match in sorted(pieces, key=lambda piece: piece.start()):
        if match.start() < taken:
            continue  # a # or @ within an address
        shown, feature = _feature(match, dids or {})
        if feature:
            taken = match.start() + len(shown)
            found.append(_facet(text, match.start(), taken, feature))
    return found


def _feature(match: regex.Match[str], dids: Mapping[str, str]) -> tuple[str, dict[str, str] | None]:
    """What is shown of a piece, and what it stands for (None: nothing, it is plain text)."""
    shown = match[0].rstrip(addresses.TRAILING)
    if match.re is LINK:
        shown = addresses.whole(match[0])
        return shown, {"$type": "app.bsky.richtext.facet#link", "uri": shown}
    if match.re is TAG:
        tag = match["tag"]
        fits = len(tag) <= 64
        return shown, {"$type": "app.bsky.richtext.facet#tag", "tag": tag} if fits else None
    did = dids.get(match["handle"].lower())
    return shown, {"$type": "app.bsky.richtext.facet#mention", "did": did} if did else None


def _mentioned(http: Http, session: Session, text: str) -> dict[str, str]:
    """The accounts (DIDs) behind the handles in `text`. Nobody sees the asking, so doubt is a reason to try again."""
    dids = {}
    for handle in dict.fromkeys(match["handle"].lower() for match in MENTION.finditer(text)):
        try:
            answer = _call(http, session, "GET", "com.atproto.identity.resolveHandle", query=f"handle={quote(handle)}")
        except Unknown as error:
            raise Retry(error.reason, error.detail) from error
        if answer.status == 200:
            dids[handle] = answers.text(answers.read(answer), "did")
    return dids


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    before, inside = len(text[:start].encode()), len(text[start:end].encode())
    return {"index": {"byteStart": before, "byteEnd": before + inside}, "features": [feature]}


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    record_key, post = sending.key, sending.post
    embed = _embed(http, session, post)
    dids = _mentioned(http, session, post.text)
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": post.text,
        "createdAt": post.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "facets": facets(post.text, dids),
    }
    record |= {"langs": [post.language]} if post.language else {}
    record |= {"embed": embed} if embed else {}
    body = {"repo": session.external_id, "collection": COLLECTION, "rkey": record_key, "record": record}
    try:
        answer = _call(
            http,
            session,
            "POST",
            "com.atproto.repo.createRecord",
            body=json.dumps(body).encode(),
            mime="application/json",
        )
    except Unknown as doubt:
        # The reference server answers a taken key with a general 500: looking settles both that and a lost answer.
        return _found(http, session, record_key, doubt)
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))
    if _said_of(answer, "uri").rpartition("/")[2] != record_key:
        return _found(http, session, record_key, Unknown("unreadable", answers.words(answer)))
    return _receipt(session, record_key)


def _found(http: Http, session: Session, record_key: str, doubt: Unknown) -> Receipt:
    try:
        receipt = _by_key(http, session, record_key)
    except (Retry, Unknown, NeedsReconnect):
        raise doubt from None
    if receipt is None:
        # Not there now, yet the first call may still arrive: only whoever sends the same key again may conclude.
        raise doubt
    return receipt


def _receipt(session: Session, record_key: str) -> Receipt:
    """The id is the record's own address; people see it under the account's unchanging name."""
    uri = f"at://{session.external_id}/{COLLECTION}/{record_key}"
    return Receipt(uri, f"https://bsky.app/profile/{session.external_id}/post/{record_key}")


def _embed(http: Http, session: Session, post: Post) -> dict[str, Any] | None:
    """The post's film, or its pictures with their words for who cannot see them; else a link card with its picture on
    it; without a link that picture alone."""
    if film := post.film:
        return _film(http, session, film)
    if shown := post.shown():
        images = [_image(http, session, picture) for picture in shown[:PICTURES]]
        return {"$type": "app.bsky.embed.images", "images": images}
    if not post.link:
        return None
    external = {"uri": post.link, "title": post.link_title[:300], "description": post.link_description[:1000]}
    if post.picture is not None:
        external["thumb"] = _upload(http, session, post.picture.content, post.picture.mime)
    return {"$type": "app.bsky.embed.external", "external": external}


def _film(http: Http, session: Session, film: File) -> dict[str, Any]:
    """The film as a file of the account's own server, which hands it on to be made fit once the post is there."""
    blob = _upload(http, session, film.read(0, film.size), film.mime, "file-refused")
    shape = {"aspectRatio": {"width": film.width, "height": film.height}} if film.width and film.height else {}
    return {"$type": "app.bsky.embed.video", "video": blob, "alt": film.alt[:1000], **shape}


def _image(http: Http, session: Session, picture: Picture) -> dict[str, Any]:
    blob = _upload(http, session, picture.content, picture.mime)
    return {"image": blob, "alt": picture.alt, "aspectRatio": {"width": picture.width, "height": picture.height}}


def _upload(http: Http, session: Session, content: bytes, mime: str, reason: str = "picture-refused") -> Any:
    """A picture or film on the server; nobody sees it before a record points to it, so doubt is only a reason to try
    again."""
    try:
        answer = _call(http, session, "POST", "com.atproto.repo.uploadBlob", body=content, mime=mime)
    except Unknown as error:
        raise Retry(error.reason, error.detail) from error
    if answer.status >= 400:
        raise Permanent(reason, answers.words(answer))
    try:
        return json.loads(answer.body)["blob"]
    except (ValueError, KeyError, TypeError) as error:
        raise Retry("unreadable", answers.words(answer)) from error


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    return _by_key(http, session, sending.key)


def _by_key(http: Http, session: Session, record_key: str) -> Receipt | None:
    query = urlencode({"repo": session.external_id, "collection": COLLECTION, "rkey": record_key})
    answer = _call(http, session, "GET", "com.atproto.repo.getRecord", query=query)
    if _error(answer) == "RecordNotFound":
        return None
    # Only the server's own words are proof: a page of some gateway on the way says 200, too.
    if answer.status >= 400 or _said_of(answer, "uri").rpartition("/")[2] != record_key:
        raise Unknown("unreadable", answers.words(answer))
    return _receipt(session, record_key)


def remove(http: Http, session: Session, post_id: str) -> None:
    body = {"repo": session.external_id, "collection": COLLECTION, "rkey": post_id.rpartition("/")[2]}
    answer = _call(
        http, session, "POST", "com.atproto.repo.deleteRecord", body=json.dumps(body).encode(), mime="application/json"
    )
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))


def figures(http: Http, _session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
    """Likes, reposts, replies and quotes, asked of the public AppView without signing in."""
    query = urlencode([("uris", uri) for uri in post_ids])
    answer = answers.send(http, Request("GET", f"{HOSTS.appview}/xrpc/app.bsky.feed.getPosts?{query}", {}))
    if answer.status >= 400:
        raise Unknown("unreadable", answers.words(answer))
    posts = answers.read(answer).get("posts")
    if not isinstance(posts, list):  # no list is not an empty one: nothing may be taken for deleted
        raise Unknown("unreadable", answers.words(answer))
    told = {post["uri"]: post for post in posts if isinstance(post, dict) and "uri" in post}
    return {
        uri: Figures(
            likes=answers.number(told[uri], "likeCount"),
            reposts=answers.number(told[uri], "repostCount"),
            replies=answers.number(told[uri], "replyCount"),
            quotes=answers.number(told[uri], "quoteCount"),
        )
        if uri in told
        else Figures(gone=True)
        for uri in post_ids
    }


# --- whose account, on which server ---------------------------------------------------------------------------------
def identify(http: Http, handle: str) -> tuple[str, str]:
    """The account's unchanging id (DID) and the address of its server. Raises Permanent when there is none."""
    handle = handle.strip().removeprefix("@").lower()
    did = handle if handle.startswith("did:") else _resolve(http, handle)
    if did.startswith("did:plc:"):
        answer = answers.send(http, Request("GET", f"{HOSTS.plc}/{quote(did)}", {}))
    elif did.startswith("did:web:"):
        answer = answers.send(http, Request("GET", f"https://{did.removeprefix('did:web:')}/.well-known/did.json", {}))
    else:
        raise Permanent("no-account", did)
    services = answers.read(answer).get("service", []) if answer.status == 200 else []
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            return did, answers.text(service, "serviceEndpoint").rstrip("/")
    raise Permanent("no-account", did)


def _resolve(http: Http, handle: str) -> str:
    """A handle's DID: from the handle's own host, else from the entryway that knows most of them."""
    if not regex.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", handle):
        raise Permanent("no-account", handle)
    try:
        answer = http(Request("GET", f"https://{handle}/.well-known/atproto-did", {}))
        did = answer.body.decode("ascii", "replace").strip()
        if answer.status == 200 and did.startswith("did:"):
            return did
    except (NotSent, Silence):
        pass
    url = f"{HOSTS.entryway}/xrpc/com.atproto.identity.resolveHandle?handle={quote(handle)}"
    answer = answers.send(http, Request("GET", url, {}))
    if answer.status != 200:
        raise Permanent("no-account", handle)
    return answers.text(answers.read(answer), "did")


def sign_in(http: Http, handle: str, password: str) -> Connected:
    """A session by app password. Raises Permanent with reason not-app-password, no-account or wrong-password."""
    if not HOSTS.any_password and not APP_PASSWORD.fullmatch(password.strip()):
        raise Permanent("not-app-password")
    did, pds = identify(http, handle)
    body = json.dumps({"identifier": did, "password": password.strip()}).encode()
    url = f"{pds}/xrpc/com.atproto.server.createSession"
    answer = answers.send(http, Request("POST", url, {"Content-Type": "application/json"}, body))
    if answer.status >= 400:
        raise Permanent("wrong-password", answers.words(answer))
    return _connected(answers.read(answer), pds)


def _connected(read: dict[str, Any], pds: str) -> Connected:
    access, handle = answers.text(read, "accessJwt"), answers.text(read, "handle")
    sealed = {"kind": "password", "pds": pds, "access": access, "refresh": answers.text(read, "refreshJwt")}
    return Connected(answers.text(read, "did"), handle, handle, sealed, jwt_expiry(access))


# --- sign-in at Bluesky itself (OAuth with PAR, PKCE and DPoP) -------------------------------------------------------
def begin(http: Http, client: Client, handle: str) -> Journey:
    """Find the account's own sign-in server, announce the journey there (PAR), and say where to send the person."""
    did, pds = identify(http, handle)
    resource = answers.read(_get(http, f"{pds}/.well-known/oauth-protected-resource"))
    issuer = str((resource.get("authorization_servers") or [""])[0]).rstrip("/")
    server = answers.read(_get(http, f"{issuer}/.well-known/oauth-authorization-server"))
    if str(server.get("issuer", "")).rstrip("/") != issuer:
        raise Permanent("no-account", issuer)
    verifier, challenge = dpop.challenge()
    pending: dict[str, Any] = {
        "state": secrets.token_urlsafe(24), "verifier": verifier, "key": dpop.new_key(), "did": did, "pds": pds,
        "issuer": issuer, "token_endpoint": answers.text(server, "token_endpoint"),
        "handle": handle.strip().removeprefix("@"),
    }  # fmt: skip
    fields = {
        "client_id": client.client_id, "redirect_uri": client.redirect_uri, "response_type": "code", "scope": SCOPE,
        "state": pending["state"], "code_challenge": challenge, "code_challenge_method": "S256",
        "login_hint": pending["handle"],
    }  # fmt: skip
    answer = _token(http, client, pending, answers.text(server, "pushed_authorization_request_endpoint"), fields)
    if answer.status >= 400:
        raise Permanent("sign-in-refused", answers.words(answer))
    query = urlencode({"client_id": client.client_id, "request_uri": answers.text(answers.read(answer), "request_uri")})
    return Journey(f"{answers.text(server, 'authorization_endpoint')}?{query}", pending["state"], pending)


def _get(http: Http, url: str) -> Response:
    answer = answers.send(http, Request("GET", url, {}))
    if answer.status != 200:
        raise Permanent("no-account", answers.words(answer))
    return answer


def _token(http: Http, client: Client, pending: Mapping[str, Any], url: str, fields: dict[str, str]) -> Response:
    """One call to the sign-in server, with the proof of our key and the client's own signature where it has one."""
    if client.key is not None:
        fields |= {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": dpop.assertion(client.key, client.client_id, str(pending["issuer"])),
        }
    return dpop.send(lambda request: answers.send(http, request), Request("POST", url, *answers.form(fields)), pending)


def finish(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back: check that it is the server and the account we began with, and take the tokens."""
    if told.get("error"):
        raise Permanent("sign-in-denied", told["error"])
    if told.get("iss", "").rstrip("/") != pending["issuer"] or told.get("state") != pending["state"]:
        raise Permanent("sign-in-refused", "The answer is not from the server that was asked.")
    fields = {
        "grant_type": "authorization_code", "code": told.get("code", ""), "redirect_uri": client.redirect_uri,
        "code_verifier": str(pending["verifier"]), "client_id": client.client_id,
    }  # fmt: skip
    answer = _token(http, client, pending, str(pending["token_endpoint"]), fields)
    if answer.status >= 400:
        raise Permanent("sign-in-refused", answers.words(answer))
    read = answers.read(answer)
    if read.get("sub") != pending["did"]:
        raise Permanent("sign-in-refused", "Another account signed in.")
    return _signed(read, {**pending, "kind": "oauth"}, str(pending["did"]), str(pending["handle"]))


def _signed(read: dict[str, Any], kept: Mapping[str, Any], did: str, handle: str) -> Connected:
    names = ("kind", "pds", "issuer", "token_endpoint", "key")
    seconds = read.get("expires_in")
    ends = time.time() + (seconds if isinstance(seconds, int | float) else 600)
    fresh = {"access": answers.text(read, "access_token"), "refresh": read.get("refresh_token", ""), "ends": ends}
    sealed = {name: kept[name] for name in names} | fresh
    return Connected(did, handle, handle, sealed, dpop.expiry(sealed))


def _renew_signed(http: Http, session: Session) -> Connected:
    if session.client is None:
        raise NeedsReconnect("not-connected")
    fields = {
        "grant_type": "refresh_token", "refresh_token": str(session.secrets["refresh"]),
        "client_id": session.client.client_id,
    }  # fmt: skip
    answer = _token(http, session.client, session.secrets, str(session.secrets["token_endpoint"]), fields)
    if answer.status >= 400:
        raise NeedsReconnect("refused-token", answers.words(answer))
    return _signed(answers.read(answer), session.secrets, session.external_id, session.handle)


def renew(http: Http, session: Session) -> Connected:
    """A fresh session from the refresh token, which works once."""
    if session.secrets.get("kind") == "oauth":
        return _renew_signed(http, session)
    url = f"{session.secrets['pds']}/xrpc/com.atproto.server.refreshSession"
    answer = answers.send(http, Request("POST", url, {"Authorization": f"Bearer {session.secrets['refresh']}"}))
    if answer.status >= 400:
        raise NeedsReconnect("refused-token", answers.words(answer))
    return _connected(answers.read(answer), str(session.secrets["pds"]))


def _dialog(text: str, link: str, title: str) -> str:
    words = f"{text} {link}".strip()
    return f"https://bsky.app/intent/compose?text={quote(words, safe='')}"


NETWORK = Network(
    key="bluesky",
    name="Bluesky",
    icon="brand-bluesky",
    inessive_et="Bluesky võrgus",
    limits=Limits(text=300, unit="graphemes", bytes=3000, pictures=PICTURES, picture_bytes=950_000, alt=2000),
    dialog=Dialog(address=_dialog, takes_text=True, plain=True),
    drawn=Drawn(
        reactions=REACTIONS,
    ),
    api=Api(
        publish=publish,
        find=find,
        remove=remove,
        figures=figures,
        renew=renew,
        sign_in=sign_in,
        begin=begin,
        finish=finish,
        new_record_key=new_record_key,
        scope=SCOPE,
        figures_batch=25,
        films=True,
    ),
    connect=frozenset({"oauth", "password"}),
    scopes=(
        # There is no narrower one that its servers all know.
        (
            gettext_noop("Post what you share and take it down. The permission would allow more; Kaja uses no more."),
            SCOPE,
        ),
    ),
    asks=Ask(gettext_noop("Your name there"), "name.bsky.social"),
    can_delete=True,
    no_edit=gettext_noop("Bluesky goes on showing the first words, so it has no editing."),
    # Servers take files of 50 MB; larger films, to 300 MB, only by Bluesky's own service, which Kaja does not use.
    takes=Takes(pictures=Pictures(most=4, bytes=950_000), videos=Videos(bytes=50_000_000)),
)

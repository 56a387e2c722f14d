"""LinkedIn: a member's posts by the company's own app, and the share dialog, which takes the address only.

There is no key of ours and nothing can be read back with the permissions that every app gets, so there is no look for
a post: after a lost answer its person is asked. What is said a second time in the same words is refused by LinkedIn,
and the refusal names the first post: that is the receipt. Facts: learn.microsoft.com/linkedin.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import regex

from kaja.networks import answers
from kaja.networks.contract import (
    Api,
    App,
    Client,
    Connected,
    Dialog,
    Documents,
    Drawn,
    Entry,
    Figures,
    File,
    Finding,
    Fold,
    Http,
    Journey,
    Limits,
    NeedsReconnect,
    Network,
    Permanent,
    Picture,
    Pictures,
    Post,
    Reaction,
    Reading,
    Receipt,
    Request,
    Response,
    Retry,
    Sending,
    Session,
    Takes,
    Unknown,
    Videos,
    gettext_noop,
    their_time,
)


@dataclass
class Hosts:
    """LinkedIn's servers; settings may name others, for tests."""

    www: str = "https://www.linkedin.com"
    api: str = "https://api.linkedin.com"


HOSTS = Hosts()
# Asking for another set later would end every permission given before.
SCOPE = "openid profile w_member_social"
# By the second app, which may hold the Community Management API alone.
FIGURES_SCOPE = "r_member_postAnalytics"
METRICS = {
    "views": "IMPRESSION", "likes": "REACTION", "replies": "COMMENT", "reposts": "RESHARE", "clicks": "LINK_CLICKS",
}  # fmt: skip
# A month of LinkedIn's interface. Each is kept for a year, and ends in the middle of its month.
VERSION = "202609"
MONTH = regex.compile(r"(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])")
WARNED = timedelta(days=60)
LIMITS = Limits(text=3000, unit="utf16", pictures=20, picture_bytes=5_000_000, alt=4086)
TITLE, DESCRIPTION = 400, 4000
# Whether a picture or document is ready cannot be asked with w_member_social (403): it is given this long. A film can
# be asked after, and is.
READY = timedelta(seconds=20)
CLOCKS = timedelta(minutes=2)  # how far two clocks may be apart
# What LinkedIn says at the end of a sign-in, as our reasons.
REFUSALS = {
    "user_cancelled_login": "sign-in-denied",
    "user_cancelled_authorize": "sign-in-denied",
    "access_denied": "sign-in-denied",
    "unauthorized_scope_error": "app-refused",
    "invalid_client": "app-refused",
}
# How a text of too many characters is refused: as it is documented, and as others have met it.
TOO_LONG = ("FIELD_LENGTH_TOO_LONG", "exceeded the maximum allowed", "Size of array cannot be higher")
ORGANIZATION = regex.compile(r"\d{1,20}")
RESERVED = regex.compile(r"[\\|{}@\[\]()<>#*_~]")
MARKUP = regex.compile(
    r"@\[(?P<name>[^\[\]\n]{1,200})\]\((?P<urn>urn:li:(?:organization:\d+|person:[A-Za-z0-9-]+))\)"
    r"|(?P<address>https?://[^\s<>\"]+)"
    r"|(?<![\w/#])#(?P<tag>[\p{L}\p{M}\p{N}]++)(?![\w#-])"
)
POST = regex.compile(r"urn:li:(?:share|ugcPost):(?P<number>\d{1,20})")
FILM_READY = timedelta(seconds=30)


# --- speaking with LinkedIn -----------------------------------------------------------------------------------------
def _send(http: Http, request: Request) -> Response:
    """One request. LinkedIn says nowhere how long to wait: its limits of a day begin anew at midnight UTC."""
    try:
        return answers.send(http, request)
    except Retry as asked:
        if asked.reason != "rate-limit" or asked.after is not None:
            raise
        raise Retry(asked.reason, asked.detail, after=_patience(asked.detail, datetime.now(UTC))) from asked


def _patience(said: str, now: datetime) -> timedelta:
    """Until five past the next midnight UTC for a limit of the day, else an hour."""
    if "DAY" not in said.upper().split():
        return timedelta(hours=1)
    return now.replace(hour=0, minute=5, second=0, microsecond=0) + timedelta(days=1) - now


def _ask(
    http: Http, session: Session, method: str, path: str, content: Mapping[str, Any] | None = None, action: str = ""
) -> Response:
    """One call to the versioned interface. Raises an outcome for what is the same with every call."""
    settings = session.client.settings if session.client else {}
    headers, body = answers.as_json(content) if content is not None else ({}, b"")
    headers |= {
        "Authorization": f"Bearer {session.secrets['access']}",
        "Linkedin-Version": settings.get("version") or VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    } | ({"X-RestLi-Method": action} if action else {})
    answer = _send(http, Request(method, f"{HOSTS.api}{path}", headers, body))
    _judge(answer)
    return answer


def _judge(answer: Response) -> None:
    """Raise the outcome of a refusal that has nothing to do with what was asked."""
    said, code = answers.words(answer), str(answers.glimpse(answer).get("code", ""))
    if answer.status == 401:
        raise NeedsReconnect("refused-token", said)
    if answer.status == 403:
        raise NeedsReconnect("scope", said)
    if answer.status == 426 or code in ("VERSION_MISSING", "NONEXISTENT_VERSION"):
        # For the administrator to mend; the words wait meanwhile.
        raise Retry("network-version", said, after=timedelta(hours=1))
    if answer.status == 408:
        raise Unknown("silence", said)
    if answer.status == 409:
        raise Retry("conflict", said)


# --- the app of the company -----------------------------------------------------------------------------------------
def test(http: Http, client: Client) -> list[Finding]:
    """Whether LinkedIn knows the app: it is asked for a token of the app itself. Most apps are not allowed one, but
    keys that are wrong are told so before."""
    answer = _token(
        http, client_id=client.client_id, client_secret=client.secret, grant_type="client_credentials"
    )  # fmt: skip
    error = str(answers.glimpse(answer).get("error", ""))
    known = answer.status == 200 or error in ("access_denied", "unauthorized_client")
    version = client.settings.get("version") or VERSION
    return [
        Finding(
            gettext_noop("LinkedIn knows the app"),
            known,
            ""
            if known
            else gettext_noop("Copy the client ID and the client secret from the app’s Auth page once more."),
        ),
        _version_finding(version, datetime.now(UTC).date()),
    ]


def ends(entries: Mapping[str, str]) -> date | None:
    """From when on LinkedIn no longer serves the month of its interface that was entered."""
    found = MONTH.fullmatch(entries.get("version") or VERSION)
    return date(int(found["year"]) + 1, int(found["month"]), 15) if found else None


def _version_finding(version: str, today: date) -> Finding:
    what = gettext_noop("The version of LinkedIn’s interface is still served")
    last = ends({"version": version})
    if last is None:
        return Finding(what, False, gettext_noop("Write it as year and month: 202609."))
    if today >= last - WARNED:
        return Finding(what, False, gettext_noop("It ends within two months or has ended. Enter a newer month."))
    return Finding(what, True)


def _token(http: Http, **fields: str) -> Response:
    headers, body = answers.form(fields)
    return _send(http, Request("POST", f"{HOSTS.www}/oauth/v2/accessToken", headers, body))


# --- signing in -----------------------------------------------------------------------------------------------------
def begin(http: Http, client: Client, handle: str) -> Journey:
    """Where to send the person. While an earlier permission holds LinkedIn asks nothing: renewing is one click."""
    return _journey(client, SCOPE)


def begin_figures(_http: Http, client: Client, _handle: str) -> Journey:
    """The same with the second app, for the figures of the person's posts."""
    return _journey(client, FIGURES_SCOPE)


def _journey(client: Client, scope: str) -> Journey:
    state = secrets.token_urlsafe(24)
    query = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": client.redirect_uri,
        "state": state, "scope": scope,
    }  # fmt: skip
    return Journey(f"{HOSTS.www}/oauth/v2/authorization?{urlencode(query)}", state, {"state": state})


def finish(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back: take the token and see whose it is."""
    kept, ends = _taken(http, client, pending, told)
    whose = _send(
        http, Request("GET", f"{HOSTS.api}/v2/userinfo", {"Authorization": f"Bearer {kept['access']}"})
    )  # fmt: skip
    if whose.status != 200:
        raise Permanent("sign-in-refused", answers.words(whose))
    person = answers.read(whose)
    name = str(person.get("name") or "LinkedIn")[:200]
    return Connected(f"urn:li:person:{answers.text(person, 'sub')}", name, name, kept, ends, renews="refresh" in kept)


def finish_figures(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back from the second app. It may not ask who they are: LinkedIn tells the figures of a post to its
    author alone, so that another member's permission reads nothing."""
    kept, ends = _taken(http, client, pending, told)
    return Connected("", "", "", kept, ends, renews="refresh" in kept)


def _taken(
    http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]
) -> tuple[dict[str, Any], datetime]:
    """The token for what the person brought back. Raises Permanent."""
    if error := told.get("error"):
        raise Permanent(REFUSALS.get(error, "sign-in-refused"), error)
    code = answers.code(pending, told)
    answer = _token(
        http, grant_type="authorization_code", code=code, redirect_uri=client.redirect_uri,
        client_id=client.client_id, client_secret=client.secret,
    )  # fmt: skip
    if answer.status != 200:
        error = str(answers.glimpse(answer).get("error", ""))
        raise Permanent(REFUSALS.get(error, "sign-in-refused"), answers.words(answer))
    return _kept(answers.read(answer))


def _kept(found: Mapping[str, Any]) -> tuple[dict[str, Any], datetime]:
    """The secrets of a token's answer, and when the permission ends (about 60 days). Few apps get a refresh token."""
    kept = {"access": answers.text(found, "access_token")}
    if found.get("refresh_token"):
        kept["refresh"] = answers.text(found, "refresh_token")
    seconds = answers.number(found, "expires_in")
    if not seconds:
        raise Unknown("unreadable", "expires_in is missing")
    return kept, datetime.now(UTC) + timedelta(seconds=seconds)


def renew(http: Http, session: Session) -> Connected:
    """A new token by the refresh token, whose own year is not prolonged."""
    client = session.client
    if client is None or not session.secrets.get("refresh"):
        raise NeedsReconnect("expired")
    answer = _token(
        http, grant_type="refresh_token", refresh_token=str(session.secrets["refresh"]),
        client_id=client.client_id, client_secret=client.secret,
    )  # fmt: skip
    if answer.status != 200:
        raise NeedsReconnect("expired", answers.words(answer))
    kept, ends = _kept(answers.read(answer))
    kept = {"refresh": session.secrets["refresh"]} | kept
    return Connected(session.external_id, session.handle, session.handle, kept, expires_at=ends)


def revoke(http: Http, session: Session) -> None:
    """Give the permission back (an address that is in use everywhere, but in no document of theirs we know)."""
    if session.client is None:
        return
    headers, body = answers.form(
        {
            "client_id": session.client.client_id, "client_secret": session.client.secret,
            "token": str(session.secrets["access"]),
        }
    )  # fmt: skip
    _send(http, Request("POST", f"{HOSTS.www}/oauth/v2/revoke", headers, body))


# --- words ----------------------------------------------------------------------------------------------------------
def little(text: str, company: tuple[str, str] = ("", "")) -> str:
    """Words in LinkedIn's "little text": hashtags and mentions as markup, everything else as it was typed.

    A reserved character that is not escaped silently cuts the post off where it stands. A company is mentioned as
    LinkedIn writes it: `@[Name](urn:li:organization:7)`, or by an @ before its name where `company` says which name
    and URN that is. Tags of letters and digits become hashtags; with other
    characters in them they stay words, since nobody says what a template makes of those.
    """
    said, end = [], 0
    for found in MARKUP.finditer(text):
        said.append(_named(text[end : found.start()], company))
        said.append(_marked(found))
        end = found.end()
    return "".join([*said, _named(text[end:], company)])


def _named(text: str, company: tuple[str, str]) -> str:
    """Words without markup, the company's own name after an @ as its mention: LinkedIn wants it letter by letter."""
    name, urn = company
    if not (name and urn):
        return _escaped(text)
    parts = regex.split(rf"(?<![\w@])@{regex.escape(name)}(?!\w)", text)
    return f"@[{_escaped(name)}]({urn})".join(_escaped(part) for part in parts)


def _company(session: Session) -> tuple[str, str]:
    """The company's name and URN, as an administrator entered them; empty where they did not."""
    settings = session.client.settings if session.client else {}
    number = ORGANIZATION.search(settings.get("company_number", ""))
    return settings.get("company_name", ""), f"urn:li:organization:{number[0]}" if number else ""


def _escaped(text: str) -> str:
    return RESERVED.sub(lambda found: "\\" + found[0], text)


def _marked(found: regex.Match[str]) -> str:
    if found["tag"] and not found["tag"].isdecimal():
        return f"{{hashtag|\\#|{found['tag']}}}"
    if found["urn"]:
        return f"@[{_escaped(found['name'])}]({found['urn']})"
    return _escaped(found[0])


# --- posting --------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """Upload the film, the document, the pictures, or the one on the card: LinkedIn does not read the page of a link
    that comes by API. Nobody sees any of it before the post."""
    if post.film:
        return _film(http, session, post.film) | {"title": _title(post, post.film)}
    if post.document:
        return {
            "document": _document(http, session, post.document), "title": _title(post, post.document),
            "ready": (datetime.now(UTC) + READY).isoformat(),
        }  # fmt: skip
    if post.reshares:
        return {}
    shown = post.shown()[: LIMITS.pictures]
    images = [{"id": _upload(http, session, one), "altText": one.alt[: LIMITS.alt]} for one in shown]
    thumbnail = _upload(http, session, post.picture) if post.picture and not shown else ""
    ready = datetime.now(UTC) + READY if images or thumbnail else None
    return {"images": images, "thumbnail": thumbnail, "ready": ready.isoformat() if ready else ""}


def _title(post: Post, file: File) -> str:
    return (post.link_title or file.title)[:TITLE]


def _upload(http: Http, session: Session, picture: Picture) -> str:
    """A picture of the author's own, as its URN."""
    told = _begun(http, session, "images", "picture-refused")
    _put(http, session, answers.text(told, "uploadUrl"), picture.content, picture.mime, "picture-refused")
    return answers.text(told, "image")


def _document(http: Http, session: Session, document: File) -> str:
    """A document of the author's own, as its URN; LinkedIn takes it in one piece."""
    told = _begun(http, session, "documents", "file-refused")
    whole = document.read(0, document.size)
    _put(http, session, answers.text(told, "uploadUrl"), whole, document.mime, "file-refused")
    return answers.text(told, "document")


def _film(http: Http, session: Session, film: File) -> dict[str, Any]:
    """A film of the author's own under its URN, as far as it got: cut off in the middle, `publish` goes on with it.
    LinkedIn does not tell which parts it has, so that their addresses and signs are kept until it is whole."""
    more = {"fileSizeBytes": film.size, "uploadCaptions": False, "uploadThumbnail": False}
    told = _begun(http, session, "videos", "file-refused", **more)
    ends = answers.number(told, "uploadUrlsExpireAt")
    kept: dict[str, Any] = {
        "film": answers.text(told, "video"),
        "token": str(told.get("uploadToken") or ""),  # may be empty, and then has to be sent so
        "parts": _parts(told, film.size),
        "signs": [],
        "ends": datetime.fromtimestamp(ends / 1000, UTC).isoformat() if ends else "",
    }
    try:
        _carry(http, session, kept, film)
    except (Retry, Unknown, NeedsReconnect):
        return kept
    return {"film": kept["film"]}


def _carry(http: Http, session: Session, kept: dict[str, Any], film: File) -> None:
    """The parts that are missing, in the addresses that LinkedIn named; then it is told that the film is whole, and
    looks at it for a while before it may be posted. `kept` says how far it got."""
    for one in kept["parts"][len(kept["signs"]) :]:
        content = film.read(int(one["first"]), int(one["last"]) + 1)
        kept["signs"].append(answers.again(partial(_part, http, session, str(one["to"]), content)))
    whole = {"video": kept["film"], "uploadToken": kept["token"], "uploadedPartIds": kept["signs"]}
    done = _ask(http, session, "POST", "/rest/videos?action=finalizeUpload", {"finalizeUploadRequest": whole})
    if done.status != 200:
        raise Permanent("file-refused", answers.words(done))


def _go_on(http: Http, session: Session, sending: Sending) -> None:
    """Carry on with a film that was cut off on its way. Raises Retry: what LinkedIn takes no more at the addresses it
    named begins anew, and nobody has seen anything yet."""
    kept, film = deepcopy(dict(sending.prepared)), sending.post.film
    ends = answers.moment(kept.get("ends"))
    if film is None:
        raise Retry("not-ready", "The film is missing.")
    if ends and ends <= datetime.now(UTC):
        raise Retry("media-expired", anew=True)
    try:
        _carry(http, session, kept, film)
    except Unknown as doubt:
        raise Retry(doubt.reason, doubt.detail) from doubt
    except Permanent as refused:
        raise Retry("media-expired", refused.detail, anew=True) from refused
    except NeedsReconnect as refused:
        if refused.reason != "scope":
            raise
        raise Retry("media-expired", refused.detail, anew=True) from refused  # an address that has ended may say so


def _part(http: Http, session: Session, address: str, content: bytes) -> str:
    """One part of a film, as the sign by which LinkedIn knows it. Raises Unknown when it gives none."""
    taken = _put(http, session, address, content, "application/octet-stream", "file-refused")
    sign = taken.headers.get("etag", "").strip('"')
    if not sign:
        raise Unknown("unreadable", "A part came without its ETag.")
    return sign


def _parts(told: Mapping[str, Any], size: int) -> list[dict[str, Any]]:
    """The parts of a film in their order: from `first` to `last` byte, and where `to`. Raises Retry unless they are
    the whole of it."""
    given, parts, at = told.get("uploadInstructions"), list[dict[str, Any]](), 0
    for one in given if isinstance(given, list) else []:
        found = one if isinstance(one, dict) else {}
        first, last = answers.number(found, "firstByte"), answers.number(found, "lastByte")
        if first != at or last is None or not first <= last < size:
            break
        parts.append({"first": first, "last": last, "to": answers.text(found, "uploadUrl")})
        at = last + 1
    if at != size:
        raise Retry("unreadable", f"The parts named are not the whole of {size} bytes: {str(given)[:300]}")
    return parts


def _begun(http: Http, session: Session, kind: str, reason: str, **more: Any) -> dict[str, Any]:
    """What LinkedIn says at the beginning of an upload of this kind."""
    wish = {"initializeUploadRequest": {"owner": session.external_id} | more}
    answer = _ask(http, session, "POST", f"/rest/{kind}?action=initializeUpload", wish)
    if answer.status != 200:
        raise Permanent(reason, answers.words(answer))
    value = answers.read(answer).get("value")
    return value if isinstance(value, dict) else {}


def _put(http: Http, session: Session, address: str, content: bytes, mime: str, reason: str) -> Response:
    """Bytes to an address that LinkedIn named."""
    if not _is_theirs(address):
        raise Permanent(reason, f"An upload to {urlsplit(address).netloc} is not LinkedIn’s.")
    headers = {"Authorization": f"Bearer {session.secrets['access']}", "Content-Type": mime}
    taken = _send(http, Request("PUT", address, headers, content))
    _judge(taken)
    if taken.status not in (200, 201):
        raise Permanent(reason, answers.words(taken))
    return taken


def _ready(http: Http, session: Session, sending: Sending) -> None:
    """Raise Retry as long as LinkedIn is not done with a film, Permanent when it cannot be done."""
    status, said = _looked_at(http, session, str(sending.prepared["film"]))
    if status == "WAITING_UPLOAD" and sending.prepared.get("parts"):
        _go_on(http, session, sending)
        status, said = _looked_at(http, session, str(sending.prepared["film"]))
    if status in ("", "WAITING_UPLOAD", "PROCESSING"):
        raise Retry("still-processing", said, after=FILM_READY)
    if status != "AVAILABLE":
        raise Permanent("file-refused", said)


def _looked_at(http: Http, session: Session, film: str) -> tuple[str, str]:
    """How far LinkedIn is with a film, empty when it does not say, and its words. Asking is a look: doubt about it is a
    reason to ask again, and no doubt about the post."""
    try:
        answer = _ask(http, session, "GET", f"/rest/videos/{quote(film, safe='')}")
    except Unknown as doubt:
        raise Retry(doubt.reason, doubt.detail) from doubt
    said = answers.words(answer)
    if answer.status == 404:
        raise Retry("media-expired", said, anew=True)
    return (str(answers.glimpse(answer).get("status", "")) if answer.status == 200 else ""), said


def _is_theirs(address: str) -> bool:
    """Whether an upload address may be shown the token."""
    parts, own = urlsplit(address), urlsplit(HOSTS.api)
    if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
        return True
    return parts.scheme == "https" and (parts.hostname or "").endswith(".linkedin.com") and "@" not in parts.netloc


def _content(post: Post, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """What stands below the words: a film, a document, several pictures, one, or the card of the link. Their words are
    plain text. A post that is passed on takes their place."""
    if post.reshares:
        return {"reshareContext": {"parent": post.reshares}}
    if file := prepared.get("film") or prepared.get("document"):
        return {"content": {"media": {"id": file, "title": prepared.get("title", "")}}}
    images = list(prepared.get("images", []))
    if len(images) > 1:
        return {"content": {"multiImage": {"images": images}}}
    if images:
        return {"content": {"media": images[0]}}
    if not post.link:
        return {}
    card = {"source": post.link, "title": (post.link_title or post.link)[:TITLE]}
    card |= {"description": post.link_description[:DESCRIPTION]} if post.link_description else {}
    card |= {"thumbnail": prepared["thumbnail"]} if prepared.get("thumbnail") else {}
    return {"content": {"article": card}}


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    ready, now = answers.moment(sending.prepared.get("ready")), datetime.now(UTC)
    if ready and ready > now:
        raise Retry("still-processing", after=ready - now)
    if sending.prepared.get("film"):
        _ready(http, session, sending)
    body = {
        "author": session.external_id,
        "commentary": little(sending.post.text, _company(session)),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    } | _content(sending.post, sending.prepared)
    answer = _ask(http, session, "POST", "/rest/posts", body)
    if answer.status == 201:
        return _receipt(answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id", ""))
    if answer.status < 400:
        raise Unknown("unreadable", answers.words(answer))
    said = answers.words(answer)
    if "DUPLICATE_POST" in said:
        return _first(answer, sending)
    if any(sign in said for sign in TOO_LONG):
        raise Permanent("too-long", said)
    if "PROCESSING" in said or "WAITING_UPLOAD" in said:
        raise Retry("still-processing", said, after=READY)
    if sending.post.reshares and answer.status in (400, 404, 422) and sending.post.reshares in said:
        raise Permanent("reshare-refused", said)
    raise Permanent("refused", said)


def reshare(address: str) -> str:
    """The URN of a post in the address that "Embed this post" or the post's own page shows. The number in the address
    of a shared link (activity) can be another one: nothing can be passed on by it."""
    path = _path(address)
    found = POST.search(path) if "/update/" in path else None
    return found[0] if found else ""


def cannot_reshare(address: str) -> str:
    """Why the post at an address of LinkedIn's cannot be passed on as it stands; empty when it can, or is none."""
    post = ("/posts/", "/feed/update/", "/embed/feed/update/")
    if reshare(address) or not _path(address).startswith(post):
        return ""
    return gettext_noop(
        "This is a post on LinkedIn, but its address does not say which one, as LinkedIn wants it: people will share "
        "it as a link. For them to pass the post itself on, open it there, choose “Embed this post” in its menu, and "
        "paste the address that stands in it (https://www.linkedin.com/embed/feed/update/urn:li:share:…)."
    )


def _path(address: str) -> str:
    """The path of an address of LinkedIn's, without its percent signs; empty for any other address."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return unquote(parts.path) if host == "linkedin.com" else ""


def _receipt(urn: str) -> Receipt:
    if not POST.fullmatch(urn):
        raise Unknown("unreadable", f"The id of the post is missing: {urn}")
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}/")


def _first(answer: Response, sending: Sending) -> Receipt:
    """The post that a refusal as a duplicate names, when it was made since the first attempt: its number begins with
    the time. An older one is another post in the same words, perhaps deleted long ago. Ours may be a wrong clock, so
    that LinkedIn's own decides how long ago that was."""
    said, now, theirs = answers.words(answer), datetime.now(UTC), their_time(answer)
    since = theirs - (now - sending.since)
    for found in POST.finditer(said):
        made = datetime.fromtimestamp((int(found["number"]) >> 22) / 1000, UTC)
        if min(since, sending.since) - CLOCKS <= made <= max(now, theirs) + CLOCKS:
            return _receipt(found[0])
    raise Permanent("duplicate", said)


def edit(http: Http, session: Session, post_id: str, text: str) -> None:
    patch = {"patch": {"$set": {"commentary": little(text, _company(session))}}}
    answer = _ask(http, session, "POST", f"/rest/posts/{quote(post_id, safe='')}", patch, "PARTIAL_UPDATE")
    if answer.status == 404:
        raise Permanent("gone-there", answers.words(answer))
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))


def remove(http: Http, session: Session, post_id: str) -> None:
    answer = _ask(http, session, "DELETE", f"/rest/posts/{quote(post_id, safe='')}", action="DELETE")
    if answer.status >= 400 and answer.status != 404:
        raise Permanent("refused", answers.words(answer))


# --- figures, by the second app -------------------------------------------------------------------------------------
def figures(http: Http, session: Session, post_ids: list[str]) -> dict[str, Figures]:
    """What LinkedIn tells the author of each post; a metric that it does not tell is absent, and no zero."""
    return answers.one_by_one(post_ids, partial(_figures, http, session))


def _figures(http: Http, session: Session, post_id: str) -> Figures:
    told: dict[str, Any] = {}
    for ours, theirs in METRICS.items():
        answer = _ask(http, session, "GET", _metric_path(post_id, theirs))
        if answer.status == 404:
            return Figures(gone=True)
        if answer.status == 200:
            told[ours] = _counted(answers.read(answer))
        elif answer.status < 400:
            raise Unknown("unreadable", answers.words(answer))
    return Figures(**told)


def _metric_path(post_id: str, metric: str) -> str:
    kind = "ugc" if ":ugcPost:" in post_id else "share"
    entity = f"({kind}:{quote(post_id, safe='')})"
    return f"/rest/memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={metric}&aggregation=TOTAL"


def _counted(found: Mapping[str, Any]) -> int | None:
    """The count in an answer; None without any element, which LinkedIn means as "not known"."""
    elements = found.get("elements")
    if not isinstance(elements, list):
        raise Unknown("unreadable", str(found)[:300])
    counts = [answers.number(one, "count") for one in elements if isinstance(one, dict)]
    known = [one for one in counts if one is not None]
    return sum(known) if known else None


FIGURES_APP = App(
    register_at="https://www.linkedin.com/developers/apps/new",
    steps=(
        gettext_noop(
            "Create a second app at LinkedIn, of the same LinkedIn Page. Its name may hold neither “Linked” nor “In”."
        ),
        gettext_noop("Have an administrator of the Page confirm it, as with the first one."),
        gettext_noop(
            "Under Products ask for “Community Management API” and nothing else. LinkedIn reviews the company first: "
            "it has to be a registered organisation with a business e-mail, a website and a privacy policy."
        ),
        gettext_noop(
            "With the development tier you can try it with few people: 500 calls a day for the app, 100 for each "
            "person. Within twelve months ask for the standard tier; LinkedIn wants a screen recording of the whole "
            "way, with words."
        ),
        gettext_noop(
            "Under Auth add Kaja’s return address to the authorised redirect URLs, exactly as it is shown here."
        ),
        gettext_noop("Copy the client ID and the primary client secret from Auth into the fields here."),
    ),
    entries=(
        Entry("client_id", gettext_noop("Client ID")),
        Entry("client_secret", gettext_noop("Client secret"), secret=True),
        Entry("version", gettext_noop("Version of LinkedIn’s interface (year and month)"), default=VERSION),
    ),
    test=test,
    ends=ends,
    warnings=(
        gettext_noop("The review can take months, and an app that was refused cannot ask again: make a new one then."),
        gettext_noop(
            "LinkedIn lets figures of a member’s posts be shown to that member. Kaja shows them to nobody else, and "
            "adds them to no total of the company."
        ),
        gettext_noop(
            "Not possible at LinkedIn, whatever the app: reading comments on people’s posts, looking for hashtags, "
            "looking whether a post is there. The figures of the company’s own page stand at LinkedIn; Kaja does not "
            "read them."
        ),
    ),
)
APP = App(
    register_at="https://www.linkedin.com/developers/apps/new",
    steps=(
        gettext_noop("Create an app at LinkedIn with your company’s name, logo and LinkedIn Page."),
        gettext_noop("On the app’s Settings page press Verify, and have an administrator of the Page confirm it."),
        gettext_noop(
            "Under Products ask for “Sign In with LinkedIn using OpenID Connect” and “Share on LinkedIn”. Both "
            "are given at once and cost nothing."
        ),
        gettext_noop(
            "Under Auth add Kaja’s return address to the authorised redirect URLs, exactly as it is shown here."
        ),
        gettext_noop("Copy the client ID and the primary client secret from Auth into the fields here."),
    ),
    entries=(
        Entry("client_id", gettext_noop("Client ID")),
        Entry("client_secret", gettext_noop("Client secret"), secret=True),
        Entry("version", gettext_noop("Version of LinkedIn’s interface (year and month)"), default=VERSION),
        Entry(
            "company_name",
            gettext_noop("Name of the company’s page, letter by letter"),
            optional=True,
            hint=gettext_noop("Whoever writes an @ before it in a post mentions the page."),
        ),
        Entry(
            "company_number",
            gettext_noop("Number of the company’s page"),
            optional=True,
            hint=gettext_noop("It stands in the address of its administration: linkedin.com/company/12345/admin/."),
        ),
    ),
    test=test,
    ends=ends,
    warnings=(
        gettext_noop("The app has to belong to a LinkedIn Page, and an administrator of that Page has to confirm it."),
        gettext_noop(
            "Permissions last 60 days. Everybody renews theirs with one click; whatever is planned waits for it."
        ),
        gettext_noop(
            "LinkedIn’s terms do not allow to automate posting. Kaja sends only what its author wrote or "
            "confirmed, one post at a time."
        ),
        gettext_noop(
            "This app posts and reads nothing. Clicks on Kaja’s own links are counted all the same; impressions and "
            "reactions want the second app."
        ),
    ),
)
NETWORK = Network(
    key="linkedin",
    name="LinkedIn",
    icon="brand-linkedin",
    inessive_et="LinkedInis",
    limits=LIMITS,
    dialog=Dialog(
        address=lambda _text, link, _title: (
            f"https://www.linkedin.com/sharing/share-offsite/?url={quote(link, safe='')}"
        ),
        takes_text=False,
    ),
    # No look for a post: r_member_social is closed.
    api=Api(
        publish=publish,
        prepare=prepare,
        edit=edit,
        remove=remove,
        begin=begin,
        finish=finish,
        renew=renew,
        revoke=revoke,
        scope=SCOPE,
        films=True,
        documents=True,
        reshare=reshare,
        cannot_reshare=cannot_reshare,
        mentions="company_name",
        # Of its classes of data the one that figures fall into; nobody's names are ever fetched.
        figures_kept=timedelta(days=365),
    ),
    app=APP,
    reading=Reading(
        app=FIGURES_APP,
        begin=begin_figures,
        finish=finish_figures,
        figures=figures,
        renew=renew,
        scopes=((gettext_noop("Read the figures of your own posts, for you alone"), FIGURES_SCOPE),),
    ),
    scopes=(
        (gettext_noop("See your name"), "openid profile"),
        (gettext_noop("Post what you share"), "w_member_social"),
    ),
    connect=frozenset({"oauth"}),
    can_edit=True,
    can_delete=True,
    # Our own choice, near what the site folds at; no document of theirs says it.
    fold=Fold(chars=200, lines=3, words=gettext_noop("…more")),
    fold_phone=Fold(chars=140, lines=3, words=gettext_noop("…more")),
    drawn=Drawn(
        name="job",
        card="wide",
        pictures="edge",
        reactions=(
            Reaction(icon="thumb-up", word=gettext_noop("Like")),
            Reaction(icon="message-circle", word=gettext_noop("Comment")),
            Reaction(icon="repeat", word=gettext_noop("Repost")),
        ),
    ),
    takes=Takes(
        # No size of a picture in bytes is documented; others keep to 5 MB.
        pictures=Pictures(most=20, bytes=5_000_000, pixels=36_152_320),
        videos=Videos(bytes=500_000_000, seconds=(3, 1800)),
        documents=Documents(bytes=100_000_000, pages=300),
    ),
)

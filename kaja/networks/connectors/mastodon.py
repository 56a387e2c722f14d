"""Mastodon, any server: Kaja registers itself with each, reads its limits, and posts with an idempotency key.

The key makes a second call within the hour give back the first post. Later, and when a server ignores the key, the
account's own list decides: every share has a link of its own. Facts: docs.joinmastodon.org.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import regex

from kaja.networks import answers, dpop
from kaja.networks.contract import (
    Api,
    Ask,
    Client,
    Connected,
    Dialog,
    Drawn,
    Figures,
    Http,
    Journey,
    Limits,
    NeedsReconnect,
    Network,
    Outcome,
    Permanent,
    Picture,
    Pictures,
    Post,
    Reaction,
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
)

ANY_SERVER = "https://share.joinmastodon.org/#text="
# Servers that are spoken to without TLS: those of tests on one's own machine.
PLAIN: set[str] = set()
# A server keeps the key for an hour; after this long the list is asked first.
KEY_GOOD = timedelta(minutes=50)
MEDIA_GOOD = timedelta(hours=23)  # servers sweep away what stands in no post for a day, some without a word later
CLOCKS = timedelta(minutes=5)  # how far two clocks may be apart
PAGE, PAGES = 40, 5
HANDLE = regex.compile(r"@?(?:(?P<user>[\w.-]+)@)?(?P<host>[\w-]+(?:\.[\w-]+)*(?::\d+)?)", regex.IGNORECASE)
TAGS = regex.compile(r"<[^>]*>")
BREAKS = regex.compile(r"<br\s*/?>|</p>\s*<p>")
WRITE = "write:statuses write:media read:statuses"
LIMITS = Limits(
    text=500, unit="mastodon", link_length=23, pictures=4, picture_bytes=16_000_000, alt=1500,
)  # fmt: skip


# --- which server ---------------------------------------------------------------------------------------------------
def _base(host: str) -> str:
    return f"{'http' if host in PLAIN else 'https'}://{host}"


def server_of(http: Http, handle: str) -> tuple[str, str]:
    """The server's address and the user's name ("" when only a server was given). The name of a handle may point to
    another server (webfinger). Raises Permanent for what is no handle."""
    given = handle.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    if "/" in given:  # the address of a profile: mastodon.social/@liis
        host, _slash, path = given.partition("/")
        given = f"{path.lstrip('@').partition('/')[0]}@{host}"
    found = HANDLE.fullmatch(given)
    if not found or ("." not in found["host"] and found["host"] not in PLAIN):
        raise Permanent("no-account", handle[:200])
    host, user = found["host"].lower(), found["user"] or ""
    if not user:
        return _base(host), ""
    query = urlencode({"resource": f"acct:{user}@{host.partition(':')[0] if host not in PLAIN else host}"})
    try:
        answer = answers.send(http, Request("GET", f"{_base(host)}/.well-known/webfinger?{query}", {}))
        links = answers.read(answer).get("links", []) if answer.status == 200 else []
    except Outcome:
        links = []
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "self" and (real := urlsplit(str(link.get("href"))).netloc):
            return _base(real.lower()), user
    return _base(host), user


def limits(http: Http, base: str) -> Limits | None:
    """What this server takes, with Mastodon's defaults where it leaves something out; None when it says nothing."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            answer = answers.send(http, Request("GET", base + path, {}))
        except Outcome:
            continue
        if answer.status != 200:
            continue
        found = answers.glimpse(answer)
        asked = found.get("configuration")
        told = asked if isinstance(asked, dict) else {}
        posts = told.get("statuses") if isinstance(told.get("statuses"), dict) else {}
        media = told.get("media_attachments") if isinstance(told.get("media_attachments"), dict) else {}
        assert isinstance(posts, dict)
        assert isinstance(media, dict)
        return replace(
            LIMITS,
            text=answers.number(posts, "max_characters") or answers.number(found, "max_toot_chars") or LIMITS.text,
            link_length=answers.number(posts, "characters_reserved_per_url") or LIMITS.link_length,
            pictures=answers.number(posts, "max_media_attachments") or LIMITS.pictures,
            picture_bytes=answers.number(media, "image_size_limit") or LIMITS.picture_bytes,
            alt=answers.number(media, "description_limit") or LIMITS.alt,
        )
    return None


# --- signing in -----------------------------------------------------------------------------------------------------
def begin(http: Http, client: Client, handle: str) -> Journey:
    """Register with the person's server at first need, and say where to send the person."""
    base, user = server_of(http, handle)
    name = f"server:{base}"
    kept = client.kept.get(name)
    app = dict(kept) if isinstance(kept, Mapping) and _still_known(http, base, kept) else _register(http, base, client)
    verifier, challenge = dpop.challenge()
    pending = {"state": secrets.token_urlsafe(24), "verifier": verifier, "base": base, "app": app}
    query = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": client.redirect_uri,
        "scope": app["scope"], "state": pending["state"], "code_challenge": challenge, "code_challenge_method": "S256",
    } | ({"login_hint": user} if user else {})  # fmt: skip
    return Journey(f"{base}/oauth/authorize?{urlencode(query)}", str(pending["state"]), pending, {name: app})


def _still_known(http: Http, base: str, app: Mapping[str, Any]) -> bool:
    """Whether the server remembers Kaja: some sweep away apps that nobody used for long."""
    fields = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    headers, body = answers.form(fields)
    return answers.send(http, Request("POST", f"{base}/oauth/token", headers, body)).status == 200


def _register(http: Http, base: str, client: Client) -> dict[str, Any]:
    scope = f"{_who(http, base)} {WRITE}"
    headers, body = answers.form(
        {"client_name": "Kaja", "redirect_uris": client.redirect_uri, "scopes": scope, "website": _site(client)}
    )
    answer = answers.send(http, Request("POST", f"{base}/api/v1/apps", headers, body))
    if answer.status != 200:
        raise Permanent("no-account", answers.words(answer))
    found = answers.read(answer)
    return {
        "client_id": answers.text(found, "client_id"),
        "client_secret": answers.text(found, "client_secret"),
        "scope": scope,
    }


def _site(client: Client) -> str:
    parts = urlsplit(client.redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"


def _who(http: Http, base: str) -> str:
    """The scope that tells who signed in: the narrow one where the server has it (4.3)."""
    answer = answers.send(http, Request("GET", f"{base}/.well-known/oauth-authorization-server", {}))
    known = answers.glimpse(answer).get("scopes_supported") if answer.status == 200 else None
    return "profile" if isinstance(known, list) and "profile" in known else "read:accounts"


def finish(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back: take the token and see whose it is."""
    if told.get("error"):
        raise Permanent("sign-in-denied", told["error"])
    code = answers.code(pending, told)
    base, app = str(pending["base"]), pending["app"]
    headers, body = answers.form(
        {
            "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri,
            "client_id": app["client_id"], "client_secret": app["client_secret"],
            "code_verifier": str(pending["verifier"]), "scope": app["scope"],
        }
    )  # fmt: skip
    answer = answers.send(http, Request("POST", f"{base}/oauth/token", headers, body))
    if answer.status != 200:
        raise Permanent("sign-in-refused", answers.words(answer))
    token = answers.text(answers.read(answer), "access_token")
    kept = {"base": base, "access": token, "client_id": app["client_id"], "client_secret": app["client_secret"]}
    person = answers.read(_ask(http, Session("", "", kept), "GET", "/api/v1/accounts/verify_credentials"))
    number, name = answers.text(person, "id"), answers.text(person, "username")
    shown = str(person.get("display_name") or name)
    host = urlsplit(base).netloc
    return Connected(
        f"{base}/{number}", f"{name}@{host}", shown[:200], kept | {"id": number}, limits=limits(http, base) or LIMITS
    )


def revoke(http: Http, session: Session) -> None:
    """Give the permission back."""
    kept = session.secrets
    headers, body = answers.form(
        {"client_id": kept["client_id"], "client_secret": kept["client_secret"], "token": kept["access"]}
    )
    answers.send(http, Request("POST", f"{kept['base']}/oauth/revoke", headers, body))


# --- posting --------------------------------------------------------------------------------------------------------
def _ask(
    http: Http,
    session: Session,
    method: str,
    path: str,
    content: tuple[dict[str, str], bytes] = ({}, b""),
    key: str = "",
) -> Response:
    headers = {**content[0], "Authorization": f"Bearer {session.secrets['access']}"}
    headers |= {"Idempotency-Key": key} if key else {}
    answer = answers.send(http, Request(method, f"{session.secrets['base']}{path}", headers, content[1]))
    if answer.status == 401:
        raise NeedsReconnect("refused-token", answers.words(answer))
    if answer.status == 403:
        raise NeedsReconnect("scope", answers.words(answer))
    return answer


def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """Upload the film, or the pictures, with their words for who cannot see them. Servers work on a film for a while:
    whether it is done is asked before the post is made."""
    if film := post.film:
        number, done = _sent(http, session, film.read(0, film.size), film.mime, film.alt, "film.mp4", "file-refused")
        return {"media": [number], "film": "" if done else number} | _now()
    media = [_upload(http, session, picture) for picture in post.shown()[: LIMITS.pictures]]
    return {"media": media} | (_now() if media else {})


def _now() -> dict[str, str]:
    return {"uploaded_at": datetime.now(UTC).isoformat()}


def _sent(
    http: Http, session: Session, content: bytes, mime: str, alt: str, name: str, reason: str
) -> tuple[str, bool]:
    """The number of what was uploaded, and whether the server is done with it."""
    fields = {"description": alt[: LIMITS.alt]} if alt else {}
    form = answers.multipart(fields, file=content, name=name, mime=mime)
    answer = _ask(http, session, "POST", "/api/v2/media", form)
    if answer.status not in (200, 202):
        raise Permanent(reason, answers.words(answer))
    return answers.text(answers.read(answer), "id"), answer.status == 200


def _done(http: Http, session: Session, number: str, reason: str) -> bool:
    """Whether the server is done with what was uploaded. Raises Permanent when it never will be."""
    answer = _ask(http, session, "GET", f"/api/v1/media/{quote(number)}")
    if answer.status >= 400:
        raise Permanent(reason, answers.words(answer))
    return answer.status == 200


def _upload(http: Http, session: Session, picture: Picture) -> str:
    number, done = _sent(http, session, picture.content, picture.mime, picture.alt, "picture.jpg", "picture-refused")
    for _turn in range(5):
        if done:
            return number
        time.sleep(1)
        done = _done(http, session, number, "picture-refused")
    if done:
        return number
    raise Retry("still-processing", after=timedelta(seconds=30))


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    if datetime.now(UTC) - sending.since > KEY_GOOD and (found := find(http, session, sending)):
        return found
    uploaded = answers.moment(sending.prepared.get("uploaded_at"))
    if uploaded and datetime.now(UTC) - uploaded > MEDIA_GOOD:
        raise Retry("media-expired", anew=True)
    if film := str(sending.prepared.get("film") or ""):
        try:
            done = _done(http, session, film, "file-refused")
        except Unknown as doubt:  # a look: no doubt about the post
            raise Retry(doubt.reason, doubt.detail) from doubt
        if not done:
            raise Retry("still-processing", after=timedelta(seconds=30))
    body: dict[str, Any] = {"status": sending.post.text, "visibility": "public"}
    body |= {"media_ids": sending.prepared["media"]} if sending.prepared.get("media") else {}
    body |= {"language": sending.post.language[:2]} if sending.post.language else {}
    answer = _ask(http, session, "POST", "/api/v1/statuses", answers.as_json(body), key=sending.key)
    if answer.status == 422 and "process" in answers.words(answer).lower():
        raise Retry("still-processing", answers.words(answer), after=timedelta(seconds=30))
    if body.get("media_ids") and _lost(answer):
        if found := find(http, session, sending):  # a server that ignores the key: the pictures stand in the first one
            return found
        raise Retry("media-expired", answers.words(answer), anew=True)
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))
    return _receipt(session, answers.read(answer))


def _lost(answer: Response) -> bool:
    """Whether a server says that it has what was uploaded no more (what stands in no post is swept away), or that it
    stands in a post."""
    return answer.status in (404, 422) and "not found" in answers.words(answer).lower()


def _receipt(session: Session, found: Mapping[str, Any]) -> Receipt:
    """Numbers of posts are a server's own: the address by which the server tells of the post is the id."""
    number = answers.text(found, "id")
    address = str(found.get("url") or found.get("uri") or "")
    if not address.startswith(("https://", "http://")):
        raise Unknown("unreadable", str(found)[:300])
    return Receipt(f"{session.secrets['base']}/api/v1/statuses/{number}", address)


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    """The post among the account's own since the first attempt: by its link, else by its words."""
    return answers.by_their_clock(
        http, sending.since - CLOCKS, lambda speak, since: _listed(speak, session, sending.post, since)
    )


def _listed(http: Http, session: Session, post: Post, since: datetime) -> Receipt | None:
    last = ""
    for _page in range(PAGES):
        query = {"limit": str(PAGE), "exclude_reblogs": "true"} | ({"max_id": last} if last else {})
        answer = _ask(http, session, "GET", f"/api/v1/accounts/{session.secrets['id']}/statuses?{urlencode(query)}")
        if answer.status >= 400:
            raise Unknown("unreadable", answers.words(answer))
        posts = answers.read_list(answer)
        for one in posts:
            made = answers.moment(one.get("created_at"))
            if made is None:
                raise Unknown("unreadable", str(one)[:300])
            if made < since:
                return None
            if _same(one, post):
                return _receipt(session, one)
        if len(posts) < PAGE:
            return None
        last = answers.text(posts[-1], "id")
    raise Unknown("too-many-posts")


def _same(found: Mapping[str, Any], post: Post) -> bool:
    """By its link, which a server may not have made one of, or by its words."""
    shown = str(found.get("content", ""))
    plain = unescape(TAGS.sub("", BREAKS.sub(" ", shown)))
    if post.link:
        _before, stands, after = plain.partition(post.link)
        return f'href="{post.link}"' in unescape(shown) or (bool(stands) and not after[:1].isalnum())
    return " ".join(plain.split()) == " ".join(post.text.split())


def edit(http: Http, session: Session, post_id: str, text: str) -> None:
    """An edit that does not name the pictures takes them away, and one without its mark makes a delicate post an open
    one: both are read first and said along."""
    path = f"/api/v1/statuses/{post_id.rpartition('/')[2]}"
    answer = _ask(http, session, "GET", path)
    if answer.status == 200:
        now = answers.read(answer)
        pictures = now.get("media_attachments")
        kept = {
            "status": text,
            "media_ids": [str(one["id"]) for one in pictures if isinstance(one, dict)] if pictures else [],
            "spoiler_text": str(now.get("spoiler_text") or ""),
            "sensitive": bool(now.get("sensitive")),
        } | ({"language": now["language"]} if now.get("language") else {})
        answer = _ask(http, session, "PUT", path, answers.as_json(kept))
    if answer.status == 404:
        raise Permanent("gone-there", answers.words(answer))
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))


def words(http: Http, session: Session, post_id: str) -> str | None:
    answer = _ask(http, session, "GET", f"/api/v1/statuses/{post_id.rpartition('/')[2]}/source")
    if answer.status == 404:
        return None
    if answer.status >= 400:
        raise Unknown("unreadable", answers.words(answer))
    return answers.text(answers.read(answer), "text")


def remove(http: Http, session: Session, post_id: str) -> None:
    answer = _ask(http, session, "DELETE", f"/api/v1/statuses/{post_id.rpartition('/')[2]}")
    if answer.status >= 400 and answer.status != 404:
        raise Permanent("refused", answers.words(answer))


def figures(http: Http, session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
    """Favourites, boosts, replies and quotes; several posts in one call where the server can (4.3)."""
    assert session is not None
    numbers = {post_id: post_id.rpartition("/")[2] for post_id in post_ids}
    query = urlencode([("id[]", number) for number in numbers.values()])
    answer = _ask(http, session, "GET", f"/api/v1/statuses?{query}")
    if answer.status == 200:
        told = {str(one.get("id")): one for one in answers.read_list(answer)}
        return {post_id: _told(told.get(number)) for post_id, number in numbers.items()}
    return answers.one_by_one(post_ids, lambda post_id: _one(http, session, numbers[post_id]))


def _one(http: Http, session: Session, number: str) -> Figures:
    answer = _ask(http, session, "GET", f"/api/v1/statuses/{number}")
    if answer.status == 404:
        return Figures(gone=True)
    if answer.status >= 400:
        raise Unknown("unreadable", answers.words(answer))
    return _told(answers.read(answer))


def _told(found: Mapping[str, Any] | None) -> Figures:
    if found is None:
        return Figures(gone=True)
    names = ("favourites_count", "reblogs_count", "replies_count", "quotes_count")
    likes, reposts, replies, quotes = (answers.number(found, name) for name in names)
    return Figures(likes=likes, reposts=reposts, replies=replies, quotes=quotes)


NETWORK = Network(
    key="mastodon",
    name="Mastodon",
    icon="brand-mastodon",
    inessive_et="Mastodonis",
    limits=LIMITS,
    drawn=Drawn(
        host_first=True,
        reactions=(
            Reaction(icon="message-circle"),
            Reaction(icon="repeat"),
            Reaction(icon="star"),
            Reaction(icon="bookmark"),
        ),
    ),
    # The server is not known: this page asks for it.
    dialog=Dialog(
        address=lambda text, link, _title: ANY_SERVER + quote(f"{text} {link}".strip(), safe=""),
        takes_text=True,
    ),
    api=Api(
        publish=publish,
        prepare=prepare,
        find=find,
        edit=edit,
        words=words,
        remove=remove,
        figures=figures,
        figures_batch=20,
        figures_by_account=True,
        films=True,
        begin=begin,
        finish=finish,
        revoke=revoke,
        limits=limits,
        scope=f"profile {WRITE}",
        new_record_key=lambda: secrets.token_hex(16),
    ),
    own_servers=True,
    asks=Ask(gettext_noop("Your address there, or only your server"), "@name@mastodon.social"),
    scopes=(
        (gettext_noop("See your name"), "profile"),
        (gettext_noop("Post what you share"), "write:statuses"),
        (gettext_noop("Upload its pictures"), "write:media"),
        (gettext_noop("Read your own posts, to count and to find them"), "read:statuses"),
    ),
    connect=frozenset({"oauth"}),
    can_edit=True,
    can_delete=True,
    # Each server says what it takes; these are its defaults. Most take films of 99 MB: Kaja sends them in one piece,
    # and holds none larger than this at once.
    takes=Takes(pictures=Pictures(most=4, bytes=16_000_000), videos=Videos(bytes=40_000_000)),
)

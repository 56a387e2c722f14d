"""X: by its web intent, which is free, or by its API with the company's own app, which is paid for call by call.

X knows no idempotency key. It refuses the same words a second time: that refusal proves that the first post is out, and
the author's own list tells which one it is. Whoever is in doubt looks there before anything is sent again. Prices are
entries of the app. Facts: docs.x.com.
"""

from __future__ import annotations

import base64
import secrets
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import regex

from kaja.networks import answers, dpop, weighted
from kaja.networks.contract import (
    REACTIONS,
    Api,
    App,
    Client,
    Connected,
    Dialog,
    Drawn,
    Entry,
    Figures,
    File,
    Finding,
    Http,
    Journey,
    Limits,
    NeedsReconnect,
    Network,
    OutOfCredits,
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
    Takes,
    Unknown,
    Videos,
    gettext_noop,
)


@dataclass
class Hosts:
    """Where people sign in, and where Kaja speaks; settings may name others."""

    web: str = "https://x.com"
    api: str = "https://api.x.com"


HOSTS = Hosts()
SCOPE = "tweet.read tweet.write users.read media.write offline.access"
LIMITS = Limits(text=280, unit="weighted", link_length=23, pictures=4, picture_bytes=5_000_000, alt=1000)
CHUNK = 1_000_000  # larger ones are documented, but refused on the way
MEDIA_GOOD = timedelta(hours=23)  # X keeps what is uploaded for 24
CLOCKS = timedelta(minutes=5)  # how far two clocks may be apart
# Each post in a list is paid for, so that a look goes back no further than this.
PAGE, PAGES = 100, 2
BEFORE = timedelta(days=3)  # so far back the same words are looked for that X refuses
# Clicks on the link are told to the author for 30 days.
PRIVATE = timedelta(days=29)
EPOCH = 1_288_834_974_657  # milliseconds; ids of posts count from here
PATIENCE = timedelta(hours=1)
NOBODYS = "kaja-asks-whether-the-keys-are-good"
SCHEME = regex.compile(r"https?://", regex.IGNORECASE)
# US dollars, as X lists them; an administrator may enter others.
PRICES = {
    "price_post": "0.015", "price_link_post": "0.200", "price_alt": "0.005", "price_delete": "0.010",
    "price_read": "0.005",
}  # fmt: skip


def _address(text: str, link: str, title: str) -> str:
    address = f"https://x.com/intent/tweet?text={quote(text, safe='')}"
    return f"{address}&url={quote(link, safe='')}" if link else address


# --- speaking -------------------------------------------------------------------------------------------------------
def _send(http: Http, asked: Request) -> Response:
    """One request. Raises OutOfCredits, Retry and Unknown. An answer that all is used up may call itself a rate limit,
    with plenty left by its headers: the words in it decide."""

    def paid(request: Request) -> Response:
        answer = http(request)
        if answer.status == 402 or (answer.status == 429 and _type(answer) == "usage-capped"):
            raise OutOfCredits(answers.words(answer))
        return answer

    return answers.send(paid, asked)


def _type(answer: Response) -> str:
    """The last part of the kind of problem, such as "usage-capped"."""
    return str(answers.glimpse(answer).get("type", "")).rpartition("/")[2]


def _ask(
    http: Http, session: Session, method: str, path: str, content: tuple[dict[str, str], bytes] = ({}, b"")
) -> Response:
    """As the person: refusals that have nothing to do with the one post become outcomes here."""
    headers = {**content[0], "Authorization": f"Bearer {session.secrets['access']}"}
    answer = _send(http, Request(method, f"{HOSTS.api}{path}", headers, content[1]))
    if answer.status == 401:
        raise NeedsReconnect("refused-token", answers.words(answer))
    if answer.status == 403 and "suspended" in _said(answer):
        raise NeedsReconnect("suspended", answers.words(answer))
    if answer.status == 403 and _type(answer) in ("client-forbidden", "oauth1-permissions"):
        raise Retry("app-refused", answers.words(answer), after=PATIENCE)
    return answer


def _said(answer: Response) -> str:
    return answers.words(answer).lower()


def _data(answer: Response) -> dict[str, Any]:
    found = answers.read(answer).get("data")
    if not isinstance(found, dict):
        raise Unknown("unreadable", answers.words(answer))
    return found


# --- signing in -----------------------------------------------------------------------------------------------------
def begin(_http: Http, client: Client, _handle: str) -> Journey:
    """Where the person is sent; X asks nothing beforehand."""
    verifier, challenge = dpop.challenge()
    state = secrets.token_urlsafe(24)
    query = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": client.redirect_uri, "scope": SCOPE,
        "state": state, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    address = f"{HOSTS.web}/i/oauth2/authorize?{urlencode(query, quote_via=quote)}"
    return Journey(address, state, {"state": state, "verifier": verifier})


def finish(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back. The code lives for 30 seconds, so it is exchanged here and now."""
    if told.get("error"):
        raise Permanent("sign-in-denied", told["error"])
    code = answers.code(pending, told)
    answer = _token(
        http,
        client,
        "token",
        grant_type="authorization_code",
        code=code,
        redirect_uri=client.redirect_uri,
        code_verifier=str(pending["verifier"]),
    )
    if answer.status != 200:
        raise Permanent("sign-in-refused", answers.words(answer))
    kept, ends = _tokens(answers.read(answer))
    if not set(SCOPE.split()) <= set(str(kept["scope"]).split()):
        raise Permanent("sign-in-refused", f"The permission given is only: {kept['scope']}")
    person = _data(_ask(http, Session("", "", kept), "GET", "/2/users/me"))
    number, name = answers.text(person, "id"), answers.text(person, "username")
    return Connected(number, name, str(person.get("name") or name)[:200], kept, ends)


def renew(http: Http, session: Session) -> Connected:
    """A new pair of tokens. The old refresh token dies with this call."""
    assert session.client is not None
    given = str(session.secrets["refresh"])
    answer = _token(http, session.client, "token", grant_type="refresh_token", refresh_token=given)
    if answer.status == 400:
        raise NeedsReconnect("refresh-refused", answers.words(answer))
    if answer.status != 200:
        raise Unknown("unreadable", answers.words(answer))
    kept, ends = _tokens(answers.read(answer))
    return Connected(session.external_id, session.handle, session.handle, kept, ends)


def revoke(http: Http, session: Session) -> None:
    """Give the permission back: what renews it first."""
    assert session.client is not None
    for kind in ("refresh", "access"):
        given = str(session.secrets[kind])
        _token(http, session.client, "revoke", token=given, token_type_hint=f"{kind}_token")


def _token(http: Http, client: Client, path: str, **fields: str) -> Response:
    """Speak as the company's app. Raises Retry when X does not take its keys: that is no person's fault."""
    headers, body = answers.form({**fields, "client_id": client.client_id})
    pair = base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
    headers["Authorization"] = f"Basic {pair}"
    answer = _send(http, Request("POST", f"{HOSTS.api}/2/oauth2/{path}", headers, body))
    refused = answers.glimpse(answer).get("error") in ("invalid_client", "unauthorized_client")
    if answer.status in (401, 403) or refused:
        raise Retry("app-refused", answers.words(answer), after=PATIENCE)
    return answer


def _tokens(found: Mapping[str, Any]) -> tuple[dict[str, Any], datetime]:
    kept = {
        "access": answers.text(found, "access_token"),
        "refresh": answers.text(found, "refresh_token"),
        "scope": str(found.get("scope") or SCOPE),
    }
    return kept, datetime.now(UTC) + timedelta(seconds=answers.number(found, "expires_in") or 7200)


def ask_keys(http: Http, client: Client) -> list[Finding]:
    """Whether X takes the app's keys, asked with a refresh token that cannot be good: X looks at the keys first. It
    costs nothing and touches nobody's account."""
    keys = gettext_noop("X takes the keys")
    try:
        answer = _token(http, client, "token", grant_type="refresh_token", refresh_token=NOBODYS)
    except OutOfCredits:
        raise
    except Retry as refused:
        if refused.reason != "app-refused":
            raise
        remedy = gettext_noop(
            "Copy the OAuth 2.0 Client ID and Client Secret once more. The API key and its secret are something else."
        )
        found = [Finding(keys, False, remedy)]
    else:
        if answer.status != 400:
            raise Unknown("unreadable", answers.words(answer))
        found = [Finding(keys, True)]
    readable = all(_readable(client.settings.get(name, standard)) for name, standard in PRICES.items())
    remedy = "" if readable else gettext_noop("Write prices in US dollars with a point, such as 0.015.")
    return [*found, Finding(gettext_noop("The prices can be read"), readable, remedy)]


# --- what it costs --------------------------------------------------------------------------------------------------
def _readable(given: str) -> Decimal | None:
    try:
        found = Decimal(given)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 1000 else None


def price(settings: Mapping[str, str], name: str) -> Decimal:
    """A price in US dollars: the administrator's where it can be read, else the one X lists."""
    found = _readable(settings.get(name, ""))
    return Decimal(PRICES[name]) if found is None else found


def cost(post: Post, settings: Mapping[str, str]) -> Decimal:
    """A post, dearer with anything that X makes a link of, and its pictures' words. Pictures themselves are free."""
    words = sum(bool(picture.alt) for picture in post.shown()[: LIMITS.pictures])
    linked = weighted.addresses(post.text) or (post.link and post.link in post.text)
    name = "price_link_post" if linked else "price_post"
    return price(settings, name) + words * price(settings, "price_alt")


# --- posting --------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """Upload the film, or the pictures with their words for who cannot see them. X works on a film for a while: whether
    it is done is asked before the post is made. One that was cut off on its way comes back as far as it got."""
    if post.film:
        return _film(http, session, post.film)
    pictures = post.shown()[: LIMITS.pictures]
    if not pictures:
        return {"media": []}
    return {
        "media": [_upload(http, session, picture) for picture in pictures],
        "uploaded_at": datetime.now(UTC).isoformat(),
    }


def _film(http: Http, session: Session, film: File) -> dict[str, Any]:
    number = _begun(http, session, film.size, film.mime, "tweet_video")
    kept = {"media": [number], "film": number, "uploaded_at": datetime.now(UTC).isoformat()}
    way: dict[str, int] = {"arrived": 0, "part": CHUNK}
    try:
        works = _carry(http, session, number, film, way)
    except (Retry, Unknown, NeedsReconnect):
        return kept | {"way": way}
    return kept if works else kept | {"film": ""}


def _carry(http: Http, session: Session, number: str, film: File, way: dict[str, int]) -> bool:
    """The parts that are missing, and that they are all; `way` says how far it got. True when X works on the film."""
    for place in range(way["arrived"], -(-film.size // way["part"])):
        start = place * way["part"]
        content = film.read(start, min(start + way["part"], film.size))
        _append(http, session, number, place, content, "file-refused")
        way["arrived"] = place + 1
    return isinstance(_whole(http, session, number, "file-refused").get("processing_info"), dict)


def _go_on(http: Http, session: Session, sending: Sending) -> bool:
    """Carry on with a film that was cut off on its way, unless X says that it works on it already; True when it works
    on it. Nobody has seen anything yet: doubt is a reason to try again, and what X takes no more begins anew."""
    film, number = sending.post.film, str(sending.prepared["film"])
    if film is None:
        raise Retry("not-ready", "The film is missing.")
    try:
        # Before it was told that it has all, X may call a film pending, or not know it here.
        if _state(http, session, number) not in ("", "pending"):
            return True
        return _carry(http, session, number, film, dict(sending.prepared["way"]))
    except Unknown as doubt:
        raise Retry(doubt.reason, doubt.detail) from doubt
    except Permanent as refused:  # it has the whole already, or none of it any more
        if _state(http, session, number):
            return True
        raise Retry("media-expired", refused.detail, anew=True) from refused


def _sent(http: Http, session: Session, picture: Picture) -> str:
    """The number of a picture whose parts have all arrived."""
    size, refused = len(picture.content), "picture-refused"
    number = _begun(http, session, size, picture.mime, "tweet_image")
    for place, start in enumerate(range(0, size, CHUNK)):
        _append(http, session, number, place, picture.content[start : start + CHUNK], refused)
    return number


def _begun(http: Http, session: Session, size: int, mime: str, category: str) -> str:
    """The number of a new upload."""
    told = answers.as_json({"media_type": mime, "total_bytes": size, "media_category": category})
    refused = "picture-refused" if category == "tweet_image" else "file-refused"
    return answers.text(_taken(_ask(http, session, "POST", "/2/media/upload/initialize", told), refused), "id")


def _append(http: Http, session: Session, number: str, place: int, content: bytes, refused: str) -> None:
    part = answers.multipart(
        {"segment_index": str(place)}, file=content, name="media", mime="application/octet-stream", part="media"
    )
    say = partial(_ask, http, session, "POST", f"/2/media/upload/{quote(number)}/append", part)
    answer = answers.again(say)
    if answer.status >= 400:
        raise Permanent(refused, answers.words(answer))


def _whole(http: Http, session: Session, number: str, refused: str = "picture-refused") -> dict[str, Any]:
    """Tell X that it has all parts."""
    return _taken(_ask(http, session, "POST", f"/2/media/upload/{quote(number)}/finalize"), refused)


def _upload(http: Http, session: Session, picture: Picture) -> str:
    number = _sent(http, session, picture)
    _wait(http, session, number, _whole(http, session, number))
    if picture.alt:
        words = {"id": number, "metadata": {"alt_text": {"text": picture.alt[: LIMITS.alt]}}}
        _taken(_ask(http, session, "POST", "/2/media/metadata", answers.as_json(words)))
    return number


def _taken(answer: Response, reason: str = "picture-refused") -> dict[str, Any]:
    if answer.status >= 400:
        raise Permanent(reason, answers.words(answer))
    return _data(answer)


def _wait(http: Http, session: Session, number: str, done: Mapping[str, Any]) -> None:
    """Pictures are mostly ready at once; those that are not are asked after a few times."""
    for _turn in range(5):
        told = done.get("processing_info")
        state = told.get("state") if isinstance(told, dict) else "succeeded"
        if state == "succeeded":
            return
        if state == "failed":
            raise Permanent("picture-refused", str(told)[:300])
        time.sleep(min(answers.number(told, "check_after_secs") or 1, 5) if isinstance(told, dict) else 1)
        query = urlencode({"command": "STATUS", "media_id": number})
        done = _taken(_ask(http, session, "GET", f"/2/media/upload?{query}"))
    raise Retry("still-processing", after=timedelta(seconds=30), anew=True)


def _state(http: Http, session: Session, number: str) -> str:
    """What X says of its work on an upload; empty when it knows of none."""
    answer = _asked_after(http, session, number)
    told = _data(answer).get("processing_info") if answer.status < 400 else None
    return str(told.get("state") or "") if isinstance(told, dict) else ""


def _asked_after(http: Http, session: Session, number: str) -> Response:
    """Asking after a film is no doubt about the post."""
    query = urlencode({"command": "STATUS", "media_id": number})
    try:
        return _ask(http, session, "GET", f"/2/media/upload?{query}")
    except Unknown as doubt:
        raise Retry(doubt.reason, doubt.detail) from doubt


def _film_done(http: Http, session: Session, number: str) -> None:
    """Raise Retry while X works on a film, Permanent when it cannot be shown."""
    try:
        told = _taken(_asked_after(http, session, number), "file-refused").get("processing_info")
    except Unknown as doubt:
        raise Retry(doubt.reason, doubt.detail) from doubt
    state = told.get("state") if isinstance(told, dict) else "succeeded"
    if state == "failed":
        raise Permanent("file-refused", str(told)[:300])
    if state != "succeeded":
        wait = answers.number(told, "check_after_secs") if isinstance(told, dict) else None
        raise Retry("still-processing", after=timedelta(seconds=max(wait or 0, 15)))


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    media = sending.prepared.get("media") or []
    uploaded = answers.moment(sending.prepared.get("uploaded_at"))
    if media and (uploaded is None or datetime.now(UTC) - uploaded > MEDIA_GOOD):
        raise Retry("media-expired", anew=True)
    film = str(sending.prepared.get("film") or "")
    works = _go_on(http, session, sending) if sending.prepared.get("way") else bool(film)
    if works:
        _film_done(http, session, film)
    body: dict[str, Any] = {"text": sending.post.text} | ({"media": {"media_ids": media}} if media else {})
    answer = _ask(http, session, "POST", "/2/tweets", answers.as_json(body))
    if answer.status == 403 and "duplicate content" in _said(answer):
        return _the_first(http, session, sending, answers.words(answer))
    if answer.status == 400 and media and "media id" in _said(answer):
        raise Retry("media-expired", answers.words(answer), anew=True)
    if answer.status >= 400:
        raise Permanent("refused", answers.words(answer))
    return _receipt(session, _data(answer))


def _the_first(http: Http, session: Session, sending: Sending, said: str) -> Receipt:
    """X has these words from this account already. Either it is this very share, whose answer was lost, or a post of
    before, which the person has to know of. Raises Unknown when neither can be seen: the list may lag behind."""
    if found := find(http, session, sending):
        return found
    if not sending.post.link and _said_before(http, session, sending):
        raise Permanent("duplicate", said)
    raise Unknown("duplicate-sought", said)


def _said_before(http: Http, session: Session, sending: Sending) -> bool:
    """Whether the same words stand in a post of the days before. A share's own link stands in no other post."""
    since = sending.since - CLOCKS
    posts, _further = _page(http, session, start_time=_stamp(since - BEFORE), end_time=_stamp(since))
    return any(_same(one, sending.post) for one in posts)


def _receipt(session: Session, found: Mapping[str, Any]) -> Receipt:
    number = answers.text(found, "id")
    return Receipt(number, f"https://x.com/{session.handle}/status/{number}")


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    """The post among the author's own since the first attempt: by its link, else by its words. None only when X gave
    the whole list since then. Each post in it is paid for."""
    return answers.by_their_clock(
        http, sending.since - CLOCKS, lambda speak, since: _among(speak, session, sending.post, since)
    )


def _among(http: Http, session: Session, post: Post, since: datetime) -> Receipt | None:
    token = ""
    for _turn in range(PAGES):
        further = {"pagination_token": token} if token else {}
        posts, token = _page(http, session, start_time=_stamp(since), **further)
        for one in posts:
            if _same(one, post) and _made(answers.text(one, "id")) >= since:
                return _receipt(session, one)
        if not token:
            return None
    raise Unknown("too-many-posts")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _page(http: Http, session: Session, **asked: str) -> tuple[list[dict[str, Any]], str]:
    """One page of the author's own posts, and the token of the next."""
    query = urlencode({**asked, "max_results": str(PAGE), "tweet.fields": "created_at,entities"})
    answer = _ask(http, session, "GET", f"/2/users/{quote(session.external_id)}/tweets?{query}")
    if answer.status >= 400:
        raise Unknown("unreadable", answers.words(answer))
    return _listed(answer)


def _listed(answer: Response) -> tuple[list[dict[str, Any]], str]:
    """The posts of one page and the token of the next. Raises Unknown unless the answer counts what it holds: a list
    that is left out because of some error is not an empty one."""
    found = answers.read(answer)
    posts, meta = found.get("data", []), found.get("meta")
    whole = isinstance(posts, list) and all(isinstance(one, dict) for one in posts) and not found.get("errors")
    if not whole or not isinstance(meta, dict) or answers.number(meta, "result_count") != len(posts):
        raise Unknown("unreadable", answers.words(answer))
    return posts, str(meta.get("next_token") or "")


def _made(number: str) -> datetime:
    """When a post was made, as its id tells. Raises Unknown for what is no id."""
    try:
        return datetime.fromtimestamp(((int(number) >> 22) + EPOCH) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unknown("unreadable", number[:100]) from error


def _same(found: Mapping[str, Any], post: Post) -> bool:
    links = _links(found)
    if post.link and any(post.link in (one.get("expanded_url"), one.get("unwound_url")) for one in links):
        return True
    shown = str(found.get("text", ""))
    for one in links:
        # The address of a picture stands behind the words without anybody having written it.
        meant = "" if one.get("media_key") else str(one.get("expanded_url") or "")
        shown = shown.replace(str(one.get("url") or "\0"), meant)
    return _plain(unescape(shown)) == _plain(post.text)


def _links(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    entities = found.get("entities")
    links = entities.get("urls") if isinstance(entities, dict) else None
    return [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []


def _plain(text: str) -> str:
    """Words to compare: an address that was written without its scheme comes back with one."""
    return " ".join(SCHEME.sub("", unicodedata.normalize("NFC", text)).split()).casefold()


def remove(http: Http, session: Session, post_id: str) -> None:
    answer = _ask(http, session, "DELETE", f"/2/tweets/{quote(post_id)}")
    if answer.status == 404:
        return
    if answer.status >= 400 or _data(answer).get("deleted") is not True:
        raise Permanent("refused", answers.words(answer))


# --- figures --------------------------------------------------------------------------------------------------------
def figures(http: Http, session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
    """What everybody sees, and for young posts the clicks that only their author is told."""
    assert session is not None
    border = datetime.now(UTC) - PRIVATE
    young = [post_id for post_id in post_ids if _made(post_id) > border]
    old = [post_id for post_id in post_ids if post_id not in young]
    return _figures(http, session, young, "public_metrics,non_public_metrics") | _figures(
        http, session, old, "public_metrics"
    )


def _figures(http: Http, session: Session, post_ids: Sequence[str], fields: str) -> dict[str, Figures]:
    if not post_ids:
        return {}
    query = urlencode({"ids": ",".join(post_ids), "tweet.fields": fields})
    answer = _ask(http, session, "GET", f"/2/tweets?{query}")
    if answer.status >= 400:
        raise Unknown("unreadable", answers.words(answer))
    found = answers.read(answer)
    told = {str(one.get("id")): _told(one) for one in _dicts(found.get("data"))}
    for problem in _dicts(found.get("errors")):
        number = str(problem.get("resource_id") or problem.get("value") or "")
        gone = str(problem.get("type", "")).endswith("resource-not-found")
        told.setdefault(number, Figures(gone=gone))  # hidden, by a suspension for instance, is not gone
    if not set(post_ids) <= set(told):
        raise Unknown("unreadable", answers.words(answer))
    return {post_id: told[post_id] for post_id in post_ids}


def _dicts(found: object) -> Iterable[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _told(found: Mapping[str, Any]) -> Figures:
    shown, own = found.get("public_metrics"), found.get("non_public_metrics")
    public = shown if isinstance(shown, dict) else {}
    private = own if isinstance(own, dict) else {}
    return Figures(
        likes=answers.number(public, "like_count"),
        reposts=answers.number(public, "retweet_count"),
        replies=answers.number(public, "reply_count"),
        quotes=answers.number(public, "quote_count"),
        views=answers.number(public, "impression_count"),
        clicks=answers.number(private, "url_link_clicks"),
    )


NETWORK = Network(
    key="x",
    name="X",
    icon="brand-x",
    inessive_et="X võrgus",
    limits=LIMITS,
    dialog=Dialog(address=_address, takes_text=True, plain=True),
    api=Api(
        publish=publish,
        prepare=prepare,
        find=find,
        remove=remove,
        figures=figures,
        renew=renew,
        revoke=revoke,
        begin=begin,
        finish=finish,
        scope=SCOPE,
        # X has no use for a key; this one names the share in our own rows.
        new_record_key=lambda: secrets.token_hex(16),
        figures_batch=100,
        figures_by_account=True,
        films=True,
        figures_ages=(
            timedelta(hours=1),
            timedelta(hours=6),
            timedelta(days=1),
            timedelta(days=3),
            timedelta(days=7),
            timedelta(days=14),
            timedelta(days=30),
        ),
        cost=cost,
    ),
    app=App(
        register_at="https://console.x.com",
        steps=(
            gettext_noop("Sign in to X’s developer console with an account of the company and buy credits."),
            gettext_noop("Make an app there. One is enough for everybody; X forbids a second one for the same use."),
            gettext_noop(
                "Set up “User authentication”: permissions “Read and write”, type “Web App, Automated App or Bot”, and "
                "as callback address the one that Kaja shows you here, letter by letter."
            ),
            gettext_noop("Copy the OAuth 2.0 Client ID and Client Secret. X shows the secret only once."),
            gettext_noop("Set a spending limit there, so that a mistake cannot cost more than you want to pay."),
        ),
        entries=(
            Entry("client_id", gettext_noop("Client ID (OAuth 2.0)")),
            Entry("client_secret", gettext_noop("Client Secret (OAuth 2.0)"), secret=True),
            Entry("price_post", gettext_noop("Price of a post, US dollars"), default=PRICES["price_post"]),
            Entry(
                "price_link_post",
                gettext_noop("Price of a post with a link, US dollars"),
                default=PRICES["price_link_post"],
            ),
            Entry("price_alt", gettext_noop("Price of a picture’s alt text, US dollars"), default=PRICES["price_alt"]),
            Entry("price_delete", gettext_noop("Price of deleting a post, US dollars"), default=PRICES["price_delete"]),
            Entry("price_read", gettext_noop("Price of reading a post, US dollars"), default=PRICES["price_read"]),
        ),
        test=ask_keys,
        warnings=(
            gettext_noop("X is paid for in advance, call by call. When the credits are used up, posts wait."),
            gettext_noop(
                "A post with a link costs 0.200 dollars, one without 0.015. X’s own share window costs nothing and "
                "needs none of this."
            ),
            gettext_noop(
                "X offers this for a limited number of users. With many, or for a public authority, it may ask for an "
                "Enterprise plan or end the access."
            ),
        ),
    ),
    scopes=(
        (gettext_noop("See your name"), "users.read"),
        (gettext_noop("Post what you share"), "tweet.write"),
        (gettext_noop("Upload its pictures"), "media.write"),
        (gettext_noop("Read your own posts, to count and to find them"), "tweet.read"),
        (gettext_noop("Stay connected until you disconnect"), "offline.access"),
    ),
    connect=frozenset({"oauth"}),
    can_delete=True,
    no_edit=gettext_noop("X lets only its paying members change a post, for an hour, and makes a new post of it."),
    drawn=Drawn(
        card="over",
        hides_link=True,
        reactions=REACTIONS,
    ),
    takes=Takes(
        pictures=Pictures(most=4, bytes=5_000_000),
        videos=Videos(bytes=512_000_000, seconds=(0.5, 140), codecs=frozenset({"h264"}), ratio=3),
    ),
)

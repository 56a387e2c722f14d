"""What a network is to Kaja: one constant that says what it can do, and at most six functions.

Pages, checks, previews, settings and documentation read the constant; nobody outside a connector's file compares its
key with a string. A connector knows neither the database nor Django: it gets its account's secrets and a way to speak
HTTP, and answers with a value or raises one of the four outcomes.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from kaja.outbound import Http, NotSent, Request, Response, Silence

__all__ = ["Http", "NotSent", "Request", "Response", "Silence"]  # connectors find all they need here


# --- outcomes ---------------------------------------------------------------------------------------------------
def storable(words: str) -> str:
    """The words as a database can hold them: PostgreSQL refuses null characters, halves of a pair are no letters."""
    return words.replace("\0", "").encode("utf-8", "replace").decode()


class Outcome(Exception):
    """How an outside call ended when it did not simply work. `reason` is a short code (see sharing's sentences),
    `detail` what the network said, at most 500 characters."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        # What came may be anything: kept is what a database can hold.
        self.reason, self.detail = reason, storable(detail)[:500]
        # Of a call for figures that takes several requests: what had been told before it ended so.
        self.told: Mapping[str, Figures] = {}


class Retry(Outcome):
    """Nothing was done there, and it is worth trying again; not before `after` has passed, if given. `anew`: what was
    prepared there is of no use any more and is prepared again."""

    def __init__(self, reason: str, detail: str = "", *, after: timedelta | None = None, anew: bool = False) -> None:
        super().__init__(reason, detail)
        self.after, self.anew = after, anew


class OutOfCredits(Retry):
    """Nothing was done there: what the company has prepaid at the network is used up, or the cap it set is reached. It
    is nobody's fault and meets everybody: the network's whole queue waits, and no attempt is counted."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("credits", detail, after=timedelta(hours=1))


class Permanent(Outcome):
    """The network refused: trying the same again is of no use."""


class NeedsReconnect(Outcome):
    """The account's permission is gone; its person has to sign in there again."""


class Unknown(Outcome):
    """Bytes had left and no understandable answer came: it may or may not have happened."""


def retry_after(answer: Response) -> timedelta | None:
    """How long a server asks to wait: `Retry-After` (seconds, or a date), or the end of its window in one of the
    headers in use (seconds since 1970, or ISO 8601 as Mastodon writes it). From a second to a day; None when it says
    none.

    Times are compared with the server's own clock where it tells it (`Date`): ours may be wrong."""
    now = their_time(answer).timestamp()
    for name in ("retry-after", "ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset"):
        given = answer.headers.get(name, "")
        try:
            seconds = float(given) - (0.0 if name == "retry-after" else now)
        except ValueError:
            ends = _dated(given) or _iso(given)
            if ends is None:
                continue
            seconds = ends.timestamp() - now
        if not math.isnan(seconds):
            return timedelta(seconds=min(max(seconds, 1.0), 86_400.0))
    return None


def their_time(answer: Response) -> datetime:
    """What time it is by the server's clock; by ours where it does not say."""
    return _dated(answer.headers.get("date", "")) or datetime.now(UTC)


def _dated(given: str) -> datetime | None:
    """A time as HTTP writes it; None when it is none."""
    try:
        found = parsedate_to_datetime(given)
    except (ValueError, TypeError, OverflowError):
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if 2000 < found.year < 2200 else None


def _iso(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def jwt_expiry(token: str) -> datetime | None:
    """When a JWT ends, read from its own claims without trusting them; None when it does not say."""
    try:
        claims = token.split(".")[1]
        ends = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return datetime.fromtimestamp(float(ends), UTC)
    except (IndexError, KeyError, ValueError, TypeError):
        return None


# --- what is posted, and what comes back ------------------------------------------------------------------------
@dataclass(frozen=True)
class Picture:
    content: bytes
    mime: str
    alt: str
    width: int
    height: int
    # Where Kaja serves it, for networks that fetch pictures themselves.
    address: str = ""


@dataclass(frozen=True)
class File:
    """A film or a document: read in stretches by `read` (from, up to), since it may be larger than a worker should hold
    at once. `address` is where Kaja serves it to networks that fetch it, with a key that works for a week."""

    mime: str
    size: int
    title: str
    read: Callable[[int, int], bytes]
    alt: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0
    address: str = ""


@dataclass(frozen=True)
class Post:
    """Frozen before the first attempt: every attempt sends the same. `text` contains `link` where it is to stand."""

    text: str
    link: str
    link_title: str
    link_description: str
    language: str
    created_at: datetime
    # Stands on the card of the link.
    picture: Picture | None = None
    # What the post shows itself, at most as many as the network takes; then the link stands in the text alone.
    pictures: tuple[Picture, ...] = ()
    # One of the two, or none; then there are no pictures, and the link stands in the text alone.
    film: File | None = None
    document: File | None = None
    # The network's own id of a post that this one passes on, with the person's words above it.
    reshares: str = ""

    def shown(self) -> tuple[Picture, ...]:
        """The pictures that the post shows itself; beside a link the network draws a card, unless pictures stand
        there, and a film, a document or another's post takes the place of both."""
        if self.film or self.document or self.reshares:
            return ()
        return self.pictures or ((self.picture,) if self.picture and not self.link else ())


@dataclass(frozen=True)
class Sending:
    """One share on its way: what an attempt sends, and what a look for it goes by.

    `key` was chosen by Kaja before the first byte left (empty where a network has no use for one), `prepared` is what
    `Api.prepare` brought and was stored before the call that publishes, `since` is when the first attempt began.
    For a look the pictures of the post are left out.
    """

    key: str
    post: Post
    since: datetime
    prepared: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """Proof that a post exists: the network's own id and the address people can open."""

    post_id: str
    url: str


@dataclass(frozen=True)
class Figures:
    """What the network says of one post now. None: it did not say (which is not zero). `views` are impressions as the
    network counts them, `clicks` its own count of clicks on the link: neither is ever added to what Kaja measures."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None
    clicks: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class Client:
    """Kaja towards a network that signs people in (OAuth): who it is, where people come back, the key it signs with
    (JWK with its private part; None for a client on the person's own machine).

    `secret` and `settings` are what an administrator entered for the network's app; `kept` is what earlier journeys
    asked to keep for this network (a registration with one of its servers).
    """

    client_id: str
    redirect_uri: str
    key: Mapping[str, Any] | None = None
    secret: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Journey:
    """A sign-in under way: where the person is sent, and what must be known again when they come back with `state`.
    `keep` (name -> value) is kept sealed for all later journeys of this network."""

    address: str
    state: str
    pending: dict[str, Any]
    keep: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """An account towards its network: its unchanging id, its handle, and its opened secrets."""

    external_id: str
    handle: str
    secrets: Mapping[str, Any]
    client: Client | None = None


@dataclass(frozen=True)
class Connected:
    """A new or renewed connection; `secrets` are sealed by the caller at once."""

    external_id: str
    handle: str
    display_name: str
    secrets: dict[str, Any]
    expires_at: datetime | None = None
    # What this account's own server takes, where servers of one network differ (Mastodon).
    limits: Limits | None = None
    # Further accounts that the same consent opened: each becomes an account of its own (Facebook Pages).
    more: tuple[Connected, ...] = ()
    # Whether `Api.renew` can go on from these secrets; else the person is told before `expires_at`.
    renews: bool = True


# --- the constant -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Limits:
    """Longest text in the network's own unit; `bytes` a second limit in UTF-8 bytes where there is one."""

    text: int
    unit: str  # "graphemes", "characters", "weighted", "mastodon", "utf16", "threads"
    bytes: int | None = None
    # A link counts as this many, whatever its length; None: in full.
    link_length: int | None = None
    pictures: int = 0
    picture_bytes: int = 0
    alt: int = 0


@dataclass(frozen=True)
class Pictures:
    """Pictures in one post: how many, and of one the most bytes and pixels (both sides multiplied), the narrowest
    width, and the widest ratio of its sides (10: ten to one either way). `shape` is width divided by height, from and
    to, where portrait and landscape differ. 0 where the network does not say."""

    most: int
    bytes: int = 0
    pixels: int = 0
    narrowest: int = 0
    ratio: float = 0
    shape: tuple[float, float] = (0, 0)


@dataclass(frozen=True)
class Videos:
    """A film in a post: most bytes, seconds from and to, the forms and codecs that are taken, the widest ratio of its
    sides or its `shape`, as of pictures. 0 or empty: not said."""

    bytes: int
    seconds: tuple[float, float] = (0, 0)
    mimes: frozenset[str] = frozenset({"video/mp4"})
    codecs: frozenset[str] = frozenset()
    ratio: float = 0
    shape: tuple[float, float] = (0, 0)


@dataclass(frozen=True)
class Documents:
    """A PDF in a post: most bytes and pages."""

    bytes: int
    pages: int


@dataclass(frozen=True)
class Takes:
    """What media a post on the network may carry; None: none of that kind."""

    pictures: Pictures | None = None
    videos: Videos | None = None
    documents: Documents | None = None


@dataclass(frozen=True)
class Dialog:
    """A share dialog that needs no account. `address` makes the address to open from text and link; `takes_text` says
    whether the words travel along or have to be pasted by the person."""

    address: Callable[[str, str, str], str]  # (text without the link, link, title) -> address
    takes_text: bool
    # It opens with words alone too; the others want a link.
    plain: bool = False
    # The phone's own share sheet: opened by a script, has no address.
    share_sheet: bool = False


@dataclass(frozen=True)
class Api:
    """Posting by API. Functions a network does not have are None."""

    # Says it once: any end but a Receipt is one of the four outcomes.
    publish: Callable[[Http, Session, Sending], Receipt]
    # Whatever nobody sees before `publish` (uploads, containers): its answer is stored before the call that publishes.
    # A large upload that was cut off may come back as far as it got: `publish` then goes on with it.
    prepare: Callable[[Http, Session, Post], dict[str, Any]] | None = None
    # The post, if it is there; None only when it certainly is not and may be sent again; Unknown when one cannot say.
    # A network without it is never sent anything twice: its person is asked.
    find: Callable[[Http, Session, Sending], Receipt | None] | None = None
    # (http, session, post_id, text): the post says this from now on, and keeps all else. Said twice it is as said once.
    # Permanent("gone-there") when the post is no more.
    edit: Callable[[Http, Session, str, str], None] | None = None
    # The words of a post as they stand there now, by post_id; None when it is gone. What settles doubt about an edit;
    # where a network lets nobody read, the same edit is said again.
    words: Callable[[Http, Session, str], str | None] | None = None
    remove: Callable[[Http, Session, str], None] | None = None  # by post_id; already gone is fine
    # By post ids, at most `figures_batch` of them; a post that is not in the answer is gone. Where that takes several
    # requests, an Outcome carries along what had been `told` before (answers.one_by_one). The session is that of the
    # posts' own account where `figures_by_account`, else None.
    figures: Callable[[Http, Session | None, list[str]], dict[str, Figures]] | None = None
    renew: Callable[[Http, Session], Connected] | None = None
    # Renewed when this little is left; longer than a few minutes where the old tokens go on working beside the new.
    renew_within: timedelta = timedelta(minutes=5)
    revoke: Callable[[Http, Session], None] | None = None  # the permission, at the network
    sign_in: Callable[[Http, str, str], Connected] | None = None  # (http, handle, app password)
    # What a server takes now, by its address, which begins the ids of its accounts; None when it does not say.
    limits: Callable[[Http, str], Limits | None] | None = None
    # Sign-in at the network itself: begin with a handle, finish with what came back in the address.
    begin: Callable[[Http, Client, str], Journey] | None = None
    finish: Callable[[Http, Client, Mapping[str, Any], Mapping[str, str]], Connected] | None = None
    # What Kaja asks to be allowed there.
    scope: str = ""
    new_record_key: Callable[[], str] | None = None
    figures_batch: int = 25
    figures_by_account: bool = False
    # Whether `publish` carries a film, or a PDF. What a network would take stands in `Network.takes`.
    films: bool = False
    documents: bool = False
    # The id of the network's own post in an address that people paste; empty when there is none that can be passed on.
    # A network that has it takes `Post.reshares`.
    reshare: Callable[[str], str] | None = None
    # For editors: why nobody can pass on the network's post at this address, and which address would do; a sentence
    # marked for translation, empty for every other address.
    cannot_reshare: Callable[[str], str] | None = None
    # The entry of the app that holds the company's name there: whoever writes `@Name` mentions the company.
    mentions: str = ""
    # Ages of a post at which its figures are read; empty: as Kaja reads by default. Fewer where reading costs money.
    figures_ages: tuple[timedelta, ...] = ()
    # Calls for figures that Kaja allows itself there in a day (UTC), for the whole company.
    figures_budget: int = 2_000
    # How long the network lets its figures be kept; None: it sets no end.
    figures_kept: timedelta | None = None
    # What publishing this post costs the company, in US dollars, by the settings of its app (prices are entries of it);
    # None: nothing.
    cost: Callable[[Post, Mapping[str, str]], Decimal] | None = None


@dataclass(frozen=True)
class Entry:
    """One thing an administrator enters for a network's app: `name` in settings ("client_id" and "client_secret" are
    known to all), its label, whether it is secret (then it is stored sealed and never shown again), its default."""

    name: str
    label: str
    secret: bool = False
    default: str = ""
    optional: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Finding:
    """What a test of an app's keys found: one check, whether it passed, and what to do when it did not."""

    what: str
    passed: bool
    remedy: str = ""


@dataclass(frozen=True)
class App:
    """What a company registers at a network before its people can connect: where, how, and what comes back from there.
    Sentences are marked by `gettext_noop`, so that pages can translate them."""

    register_at: str
    steps: tuple[str, ...]
    entries: tuple[Entry, ...]
    # Asks the network whether the keys are good, without anybody's account. Raises an Outcome when it cannot be asked.
    test: Callable[[Http, Client], list[Finding]] | None = None
    # By the entries: the day from which the network no longer serves the version of its interface that stands there.
    ends: Callable[[Mapping[str, str]], date | None] | None = None
    # What the company should know before: cost, review, terms.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Figures by a second app, which a network wants apart from the one that posts (LinkedIn): its people consent a
    second time. What it tells of a person's posts is shown to that person alone, and added to no total."""

    app: App
    begin: Callable[[Http, Client, str], Journey]
    # Of what it brings only the secrets and their end are kept, with the account that posts.
    finish: Callable[[Http, Client, Mapping[str, Any], Mapping[str, str]], Connected]
    figures: Callable[[Http, Session, list[str]], dict[str, Figures]]
    scopes: tuple[tuple[str, str], ...]
    renew: Callable[[Http, Session], Connected] | None = None
    batch: int = 5
    # Ages of a post at which its figures are read.
    ages: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
    budget: int = 2_000  # calls in a day (UTC), for the whole company


@dataclass(frozen=True)
class Ask:
    """What a person types before their sign-in at a network, for its server or account to be found."""

    label: str
    example: str


@dataclass(frozen=True)
class Fold:
    """How much of a post a network shows before a reader asks for the rest, as its pages do it today; 0: not by this.
    `words` stands where it cuts."""

    chars: int = 0
    lines: int = 0
    words: str = ""


@dataclass(frozen=True)
class Reaction:
    """A button below a post: its outline, and its word where the network writes one."""

    icon: str
    word: str = ""


# What stands below a post on X and on the networks that took after it.
REACTIONS = (
    Reaction(icon="message-circle"),
    Reaction(icon="repeat"),
    Reaction(icon="heart"),
    Reaction(icon="bookmark"),
)


@dataclass(frozen=True)
class Drawn:
    """How a network draws a post, for the preview: rules only. `name` is what stands below the person's name ("handle"
    or "job"), `card` how a link is drawn, `reactions` the outlines and words of its buttons."""

    name: str = "handle"
    # "wide": picture from edge to edge, title on a tinted field; "inset": both in a frame; "over": the title lies on
    # the picture and the host below; "": the network draws none. Without a picture an outline stands beside the title.
    card: str = "inset"
    # The order in which the card names what it leads to, and whether the host is in capitals.
    host_first: bool = False
    capitals: bool = False
    # The network takes the address out of the words when its card stands there.
    hides_link: bool = False
    # Pictures of a post: "inset" (a framed grid), "edge" (from edge to edge, the first one large), "strip" (side by
    # side, to be swiped), "first" (the first one, square, with dots for the others: it stands above the words, which
    # begin with the name of who posts).
    pictures: str = "inset"
    # It posts in the name of the account, not of the person (a company's page).
    as_account: bool = False
    reactions: tuple[Reaction, ...] = ()


def gettext_noop(text: str) -> str:
    """Marks a sentence of a connector for translation; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Network:
    """One network. `key` is also its utm_source, its icon and its colour class."""

    key: str
    name: str
    limits: Limits | None
    dialog: Dialog | None = None
    api: Api | None = None
    # The company's own app there, where the network wants one; without its keys only the dialog is offered.
    app: App | None = None
    # Its figures, where they want an app of their own.
    reading: Reading | None = None
    # Made of many servers: Kaja registers itself with each when the first person of it connects (Mastodon).
    own_servers: bool = False
    # What Kaja is allowed at the network, in plain words, and what it never asks for; technical names beside.
    scopes: tuple[tuple[str, str], ...] = ()
    # How a person connects: "instant" (one tap), "password" (an app password), "oauth".
    connect: frozenset[str] = frozenset()
    can_edit: bool = False
    # Why not, where the network's own reason says more than that it has no way.
    no_edit: str = ""
    can_delete: bool = False
    hashtags: bool = True
    # It draws a card of a link, from the page behind it or from what it is given.
    draws_cards: bool = True
    # In Estonian, the name where something is ("LinkedInis", "Bluesky võrgus"); English says "on {name}".
    inessive_et: str = ""
    demo_only: bool = False
    # The name of its outline in Tabler Icons.
    icon: str = "world"
    # What is asked of a person before the sign-in at the network; None: nothing, one press is enough.
    asks: Ask | None = None
    fold: Fold | None = None
    # On a phone, where that differs.
    fold_phone: Fold | None = None
    drawn: Drawn = field(default_factory=Drawn)
    # What media its posts may carry; None: its door takes words and links alone.
    takes: Takes | None = None
    # By its API: it fetches pictures from Kaja's own address, so that this has to be public; it posts nothing without a
    # picture; an address in a post can be clicked.
    fetches_pictures: bool = False
    needs_picture: bool = False
    links_work: bool = True

"""What a network is to Kaja: one constant that says what it can do, and at most six functions.

Pages, checks, previews, settings and documentation read the constant; nobody outside a connector's file compares its
key with a string. A connector knows neither the database nor Django: it gets its account's secrets and a way to speak
HTTP, and answers with a value or raises one of the four outcomes.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kaja.outbound import Http, NotSent, Request, Response, Silence

__all__ = ["Http", "NotSent", "Request", "Response", "Silence"]  # connectors find all they need here


# --- outcomes ---------------------------------------------------------------------------------------------------
class Outcome(Exception):
    """How an outside call ended when it did not simply work. `reason` is a short code (see sharing's sentences),
    `detail` what the network said, at most 500 characters."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail[:500]


class Retry(Outcome):
    """Nothing was done there, and it is worth trying again; not before `after` has passed, if given."""

    def __init__(self, reason: str, detail: str = "", *, after: timedelta | None = None) -> None:
        super().__init__(reason, detail)
        self.after = after


class Permanent(Outcome):
    """The network refused: trying the same again is of no use."""


class NeedsReconnect(Outcome):
    """The account's permission is gone; its person has to sign in there again."""


class Unknown(Outcome):
    """Bytes had left and no understandable answer came: it may or may not have happened."""


def retry_after(answer: Response) -> timedelta | None:
    """How long a server asks to wait: `Retry-After` in seconds, or `RateLimit-Reset` as seconds since 1970."""
    for name, base in (("retry-after", 0.0), ("ratelimit-reset", time.time())):
        try:
            seconds = float(answer.headers[name]) - base
        except (KeyError, ValueError):
            continue
        return timedelta(seconds=min(max(seconds, 1.0), 86_400.0))
    return None


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


@dataclass(frozen=True)
class Receipt:
    """Proof that a post exists: the network's own id and the address people can open."""

    post_id: str
    url: str


@dataclass(frozen=True)
class Figures:
    """What the network says of one post now. None: it did not say (which is not zero)."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class Client:
    """Kaja towards a network that signs people in (OAuth): who it is, where people come back, the key it signs with
    (JWK with its private part; None for a client on the person's own machine)."""

    client_id: str
    redirect_uri: str
    key: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Journey:
    """A sign-in under way: where the person is sent, and what must be known again when they come back with `state`."""

    address: str
    state: str
    pending: dict[str, Any]


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


# --- the constant -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Limits:
    """Longest text in the network's own unit; `bytes` a second limit in UTF-8 bytes where there is one."""

    text: int
    unit: str  # "graphemes", "characters", "weighted", "utf16", "threads"
    bytes: int | None = None
    # A link counts as this many, whatever its length; None: in full.
    link_length: int | None = None
    pictures: int = 0
    picture_bytes: int = 0
    alt: int = 0


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
    publish: Callable[[Http, Session, str, Post], Receipt]  # (http, session, record_key, post)
    find: Callable[[Http, Session, str], Receipt | None] | None = None  # by record_key
    remove: Callable[[Http, Session, str], None] | None = None  # by post_id; already gone is fine
    # By post ids, at most `figures_batch` of them; a post that is not in the answer is gone.
    figures: Callable[[Http, list[str]], dict[str, Figures]] | None = None
    renew: Callable[[Http, Session], Connected] | None = None
    sign_in: Callable[[Http, str, str], Connected] | None = None  # (http, handle, app password)
    # Sign-in at the network itself: begin with a handle, finish with what came back in the address.
    begin: Callable[[Http, Client, str], Journey] | None = None
    finish: Callable[[Http, Client, Mapping[str, Any], Mapping[str, str]], Connected] | None = None
    # What Kaja asks to be allowed there.
    scope: str = ""
    new_record_key: Callable[[], str] | None = None
    figures_batch: int = 25


@dataclass(frozen=True)
class Network:
    """One network. `key` is also its utm_source, its icon and its colour class."""

    key: str
    name: str
    limits: Limits | None
    dialog: Dialog | None = None
    api: Api | None = None
    # How a person connects: "instant" (one tap), "password" (an app password), "oauth".
    connect: frozenset[str] = frozenset()
    can_edit: bool = False
    can_delete: bool = False
    hashtags: bool = True
    # It draws a card of a link, from the page behind it or from what it is given.
    draws_cards: bool = True
    # In Estonian, the name where something is ("LinkedInis", "Bluesky võrgus"); English says "on {name}".
    inessive_et: str = ""
    demo_only: bool = False
    # The name of its outline in Tabler Icons.
    icon: str = "world"

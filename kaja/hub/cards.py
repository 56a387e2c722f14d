"""A card of the feed as it is drawn.

Drawing is most of the work of the feed's page, and the same card is drawn for many people. So everything a card shows
is one value (`Shown`), its fragment sees nothing else, and what was drawn from a value is kept in memory: equal values
are equal pages, and any change of what is shown is another value. There is nothing to invalidate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kaja.content import campaigns, particulars
from kaja.content.models import Item, Media
from kaja.content.particulars import Particulars
from kaja.hub.feed import Card, OwnShare
from kaja.people import company
from kaja.people.models import Person
from kaja.sharing import onhold, rows
from kaja.sharing.states import State

# About ten kilobytes each.
KEPT = 1000
NAMES = 2
# Kinds that are drawn as an invitation and not as a story.
INVITING = {"say": "hub/_say.html"}


@dataclass(frozen=True)
class Face:
    """A person as an avatar needs them."""

    pk: int
    name: str
    first_name: str
    initials: str
    avatar: str


@dataclass(frozen=True)
class Picture:
    path: str
    width: int
    height: int
    alt: str
    # Every size that was written of it, as WebP and as AVIF, for `srcset`.
    srcset: str = ""
    srcset_avif: str = ""


@dataclass(frozen=True)
class Words:
    pk: int
    language: str
    text: str


@dataclass(frozen=True)
class Own:
    """The viewer's own share; the date is written already, in the language of the page."""

    share: int
    state: str
    network: str
    day: str
    clicks: int


@dataclass(frozen=True)
class InCampaign:
    """The running campaign a card belongs to."""

    slug: str
    title: str
    hashtag: str


@dataclass(frozen=True)
class Shown:
    language: str
    company: str
    item: int
    title: str
    summary: str
    host: str
    category: str
    look: str
    shareable: bool
    audience: str
    days_left: int | None
    author: Face | None
    image: Picture | None
    captions: tuple[Words, ...]
    sharers: tuple[Face, ...]
    sharer_count: int
    own: Own | None
    lead: bool
    may_share: bool
    what: Particulars
    campaign: InCampaign | None = None
    verdict: str = ""
    saved: bool = False
    fresh: bool = False
    # The colleague whose idea it was, and whether the viewer wrote it themselves.
    credit: Face | None = None
    original: bool = False
    # All sharing is on hold: there is no Share.
    on_hold: bool = False

    @property
    def names(self) -> str:
        """Up to two who have shared; the others are a number."""
        return ", ".join(person.first_name for person in self.sharers[:NAMES])

    @property
    def others(self) -> int:
        return max(self.sharer_count - len(self.sharers[:NAMES]), 0)


def face(person: Person) -> Face:
    return Face(person.pk, person.name, person.first_name or person.name, person.initials, person.avatar)


def _campaign(item: Item) -> InCampaign | None:
    if item.campaign is None or campaigns.stage(item.campaign) != "running":
        return None
    return InCampaign(item.campaign.slug, item.campaign.title, item.campaign.hashtag)


def _own(own: OwnShare) -> Own:
    # What the network still works on is on its way: its person is asked nothing.
    state = State.SENDING if rows.Row(own.share).at_work else own.share.state
    return Own(own.share.pk, state, own.network.name, own.day, own.clicks)


def shown(card: Card, *, may_share: bool) -> Shown:
    """What the card shows to this viewer in the language of this moment."""
    item, image = card.item, card.item.image
    news = not item.category.shareable
    return Shown(
        language=get_language() or "",
        company=company.current().short_name,
        item=item.pk,
        title=item.title,
        summary=item.summary if news or item.kind in INVITING else "",
        host=card.host,
        category=str(item.category.name),
        look=item.category.look,
        shareable=item.category.shareable,
        audience=item.audience.label if item.audience else "",
        days_left=card.days_left,
        author=face(item.author) if news and item.author else None,
        image=_picture(image) if image else None,
        captions=tuple(Words(caption.pk, caption.language, caption.text) for caption in card.captions),
        sharers=tuple(face(person) for person in card.sharers),
        sharer_count=card.sharer_count,
        own=_own(card.own) if card.own else None,
        lead=card.lead,
        may_share=may_share,
        campaign=_campaign(item),
        verdict=card.verdict,
        saved=card.saved,
        fresh=card.fresh,
        credit=face(item.credit) if item.credit and item.credit.show_me else None,
        original=item.original,
        what=particulars.of(item),
        on_hold=onhold.holds(item.pk),
    )  # fmt: skip


def _picture(image: Media) -> Picture:
    return Picture(image.path, image.width, image.height, image.alt, image.srcset, image.srcset_avif)


@lru_cache(maxsize=KEPT)
def drawn(card: Shown) -> SafeString:
    """The card's fragment. It depends on `card` alone."""
    if card.own:
        page = "hub/_done.html"
    else:
        page = "hub/_news.html" if not card.shareable else INVITING.get(card.what.key, "hub/_card.html")
    return render_to_string(page, {"card": card})

"""The feed: what is live and meant for a person, what they shared already, who else did (A1).

Order: pinned first, then the newest. Reading costs the same number of queries for 10 items as for 10,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import formats, timezone

from kaja import addresses
from kaja.content.models import Caption, Item, ItemQuerySet
from kaja.links.models import LinkDay
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people import company
from kaja.people.models import Audience, Person
from kaja.sharing import wording
from kaja.sharing.models import Share
from kaja.sharing.states import State

PAGE = 6
FACES = 3
# What a face and a name are drawn from.
FACE = ("first_name", "last_name", "email", "avatar", "show_me")
ORDER = ("-pinned", "-live_from", "-id")
# A share that is under way counts as shared: the card folds, and Share is not offered twice.
TAKEN = (State.PLANNED, State.HELD, State.SENDING, State.PUBLISHED, State.UNKNOWN)


@dataclass(frozen=True)
class OwnShare:
    """The viewer's own share of an item; `clicks` by other people, as counted by our own link (measured)."""

    share: Share
    network: Network
    clicks: int

    @property
    def when(self) -> datetime:
        return self.share.published_at or self.share.not_before

    @property
    def day(self) -> str:
        """The day in words, on the viewer's clock."""
        return formats.date_format(timezone.localtime(self.when), "MONTH_DAY_FORMAT")


@dataclass(frozen=True)
class Card:
    item: Item
    captions: list[Caption]
    sharers: list[Person]
    sharer_count: int
    own: OwnShare | None
    # Stands large, at the top of the page.
    lead: bool = False

    @property
    def open(self) -> bool:
        """Waits for the viewer's words."""
        return self.own is None and self.item.category.shareable

    @property
    def days_left(self) -> int | None:
        """Whole days until the item ends, 0 on its last day; None when it does not end."""
        return (self.item.live_until - timezone.now()).days if self.item.live_until else None

    @property
    def host(self) -> str:
        return addresses.host(self.item.url)


@dataclass(frozen=True)
class Feed:
    cards: list[Card]
    # Where the next page begins ("before" of the query string), empty at the end.
    cursor: str
    shared_this_week: int = 0
    new: int = 0
    goal: int = field(default_factory=lambda: company.current().weekly_goal)

    @property
    def all_shared(self) -> bool:
        """Nothing is left to share, and something was."""
        return not self.cursor and self.new == 0 and any(card.own for card in self.cards)

    @property
    def left_this_week(self) -> int:
        return max(self.goal - self.shared_this_week, 0)


def items(person: Person, *, category: str = "", cursor: str = "") -> ItemQuerySet:
    """Live items meant for `person`, in the feed's order, after `cursor`. A broken cursor is the beginning."""
    found = Item.objects.live().for_person(person).order_by(*ORDER)
    if category:
        found = found.filter(category__slug=category)
    after = _after(cursor)
    return found.filter(after) if after else found


def _after(cursor: str) -> Q | None:
    pinned, _comma, rest = cursor.partition("_")
    moment, _comma, number = rest.partition("_")
    try:
        begun, last, was_pinned = datetime.fromisoformat(moment), int(number), bool(int(pinned))
    except ValueError:
        return None
    if begun.tzinfo is None:
        return None
    older = Q(live_from__lt=begun) | Q(live_from=begun, id__lt=last)
    return Q(pinned=was_pinned) & older | Q(pinned=False) if was_pinned else Q(pinned=False) & older


def _cursor(item: Item) -> str:
    assert item.live_from is not None
    return f"{int(item.pinned)}_{item.live_from.isoformat()}_{item.pk}"


def read(person: Person, *, category: str = "", cursor: str = "") -> Feed:
    """One page of the feed with everything its cards show."""
    wanted = items(person, category=category, cursor=cursor).select_related("category", "audience", "image", "author")
    found = list(wanted.with_attachments()[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    captions, own, this_week = _captions(person, found), *_own(person, found)
    sharers = _sharers(person, found)
    cards = [
        Card(
            item=item,
            captions=captions.get(item.pk, []),
            sharers=sharers[item.pk].faces,
            sharer_count=sharers[item.pk].count,
            own=own.get(item.pk),
        )
        for item in found
    ]
    return Feed(
        cards=cards if cursor else _with_lead(cards),
        cursor=_cursor(found[-1]) if more else "",
        shared_this_week=this_week,
        new=sum(1 for card in cards if card.open),
    )


def _with_lead(cards: list[Card]) -> list[Card]:
    """The first card that waits for words stands large at the top, so that Share is on the first screen of a phone."""
    place = next((place for place, card in enumerate(cards) if card.open), None)
    if place is None:
        return cards
    return [replace(cards[place], lead=True), *cards[:place], *cards[place + 1 :]]


@dataclass(frozen=True)
class Sharers:
    """Colleagues who shared an item: how many, and the newest of those who do not hide."""

    count: int
    faces: list[Person]


def _sharers(person: Person, found: Sequence[Item]) -> dict[int, Sharers]:
    others = Share.objects.published().filter(item=OuterRef("pk")).exclude(person=person).order_by()
    newest = others.order_by("-published_at", "-id").values("person")
    counted = others.values("item").annotate(n=Count("person", distinct=True)).values("n")
    # Asked apart from the items: together, a database works out the faces of ten thousand items to show seven.
    rows = (
        Item.objects.filter(pk__in=[item.pk for item in found])
        .order_by()
        .values_list("pk", Subquery(counted), *(Subquery(newest[place : place + 1]) for place in range(FACES)))
    )
    ids = {row[0]: (row[1] or 0, [pk for pk in dict.fromkeys(row[2:]) if pk is not None]) for row in rows}
    wanted = {pk for _count, faces in ids.values() for pk in faces}
    people = Person.objects.get_queryset().only(*FACE).in_bulk(wanted)
    return {
        item: Sharers(count, [people[pk] for pk in faces if people[pk].show_me]) for item, (count, faces) in ids.items()
    }


def _captions(person: Person, found: Iterable[Item]) -> dict[int, list[Caption]]:
    """Suggested words per item in the best language of the person's that the item has words in, as they are dealt."""
    words: dict[int, dict[str, list[Caption]]] = {}
    for caption in wording.with_uses(Caption.objects.filter(item__in=found, network=""), person):
        words.setdefault(caption.item_id, {}).setdefault(caption.language, []).append(caption)
    chosen = {}
    for item_id, by_language in words.items():
        language = next((code for code in person.languages if code in by_language), next(iter(by_language)))
        chosen[item_id] = wording.dealt(by_language[language], person)
    return chosen


def week_start(person: Person, now: datetime | None = None) -> datetime:
    """Monday 00:00 of this week on the person's own clock."""
    local = person.local(now or timezone.now())
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _own(person: Person, found: Sequence[Item]) -> tuple[dict[int, OwnShare], int]:
    """The person's newest share of each item, and how many of theirs went out this week."""
    monday = week_start(person)
    clicks = LinkDay.objects.filter(link=OuterRef("link")).order_by().values("link")
    shares = (
        Share.objects.filter(Q(item__in=found, state__in=TAKEN) | Q(published_at__gte=monday), person=person)
        .annotate(clicks=Coalesce(Subquery(clicks.annotate(n=Sum("person")).values("n")), Value(0)))
        .order_by(F("published_at").asc(nulls_first=True), "id")
    )
    wanted = {item.pk for item in found}
    own, this_week = {}, 0
    for share in shares:
        if share.published_at and share.published_at >= monday and share.state == State.PUBLISHED:
            this_week += 1
        if share.item_id in wanted and share.state in TAKEN:
            own[share.item_id] = OwnShare(share, BY_KEY[share.network], share.clicks)  # type: ignore[attr-defined]
    return own, this_week


@dataclass(frozen=True)
class Colleague:
    person: Person
    title: str
    network: Network


def shared_today(person: Person, *, most: int = 4) -> list[Colleague]:
    """The colleagues who shared last, today on the viewer's clock, of what the viewer may see themselves; those who
    hide themselves are left out."""
    midnight = person.local(timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    # Nothing but the time narrows the question, so that a database walks back from the newest share and stops soon;
    # the rest is decided here, for the few it brought.
    newest = (
        Share.objects.filter(published_at__gte=midnight)
        .annotate(meant=Exists(Audience.objects.of(person).filter(pk=OuterRef("item__audience"))))
        .select_related("person", "item")
        .only("state", "network", "item__title", "item__audience", *(f"person__{name}" for name in FACE))
        .order_by("-published_at")[: most * 6]
    )
    rows: dict[int, Colleague] = {}
    for share in newest:
        if share.person_id == person.pk or not share.person.show_me or share.state != State.PUBLISHED:
            continue
        if share.item.audience_id is None or share.meant:  # type: ignore[attr-defined]
            rows.setdefault(share.person_id, Colleague(share.person, share.item.title, BY_KEY[share.network]))
    return list(rows.values())[:most]

"""The feed: what is live and meant for a person, what they shared already, who else did (A1).

Order: pinned first, then by the place that time and colleagues' answers give an item (`Item.stands_at`), put in the
person's own order within windows of 24 (hub/order.py, docs/decisions/feed-order.md). What is not for the person is left
out. Reading costs the same number of queries for 10 items as for 10,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import formats, timezone

from kaja import addresses
from kaja.content.models import Campaign, Caption, Item, ItemQuerySet, Reaction, Topic
from kaja.hub import order
from kaja.hub.order import Facts
from kaja.links.models import LinkDay
from kaja.memory import Kept
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people import audiences, company
from kaja.people.models import Person
from kaja.sharing import wording
from kaja.sharing.models import Share
from kaja.sharing.states import State

PAGE = 6
FACES = 3
# So many colleagues stand beside the feed.
TODAY = 4
RELATED = ("category", "audience", "image", "author", "campaign", "credit")
# What a face and a name are drawn from.
FACE = ("first_name", "last_name", "email", "avatar", "show_me")
ORDER = ("-pinned", "-stands_at", "-id")
# So many items are put in the person's own order at a time; their pages follow each other within it.
WINDOW = 24
# What stands on a shelf of its own: saved for later, or not for this person.
SAVED, HIDDEN = "saved", "hidden"
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
    # What the viewer said of it, and whether they saved it.
    verdict: str = ""
    saved: bool = False
    # Has come since the viewer was last here.
    fresh: bool = False
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
    # What a delegate prepared and waits for the viewer's word, the oldest first: the numbers of the preparations.
    approvals: tuple[int, ...] = ()

    @property
    def all_shared(self) -> bool:
        """Nothing is left to share, and something was."""
        return not self.cursor and self.new == 0 and any(card.own for card in self.cards)

    @property
    def left_this_week(self) -> int:
        return max(self.goal - self.shared_this_week, 0)


def items(person: Person, *, category: str = "", shelf: str = "") -> ItemQuerySet:
    """Live items meant for `person`, in the order that is the same for all. `shelf`: only the saved, only the hidden;
    else what the person does not want is left out."""
    found = Item.objects.live().for_person(person).order_by(*ORDER)
    if category:
        found = found.filter(category__slug=category)
    said = Reaction.objects.filter(item=OuterRef("pk"), person=person)
    unwanted = Exists(said.filter(verdict=Reaction.Verdict.NOT_FOR_ME))
    if shelf == HIDDEN:
        return found.filter(unwanted)
    return found.filter(~unwanted, Exists(said.filter(saved=True))) if shelf == SAVED else found.filter(~unwanted)


@dataclass(frozen=True)
class Cursor:
    """Where a page ends: the last row before its window, and what of the window has been shown already."""

    pinned: bool = False
    at: datetime | None = None
    item: int = 0
    shown: tuple[int, ...] = ()

    def __str__(self) -> str:
        place = f"{int(self.pinned)}_{self.at.isoformat()}_{self.item}" if self.at else ""
        return f"{place}~{'.'.join(map(str, self.shown))}" if place or self.shown else ""

    @property
    def after(self) -> Q:
        """Rows of this window and all that follow."""
        if self.at is None:
            return Q()
        later = Q(stands_at__lt=self.at) | Q(stands_at=self.at, id__lt=self.item)
        return Q(pinned=True) & later | Q(pinned=False) if self.pinned else Q(pinned=False) & later


def _cursor(written: str) -> Cursor:
    """What the address says; a broken cursor is the beginning."""
    place, _tilde, shown = written.partition("~")
    try:
        seen = tuple(int(one) for one in shown.split(".") if one)
        if not place:
            return Cursor(shown=seen[:WINDOW])
        pinned, moment, number = place.split("_")
        at, item, was_pinned = datetime.fromisoformat(moment), int(number), bool(int(pinned))
    except ValueError:
        return Cursor()
    if at.tzinfo is None or not 0 < item < 2**63:
        return Cursor()
    return Cursor(was_pinned, at, item, seen[:WINDOW])


def read(
    person: Person, *, category: str = "", cursor: str = "", shelf: str = "", since: datetime | None = None
) -> Feed:
    """One page of the feed with everything its cards show; what began after `since` is marked as new."""
    place = _cursor(cursor)
    window, more = _window(items(person, category=category, shelf=shelf).filter(place.after), person)
    mine = _mine(person, [one.item for one in window])
    own = mine.own
    now = timezone.now()
    ordered = order.personal([one.about(own.get(one.item), now) for one in window], person, now)
    waiting = [one.item for one in ordered if one.item not in place.shown]
    page, rest = waiting[:PAGE], waiting[PAGE:]
    cards = _cards(person, page, own, since)
    following = Cursor()
    if rest:
        following = replace(place, shown=(*place.shown, *page))
    elif more:
        last = window[-1]
        following = Cursor(last.pinned, last.stands_at, last.item)
    return Feed(
        cards=cards if cursor else _with_lead(cards),
        cursor=str(following),
        shared_this_week=mine.this_week,
        approvals=mine.approvals,
        new=sum(1 for card in cards if card.open),
    )


def of_campaign(person: Person, campaign: Campaign, *, most: int) -> list[Card]:
    """The live items of a campaign that are meant for `person`, as cards; what they have not shared stands first."""
    numbers = list(items(person).filter(campaign=campaign).values_list("pk", flat=True)[:most])
    own = _mine(person, numbers).own
    return sorted(_cards(person, numbers, own, None), key=lambda card: not card.open)


@dataclass(frozen=True)
class _Row:
    """What the order is made of, as the window's query reads it."""

    item: int
    pinned: bool
    stands_at: datetime
    live_until: datetime | None
    language: str
    followed: bool

    def about(self, own: OwnShare | None, now: datetime) -> Facts:
        return Facts(
            item=self.item, pinned=self.pinned, stands_at=self.stands_at, ends=self.live_until, language=self.language,
            followed=self.followed, shared=own is not None and now - own.when > order.SETTLED,
        )  # fmt: skip


def _window(found: QuerySet[Item], person: Person) -> tuple[list[_Row], bool]:
    """The next rows in the order of all, and whether more follow. One query."""
    columns = ("pk", "pinned", "stands_at", "live_until", "language", "category__slug")
    # Worked out for the rows that are read, because they come from the index in their order (item_feed).
    touched = Topic.objects.filter(items=OuterRef("pk"), slug__in=person.interests or ())
    rows = list(found.annotate(touched=Exists(touched)).values_list(*columns, "touched")[: WINDOW + 1])
    window = [
        _Row(pk, pinned, at, ends, language, touched or category in (person.interests or ()))
        for pk, pinned, at, ends, language, category, touched in rows[:WINDOW]
    ]
    return window, len(rows) > WINDOW


def _cards(person: Person, page: list[int], own: dict[int, OwnShare], since: datetime | None) -> list[Card]:
    rows = _rows(person, page)
    found = [rows[pk] for pk in page if pk in rows]
    captions, sharers = _captions(person, found), _sharers(found)
    return [
        Card(
            item=item,
            captions=captions.get(item.pk, []),
            sharers=sharers[item.pk].faces,
            sharer_count=sharers[item.pk].count,
            own=own.get(item.pk),
            verdict=item.my_verdict or "",  # type: ignore[attr-defined]
            saved=bool(item.my_saved),  # type: ignore[attr-defined]
            fresh=since is not None and item.live_from is not None and item.live_from > since,
        )
        for item in found
    ]


def card_of(person: Person, number: int, *, since: datetime | None = None) -> Card | None:
    """The card of one live item that is meant for the person, hidden or not; None when there is none."""
    if not Item.objects.live().for_person(person).filter(pk=number).exists():
        return None
    own = _mine(person, [number]).own
    return next(iter(_cards(person, [number], own, since)), None)


def why(person: Person, number: int) -> order.Why | None:
    """What puts an item where it stands for this person, part by part; None when it is not in their feed."""
    item = Item.objects.live().for_person(person).select_related("category").filter(pk=number).first()
    if item is None or item.live_from is None or item.stands_at is None:
        return None
    now, own = timezone.now(), _mine(person, [number]).own.get(number)
    follows = set(person.interests or ())
    names = [str(item.category)] if item.category.slug in follows else []
    names += [str(topic) for topic in item.topics.filter(slug__in=follows)]
    row = _Row(item.pk, item.pinned, item.stands_at, item.live_until, item.language, bool(names))
    return order.explained(item, row.about(own, now), person, now, names)


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


def _rows(person: Person, page: list[int]) -> dict[int, Item]:
    """The items of a page with who shared them and what the person said of them, asked by their numbers: a database
    works it out for these few and not for ten thousand."""
    others = Share.objects.published().filter(item=OuterRef("pk")).exclude(person=person).order_by()
    newest = others.order_by("-published_at", "-id").values("person")
    counted = others.values("item").annotate(n=Count("person", distinct=True)).values("n")
    said = Reaction.objects.filter(item=OuterRef("pk"), person=person)
    return (
        Item.objects.select_related(*RELATED)
        .with_attachments()
        .annotate(
            shared_by=Subquery(counted),
            my_verdict=Subquery(said.values("verdict")),
            my_saved=Subquery(said.values("saved")),
            **{f"face_{place}": Subquery(newest[place : place + 1]) for place in range(FACES)},
        )
        .in_bulk(page)
    )


def _sharers(found: Sequence[Item]) -> dict[int, Sharers]:
    ids = {
        item.pk: [
            pk for pk in dict.fromkeys(getattr(item, f"face_{place}") for place in range(FACES)) if pk is not None
        ]
        for item in found
    }
    wanted = {pk for faces in ids.values() for pk in faces}
    people = Person.objects.get_queryset().only(*FACE).in_bulk(wanted)
    return {
        item.pk: Sharers(item.shared_by or 0, [people[pk] for pk in ids[item.pk] if people[pk].show_me])  # type: ignore[attr-defined]
        for item in found
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


@dataclass(frozen=True)
class _Mine:
    """What a page asks of the person's own shares: the newest of each item, how many went out this week, and which
    preparations wait for their word."""

    own: dict[int, OwnShare]
    this_week: int
    approvals: tuple[int, ...]


def _mine(person: Person, found: Sequence[int]) -> _Mine:
    """One query for all three: each page of the feed asks for them."""
    monday = week_start(person)
    clicks = LinkDay.objects.filter(link=OuterRef("link")).order_by().values("link")
    asked = Q(item__in=found, state__in=TAKEN) | Q(published_at__gte=monday) | Q(state=State.WAITING)
    shares = (
        Share.objects.filter(asked, person=person)
        .annotate(clicks=Coalesce(Subquery(clicks.annotate(n=Sum("person")).values("n")), Value(0)))
        .order_by(F("published_at").asc(nulls_first=True), "id")
    )
    wanted, own, this_week, waiting = set(found), {}, 0, set()
    for share in shares:
        if share.published_at and share.published_at >= monday and share.state == State.PUBLISHED:
            this_week += 1
        if share.state == State.WAITING and share.preparation_id:
            waiting.add(share.preparation_id)
        if share.item_id in wanted and share.state in TAKEN:
            own[share.item_id] = OwnShare(share, BY_KEY[share.network], share.clicks)  # type: ignore[attr-defined]
    return _Mine(own, this_week, tuple(sorted(waiting)))


@dataclass(frozen=True)
class Colleague:
    person: Person
    title: str
    network: Network


def _read_newest() -> list[Share]:
    """The shares of a day and an hour (the longest day there is), the newest first, as many as a column needs."""
    # Nothing but the time narrows the question, so that a database walks back from the newest share and stops soon;
    # the rest is decided for each viewer, for the few it brought.
    return list(
        Share.objects.filter(published_at__gte=timezone.now() - timedelta(hours=25))
        .select_related("person", "item")
        .only(
            "state", "network", "published_at", "item__title", "item__audience", "item__original",
            *(f"person__{name}" for name in FACE),
        )
        .order_by("-published_at")[: TODAY * 6]
    )  # fmt: skip


# The same for every viewer, and every feed shows some of it.
_newest = Kept(_read_newest, about="shares")


def shared_today(person: Person) -> list[Colleague]:
    """The colleagues who shared last, today on the viewer's clock, of what the viewer may see themselves; those who
    hide themselves are left out. From memory, a few seconds old at most."""
    midnight = person.local(timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    rows: dict[int, Colleague] = {}
    meant = set(audiences.of(person))
    for share in _newest.get():
        if share.published_at is None or share.published_at < midnight or share.state != State.PUBLISHED:
            continue
        if share.person_id == person.pk or not share.person.show_me or share.item.original:
            continue
        if share.item.audience_id is None or share.item.audience_id in meant:
            rows.setdefault(share.person_id, Colleague(share.person, share.item.title, BY_KEY[share.network]))
    return list(rows.values())[:TODAY]

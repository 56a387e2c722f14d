"""The library's page: what fits the address, with the figures of each item (A2).

Shares and clicks are those of the roll-ups (measured): what people did with the item since it exists. There is no click
rate: nobody tells how many saw a post on every network, and a rate without a denominator that can be named is none.
Reading costs the same number of queries for 10 items as for 50,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.content import choices, library, saved
from kaja.content.choices import Choices
from kaja.content.library import Counts, Filter
from kaja.content.models import Caption, Item, SavedView
from kaja.measurement.models import ItemDay
from kaja.people.models import Person

DAYS = 7
BY_FIGURES = ("clicks", "shares")
# What a row shows is not in these, and they may be long.
UNSEEN = ("body", "details", "summary")
EXPORTED = 500


@dataclass(frozen=True)
class Figures:
    """What an item got: shares and clicks by people since it exists, and its clicks of each of the last seven days."""

    shares: int = 0
    clicks: int = 0
    days: tuple[int, ...] = (0,) * DAYS


@dataclass(frozen=True)
class Row:
    item: Item
    # Of its suggested words, as codes.
    languages: list[str]
    figures: Figures

    @property
    def due(self) -> bool:
        """Evergreen, and its day to be looked at again has come (as library.due says)."""
        item, day = self.item, self.item.refresh_on
        if not item.evergreen or day is None or item.state == "withdrawn" or item.replaces_id is not None:
            return False
        return day <= timezone.localdate()

    @property
    def days_left(self) -> int | None:
        """Days until a live item ends, 0 on its last day; None when it does not end or is not live."""
        until = self.item.live_until
        if until is None or self.item.status != "live":
            return None
        return (timezone.localdate(until) - timezone.localdate()).days

    @property
    def was_out(self) -> bool:
        """It was approved once: figures of zero say something, else a dash does."""
        return self.item.approved_at is not None or self.figures.shares > 0


@dataclass(frozen=True)
class Chip:
    """One part of the filter, as it is read, and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True)
class Listing:
    wish: Filter
    rows: list[Row]
    page: Page[int]
    counts: Counts
    choices: dict[str, Choices]
    views: list[SavedView]

    @property
    def tabs(self) -> list[tuple[str, str, int, str]]:
        """Each status with its name, its count and its address."""
        names = library.names()
        return [
            (one, names[one], self.counts.by_status.get(one, 0), self.wish.but(status=one)) for one in library.STATUSES
        ]

    @property
    def everything(self) -> str:
        return self.wish.but(status="")

    @property
    def as_table(self) -> str:
        return self.wish.but(look="")

    @property
    def as_cards(self) -> str:
        return self.wish.but(look="cards")

    @property
    def as_due(self) -> str:
        return self.wish.but(validity="due", status="")

    @property
    def unfiltered(self) -> str:
        """The address without anything that narrows, but in the same status, order and look."""
        return self.wish.but(**dict.fromkeys(self.wish.narrowing, ""))

    @property
    def chips(self) -> list[Chip]:
        labels = parts()
        return [
            Chip(labels[part], self._read(part, value), self.wish.but(**{part: ""}))
            for part, value in self.wish.narrowing.items()
        ]

    @property
    def more(self) -> int:
        """How many of the parts that stand behind "More filters" are used."""
        return sum(
            1 for part in self.wish.narrowing if part in ("topic", "campaign", "validity", "kind", "author", "feed")
        )

    def _read(self, part: str, value: str) -> str:
        return dict(self.choices.get(part, [])).get(value, value)


def parts() -> dict[str, str]:
    """What each part of the filter is called."""
    return {
        "words": _("Words"),
        "category": _("Category"),
        "audience": _("Audience"),
        "language": _("Language"),
        "topic": _("Topic"),
        "campaign": _("Campaign"),
        "validity": _("Validity"),
        "kind": _("Kind"),
        "author": _("Author"),
        "feed": _("Source"),
    }


def orders(wish: Filter) -> Choices:
    """The orders of the list and what they are called; the first is what nobody chose."""
    first = _("Best fit") if wish.words else _("Newest first")
    chosen = [("", first), ("clicks", _("Most clicks")), ("shares", _("Most shares")), ("ends", _("Ends soonest"))]
    return [*chosen, ("title", _("By title")), *([("newest", _("Newest first"))] if wish.words else [])]


class _Counted(Paginator[int]):
    """Pages of rows whose number is known: it is not asked for again."""

    def __init__(self, rows: QuerySet[Item, int], count: int) -> None:
        super().__init__(rows, library.PAGE)
        self.__dict__["count"] = count


def items(wish: Filter) -> QuerySet[Item]:
    """What fits, in the order asked for; by figures the most first."""
    found = library.items(wish).defer(*UNSEEN)
    if wish.sort not in BY_FIGURES:
        return found
    days = ItemDay.objects.filter(item=OuterRef("pk")).order_by().values("item")
    summed = Subquery(days.annotate(n=Sum(wish.sort)).values("n"))
    return found.annotate(figure=Coalesce(summed, Value(0))).order_by("-figure", "-updated_at", "-id")


def read(person: Person, wish: Filter, page: str | None) -> Listing:
    """One page of the library; a page that does not exist is the nearest."""
    counts = library.counts(wish)
    count = counts.by_status.get(wish.status, 0) if wish.status else counts.all
    shown = _Counted(items(wish).values_list("pk", flat=True), count).get_page(page)
    return Listing(wish, rows(_whole(list(shown))), shown, counts, _choices(), list(saved.of(person)))


def _whole(numbers: list[int]) -> list[Item]:
    """The items with these numbers, in their order. Numbers are sorted and paged first: whole rows would be slow."""
    related = Item.objects.select_related("category", "audience", "image", "author")
    found = related.defer(*UNSEEN).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def _choices() -> dict[str, Choices]:
    found = choices.every()
    found["audience"] = [("everyone", _("Everyone")), *found.get("audience", [])]
    found["kind"] = [(kind.value, str(kind.label)) for kind in Item.Kind]
    found["validity"] = list(library.validities().items())
    return found


def rows(found: Sequence[Item]) -> list[Row]:
    """Items with the languages of their words and their figures."""
    numbers = [item.pk for item in found]
    spoken: dict[int, set[str]] = {}
    for number, code in Caption.objects.filter(item__in=numbers).order_by().values_list("item", "language").distinct():
        spoken.setdefault(number, set()).add(code)
    figures = figures_of(numbers)
    return [
        Row(item, sorted(spoken.get(item.pk, ()), key=lambda code, own=item.language: (code != own, code)),
            figures.get(item.pk, Figures()))
        for item in found
    ]  # fmt: skip


def figures_of(numbers: Sequence[int]) -> dict[int, Figures]:
    """Figures of the items with these numbers that have any. Days are days of UTC, as the roll-ups have them."""
    today = timezone.now().date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    sums: dict[str, Any] = {f"d{place}": _on(day) for place, day in enumerate(days)}
    found: Iterable[Any] = (
        ItemDay.objects.filter(item__in=numbers)
        .order_by()
        .values("item")
        .annotate(total_shares=Sum("shares"), total_clicks=Sum("clicks"), **sums)
    )
    return {
        row["item"]: Figures(row["total_shares"], row["total_clicks"], tuple(row[f"d{n}"] or 0 for n in range(DAYS)))
        for row in found
    }


def _on(day: date) -> Sum:
    return Sum("clicks", filter=Q(day=day))


def exported(wish: Filter) -> Iterator[list[str]]:
    """Everything that fits as lines of a table, the heading first; read in portions, so that 50,000 need no memory."""
    yield [
        _("Number"), _("Title"), _("Status"), _("Kind"), _("Category"), _("Audience"), _("Language"), _("Campaign"),
        _("Goes live"), _("Ends"), _("Link"), _("Author"), _("Shares"), _("Clicks"),
    ]  # fmt: skip
    names = library.names()
    found = items(wish).annotate(campaign_name=F("campaign__name"))
    for portion in _portions(found.iterator(chunk_size=EXPORTED)):
        figures = figures_of([item.pk for item in portion])
        for item in portion:
            got = figures.get(item.pk, Figures())
            yield [
                str(item.pk), item.title, names[item.status], item.get_kind_display(), item.category.name,
                item.audience.label if item.audience else _("Everyone"), item.language,
                item.campaign_name or "",  # type: ignore[attr-defined]
                _moment(item.live_from), _moment(item.live_until), item.url,
                item.author.name if item.author else "", str(got.shares), str(got.clicks),
            ]  # fmt: skip


def _portions(found: Iterator[Item]) -> Iterator[tuple[Item, ...]]:
    while portion := tuple(islice(found, EXPORTED)):
        yield portion


def _moment(at: Any) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""

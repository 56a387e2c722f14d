"""The rows of a figure, page by page, with their sum below: the sum is the figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kaja.content.models import Item
from kaja.design.tags import figure as written
from kaja.measurement import charts, rollups
from kaja.measurement import heads as head_counts
from kaja.measurement.figures import Numbers
from kaja.measurement.models import Counted
from kaja.measurement.periods import Period
from kaja.measurement.tops import FACE, SMALLEST_GROUP, within
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.sharing.models import Share

PAGE = 50


Cell = str | int


@dataclass(frozen=True)
class Table:
    """`heads` name the columns, the last `numbers` of them are numbers; `foot` is the sum over all pages."""

    heads: list[str]
    rows: list[list[Cell]]
    foot: list[Cell]
    numbers: int
    count: int
    page: int = 1

    @property
    def pages(self) -> int:
        return max(-(-self.count // PAGE), 1)

    @property
    def texts(self) -> int:
        return len(self.heads) - self.numbers

    @property
    def later(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None

    @property
    def earlier(self) -> int | None:
        return self.page - 1 if self.page > 1 else None


def _cut(page: int) -> slice:
    return slice((page - 1) * PAGE, page * PAGE)


def listed(heads: Sequence[str], rows: Sequence[tuple[Sequence[str], Sequence[int]]], page: int) -> Table:
    """A table of rows that are all at hand: (texts, numbers) each. The sum stands below."""
    numbers = len(rows[0][1]) if rows else 1
    sums = [sum(row[1][place] for row in rows) for place in range(numbers)]
    return Table(
        heads=list(heads),
        rows=[[*texts, *values] for texts, values in rows[_cut(page)]],
        foot=[_("Together"), *[""] * (len(heads) - numbers - 1), *sums] if rows else [],
        numbers=numbers,
        count=len(rows),
        page=page,
    )


def network_name(key: str) -> str:
    """A network's name; of one that Kaja knows no longer, its key."""
    return BY_KEY[key].name if key in BY_KEY else key


def item_title(item: int) -> str:
    """An item's title. Raises PermissionDenied for one that does not exist."""
    title = Item.objects.filter(pk=item).values_list("title", flat=True).first()
    if title is None:
        raise PermissionDenied
    return title


def day_name(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day.year != rollups.today().year else charts.short_day(day)


# --- of the programme -----------------------------------------------------------------------------------------------
def heads(numbers: Numbers, page: int) -> Table:
    """Joined and invited by team; small teams and people without one are put together."""
    whole = numbers.heads
    rows: list[tuple[list[str], list[int]]] = []
    small, left = [0, 0], [whole.joined if whole else 0, whole.invited if whole else 0]
    for row in head_counts.of_teams(whole.day).select_related("team") if whole else ():
        values = [row.joined, row.invited]
        left = [left[0] - row.joined, left[1] - row.invited]
        if row.invited < SMALLEST_GROUP:
            small = [small[0] + row.joined, small[1] + row.invited]
        elif row.team is not None:
            rows.append(([row.team.name], values))
    for name, pair in ((_("Teams of fewer than five"), small), (_("Without a team"), left)):
        if any(pair):
            rows.append(([name], pair))
    return listed([_("Team"), _("Joined"), _("Invited")], rows, page)


def _sharers(period: Period) -> QuerySet[Counted, Any]:
    return (
        Counted.objects.filter(within(period))
        .order_by()
        .values("person_id", **{name: F(f"person__{name}") for name in FACE})
        .annotate(n=Count("pk"))
        .order_by("-n", "person_id")
    )


def shown_name(row: Mapping[str, Any]) -> str:
    """The name of a person in a row of `FACE`; whoever does not want to be shown is a colleague."""
    return Person(**{name: row[name] for name in FACE}).name if row["show_me"] else _("A colleague")


def people(numbers: Numbers, page: int, *, stayed: bool = False) -> Table:
    """People who shared, with their shares; `stayed` leaves out those who had left by the end of the period."""
    rows, count, shares = _sharers(numbers.period), numbers.active, numbers.sum("shares")
    if stayed and numbers.gone:
        gone = head_counts.left_by(numbers.period)
        rows, count = rows.exclude(gone), numbers.stayed
        shares = Counted.objects.filter(within(numbers.period)).exclude(gone).count()
    return Table(
        heads=[_("Person"), _("Shares")],
        rows=[[shown_name(row), row["n"]] for row in rows[_cut(page)]],
        foot=[_("%(people)s people") % {"people": written(count)}, shares],
        numbers=1,
        count=count,
        page=page,
    )


def returned(period: Period, page: int) -> Table:
    """People who shared in the period before and in this one, with their shares in this one."""
    before = period.before()
    earlier = Counted.objects.filter(person=OuterRef("person"), day__gte=before.first, day__lte=before.last)
    rows = _sharers(period).filter(Exists(earlier))
    count = rows.count()
    return Table(
        heads=[_("Person"), _("Shares")],
        rows=[[shown_name(row), row["n"]] for row in rows[_cut(page)]],
        foot=[_("%(people)s people") % {"people": written(count)}, ""],
        numbers=1,
        count=count,
        page=page,
    )


def shares(numbers: Numbers, scope: object, page: int) -> Table:
    """Each counted share, newest first, with how it became known."""
    only = {name: value for name in ("network", "item") if (value := getattr(scope, name, ""))}
    if team := getattr(scope, "team", 0):
        only["person__team"] = team
    rows = (
        Counted.objects.filter(within(numbers.period), **only)
        .select_related("person", "item")
        .order_by("-day", "-pk")[_cut(page)]
    )
    return Table(
        heads=[_("Day"), _("Person"), _("Post"), _("Network"), _("Known by")],
        rows=[
            [
                day_name(row.day),
                row.person.name if row.person.show_me else _("A colleague"),
                row.item.title,
                network_name(row.network),
                proof(row.confirmed),
            ]
            for row in rows
        ],
        foot=[_("%(shares)s shares") % {"shares": written(numbers.sum("shares"))}, "", "", "", ""],
        numbers=0,
        count=numbers.sum("shares"),
        page=page,
    )


def proof(confirmed: str) -> str:
    """How a share became known."""
    return {
        Share.Confirmed.NETWORK: _("the network"),
        Share.Confirmed.CLICK: _("a click"),
    }.get(Share.Confirmed(confirmed or "person"), _("the person"))


def _newest(numbers: Numbers) -> Iterable[tuple[tuple[date, str], Counter[str]]]:
    return sorted(numbers.days.items(), key=lambda row: (-row[0][0].toordinal(), row[0][1]))


def hits(numbers: Numbers, column: str, name: str, page: int, *, network: bool = True) -> Table:
    """One number by day and network."""
    rows = [
        ([day_name(day), network_name(key)] if network else [day_name(day)], [sums[column]])
        for (day, key), sums in _newest(numbers)
        if sums[column]
    ]
    return listed([_("Day"), *([_("Network")] if network else []), name], rows, page)


def by_network(numbers: Numbers, page: int) -> Table:
    """Clicks and shares by network."""
    sums: dict[str, Counter[str]] = {}
    for (_day, key), counted in numbers.days.items():
        sums.setdefault(key, Counter()).update(counted)
    rows = [([network_name(key)], [row["clicks"], row["shares"]]) for key, row in sums.items()]
    rows = sorted((row for row in rows if any(row[1])), key=lambda row: -row[1][0])
    return listed([_("Network"), _("Clicks"), _("Shares")], rows, page)


def told(numbers: Numbers, page: int) -> Table:
    """What networks told, by the day the posts went out."""
    columns = ("likes", "reposts", "replies")
    rows = [
        ([day_name(day), network_name(key)], [sums[column] for column in columns])
        for (day, key), sums in _newest(numbers)
        if sums["told"]
    ]
    return listed([_("Day"), _("Network"), _("Likes"), _("Reposts"), _("Replies")], rows, page)

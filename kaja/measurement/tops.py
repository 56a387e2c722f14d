"""Who and what leads: people by shares, items by clicks, teams and places per person who joined.

People are ranked by what colleagues see in the feed anyway, that they shared; a person's clicks belong to them alone.
Whoever does not want to be shown is "a colleague". Groups of fewer than five people show no figures (docs/decisions/
people-in-figures.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum

from kaja.content.models import Item
from kaja.measurement import heads as head_counts
from kaja.measurement.models import Counted, GroupDay, HeadCount, ItemDay
from kaja.measurement.periods import Period
from kaja.people.models import Person

SMALLEST_GROUP = 5
FACE = ("first_name", "last_name", "email", "avatar", "show_me")


def within(period: Period) -> Q:
    """Rows of the period's days."""
    return Q(day__gte=period.first, day__lte=period.last)


@dataclass(frozen=True)
class TopPerson:
    """`person` is None for somebody who does not want to be shown."""

    person: Person | None
    shares: int


def people(period: Period, *, first: int = 0, count: int = 5) -> list[TopPerson]:
    """People by the number of their shares, from place `first` on."""
    rows = (
        Counted.objects.filter(within(period))
        .order_by()
        .values("person_id", **{name: F(f"person__{name}") for name in FACE})
        .annotate(shares=Count("pk"))
        .order_by("-shares", "person_id")[first : first + count]
    )
    return [TopPerson(_shown(row), row["shares"]) for row in rows]


def _shown(row: Mapping[str, Any]) -> Person | None:
    return Person(pk=row["person_id"], **{name: row[name] for name in FACE}) if row["show_me"] else None


@dataclass(frozen=True)
class TopItem:
    item: Item
    clicks: int
    shares: int


def items(period: Period, *, count: int = 5) -> list[TopItem]:
    """Items by clicks in the period, then by shares."""
    rows = list(
        ItemDay.objects.filter(within(period))
        .order_by()
        .values("item")
        .annotate(c=Sum("clicks"), s=Sum("shares"))
        .filter(Q(c__gt=0) | Q(s__gt=0))
        .order_by("-c", "-s", "item")[:count]
    )
    found = Item.objects.select_related("image", "category").in_bulk([row["item"] for row in rows])
    return [TopItem(found[row["item"]], row["c"], row["s"]) for row in rows]


@dataclass(frozen=True)
class Group:
    """A team or a place. `hidden`: too few people have joined to show anything of it."""

    name: str
    team: int | None
    joined: int
    active: int
    shares: int
    clicks: int

    @property
    def hidden(self) -> bool:
        return self.joined < SMALLEST_GROUP

    @property
    def percent(self) -> float | None:
        """The share rate of the group in percent."""
        return self.active / self.joined * 100 if self.joined else None

    @property
    def shares_each(self) -> float | None:
        """Shares per person who joined: what makes groups of different size comparable."""
        return self.shares / self.joined if self.joined else None

    @property
    def clicks_each(self) -> float | None:
        return self.clicks / self.joined if self.joined else None


def groups(period: Period) -> tuple[list[Group], list[Group]]:
    """Teams and places, by shares per person who joined; groups too small to show come last, by name.

    Teams divide by their head-count of the period's last day, places by who is there now: places have no head-count.
    """
    sums: dict[tuple[str, object], Counter[str]] = defaultdict(Counter)
    totals = GroupDay.objects.filter(within(period)).order_by().values_list("team", "location")
    for team, place, shares, clicks in totals.annotate(s=Sum("shares"), c=Sum("clicks")):
        for key in (("team", team), ("place", place)):
            sums[key] += Counter(shares=shares, clicks=clicks)
    actives = Counted.objects.filter(within(period)).order_by().values_list("person__team", "person__location")
    stayed = Count("person", distinct=True, filter=~head_counts.left_by(period))
    here = Count("person", distinct=True, filter=Q(person__is_active=True))
    for team, place, active, now in actives.annotate(n=stayed, now=here):
        sums["team", team]["active"] += active
        sums["place", place]["active"] += now
    teams = [_group(row.team, row.team_id, row.joined, sums["team", row.team_id]) for row in _team_heads(period)]
    joined = Person.objects.joined().exclude(location="").order_by().values_list("location").annotate(n=Count("pk"))
    places = [_group(place, None, n, sums["place", place]) for place, n in joined]
    return _sorted(teams), _sorted(places)


def _team_heads(period: Period) -> Iterable[HeadCount]:
    return head_counts.of_teams(period.last).filter(joined__gt=0).select_related("team")


def _group(name: object, team: int | None, joined: int, sums: Counter[str]) -> Group:
    return Group(str(name), team, joined, sums["active"], sums["shares"], sums["clicks"])


def _sorted(groups: Iterable[Group]) -> list[Group]:
    return sorted(
        groups, key=lambda group: (group.hidden, 0 if group.hidden else -(group.shares_each or 0), group.name)
    )

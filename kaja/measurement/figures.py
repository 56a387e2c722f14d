"""The programme's figures: one function for each, with its formula and where the formula comes from.

Numbers in brackets are sections of docs/figures.md. Every figure knows its provenance, keeps numerator and
denominator, and has the address of the rows it was counted from. Values of different provenance are never added
together. Clicks are counted by the day of the click, shares by the day they went out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kaja.design.tags import figure as written
from kaja.measurement import heads as head_counts
from kaja.measurement.heads import Heads
from kaja.measurement.models import Counted, NetworkDay
from kaja.measurement.periods import Period
from kaja.measurement.words import WORDS

Provenance = Literal["measured", "network", "reported", "estimated", "potential"]
Form = Literal["count", "rate", "ratio"]
SMALL_BASE = 20
COLUMNS = (
    "shares", "by_network", "by_click", "by_person", "clicks", "visitors", "own", "repeat", "preview", "other",
    "told", "likes", "reposts", "replies",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A number with everything that is needed to believe it.

    `value` is None when there is nothing to divide by or nothing was told; `low` and `high` bound a rate (Wilson,
    95 %). A rate's value is a fraction, 0.94 for 94%. `rows` is the address of what was counted. `form` says how it is
    written; `read_at` when a network was last asked.
    """

    value: float | None
    numerator: int | None
    denominator: int | None
    low: float | None
    high: float | None
    provenance: Provenance
    formula: str
    rows: str
    name: str = ""
    form: Form = "count"
    read_at: datetime | None = None

    @property
    def title(self) -> str:
        return str(WORDS[self.name][0])

    @property
    def unit(self) -> str:
        return str(WORDS[self.name][1])

    @property
    def written(self) -> str:
        """As people read it, in their language; a rate without its sign."""
        if self.value is None:
            return "–"
        if self.form == "rate":
            return written(math.floor(self.value * 100 + 0.5))
        return written(self.value, 1 if self.form == "ratio" else 0)

    @property
    def sign(self) -> str:
        return "%" if self.form == "rate" and self.value is not None else ""

    @property
    def percent(self) -> int:
        """For the length of a bar: 0 to 100."""
        return min(max(round((self.value or 0) * 100), 0), 100)


@dataclass(frozen=True)
class Change:
    """From one period to another: `direction` up, down or flat; `text` "+18%"; `base` names what it is measured on."""

    direction: Literal["up", "down", "flat"]
    text: str
    base: str


def change(now: Figure, before: Figure, base: Period) -> Change | None:
    """The change of a figure; None when there is no number to compare. Rates change in percentage points,
    small numbers by their difference."""
    if now.value is None or before.value is None:
        return None
    if now.form == "rate":
        points = round(now.value * 100) - round(before.value * 100)
        text = _("%(sign)s%(points)s pp") % {"sign": "+" if points > 0 else "", "points": _minus(points)}
        return Change(_direction(points), text, base.base())
    if before.value < SMALL_BASE:
        # "+1100%" of two clicks says nothing: the difference does.
        by = now.value - before.value
        places = 1 if now.form == "ratio" else 0
        return Change(_direction(by), f"{'+' if by > 0 else ''}{_minus(by, places)}", base.base())
    percent = round((now.value - before.value) / before.value * 100)
    return Change(_direction(percent), f"{'+' if percent > 0 else ''}{_minus(percent)}%", base.base())


def _direction(by: float) -> Literal["up", "down", "flat"]:
    return "up" if by > 0 else "down" if by < 0 else "flat"


def _minus(number: float, places: int = 0) -> str:
    return written(number, places).replace("-", "\N{MINUS SIGN}")


def wilson(x: int, n: int, z: float = 1.96) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a proportion x/n (docs/figures.md 0.5). None, None when it is not a proportion."""
    if n <= 0 or not 0 <= x <= n:
        return None, None
    p = x / n
    d = 1 + z * z / n
    c = (p + z * z / (2 * n)) / d
    h = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return c - h, c + h


# --- what figures are made of -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Numbers:
    """The sums of one period that its figures are made of, read once. `days` are by (day, network).

    `gone` are those of the `active` who had left by the end of the period: head-counts have them no longer.
    """

    period: Period
    heads: Heads | None
    active: int
    days: dict[tuple[date, str], Counter[str]] = field(default_factory=dict)
    read_at: datetime | None = None
    gone: int = 0

    @property
    def stayed(self) -> int:
        """People who shared and were still there at the end of the period."""
        return self.active - self.gone

    def sum(self, column: str) -> int:
        return sum(sums[column] for sums in self.days.values())

    def by_network(self, column: str) -> list[tuple[str, int]]:
        """Networks with their sums, the largest first; networks without any are left out."""
        sums: Counter[str] = Counter()
        for (_day, network), counted in self.days.items():
            sums[network] += counted[column]
        return [(network, number) for network, number in sums.most_common() if number]

    def by_day(self, column: str) -> dict[date, int]:
        sums: Counter[date] = Counter()
        for (day, _network), counted in self.days.items():
            sums[day] += counted[column]
        return dict(sums)


def read(*periods: Period) -> list[Numbers]:
    """The numbers of each period, with the same three queries for one period or several."""
    spans = Q()
    for period in periods:
        spans |= Q(day__gte=period.first, day__lte=period.last)
    days = list(NetworkDay.objects.filter(spans).values_list("day", "network", "read_at", *COLUMNS))
    counts: dict[str, Count] = {}
    for place, period in enumerate(periods):
        inside = Q(day__gte=period.first, day__lte=period.last)
        counts[f"active_{place}"] = Count("person", distinct=True, filter=inside)
        counts[f"gone_{place}"] = Count("person", distinct=True, filter=inside & head_counts.left_by(period))
    actives = Counted.objects.filter(spans).aggregate(**counts)
    known = head_counts.history(max(period.last for period in periods))
    found = []
    for place, period in enumerate(periods):
        mine = [row for row in days if period.first <= row[0] <= period.last]
        found.append(
            Numbers(
                period=period,
                heads=head_counts.at(period.last, known),
                active=actives[f"active_{place}"],
                gone=actives[f"gone_{place}"],
                days={(row[0], row[1]): Counter(dict(zip(COLUMNS, row[3:], strict=True))) for row in mine},
                read_at=max((row[2] for row in mine if row[2]), default=None),
            )
        )
    return found


def address(name: str, period: Period, **scope: object) -> str:
    """Where a figure opens to its formula and rows."""
    more = "".join(f"&{key}={value}" for key, value in scope.items() if value)
    return f"{reverse('figure', args=[name])}?{period.query()}{more}"


def _rate(name: str, x: int, n: int, formula: str, rows: str) -> Figure:
    low, high = wilson(x, n)
    return Figure(x / n if n else None, x, n, low, high, "measured", formula, rows, name, "rate")


def _ratio(name: str, x: int, n: int, formula: str, rows: str) -> Figure:
    return Figure(x / n if n else None, x, n, None, None, "measured", formula, rows, name, "ratio")


def _count(name: str, value: int, formula: str, rows: str) -> Figure:
    return Figure(value, value, None, None, None, "measured", formula, rows, name)


# --- one function for each --------------------------------------------------------------------------------------
def adoption(numbers: Numbers) -> Figure:
    """Joined / invited on the last day of the period, from that day's head-count (2.1 adoption rate, 0.3)."""
    heads = numbers.heads or Heads(numbers.period.last, 0, 0)
    formula = _("people who joined ÷ people invited, both on the last day of the period")
    return _rate("adoption", heads.joined, heads.invited, formula, address("adoption", numbers.period))


def share_rate(numbers: Numbers) -> Figure:
    """People who shared at least once and had not left by the end / people joined at the end (2.1 active rate).

    Both numbers are of the same people, so that it is a proportion; the drawer tells how many more shared and left.
    """
    joined = numbers.heads.joined if numbers.heads else 0
    formula = _("people who shared at least once and had not left ÷ people who joined, both at the end of the period")
    return _rate("share_rate", numbers.stayed, joined, formula, address("share_rate", numbers.period))


def participation(numbers: Numbers) -> Figure:
    """People who shared at least once and had not left / people invited = adoption × share rate (2.1 participation)."""
    invited = numbers.heads.invited if numbers.heads else 0
    formula = _("people who shared at least once and had not left ÷ people invited, both at the end of the period")
    return _rate("participation", numbers.stayed, invited, formula, address("participation", numbers.period))


def active(numbers: Numbers) -> Figure:
    """People who shared at least once in the period (2.1, numerator of the active rate)."""
    formula = _("people with at least one share in the period")
    return _count("active", numbers.active, formula, address("active", numbers.period))


def shares(numbers: Numbers) -> Figure:
    """Shares that went out, each person, item, network and day once (2.1). The proofs are kept apart in words."""
    formula = _("shares that went out, counted once for each person, post, network and day")
    return _count("shares", numbers.sum("shares"), formula, address("shares", numbers.period))


def shares_per_active(numbers: Numbers) -> Figure:
    """Shares / people who shared: the mean (2.1 shares per active advocate); `median_shares` stands beside it."""
    formula = _("shares ÷ people who shared")
    rows = address("shares_per_active", numbers.period)
    return _ratio("shares_per_active", numbers.sum("shares"), numbers.active, formula, rows)


def clicks(numbers: Numbers) -> Figure:
    """Human clicks on the short links of shares, by the day of the click (2.3 human clicks, 3.4 the counting rule)."""
    formula = _("clicks by people on the short links of shares; fetchers, bots, repeats and own clicks left out")
    return _count("clicks", numbers.sum("clicks"), formula, address("clicks", numbers.period))


def visitors(numbers: Numbers) -> Figure:
    """Distinct visitors of each link and day, added up over links and days (2.3 unique clicks: not people)."""
    formula = _("sum of daily unique visitors: who comes on two days, or by two links, counts twice")
    return _count("visitors", numbers.sum("visitors"), formula, address("visitors", numbers.period))


def clicks_per_share(numbers: Numbers) -> Figure:
    """Human clicks / shares (2.3 clicks per share), both of the same period."""
    formula = _("clicks by people ÷ shares, both in the period")
    rows = address("clicks_per_share", numbers.period)
    return _ratio("clicks_per_share", numbers.sum("clicks"), numbers.sum("shares"), formula, rows)


def engagement(numbers: Numbers) -> Figure:
    """Likes + reposts + replies as networks told them last, of posts that went out in the period (2.3 engagement)."""
    value = numbers.sum("likes") + numbers.sum("reposts") + numbers.sum("replies") if numbers.sum("told") else None
    formula = _("likes + reposts + replies, as the networks told them at the latest reading")
    rows = address("engagement", numbers.period)
    return Figure(
        value, value, None, None, None, "network", formula, rows, "engagement", "count", read_at=numbers.read_at
    )


def returning(period: Period) -> Figure:
    """People who shared in the period before and again in this one / people who shared in the period before.

    Retention from one period to the next (2.1 retention, with periods for weeks).
    """
    before = period.before()
    again = Counted.objects.filter(person=OuterRef("person"), day__gte=period.first, day__lte=period.last)
    found = (
        Counted.objects.filter(day__gte=before.first, day__lte=before.last)
        .annotate(again=Exists(again))
        .aggregate(x=Count("person", distinct=True, filter=Q(again=True)), n=Count("person", distinct=True))
    )
    formula = _("people who shared in both periods ÷ people who shared in the period before")
    return _rate("returning", found["x"], found["n"], formula, address("returning", period))


Made = Callable[[Numbers], Figure]
PROGRAMME: tuple[Made, ...] = (
    adoption, share_rate, participation, active, shares, shares_per_active, clicks, visitors, clicks_per_share,
    engagement,
)  # fmt: skip


def programme(first: date, last: date) -> dict[str, Figure]:
    """Every figure of the programme from `first` to `last`, both included: what the API answers. Who asks is checked
    by the door."""
    period = Period("range", first, last)
    numbers = read(period)[0]
    found = [make(numbers) for make in PROGRAMME]
    return {figure.name: figure for figure in found} | {"returning": returning(period)}


def median_shares(numbers: Numbers) -> float | None:
    """The median number of shares of the people who shared; None when nobody did."""
    if not numbers.active:
        return None
    counts = (
        Counted.objects.filter(day__gte=numbers.period.first, day__lte=numbers.period.last)
        .order_by()
        .values("person")
        .annotate(n=Count("pk"))
        .order_by("n")
        .values_list("n", flat=True)
    )
    middle = list(counts[(numbers.active - 1) // 2 : numbers.active // 2 + 1])
    return sum(middle) / len(middle) if middle else None

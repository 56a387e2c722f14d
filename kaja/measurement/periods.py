"""Periods of figures, and what each is compared with. A change always names its base ("on October")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja.measurement import rollups

Kind = Literal["week", "month", "quarter", "range"]
KINDS: tuple[Kind, ...] = ("week", "month", "quarter", "range")
LONGEST = timedelta(days=366 * 2)


class Absurd(ValueError):
    """A period that cannot be: it ends before it begins, is longer than two years, or is not a date at all."""


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included. A running week, month or quarter ends today and is `running`."""

    kind: Kind
    first: date
    last: date
    running: bool = False

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """What this period is compared with: the one before. A running one is compared with as many of its days."""
        if self.kind == "range":
            return Period("range", self.first - timedelta(days=self.days), self.first - timedelta(days=1))
        whole = of(self.kind, self.first - timedelta(days=1), today=self.first)
        if not self.running:
            return whole
        return Period(self.kind, whole.first, min(whole.first + timedelta(days=self.days - 1), whole.last))

    def query(self) -> str:
        """The period as a query string, understood by `asked`."""
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})

    def __str__(self) -> str:
        """ "November so far", "October", "Week of 16 November", "1 October – 24 November"."""
        year = "" if self.last.year == rollups.today().year else f" {self.last.year}"
        if self.kind == "month":
            name = f"{MONTHS[self.first.month]}{year}".capitalize()
        elif self.kind == "quarter":
            name = _("Quarter %(number)s of %(year)s") % {
                "number": (self.first.month + 2) // 3,
                "year": self.first.year,
            }
        elif self.kind == "week":
            if self.running:
                return _("This week so far")
            name = _("Week of %(day)s") % {"day": date_format(self.first, "MONTH_DAY_FORMAT")}
        else:
            return f"{date_format(self.first, 'MONTH_DAY_FORMAT')} – {date_format(self.last, 'MONTH_DAY_FORMAT')}{year}"
        return _("%(period)s so far") % {"period": name} if self.running else name

    def base(self) -> str:
        """How a change names this period as its base: "on October", "on 1–24 October", "on the week before"."""
        if self.kind == "month":
            if (self.last + timedelta(days=1)).day == 1:
                return str(_ON_MONTH[self.first.month - 1])
            return _ON_DAYS[self.first.month - 1] % {"first": self.first.day, "last": self.last.day}
        if self.kind == "week":
            return _("on the week before") if self.days == 7 else _("on the same days a week before")
        if self.kind == "quarter":
            whole = (self.last + timedelta(days=1)).month in (1, 4, 7, 10) and (self.last + timedelta(days=1)).day == 1
            return _("on the quarter before") if whole else _("on the same days of the quarter before")
        return _("on the %(days)s days before") % {"days": self.days}


# Whole sentences, because Estonian puts the month into a case of its own.
_ON_MONTH = (
    gettext_lazy("on January"),
    gettext_lazy("on February"),
    gettext_lazy("on March"),
    gettext_lazy("on April"),
    gettext_lazy("on May"),
    gettext_lazy("on June"),
    gettext_lazy("on July"),
    gettext_lazy("on August"),
    gettext_lazy("on September"),
    gettext_lazy("on October"),
    gettext_lazy("on November"),
    gettext_lazy("on December"),
)
_ON_DAYS = (
    gettext_lazy("on %(first)s–%(last)s January"),
    gettext_lazy("on %(first)s–%(last)s February"),
    gettext_lazy("on %(first)s–%(last)s March"),
    gettext_lazy("on %(first)s–%(last)s April"),
    gettext_lazy("on %(first)s–%(last)s May"),
    gettext_lazy("on %(first)s–%(last)s June"),
    gettext_lazy("on %(first)s–%(last)s July"),
    gettext_lazy("on %(first)s–%(last)s August"),
    gettext_lazy("on %(first)s–%(last)s September"),
    gettext_lazy("on %(first)s–%(last)s October"),
    gettext_lazy("on %(first)s–%(last)s November"),
    gettext_lazy("on %(first)s–%(last)s December"),
)


def of(kind: Kind, day: date, *, today: date | None = None) -> Period:
    """The week (from Monday), month or quarter that `day` lies in, cut off after `today`."""
    today = today or rollups.today()
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
    else:
        length = 1 if kind == "month" else 3
        first = day.replace(day=1, month=day.month - (day.month - 1) % length)
        over = first.month + length
        last = date(first.year + (over > 12), (over - 1) % 12 + 1, 1) - timedelta(days=1)
    return Period(kind, first, min(last, today), running=last > today)


def asked(*, period: str = "", start: str = "", end: str = "") -> Period:
    """The period that an address asks for: `from` and `to` (ISO dates, both included), or week, month, quarter.

    Dates that are just a calendar's week, month or quarter, also a running one, are named as such. Raises Absurd.
    """
    if not start and not end:
        return of(_kind(period), rollups.today())
    try:
        last = date.fromisoformat(end) if end else rollups.today()
        first = date.fromisoformat(start) if start else last.replace(day=1)
    except ValueError as error:
        raise Absurd(_("Write dates like 2026-11-24.")) from error
    if last < first:
        raise Absurd(_("The period ends before it begins. Swap the two dates."))
    if last - first > LONGEST:
        raise Absurd(_("A period of more than two years is too long. Choose a shorter one."))
    if not date(2000, 1, 1) <= first <= last <= date(2200, 1, 1):
        raise Absurd(_("There are no figures for such a year."))
    for kind in KINDS[:3]:
        if (found := of(kind, first)) and (found.first, found.last) == (first, last):
            return found
    return Period("range", first, last)


def _kind(period: str) -> Kind:
    return next((kind for kind in KINDS[:3] if kind == period), "month")


def weeks(last: date, count: int) -> list[date]:
    """The Mondays of `count` weeks up to the one `last` lies in, from old to new."""
    monday = last - timedelta(days=last.weekday())
    return [monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)]

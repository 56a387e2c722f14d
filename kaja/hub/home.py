"""The programme manager's home: how the programme stands, who and what leads, what waits (F1-F5, first form)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import CharField, Count, F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _

from kaja.content import ideas, notes
from kaja.content.models import Feed, Item
from kaja.design.tags import figure as written
from kaja.measurement import charts, figures, periods, tops
from kaja.measurement import heads as head_counts
from kaja.measurement.charts import Chart, Series
from kaja.measurement.figures import Change, Figure, Numbers
from kaja.measurement.models import Counted
from kaja.measurement.periods import Period
from kaja.measurement.tables import network_name
from kaja.measurement.tops import Group, TopItem, TopPerson
from kaja.people.models import Person
from kaja.people.roles import Permission

# Networks with a colour of their own in a chart; the rest share the last one.
OWN_COLOURS = 5
# A longer period is drawn by weeks.
BY_DAY = 120
NEEDS = 6
WEEKS = 13


@dataclass(frozen=True)
class Shown:
    """A figure with its change, ready for measurement/_figure.html."""

    figure: Figure
    change: Change | None = None
    sub: str = ""


@dataclass(frozen=True)
class NetworkRow:
    name: str
    key: str
    clicks: int
    percent: int
    rows: str


@dataclass(frozen=True)
class Home:
    """One period with the one before it."""

    now: Numbers
    before: Numbers
    people: list[TopPerson]
    items: list[TopItem]
    needs: list[tuple[str, int, str]]

    @property
    def period(self) -> Period:
        return self.now.period

    @property
    def empty(self) -> bool:
        """Nothing has been shared or clicked in this period or the one before."""
        return not self.now.days and not self.before.days

    def _shown(self, make: figures.Made, sub: str = "") -> Shown:
        figure = make(self.now)
        return Shown(figure, figures.change(figure, make(self.before), self.before.period), sub)

    @cached_property
    def adoption(self) -> Shown:
        heads = self.now.heads
        sub = _("%(joined)s of %(invited)s have joined.") % {
            "joined": written(heads.joined if heads else 0),
            "invited": written(heads.invited if heads else 0),
        }
        return self._shown(figures.adoption, sub)

    @cached_property
    def share_rate(self) -> Shown:
        return self._shown(figures.share_rate, _("%(people)s people shared.") % {"people": written(self.now.stayed)})

    @cached_property
    def shares(self) -> Shown:
        return self._shown(figures.shares, self.proofs)

    @property
    def proofs(self) -> str:
        """The proofs of shares kept apart in words."""
        said = [
            (self.now.sum("by_network"), _("%(n)s told by networks")),
            (self.now.sum("by_click"), _("%(n)s seen by a click")),
            (self.now.sum("by_person"), _("%(n)s said by people")),
        ]
        return ", ".join(text % {"n": written(number)} for number, text in said if number)

    @cached_property
    def clicks(self) -> Shown:
        return self._shown(figures.clicks)

    @cached_property
    def results(self) -> list[Shown]:
        told = _("Told of %(told)s of %(shares)s shares.") % {
            "told": written(self.now.sum("told")),
            "shares": written(self.now.sum("shares")),
        }
        return [
            self._shown(figures.shares_per_active),
            self._shown(figures.clicks_per_share),
            self._shown(figures.visitors, _("Added up day by day; not people.")),
            self._shown(figures.engagement, told),
        ]

    @property
    def click_line(self) -> list[int]:
        by_day = self.now.by_day("clicks")
        return [by_day.get(day, 0) for day in _days(self.period)]

    @cached_property
    def networks(self) -> list[NetworkRow]:
        counted = self.now.by_network("clicks")
        most = max((clicks for _key, clicks in counted), default=1)
        return [
            NetworkRow(
                network_name(key),
                key,
                clicks,
                round(clicks / most * 100),
                figures.address("clicks", self.period, network=key),
            )
            for key, clicks in counted
        ]

    @cached_property
    def chart(self) -> Chart:
        """Clicks by day and network; by week when the period is long."""
        by_week = self.period.days > BY_DAY
        days = list(dict.fromkeys(_monday(day) if by_week else day for day in _days(self.period)))
        own = [row.key for row in self.networks[:OWN_COLOURS]]
        values: dict[str, Counter[date]] = {key: Counter() for key in [*own, ""]}
        for (day, key), sums in self.now.days.items():
            values[key if key in own else ""][_monday(day) if by_week else day] += sums["clicks"]
        series = [Series(network_name(key), f"s{place + 1}", values[key]) for place, key in enumerate(own)]
        if len(self.networks) > OWN_COLOURS:
            series.append(Series(_("Other"), "s6", values[""]))
        return charts.stacked(days, series, sentence=self._sentence(), first=_("Week") if by_week else _("Day"))

    def _sentence(self) -> str:
        if not self.networks:
            return _("Clicks by network: none yet.")
        return _("Clicks by network, %(period)s. %(network)s leads with %(n)s of %(all)s.") % {
            "period": self.period,
            "network": self.networks[0].name,
            "n": written(self.networks[0].clicks),
            "all": written(self.now.sum("clicks")),
        }


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=step) for step in range(period.days)]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def read(person: Person, period: Period) -> Home:
    """The home of a period, with the same number of queries however large the company is. Who may see it is checked by
    the page."""
    now, before = figures.read(period, period.before())
    return Home(now, before, tops.people(period), tops.items(period), needs(person))


def needs(person: Person) -> list[tuple[str, int, str]]:
    """What waits for somebody who may review: (item, feed, idea or note; its number, a note's item's; its title), at
    most six."""
    if not person.may(Permission.REVIEW_CONTENT):
        return []
    kind = CharField()
    waiting = Item.objects.filter(state=Item.State.IN_REVIEW).order_by()
    failing = Feed.objects.exclude(trouble="").order_by()
    items = waiting.values_list(Value("item", output_field=kind), "pk", "title")
    feeds = failing.values_list(
        Value("feed", output_field=kind), "pk", Coalesce(NullIf(F("title"), Value("")), F("url"), output_field=kind)
    )
    overdue = ideas.overdue().order_by().values_list(Value("idea", output_field=kind), "pk", "title")
    unread = notes.unread().order_by().values_list(Value("note", output_field=kind), "item_id", "item__title")
    return list(items.union(feeds, overdue, unread, all=True)[:NEEDS])


# --- growth -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Growth:
    """Who joined, who shares, who comes back; by week, team and place."""

    period: Period
    returning: Figure
    joined: Chart
    sharers: Chart
    teams: list[Group]
    places: list[Group]


def grow(period: Period) -> Growth:
    """The growth of the programme up to the end of the period."""
    teams, places = tops.groups(period)
    mondays = periods.weeks(period.last, WEEKS)
    return Growth(period, figures.returning(period), _joined(mondays, period.last), _sharers(mondays), teams, places)


def _joined(mondays: Sequence[date], last: date) -> Chart:
    known = head_counts.history(last)
    values = {}
    for monday in mondays:
        heads = head_counts.at(min(monday + timedelta(days=6), last), known)
        if heads:
            values[monday] = heads.joined
    days = [monday for monday in mondays if monday in values]
    sentence = _("People who have joined, by week: none yet.")
    if days:
        sentence = _("People who have joined, by week: from %(first)s to %(last)s.") % {
            "first": values[days[0]],
            "last": values[days[-1]],
        }
    return charts.line(days, Series(_("Joined"), "s1", values), sentence=sentence, first=_("Week"))


def _sharers(mondays: Sequence[date]) -> Chart:
    # One count for each week in one query: SQLite would call Python for every row to find its Monday.
    weeks = {
        f"week_{place}": Count("person", distinct=True, filter=Q(day__gte=monday, day__lt=monday + timedelta(days=7)))
        for place, monday in enumerate(mondays)
    }
    counted = Counted.objects.filter(day__gte=mondays[0]).aggregate(**weeks)
    values = dict(zip(mondays, counted.values(), strict=True))
    sentence = _("People who shared, by week: %(last)s in the latest.") % {"last": values.get(mondays[-1], 0)}
    series = Series(_("People who shared"), "s1", values)
    return charts.stacked(mondays, [series], sentence=sentence, first=_("Week"))

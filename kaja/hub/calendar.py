"""The calendar: posts by the day they go live and end, campaigns as bars above them; month, week, agenda, day (B4).

Days are days on the viewer's own clock, so that what goes live at 23:30 in Tallinn stands on the next day nowhere but
where it is the next day. Reading costs the same number of queries for ten posts as for a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kaja.content import campaigns, library, scheduling
from kaja.content.models import Campaign, Item
from kaja.hub.campaigns import Panel, panels
from kaja.people.models import Person
from kaja.people.roles import Permission

View = Literal["month", "week", "agenda", "day"]
VIEWS: tuple[View, ...] = ("month", "week", "agenda")
Kind = Literal["start", "end", "refresh", "apply", "event"]
AGENDA_DAYS = 28
# How many entries a day shows before "+12 more".
ROOM: dict[View, int] = {"month": 3, "week": 12, "agenda": 8, "day": 1000}
# In which detail of a post a day of its own stands: the last day to apply, the day of an event.
DATED: dict[str, tuple[Kind, str]] = {Item.Kind.JOB: ("apply", "last_day"), Item.Kind.EVENT: ("event", "begins")}
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Wish:
    """What the address asks for. Nonsense is today's month, and finds what it finds."""

    view: View
    day: date
    category: str = ""
    campaign: str = ""
    language: str = ""

    def query(self, **other: object) -> str:
        """The wish as a query string, with these parts changed."""
        parts: dict[str, object] = {"view": self.view, "day": self.day, "category": self.category}
        parts |= {"campaign": self.campaign, "language": self.language} | other
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def window(self) -> tuple[date, date]:
        """The first and the last day that are shown: whole weeks, from Monday."""
        if self.view == "day":
            return self.day, self.day
        if self.view == "agenda":
            return self.day, self.day + timedelta(days=AGENDA_DAYS - 1)
        if self.view == "week":
            return _monday(self.day), _monday(self.day) + timedelta(days=6)
        first, last = _month(self.day)
        return _monday(first), _monday(last) + timedelta(days=6)

    @property
    def before(self) -> date:
        if self.view == "month":
            return (_month(self.day)[0] - timedelta(days=1)).replace(day=1)
        return self.day - self._step

    @property
    def after(self) -> date:
        return _month(self.day)[1] + timedelta(days=1) if self.view == "month" else self.day + self._step

    @property
    def _step(self) -> timedelta:
        return timedelta(days={"week": 7, "agenda": AGENDA_DAYS}.get(self.view, 1))

    @property
    def title(self) -> str:
        """ "November", "23 – 29 November", "From 25 November", "25 November"."""
        if self.view == "week":
            return campaigns.span(*self.window)
        year = "" if self.day.year == timezone.localdate().year else f" {self.day.year}"
        if self.view == "month":
            return f"{MONTHS[self.day.month]}".capitalize() + year
        named = date_format(self.day, "MONTH_DAY_FORMAT") + year
        return named if self.view == "day" else _("From %(day)s") % {"day": named}


def asked(*, view: str = "", day: str = "", category: str = "", campaign: str = "", language: str = "") -> Wish:
    """The wish of an address; what cannot be read is this month."""
    known = next((one for one in (*VIEWS, "day") if one == view), "month")
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        wanted = timezone.localdate()
    wanted = wanted if EARLIEST <= wanted <= LATEST else timezone.localdate()
    return Wish(known, wanted, category[:60], campaign[:60], language[:8])  # type: ignore[arg-type]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """One post on one day: its start, its end, its refresh date, a last day to apply, an event. `fixed`: why it
    cannot be moved, empty when it can."""

    kind: Kind
    item: Item
    day: date
    at: datetime | None
    movable: bool

    @property
    def move(self) -> str:
        return reverse("calendar-move", args=[self.item.pk, self.kind])

    @property
    def said(self) -> str:
        """What happens, in a word or two: stands before the title of everything that is not a start."""
        return {
            "start": "",
            "end": _("Ends"),
            "refresh": _("Look again"),
            "apply": _("Last day to apply"),
            "event": _("Event"),
        }[self.kind]

    @property
    def time(self) -> str:
        return self.at.strftime("%H:%M") if self.at else ""

    @property
    def note(self) -> str:
        """What stands below the title in a list: "In review, 09:00", "Ends 18:00"."""
        said = f"{self.said} {self.time}".strip()
        if self.kind == "start":
            said = f"{library.names()[self.item.status]}, {self.time}"
        return f"{said}, {self.changing}" if self.changing else said

    @property
    def changing(self) -> str:
        """Says so when a change of the post waits, which may move it."""
        return _("a change waits") if getattr(self.item, "changing", False) else ""

    @property
    def label(self) -> str:
        """The whole entry for those who hear it."""
        said = f"{self.said}: {self.item.title}" if self.said else self.item.title
        return f"{said} ({self.changing})" if self.changing else said


@dataclass(frozen=True)
class Day:
    date: date
    entries: list[Entry]
    room: int
    out: bool = False

    @property
    def shown(self) -> list[Entry]:
        return self.entries[: self.room]

    @property
    def more(self) -> int:
        return max(len(self.entries) - self.room, 0)

    @cached_property
    def new(self) -> int:
        """How many posts go live on this day."""
        return sum(entry.kind == "start" for entry in self.entries)

    @property
    def crowded(self) -> bool:
        return self.new > scheduling.NEW_A_DAY

    @property
    def today(self) -> bool:
        return self.date == timezone.localdate()

    @property
    def weekday(self) -> str:
        return str(WEEKDAYS_ABBR[self.date.weekday()])


@dataclass(frozen=True)
class Bar:
    """A campaign in one week: columns 1 to 7 of the grid, both included, in its own lane from 0."""

    panel: Panel
    first: int
    last: int
    lane: int
    begins: bool
    ends: bool
    movable: bool
    begin_movable: bool

    @property
    def column(self) -> str:
        return f"{self.first} / {self.last + 1}"

    @property
    def row(self) -> int:
        return self.lane + 2


@dataclass(frozen=True)
class Week:
    days: list[Day]
    bars: list[Bar]

    @cached_property
    def lanes(self) -> int:
        return max((bar.lane + 1 for bar in self.bars), default=0)

    @cached_property
    def rows(self) -> int:
        return self.lanes + max((len(day.shown) + bool(day.more) for day in self.days), default=0)

    @property
    def placed(self) -> list[tuple[int, int, Entry]]:
        """Entries with their column and row in the grid."""
        return [
            (column, self.lanes + 2 + place, entry)
            for column, day in enumerate(self.days, 1)
            for place, entry in enumerate(day.shown)
        ]

    @property
    def overfull(self) -> list[tuple[int, int, Day]]:
        """Days with more than fits, with the place of their "+12 more"."""
        return [(column, self.lanes + 2 + len(day.shown), day) for column, day in enumerate(self.days, 1) if day.more]


@dataclass(frozen=True)
class Calendar:
    wish: Wish
    days: list[Day]
    panels: list[Panel]
    may_edit: bool
    may_run: bool

    @cached_property
    def weeks(self) -> list[Week]:
        return [self._week(self.days[place : place + 7]) for place in range(0, len(self.days), 7)]

    def _week(self, days: list[Day]) -> Week:
        first, last = days[0].date, days[-1].date
        free: list[date] = []
        bars = []
        for panel in self._overlapping(first, last):
            begins, ends = panel.campaign.begins_on, panel.campaign.ends_on
            lane = next((at for at, until in enumerate(free) if until < begins), len(free))
            free[lane : lane + 1] = [ends]
            movable = self.may_run if panel.campaign.started_at else self.may_edit
            bars.append(
                Bar(
                    panel, (max(begins, first) - first).days + 1, (min(ends, last) - first).days + 1, lane,
                    begins >= first, ends <= last, movable and panel.stage != "over",
                    movable and panel.stage in ("draft", "coming"),
                )
            )  # fmt: skip
        return Week(days, bars)

    def _overlapping(self, first: date, last: date) -> list[Panel]:
        some = [one for one in self.panels if one.campaign.begins_on <= last and one.campaign.ends_on >= first]
        return sorted(some, key=lambda one: (one.campaign.begins_on, one.campaign.pk))

    @cached_property
    def agenda(self) -> list[tuple[Day, list[Bar]]]:
        """Days on which something is, with campaigns that begin then; what runs stands on the first day and today."""
        found = []
        for place, day in enumerate(self._of_month):
            begin = [
                bar
                for bar in self._week([day]).bars
                if bar.panel.campaign.begins_on == day.date or place == 0 or day.today
            ]
            if day.entries or begin or (day.today and self.wish.view != "day"):
                found.append((replace(day, room=max(ROOM["agenda"], day.room)), begin))
        return found

    @property
    def _of_month(self) -> list[Day]:
        return [day for day in self.days if not day.out]

    @property
    def past(self) -> list[tuple[Day, list[Bar]]]:
        """Days of the agenda before today: folded away on a phone."""
        return [row for row in self.agenda if row[0].date < timezone.localdate()] if self._folds else []

    @property
    def ahead(self) -> list[tuple[Day, list[Bar]]]:
        return [row for row in self.agenda if row[0].date >= timezone.localdate()] if self._folds else self.agenda

    @property
    def _folds(self) -> bool:
        return bool(self.agenda) and self.agenda[-1][0].date >= timezone.localdate()


def read(person: Person, wish: Wish) -> Calendar:
    """The calendar as `person` sees it. Who may see it is checked by the door."""
    first, last = wish.window
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in between(person, wish, first, last):
        by_day[entry.day].append(entry)
    month = wish.day.month if wish.view == "month" else None
    days = [
        Day(day, sorted(by_day[day], key=_order), ROOM[wish.view], out=month is not None and day.month != month)
        for day in (first + timedelta(days=step) for step in range((last - first).days + 1))
    ]
    bars = campaigns_between(wish, first, last).select_related("image", "owner")
    may_edit = person.may(Permission.EDIT_CONTENT)
    return Calendar(wish, days, panels(bars[:50]), may_edit, person.may(Permission.RUN_CAMPAIGNS))


def between(person: Person, wish: Wish, first: date, last: date) -> list[Entry]:
    """Everything that stands on these days, both included, on the person's own clock. One query."""
    clock, may_edit = scheduling.zone(person), person.may(Permission.EDIT_CONTENT)
    entries = _entries(_items(wish, first, last, clock), clock, may_edit)
    return [entry for entry in entries if first <= entry.day <= last]


def campaigns_between(wish: Wish, first: date, last: date) -> QuerySet[Campaign]:
    """Campaigns of which at least one day is among these."""
    found = Campaign.objects.filter(begins_on__lte=last, ends_on__gte=first)
    return found.filter(slug=wish.campaign) if wish.campaign else found


def _order(entry: Entry) -> tuple[bool, str, int]:
    return entry.kind != "start", entry.time, entry.item.pk


def _items(wish: Wish, first: date, last: date, clock: ZoneInfo) -> QuerySet[Item]:
    begin = datetime.combine(first, datetime.min.time(), clock)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), clock)
    inside = Q(live_from__gte=begin, live_from__lt=end) | Q(live_until__gte=begin, live_until__lt=end)
    inside |= Q(evergreen=True, refresh_on__gte=first, refresh_on__lte=last)
    for kind, (_kind, name) in DATED.items():
        after = {
            f"details__{name}__gte": first.isoformat(),
            f"details__{name}__lt": (last + timedelta(days=1)).isoformat(),
        }
        inside |= Q(kind=kind, **after)
    # A change of what is approved stands on the days that are approved, with a mark; own posts are their author's.
    rows = Item.objects.filter(inside, replaces=None, original=False).exclude(state=Item.State.WITHDRAWN)
    changing = Exists(Item.objects.filter(replaces=OuterRef("pk")))
    rows = rows.select_related("category", "image").annotate(changing=changing)
    if wish.category:
        rows = rows.filter(category__slug=wish.category)
    if wish.campaign:
        rows = rows.filter(campaign__slug=wish.campaign)
    if wish.language:
        rows = rows.filter(language=wish.language)
    return rows.defer("body", "summary").order_by("pk")


def _entries(items: Iterable[Item], clock: ZoneInfo, may_edit: bool) -> Iterable[Entry]:
    """Everything of each item that has a day, inside the window or not."""
    for item in items:
        moments: list[tuple[scheduling.What, datetime | None]] = [("start", item.live_from), ("end", item.live_until)]
        for what, moment in moments:
            if moment is not None:
                local = moment.astimezone(clock)
                yield Entry(what, item, local.date(), local, may_edit and not scheduling.why_not(item, what))
        if item.evergreen and item.refresh_on:
            yield Entry("refresh", item, item.refresh_on, None, may_edit)
        if item.kind in DATED:
            kind, name = DATED[item.kind]
            if day := _day_of(item.details.get(name)):
                yield Entry(kind, item, day, None, False)


def _day_of(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None

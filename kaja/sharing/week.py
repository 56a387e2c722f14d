"""The week of a person's queue as its page shows it: each day with its places, what stands in them, what went out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.people.models import Person
from kaja.sharing import clock, timing
from kaja.sharing.models import QueueSlot, Share
from kaja.sharing.rows import Row
from kaja.sharing.states import State

SHOWN = (State.WAITING, State.PLANNED, State.HELD, State.SENDING, State.PUBLISHED)
# More than this in one week no page can show, and no account sends.
MOST = 200


@dataclass(frozen=True)
class Entry:
    """One place of a day: with a share, free, or past."""

    at: datetime
    slot: QueueSlot | None
    row: Row | None
    past: bool

    @property
    def movable(self) -> bool:
        return self.row is not None and self.row.share.state in timing.IN_QUEUE

    @property
    def network(self) -> Network | None:
        """The network of a free place that is for one only."""
        return BY_KEY.get(self.slot.network) if self.slot else None


@dataclass(frozen=True)
class Day:
    date: date
    is_today: bool
    entries: list[Entry] = field(default_factory=list)


def week(person: Person, mine: Iterable[QueueSlot], monday: date) -> list[Day]:
    """Seven days from `monday` on. One query beside the slots."""
    now, zone, rows = timezone.now(), clock.zone_of(person), list(mine)
    today = now.astimezone(zone).date()
    dates = [monday + timedelta(days=n) for n in range(7)]
    days = {day: Day(day, day == today) for day in dates}
    begins = clock.at(monday, datetime.min.time(), zone)
    ends = clock.at(monday + timedelta(days=7), datetime.min.time(), zone)
    shares = (
        Share.objects.filter(person=person, way=Share.Way.API, state__in=SHOWN)
        .filter(Q(not_before__gte=begins, not_before__lt=ends) | Q(slot_at__gte=begins, slot_at__lt=ends))
        .select_related("item", "item__image", "link", "account", "slot")
        .order_by("not_before", "pk")[:MOST]
    )
    filled = set()
    for share in shares:
        filled.add((share.slot_id, share.slot_at))
        at = share.published_at or share.not_before
        entry = Entry(at.astimezone(zone), share.slot, Row(share), past=share.state == State.PUBLISHED)
        if day := days.get(at.astimezone(zone).date()):
            day.entries.append(entry)
    for place in timing.occurrences(rows, person, begins=monday, days=7):
        if (place.slot.pk, place.at) not in filled and place.at > now and not place.slot.paused:
            days[place.at.astimezone(zone).date()].entries.append(Entry(place.at, place.slot, None, past=False))
    for day in days.values():
        day.entries.sort(key=lambda entry: entry.at)
    return list(days.values())


@dataclass(frozen=True)
class Group:
    """Slots at the same time for the same network, on some weekdays."""

    slots: list[QueueSlot]

    @property
    def first(self) -> QueueSlot:
        return self.slots[0]

    @property
    def network(self) -> Network | None:
        return BY_KEY.get(self.first.network)

    @property
    def weekdays(self) -> list[int]:
        return [slot.weekday for slot in self.slots]


def grouped(mine: Iterable[QueueSlot]) -> list[Group]:
    """Slots as a person thinks of them: "09:10 on weekdays"."""
    groups: dict[tuple[object, ...], list[QueueSlot]] = {}
    for slot in sorted(mine, key=lambda one: (one.time, one.network, one.why, one.weekday)):
        groups.setdefault((slot.time, slot.network, slot.why), []).append(slot)
    return [Group(rows) for rows in groups.values()]

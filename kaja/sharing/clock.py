"""A person's own clock and calendar: wall times as moments, right on the two nights when clocks change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponseBase
from django.utils import timezone

from kaja.people import company
from kaja.people.access import SignedRequest, View
from kaja.people.models import Person


def zone_of(person: Person) -> ZoneInfo:
    """The time zone in which this person says when."""
    return ZoneInfo(person.time_zone or company.current().time_zone)


def at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The moment of a wall time on a day, in `zone`.

    A time that clocks leave out when summer begins is as much later as they are put forward (03:30 becomes 04:30); of
    an hour that comes twice, when summer ends, the first is meant.
    """
    local = datetime.combine(day, wall, zone)
    # There and back over UTC: what does not exist comes back as the time that does.
    return local.astimezone(ZoneInfo("UTC")).astimezone(zone)


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end of the calendar day that a moment lies in; 23 or 25 hours long when clocks change."""
    day = moment.astimezone(zone).date()
    return at(day, time.min, zone), at(day + timedelta(days=1), time.min, zone)


def shown(view: View) -> View:
    """A page that tells times on its person's own clock. Stands below `access.page`, which knows who it is."""

    @wraps(view)
    def on_own_clock(request: SignedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with timezone.override(zone_of(request.user)):
            return view(request, *args, **kwargs)

    return on_own_clock

"""The calendar as an iCalendar file (RFC 5545), to be subscribed to or downloaded (B4).

Moments are written in UTC, so that every programme shows them on its owner's clock, also across a change to summer
time; days without an hour (a refresh date, a campaign) are days. A UID is made of what the event is about and of this
installation's host, so that what moves is moved and never doubled. What a file says follows from the database alone:
the same calendar is the same bytes, and its ETag stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from kaja.content import campaigns, kinds, library
from kaja.content.models import Campaign, Item
from kaja.hub import calendar
from kaja.hub.calendar import Entry, Wish
from kaja.people import company
from kaja.people.models import Person

BACK, AHEAD = timedelta(days=183), timedelta(days=731)
EVERY = timedelta(hours=1)
# What no line of the format may carry, whoever wrote it.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MOVABLE = (Item.State.DRAFT, Item.State.IN_REVIEW)


def written(person: Person, wish: Wish) -> bytes:
    """The calendar as `person` may see it, from half a year ago to two years ahead; the language is the thread's.

    Of the wish only category, campaign and language count. Three queries for any number of posts.
    """
    first, last = timezone.localdate() - BACK, timezone.localdate() + AHEAD
    made = Calendar()
    made.add("prodid", "-//Kaja//Kaja//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", _plain(_("%(company)s: posts and campaigns") % {"company": company.current().short_name}))
    made.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    names = library.names()
    for entry in calendar.between(person, wish, first, last):
        made.add_component(_post(entry, names))
    for campaign in calendar.campaigns_between(wish, first, last).order_by("pk"):
        made.add_component(_campaign(campaign))
    return bytes(made.to_ical())


def etag(content: bytes) -> str:
    """A strong ETag of these bytes, in its quotes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _event(about: str, changed: datetime, title: str, address: str, firm: bool) -> Event:
    made = Event()
    made.add("uid", f"{about}@{urlsplit(settings.BASE_URL).hostname or 'kaja'}")
    # Without METHOD this is when what the event tells of was last changed (RFC 5545, 3.8.7.2).
    made.add("dtstamp", changed.astimezone(UTC).replace(microsecond=0))
    made.add("last-modified", changed.astimezone(UTC).replace(microsecond=0))
    made.add("summary", _plain(title))
    made.add("url", f"{settings.BASE_URL}{address}")
    made.add("status", "CONFIRMED" if firm else "TENTATIVE")
    made.add("transp", "TRANSPARENT")
    return made


def _post(entry: Entry, names: dict[str, str]) -> Event:
    item = entry.item
    title = f"{entry.said}: {item.title}" if entry.said else item.title
    firm = item.state not in MOVABLE
    made = _event(f"post-{item.pk}-{entry.kind}", item.updated_at, title, reverse("item", args=[item.pk]), firm)
    for name, moment in _moments(entry):
        made.add(name, moment)
    if item.category:
        made.add("categories", [_plain(item.category.name)])
    if place := str(item.details.get("place") or "") if entry.kind == "event" else "":
        made.add("location", _plain(place))
    said = [names[item.status], entry.changing]
    made.add("description", _plain(", ".join(part for part in said if part)))
    return made


def _moments(entry: Entry) -> Iterator[tuple[str, date | datetime]]:
    """DTSTART, and DTEND where something lasts: a moment without an end takes no time (RFC 5545, 3.6.1)."""
    begins, ends = entry.at, None
    if entry.kind == "event":
        try:
            begins, ends = kinds.moment(entry.item, "begins"), kinds.moment(entry.item, "ends")
        except ValueError:
            begins = None  # An hour that nobody can read: the day alone.
    yield "dtstart", begins.astimezone(UTC).replace(microsecond=0) if begins else entry.day
    if begins and ends and ends > begins:
        yield "dtend", ends.astimezone(UTC)


def _campaign(row: Campaign) -> Event:
    address = reverse("campaign", args=[row.slug])
    made = _event(f"campaign-{row.pk}", row.updated_at, row.title, address, row.started_at is not None)
    made.add("dtstart", row.begins_on)
    made.add("dtend", row.ends_on + timedelta(days=1))  # The day after the last one.
    said = {"draft": _("Draft"), "coming": _("Planned"), "running": _("Running"), "over": _("Over")}
    stage = said[campaigns.stage(row, campaigns.today())]
    made.add("description", _plain(". ".join(part for part in (_("Campaign"), stage, row.why) if part)))
    return made


def _plain(text: str) -> str:
    return CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))

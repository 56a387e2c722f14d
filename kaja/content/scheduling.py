"""Moving items in time, as the calendar does: whole days on a person's clock, the hour kept (B4).

Moving goes through `items.change`, so whoever may change an item may move it, and a change is checked and written down
as any other. What was approved moves when its new time is approved too; the new time goes to review by itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kaja.content import changes, items, versions
from kaja.content.models import Item
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require

What = Literal["start", "end", "refresh"]
WHATS: tuple[What, ...] = ("start", "end", "refresh")
# More new posts on one day than this are too many for a feed: a warning, never a wall.
NEW_A_DAY = 3


def known(written: str) -> What | None:
    """What of an item is to be moved, from an address; None for anything else."""
    return next((what for what in WHATS if what == written), None)


def zone(person: Person) -> ZoneInfo:
    """The person's own time zone, or the company's: the clock their pages show."""
    return ZoneInfo(person.time_zone or company.current().time_zone)


def on_day(moment: datetime, day: date, clock: ZoneInfo) -> datetime:
    """The same hour of the clock on another day, in UTC.

    An hour that daylight saving skips is the one after it (03:30 is 04:30 then); of one that is there twice, the first.
    """
    return datetime.combine(day, moment.astimezone(clock).time().replace(fold=0), clock).astimezone(UTC)


def why_not(item: Item, what: What) -> str:
    """Why this cannot be moved, as a sentence; empty when it can."""
    if item.state == Item.State.WITHDRAWN:
        return _("It was withdrawn, so it is in no feed. Nothing to move.")
    if what == "start" and item.status in ("live", "expired"):
        return _("It has gone live already. Move its end, or withdraw it.")
    if what == "end" and item.status == "expired":
        return _("It has ended already. Give it a later end on its own page.")
    return ""


def asks(item: Item, what: What) -> bool:
    """Whether moving this goes to review first: what people see as approved stays on its day until then."""
    return what != "refresh" and item.state == Item.State.APPROVED


def passed(person: Person, day: date) -> bool:
    """Whether this day is over on the person's clock: nothing moves there."""
    return day < timezone.now().astimezone(zone(person)).date()


def move(*, person: Person, item: Item, day: date, what: What = "start") -> Item:
    """Move an item's start (its end moves along), its end or its refresh date to `day`, on the person's clock.

    Raises PermissionDenied, and ValidationError with the sentence of why it cannot be.
    """
    require(person.may(Permission.EDIT_CONTENT))
    if trouble := why_not(item, what):
        raise ValidationError(trouble, code="fixed")
    clock = zone(person)
    if passed(person, day):
        raise ValidationError({"day": _("That day has passed. Choose today or a later day.")})
    if what == "refresh":
        return items.change(person=person, item=item, refresh_on=day)
    old = item.live_from if what == "start" else item.live_until
    if old is None:
        raise ValidationError(_("It has no such day yet. Set it on its own page."), code="fixed")
    new = on_day(old, day, clock)
    if what == "end":
        if new <= timezone.now():
            raise ValidationError({"day": _("That moment has passed. Choose a later day.")})
        return _moved(person, item, live_until=new)
    by = day - old.astimezone(clock).date()
    until = item.live_until and on_day(item.live_until, item.live_until.astimezone(clock).date() + by, clock)
    return _moved(person, item, live_from=new, live_until=until)


def _moved(person: Person, item: Item, **times: datetime | None) -> Item:
    """The row that has the new times. Of what is approved that is a change in review; moved back to where it was
    approved, there is nothing to review and the change is gone."""
    with transaction.atomic():
        row = items.change_in_passing(person=person, item=item, **times)
        if row.replaces is not None and versions.content(row) == versions.content(row.replaces):
            return changes.discard(person=person, change=row)
        return row


def new_on(day: date, clock: ZoneInfo) -> int:
    """How many posts begin on this day."""
    first = datetime.combine(day, datetime.min.time(), clock)
    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock)
    rows = Item.objects.filter(live_from__gte=first, live_from__lt=after, replaces=None, original=False)
    return rows.exclude(state=Item.State.WITHDRAWN).count()


def moved(item: Item, what: What, clock: ZoneInfo) -> str:
    """What has happened, in a sentence for a toast."""
    if what == "refresh":
        day = item.refresh_on
    else:
        at = item.live_from if what == "start" else item.live_until
        day = at.astimezone(clock).date() if at else None
    named = {"day": date_format(day, "MONTH_DAY_FORMAT") if day else ""}
    waits = item.replaces_id is not None
    said = (
        _("It moves to %(day)s when a reviewer has approved that.") % named if waits else _("Moved to %(day)s.") % named
    )
    # A change is not counted yet: it will be there beside the others.
    if what == "start" and day and (count := new_on(day, clock) + waits) > NEW_A_DAY:
        said += " " + _("That day now has %(n)d new posts; three is plenty.") % {"n": count}
    return said

"""A person's own shares by what they ask of them: a word, patience, nothing yet, nothing any more.

Every share that is not waiting for approval (delegates.py lists those) stands in one of the four, so none can get lost.
"""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from kaja.networks import connecting
from kaja.people.models import Person
from kaja.sharing import credit, eyes, onhold, settling, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

# Held for something that goes by without its person: the next day, the queue, credits, keys, a colleague's look.
PATIENCE = ("cap", "paused", credit.REASON, connecting.NO_APP, eyes.REASON)


def asks(person: Person) -> QuerySet[Share]:
    """What needs the person: they are to say whether it went out, change it, sign in, decide after a crisis, send it
    again. What they answered themselves ("it did not go out") needs nothing more."""
    refused, unsure = Q(state=State.FAILED) & ~Q(reason="denied"), Q(state=State.UNKNOWN) & ~_at_work()
    return shares.own(person).filter(unsure | refused | Q(state=State.HELD) & ~_patient() | _too_late())


def waits(person: Person) -> QuerySet[Share]:
    """What is held for something that its person need not do anything about now, also while a crisis about it lasts;
    and what its network still works on."""
    return shares.own(person).filter(_patient() & Q(state=State.HELD) | _at_work())


def planned(person: Person) -> QuerySet[Share]:
    """What goes out, the next first."""
    rows = shares.own(person).filter(state__in=(State.SENDING, State.PLANNED)).exclude(_too_late())
    return rows.order_by("not_before", "id")


def done(person: Person) -> QuerySet[Share]:
    denied = Q(state=State.FAILED, reason="denied")
    return shares.own(person).filter(Q(state__in=(State.PUBLISHED, State.REMOVED, State.CANCELLED)) | denied)


def _too_late() -> Q:
    """Planned for a time when its story is over (reasons.too_late)."""
    return Q(state=State.PLANNED, item__live_until__lt=F("not_before"))


def _at_work() -> Q:
    """The network has it and still works on it (rows.Row.at_work)."""
    since = timezone.now() - settling.AT_WORK
    return Q(state=State.UNKNOWN, reason="still-processing", updated_at__gt=since)


def _patient() -> Q:
    """As the rows of the page see a crisis: from memory."""
    crisis = onhold.current()
    by_crisis = Q(reason=onhold.REASON) & crisis.items if crisis else Q(pk__in=[])
    return Q(reason__in=PATIENCE) | by_crisis

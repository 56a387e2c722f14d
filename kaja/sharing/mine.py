"""A person's own shares by what they ask of them: a word, patience, nothing yet, nothing any more.

Every share that is not waiting for approval (delegates.py lists those) stands in one of the four, so none can get lost.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kaja.networks import connecting
from kaja.people.models import Person
from kaja.sharing import credit, eyes, onhold, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State

# Held for something that goes by without its person: the next day, the queue, credits, keys, a colleague's look.
PATIENCE = ("cap", "paused", credit.REASON, connecting.NO_APP, eyes.REASON)


def asks(person: Person) -> QuerySet[Share]:
    """What needs the person: they are to say whether it went out, change it, sign in, decide after a crisis, send it
    again. What they answered themselves ("it did not go out") needs nothing more."""
    refused = Q(state=State.FAILED) & ~Q(reason="denied")
    return shares.own(person).filter(Q(state=State.UNKNOWN) | refused | Q(state=State.HELD) & ~_patient())


def waits(person: Person) -> QuerySet[Share]:
    """What is held for something that its person need not do anything about now; also while a crisis about it lasts."""
    return shares.own(person).filter(_patient(), state=State.HELD)


def planned(person: Person) -> QuerySet[Share]:
    """What goes out, the next first."""
    return shares.own(person).filter(state__in=(State.SENDING, State.PLANNED)).order_by("not_before", "id")


def done(person: Person) -> QuerySet[Share]:
    denied = Q(state=State.FAILED, reason="denied")
    return shares.own(person).filter(Q(state__in=(State.PUBLISHED, State.REMOVED, State.CANCELLED)) | denied)


def _patient() -> Q:
    """As the rows of the page see a crisis: from memory."""
    crisis = onhold.current()
    by_crisis = Q(reason=onhold.REASON) & crisis.items if crisis else Q(pk__in=[])
    return Q(reason__in=PATIENCE) | by_crisis

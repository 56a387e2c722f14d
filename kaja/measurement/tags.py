"""What measurement adds to pages of apps below it, which cannot ask it themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import template

from kaja.measurement.models import Reading, Snapshot
from kaja.sharing.models import Share
from kaja.sharing.states import State

register = template.Library()


@dataclass(frozen=True)
class Told:
    """What the network last said of a share, and when it is asked next (None: not any more)."""

    last: Snapshot | None
    next_at: datetime | None


@register.simple_tag
def told_of(share: Share) -> Told | None:
    """The network's figures of a share that went out; None where there are none and none are to come. Two queries."""
    if share.state != State.PUBLISHED:
        return None
    last = Snapshot.objects.filter(share=share).order_by("-pk").first()
    next_at = Reading.objects.filter(share=share).values_list("due_at", flat=True).first()
    return Told(last, next_at) if last or next_at else None

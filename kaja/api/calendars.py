"""One's own secret address of the calendar, for calendar programmes; the file itself is read there."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Router, Status

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.content import subscription
from kaja.content.models import CalendarAddress
from kaja.people.roles import Permission, require

router = Router(tags=["calendar"])


def _shown(row: CalendarAddress) -> dict[str, Any]:
    return {
        "address": subscription.written(row),
        "made_at": shapes.moment(row.made_at),
        "last_read_at": shapes.moment(row.last_read_at),
    }


@router.get("/calendar/address")
def show(request: SignedRequest) -> dict[str, Any]:
    """The caller's own secret address. 404 when there is none."""
    require(request.user.may(Permission.READ_LIBRARY))
    row = subscription.of(request.user)
    if row is None:
        raise Http404
    return _shown(row)


@router.post("/calendar/address", response={201: dict})
def renew(request: SignedRequest) -> Status[Any]:
    """Make the address, or a new one; the old one leads nowhere from then on."""
    return Status(201, _shown(subscription.renew(person=request.user)))


@router.delete("/calendar/address", response={204: None})
def end(request: SignedRequest) -> Status[Any]:
    require(request.user.may(Permission.READ_LIBRARY))
    subscription.end(person=request.user)
    return Status(204, None)

"""The caller's own queue: its slots, what comes next, a rest; and the best times."""

from __future__ import annotations

from datetime import time
from itertools import islice
from typing import Any

from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import SignedRequest, one
from kaja.networks import connecting
from kaja.people.roles import Permission, require
from kaja.sharing import clock, timing
from kaja.sharing.models import QueueSlot

router = Router(tags=["queue"])


class NewSlot(Schema):
    """Weekdays from 0 (Monday) to 6 and a time on the caller's clock; without a network for all."""

    weekdays: list[int]
    time: time
    network: str = ""


def _slot(row: QueueSlot) -> dict[str, Any]:
    return {
        "id": row.pk,
        "weekday": row.weekday,
        "time": f"{row.time:%H:%M}",
        "network": row.network or None,
        "why": row.why,
        "paused": row.paused,
    }


@router.get("/queue")
def show(request: SignedRequest) -> dict[str, Any]:
    """Slots of the week, the time zone they are kept in, and the next free places."""
    require(request.user.may(Permission.SHARE))
    mine = list(timing.slots(request.user))
    places = islice(timing.free(request.user, mine=mine), 10)
    return {
        "time_zone": str(clock.zone_of(request.user)),
        "paused": timing.is_paused(mine),
        "slots": [_slot(row) for row in mine],
        "free": [{"slot": place.slot.pk, "at": shapes.moment(place.at)} for place in places],
    }


@router.post("/queue/slots", response={201: list[dict[str, Any]]})
def add(request: SignedRequest, data: NewSlot) -> Status[Any]:
    made = timing.add(person=request.user, weekdays=data.weekdays, at=data.time, network=data.network)
    return Status(201, [_slot(row) for row in made])


@router.delete("/queue/slots/{number}")
def remove(request: SignedRequest, number: int) -> dict[str, Any]:
    """What stands in the slot keeps its time."""
    require(request.user.may(Permission.SHARE))
    timing.remove(person=request.user, numbers=[one(timing.slots(request.user), number).pk])
    return show(request)


@router.post("/queue/pause")
def pause(request: SignedRequest) -> dict[str, Any]:
    timing.pause(person=request.user)
    return show(request)


@router.post("/queue/resume")
def resume(request: SignedRequest) -> dict[str, Any]:
    timing.resume(person=request.user)
    return show(request)


@router.get("/best-times")
def best_times(request: SignedRequest) -> list[dict[str, Any]]:
    """For each network of one's accounts the next best moment, and what it rests on: own (posts), company or nbest."""
    require(request.user.may(Permission.SHARE))
    networks = list(dict.fromkeys(account.network for account in connecting.accounts(request.user)))
    return [
        {
            "network": best.network,
            "at": shapes.moment(best.at),
            "source": best.source,
            "posts": best.posts,
            "gain_percent": best.gain if best.source != "none" else None,
        }
        for best in timing.best(request.user, networks).values()
    ]

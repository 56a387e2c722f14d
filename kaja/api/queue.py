"""The caller's own queue: its slots, what comes next, a rest; and the best times."""

from __future__ import annotations

from datetime import time
from itertools import islice
from typing import Any

from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import SignedRequest
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


def _slot(one: QueueSlot) -> dict[str, Any]:
    return {
        "id": one.pk,
        "weekday": one.weekday,
        "time": f"{one.time:%H:%M}",
        "network": one.network or None,
        "why": one.why,
        "paused": one.paused,
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
        "slots": [_slot(one) for one in mine],
        "free": [{"slot": place.slot.pk, "at": shapes.moment(place.at)} for place in places],
    }


@router.post("/queue/slots", response={201: list[dict[str, Any]]})
def add(request: SignedRequest, data: NewSlot) -> Status[Any]:
    made = timing.add(person=request.user, weekdays=data.weekdays, at=data.time, network=data.network)
    return Status(201, [_slot(one) for one in made])


@router.delete("/queue/slots/{number}", response={204: None})
def remove(request: SignedRequest, number: int) -> Status[None]:
    """What stands in the slot keeps its time."""
    timing.remove(person=request.user, numbers=[number])
    return Status(204, None)


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
    """For each network of one's accounts the next best moment, and what it rests on: own (posts), company or none."""
    require(request.user.may(Permission.SHARE))
    networks = list(dict.fromkeys(account.network for account in connecting.accounts(request.user)))
    return [
        {
            "network": one.network,
            "at": shapes.moment(one.at),
            "source": one.source,
            "posts": one.posts,
            "gain_percent": one.gain if one.source != "none" else None,
        }
        for one in timing.best(request.user, networks).values()
    ]

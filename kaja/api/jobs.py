"""How Kaja is doing, failed jobs and deliveries in trouble, by REST: for whoever runs the system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.health import around, failures, rows, standing
from kaja.jobs.models import Failure
from kaja.people.roles import Permission, require
from kaja.sharing import deliveries
from kaja.sharing.models import Share

router = Router(tags=["jobs"])


class Decision(Schema):
    """`do` is retry or give_up; numbers of deliveries (shares) and of failed jobs, at most 200 of each."""

    do: Literal["retry", "give_up"]
    deliveries: list[int] = []
    jobs: list[int] = []


def _queue(one: standing.Queue) -> dict[str, Any]:
    age = int(one.age.total_seconds()) if one.waiting and one.oldest else None
    return {"key": one.key, "name": one.label, "waiting": one.waiting, "oldest_seconds": age, "late": one.late}


def _network(place: standing.Places) -> dict[str, Any]:
    names = ("planned", "due", "sending", "held", "failed", "unknown", "out", "accounts", "broken", "keys")
    return {"network": place.network.key, **{name: getattr(place, name) for name in names}}


def _collected(row: standing.Collected) -> dict[str, Any]:
    return {
        "network": row.network.key,
        "budget": row.budget,
        "calls": row.calls,
        "read_today": row.told,
        "waiting": row.waiting,
        "read_at": shapes.moment(row.read_at),
        "rests_until": shapes.moment(row.rests_until),
        "reason": row.reason or None,
        "keys": row.keys,
    }


def _piece(piece: standing.Piece) -> dict[str, Any]:
    return {
        "function": piece.function,
        "name": piece.label,
        "every_seconds": int(piece.every.total_seconds()),
        "began_at": shapes.moment(piece.began_at),
        "ended_at": shapes.moment(piece.ended_at),
        "due_at": shapes.moment(piece.due_at),
        "failures": piece.failures,
        "reason": piece.reason or None,
        "why": piece.why or None,
    }


def _card(card: around.Card) -> dict[str, Any]:
    """`well` is null where nothing is to be said of it; an error's own text is not told here."""
    facts = {name: shapes.moment(fact) if isinstance(fact, datetime) else fact for name, fact in card.facts.items()}
    well = {"ok": True, "": None}.get(card.look, False)
    return {"key": card.key, "well": well, "said": card.said, "ill": card.ill or None, "how": card.how or None, **facts}


@router.get("/health")
def show(request: SignedRequest) -> dict[str, Any]:
    """Everything that the page of jobs and health tells; `worst` are sentences about what does not mend itself."""
    require(request.user.may(Permission.RUN_SYSTEM))
    now = standing.read()
    feeds = now.feeds
    return {
        "at": shapes.moment(now.at),
        "worst": now.worst(),
        "queues": [
            _queue(one)
            for one in now.queues
        ],
        "workers": [
            {
                "name": one.name, "alive": one.alive, "since": shapes.moment(one.started_at),
                "seen_at": shapes.moment(one.seen_at),
            }
            for one in now.workers
        ],
        "networks": [_network(place) for place in now.places],
        "figures": [_collected(row) for row in now.collected],
        "feeds": {
            "well": feeds.well, "failing": feeds.failing, "off": feeds.off, "read_at": shapes.moment(feeds.read_at)
        },
        "schedule": [_piece(piece) for piece in now.schedule],
        "jobs": {"failed": now.failed, "tried_again": now.again, "done": now.day.done, "broke_off": now.day.broke},
        "around": [_card(card) for card in now.around],
        "last_day": {
            "out": now.day.out, "failed": now.day.failed, "longest_wait_seconds": now.day.waits
        },
        "uncounted_bytes": now.uncounted,
    }  # fmt: skip


# --- deliveries -----------------------------------------------------------------------------------------------------
def _delivery(share: Share) -> dict[str, Any]:
    row = rows.Post(share)
    return {
        "id": share.pk,
        "state": share.state,
        "network": share.network,
        "person": share.person.name,
        "item": share.item_id,
        "title": share.item.title,
        "attempts": share.attempts,
        "reason": share.reason or None,
        "why": row.why,
        "detail": share.detail or None,
        "updated_at": shapes.moment(share.updated_at),
    }


def _deliveries(some: Sequence[Share]) -> list[dict[str, Any]]:
    return [_delivery(share) for share in some]


@router.get("/deliveries", response=Page)
def troubled(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """Posts that did not go out, or that nobody is sure of; nobody's words are in it."""
    require(request.user.may(Permission.RUN_SYSTEM))
    return page(deliveries.troubled(), cursor, limit, _deliveries)


@router.post("/deliveries/{number}/retry")
def retry_delivery(request: SignedRequest, number: int) -> dict[str, Any]:
    """`done` is planned (it goes out anew), looked-for or asked: what nobody is sure of is never sent here."""
    require(request.user.may(Permission.RUN_SYSTEM))
    done = deliveries.retry(person=request.user, share=one(deliveries.troubled(), number))
    return {"done": done.value}


@router.post("/deliveries/{number}/give-up", response={204: None})
def give_up_delivery(request: SignedRequest, number: int) -> Status[Any]:
    """It cannot be taken up again."""
    require(request.user.may(Permission.RUN_SYSTEM))
    deliveries.give_up(person=request.user, share=one(deliveries.troubled(), number))
    return Status(204, None)


# --- jobs -----------------------------------------------------------------------------------------------------------
def _job(failure: Failure) -> dict[str, Any]:
    row = rows.Job(failure)
    return {
        "id": failure.pk,
        "function": failure.function,
        "name": row.label,
        "about": row.about,
        "attempts": failure.attempts,
        "first_at": shapes.moment(failure.first_at),
        "last_at": shapes.moment(failure.last_at),
        "next_at": shapes.moment(failure.next_at),
        "reason": failure.reason,
        "why": row.why,
        "detail": failure.detail or None,
    }


def _jobs(some: Sequence[Failure]) -> list[dict[str, Any]]:
    return [_job(failure) for failure in some]


@router.get("/jobs/failures", response=Page)
def failed(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """Jobs that failed; `next_at` null: they wait for a decision."""
    require(request.user.may(Permission.RUN_SYSTEM))
    return page(failures.troubled(), cursor, limit, _jobs)


@router.post("/jobs/failures/{number}/retry", response={204: None})
def retry_job(request: SignedRequest, number: int) -> Status[Any]:
    require(request.user.may(Permission.RUN_SYSTEM))
    failures.retry(person=request.user, failure=one(failures.troubled(), number))
    return Status(204, None)


@router.post("/jobs/failures/{number}/give-up", response={204: None})
def give_up_job(request: SignedRequest, number: int) -> Status[Any]:
    """It cannot be taken up again."""
    require(request.user.may(Permission.RUN_SYSTEM))
    failures.give_up(person=request.user, failure=one(failures.troubled(), number))
    return Status(204, None)


@router.post("/jobs/decide")
def decide(request: SignedRequest, data: Decision) -> dict[str, Any]:
    """Many at once: how many are done, and why others could not be (each sentence once)."""
    require(request.user.may(Permission.RUN_SYSTEM))
    shares = list(deliveries.troubled().filter(pk__in=_numbers(data.deliveries)))
    jobs = list(failures.troubled().filter(pk__in=_numbers(data.jobs)))
    person = request.user
    if data.do == "retry":
        many = deliveries.retry_many(person=person, chosen=shares), failures.retry_many(person=person, chosen=jobs)
    else:
        many = deliveries.give_up_many(person=person, chosen=shares), failures.give_up_many(person=person, chosen=jobs)
    return {"done": sum(part.done for part in many), "refused": [said for part in many for said in part.refused]}


def _numbers(given: list[int]) -> list[int]:
    """Those that a database can know."""
    return [number for number in given[: deliveries.MOST] if 0 < number < 2**63]

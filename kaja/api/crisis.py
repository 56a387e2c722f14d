"""Crisis mode by REST: whether sharing is on hold; hold it, change the words, open it again."""

from __future__ import annotations

from typing import Any

from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.people.roles import Permission, require
from kaja.sharing import crisis as verbs
from kaja.sharing.models import Crisis

router = Router(tags=["crisis"])


class Words(Schema):
    """By language: `{"en": "…", "et": "…"}`. `withdraw` are numbers of items that leave every feed at once."""

    notice: dict[str, str]
    statement: dict[str, str] = {}
    approved_by: str = ""
    link: str = ""
    withdraw: list[int] = []


class Begin(Words):
    why: str


class End(Schema):
    """`decisions`: number of an item to `go`, `ask` or `drop`; its held posts ask their people otherwise."""

    decisions: dict[int, str] = {}
    farewell: dict[str, str] = {}


def _shown(row: Crisis | None, *, full: bool) -> dict[str, Any]:
    if row is None:
        return {"lasting": False}
    shown: dict[str, Any] = {
        "lasting": bool(row.lasting),
        "begun_at": shapes.moment(row.begun_at),
        "ended_at": shapes.moment(row.ended_at) if row.ended_at else None,
        "notice": row.notice,
        "statement": row.statement,
        "approved_by": row.approved_by,
        "link": row.link,
    }
    if full:
        shown |= {"why": row.why, "held": row.held, "under_way": row.under_way}
        shown["withdrawn"] = sorted(row.withdrawn.values_list("pk", flat=True))
    return shown


@router.get("/crisis")
def show(request: SignedRequest) -> dict[str, Any]:
    """What everybody reads; for those who run it also why, and what is held, by item."""
    row, may = Crisis.objects.filter(lasting=True).first(), request.user.may(Permission.RUN_CRISIS)
    shown = _shown(row, full=may)
    if may:
        look = verbs.look(held=row is not None)
        shown |= {"posts": look.posts, "people": look.people, "soon": look.soon}
        shown["items"] = [
            {"item": group.item.pk, "title": group.item.title, "posts": group.posts, "over": group.over,
             "first": shapes.moment(group.first), "last": shapes.moment(group.last)}
            for group in look.groups
        ]  # fmt: skip
    return shown


@router.post("/crisis", response={201: dict})
def begin(request: SignedRequest, data: Begin) -> Status[Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    return Status(201, _shown(verbs.begin(person=request.user, **data.dict()), full=True))


@router.patch("/crisis")
def change(request: SignedRequest, data: Words) -> dict[str, Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    return _shown(verbs.change(person=request.user, **data.dict()), full=True)


@router.delete("/crisis")
def end(request: SignedRequest, data: End | None = None) -> dict[str, Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    said = data or End()
    return _shown(verbs.end(person=request.user, decisions=said.decisions, farewell=said.farewell), full=True)

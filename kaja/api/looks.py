"""The second pair of eyes: shares that wait for a quick look, passing one, sending it back."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Router, Schema

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.people.roles import Permission, require
from kaja.sharing import looks
from kaja.sharing.looks import Shown

router = Router(tags=["shares"])


class Reason(Schema):
    words: str


def _shown(one: Shown) -> dict[str, Any]:
    row = one.look
    return {
        "id": row.pk, "share": row.share_id, "person": row.share.person.name, "item": row.share.item_id,
        "network": row.share.network, "text": row.text, "reasons": one.reasons, "mine": one.mine,
        "asked_at": shapes.moment(row.asked_at), "due_at": shapes.moment(row.due_at),
        "escalated_at": shapes.moment(row.escalated_at),
    }  # fmt: skip


@router.get("/looks")
def index(request: SignedRequest) -> dict[str, Any]:
    """What waits for a second look, the oldest first; `mine`: whether the caller is asked."""
    found = looks.queue(request.user)
    return {"items": [_shown(one) for one in (*found.mine, *found.others)]}


@router.post("/looks/{number}/pass")
def pass_(request: SignedRequest, number: int) -> dict[str, Any]:
    require(request.user.may(Permission.REVIEW_CONTENT))
    return _done(looks.pass_(person=request.user, number=_known(number)))


@router.post("/looks/{number}/return")
def give_back(request: SignedRequest, number: int, data: Reason) -> dict[str, Any]:
    """Send it back with a reason; it waits until its person has changed or dropped it."""
    require(request.user.may(Permission.REVIEW_CONTENT))
    return _done(looks.give_back(person=request.user, number=_known(number), words=data.words))


def _known(number: int) -> int:
    if not 0 < number < 2**63:
        raise Http404
    return number


def _done(share: Any) -> dict[str, Any]:
    return {"share": share.pk, "state": share.state, "reason": share.reason or None}

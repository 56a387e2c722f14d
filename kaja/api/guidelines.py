"""The guidelines by REST: read, write the draft, publish, confirm, answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.translation import get_language
from ninja import Router, Schema

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.guidelines import acknowledgement, documents, faq
from kaja.guidelines.models import Edition
from kaja.people.roles import require

router = Router(tags=["guidelines"])


class Content(Schema):
    """Both documents as lists of pieces; see docs/guidelines.md."""

    policy: list[dict[str, Any]]
    style: list[dict[str, Any]]


class Publishing(Schema):
    """`matters`: everybody is asked to confirm this version."""

    matters: bool
    note: str = ""
    begins: datetime | None = None


class Confirming(Schema):
    number: int
    read: bool


def _shape(edition: Edition | None) -> dict[str, Any]:
    if edition is None:
        raise Http404
    return {
        "number": edition.number,
        "state": edition.state,
        "note": edition.note,
        "confirmed_since": edition.confirmed_since,
        "in_force_from": shapes.moment(edition.in_force_from),
        "content": edition.content,
    }


@router.get("/guidelines")
def show(request: SignedRequest) -> dict[str, Any]:
    """The version in force, and when the caller confirmed it."""
    shown = _shape(edition := documents.current())
    confirmed = acknowledgement.confirmed_at(request.user, edition) if edition else None
    return shown | {"confirmed_at": shapes.moment(confirmed)}


@router.put("/guidelines")
def write(request: SignedRequest, data: Content) -> dict[str, Any]:
    """Write the draft of the next version, whole. What is in force stays until the draft is published."""
    return _shape(documents.put(person=request.user, content=data.dict()))


@router.get("/guidelines/draft")
def draft(request: SignedRequest) -> dict[str, Any]:
    require(documents.may_write(request.user))
    return _shape(documents.draft())


@router.post("/guidelines/draft/publish")
def publish(request: SignedRequest, data: Publishing) -> dict[str, Any]:
    return _shape(documents.publish(person=request.user, matters=data.matters, note=data.note, begins=data.begins))


@router.post("/guidelines/confirm")
def confirm(request: SignedRequest, data: Confirming) -> dict[str, Any]:
    row = acknowledgement.confirm(person=request.user, number=data.number, ticked=data.read)
    return {"number": data.number, "confirmed_at": shapes.moment(row.at)}


@router.get("/guidelines/answers")
def answers(request: SignedRequest, words: str = "") -> list[dict[str, str]]:
    """Questions and answers of the version in force; `words` searches them."""
    edition = documents.current()
    found = faq.search(edition, words, get_language() or "en") if edition else []
    return [{"question": one.question, "answer": one.answer, "language": one.language} for one in found]

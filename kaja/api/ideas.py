"""Ideas, reactions and readers' notes by REST."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content import ideas as verbs
from kaja.content import notes, reactions
from kaja.content.models import Category, Idea, IdeaVote, Item, ItemNote, Reaction
from kaja.people.models import Person
from kaja.people.roles import Permission

router = Router(tags=["ideas"])


class NewIdea(Schema):
    """`kind` is idea, question, link, photo or wish; a photo is sent on the page."""

    kind: str = "idea"
    title: str = ""
    text: str = ""
    url: str = ""


class Answer(Schema):
    """`status` is planned, making, published, not_now or merged (then `into` is another idea)."""

    status: str
    text: str = ""
    planned_for: date | None = None
    into: int | None = None


class Words(Schema):
    text: str


class Turn(Schema):
    category: str


class Say(Schema):
    """What is not sent stays as it is. `verdict` is interesting, not_for_me or empty."""

    verdict: str | None = None
    why: str | None = None
    saved: bool | None = None


def shape(idea: Idea, voted: bool) -> dict[str, Any]:
    return {
        "id": idea.pk,
        "kind": idea.kind,
        "title": idea.title,
        "text": idea.text,
        "url": idea.url or None,
        "picture": idea.picture.address if idea.picture else None,
        "person": idea.person.name if idea.person else None,
        "status": idea.status,
        "votes": idea.votes,
        "voted": voted,
        "comments": idea.comments,
        "answer": idea.answer or None,
        "answered_at": shapes.moment(idea.answered_at),
        "due_at": shapes.moment(idea.due_at),
        "planned_for": idea.planned_for.isoformat() if idea.planned_for else None,
        "merged_into": idea.merged_into_id,
        "item": idea.item_id,
        "created_at": shapes.moment(idea.created_at),
    }


def _many(some: Iterable[Idea], person: Person) -> list[dict[str, Any]]:
    rows = list(some)
    voted = set(IdeaVote.objects.filter(person=person, idea__in=rows).values_list("idea", flat=True))
    return [shape(row, row.pk in voted) for row in rows]


def _rows() -> QuerySet[Idea]:
    return Idea.objects.select_related("person", "picture")


@router.get("/ideas", response=Page)
def index(
    request: SignedRequest, kind: str = "", status: str = "", words: str = "", cursor: str = "", limit: int = 50
) -> dict[str, Any]:
    """Everybody's ideas, the newest first."""
    rows = _rows()
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(status=status)
    for word in words.split()[:8]:
        rows = rows.filter(title__icontains=word)
    return page(rows, cursor, limit, lambda some: _many(some, request.user))


@router.post("/ideas", response={201: dict})
def create(request: SignedRequest, data: NewIdea) -> Status[Any]:
    made = verbs.suggest(person=request.user, **data.dict())
    return Status(201, shape(made, voted=False))


@router.get("/ideas/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    row = one(_rows(), number)
    said = [
        {"id": words.pk, "person": words.person.name if words.person else None, "text": words.text,
         "at": shapes.moment(words.at)}
        for words in row.said.select_related("person")
    ]  # fmt: skip
    return {**_many([row], request.user)[0], "said": said}


@router.delete("/ideas/{number}", response={204: None})
def remove(request: SignedRequest, number: int) -> Status[Any]:
    verbs.remove(person=request.user, idea=one(_rows(), number))
    return Status(204, None)


@router.put("/ideas/{number}/vote")
def vote(request: SignedRequest, number: int) -> dict[str, Any]:
    verbs.vote(person=request.user, idea=one(_rows(), number))
    return show(request, number)


@router.delete("/ideas/{number}/vote")
def unvote(request: SignedRequest, number: int) -> dict[str, Any]:
    verbs.unvote(person=request.user, idea=one(_rows(), number))
    return show(request, number)


@router.post("/ideas/{number}/comments", response={201: dict})
def comment(request: SignedRequest, number: int, data: Words) -> Status[Any]:
    verbs.comment(person=request.user, idea=one(_rows(), number), text=data.text)
    return Status(201, show(request, number))


@router.post("/ideas/{number}/answer")
def answer(request: SignedRequest, number: int, data: Answer) -> dict[str, Any]:
    into = one(_rows(), data.into) if data.into is not None else None
    verbs.answer(
        person=request.user, idea=one(_rows(), number), status=data.status, text=data.text,
        planned_for=data.planned_for, into=into,
    )  # fmt: skip
    return show(request, number)


@router.post("/ideas/{number}/item", response={201: dict})
def turn(request: SignedRequest, number: int, data: Turn) -> Status[Any]:
    """A draft of the idea with credit to its author; the second time it is the same draft."""
    category = Category.objects.filter(slug=data.category).first()
    if category is None:
        raise ValidationError({"category": _("There is no category “%s”.") % data.category[:60]})
    item = verbs.turn_into_item(person=request.user, idea=one(_rows(), number), category=category)
    return Status(201, shapes.item(item))


# --- reactions and notes ----------------------------------------------------------------------------------------------
def _item(request: SignedRequest, number: int) -> Item:
    return one(Item.objects.live().for_person(request.user), number)


def _reaction(row: Reaction) -> dict[str, Any]:
    return {"item": row.item_id, "verdict": row.verdict or None, "why": row.why or None, "saved": row.saved}


@router.get("/items/{number}/reaction")
def reaction(request: SignedRequest, number: int) -> dict[str, Any]:
    """What the caller has said of the item."""
    return _reaction(reactions.of(request.user, _item(request, number)))


@router.put("/items/{number}/reaction")
def react(request: SignedRequest, number: int, data: Say) -> dict[str, Any]:
    return _reaction(reactions.react(person=request.user, item=_item(request, number), **data.dict()))


def _note(row: ItemNote) -> dict[str, Any]:
    return {
        "id": row.pk,
        "item": row.item_id,
        "person": row.person.name,
        "text": row.text,
        "at": shapes.moment(row.at),
        "answer": row.answer or None,
        "answered_at": shapes.moment(row.answered_at),
    }


@router.get("/notes", response=Page)
def all_notes(request: SignedRequest, item: int, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """Words to the editors about an item: all for editors, one's own for everybody else."""
    may = request.user.may(Permission.EDIT_CONTENT)
    rows = ItemNote.objects.select_related("person").filter(item=one(Item.objects.all(), item))
    return page(
        rows if may else rows.filter(person=request.user), cursor, limit, lambda some: [_note(row) for row in some]
    )


@router.post("/items/{number}/notes", response={201: dict})
def write(request: SignedRequest, number: int, data: Words) -> Status[Any]:
    return Status(201, _note(notes.write(person=request.user, item=_item(request, number), text=data.text)))


@router.post("/notes/{number}/answer")
def answer_note(request: SignedRequest, number: int, data: Words) -> dict[str, Any]:
    note = one(ItemNote.objects.select_related("person"), number)
    notes.answer(person=request.user, note=note, text=data.text)
    return _note(note)

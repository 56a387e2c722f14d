"""Crisis mode by REST: whether sharing is on hold; hold it, change the words, open it again."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.content.models import Campaign, Topic
from kaja.people.roles import Permission, require
from kaja.sharing import crisis as verbs
from kaja.sharing.models import Crisis, CrisisPlan

router = Router(tags=["crisis"])


class Words(Schema):
    """By language: `{"en": "…", "et": "…"}`. `speaks` answers journalists and is reached by `reach`; `friend` is what
    employees may say to others who ask. `withdraw` are numbers of items that leave every feed at once."""

    notice: dict[str, str] = {}
    statement: dict[str, str] = {}
    approved_by: str = ""
    link: str = ""
    speaks: str = ""
    reach: str = ""
    friend: dict[str, str] = {}
    withdraw: list[int] = []

    def said(self) -> verbs.Words:
        return verbs.Words(**self.dict(include={field.name for field in fields(verbs.Words)}))


class Begin(Words):
    """`topic` or `campaign` (its slug), or up to ten `phrases` that stand in a post or in the title of its story, hold
    what is about that alone; with none of them everything is held."""

    why: str
    topic: str = ""
    campaign: str = ""
    phrases: list[str] | None = None

    def only(self) -> Topic | Campaign | list[str] | None:
        if self.topic and self.campaign:
            raise ValidationError({"campaign": _("Give a topic or a campaign, not both.")})
        if self.phrases is not None:
            if self.topic or self.campaign:
                raise ValidationError({"phrases": _("Give phrases, or a topic, or a campaign.")})
            return self.phrases
        if self.topic:
            return _one(Topic.objects.all(), "topic", self.topic)
        return _one(Campaign.objects.started(), "campaign", self.campaign) if self.campaign else None


class End(Schema):
    """`decisions`: number of an item to `go`, `ask`, `drop` or a time (ISO 8601 with its offset) from which on its held
    posts go out; they ask their people otherwise."""

    decisions: dict[int, str] = {}
    farewell: dict[str, str] = {}

    def chosen(self) -> dict[int, str | datetime]:
        return {item: _time(said) or said for item, said in self.decisions.items()}


R = TypeVar("R", Topic, Campaign)


def _one(rows: QuerySet[R], name: str, slug: str) -> R:
    if found := rows.filter(slug=slug).first():
        return found
    raise ValidationError({name: _("There is none called “%s”.") % slug[:60]})


def _time(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def _shown(row: Crisis | None, *, full: bool) -> dict[str, Any]:
    if row is None:
        return {"lasting": False}
    shown: dict[str, Any] = {
        "lasting": bool(row.lasting),
        "begun_at": shapes.moment(row.begun_at),
        "ended_at": shapes.moment(row.ended_at) if row.ended_at else None,
        "only": row.only,
        "about": row.about,
        "phrases": row.phrases,
        **row.words,
    }
    if full:
        shown |= {"number": row.pk, "why": row.why, "practice": row.practice}
        shown |= {"held": row.held, "under_way": row.under_way}
        # Of words: whether open posts are left in which nobody has looked for them, and how far it is.
        shown |= {"searching": row.searching, "looked": row.looked, "to_look": row.to_look}
        shown |= {"gone": row.gone, "asked": row.asked, "dropped": row.dropped}
        shown["withdrawn"] = sorted(row.withdrawn.values_list("pk", flat=True))
    return shown


@router.get("/crisis")
def show(request: SignedRequest) -> dict[str, Any]:
    """What everybody reads; for those who run it also why, and what is held, by item."""
    rows = Crisis.objects.filter(lasting=True).select_related("topic", "campaign")
    row, may = rows.first(), request.user.may(Permission.RUN_CRISIS)
    return _shown(row, full=may) | (_held(row) if may else {})


def _held(row: Crisis | None) -> dict[str, Any]:
    look = verbs.look(row, held=row is not None and not row.practice)
    items = [
        {"item": group.item.pk, "title": group.item.title, "posts": group.posts, "over": group.over,
         "first": shapes.moment(group.first), "last": shapes.moment(group.last)}
        for group in look.groups
    ]  # fmt: skip
    return {"posts": look.posts, "people": look.people, "soon": look.soon, "items": items}


@router.post("/crisis", response={201: dict})
def begin(request: SignedRequest, data: Begin) -> Status[Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    begun = verbs.begin(person=request.user, why=data.why, words=data.said(), withdraw=data.withdraw, only=data.only())
    return Status(201, _shown(begun, full=True))


@router.post("/crisis/exercises", response={201: dict})
def rehearse(request: SignedRequest, data: Begin) -> Status[Any]:
    """An exercise: what would be held and who would be told, with no effect; only those who run crisis mode get the
    letter."""
    require(request.user.may(Permission.RUN_CRISIS))
    done = verbs.rehearse(person=request.user, why=data.why, words=data.said(), only=data.only())
    told = {"letters": dict(verbs.readers()), "rehearsers": [one.email for one in verbs.rehearsers()]}
    return Status(201, _shown(done, full=True) | _held(done) | told)


@router.get("/crisis/plan")
def planned(request: SignedRequest) -> dict[str, Any]:
    """The words that were written before anything happened."""
    require(request.user.may(Permission.RUN_CRISIS))
    return (verbs.planned() or CrisisPlan()).words


@router.put("/crisis/plan")
def plan(request: SignedRequest, data: Words) -> dict[str, Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    return verbs.plan(person=request.user, words=data.said()).words


@router.patch("/crisis")
def change(request: SignedRequest, data: Words) -> dict[str, Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    return _shown(verbs.change(person=request.user, words=data.said(), withdraw=data.withdraw), full=True)


@router.delete("/crisis")
def end(request: SignedRequest, data: End | None = None) -> dict[str, Any]:
    require(request.user.may(Permission.RUN_CRISIS))
    said = data or End()
    return _shown(verbs.end(person=request.user, decisions=said.chosen(), farewell=said.farewell), full=True)

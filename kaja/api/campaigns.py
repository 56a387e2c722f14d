"""Campaigns by REST: those the caller may see, with their figures; prepare, start, end, and the posts in them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, page
from kaja.content import campaigns as verbs
from kaja.content.models import Campaign, Item
from kaja.measurement import goals
from kaja.people.roles import Permission, require

router = Router(tags=["campaigns"])


class NewCampaign(Schema):
    """`goal` is shares, clicks, people or own; without a `slug` it is made of the name."""

    name: str
    begins_on: date
    ends_on: date
    slug: str = ""
    about: str = ""
    thanks: str = ""
    translations: dict[str, dict[str, str]] = {}
    hashtag: str = ""
    goal: str = ""
    target: int | None = None


class Change(Schema):
    """What is not sent stays as it is; only `target` may be null."""

    name: str = ""
    begins_on: date | None = None
    ends_on: date | None = None
    slug: str = ""
    about: str = ""
    thanks: str = ""
    translations: dict[str, dict[str, str]] = {}
    hashtag: str = ""
    goal: str = ""
    target: int | None = None


class Numbers(Schema):
    items: list[int]


def _one(request: SignedRequest, slug: str) -> Campaign:
    found = verbs.seen_by(request.user).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _fields(data: Schema) -> dict[str, Any]:
    """What was sent, by the names of the rows. Raises ValidationError for days that are null."""
    fields: dict[str, Any] = data.dict(exclude_unset=True)
    for name in ("begins_on", "ends_on"):
        if name in fields and fields[name] is None:
            raise ValidationError({name: _("This is missing.")})
    if "goal" in fields:
        fields["metric"] = fields.pop("goal")
    return fields


@router.get("/campaigns", response=Page)
def index(request: SignedRequest, stage: str = "", cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """Campaigns the caller may see; `stage` is draft, coming, running or over."""
    rows, today = verbs.seen_by(request.user), verbs.today()
    if stage:
        if stage not in verbs.STAGES:
            raise ValidationError({"stage": _("Choose one of: %s.") % ", ".join(verbs.STAGES)})
        rows = rows.filter(verbs.in_stage(stage, today))
    return page(rows, cursor, limit, _many)


def _many(rows: Any) -> list[dict[str, Any]]:
    figures = goals.read(rows) if rows else {}
    return [shapes.campaign(row, figures[row.pk]) for row in rows]


@router.post("/campaigns", response={201: dict})
def create(request: SignedRequest, data: NewCampaign) -> Status[Any]:
    require(request.user.may(Permission.EDIT_CONTENT))
    made = verbs.create(person=request.user, **_fields(data))
    return Status(201, show(request, made.slug))


@router.get("/campaigns/{slug}")
def show(request: SignedRequest, slug: str) -> dict[str, Any]:
    return _many([_one(request, slug)])[0]


@router.patch("/campaigns/{slug}")
def change(request: SignedRequest, slug: str, data: Change) -> dict[str, Any]:
    changed = verbs.change(person=request.user, campaign=_one(request, slug), **_fields(data))
    return show(request, changed.slug)


@router.get("/campaigns/{slug}/missing")
def missing(request: SignedRequest, slug: str) -> list[str]:
    """What stands between a draft and its start, as sentences."""
    require(request.user.may(Permission.READ_LIBRARY))
    return verbs.missing(_one(request, slug))


@router.post("/campaigns/{slug}/start")
def start(request: SignedRequest, slug: str) -> dict[str, Any]:
    verbs.start(person=request.user, campaign=_one(request, slug))
    return show(request, slug)


@router.post("/campaigns/{slug}/end")
def end(request: SignedRequest, slug: str) -> dict[str, Any]:
    verbs.end(person=request.user, campaign=_one(request, slug))
    return show(request, slug)


@router.delete("/campaigns/{slug}", response={204: None})
def remove(request: SignedRequest, slug: str) -> Status[Any]:
    verbs.remove(person=request.user, campaign=_one(request, slug))
    return Status(204, None)


@router.post("/campaigns/{slug}/items")
def add(request: SignedRequest, slug: str, data: Numbers) -> dict[str, Any]:
    """Put posts in, all of them or none."""
    numbers = {number for number in data.items if 0 < number < 2**63}
    found = list(Item.objects.filter(pk__in=numbers)) if len(numbers) <= verbs.MOST_ITEMS else []
    if len(found) != len(set(data.items)):
        raise ValidationError({"items": _("There is no such post.")})
    verbs.add_items(person=request.user, campaign=_one(request, slug), items=found)
    return show(request, slug)


@router.delete("/campaigns/{slug}/items/{number}", response={204: None})
def take(request: SignedRequest, slug: str, number: int) -> Status[Any]:
    campaign = _one(request, slug)
    item = Item.objects.filter(pk=number, campaign=campaign).first() if 0 < number < 2**63 else None
    if item is None:
        raise Http404
    verbs.remove_item(person=request.user, campaign=campaign, item=item)
    return Status(204, None)

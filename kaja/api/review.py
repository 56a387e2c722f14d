"""Review: what waits, comments, versions and their differences, taking one back; categories with their steps."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from ninja import Router, Schema, Status

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content import categories, changes, comments, differences, steps, versions
from kaja.content import review as verbs
from kaja.content.models import Category, Comment, Item, ItemVersion
from kaja.people.roles import Permission, require

router = Router(tags=["review"])


class Remark(Schema):
    """`about` names a part: title, caption:12."""

    text: str
    about: str = ""


class Decision(Schema):
    """`version` is the one that was looked at; with a newer one the decision is refused."""

    words: str = ""
    version: int | None = None


class Steps(Schema):
    """Steps in their order: {"names": {"en": "Legal"}, "days": 2, "people": [7], "teams": []}."""

    steps: list[dict[str, Any]]


def _items(request: SignedRequest) -> QuerySet[Item]:
    require(request.user.may(Permission.READ_LIBRARY))
    return Item.objects.select_related("category", "audience", "image", "replaces__author", "author")


def _comment(row: Comment) -> dict[str, Any]:
    return {
        "id": row.pk, "text": row.text, "about": row.about, "version": row.version,
        "person": row.person.name if row.person else None, "at": shapes.moment(row.at),
    }  # fmt: skip


def _version(row: ItemVersion) -> dict[str, Any]:
    return {
        "id": row.pk, "number": row.number, "content": row.content, "at": shapes.moment(row.at),
        "person": row.person.name if row.person else None, "approved_at": shapes.moment(row.approved_at),
        "restores": row.restores,
    }  # fmt: skip


@router.get("/review")
def queue(request: SignedRequest) -> dict[str, Any]:
    """What waits for a reviewer: `mine` for those the caller may decide."""
    require(request.user.may(Permission.REVIEW_CONTENT))
    found = [
        {
            "item": one.item.pk, "title": one.item.title, "changes": one.item.replaces_id, "step": one.step.key,
            "due_at": shapes.moment(one.item.due_at), "overdue": one.item.overdue,
            "mine": one.waits_for(request.user),
        }
        for one in steps.waiting(verbs.waiting())
    ]  # fmt: skip
    return {"items": found}


@router.post("/items/{number}/decision")
def decide(request: SignedRequest, number: int, data: Decision) -> dict[str, Any]:
    """Approve the step at which an item waits; `live` says whether it was the last."""
    require(request.user.may(Permission.REVIEW_CONTENT))
    item = one(_items(request), number)
    done = verbs.approve(person=request.user, item=item, words=data.words, seen=data.version)
    return {"item": item.pk, "status": item.status, "step": item.step or None, "live": done}


@router.get("/items/{number}/comments", response=Page)
def all_comments(request: SignedRequest, number: int, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    rows = Comment.objects.filter(item=one(_items(request), number).root).select_related("person")
    return page(rows, cursor, limit, lambda some: [_comment(row) for row in some])


@router.post("/items/{number}/comments", response={201: dict})
def add_comment(request: SignedRequest, number: int, data: Remark) -> Status[Any]:
    made = comments.add(person=request.user, item=one(_items(request), number), text=data.text, about=data.about)
    return Status(201, _comment(made))


@router.get("/items/{number}/versions", response=Page)
def all_versions(request: SignedRequest, number: int, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    rows = ItemVersion.objects.filter(item=one(_items(request), number).root).select_related("person")
    return page(rows, cursor, limit, lambda some: [_version(row) for row in some])


@router.get("/items/{number}/versions/{version}")
def show_version(request: SignedRequest, number: int, version: int, against: int | None = None) -> dict[str, Any]:
    """One version, and what is different from another (the one that is live, when `against` is not sent)."""
    item = one(_items(request), number)
    row = _numbered(item, version)
    base = _numbered(item, against) if against is not None else differences.base(item, row)
    rows = differences.Rows.of(row.content, *([base.content] if base else []))
    changed = differences.between(base.content if base else None, row.content, rows)
    told = [
        {
            "about": one.about,
            "what": one.what,
            "label": one.label,
            "parts": [[part.what, part.words] for part in one.parts],
        }
        for one in changed
    ]
    return {**_version(row), "against": base.number if base else None, "changes": told}


def _numbered(item: Item, number: int) -> ItemVersion:
    found = item.root.versions.select_related("person").filter(number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise Http404
    return found


@router.post("/items/{number}/versions/{version}/restore")
def restore(request: SignedRequest, number: int, version: int) -> dict[str, Any]:
    """Take a version back: as a draft, or a change of what is approved."""
    item = one(_items(request), number)
    _numbered(item, version)
    row = changes.restore(person=request.user, item=item, number=version)
    return {"item": row.pk, "status": row.status, "version": getattr(versions.latest(row), "number", None)}


@router.delete("/items/{number}/change", response={204: None})
def discard(request: SignedRequest, number: int) -> Status[Any]:
    """Give up the open change of an item."""
    change = changes.revision(one(_items(request), number))
    if change is None:
        raise Http404
    changes.discard(person=request.user, change=change)
    return Status(204, None)


def _category(row: Category) -> dict[str, Any]:
    return {
        "slug": row.slug, "names": row.names, "look": row.look, "shareable": row.shareable,
        "steps": [
            {"key": step.key, "names": step.names, "days": step.days, "people": step.people, "teams": step.teams}
            for step in steps.of(row)
        ],
    }  # fmt: skip


@router.get("/categories")
def all_categories(request: SignedRequest) -> dict[str, Any]:
    require(request.user.may(Permission.READ_LIBRARY) or categories.may_change(request.user))
    return {"items": [_category(row) for row in Category.objects.all()]}


@router.put("/categories/{slug}/steps")
def change_steps(request: SignedRequest, slug: str, data: Steps) -> dict[str, Any]:
    require(categories.may_change(request.user))
    row = Category.objects.filter(slug=slug).first()
    if row is None:
        raise Http404
    saved = categories.save(
        person=request.user, category=row, names=row.names, look=row.look, shareable=row.shareable, review=data.steps
    )
    return _category(saved)

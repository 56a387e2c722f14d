"""The library beyond single items: many changed at once and taken back, views, what is still right."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from kaja.api import items as item_doors
from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content import bulk, items, library, saved
from kaja.content.library import Filter
from kaja.content.models import BulkChange, Item, SavedView
from kaja.people.roles import Permission, require

router = Router(tags=["library"])


class Many(Schema):
    """Either `items` (numbers) or `filter` (as in the library's address: "category=product&words=robot").

    `what` is category, topic_add, topic_remove, campaign, audience, ends, evergreen, ages, submit or withdraw; `value`
    is a slug, a number, a name, a day (2026-12-01) or a reason, as `what` needs it.
    """

    what: str
    value: str = ""
    items: list[int] = []
    filter: str | None = None


class View(Schema):
    name: str
    query: str = ""
    shared: bool = False


class ViewChange(Schema):
    name: str = ""
    shared: bool = False


def _change(done: BulkChange) -> dict[str, Any]:
    """`left` were not changed, `kept` not put back, each with why."""
    return {
        "id": done.pk,
        "what": done.what,
        "value": done.value,
        "at": shapes.moment(done.at),
        "changed": done.rows.count(),
        "total": done.total,
        "done": done.done,
        "finished_at": shapes.moment(done.finished_at),
        "stopped_at": shapes.moment(done.stopped_at),
        "back_to_review": bulk.back_to_review(done),
        "left": done.left,
        "undone_at": shapes.moment(done.undone_at),
        "kept": done.kept,
    }


@item_doors.router.patch("/items")  # one path has one router
def change_many(request: SignedRequest, data: Many) -> dict[str, Any]:
    """Change any number of items: up to 1,000 at once, more by a job (`finished_at` is null; `GET /bulk/{id}` tells how
    far it is, `POST /bulk/{id}/stop` ends it). What one item's verb refuses holds up no other: see `left`."""
    require(request.user.may(Permission.READ_LIBRARY))
    if (data.filter is None) == (not data.items):
        raise ValidationError({"items": _("Send the numbers of items, or a filter, and not both.")})
    if data.filter is not None:
        found = library.items(Filter.read(QueryDict(data.filter[:2000])))
    else:
        found = Item.objects.filter(pk__in=[number for number in data.items if 0 < number < 2**63])
    numbers = found.order_by("pk").values_list("pk", flat=True)
    return _change(bulk.apply(person=request.user, chosen=numbers, what=data.what, typed=data.value[:2000]))


@router.get("/bulk/{number}")
def show_change(request: SignedRequest, number: int) -> dict[str, Any]:
    return _change(one(bulk.of(request.user), number))


@router.post("/bulk/{number}/stop")
def stop(request: SignedRequest, number: int) -> dict[str, Any]:
    """End a change that is under way; what was changed can be taken back."""
    done = one(bulk.of(request.user), number)
    bulk.stop(person=request.user, bulk=done)
    return show_change(request, number)


@router.post("/bulk/{number}/undo")
def undo(request: SignedRequest, number: int) -> dict[str, Any]:
    """Put everything back that nobody changed meanwhile; see `kept` for the rest."""
    return _change(bulk.undo(person=request.user, bulk=one(bulk.of(request.user), number)))


@router.post("/items/{number}/still-right")
def still_right(request: SignedRequest, number: int) -> dict[str, Any]:
    """An evergreen item was looked at and holds: it is due again in 180 days."""
    require(request.user.may(Permission.EDIT_CONTENT))
    return shapes.item(items.still_right(person=request.user, item=one(Item.objects.all(), number)))


@router.get("/views", response=Page)
def views(request: SignedRequest, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    require(request.user.may(Permission.READ_LIBRARY))
    return page(saved.of(request.user), cursor, limit, lambda some: [_shown(request, view) for view in some])


def _shown(request: SignedRequest, view: SavedView) -> dict[str, Any]:
    own = view.person_id == request.user.pk
    return {"id": view.pk, "name": view.name, "query": view.query, "shared": view.shared, "own": own}


@router.post("/views", response={201: dict})
def keep(request: SignedRequest, data: View) -> Status[Any]:
    view = saved.save(person=request.user, name=data.name, query=data.query, shared=data.shared)
    return Status(201, _shown(request, view))


@router.patch("/views/{number}")
def change_view(request: SignedRequest, number: int, data: ViewChange) -> dict[str, Any]:
    """What is not sent stays as it is."""
    view, given = one(saved.of(request.user), number), data.dict(exclude_unset=True)
    saved.change(
        person=request.user, view=view, name=given.get("name", view.name), shared=given.get("shared", view.shared)
    )
    return _shown(request, view)


@router.delete("/views/{number}", response={204: None})
def remove_view(request: SignedRequest, number: int) -> Status[Any]:
    saved.remove(person=request.user, view=one(saved.of(request.user), number))
    return Status(204, None)

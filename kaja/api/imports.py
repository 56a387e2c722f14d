"""Imports by REST: bring a table, see what each row would become, do it, undo it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from ninja import File, Form, Router, Schema, Status, UploadedFile

from kaja import csvfile
from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.api.items import category_of
from kaja.content import importing as content
from kaja.people import importing as persons
from kaja.people import imports
from kaja.people.models import Import
from kaja.people.roles import Permission, require

router = Router(tags=["imports"])
MOST_ROWS = 1000


class Doing(Schema):
    """`let_leave`: of people, also close those who are not in the file any more."""

    let_leave: bool = False


def _mine(request: SignedRequest, key: str) -> Import:
    found = Import.objects.filter(person=request.user, key=key).first()
    if found is None:
        raise Http404
    return found


def _planned(request: SignedRequest, upload: Import) -> dict[str, Any]:
    """The dry run: counts, and the fate of each row (the first thousand)."""
    try:
        plan: imports.Plan[Any] = (
            persons.plan_of(upload, actor=request.user)
            if upload.kind == Import.Kind.PEOPLE
            else content.plan_of(upload, person=request.user)
        )
    except csvfile.Unreadable as error:
        raise ValidationError({"file": str(error)}) from error
    told = [
        {"line": row.line, "fate": row.fate.value, "name": row.name, "why": row.why or None, "notes": row.notes}
        for row in plan.rows[:MOST_ROWS]
    ]
    fates = {fate.value: n for fate, n in plan.counts.items()}
    said = {"encoding": plan.encoding, "columns": dict(zip(plan.header, plan.columns, strict=False))}
    absent = {"not_in_file": len(plan.absent)} if isinstance(plan, persons.Plan) else {}
    return {**shapes.upload(upload), **said, **absent, "fates": fates, "plan": told}


@router.post("/imports/people", response={201: dict})
def people(request: SignedRequest, file: File[UploadedFile]) -> Status[Any]:
    """Nothing is written: the answer is the dry run."""
    require(request.user.may(Permission.INVITE_PEOPLE))
    return Status(201, _planned(request, _kept(request, Import.Kind.PEOPLE, file)))


@router.post("/imports/items", response={201: dict})
def items(request: SignedRequest, file: File[UploadedFile], category: Form[str]) -> Status[Any]:
    """`category` is for rows that name none. Nothing is written: the answer is the dry run."""
    require(request.user.may(Permission.EDIT_CONTENT))
    chosen = category_of(category)
    upload = _kept(request, Import.Kind.ITEMS, file, category=chosen.pk)
    return Status(201, _planned(request, upload))


def _kept(request: SignedRequest, kind: str, file: UploadedFile, **options: Any) -> Import:
    if (file.size or 0) > csvfile.LARGEST:
        raise ValidationError({"file": str(csvfile.too_large())})
    try:
        return imports.keep(person=request.user, kind=kind, name=file.name or "", content=file.read(), options=options)
    except csvfile.Unreadable as error:
        raise ValidationError({"file": str(error)}) from error


@router.get("/imports/{key}")
def show(request: SignedRequest, key: str) -> dict[str, Any]:
    """The dry run of one that has not begun; else how far it is."""
    upload = _mine(request, key)
    return _planned(request, upload) if upload.state == Import.State.TRIED else shapes.upload(upload)


@router.post("/imports/{key}/apply")
def apply(request: SignedRequest, key: str, data: Doing) -> dict[str, Any]:
    """Small files are done with the answer; larger ones go on: ask again."""
    upload = _mine(request, key)
    try:
        if upload.kind == Import.Kind.PEOPLE:
            persons.begin(upload=upload, actor=request.user, let_leave=data.let_leave)
        else:
            content.begin(upload=upload, person=request.user)
    except csvfile.Unreadable as error:
        raise ValidationError(str(error)) from error
    return shapes.upload(_mine(request, key))


@router.post("/imports/{key}/undo")
def undo(request: SignedRequest, key: str) -> dict[str, Any]:
    upload = _mine(request, key)
    if upload.kind == Import.Kind.PEOPLE:
        persons.undo(upload=upload, actor=request.user)
    else:
        content.undo(upload=upload, person=request.user)
    return shapes.upload(_mine(request, key))

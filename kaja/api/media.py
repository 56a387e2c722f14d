"""Media by REST: upload, list, describe, what networks make of them, take away."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content import fits, gallery, uploads
from kaja.content import media as verbs
from kaja.content.models import Media
from kaja.people.roles import Permission, require

router = Router(tags=["media"])


class Words(Schema):
    alt: str


@router.get("/media", response=Page)
def index(
    request: SignedRequest, kind: str = "", words: str = "", alt: str = "", cursor: str = "", limit: int = 50
) -> dict[str, Any]:
    """Media of the library; `kind` is picture, video or document, `alt=missing` those without a description."""
    require(request.user.may(Permission.EDIT_CONTENT))
    if kind and kind not in Media.Kind.values:
        raise ValidationError({"kind": _("Choose one of: %s.") % ", ".join(Media.Kind.values)})
    rows = gallery.media(gallery.Filter(kind=kind, words=words, alt=alt))
    return page(rows, cursor, limit, lambda some: [shapes.media(row) for row in some])


@router.post("/media", response={201: dict})
def upload(request: SignedRequest, file: File[UploadedFile | None] = None, alt: Form[str] = "") -> Status[Any]:
    """One file as multipart/form-data: `file`, and `alt` in one sentence. The same file twice is one row."""
    require(request.user.may(Permission.EDIT_CONTENT))
    if file is None:
        said = [sentence for _name, sentence in uploads.refused(request)]
        raise ValidationError({"file": said or [_("Choose one or more files.")]})
    made = verbs.receive(person=request.user, file=file, size=file.size or 0, name=file.name or "", alt=alt)
    return Status(201, shapes.media(made))


@router.get("/media/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    """With what each network makes of it: fits, made (to fit) or cannot, and why."""
    require(request.user.may(Permission.EDIT_CONTENT))
    found = one(Media.objects.all(), number)
    return {
        **shapes.media(found),
        "fits": [shapes.fit(fit) for fit in fits.everywhere(found)],
        "items": [item.pk for item in verbs.users(found)],
    }


@router.patch("/media/{number}")
def change(request: SignedRequest, number: int, data: Words) -> dict[str, Any]:
    verbs.reword(person=request.user, media=one(Media.objects.all(), number), alt=data.alt)
    return show(request, number)


@router.post("/media/{number}/still")
def still(
    request: SignedRequest, number: int, file: File[UploadedFile | None] = None, alt: Form[str] = ""
) -> dict[str, Any]:
    """The picture that stands there before a video plays; without a file there is none any more."""
    found = one(Media.objects.all(), number)
    content = file.read(verbs.most(Media.Kind.PICTURE) + 1) if file else None
    verbs.show_still(person=request.user, media=found, content=content, alt=alt)
    return show(request, number)


@router.delete("/media/{number}", response={204: None})
def remove(request: SignedRequest, number: int) -> Status[Any]:
    verbs.remove(person=request.user, media=one(Media.objects.all(), number))
    return Status(204, None)

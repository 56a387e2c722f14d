"""Items and captions: the library by REST."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status, UploadedFile
from ninja.params import functions as params
from pydantic import AwareDatetime

from kaja.api import shapes
from kaja.api.doors import Page, SignedRequest, one, page
from kaja.content import attaching, captions, kinds, library, media, previews, review
from kaja.content import items as verbs
from kaja.content.models import Attachment, Caption, Category, Item, Media
from kaja.people.roles import Permission, require

router = Router(tags=["items"])


def _seen(request: SignedRequest) -> QuerySet[Item]:
    """What the caller may see: everything for those who read the library, else what is live and meant for them."""
    rows = Item.objects.select_related("category", "audience", "image", "campaign")
    rows = rows.prefetch_related("captions", "previews__image").with_attachments()
    if request.user.may(Permission.READ_LIBRARY):
        return rows
    return rows.live().for_person(request.user)


def category_of(slug: str) -> Category:
    """The category of this slug. Raises ValidationError."""
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        raise ValidationError({"category": _("There is no category “%s”.") % slug[:60]})
    return found


class NewItem(Schema):
    """`url` alone reads the page; with a `title` nothing is fetched. `kind` is link, article, images, video, document,
    job, event, text or say; `details` are the fields that only this kind has (see `GET /kinds`)."""

    category: str
    kind: str = Item.Kind.LINK
    url: str = ""
    title: str = ""
    summary: str = ""
    body: str = ""
    details: dict[str, Any] = {}
    language: str = "en"


class Change(Schema):
    """What is not sent stays as it is; only the times may be null."""

    title: str = ""
    kind: str = ""
    url: str = ""
    summary: str = ""
    body: str = ""
    details: dict[str, Any] = {}
    language: str = ""
    category: str = ""
    live_from: AwareDatetime | None = None
    live_until: AwareDatetime | None = None
    pinned: bool = False
    evergreen: bool = False
    resource: bool = False


class NewAttachment(Schema):
    """A file that is kept already, by its number."""

    media: int


class Place(Schema):
    """Where an attachment stands among the others, from 0."""

    position: int


class NewPreview(Schema):
    """How the link looks; `image` is the number of a kept picture. Nothing at all: as the item is."""

    title: str = ""
    text: str = ""
    image: int | None = None


class Reason(Schema):
    reason: str = ""


class Suggestion(Schema):
    """A page that somebody would like to see shared; without a title the page is asked for its own."""

    url: str
    category: str
    why: str = ""
    title: str = ""


class Words(Schema):
    language: str
    text: str
    network: str = ""
    voice: str = ""


@router.get("/items", response=Page)
def index(
    request: SignedRequest, status: str = "", category: str = "", language: str = "", words: str = "", topic: str = "",
    audience: str = "", campaign: str = "", validity: str = "", kind: str = "", author: str = "", feed: str = "",
    begins_after: AwareDatetime | None = None, begins_before: AwareDatetime | None = None,
    resource: bool | None = None, cursor: str = "", limit: int = 50,
) -> dict[str, Any]:  # fmt: skip
    """Items the caller may see, the newest first; the parts mean what they mean in the library's address.

    `status` is draft, in_review, approved, live, expired or withdrawn; `validity` soon, open, evergreen or due;
    `begins_after` and `begins_before` bound `live_from`, the first included; `resource` those of the resources hub,
    or the others.
    """
    rows = _seen(request) if resource is None else _seen(request).filter(resource=resource)
    bounds = {"live_from__gte": begins_after, "live_from__lt": begins_before}
    rows = rows.filter(**{name: value for name, value in bounds.items() if value})
    if status:
        if status not in library.STATUSES:
            raise ValidationError({"status": _("Choose one of: %s.") % ", ".join(library.STATUSES)})
        rows = rows.filter(library.by_status(status))
    given = {
        "category": category, "language": language, "words": words, "topic": topic, "audience": audience,
        "campaign": campaign, "validity": validity, "kind": kind, "author": author, "feed": feed,
    }  # fmt: skip
    found = library.narrowed(rows, library.Filter.read(given))
    return page(found, cursor, limit, lambda some: [shapes.item(row) for row in some])


@router.post("/items", response={201: dict})
def create(request: SignedRequest, data: NewItem) -> Status[Any]:
    category = category_of(data.category)
    if data.title:
        fields = data.dict(exclude={"category", "title"})
        made = verbs.create(person=request.user, title=data.title, category=category, **fields)
    elif data.kind != Item.Kind.LINK:
        raise ValidationError({"title": _("Give it a title.")})
    else:
        made = verbs.create_from_url(person=request.user, address=data.url, category=category)
    return Status(201, shapes.item(made))


@router.post("/suggestions", response={201: dict})
def suggest(request: SignedRequest, data: Suggestion) -> Status[Any]:
    """A draft with the caller's name on it, for an editor to take further."""
    found = None if data.title else verbs.suggestible(person=request.user, address=data.url)
    made = verbs.suggest(
        person=request.user, address=found.page.address if found else data.url, category=category_of(data.category),
        why=data.why, title=data.title or (found.page.title if found else data.url),
        summary=found.page.description if found else "", language=found.page.language if found else "",
    )  # fmt: skip
    return Status(201, {"id": made.pk, "title": made.title, "url": made.url, "status": made.status})


@router.get("/items/{number}")
def show(request: SignedRequest, number: int) -> dict[str, Any]:
    return shapes.item(one(_seen(request), number))


@router.patch("/items/{number}")
def change(request: SignedRequest, number: int, data: Change) -> dict[str, Any]:
    fields: dict[str, Any] = data.dict(exclude_unset=True)
    if "category" in fields:
        fields["category"] = category_of(fields["category"])
    item = one(_seen(request), number)
    if "details" in fields:
        fields["details"] = {**item.details, **fields["details"]}
    # Of what is approved, the answer is the change: what is live stays as it was approved.
    row = verbs.change(person=request.user, item=item, **fields)
    return show(request, row.pk)


@router.get("/kinds", response=list[dict[str, Any]])
def all_kinds(request: SignedRequest) -> list[dict[str, Any]]:
    """What each kind of item needs and allows."""
    return [shapes.kind(one) for one in kinds.KINDS.values()]


def _kept(number: int) -> Media:
    found = media.find(number)
    if found is None:
        raise ValidationError({"media": _("There is no file %d.") % number})
    return found


@router.post("/items/{number}/pictures", response={201: dict})
def add_picture(
    request: SignedRequest, number: int, file: Annotated[UploadedFile, params.File(...)], alt: str = params.Form("")
) -> Status[Any]:
    """Upload a picture and attach it at the end (multipart form: `file`, `alt`)."""
    item = one(_seen(request), number)
    require(request.user.may(Permission.EDIT_CONTENT))
    kept = media.receive(person=request.user, file=file, size=file.size or 0, name=file.name or "", alt=alt)
    made = attaching.add(person=request.user, item=item, media=kept)
    return Status(201, shapes.attachment(made))


@router.post("/items/{number}/attachments", response={201: dict})
def attach(request: SignedRequest, number: int, data: NewAttachment) -> Status[Any]:
    item = one(_seen(request), number)
    require(request.user.may(Permission.EDIT_CONTENT))
    return Status(201, shapes.attachment(attaching.add(person=request.user, item=item, media=_kept(data.media))))


def _attachment(request: SignedRequest, number: int, attachment: int) -> Attachment:
    item = one(_seen(request), number)
    require(request.user.may(Permission.EDIT_CONTENT))
    return one(Attachment.objects.filter(item=item).select_related("item", "media"), attachment)


@router.patch("/items/{number}/attachments/{attachment}")
def move_attachment(request: SignedRequest, number: int, attachment: int, data: Place) -> dict[str, Any]:
    row = attaching.move(person=request.user, attachment=_attachment(request, number, attachment), to=data.position)
    return show(request, row.pk)


@router.delete("/items/{number}/attachments/{attachment}", response={204: None})
def detach(request: SignedRequest, number: int, attachment: int) -> Status[Any]:
    attaching.remove(person=request.user, attachment=_attachment(request, number, attachment))
    return Status(204, None)


@router.put("/items/{number}/previews/{network}")
def write_preview(request: SignedRequest, number: int, network: str, data: NewPreview) -> dict[str, Any]:
    """How the link looks on `network` (its key, or `all`)."""
    image = _kept(data.image) if data.image is not None else None
    row = previews.write(
        person=request.user, item=one(_seen(request), number), network="" if network == "all" else network,
        title=data.title, text=data.text, image=image,
    )  # fmt: skip
    return show(request, row.pk)


@router.post("/items/{number}/submit")
def submit(request: SignedRequest, number: int) -> dict[str, Any]:
    review.submit(person=request.user, item=one(_seen(request), number))
    return show(request, number)


@router.post("/items/{number}/approve")
def approve(request: SignedRequest, number: int) -> dict[str, Any]:
    item = one(_seen(request), number)
    review.approve(person=request.user, item=item)
    return show(request, item.pk)


@router.post("/items/{number}/return")
def return_(request: SignedRequest, number: int, data: Reason) -> dict[str, Any]:
    review.return_(person=request.user, item=one(_seen(request), number), reason=data.reason)
    return show(request, number)


@router.post("/items/{number}/withdraw")
def withdraw(request: SignedRequest, number: int, data: Reason) -> dict[str, Any]:
    verbs.withdraw(person=request.user, item=one(_seen(request), number), reason=data.reason[:2000])
    return show(request, number)


@router.get("/captions", response=Page)
def all_captions(request: SignedRequest, item: int, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    rows = Caption.objects.filter(item=one(_seen(request), item))
    return page(rows, cursor, limit, lambda some: [shapes.caption(row) for row in some])


@router.post("/items/{number}/captions", response={201: dict})
def add_caption(request: SignedRequest, number: int, data: Words) -> Status[Any]:
    words = captions.add(
        person=request.user, item=one(_seen(request), number), language=data.language, text=data.text,
        network=data.network, voice=data.voice,
    )  # fmt: skip
    return Status(201, shapes.caption(words))


@router.delete("/captions/{number}", response={204: None})
def remove_caption(request: SignedRequest, number: int) -> Status[Any]:
    captions.remove(person=request.user, caption=one(Caption.objects.select_related("item"), number))
    return Status(204, None)

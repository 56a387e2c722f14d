"""Verbs on what belongs to an item: pictures in their order, a video or a document (A3)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import changes, kinds, review, versions
from kaja.content.models import Attachment, Item, Media
from kaja.jobs import facts
from kaja.people.models import Person
from kaja.people.roles import Permission, require


def of(item: Item) -> list[Attachment]:
    """What belongs to the item as its kind shows it, in order; ask for it with `with_attachments`."""
    wanted = kinds.of(item).attaches
    return [one for one in item.attachments.all() if one.media.kind == wanted]


@transaction.atomic
def add(*, person: Person, item: Item, media: Media) -> Attachment:
    """Attach a kept file at the end. Raises ValidationError for what this kind of item does not take."""
    stored = _changing(person, item)
    kind = kinds.of(stored)
    if not kind.attaches:
        raise ValidationError(_("This kind of post takes no files."), code="attach")
    if media.kind != kind.attaches:
        takes = str(Media.Kind(kind.attaches).label)
        raise ValidationError(_("This kind of post takes another kind of file: %s.") % takes, code="attach")
    here = of(stored)
    if kind.most == 1:
        stored.attachments.filter(pk__in=[one.pk for one in here]).delete()
    elif len(here) >= kind.most:
        raise ValidationError(_("There are %d already. Remove one before you add another.") % kind.most, code="many")
    try:
        with transaction.atomic():
            made = Attachment.objects.create(item=stored, media=media, position=_end(stored))
    except IntegrityError as error:
        raise ValidationError(_("This very file is there already."), code="twice") from error
    if kind.posts_pictures and stored.image_id is None:
        stored.image = media  # stands for the item wherever there is room for one
    _changed(person, stored, "item.attached", media=media.pk)
    return made


def _end(item: Item) -> int:
    return max((one.position for one in item.attachments.all()), default=-1) + 1


@transaction.atomic
def remove(*, person: Person, attachment: Attachment) -> Item:
    """Take a file off the item; the file itself stays, others may show it. Answers the row that has it no longer."""
    stored = _changing(person, attachment.item)
    media = attachment.media_id
    Attachment.objects.filter(item=stored, media=media).delete()
    if stored.image_id == media and kinds.of(stored).posts_pictures:
        stored.image = next((one.media for one in of(stored)), None)
    _changed(person, stored, "item.detached", media=media)
    return stored


@transaction.atomic
def move(*, person: Person, attachment: Attachment, to: int) -> Item:
    """Bring a file to the place `to` (from 0) among those of its item. Answers the row in which it moved."""
    stored = _changing(person, attachment.item)
    here = list(stored.attachments.all())
    order = [one for one in here if one.media_id != attachment.media_id]
    moved = [one for one in here if one.media_id == attachment.media_id]
    place = max(min(to, len(order)), 0)
    order[place:place] = moved
    for place, one in enumerate(order):
        one.position = place
    Attachment.objects.bulk_update(order, ["position"])
    _changed(person, stored, "item.reordered", media=attachment.media_id)
    return stored


@transaction.atomic
def describe(*, person: Person, attachment: Attachment, alt: str) -> None:
    """Say what a picture shows, for those who cannot see it."""
    require(person.may(Permission.EDIT_CONTENT))
    Media.objects.filter(pk=attachment.media_id).update(alt=alt.strip()[:1000])
    lines.write(actor=person, verb="item.described", on=attachment.item, media=attachment.media_id)


def _changing(person: Person, item: Item) -> Item:
    """The row to write into: of what is approved, its change."""
    require(person.may(Permission.EDIT_CONTENT))
    row = changes.row(item, person=person)
    return Item.objects.select_for_update(of=("self",)).select_related("replaces", "category").get(pk=row.pk)


def _changed(person: Person, item: Item, verb: str, **told: Any) -> None:
    # Not a change of the words: who is writing them meanwhile can still save.
    Item.objects.filter(pk=item.pk).update(image=item.image)
    versions.keep(item, person=person)
    review.changed(person=person, item=item)
    if item.replaces_id is None:
        facts.record("item.preview_changed", item=item.pk)
    lines.write(actor=person, verb=verb, on=item.root, **told)

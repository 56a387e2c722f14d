"""A reader's word to the editors about an item, and their answer (A7). Read by the two of them only."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content.models import Item, ItemNote
from kaja.jobs import facts
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require

LONGEST = 2000
# Of one reader about one item: more is a mistake or a flood.
MOST = 20


def _words(text: str) -> str:
    said = text.strip()
    if not said:
        raise ValidationError({"text": _("Write a few words first.")})
    if len(said) > LONGEST:
        raise ValidationError({"text": _("This is longer than %d characters.") % LONGEST})
    return said


@transaction.atomic
def write(*, person: Person, item: Item, text: str) -> ItemNote:
    """A word to the editors about a live item that is meant for the person. Raises ValidationError by field."""
    require(Item.objects.live().for_person(person).filter(pk=item.pk).exists())
    said = _words(text)
    if ItemNote.objects.filter(person=person, item=item).count() >= MOST:
        raise ValidationError({"text": _("You have written a lot about this one. Talk to the editors in person.")})
    return ItemNote.objects.create(person=person, item=item, text=said)


@transaction.atomic
def answer(*, person: Person, note: ItemNote, text: str) -> None:
    """Answer a reader, who is told by e-mail. An answer can be given anew."""
    require(person.may(Permission.EDIT_CONTENT))
    said, now = _words(text), timezone.now()
    note.answer, note.answered_by, note.answered_at = said, person, now
    note.read_at = note.read_at or now
    note.save(update_fields=["answer", "answered_by", "answered_at", "read_at"])
    lines.write(actor=person, verb="note.answered", on=note, item=note.item_id)
    facts.record("note.answered", note=note.pk)


def mark_read(*, person: Person, note: ItemNote) -> None:
    """It is read; there is nothing to answer."""
    require(person.may(Permission.EDIT_CONTENT))
    ItemNote.objects.filter(pk=note.pk, read_at__isnull=True).update(read_at=timezone.now())


def unread() -> QuerySet[ItemNote]:
    """What nobody has read yet, the oldest first."""
    return ItemNote.objects.filter(read_at__isnull=True).order_by("at", "id")


def about(item: Item) -> QuerySet[ItemNote]:
    """Readers' words about an item, the newest first, for editors."""
    return ItemNote.objects.filter(item=item).select_related("person", "answered_by")


def of(person: Person, item: Item) -> QuerySet[ItemNote]:
    """What this person wrote about the item, with the answers."""
    return about(item).filter(person=person)


def tell(note: int) -> None:
    """Send the answer to the reader, in their language. A job: safe to run twice (the letter comes twice at worst)."""
    row = ItemNote.objects.select_related("person", "item").filter(pk=note).first()
    if row is None or not row.answer or not row.person.is_active:
        return
    with translation.override(row.person.language or company.current().language):
        link = f"{settings.BASE_URL}{reverse('read', args=[row.item_id])}"
        context = {"note": row, "company": company.current(), "link": link}
        subject = _("An answer about “%s”") % row.item.title
        letter = EmailMultiAlternatives(
            subject, render_to_string("content/mail/note.txt", context), to=[row.person.email]
        )
        letter.attach_alternative(render_to_string("content/mail/note.html", context), "text/html")
        letter.send()

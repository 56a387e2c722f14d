"""Comments on an item between those who write it and those who review it; plain text, never changed (B1)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import versions
from kaja.content.models import Comment, Item
from kaja.people.models import Person
from kaja.people.roles import Permission, require

LONGEST, MOST = 2000, 500


@transaction.atomic
def add(*, person: Person, item: Item, text: str, about: str = "") -> Comment:
    """Say something about an item as it stands now; `about` a part of it ("title", "caption:12"). Raises
    ValidationError for nothing and for too much."""
    require(person.may(Permission.READ_LIBRARY))
    said = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not said:
        raise ValidationError(_("Write the comment first."), code="empty")
    if len(said) > LONGEST:
        raise ValidationError(_("This is longer than %d characters.") % LONGEST, code="too-long")
    root = item.root
    if root.comments.count() >= MOST:
        raise ValidationError(_("There are %d comments already.") % MOST, code="many")
    versions.begin(root)
    number = getattr(versions.latest(root), "number", None)
    made = Comment.objects.create(
        item=root, version=number, about=about[:40].replace("\x00", ""), person=person, text=said
    )
    lines.write(actor=person, verb="item.commented", on=root, version=number)
    return made

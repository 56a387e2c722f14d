"""Categories: four to begin with, which the company may rename, reorder and add to; each with its steps of review (A2,
B1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kaja import memory
from kaja.audit import lines
from kaja.content import steps
from kaja.content.models import Category
from kaja.memory import Kept
from kaja.people.models import Person
from kaja.people.roles import Permission, require

BEGINNING = (
    ("product", {"en": "Product", "et": "Toode"}, "product", True),
    ("people", {"en": "People & hiring", "et": "Inimesed ja värbamine"}, "people", True),
    ("thought", {"en": "Thought leadership", "et": "Eksperdipilk"}, "thought", True),
    ("internal", {"en": "Internal news", "et": "Majasisesed uudised"}, "internal", False),
)
LONGEST, MOST = 60, 40


def _read() -> list[Category]:
    return list(Category.objects.all())


_kept = Kept(_read, about="categories")


def every() -> list[Category]:
    """All of them in their order, for pages that offer them; from memory, a few seconds old at most."""
    return _kept.get()


def begin() -> None:
    """Make the first categories where there is none, so that a new company can add its first item."""
    if not Category.objects.exists():
        Category.objects.bulk_create(
            Category(slug=slug, names=names, look=look, shareable=shareable, position=position)
            for position, (slug, names, look, shareable) in enumerate(BEGINNING)
        )


def may_change(person: Person) -> bool:
    """Administrators, and managers (who invite people and review both)."""
    return person.may(Permission.CHANGE_SETTINGS) or (
        person.may(Permission.INVITE_PEOPLE) and person.may(Permission.REVIEW_CONTENT)
    )


@transaction.atomic
def save(
    *, person: Person, category: Category | None, names: dict[str, str], look: str, shareable: bool,
    position: int | None = None, review: Iterable[dict[str, Any]] | None = None,
) -> Category:  # fmt: skip
    """Change a category, or make one (None). `review`: its steps in order, as steps.py writes them; None leaves them.

    What is in review at a step that is gone goes on at the first. Raises ValidationError.
    """
    require(may_change(person))
    said = {code: " ".join(name.split()) for code, name in names.items() if name.strip()}
    if not said.get("en"):
        raise ValidationError({"name_en": _("Give it a name.")})
    if any(len(name) > LONGEST for name in said.values()):
        raise ValidationError({"name_en": _("This is longer than %d characters.") % LONGEST})
    if look not in dict(Category._meta.get_field("look").choices or ()):
        raise ValidationError({"look": _("Choose one of the colours.")})
    row = category or Category(
        slug=_slug(said["en"]), position=(Category.objects.aggregate(n=Max("position"))["n"] or 0) + 1
    )
    row.names, row.look, row.shareable = said, look, shareable
    row.position = row.position if position is None else position
    if review is not None:
        row.steps = steps.checked(review)
    row.save()
    memory.forget("categories")
    lines.write(actor=person, verb="category.changed" if category else "category.made", on=row, steps=len(row.steps))
    return row


def _slug(name: str) -> str:
    if Category.objects.count() >= MOST:
        raise ValidationError(_("There are %d categories already.") % MOST)
    stem = slugify(name)[:40] or "category"
    taken = set(Category.objects.values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, MOST + 2))) if slug not in taken)

"""Review: draft, in review, approved; returned with a reason (B1 first form).

An author does not approve their own item, unless nobody else may review (docs/decisions/own-items.md).
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import kinds
from kaja.content.models import Item, ReviewStep
from kaja.people.models import Person
from kaja.people.roles import GRANTS, Permission, require

State = Item.State
What = ReviewStep.What


def waiting() -> QuerySet[Item]:
    """What waits for a reviewer, the oldest first."""
    return (
        Item.objects.filter(state=State.IN_REVIEW).select_related("category", "image", "author").order_by("updated_at")
    )


def missing(item: Item) -> list[str]:
    """What an item lacks before it can be approved, as sentences."""
    lacks = kinds.lacks(item)
    if item.category.shareable and kinds.of(item).words and not item.captions.exists():
        lacks.append(_("It has no suggested words yet."))
    if item.live_until is not None and item.live_until <= timezone.now():
        lacks.append(_("Its end has passed. Choose a later one."))
    return lacks


@transaction.atomic
def submit(*, person: Person, item: Item) -> None:
    """Send a draft to review."""
    require(person.may(Permission.EDIT_CONTENT))
    _step(item, State.DRAFT, State.IN_REVIEW, what=What.SUBMITTED, person=person)


@transaction.atomic
def approve(*, person: Person, item: Item) -> None:
    """Approve what is in review: it goes live at its time, or now. Raises ValidationError for what is missing."""
    require(person.may(Permission.REVIEW_CONTENT))
    lacks = missing(item)
    if lacks:
        raise ValidationError(lacks)
    if item.author_id == person.pk and _others(person):
        raise ValidationError(_("You wrote it, so somebody else has to approve it."), code="own")
    now = timezone.now()
    begins = item.live_from if item.live_from and item.live_from > now else now
    _step(item, State.IN_REVIEW, State.APPROVED, what=What.APPROVED, person=person, approved_at=now, live_from=begins)


def _others(person: Person) -> bool:
    reviewing = [role for role, granted in GRANTS.items() if Permission.REVIEW_CONTENT in granted]
    return Person.objects.joined().filter(grants__role__in=reviewing).exclude(pk=person.pk).exists()


@transaction.atomic
def return_(*, person: Person, item: Item, reason: str) -> None:
    """Ask for changes; the reason is required, the author reads it."""
    require(person.may(Permission.REVIEW_CONTENT))
    if not reason.strip():
        raise ValidationError(_("Say what should change. The author reads it."), code="reason")
    _step(item, State.IN_REVIEW, State.DRAFT, what=What.RETURNED, person=person, reason=reason.strip()[:2000])


def _step(
    item: Item, before: State, after: State, *, what: What, person: Person, reason: str = "", **fields: object
) -> None:
    changed = Item.objects.filter(pk=item.pk, state=before).update(state=after, updated_at=timezone.now(), **fields)
    if not changed:
        raise ValidationError(_("It has moved on meanwhile. Load the page again."), code="moved")
    ReviewStep.objects.create(item=item, what=what, person=person, reason=reason)
    lines.write(actor=person, verb=f"item.{what}", on=item, reason=reason)
    item.refresh_from_db()

"""Review: a draft goes through its category's steps and is approved; or is returned with a reason (B1).

Who wrote any of what is to be approved does not approve it, and two steps are decided by two people, unless nobody else
may (docs/decisions/own-items.md). What is changed during review begins again at the first step.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import caption_checks, changes, kinds, ranking, steps, versions
from kaja.content.models import Item, ReviewStep
from kaja.jobs import facts
from kaja.people.models import Person
from kaja.people.roles import Permission, require

State = Item.State
What = ReviewStep.What


def waiting() -> QuerySet[Item]:
    """What waits for a reviewer, the oldest first."""
    rows = Item.objects.filter(state=State.IN_REVIEW).select_related("category", "image", "author", "replaces")
    return rows.order_by("due_at", "updated_at")


def missing(item: Item) -> list[str]:
    """What an item lacks before it can be approved, as sentences."""
    lacks = kinds.lacks(item)
    if item.category.shareable and kinds.of(item).words and not item.captions.exists():
        lacks.append(_("It has no suggested words yet."))
    lacks += caption_checks.stopped(item)
    if item.live_until is not None and item.live_until <= timezone.now():
        lacks.append(_("Its end has passed. Choose a later one."))
    return lacks


@transaction.atomic
def submit(*, person: Person, item: Item) -> None:
    """Send a draft to review, to the first step of its category. What was withdrawn can be sent again."""
    require(person.may(Permission.EDIT_CONTENT))
    versions.begin(item.root)
    version, step = versions.keep(item, person=person), steps.of(item.category)[0]
    before = State.WITHDRAWN if item.state == State.WITHDRAWN else State.DRAFT
    _move(item, before, State.IN_REVIEW, step=step.key, due_at=steps.due(step))
    _note(item, What.SUBMITTED, person, version=version.number)


def changed(*, person: Person, item: Item) -> None:
    """What is in review was changed: whoever passed it has to look again. Inside the change's transaction."""
    first = steps.of(item.category)[0]
    if item.state == State.IN_REVIEW and item.step not in ("", first.key):
        Item.objects.filter(pk=item.pk).update(step=first.key, due_at=steps.due(first))
        item.refresh_from_db(fields=["step", "due_at"])
        _note(item, What.CHANGED, person)


@transaction.atomic
def approve(*, person: Person, item: Item, words: str = "", seen: int | None = None) -> bool:
    """Approve the step at which an item waits; True when it was the last, and the item goes live at its time, or now.

    `words` are kept with the decision; `seen` is the version that was looked at. Raises ValidationError for what is
    missing, for who may not decide this step, and when there is a newer version.
    """
    require(person.may(Permission.REVIEW_CONTENT))
    lacks = missing(item)
    if lacks:
        raise ValidationError(lacks)
    _check_person(person, item)
    versions.begin(item.root)
    version = versions.keep(item, person=item.author)
    if seen is not None and seen != version.number:
        raise ValidationError(
            _("Somebody changed it while you were reading. Look at version %d.") % version.number, code="moved"
        )
    item.refresh_from_db()
    step, following = steps.current(item), steps.after(item)
    if following is not None:
        _move(item, State.IN_REVIEW, State.IN_REVIEW, at=item.step, step=following.key, due_at=steps.due(following))
        _note(item, What.PASSED, person, reason=words, step=step.key, version=version.number)
        return False
    _live(item)
    ranking.place(item)
    versions.mark_approved(item, person=person)
    _note(item, What.APPROVED, person, reason=words, step=step.key, version=version.number)
    facts.record("item.approved", item=item.pk)
    return True


def _check_person(person: Person, item: Item) -> None:
    found = steps.waiting([item])[0]
    if found.waits_for(person):
        return
    if person.pk in found.barred:
        raise ValidationError(_("You wrote it, so somebody else has to approve it."), code="own")
    raise ValidationError(_("This step is decided by others: %s.") % found.step.name, code="not-yours")


def _live(item: Item) -> None:
    """What was approved goes live: the item itself, or the item that this is a change of."""
    now = timezone.now()
    if item.replaces_id is None:
        begins = item.live_from if item.live_from and item.live_from > now else now
        _move(
            item, State.IN_REVIEW, State.APPROVED, at=item.step, approved_at=now, live_from=begins, step="", due_at=None
        )
        return
    _move(item, State.IN_REVIEW, State.IN_REVIEW, at=item.step, approved_at=now, live_from=item.live_from or now)
    merged = changes.merge(item)
    facts.record("item.preview_changed", item=merged.pk)
    # The caller goes on with the item that it has become.
    item.pk, item.replaces = merged.pk, None
    item.refresh_from_db()


@transaction.atomic
def return_(*, person: Person, item: Item, reason: str, seen: int | None = None) -> None:
    """Ask for changes; the reason is required, the author reads it."""
    require(person.may(Permission.REVIEW_CONTENT))
    if not reason.strip():
        raise ValidationError(_("Say what should change. The author reads it."), code="reason")
    versions.begin(item.root)
    version, step = versions.keep(item, person=item.author), steps.current(item)
    _move(item, State.IN_REVIEW, State.DRAFT, step="", due_at=None)
    number = seen if seen is not None and seen <= version.number else version.number
    _note(item, What.RETURNED, person, reason=reason, step=step.key, version=number)
    facts.record("item.returned", item=item.pk)


def _move(item: Item, before: State, after: State, *, at: str | None = None, **fields: object) -> None:
    """From one state (and step) to another, once, whoever asks first."""
    rows = Item.objects.filter(pk=item.pk, state=before)
    rows = rows if at is None else rows.filter(step=at)
    if not rows.update(state=after, updated_at=timezone.now(), **fields):
        raise ValidationError(_("It has moved on meanwhile. Load the page again."), code="moved")
    item.refresh_from_db()


def _note(
    item: Item, what: What, person: Person, *, reason: str = "", step: str = "", version: int | None = None
) -> None:
    """History and audit trail: of a change they are the item's."""
    said = reason.replace("\x00", "").strip()[:2000]
    ReviewStep.objects.create(item=item.root, what=what, person=person, reason=said, step=step, version=version)
    lines.write(actor=person, verb=f"item.{what}", on=item.root, reason=said, version=version)

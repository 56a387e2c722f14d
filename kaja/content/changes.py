"""Changes of what is approved: a row of its own beside the approved one, until it is approved too.

What is live stays as it was approved. The change is a draft with the same editor, words and checks; when it is
approved, its content becomes the item's, and the row of the change is gone. Numbers of items and of words never change,
so that shares, links and how often words were used stay with them.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import searching, versions
from kaja.content.models import Caption, Item, ReviewStep
from kaja.jobs import facts
from kaja.people.models import Person
from kaja.people.roles import Permission, require

State = Item.State
# Needs no review; stands on both rows while a change is open. The campaign is the item's alone, so that nothing that
# counts or lists a campaign's posts meets one of them twice.
UNREVIEWED = ("pinned", "evergreen", "refresh_on", "resource", "credit_id")


def revision(item: Item) -> Item | None:
    """The open change of an item."""
    return Item.objects.filter(replaces=item).first()


def row(item: Item, *, person: Person) -> Item:
    """The row to write into: the item itself, or for an approved one its change, which is begun if there is none. The
    caller owns the transaction."""
    versions.begin(item.root)
    # Locked, so that two people who begin at the same moment write into one change.
    stored = Item.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if stored.state != State.APPROVED:
        return item
    return revision(stored) or _begin(stored, person)


def _begin(item: Item, person: Person) -> Item:
    plain = {name: getattr(item, name) for name in (*versions.PLAIN, *versions.TIMES)}
    rows = {f"{name}_id": getattr(item, f"{name}_id") for name in versions.ROWS}
    other = {name: getattr(item, name) for name in UNREVIEWED}
    change = Item.objects.create(**plain, **rows, **other, author=person, replaces=item, state=State.DRAFT)
    change.topics.set(item.topics.all())
    versions.attach(change, list(item.attachments.values_list("media", flat=True)))
    versions.show(change, versions.content(item)["previews"])
    Caption.objects.bulk_create(
        Caption(
            item=change, origin=one, language=one.language, network=one.network, voice=one.voice, text=one.text,
            position=one.position,
        )
        for one in Caption.objects.filter(item=item)
    )  # fmt: skip
    lines.write(actor=person, verb="item.change_begun", on=item)
    return change


def copy_of(caption: Caption, row: Item) -> Caption:
    """The same words in the row that is written into. Raises ValidationError when they were removed there."""
    if caption.item_id == row.pk:
        return caption
    found = Caption.objects.filter(item=row, origin=caption).first()
    if found is None:
        raise ValidationError(_("It has moved on meanwhile. Load the page again."), code="moved")
    return found


def merge(change: Item) -> Item:
    """The content of an approved change becomes the item's; the change is gone. The caller owns the transaction."""
    item = Item.objects.select_for_update(of=("self",)).get(pk=change.root.pk)
    before = item.live_until
    for name in (*versions.PLAIN, *versions.TIMES):
        setattr(item, name, getattr(change, name))
    for name in versions.ROWS:
        setattr(item, f"{name}_id", getattr(change, f"{name}_id"))
    item.approved_at = change.approved_at
    kept = set()
    for caption in Caption.objects.filter(item=change):
        if caption.origin_id:
            Caption.objects.filter(pk=caption.origin_id).update(
                language=caption.language, network=caption.network, voice=caption.voice, text=caption.text,
                position=caption.position,
            )  # fmt: skip
        else:
            Caption.objects.filter(pk=caption.pk).update(item=item)
        kept.add(caption.origin_id or caption.pk)
    Caption.objects.filter(item=item).exclude(pk__in=kept).delete()
    item.topics.set(change.topics.all())
    versions.attach(item, list(change.attachments.values_list("media", flat=True)))
    versions.show(item, versions.content(change)["previews"])
    change.delete()
    item.save()
    told_of_end(item, before)
    searching.index([item])
    return item


def told_of_end(item: Item, before: datetime | None) -> None:
    """Record that an approved item ends sooner than `before` (None: it had no end), if it does: what people planned for
    later does not go out. Call it in the transaction that moved the end."""
    if item.live_until is not None and (before is None or item.live_until < before):
        facts.record("item.ends_sooner", item=item.pk)


@transaction.atomic
def discard(*, person: Person, change: Item) -> Item:
    """Give up a change; what it said stays in the versions. Answers the item, which is as it was."""
    require(person.may(Permission.EDIT_CONTENT) and change.replaces_id is not None)
    item = change.root
    number = getattr(versions.latest(item), "number", None)
    ReviewStep.objects.create(
        item=item, what=ReviewStep.What.WITHDRAWN, person=person, reason=_("The change was given up."), version=number
    )
    lines.write(actor=person, verb="item.change_discarded", on=item)
    change.delete()
    return item


@transaction.atomic
def restore(*, person: Person, item: Item, number: int) -> Item:
    """Take back the content of a version, as a new version that goes through review. Answers the row that has it:
    a change of what is approved, else the item, as a draft. Raises ValidationError for a version that is none."""
    require(person.may(Permission.EDIT_CONTENT))
    version = item.root.versions.filter(number=number).first()
    if version is None:
        raise ValidationError(_("There is no version %d.") % number)
    target = Item.objects.select_for_update(of=("self",)).get(pk=row(item, person=person).pk)
    if target.state != State.DRAFT:
        target.state, target.step, target.due_at = State.DRAFT, "", None
    versions.put(target, version.content)
    versions.keep(target, person=person, restores=number)
    searching.index([target])
    lines.write(actor=person, verb="item.restored", on=item.root, version=number)
    return target

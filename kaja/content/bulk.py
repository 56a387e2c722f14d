"""Changing many items at once, and taking it back as one step (A2).

Each item goes through the same verb as when it is changed alone, so the same rules hold: who may, what is refused, what
is reviewed. What is approved stays live as it is: its change goes to review by itself, and taking back gives that up.
One item that is refused holds up no other; the answer says how many were left alone and why.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import dateparse, formats, timezone, translation
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.content import campaigns, changes, items, review, searching, versions
from kaja.content.models import BulkChange, BulkRow, Campaign, Category, Item, ReviewStep, Topic
from kaja.jobs import queue
from kaja.people import company
from kaja.people.models import Audience, Person
from kaja.people.roles import Permission, require

# So many are changed while one waits; more would hold up everybody else who writes, and are a job in parts of PART.
MOST, PART = 1000, 200
State = Item.State
# What is remembered of an item before it changes; the topics and a print of its words beside it.
REMEMBERED = ("state", "category_id", "campaign_id", "audience_id", "live_until", "evergreen", "refresh_on")
POINTING: dict[str, type[models.Model]] = {
    "category_id": Category,
    "campaign_id": Campaign,
    "audience_id": Audience,
}


@dataclass(frozen=True)
class Wanted:
    """What is to be set, and how it reads in a sentence."""

    value: Any
    label: str


@dataclass(frozen=True)
class Action:
    """One thing that can be done with many items: `read` takes what was typed, `do` does it to one item."""

    label: Promise
    read: Callable[[str], Wanted]
    do: Callable[[Person, Item, Any], object]
    permission: Permission = Permission.EDIT_CONTENT


def _category(typed: str) -> Wanted:
    found = Category.objects.filter(slug=typed).first()
    if found is None:
        raise ValidationError(_("Choose a category."))
    return Wanted(found, found.name)


def _campaign(typed: str) -> Wanted:
    if not typed:
        return Wanted(None, _("no campaign"))
    found = Campaign.objects.filter(slug=typed).first()
    if found is None:
        raise ValidationError(_("Choose a campaign, or none."))
    return Wanted(found, found.name)


def _audience(typed: str) -> Wanted:
    if typed in ("", "everyone"):
        return Wanted(None, _("Everyone"))
    known = typed.isascii() and typed.isdigit() and len(typed) <= 18
    found = Audience.objects.filter(pk=int(typed)).first() if known else None
    if found is None:
        raise ValidationError(_("Choose an audience."))
    return Wanted(found, found.label)


def _day(typed: str) -> date:
    try:
        day = dateparse.parse_date(typed.strip())
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(_("“%s” is no date. Write it as 2026-12-01.") % typed[:40])
    return day


def _end(typed: str) -> Wanted:
    """A day, which ends at its end on the company's clock; nothing means without an end."""
    if not typed.strip():
        return Wanted(None, _("no end"))
    last = time(23, 59, tzinfo=ZoneInfo(company.current().time_zone))
    moment = datetime.combine(_day(typed), last)
    if moment <= timezone.now():
        raise ValidationError(_("This has passed. Choose a later end, or withdraw the posts."))
    if moment - timezone.now() > items.LONGEST_LIFE:
        raise ValidationError(_("This is more than five years away. Check the year."))
    return Wanted(moment, formats.date_format(timezone.localtime(moment), "DATE_FORMAT"))


def _refresh(typed: str) -> Wanted:
    """The day to look at it again; nothing means in 180 days."""
    day = _day(typed) if typed.strip() else timezone.localdate() + items.REFRESH
    if day <= timezone.localdate() or day > timezone.localdate() + items.LONGEST_LIFE:
        raise ValidationError(_("Choose a day after today, within five years."))
    return Wanted(day, formats.date_format(day, "DATE_FORMAT"))


def _known_topic(typed: str) -> Topic | None:
    name = " ".join(typed.split()).casefold()
    for topic in Topic.objects.all():
        if topic.slug in (name, slugify(name)) or name in (str(one).casefold() for one in topic.names.values()):
            return topic
    return None


def _topic(typed: str) -> Wanted:
    """A topic by its name in any language; one that nobody knows yet is made when it is first used."""
    name = " ".join(typed.split())
    if not any(letter.isalnum() for letter in name):
        raise ValidationError(_("Write a topic."))
    if len(name) > 50:
        raise ValidationError(_("A topic has at most 50 characters."))
    slug = slugify(name) or f"t-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    topic = _known_topic(name) or Topic(slug=slug, names={"en": name, get_language() or "en": name})
    return Wanted(topic, str(topic))


def _used_topic(typed: str) -> Wanted:
    topic = _known_topic(typed)
    if topic is None:
        raise ValidationError(_("There is no topic “%s”.") % typed[:50])
    return Wanted(topic, str(topic))


def _nothing(_typed: str) -> Wanted:
    return Wanted(None, "")


def _reason(typed: str) -> Wanted:
    return Wanted(typed.strip()[:2000], typed.strip()[:200])


def _set(field: str) -> Callable[[Person, Item, Any], object]:
    """Change one field of an item by the verb of the editor's page."""

    def do(person: Person, item: Item, value: Any) -> object:
        return items.change_in_passing(person=person, item=item, **{field: value})

    return do


def _set_campaign(person: Person, item: Item, campaign: Campaign | None) -> None:
    """By the verbs of campaigns: one that is over keeps its posts."""
    if item.campaign == campaign:
        return
    if item.campaign is not None:
        campaigns.remove_item(person=person, campaign=item.campaign, item=item)
        item.campaign = None
    if campaign is not None:
        campaigns.add_items(person=person, campaign=campaign, items=[item])


def _keep_fresh(person: Person, item: Item, day: date) -> object:
    return items.change(person=person, item=item, evergreen=True, refresh_on=day)


def _let_age(person: Person, item: Item, _value: None) -> object:
    return items.change(person=person, item=item, evergreen=False, refresh_on=None)


def _add_topic(person: Person, item: Item, topic: Topic) -> None:
    if topic._state.adding:
        topic.save()
    _retopic(person, item, lambda topics: topics | {topic})


def _remove_topic(person: Person, item: Item, topic: Topic) -> None:
    _retopic(person, item, lambda topics: topics - {topic})


def _retopic(person: Person, item: Item, change: Callable[[set[Topic]], set[Topic]]) -> None:
    topics = set((changes.revision(item) or item).topics.all())
    items.change_in_passing(person=person, item=item, topics=list(change(topics)))


def _withdraw(person: Person, item: Item, reason: str) -> None:
    items.withdraw(person=person, item=item, reason=reason)


def _submit(person: Person, item: Item, _value: None) -> None:
    if item.state != State.DRAFT:
        raise ValidationError(_("Only a draft can be sent to review."))
    review.submit(person=person, item=item)


ACTIONS: dict[str, Action] = {
    "category": Action(gettext_lazy("Set the category"), _category, _set("category")),
    "topic_add": Action(gettext_lazy("Add a topic"), _topic, _add_topic),
    "topic_remove": Action(gettext_lazy("Take a topic away"), _used_topic, _remove_topic),
    "campaign": Action(gettext_lazy("Set the campaign"), _campaign, _set_campaign),
    "audience": Action(gettext_lazy("Set the audience"), _audience, _set("audience")),
    "ends": Action(gettext_lazy("Set the end"), _end, _set("live_until")),
    "evergreen": Action(gettext_lazy("Make evergreen"), _refresh, _keep_fresh),
    "ages": Action(gettext_lazy("No longer evergreen"), _nothing, _let_age),
    "submit": Action(gettext_lazy("Send to review"), _nothing, _submit),
    "withdraw": Action(gettext_lazy("Withdraw from the feed"), _reason, _withdraw, Permission.READ_LIBRARY),
}


# What is done to the row that was chosen: else a change of an approved item stands for the item, and each counts once.
AS_CHOSEN = ("submit", "withdraw")


def offered(person: Person) -> dict[str, Action]:
    """What this person may do with many items."""
    return {what: action for what, action in ACTIONS.items() if person.may(action.permission)}


@transaction.atomic
def apply(*, person: Person, chosen: Iterable[int], what: str, typed: str = "") -> BulkChange:
    """Do `what` (a key of ACTIONS) to the items with these numbers: up to MOST in one transaction, more by a job in
    parts (`finished_at` is empty until it is through).

    Raises ValidationError for a value that makes no sense and for no item at all. Items that are so already, or that
    their verb refuses, are left alone and told in `left`.
    """
    action = ACTIONS.get(what)
    if action is None:
        raise ValidationError({"what": _("Choose what to do.")})
    require(person.may(action.permission))
    numbers = sorted(set(chosen))
    if not numbers:
        raise ValidationError(_("Choose some posts first."))
    try:
        wanted = action.read(typed)
    except ValidationError as error:
        raise ValidationError({"value": error.messages}) from error
    if what not in AS_CHOSEN:
        numbers = sorted(_roots(numbers))
    bulk = BulkChange.objects.create(person=person, what=what, value=wanted.label[:300], total=len(numbers))
    if len(numbers) > MOST:
        bulk.chosen, bulk.typed = numbers, typed[:2000]
        bulk.save(update_fields=["chosen", "typed"])
        queue.enqueue("kaja.content.bulk.go_on", bulk=bulk.pk, at=0)
    else:
        _part(bulk, person, action, wanted.value, numbers)
        _finish(bulk)
    return bulk


def _part(bulk: BulkChange, person: Person, action: Action, value: Any, numbers: list[int]) -> None:
    """Go through some of the items; what was left alone is added to what was before."""
    left: dict[str, list[int]] = defaultdict(list)
    rows = []
    for item in _locked(numbers):
        why, row = _one(bulk, person, item, action, value)
        if row is None:
            left[why].append(item.pk)
        else:
            rows.append(row)
    BulkRow.objects.bulk_create(rows, batch_size=500)
    bulk.done += len(numbers)
    bulk.left = _added(bulk.left, left)
    bulk.save(update_fields=["done", "left"])


def _finish(bulk: BulkChange) -> None:
    bulk.finished_at = timezone.now()
    bulk.save(update_fields=["finished_at"])
    changed = bulk.rows.count()
    lines.write(actor=bulk.person, verb="items.changed", on=bulk, what=bulk.what, changed=changed)


@transaction.atomic
def go_on(bulk: int, at: int) -> None:
    """Job: the next part of a change of more than MOST items, those from `at` on. Safe to run twice: a part that was
    done moves the place on in the same transaction."""
    row = BulkChange.objects.select_for_update(of=("self",)).select_related("person").get(pk=bulk)
    if row.finished_at is not None or row.done != at:
        return
    person, action = row.person, ACTIONS[row.what]
    with translation.override(person.language or company.current().language):
        numbers = row.chosen[at : at + PART]
        trouble = "" if person.may(action.permission) else _("You may not do this any more.")
        try:
            wanted = action.read(row.typed)
        except ValidationError as error:  # What was to be set is gone, or its day has passed meanwhile.
            trouble = " ".join(error.messages)
        if trouble:
            row.left = _added(row.left, {trouble: row.chosen[at:]})
            row.stopped_at = timezone.now()
            row.save(update_fields=["left", "stopped_at"])
        elif row.stopped_at is None:
            _part(row, person, action, wanted.value, numbers)
    if row.stopped_at is not None or row.done >= row.total:
        _finish(row)
    else:
        queue.enqueue("kaja.content.bulk.go_on", bulk=row.pk, at=row.done)


@transaction.atomic
def stop(*, person: Person, bulk: BulkChange) -> None:
    """End a change that is under way: what was changed stays so until it is taken back. Raises ValidationError when it
    is over."""
    require(bulk.person_id == person.pk)
    row = BulkChange.objects.select_for_update().get(pk=bulk.pk)
    if row.finished_at is not None:
        raise ValidationError(_("It is done already."))
    row.stopped_at = timezone.now()
    row.save(update_fields=["stopped_at"])
    _finish(row)


def _added(told: list[dict[str, Any]], more: dict[str, list[int]]) -> list[dict[str, Any]]:
    found: dict[str, list[int]] = {one["why"]: list(one["items"]) for one in told}
    for why, numbers in more.items():
        found.setdefault(why, []).extend(numbers)
    return [{"why": why, "items": numbers} for why, numbers in found.items()]


def _roots(numbers: Iterable[int]) -> set[int]:
    return set(Item.objects.filter(pk__in=numbers).values_list(Coalesce("replaces", "pk"), flat=True))


def _locked(numbers: Iterable[int]) -> list[Item]:
    rows = (
        Item.objects.select_for_update(of=("self",))
        .filter(pk__in=numbers)
        .select_related("category", "replaces", "campaign")
    )
    return list(_whole(rows).order_by("pk"))


def _whole(rows: models.QuerySet[Item]) -> models.QuerySet[Item]:
    return rows.prefetch_related("topics", "captions", "revision__topics", "revision__captions")


def _change_of(item: Item) -> Item | None:
    """Its open change, read with it."""
    return getattr(item, "revision", None)


def _one(bulk: BulkChange, person: Person, item: Item, action: Action, value: Any) -> tuple[str, BulkRow | None]:
    change = _change_of(item)
    before = {one.pk: _remembered(one) for one in (item, change) if one is not None}
    try:
        with transaction.atomic():
            action.do(person, item, value)
            after = _whole(Item.objects.all()).get(pk=item.pk)
            written = _change_of(after)
            if written is not None and written.pk not in before:
                kept = {"begun": written.pk, "words": _remembered(written)["words"]}
                return "", BulkRow(change=bulk, item=item, before=kept, changed_at=written.updated_at)
            for one in (after, written):
                if one is not None and (changed := _different(before[one.pk], one)):
                    if one is written:
                        changed["in"] = written.pk
                    return "", BulkRow(change=bulk, item=item, before=changed, changed_at=one.updated_at)
            raise ValidationError(_("It is so already."))
    except ValidationError as error:
        return " ".join(error.messages), None


def _different(before: dict[str, Any], after: Item) -> dict[str, Any]:
    """What was otherwise; with the state, a print of the words that somebody decided on."""
    now = _remembered(after)
    changed = {name: was for name, was in before.items() if now[name] != was}
    return changed | {"words": before["words"]} if "state" in changed else changed


def _remembered(item: Item) -> dict[str, Any]:
    """An item as far as it can be put back, as JSON."""
    kept = {name: getattr(item, name) for name in REMEMBERED}
    kept |= {name: kept[name].isoformat() if kept[name] else None for name in ("live_until", "refresh_on")}
    words = "\n".join(f"{one.pk} {one.text}" for one in item.captions.all())
    return kept | {
        "topics": sorted(topic.pk for topic in item.topics.all()),
        "words": hashlib.sha256(words.encode()).hexdigest()[:16],
    }


def of(person: Person) -> models.QuerySet[BulkChange]:
    """A person's own changes: nobody takes back what another did."""
    return BulkChange.objects.filter(person=person)


def back_to_review(bulk: BulkChange) -> int:
    """How many of the changed items are approved, and stay as they are until a reviewer has approved their change."""
    return bulk.rows.filter(before__has_key="begun", item__revision__state=State.IN_REVIEW).count()


@transaction.atomic
def undo(*, person: Person, bulk: BulkChange) -> BulkChange:
    """Put the items back as they were before; those changed meanwhile stay as they are and are told in `kept`.

    Shares that a withdrawal cancelled stay cancelled. Raises ValidationError when it was taken back already.
    """
    require(bulk.person_id == person.pk and person.may(ACTIONS[bulk.what].permission))
    stored = BulkChange.objects.select_for_update().get(pk=bulk.pk)
    if stored.finished_at is None:
        raise ValidationError(_("It is still under way. Stop it first, or wait until it is done."), code="running")
    if stored.undo_begun_at is not None:
        raise ValidationError(_("This was taken back already."), code="undone")
    stored.undo_begun_at = timezone.now()
    stored.save(update_fields=["undo_begun_at"])
    if stored.rows.count() > MOST:
        queue.enqueue("kaja.content.bulk.go_back", bulk=stored.pk, after=0)
    else:
        _back(stored, person, MOST)
        _taken_back(stored)
    return stored


def _back(bulk: BulkChange, person: Person, most: int) -> int:
    """Put the next items back; how many there were."""
    kept: dict[str, list[int]] = defaultdict(list)
    rows = list(bulk.rows.filter(pk__gt=bulk.undo_row).order_by("pk")[:most])
    found = {item.pk: item for item in _locked([row.item_id for row in rows])}
    for row in rows:
        item = found[row.item_id]
        if why := _put_back(person, item, row):
            kept[why].append(item.pk)
    bulk.kept, bulk.undone = _added(bulk.kept, kept), bulk.undone + len(rows)
    bulk.undo_row = rows[-1].pk if rows else bulk.undo_row
    bulk.save(update_fields=["kept", "undone", "undo_row"])
    return len(rows)


def _taken_back(bulk: BulkChange) -> None:
    bulk.undone_at = timezone.now()
    bulk.save(update_fields=["undone_at"])
    lines.write(actor=bulk.person, verb="items.put_back", on=bulk, what=bulk.what)


@transaction.atomic
def go_back(bulk: int, after: int) -> None:
    """Job: the next part of taking back a large change, the rows after this one. Safe to run twice."""
    row = BulkChange.objects.select_for_update(of=("self",)).select_related("person").get(pk=bulk)
    if row.undone_at is not None or row.undo_row != after:
        return
    with translation.override(row.person.language or company.current().language):
        more = _back(row, row.person, PART)
    if more:
        queue.enqueue("kaja.content.bulk.go_back", bulk=row.pk, after=row.undo_row)
    else:
        _taken_back(row)


def _put_back(person: Person, item: Item, row: BulkRow) -> str:
    """Why an item stays as it is, empty when it was put back."""
    was: dict[str, Any] = dict(row.before)
    topics, words = was.pop("topics", None), was.pop("words", None)
    if begun := was.pop("begun", None) or was.pop("in", None):
        change = _change_of(item)
        if change is None or change.pk != begun:
            return _("It was changed meanwhile.")
        item = change
    if item.updated_at != row.changed_at or (words is not None and words != _remembered(item)["words"]):
        return _("It was changed meanwhile.")
    if any(
        was.get(name) and not model._default_manager.filter(pk=was[name]).exists() for name, model in POINTING.items()
    ):
        return _("What it had before is gone.")
    if "campaign_id" in was and item.campaign is not None and campaigns.stage(item.campaign) == "over":
        return _("It is over. Its posts stay as they were.")
    root, before = item.root, item.state
    if "begun" in row.before:
        item.delete()
    else:
        _restore(person, item, was, topics)
    if "begun" in row.before or item.state != before:
        ReviewStep.objects.create(item=root, what=ReviewStep.What.TAKEN_BACK, person=person)
    lines.write(actor=person, verb="item.put_back", on=root, fields=sorted(row.before))
    return ""


def _restore(person: Person, item: Item, was: dict[str, Any], topics: list[int] | None) -> None:
    values = {name: _value(name, value) for name, value in was.items()}
    for name, value in values.items():
        setattr(item, name, value)
    item.save(update_fields=[*values, "updated_at"])
    if alike := {name: values[name] for name in ("evergreen", "refresh_on") if name in values}:
        # Not reviewed, so an open change says the same.
        Item.objects.filter(replaces=item).update(**alike)
    if topics is not None:
        item.topics.set(Topic.objects.filter(pk__in=topics))
    versions.keep(item, person=person)
    searching.index([item])


def _value(name: str, kept: Any) -> Any:
    if kept is None:
        return None
    read = {"live_until": datetime.fromisoformat, "refresh_on": date.fromisoformat}.get(name)
    return read(kept) if read else kept

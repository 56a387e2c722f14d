"""What the pages of review show: the queue by whom it waits for, and how far an item has come (screen 18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kaja.content import review, steps
from kaja.content.models import Comment, Item, ReviewStep
from kaja.content.steps import Waiting
from kaja.people.models import Person

DECISIONS = (ReviewStep.What.PASSED, ReviewStep.What.APPROVED, ReviewStep.What.RETURNED)
MOST_DECIDED = 50


@dataclass(frozen=True)
class Row:
    """An item in the list. `tag` says how it stands, `look` its colour."""

    item: Item
    who: str
    at: datetime
    tag: str
    look: str


@dataclass(frozen=True)
class Queue:
    mine: list[Row]
    others: list[Row]
    decided: list[Row]

    @property
    def oldest(self) -> datetime | None:
        return min((row.at for row in self.mine), default=None)


def queue(person: Person) -> Queue:
    """What waits for this person, what waits for others, what they decided last. Five queries, however much it is."""
    mine: list[Row] = []
    others: list[Row] = []
    for one in steps.waiting(review.waiting()):
        (mine if one.waits_for(person) else others).append(_waits(one, person))
    decided = ReviewStep.objects.filter(person=person, what__in=DECISIONS).order_by("-at", "-pk")
    rows = decided.select_related("item__category", "item__image", "item__author")[:MOST_DECIDED]
    latest: dict[int, Row] = {}
    for step in rows:
        latest.setdefault(step.item_id, Row(step.item, _("You"), step.at, *_decision(step)))
    return Queue(mine, others, list(latest.values()))


def _waits(one: Waiting, person: Person) -> Row:
    step = _("%s, you") % one.step.name if one.waits_for(person) else one.step.name
    tag = _("%s, late") % step if one.item.overdue else step
    who = one.item.author.name if one.item.author else ""
    return Row(one.item, who, one.item.updated_at, tag, "warn" if one.item.overdue else "info")


def _decision(step: ReviewStep) -> tuple[str, str]:
    what = ReviewStep.What
    return {what.RETURNED: (_("Sent back"), ""), what.PASSED: (_("Passed on"), "ok")}.get(
        what(step.what), (_("Approved"), "ok")
    )


@dataclass(frozen=True)
class Stage:
    """A step on the way: `state` done, now or empty for what is still to come."""

    name: str
    state: str
    who: str = ""
    at: datetime | None = None
    late: bool = False


def stages(waiting: Waiting, history: Iterable[ReviewStep], names: dict[int, str]) -> list[Stage]:
    """Written, each step of the category, live. `names` of those who may decide now."""
    item, found = waiting.item, []
    passed: dict[str, ReviewStep] = {}
    for one in history:
        passed = passed | {one.step: one} if one.what == ReviewStep.What.PASSED else {}
    found.append(Stage(_("Written"), "done", item.author.first_name if item.author else "", item.created_at))
    done = True
    for step in steps.of(item.category):
        if step.key == waiting.step.key:
            done = False
            few = sorted(names[pk] for pk in waiting.deciders if pk in names)
            who = ", ".join(few) if len(few) <= 2 else _("any of %d people") % len(few)
            found.append(Stage(step.name, "now", who, item.due_at, item.overdue))
        elif done:
            by = passed.get(step.key)
            who = by.person.first_name if by and by.person else ""
            found.append(Stage(step.name, "done", who, by.at if by else None))
        else:
            found.append(Stage(step.name, ""))
    return [*found, Stage(_("Live"), "", "", item.live_from)]


def told(item: Item, history: Iterable[ReviewStep]) -> list[tuple[ReviewStep, str]]:
    """What happened, the latest first, each with the name of the step where the category has more than one."""
    names = {one.key: one.name for one in steps.of(item.category)}
    return [(one, names.get(one.step, "") if len(names) > 1 else "") for one in reversed(list(history))]


def deciders(waiting: Waiting) -> dict[int, str]:
    """First names of those who may decide."""
    return dict(Person.objects.filter(pk__in=waiting.deciders).values_list("pk", "first_name"))


def threads(comments: Iterable[Comment]) -> dict[str, list[Comment]]:
    """Comments by what they are about."""
    found: dict[str, list[Comment]] = {}
    for one in comments:
        found.setdefault(one.about, []).append(one)
    return found

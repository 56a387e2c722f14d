"""The steps of review that a category asks for: who looks at an item, in which order, within how many days (B1).

A category holds them as data: [{"key": "legal", "names": {"en": "Legal", "et": "Õigus"}, "days": 2, "people": [7],
"teams": []}]. Without any there is one step, for everybody who may review, within two days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaja.content import versions
from kaja.content.models import Category, Item, ReviewStep
from kaja.people.models import Person
from kaja.people.roles import GRANTS, Permission

MOST, LONGEST_NAME, MOST_DAYS = 6, 40, 60
REVIEWING = [role for role, granted in GRANTS.items() if Permission.REVIEW_CONTENT in granted]


@dataclass(frozen=True)
class Step:
    """One look at an item. Without people and teams it is for everybody who may review."""

    key: str
    names: dict[str, str]
    days: int = 2
    people: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.names.get(get_language() or "en") or self.names.get("en") or self.key


ONLY = Step("review", {"en": "Review", "et": "Ülevaatus"})


def of(category: Category) -> list[Step]:
    """The steps of a category in their order, at least one."""
    return [
        Step(one["key"], one["names"], one["days"], tuple(one["people"]), tuple(one["teams"]))
        for one in category.steps
    ] or [ONLY]  # fmt: skip


def checked(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps as a category keeps them. Raises ValidationError with a sentence."""
    found: list[dict[str, Any]] = []
    for row in rows:
        if not isinstance(row.get("names"), dict) or not all(
            isinstance(row.get(name, []), list)
            and all(type(one) is int and 0 < one < 2**31 for one in row.get(name, []))
            for name in ("people", "teams")
        ):
            raise ValidationError(_("A step has names, days, people and teams; the last two are lists of numbers."))
        names = {
            str(code)[:8]: " ".join(str(name).split())[:LONGEST_NAME] for code, name in row["names"].items() if name
        }
        if not names:
            raise ValidationError(_("Give every step a name."))
        days = row.get("days", 2)
        if type(days) is not int or not 1 <= days <= MOST_DAYS:
            raise ValidationError(_("A step has from 1 to %d days.") % MOST_DAYS)
        key = (
            slugify(str(row.get("key") or "")) or slugify(names.get("en") or next(iter(names.values())))[:30] or "step"
        )
        while key in {one["key"] for one in found}:
            key += "-2"
        found.append(
            {
                "key": key[:40], "names": names, "days": days,
                "people": sorted(set(row.get("people", ()))), "teams": sorted(set(row.get("teams", ()))),
            }
        )  # fmt: skip
    if len(found) > MOST:
        raise ValidationError(_("A category has at most %d steps.") % MOST)
    return found


def current(item: Item) -> Step:
    """The step at which an item waits; the first when that one is no longer there."""
    all_of_them = of(item.category)
    return next((one for one in all_of_them if one.key == item.step), all_of_them[0])


def after(item: Item) -> Step | None:
    """The step that follows the present one."""
    all_of_them = of(item.category)
    place = all_of_them.index(current(item)) + 1
    return all_of_them[place] if place < len(all_of_them) else None


def due(step: Step, now: datetime | None = None) -> datetime:
    """Until when a step that begins now should decide: its days, Saturdays and Sundays not counted."""
    moment, left = timezone.localtime(now or timezone.now()), step.days
    while left:
        moment += timedelta(days=1)
        left -= moment.weekday() < 5
    return moment


@dataclass(frozen=True)
class Waiting:
    """An item in review: its step, who may decide it, who may not because they wrote it or decided before."""

    item: Item
    step: Step
    deciders: frozenset[int]
    barred: frozenset[int] = field(default_factory=frozenset)

    @property
    def single(self) -> bool:
        """The category has no other step, so its name says nothing."""
        return len(of(self.item.category)) == 1

    def waits_for(self, person: Person) -> bool:
        return person.pk in self.deciders


def waiting(items: Iterable[Item]) -> list[Waiting]:
    """Who decides each of these items in review. The same three queries for one item and for a thousand.

    Those whom the step names, but for the writers and who decided an earlier step of this round; where that leaves
    nobody, everybody else who may review; where that leaves nobody either, whoever the step names (own-items.md).
    """
    rows = list(items)
    roots = [item.replaces_id or item.pk for item in rows]
    reviewers = dict(Person.objects.joined().filter(grants__role__in=REVIEWING).values_list("pk", "team"))
    wrote, decided = versions.writers(roots), _decided(roots)
    found = []
    for item, root in zip(rows, roots, strict=True):
        step = current(item)
        named = {pk for pk, team in reviewers.items() if pk in step.people or team in step.teams} or set(reviewers)
        writers = wrote.get(root, set()) | ({item.author_id} if item.author_id else set())
        barred = writers | decided.get(root, set())
        deciders = named - barred or set(reviewers) - barred or named - writers or set(reviewers) - writers or named
        found.append(Waiting(item, step, frozenset(deciders), frozenset(barred)))
    return found


def _decided(roots: Iterable[int]) -> dict[int, set[int]]:
    """Who passed a step since the item was last submitted, by item."""
    found: dict[int, set[int]] = {}
    rows = ReviewStep.objects.filter(item__in=roots).order_by("item", "at", "pk")
    for item, what, person in rows.values_list("item", "what", "person"):
        if what != ReviewStep.What.PASSED:
            found[item] = set()
        elif person is not None:
            found.setdefault(item, set()).add(person)
    return found

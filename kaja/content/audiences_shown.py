"""What the pages of audiences show: values to choose from, how conditions read, who uses an audience (screen 20d)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from kaja.content.models import Category, Feed, Item, Topic
from kaja.people import audiences, rules
from kaja.people.models import Audience, Person, Team
from kaja.people.roles import Permission, Role
from kaja.people.rules import Condition, Names, Rule

# Whoever may not see who is in the programme is not told of groups in which a person could be found out
# (docs/decisions/who-sees-an-audience.md).
FEWEST = 5
# How many people are asked for the attributes that exist, the newest first.
SAMPLE = 2000
MOST_CHOICES = 300


@dataclass(frozen=True)
class Number:
    """How many people, as this reader may know it. `few`: some, but fewer than five."""

    value: int
    few: bool = False


def number(people: int, reader: Person) -> Number:
    return Number(people, few=0 < people < FEWEST and not reader.may(Permission.SEE_PEOPLE))


def topics() -> dict[str, str]:
    """Names of topics and categories by their slug, in the reader's language."""
    found = {one.slug: str(one) for one in Topic.objects.all()}
    return found | {one.slug: str(one) for one in Category.objects.all()}


def names() -> Names:
    return Names({str(pk): name for pk, name in Team.objects.values_list("pk", "name")}, topics())


Choices = dict[str, list[tuple[str, str]]]


def choices(known: Names) -> Choices:
    """Values to choose from for each field that there is, in words; attributes as the company's file has them."""
    found: Choices = {
        "team": sorted(known.teams.items(), key=lambda pair: pair[1]),
        "department": _distinct(Team.objects.values_list("department", flat=True)),
        "location": _distinct(Person.objects.values_list("location", flat=True)),
        "country": _distinct(Person.objects.values_list("country", flat=True)),
        "language": _languages(known),
        "role": [(role.value, str(role.label)) for role in Role],
        "interest": sorted(known.topics.items(), key=lambda pair: pair[1]),
        "hidden": sorted(known.topics.items(), key=lambda pair: pair[1]),
    }
    held: dict[str, set[str]] = {}
    for attributes in (
        Person.objects.exclude(attributes={}).order_by("-pk").values_list("attributes", flat=True)[:SAMPLE]
    ):
        for key, value in attributes.items():
            if rules.ATTRIBUTE.fullmatch(f"attribute:{key}") and isinstance(value, str) and value:
                held.setdefault(key, set()).add(value)
    for key in sorted(held):
        found[f"attribute:{key}"] = [(one, one) for one in sorted(held[key])]
    return {name: values[:MOST_CHOICES] for name, values in found.items() if values}


def _distinct(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(one, one) for one in sorted(set(values) - {""})]


def _languages(known: Names) -> list[tuple[str, str]]:
    spoken = {
        str(code).lower() for row in Person.objects.values_list("languages", flat=True).distinct() for code in row
    }
    codes = sorted({code for code, _name in settings.LANGUAGES} | {one for one in spoken if rules.CODE.fullmatch(one)})
    return [(code, rules.value_said("language", code, known)) for code in codes]


@dataclass(frozen=True)
class ShownStep:
    """One line of how it narrows: `percent` of everyone, `last` for the result of a group."""

    words: str
    number: Number
    percent: int
    last: bool


@dataclass(frozen=True)
class Reach:
    people: Number
    joined: Number
    everyone: int
    groups: list[list[ShownStep]]


def reach(rule: Rule, known: Names, reader: Person) -> Reach:
    """The numbers of a rule as this reader may know them."""
    found = audiences.reach(rule, known)
    groups: list[list[ShownStep]] = [[] for _group in rule.groups]
    for place, one in enumerate(found.steps):
        last = place + 1 == len(found.steps) or found.steps[place + 1].group != one.group
        share = round(100 * one.people / found.everyone) if found.everyone else 0
        shown = number(one.people, reader)
        groups[one.group].append(ShownStep(one.words, shown, 1 if shown.few else share, last))
    return Reach(number(found.people, reader), number(found.joined, reader), found.everyone, groups)


@dataclass(frozen=True)
class Answer:
    """Whether somebody would see it, and why not."""

    person: Person
    inside: bool
    why: list[str]


def ask(rule: Rule, known: Names, words: str) -> list[Answer]:
    """People of this name, and whether the rule means them; at most five."""
    found = Person.objects.filter(is_active=True).select_related("team").prefetch_related("grants")
    for word in words.split()[:5]:
        found = found.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__istartswith=word))
    answers = []
    for person in found.order_by("first_name", "pk")[:5] if words.strip() else ():
        why = [_why(one, person, known) for one in audiences.failing(rule, person)]
        answers.append(Answer(person, not why, why))
    return answers


def _why(one: Condition, person: Person, known: Names) -> str:
    own = audiences.own_values(one, person, known)
    told = {"field": rules.called(one.field), "own": own or _("none"), "condition": rules.said(one, known)}
    return _("%(field)s: %(own)s. It asks that %(condition)s.") % told


def used_by() -> dict[int, int]:
    """How many items and feeds use each audience, changes of items not counted."""
    items = Item.objects.filter(audience__isnull=False, replaces__isnull=True).values("audience").order_by()
    found = {row["audience"]: row["n"] for row in items.annotate(n=Count("pk"))}
    for row in Feed.objects.filter(audience__isnull=False).values("audience").order_by().annotate(n=Count("pk")):
        found[row["audience"]] = found.get(row["audience"], 0) + row["n"]
    return found


@dataclass(frozen=True)
class Kept:
    """A named audience in the list: how its rule reads now, how many it means, who uses it."""

    audience: Audience
    rule: str
    joined: Number
    used: int


def kept(reader: Person, found: Iterable[Audience]) -> list[Kept]:
    """Named audiences as the list shows them; ask for at most a page of them. Their numbers come in one question."""
    rows, known, used = list(found), names(), used_by()
    asked = audiences.rules_of(rows)
    counts = Person.objects.joined().aggregate(
        **{f"a{pk}": Count("pk", filter=rules.among(rule)) for pk, rule in asked.items()}
    ) if asked else {}  # fmt: skip
    return [
        Kept(one, rules.described(asked[one.pk], known), number(counts[f"a{one.pk}"], reader), used.get(one.pk, 0))
        for one in rows
    ]

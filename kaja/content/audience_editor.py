"""The draft of a rule while somebody builds it: every press sends all of it, so that no script is needed.

Fields of condition c in group g: `field-g-c`, `is-g-c` ("no" for *is not*), `value-g-c` (many), `add-g-c` (one more).
The pressed button is `do`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from kaja.content.audiences_shown import Choices
from kaja.people import rules
from kaja.people.rules import Names, Rule


@dataclass
class Line:
    """A condition of the draft; it may have no value yet."""

    name: str
    wanted: bool = True
    values: list[str] = field(default_factory=list)


@dataclass
class Draft:
    groups: list[list[Line]] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """As `rules.parse` reads it; lines without a value are left out, so that numbers can be shown meanwhile."""
        return {
            "any": [
                {"all": [{"field": one.name, "is": one.wanted, "values": one.values} for one in group if one.values]}
                for group in self.groups
            ]
        }

    @property
    def unfinished(self) -> bool:
        return any(not one.values for group in self.groups for one in group)


def of(rule: Rule) -> Draft:
    return Draft([[Line(one.field, one.wanted, list(one.values)) for one in group] for group in rule.groups] or [[]])


def read(given: QueryDict) -> Draft:
    """The draft that a form sent, with the change that the pressed button asks for. Nonsense is left out."""
    groups: list[list[Line]] = []
    for place in range(rules.MOST_GROUPS):
        if f"group-{place}" not in given:
            break
        lines = [_line(given, f"{place}-{at}") for at in range(rules.MOST_CONDITIONS)]
        kept = [one for one in lines if one is not None]
        if (name := given.get(f"new-{place}", "")) and _there_is(name) and len(kept) < rules.MOST_CONDITIONS:
            kept.append(Line(name))
        groups.append(kept)
    do = given.get("do", "")
    if do == "group" and len(groups) < rules.MOST_GROUPS:
        groups.append([])
    return Draft(groups or [[]])


def _there_is(name: str) -> bool:
    return name in rules.FIELDS or bool(rules.ATTRIBUTE.fullmatch(name))


def _line(given: QueryDict, place: str) -> Line | None:
    name, do = given.get(f"field-{place}", ""), given.get("do", "")
    if not _there_is(name) or do == f"drop-{place}":
        return None
    values = [one.strip()[: rules.LONGEST_VALUE] for one in given.getlist(f"value-{place}")]
    values += [one.strip()[: rules.LONGEST_VALUE] for one in given.getlist(f"add-{place}")]
    gone = do.removeprefix(f"less-{place}-") if do.startswith(f"less-{place}-") else None
    kept = [one for one in dict.fromkeys(values) if one and one != gone]
    wanted = given.get(f"is-{place}") != "no"
    return Line(name, not wanted if do == f"turn-{place}" else wanted, kept[: rules.MOST_VALUES])


@dataclass(frozen=True)
class ShownLine:
    place: str
    name: str
    called: str
    wanted: bool
    values: list[tuple[str, str]]
    others: list[tuple[str, str]]


def shown(draft: Draft, choices: Choices, known: Names) -> list[list[ShownLine]]:
    """The draft for the page: each condition with its values in words and those that could be added."""
    return [
        [_shown(f"{g}-{c}", one, choices, known) for c, one in enumerate(group)] for g, group in enumerate(draft.groups)
    ]


def _shown(place: str, one: Line, choices: Mapping[str, list[tuple[str, str]]], known: Names) -> ShownLine:
    values = [
        (value, rules.value_said(one.name, value, known) if _sane(one.name, value) else value) for value in one.values
    ]
    others = [pair for pair in choices.get(one.name, []) if pair[0] not in one.values]
    return ShownLine(place, one.name, rules.called(one.name), one.wanted, values, others)


def _sane(name: str, value: str) -> bool:
    """Whether a value can be put in words: what was typed into a form may be none of the field's."""
    return rules.known(name, value)


def fields(choices: Choices) -> list[tuple[str, str]]:
    """What a condition may ask for, to choose from."""
    return [(name, rules.called(name)) for name in choices]

"""Rules of audiences: groups joined by *or*; in a group, conditions joined by *and*; a condition is "this field is (or
is not) one of these values". Attributes are texts. As JSON:
{"any": [{"all": [{"field": "team", "is": true, "values": ["3"]}]}]}.

A rule says the same in Python (`fits`, for one person in a feed) and in SQL (`among`, for a number and a list); a test
holds the two together.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from kaja.people.models import Person, RoleGrant, Team
from kaja.people.roles import Role

MOST_GROUPS, MOST_CONDITIONS, MOST_VALUES, LONGEST_VALUE = 10, 12, 200, 120
ATTRIBUTE = re.compile(r"attribute:([a-z][a-z0-9_]{0,39})")
# What stands in lists of codes: it can be found inside a JSON text on every database.
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
CODED = frozenset({"language", "interest", "hidden"})


@dataclass(frozen=True)
class Field:
    """A fact about people that a condition may ask for: its name, and the condition in words (%s: the values)."""

    name: Promise
    is_: Promise
    not_: Promise


FIELDS: dict[str, Field] = {
    "team": Field(gettext_lazy("Team"), gettext_lazy("team is %s"), gettext_lazy("team is not %s")),
    "department": Field(
        gettext_lazy("Department"), gettext_lazy("department is %s"), gettext_lazy("department is not %s")
    ),
    "location": Field(gettext_lazy("Office"), gettext_lazy("office is %s"), gettext_lazy("office is not %s")),
    "country": Field(gettext_lazy("Country"), gettext_lazy("country is %s"), gettext_lazy("country is not %s")),
    "language": Field(gettext_lazy("Reads"), gettext_lazy("reads %s"), gettext_lazy("does not read %s")),
    "role": Field(gettext_lazy("Role"), gettext_lazy("role is %s"), gettext_lazy("role is not %s")),
    "interest": Field(
        gettext_lazy("Interest"), gettext_lazy("wants more of %s"), gettext_lazy("has not asked for more of %s")
    ),
    "hidden": Field(gettext_lazy("Hidden"), gettext_lazy("has hidden %s"), gettext_lazy("has not hidden %s")),
}


@dataclass(frozen=True)
class Condition:
    field: str
    values: tuple[str, ...]
    wanted: bool = True  # False: is none of the values


@dataclass(frozen=True)
class Rule:
    """Who is meant: those whom one of the groups fits, all conditions of it. Without groups: everyone."""

    groups: tuple[tuple[Condition, ...], ...] = ()


@dataclass(frozen=True)
class Names:
    """How values read that are numbers or slugs: teams by their number, topics and categories by their slug."""

    teams: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)


# --- reading and writing ------------------------------------------------------------------------------------------
def parse(data: Any) -> Rule:
    """The rule of this JSON, put in order (equal rules are equal). Raises ValidationError with a sentence."""
    groups = data.get("any") if isinstance(data, dict) else None
    if not isinstance(groups, list) or set(data) != {"any"}:
        raise ValidationError(_('A rule reads like {"any": [{"all": [ … ]}]}.'))
    if len(groups) > MOST_GROUPS:
        raise ValidationError(_("A rule has at most %d groups.") % MOST_GROUPS)
    read = [_group(group) for group in groups]
    return Rule(tuple(sorted({group for group in read if group}, key=repr)))


def _group(data: Any) -> tuple[Condition, ...]:
    conditions = data.get("all") if isinstance(data, dict) else None
    if not isinstance(conditions, list) or set(data) != {"all"}:
        raise ValidationError(_('A group reads like {"all": [{"field": "team", "is": true, "values": ["3"]}]}.'))
    if len(conditions) > MOST_CONDITIONS:
        raise ValidationError(_("A group has at most %d conditions.") % MOST_CONDITIONS)
    return tuple(sorted({_condition(one) for one in conditions}, key=_place))


def _place(one: Condition) -> tuple[int, str, bool, tuple[str, ...]]:
    order = list(FIELDS)
    return (order.index(one.field) if one.field in order else len(order), one.field, not one.wanted, one.values)


def _condition(data: Any) -> Condition:
    if not isinstance(data, dict) or not {"field", "values"} <= set(data) <= {"field", "is", "values"}:
        raise ValidationError(_("A condition has a field, is (true or false) and values."))
    name, wanted, values = data["field"], data.get("is", True), data["values"]
    if not isinstance(name, str) or not (name in FIELDS or ATTRIBUTE.fullmatch(name)):
        raise ValidationError(_("There is nothing called “%s” to ask for.") % str(name)[:60])
    if not isinstance(wanted, bool) or not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValidationError(_("A condition has a field, is (true or false) and values."))
    cleaned = sorted({one.strip() for one in values} - {""})
    if not cleaned:
        raise ValidationError(_("Choose at least one value for %s.") % called(name).lower())
    if len(cleaned) > MOST_VALUES or any(len(one) > LONGEST_VALUE or "\x00" in one for one in cleaned):
        raise ValidationError(_("That is too much for one condition."))
    for one in cleaned:
        if not known(name, one):
            raise ValidationError(
                _("“%(value)s” is no value for %(field)s.") % {"value": one[:60], "field": called(name)}
            )
    return Condition(name, tuple(cleaned), wanted)


def known(name: str, value: str) -> bool:
    """Whether a field may have this value at all."""
    if name == "team":
        return value.isascii() and value.isdigit() and len(value) < 18 and value == str(int(value))
    if name == "role":
        return value in Role.values
    return bool(CODE.fullmatch(value)) if name in CODED else True


def dump(rule: Rule) -> dict[str, Any]:
    """The rule as JSON, as `parse` reads it."""
    return {
        "any": [
            {"all": [{"field": one.field, "is": one.wanted, "values": list(one.values)} for one in group]}
            for group in rule.groups
        ]
    }


def fingerprint(rule: Rule) -> str:
    """The same for equal rules, however they were written."""
    return hashlib.sha256(json.dumps(dump(rule), sort_keys=True).encode()).hexdigest()


# --- one person, in Python ----------------------------------------------------------------------------------------
class Facts(dict[str, frozenset[str]]):
    """What conditions compare: a person's values by field, each worked out at most once. `departments` by the teams'
    numbers."""

    def __init__(self, person: Person, departments: Mapping[int, str]) -> None:
        super().__init__()
        self._person, self._departments = person, departments

    def __missing__(self, name: str) -> frozenset[str]:
        return self.setdefault(name, self._of(name))

    def _of(self, name: str) -> frozenset[str]:
        person = self._person
        if found := ATTRIBUTE.fullmatch(name):
            value = (person.attributes or {}).get(found[1])
            return frozenset({value}) if isinstance(value, str) else frozenset()
        if name == "team":
            return frozenset({str(person.team_id)})
        if name == "department":
            return frozenset({self._departments.get(person.team_id or 0, "")})
        if name == "role":
            return person.roles
        if name in ("location", "country"):
            return frozenset({getattr(person, name)})
        of = {"language": person.languages, "interest": person.interests, "hidden": person.hidden}[name]
        return frozenset(str(one).lower() for one in of or ())


def meets(condition: Condition, facts: Facts) -> bool:
    return (not facts[condition.field].isdisjoint(condition.values)) == condition.wanted


def fits(rule: Rule, facts: Facts) -> bool:
    """Whether the rule means the person of these facts."""
    if not rule.groups:
        return True
    return any(all(meets(one, facts) for one in group) for group in rule.groups)


# --- many people, in SQL ------------------------------------------------------------------------------------------
def among(rule: Rule) -> Q:
    """People whom the rule means, for a question to the database."""
    found = Q()
    for group in rule.groups:
        found |= together(group)
    return found


def together(conditions: tuple[Condition, ...]) -> Q:
    """People who meet every one of these conditions."""
    found = Q()
    for one in conditions:
        asked = _asked(one.field, one.values)
        found &= asked if one.wanted else ~asked
    return found


def _asked(name: str, values: tuple[str, ...]) -> Q:
    found = Q()
    if attribute := ATTRIBUTE.fullmatch(name):
        for value in values:
            found |= Q(
                Exact(
                    Coalesce(KeyTextTransform(attribute[1], "attributes"), Value("", output_field=TextField())),
                    Value(value),
                )
            )
        return found
    # Said of people without a team too: SQL would neither affirm nor deny it, and "is not" would lose them.
    if name == "team":
        return Q(team__isnull=False) & Q(team__in=[int(value) for value in values])
    if name == "department":
        return Q(team__isnull=False) & Q(team__in=Team.objects.filter(department__in=values).values("pk"))
    if name == "role":
        return Q(Exists(RoleGrant.objects.filter(person=OuterRef("pk"), role__in=values)))
    if name in ("location", "country"):
        return Q(**{f"{name}__in": values})
    # JSON lists cannot be asked alike on both databases: the quoted code inside the text can.
    column = {"language": "languages", "interest": "interests", "hidden": "hidden"}[name]
    for value in values:
        found |= Q(**{f"{column}__icontains": f'"{value}"'})
    return found


# --- words --------------------------------------------------------------------------------------------------------
def called(name: str) -> str:
    """The name of a field, for a label."""
    if found := ATTRIBUTE.fullmatch(name):
        return found[1].replace("_", " ").capitalize()
    return str(FIELDS[name].name)


def value_said(name: str, value: str, names: Names) -> str:
    """A value as people read it."""
    if name == "team":
        return names.teams.get(value, _("a team that is gone"))
    if name == "role":
        return str(Role(value).label)
    if name in ("interest", "hidden"):
        return _("“%s”") % names.topics.get(value, value)
    if name == "language":
        try:
            return str(get_language_info(value)["name_translated"])
        except KeyError:
            return value.upper()
    return value


def said(condition: Condition, names: Names) -> str:
    """A condition in words: "office is Tallinn or Riga"."""
    values = get_text_list([value_said(condition.field, one, names) for one in condition.values], _("or"))
    if condition.field in FIELDS:
        words = FIELDS[condition.field]
        return str(words.is_ if condition.wanted else words.not_) % values
    told = {"name": called(condition.field), "values": values}
    return (_("%(name)s is %(values)s") if condition.wanted else _("%(name)s is not %(values)s")) % told


def described(rule: Rule, names: Names) -> str:
    """A whole rule in one sentence without its full stop."""
    if not rule.groups:
        return _("Everyone")
    groups = [get_text_list([said(one, names) for one in group], _("and")) for group in rule.groups]
    sentence = f" {_('or else')} ".join(groups)
    return sentence[:1].upper() + sentence[1:]

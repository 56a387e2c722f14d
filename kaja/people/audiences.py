"""Audiences: for whom something is meant. Equal rules are one row; no row at all means everyone (J2).

A named audience has versions, each with a time from which it holds; what uses the audience follows. Reading a feed asks
the database nothing: the rules are kept in memory for a few seconds, and one person is compared in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja import memory
from kaja.audit import lines
from kaja.memory import Kept
from kaja.people import rules
from kaja.people.models import Audience, AudienceVersion, Person, PersonQuerySet, Team
from kaja.people.roles import Permission, require
from kaja.people.rules import Condition, Names, Rule

LONGEST_NAME = 120
# An audience may be planned this far ahead.
FARTHEST = timedelta(days=2 * 365)


# --- what is in force ---------------------------------------------------------------------------------------------
@dataclass
class _Known:
    """Every rule with the time it begins, the newest last, by audience; departments by the numbers of their teams."""

    rules: dict[int, list[tuple[datetime, Rule]]] = field(default_factory=dict)
    departments: dict[int, str] = field(default_factory=dict)


def _read() -> _Known:
    found = _Known()
    versions = AudienceVersion.objects.order_by("audience", "begins_at", "number")
    for audience, begins, rule in versions.values_list("audience", "begins_at", "rule"):
        found.rules.setdefault(audience, []).append((begins, rules.parse(rule)))
    found.departments = dict(Team.objects.exclude(department="").values_list("pk", "department"))
    return found


_known = Kept(_read, about="audiences")


def _at(versions: list[tuple[datetime, Rule]], at: datetime) -> Rule:
    """The rule in force at a time; before the first of them, the first."""
    return next((rule for begins, rule in reversed(versions) if begins <= at), versions[0][1])


def of(person: Person) -> list[int]:
    """Numbers of the audiences this person is in now."""
    known, now = _known.get(), timezone.now()
    facts = rules.Facts(person, known.departments)
    return [number for number, versions in known.rules.items() if rules.fits(_at(versions, now), facts)]


def rule_of(audience: Audience | None, at: datetime | None = None) -> Rule:
    """The rule of an audience at a time (now); the rule for everyone for None."""
    if audience is None:
        return Rule()
    versions = [(one.begins_at, rules.parse(one.rule)) for one in audience.versions.order_by("begins_at", "number")]
    return _at(versions, at or timezone.now()) if versions else Rule()


def rules_of(some: Iterable[Audience]) -> dict[int, Rule]:
    """The rules of many audiences now, by their numbers, in one question."""
    found: dict[int, list[tuple[datetime, Rule]]] = {}
    rows = AudienceVersion.objects.filter(audience__in=[one.pk for one in some]).order_by("begins_at", "number")
    for row in rows:
        found.setdefault(row.audience_id, []).append((row.begins_at, rules.parse(row.rule)))
    return {pk: _at(versions, timezone.now()) for pk, versions in found.items()}


# --- unnamed ------------------------------------------------------------------------------------------------------
def everyone_or(*, teams: Iterable[Team], locations: Iterable[str], languages: Iterable[str]) -> Audience | None:
    """The audience of people in one of the teams, and in one of the places, and reading one of the languages; each
    part counts only when it names something. None (everyone) when no part does."""
    crews = sorted({team.pk: team for team in teams}.values(), key=lambda team: team.name)
    places, codes = sorted(set(locations)), sorted(set(languages))
    wanted = (("team", [str(team.pk) for team in crews]), ("location", places), ("language", codes))
    group = [{"field": name, "values": values} for name, values in wanted if values]
    if not group:
        return None
    label = ", ".join([team.name for team in crews] + places + [code.upper() for code in codes])
    return _row(rules.parse({"any": [{"all": group}]}), label)


def for_rule(rule: Rule) -> Audience | None:
    """The unnamed audience of a rule; None (everyone) for the rule without conditions."""
    if not rule.groups:
        return None
    parts = simple(rule)
    if parts is not None:
        found = {team.pk: team for team in Team.objects.filter(pk__in=[int(one) for one in parts["team"]])}
        if len(found) == len(parts["team"]):
            return everyone_or(teams=found.values(), locations=parts["location"], languages=parts["language"])
    return _row(rule, rules.described(rule, names_of(rule)))


@transaction.atomic
def _row(rule: Rule, label: str) -> Audience:
    audience, made = Audience.objects.get_or_create(
        fingerprint=rules.fingerprint(rule), defaults={"label": label[:200]}
    )
    if made:
        AudienceVersion.objects.create(audience=audience, number=1, rule=rules.dump(rule))
        memory.forget("audiences")
    return audience


def simple(rule: Rule) -> dict[str, list[str]] | None:
    """Teams, places and languages of a rule that says nothing else; None for one that does."""
    parts: dict[str, list[str]] = {"team": [], "location": [], "language": []}
    if len(rule.groups) > 1:
        return None
    for one in rule.groups[0] if rule.groups else ():
        if not one.wanted or one.field not in parts or parts[one.field]:
            return None
        parts[one.field] = list(one.values)
    return parts


# --- named --------------------------------------------------------------------------------------------------------
@transaction.atomic
def create(*, person: Person, name: str, rule: Rule) -> Audience:
    """A named audience, to be used again and again. Raises ValidationError for a name that is taken or none."""
    require(person.may(Permission.EDIT_CONTENT))
    if not rule.groups:
        raise ValidationError(_("Add a condition first. Without one it would be everyone."), code="empty")
    audience = Audience.objects.create(name=_name(name), label=name.strip(), made_by=person)
    AudienceVersion.objects.create(audience=audience, number=1, rule=rules.dump(rule), made_by=person)
    lines.write(actor=person, verb="audience.created", on=audience)
    memory.forget("audiences")
    return audience


def _name(name: str, *, but: int = 0) -> str:
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give it a name.")})
    if len(name) > LONGEST_NAME:
        raise ValidationError({"name": _("This is longer than %d characters.") % LONGEST_NAME})
    if Audience.objects.filter(name__iexact=name).exclude(pk=but).exists():
        raise ValidationError({"name": _("There is an audience of this name already.")})
    return name


@transaction.atomic
def change(
    *, person: Person, audience: Audience, rule: Rule, name: str = "", begins_at: datetime | None = None
) -> AudienceVersion:
    """A new rule for a named audience from `begins_at` (now) on, and a name. The rules before are kept.

    Only who may review changes one: what is live and was approved follows it at once. Raises ValidationError.
    """
    require(person.may(Permission.REVIEW_CONTENT) and bool(audience.name))
    now = timezone.now()
    if not rule.groups:
        raise ValidationError(_("Add a condition first. Without one it would be everyone."), code="empty")
    if begins_at is not None and not now - timedelta(minutes=10) <= begins_at <= now + FARTHEST:
        raise ValidationError({"begins_at": _("It begins now or within two years. The past cannot be changed.")})
    row = Audience.objects.select_for_update().get(pk=audience.pk)
    row.name = row.label = _name(name or row.name, but=row.pk)
    row.save(update_fields=["name", "label"])
    last = row.versions.latest("number")
    if rules.parse(last.rule) == rule and begins_at is None:
        memory.forget("audiences")
        return last
    version = AudienceVersion.objects.create(
        audience=row,
        number=last.number + 1,
        rule=rules.dump(rule),
        begins_at=max(begins_at or now, now),
        made_by=person,
    )
    lines.write(actor=person, verb="audience.changed", on=row, version=version.number)
    memory.forget("audiences")
    return version


@transaction.atomic
def remove(*, person: Person, audience: Audience) -> None:
    """Remove a named audience that nothing uses. Raises ValidationError when something does."""
    require(person.may(Permission.REVIEW_CONTENT) and bool(audience.name))
    lines.write(actor=person, verb="audience.removed", on=audience)
    try:
        audience.delete()
    except ProtectedError as error:
        raise ValidationError(_("It is used. Give those posts another audience first.")) from error
    memory.forget("audiences")


# --- who ----------------------------------------------------------------------------------------------------------
def people(rule: Rule) -> PersonQuerySet:
    """Everybody of the company whom a rule means, joined or not yet."""
    return Person.objects.get_queryset().filter(rules.among(rule), is_active=True)


def size(audience: Audience | None) -> int:
    """How many joined people an audience has; everybody who joined for None."""
    return people(rule_of(audience)).joined().count()


@dataclass(frozen=True)
class Step:
    """How many are left after one more condition. `words` in the reader's language; `group` counts from 0."""

    words: str
    people: int
    group: int


@dataclass(frozen=True)
class Reach:
    """How many a rule means, how many of them have joined, and how it narrows from everyone to them."""

    people: int
    joined: int
    everyone: int
    steps: list[Step]


def reach(rule: Rule, names: Names) -> Reach:
    """The numbers of a rule, in one query."""
    asked: dict[str, Q] = {"all_of_it": rules.among(rule)}
    told: list[tuple[str, str, int]] = []
    for place, group in enumerate(rule.groups):
        for upto, one in enumerate(group, 1):
            key = f"g{place}_{upto}"
            asked[key] = rules.together(group[:upto])
            told.append((key, rules.said(one, names), place))
    counts = {key: Count("pk", filter=q) if q else Count("pk") for key, q in asked.items()}
    joined = Q(joined_at__isnull=False) & asked["all_of_it"] if rule.groups else Q(joined_at__isnull=False)
    found = Person.objects.filter(is_active=True).aggregate(
        everyone=Count("pk"), joined_of_it=Count("pk", filter=joined), **counts
    )
    steps = [Step(words, found[key], place) for key, words, place in told]
    return Reach(found["all_of_it"], found["joined_of_it"], found["everyone"], steps)


def failing(rule: Rule, person: Person) -> list[Condition]:
    """The conditions that keep this person out, of the group that comes closest; none for one who is in."""
    facts = rules.Facts(person, _known.get().departments)
    short = [[one for one in group if not rules.meets(one, facts)] for group in rule.groups]
    return min(short, key=len, default=[])


def own_values(condition: Condition, person: Person, names: Names) -> str:
    """What the person has of what a condition asks for, in words; empty for nothing."""
    values = rules.Facts(person, _known.get().departments)[condition.field] - {"", "None"}
    return ", ".join(sorted(rules.value_said(condition.field, one, names) for one in values))


def names_of(rule: Rule, topics: Mapping[str, str] | None = None) -> Names:
    """How the values of a rule read. `topics`: names of topics and categories by slug, which people do not know of."""
    numbers = {value for group in rule.groups for one in group if one.field == "team" for value in one.values}
    teams = Team.objects.filter(pk__in=[int(one) for one in numbers]).values_list("pk", "name") if numbers else []
    return Names({str(pk): name for pk, name in teams}, topics or {})

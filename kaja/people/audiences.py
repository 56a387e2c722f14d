"""Audiences: for whom something is meant. Equal rules are one row; no row at all means everyone."""

import hashlib
import json
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from kaja.people.models import Audience, AudienceTerm, Person, Team

Kind = AudienceTerm.Kind


@transaction.atomic
def everyone_or(*, teams: Iterable[Team], locations: Iterable[str], languages: Iterable[str]) -> Audience | None:
    """The audience of people in one of the teams, and in one of the places, and reading one of the languages; each
    part counts only when it names something. None (everyone) when no part does."""
    crews = sorted({team.pk: team for team in teams}.values(), key=lambda team: team.name)
    terms = (
        [(Kind.TEAM, str(team.pk)) for team in crews]
        + [(Kind.LOCATION, place) for place in sorted(set(locations))]
        + [(Kind.LANGUAGE, code) for code in sorted(set(languages))]
    )
    if not terms:
        return None
    kinds = {kind for kind, _value in terms}
    words = [team.name for team in crews] + [value for kind, value in terms if kind == Kind.LOCATION]
    words += [value.upper() for kind, value in terms if kind == Kind.LANGUAGE]
    audience, made = Audience.objects.get_or_create(
        fingerprint=hashlib.sha256(json.dumps(sorted(terms)).encode()).hexdigest(),
        defaults={
            "label": ", ".join(words)[:200],
            "by_team": Kind.TEAM in kinds,
            "by_location": Kind.LOCATION in kinds,
            "by_language": Kind.LANGUAGE in kinds,
        },
    )
    if made:
        AudienceTerm.objects.bulk_create(
            AudienceTerm(audience=audience, kind=kind, value=value) for kind, value in terms
        )
    return audience


def size(audience: Audience | None) -> int:
    """How many joined people an audience has; everybody who joined for None."""
    people = Person.objects.joined()
    if audience is None:
        return people.count()
    terms: dict[str, list[str]] = {}
    for kind, value in audience.terms.values_list("kind", "value"):
        terms.setdefault(kind, []).append(value)
    if Kind.TEAM in terms:
        people = people.filter(team__in=[int(value) for value in terms[Kind.TEAM]])
    if Kind.LOCATION in terms:
        people = people.filter(location__in=terms[Kind.LOCATION])
    if Kind.LANGUAGE in terms:
        # JSON lists cannot be asked alike on both databases: the quoted code inside the text can.
        spoken = Q()
        for code in terms[Kind.LANGUAGE]:
            spoken |= Q(languages__icontains=f'"{code}"')
        people = people.filter(spoken)
    return people.count()

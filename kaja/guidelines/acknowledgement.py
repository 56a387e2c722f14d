"""Read and confirmed, version by version (C2). Nobody is locked out of anything for not confirming."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.guidelines import documents
from kaja.guidelines.models import Acknowledgement, Edition
from kaja.people.models import Person
from kaja.people.roles import Permission, require


@dataclass(frozen=True)
class Count:
    """How many of those who have joined have confirmed what the version in force asks for."""

    confirmed: int
    joined: int

    @property
    def percent(self) -> int:
        return round(100 * self.confirmed / self.joined) if self.joined else 0


def confirmed_at(person: Person, edition: Edition) -> datetime | None:
    """When the person confirmed this version or an older one that is still good for it."""
    return (
        Acknowledgement.objects.filter(
            person=person, edition__number__gte=edition.confirmed_since, edition__number__lte=edition.number
        )
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )


def waiting(person: Person) -> Edition | None:
    """The version in force that this person has not confirmed yet: for the gentle reminder. One query."""
    good = Acknowledgement.objects.filter(
        person=person,
        edition__number__gte=OuterRef("confirmed_since"),
        edition__number__lte=OuterRef("number"),
    )
    edition = Edition.objects.in_force().defer("content").annotate(confirmed=Exists(good)).first()
    return edition if edition is not None and not edition.confirmed else None  # type: ignore[attr-defined]


@transaction.atomic
def confirm(*, person: Person, number: int, ticked: bool) -> Acknowledgement:
    """The person has read version `number`. Confirming twice is one confirmation. Raises ValidationError without the
    tick, or when another version came into force meanwhile."""
    require(person.is_active)
    edition = documents.current()
    if edition is None or edition.number != number:
        raise ValidationError(_("A newer version came meanwhile. Read what has changed, then confirm."))
    if not ticked:
        raise ValidationError(_("Tick the box first: it says that you have read them."))
    row, made = Acknowledgement.objects.get_or_create(edition=edition, person=person)
    if made:
        lines.write(actor=person, verb="guidelines.confirmed", on=edition, number=number)
    return row


def _good(edition: Edition) -> QuerySet[Acknowledgement]:
    return Acknowledgement.objects.filter(
        edition__number__gte=edition.confirmed_since, edition__number__lte=edition.number
    )


def count(edition: Edition) -> Count:
    """Of those who have joined and not left: confirmed / joined."""
    joined = Person.objects.joined()
    done = joined.filter(Exists(_good(edition).filter(person=OuterRef("pk"))))
    return Count(done.count(), joined.count())


def may_see_names(person: Person) -> bool:
    """The programme manager alone: who sees both the programme and the people."""
    return person.may(Permission.SEE_PROGRAMME) and person.may(Permission.SEE_PEOPLE)


def missing(*, person: Person, edition: Edition) -> QuerySet[Person]:
    """Those who have joined and not confirmed, by name; for the programme manager. Raises PermissionDenied."""
    require(may_see_names(person))
    return (
        Person.objects.joined()
        .filter(~Exists(_good(edition).filter(person=OuterRef("pk"))))
        .select_related("team")
        .order_by("last_name", "first_name", "pk")
    )

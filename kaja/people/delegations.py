"""Who may prepare posts for whom (D8): name a delegate, end it, tell both.

A person names delegates for themselves and nobody else: there is no verb that takes the person from anybody but the
one who acts. Raises PermissionDenied for what a person may not, ValidationError with a sentence for what they can mend.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.jobs import facts
from kaja.people import company
from kaja.people.models import Delegation, Person
from kaja.people.roles import Permission, require

MOST = 10


# --- questions ------------------------------------------------------------------------------------------------------
def today() -> date:
    """The day on the company's clock."""
    return timezone.now().astimezone(ZoneInfo(company.current().time_zone)).date()


def standing() -> QuerySet[Delegation]:
    """What holds now: not ended, its last day not over, nobody of the two has left."""
    rows = Delegation.objects.filter(ended_at__isnull=True, person__is_active=True, delegate__is_active=True)
    return rows.filter(Q(last_day__isnull=True) | Q(last_day__gte=today()))


def named_by(person: Person) -> QuerySet[Delegation]:
    """The delegates of a person."""
    return standing().filter(person=person).select_related("delegate", "delegate__team")


def held_by(delegate: Person) -> QuerySet[Delegation]:
    """For whom somebody may prepare."""
    return standing().filter(delegate=delegate).select_related("person", "person__team")


def allows(*, delegate: Person, person: Person) -> bool:
    """Whether `delegate` may prepare posts for `person` now. One query."""
    return standing().filter(delegate=delegate, person=person).exists()


def find(typed: str) -> Person:
    """The colleague meant by an e-mail address or a whole name. Raises ValidationError when there is none, or when
    several have this name."""
    wanted = " ".join(typed.replace("\x00", "").split())
    if not wanted:
        raise ValidationError(_("Write the e-mail address or the whole name of a colleague."), code="delegate")
    named = Person.objects.joined().annotate(whole=Concat("first_name", Value(" "), "last_name"))
    found = list(named.filter(Q(email__iexact=wanted) | Q(whole__iexact=wanted))[:2])
    if len(found) > 1:
        raise ValidationError(_("More than one colleague has this name. Write the e-mail address."), code="delegate")
    if not found:
        raise ValidationError(
            _("Nobody who uses Kaja has this name or address. Check how it is written."), code="delegate"
        )
    return found[0]


# --- verbs ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def name(*, person: Person, delegate: Person, last_day: date | None = None) -> Delegation:
    """Let `delegate` prepare posts for `person`, who acts, up to and with `last_day`. Named already: the last day is
    changed."""
    require(person.may(Permission.SHARE) and person.is_active)
    if delegate.pk == person.pk:
        raise ValidationError(_("You need no delegate to prepare your own posts."), code="delegate")
    require(delegate.is_active and delegate.joined_at is not None)
    if last_day is not None and last_day < today():
        raise ValidationError(_("This day is over. Choose today or a later one."), code="last_day")
    # Held, so that two tabs at once do not both find the last free place.
    Person.objects.select_for_update().filter(pk=person.pk).values_list("pk").first()
    if row := standing().filter(person=person, delegate=delegate).first():
        if row.last_day != last_day:
            Delegation.objects.filter(pk=row.pk).update(last_day=last_day)
            lines.write(actor=person, verb="delegation.changed", on=row, last_day=str(last_day or ""))
            row.last_day = last_day
        return row
    if standing().filter(person=person).count() >= MOST:
        raise ValidationError(_("%d delegates are enough. End one first.") % MOST, code="delegate")
    _over(Delegation.objects.filter(person=person, delegate=delegate))
    row = Delegation.objects.create(person=person, delegate=delegate, last_day=last_day)
    lines.write(
        actor=person, verb="delegation.begun", on=row, delegate=delegate.pk, last_day=str(last_day) if last_day else ""
    )
    facts.record("delegation.begun", delegation=row.pk)
    return row


@transaction.atomic
def end(*, person: Person, delegation: Delegation) -> None:
    """End a delegation at once: whoever named the delegate may, and the delegate too."""
    require(person.pk in (delegation.person_id, delegation.delegate_id))
    if not Delegation.objects.filter(pk=delegation.pk, ended_at__isnull=True).update(ended_at=timezone.now()):
        return
    lines.write(actor=person, verb="delegation.ended", on=delegation, delegate=delegation.delegate_id)
    facts.record("delegation.ended", delegation=delegation.pk)


def _over(rows: QuerySet[Delegation]) -> None:
    """Write down the end of those whose last day is over, and of those who left."""
    gone = Q(last_day__lt=today()) | Q(person__is_active=False) | Q(delegate__is_active=False)
    for row in rows.filter(gone, ended_at__isnull=True):
        with transaction.atomic():
            if Delegation.objects.filter(pk=row.pk, ended_at__isnull=True).update(ended_at=timezone.now()):
                lines.write(actor=None, verb="delegation.ended", on=row, delegate=row.delegate_id)
                facts.record("delegation.ended", delegation=row.pk)


def end_due() -> None:
    """Scheduled: what is over by its last day is written down, and both are told. It holds no longer before, too."""
    _over(Delegation.objects.all())


def left(person: int) -> None:
    """Consequence: somebody's account was closed. Opened again, it has no delegates and is nobody's."""
    _over(Delegation.objects.filter(Q(person=person) | Q(delegate=person)))


# --- telling --------------------------------------------------------------------------------------------------------
def tell(delegation: int) -> None:
    """Consequence: one letter to each of the two, as it stands now. Safe to run twice (the letters come twice)."""
    row = Delegation.objects.select_related("person", "delegate").filter(pk=delegation).first()
    if row is None:
        return
    for reader, other in ((row.person, row.delegate), (row.delegate, row.person)):
        if reader.is_active and reader.email:
            _send(row, reader, other)


def _send(row: Delegation, reader: Person, other: Person) -> None:
    with translation.override(reader.language or company.current().language):
        own = reader.pk == row.person_id
        context = {
            "delegation": row, "own": own, "other": other, "ended": row.ended_at is not None,
            "company": company.current(),
            "link": f"{settings.BASE_URL}{reverse('own-settings') if own else reverse('prepare-desk')}",
        }  # fmt: skip
        if row.ended_at is not None:
            subject = _("%s prepares no posts for you any more") if own else _("You prepare no posts for %s any more")
        else:
            subject = _("%s may prepare posts for you") if own else _("You may prepare posts for %s")
        letter = EmailMultiAlternatives(
            subject % other.name, render_to_string("people/mail/delegation.txt", context), to=[reader.email]
        )
        letter.attach_alternative(render_to_string("people/mail/delegation.html", context), "text/html")
        letter.send()

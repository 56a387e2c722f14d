"""Invitations by link: invite, accept, revoke, send again. Only the hash of a token is stored (J1)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.jobs import queue
from kaja.people import company, persons
from kaja.people.models import Invitation, Person, RoleGrant, Team
from kaja.people.roles import Permission, Role, require

LIFE = timedelta(days=14)


class State(Enum):
    """How an invitation's link stands."""

    OPEN = "open"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, actor: Person, email: str, roles: list[Role], team: Team | None = None) -> str:
    """Invite one address; the answer is the link's address, which is also sent by e-mail.

    Raises PermissionDenied for roles the actor may not give, ValidationError for an address that is none or has an
    account. An open invitation to the same address is replaced: its link works no longer.
    """
    require(actor.may(Permission.INVITE_PEOPLE) and all(persons.may_give(actor, role) for role in roles))
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(_("“%s” is no e-mail address.") % email.strip()[:80], code="email") from error
    if Person.objects.filter(email=address, joined_at__isnull=False).exists():
        raise ValidationError(_("%s has an account already.") % address, code="taken")
    now = timezone.now()
    Invitation.objects.filter(email=address, accepted_at__isnull=True, revoked_at__isnull=True).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        email=address, team=team, roles=[str(role) for role in roles], token_hash=_hash(token), invited_by=actor,
        expires_at=now + LIFE,
    )  # fmt: skip
    lines.write(actor=actor, verb="invitation.made", on=row, roles=row.roles)
    link = f"{settings.BASE_URL}{reverse('invitation', args=[token])}"
    queue.enqueue("kaja.people.invitations.send", email=address, link=link, inviter=actor.name)
    return link


def send(email: str, link: str, inviter: str) -> None:
    """Send the letter, in the company's language. A job: safe to run twice (the letter comes twice at worst)."""
    current = company.current()
    with translation.override(current.language):
        context = {"link": link, "inviter": inviter, "company": current, "days": LIFE.days}
        subject = _("%(name)s invites you to tell %(company)s's stories") % {"name": inviter, "company": current.name}
        letter = EmailMultiAlternatives(subject, render_to_string("people/mail/invitation.txt", context), to=[email])
        letter.attach_alternative(render_to_string("people/mail/invitation.html", context), "text/html")
        letter.send()


def find(token: str) -> tuple[State, Invitation | None]:
    """How the link with this token stands."""
    row = Invitation.objects.select_related("team").filter(token_hash=_hash(token)).first()
    if row is None:
        return State.UNKNOWN, None
    if row.accepted_at:
        return State.USED, row
    if row.revoked_at:
        return State.REVOKED, row
    return (State.OPEN, row) if row.expires_at > timezone.now() else (State.EXPIRED, row)


@transaction.atomic
def accept(*, token: str, first_name: str, last_name: str, password: str = "") -> Person:
    """Make the account, or bring an imported person in. Raises ValidationError when the link works no longer."""
    state, row = find(token)
    if row is None or state != State.OPEN:
        raise ValidationError(_("This invitation works no longer."), code=state.value)
    now = timezone.now()
    # The first of two who press at once takes it.
    if not Invitation.objects.filter(pk=row.pk, accepted_at__isnull=True).update(accepted_at=now):
        raise ValidationError(_("This invitation works no longer."), code=State.USED.value)
    person = Person.objects.filter(email=row.email).first() or Person(email=row.email, invited_at=row.created_at)
    person.first_name, person.last_name, person.joined_at = first_name.strip(), last_name.strip(), now
    person.team = row.team or person.team
    if password:
        person.set_password(password)
    elif not person.pk:
        person.set_unusable_password()
    person.save()
    for role in row.roles:
        RoleGrant.objects.get_or_create(person=person, role=role, defaults={"granted_by": row.invited_by})
    lines.write(actor=person, verb="invitation.accepted", on=row)
    return person


@transaction.atomic
def revoke(*, actor: Person, number: int) -> None:
    """End an open invitation."""
    require(actor.may(Permission.INVITE_PEOPLE))
    row = Invitation.objects.filter(pk=number, accepted_at__isnull=True, revoked_at__isnull=True).first()
    require(row is not None)
    assert row is not None
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    lines.write(actor=actor, verb="invitation.revoked", on=row)

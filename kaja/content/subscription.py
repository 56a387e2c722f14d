"""A person's own address of the calendar, for calendar programmes that cannot sign in (B4).

The address is the key. Whoever has it sees what its person may see at the moment of reading, and nothing when that
person has left or may read the library no more. A new address ends the old one.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from kaja import vault
from kaja.audit import lines
from kaja.content.models import CalendarAddress
from kaja.people.models import Person
from kaja.people.roles import Permission, require


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def of(person: Person) -> CalendarAddress | None:
    """The person's address, if they have made one."""
    return CalendarAddress.objects.filter(person=person).first()


def written(row: CalendarAddress) -> str:
    """The address as a calendar programme wants it; empty when the key that sealed it is gone (make a new one then)."""
    try:
        token = vault.unseal(row.sealed)["token"]
    except vault.Unreadable:
        return ""
    return f"{settings.BASE_URL}{reverse('calendar-ics', args=[token])}"


@transaction.atomic
def renew(*, person: Person) -> CalendarAddress:
    """The first address, or a new one; the old one leads nowhere from now on."""
    require(person.may(Permission.READ_LIBRARY))
    token = secrets.token_urlsafe(32)
    fields = {"token_hash": _hash(token), "sealed": vault.seal({"token": token}), "last_read_at": None}
    row, _made = CalendarAddress.objects.update_or_create(person=person, defaults={**fields, "made_at": timezone.now()})
    lines.write(actor=person, verb="calendar.address_made", on=row)
    return row


@transaction.atomic
def end(*, person: Person) -> None:
    """No address any more; programmes that read it find nothing."""
    row = CalendarAddress.objects.filter(person=person).first()
    if row is not None:
        lines.write(actor=person, verb="calendar.address_ended", on=row)
        row.delete()


def reader(token: str) -> Person:
    """The person whose calendar this address shows. Raises Http404 for a wrong or ended one, and when they may not
    read the calendar any more."""
    row = CalendarAddress.objects.select_related("person__team").filter(token_hash=_hash(token)).first()
    if row is None or not row.person.may(Permission.READ_LIBRARY):
        raise Http404
    now = timezone.now()
    if row.last_read_at is None or now - row.last_read_at > timedelta(minutes=5):
        CalendarAddress.objects.filter(pk=row.pk).update(last_read_at=now)
    return row.person

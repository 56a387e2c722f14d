"""Personal tokens for the API: shown once, kept as a hash, may do what their person may (K1)."""

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kaja.audit import lines
from kaja.people.models import ApiToken, Person

PREFIX = "kaja_"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create(*, person: Person, name: str = "") -> str:
    """A new token for `person`; the answer is the only time it can be read."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(person=person, name=name.strip()[:80] or "API", token_hash=_hash(token))
    lines.write(actor=person, verb="token.created", on=row)
    return token


@transaction.atomic
def revoke(*, person: Person, number: int) -> None:
    """End a token of one's own. Raises PermissionDenied for somebody else's."""
    row = ApiToken.objects.filter(pk=number, person=person, revoked_at__isnull=True).first()
    if row is None:
        raise PermissionDenied
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    lines.write(actor=person, verb="token.revoked", on=row)


def of(person: Person) -> QuerySet[ApiToken]:
    """The person's working tokens, the newest first."""
    return ApiToken.objects.filter(person=person, revoked_at__isnull=True).order_by("-created_at")


def authenticate(token: str) -> Person | None:
    """The active person whose token this is; None for anything else."""
    row = (
        ApiToken.objects.select_related("person__team")
        .filter(token_hash=_hash(token), revoked_at__isnull=True, person__is_active=True)
        .first()
    )
    if row is None:
        return None
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > timedelta(minutes=5):
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row.person

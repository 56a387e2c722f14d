"""Signed, single-use addresses that approve one preparation without signing in (docs/delegates.md).

The address carries the number of the preparation and a secret, signed with the key of the installation: a forged one
is known without asking the database. Only the hash of the secret is stored, with an end. A letter carries it today; a
message on the phone can carry one of its own (`carrier`). Opening it decides nothing, since mail scanners open links.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kaja.audit import lines
from kaja.sharing.models import ApprovalLink, Preparation

LIFE = timedelta(days=7)
# After the time it was prepared for: whoever reads it too late can still say when.
AFTER = timedelta(days=1)
SALT = "kaja.sharing.approval"
LONGEST = 400


class State(Enum):
    """How an address stands."""

    OPEN = "open"
    FORGED = "forged"
    EXPIRED = "expired"
    # Decided meanwhile, by this link or elsewhere: the preparation says how.
    DECIDED = "decided"


@dataclass(frozen=True)
class Found:
    state: State
    preparation: Preparation | None = None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def mint(*, preparation: Preparation, carrier: ApprovalLink.Carrier) -> str:
    """A new address for a preparation that waits. It ends after seven days; of one that is planned for later, a day
    after its time."""
    secret, now = secrets.token_urlsafe(24), timezone.now()
    planned = max((share.not_before for share in preparation.shares.all()), default=now)
    link = ApprovalLink.objects.create(
        preparation=preparation, secret_hash=_hash(secret), carrier=carrier, ends_at=max(now + LIFE, planned + AFTER)
    )
    lines.write(actor=None, verb="approval_link.made", on=link, preparation=preparation.pk, carrier=str(carrier))
    token = signing.Signer(salt=SALT).sign(f"{preparation.pk}.{secret}")
    return f"{settings.BASE_URL}{reverse('approve-by-link', args=[token])}"


def find(token: str) -> Found:
    """How the address with this token stands. Changes nothing."""
    try:
        number, _dot, secret = signing.Signer(salt=SALT).unsign(token[:LONGEST]).partition(".")
    except signing.BadSignature:
        return Found(State.FORGED)
    rows = ApprovalLink.objects.select_related("preparation__person", "preparation__by", "preparation__item__category")
    link = rows.filter(secret_hash=_hash(secret), preparation=int(number)).first()
    if link is None or not link.preparation.person.is_active:
        return Found(State.FORGED)
    if link.used_at is not None or link.preparation.state != Preparation.State.WAITING:
        return Found(State.DECIDED, link.preparation)
    return Found(State.OPEN if link.ends_at > timezone.now() else State.EXPIRED, link.preparation)

"""Writing the audit trail: each verb writes its own line inside its own transaction."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from kaja.audit.models import Line


def write(*, actor: AbstractBaseUser | None, verb: str, on: models.Model, reason: str = "", **details: Any) -> Line:
    """Write down that `actor` (None: Kaja itself) did `verb` ("item.approved") on a row, and why.

    `details` must be JSON and free of secrets and of people's texts.
    """
    return Line.objects.create(
        actor_id=getattr(actor, "pk", None),
        verb=verb,
        noun=on._meta.label_lower,
        noun_id=str(on.pk),
        reason=reason,
        details=details,
    )

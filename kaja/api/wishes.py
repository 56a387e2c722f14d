"""What makes the same request twice one: the Idempotency-Key."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from ninja import Schema


def of(key: str, data: Schema, among: QuerySet[Any]) -> str:
    """The wish to be kept with what is made: the key with a mark of the body. Empty without a key.

    `among`: what the caller has made by the same verb. Raises ValidationError for another body under the same key.
    """
    if not key:
        return ""
    mark = hashlib.sha256(data.model_dump_json().encode()).hexdigest()[:12]
    head = "api:" + hashlib.sha256(key.encode()).hexdigest()[:40]
    if among.filter(wish__startswith=head).exclude(wish=f"{head}:{mark}").exists():
        raise ValidationError(_("This Idempotency-Key was used for another share. Choose a new one."))
    return f"{head}:{mark}"

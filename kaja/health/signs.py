"""Signs of what Kaja sees in passing: a backup that was written, a letter that left or did not, a certificate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from kaja.health.models import Sign
from kaja.jobs import why


def backup(*, size: int) -> None:
    """A backup of so many bytes is whole and on its disk."""
    _note(Sign.Of.BACKUP, size=size)


def letter_sent() -> None:
    """The mail server took a letter. Noted when the transaction around it is over: the one row would otherwise be
    locked as long as somebody sends letters, and all others would wait for it."""
    transaction.on_commit(lambda: _note(Sign.Of.LETTER_SENT), robust=True)


def letter_failed(error: BaseException) -> None:
    """The mail server did not take a letter. In a job that is rolled back its `Failure` tells instead."""
    told = {"reason": why.of(error), "detail": why.text(error)}
    transaction.on_commit(lambda: _note(Sign.Of.LETTER_FAILED, **told), robust=True)


def certificate(*, about: str, ends_at: datetime | None, reason: str = "", detail: str = "") -> None:
    """The certificate of "host:port" was looked at, or could not be (`reason`)."""
    _note(Sign.Of.CERTIFICATE, about=about, ends_at=ends_at, reason=reason, detail=detail[:2000])


def every() -> dict[str, Sign]:
    """All signs by what they are of. One query."""
    return {sign.of: sign for sign in Sign.objects.all()}


def _note(of: Sign.Of, **told: Any) -> None:
    Sign.objects.update_or_create(of=of, defaults={"at": timezone.now(), **told})

"""The one task of the queue: run a named function, and again later when it fails."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task as queued

from kaja.jobs import queue, why
from kaja.jobs.models import Failure

ATTEMPTS = 8


@queued()
def run(function: str, arguments: dict[str, Any], attempt: int, failure: int | None = None) -> None:
    """Call the function; on an error plan the next attempt (10 s, doubling up to 21 min) and keep the error's row.

    `failure` is the row of earlier attempts: gone when somebody has given the job up, and then nothing is done.
    """
    if failure is not None and not Failure.objects.filter(pk=failure).exists():
        return
    try:
        import_string(function)(**arguments)
    except Exception as error:
        _again(function, arguments, attempt, failure, error)
        raise
    if failure is not None:
        Failure.objects.filter(pk=failure).delete()


@transaction.atomic
def _again(function: str, arguments: dict[str, Any], attempt: int, failure: int | None, error: Exception) -> None:
    """Write down that it failed, and plan the next attempt if there is one."""
    now = timezone.now()
    later = now + timedelta(seconds=10 * 2 ** (attempt - 1)) if attempt < ATTEMPTS else None
    told: dict[str, Any] = {
        "attempts": attempt, "last_at": now, "next_at": later, "reason": why.of(error), "detail": why.text(error)
    }  # fmt: skip
    if failure is None:
        failure = Failure.objects.create(function=function, arguments=arguments, **told).pk
    elif not Failure.objects.filter(pk=failure).update(**told):
        return  # given up while it ran
    if later is not None:
        plan(failure=failure, function=function, arguments=arguments, attempt=attempt + 1, at=later)


def plan(*, failure: int, function: str, arguments: dict[str, Any], attempt: int, at: datetime | None = None) -> None:
    """Put the next attempt of a job that failed into the queue, for `at` or as soon as a worker is free."""
    row = queue.write(at=at, function=function, arguments=arguments, attempt=attempt, failure=failure)
    Failure.objects.filter(pk=failure).update(task=row)

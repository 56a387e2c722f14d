"""Jobs that failed: try again now, or give up, one or many (J5)."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from kaja.audit import lines
from kaja.jobs import tasks
from kaja.jobs.models import Failure
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing.deliveries import Many, each


def troubled() -> QuerySet[Failure]:
    """Jobs that failed and have not worked since, also those that are tried again by themselves; the newest first."""
    return Failure.objects.order_by("-pk")


@transaction.atomic
def retry(*, person: Person, failure: Failure) -> None:
    """Try it again now, with eight tries before it. Every job is safe to run twice. Raises ValidationError."""
    require(person.may(Permission.RUN_SYSTEM))
    _known(failure.function)
    now = timezone.now()
    mine = Failure.objects.filter(pk=failure.pk, task=failure.task, next_at=failure.next_at).update(next_at=now)
    if not mine:
        raise ValidationError(_("It has gone on meanwhile: there is nothing to try again."), code="state")
    moved = DBTaskResult.objects.filter(pk=failure.task, status="READY").update(run_after=now)
    if not moved and not DBTaskResult.objects.filter(pk=failure.task, status="RUNNING").exists():
        tasks.plan(failure=failure.pk, function=failure.function, arguments=failure.arguments, attempt=1)
    lines.write(actor=person, verb="job.retried", on=failure, function=failure.function, attempts=failure.attempts)


@transaction.atomic
def give_up(*, person: Person, failure: Failure) -> None:
    """Try it no more. It cannot be taken up again. Raises ValidationError when it has worked meanwhile."""
    require(person.may(Permission.RUN_SYSTEM))
    if not Failure.objects.filter(pk=failure.pk).delete()[0]:
        raise ValidationError(_("It has gone on meanwhile: there is nothing to give up."), code="state")
    DBTaskResult.objects.filter(pk=failure.task, status="READY").delete()
    lines.write(actor=person, verb="job.given_up", on=failure, function=failure.function, attempts=failure.attempts)


def retry_many(*, person: Person, chosen: Iterable[Failure]) -> Many:
    """`retry` for each; one that cannot be done holds up no other."""
    return each(chosen, lambda failure: retry(person=person, failure=failure))


def give_up_many(*, person: Person, chosen: Iterable[Failure]) -> Many:
    """`give_up` for each; one that cannot be done holds up no other."""
    return each(chosen, lambda failure: give_up(person=person, failure=failure))


def _known(function: str) -> None:
    try:
        import_string(function)
    except ImportError as error:
        raise ValidationError(_("This version of Kaja does not know the job. Give it up."), code="unknown") from error

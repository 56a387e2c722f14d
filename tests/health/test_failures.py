"""Jobs that failed are written down, tried again on a person's word, or given up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja.audit.models import Line
from kaja.health import failures
from kaja.jobs import queue, tasks, why, worker
from kaja.jobs.models import Failure, Recurring
from kaja.outbound import NotSent
from kaja.vault import Unreadable
from tests.cast import Cast

CALLS: list[int] = []
WELL: list[bool] = []
HERE = "tests.health.test_failures"


def work(number: int) -> None:
    """A job that fails until it is told to go well."""
    CALLS.append(number)
    if not WELL:
        raise NotSent("the mail server is away")


@pytest.fixture(autouse=True)
def afresh() -> None:
    CALLS.clear()
    WELL.clear()


def turn() -> None:
    """What a worker does with everything that is ready now."""
    for row in DBTaskResult.objects.ready():
        try:
            tasks.run.call(**row.args_kwargs["kwargs"])
        except NotSent:
            row.status = "FAILED"
        else:
            row.status = "SUCCESSFUL"
        row.save()


@pytest.fixture
def failed(cast: Cast) -> Failure:
    """A job that was tried eight times."""
    queue.enqueue(f"{HERE}.work", number=7)
    for _try in range(tasks.ATTEMPTS):
        DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
        turn()
    return Failure.objects.get()


def test_a_failing_job_says_why_how_often_and_when_it_is_tried_next(cast: Cast) -> None:
    queue.enqueue(f"{HERE}.work", number=7)
    turn()
    row = Failure.objects.get()
    assert (row.function, row.arguments, row.attempts, row.reason) == (f"{HERE}.work", {"number": 7}, 1, "unreachable")
    assert "the mail server is away" in row.detail
    assert row.next_at is not None
    assert row.next_at > timezone.now() + timedelta(seconds=5)


def test_one_that_works_at_last_is_forgotten(cast: Cast) -> None:
    queue.enqueue(f"{HERE}.work", number=7)
    turn()
    WELL.append(True)
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
    turn()
    assert CALLS == [7, 7]
    assert not Failure.objects.exists()


def test_after_eight_tries_it_waits_for_somebody(failed: Failure) -> None:
    assert (failed.attempts, failed.next_at, len(CALLS)) == (8, None, 8)
    assert not DBTaskResult.objects.filter(status="READY").exists()


def test_tried_again_by_a_person_it_has_eight_tries_before_it_and_the_trail_says_who(
    cast: Cast, failed: Failure
) -> None:
    failures.retry(person=cast.aado, failure=failed)
    turn()
    again = Failure.objects.get()
    assert (again.pk, again.attempts, len(CALLS)) == (failed.pk, 1, 9)
    assert again.next_at is not None
    line = Line.objects.get(verb="job.retried")
    assert (line.actor, line.details["function"]) == (cast.aado, f"{HERE}.work")


def test_one_that_waits_for_its_next_try_is_tried_at_once_and_not_twice(cast: Cast) -> None:
    queue.enqueue(f"{HERE}.work", number=7)
    turn()
    failures.retry(person=cast.aado, failure=Failure.objects.get())
    assert DBTaskResult.objects.filter(status="READY").count() == 1
    turn()
    assert CALLS == [7, 7]


def test_two_presses_at_once_are_one_try(cast: Cast, failed: Failure) -> None:
    same = Failure.objects.get()
    failures.retry(person=cast.aado, failure=failed)
    with pytest.raises(ValidationError, match="gone on meanwhile"):
        failures.retry(person=cast.aado, failure=same)
    turn()
    assert len(CALLS) == 9


def test_given_up_it_is_not_tried_any_more_even_if_it_stood_in_the_queue(cast: Cast) -> None:
    queue.enqueue(f"{HERE}.work", number=7)
    turn()
    failure = Failure.objects.get()
    waiting = DBTaskResult.objects.get(status="READY").args_kwargs["kwargs"]
    failures.give_up(person=cast.aado, failure=failure)
    assert not DBTaskResult.objects.filter(status="READY").exists()
    tasks.run.call(**waiting)  # a worker that had claimed it a moment before
    assert CALLS == [7]
    assert not Failure.objects.exists()
    assert Line.objects.filter(verb="job.given_up", actor=cast.aado).exists()
    with pytest.raises(ValidationError):
        failures.give_up(person=cast.aado, failure=failure)


def test_a_job_that_this_version_does_not_know_cannot_be_tried_again(cast: Cast) -> None:
    old = Failure.objects.create(function="kaja.sharing.gone.away", reason="unknown-job")
    many = failures.retry_many(person=cast.aado, chosen=[old])
    assert (many.done, many.refused) == (0, ["This version of Kaja does not know the job. Give it up."])


def test_nobody_else_may(cast: Cast, failed: Failure) -> None:
    for somebody in (cast.liis, cast.kadri, cast.eda, cast.viivi, cast.sten):
        with pytest.raises(PermissionDenied):
            failures.retry(person=somebody, failure=failed)
        with pytest.raises(PermissionDenied):
            failures.give_up(person=somebody, failure=failed)
    assert Failure.objects.exists()


def test_what_nobody_decided_about_is_forgotten_after_a_month(failed: Failure) -> None:
    worker.sweep()
    assert Failure.objects.exists()
    Failure.objects.update(last_at=timezone.now() - timedelta(days=31))
    worker.sweep()
    assert not Failure.objects.exists()


def test_errors_are_told_apart_by_what_can_be_done_about_them() -> None:
    assert [why.of(error) for error in (NotSent("x"), Unreadable("x"), TimeoutError(), KeyError("x"), OSError())] == [
        "unreachable", "sealed", "silence", "fault", "machine",
    ]  # fmt: skip


def test_a_piece_of_the_schedule_that_breaks_off_says_so_until_it_goes_well(cast: Cast) -> None:
    path = f"{HERE}.piece"
    for _run in range(2):
        with pytest.raises(NotSent):
            worker.run_if_due(path, 60)
        Recurring.objects.update(due_at=timezone.now())
    row = Recurring.objects.get()
    assert (row.failures, row.reason, "away" in row.detail) == (2, "unreachable", True)
    WELL.append(True)
    worker.run_if_due(path, 60)
    row.refresh_from_db()
    assert (row.failures, row.reason, row.detail) == (0, "", "")
    assert row.last_ended_at is not None


def piece() -> None:
    work(1)

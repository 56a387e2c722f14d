"""Lanes: equal jobs that wait are done by one call, and one that cannot be done spoils no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja import consequences
from kaja.jobs import lanes, queue, tasks, worker
from kaja.jobs.models import Failure

HERE = "tests.jobs.test_lanes"
CALLS: list[list[int]] = []
BAD: set[int] = set()


def one(number: int) -> None:
    many([{"number": number}])


def many(told: Sequence[dict[str, int]]) -> None:
    numbers = [job["number"] for job in told]
    CALLS.append(sorted(numbers))
    if BAD & set(numbers):
        raise ZeroDivisionError("one of them")


def other(number: int) -> None:
    CALLS.append([-number])


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    CALLS.clear()
    BAD.clear()
    monkeypatch.setitem(consequences.TOGETHER, f"{HERE}.one", f"{HERE}.many")


def work_off() -> None:
    for name in (queue.TOGETHER, "default"):
        lane = lanes.Lane(name, worker="w", interval=0)
        lane.batch = True  # until there is nothing to do
        lane.run()


def statuses() -> list[str]:
    return sorted(DBTaskResult.objects.values_list("status", flat=True))


@pytest.mark.django_db(transaction=True)
def test_equal_jobs_that_wait_are_done_by_one_call_and_others_by_themselves() -> None:
    for number in range(5):
        queue.enqueue(f"{HERE}.one", number=number)
    queue.enqueue(f"{HERE}.other", number=7)
    queue.enqueue(f"{HERE}.one", run_after=timezone.now() + timedelta(hours=1), number=9)
    work_off()
    assert sorted(CALLS) == [[-7], [0, 1, 2, 3, 4]]
    assert statuses() == ["READY", *["SUCCESSFUL"] * 6]


@pytest.mark.django_db(transaction=True)
def test_where_one_cannot_be_done_only_that_one_fails_and_is_tried_again_by_itself() -> None:
    BAD.add(3)
    for number in range(5):
        queue.enqueue(f"{HERE}.one", number=number)
    work_off()
    assert CALLS == [[0, 1, 2, 3, 4], [0], [1], [2], [3], [4]]
    assert statuses() == ["FAILED", "READY", *["SUCCESSFUL"] * 4]
    assert Failure.objects.get().arguments == {"number": 3}
    CALLS.clear()
    for number in (5, 6):
        queue.enqueue(f"{HERE}.one", number=number)
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
    work_off()
    assert sorted(CALLS) == [[3], [5, 6]]


@pytest.mark.django_db
def test_what_a_worker_had_taken_along_is_given_back_when_it_dies() -> None:
    for number in range(3):
        queue.enqueue(f"{HERE}.one", number=number)
    first = DBTaskResult.objects.earliest("enqueued_at")
    first.claim("dead")
    assert len(lanes._claim_like(first, worker="dead")) == 2
    worker.sweep()
    assert statuses() == ["READY"] * 3


@pytest.mark.django_db
def test_so_many_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST", 3)
    for number in range(5):
        queue.enqueue(f"{HERE}.one", number=number)
    first: Any = DBTaskResult.objects.earliest("enqueued_at")
    first.claim("w")
    assert len(lanes._claim_like(first, worker="w")) == 2


@pytest.mark.django_db
def test_a_job_is_written_as_the_library_would_write_it() -> None:
    soon = timezone.now() + timedelta(minutes=3)
    for at in (None, soon):
        DBTaskResult.objects.all().delete()
        number = queue.write(at=at, function=f"{HERE}.one", arguments={"number": 1, "words": "õ"}, attempt=1)
        told: dict[str, Any] = {"function": f"{HERE}.one", "arguments": {"number": 1, "words": "õ"}, "attempt": 1}
        task: Any = tasks.run.using(queue_name=queue.TOGETHER, run_after=at)
        other = task.enqueue(**told)
        ours, theirs = (DBTaskResult.objects.filter(pk=key).values().get() for key in (number, other.id))
        for row in (ours, theirs):
            row.pop("id")
        assert abs(ours.pop("enqueued_at") - theirs.pop("enqueued_at")) < timedelta(seconds=10)
        assert ours == theirs

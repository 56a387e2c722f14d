"""Jobs: recorded with their fact, retried alone, given back when a worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja.jobs import facts, queue, tasks, worker
from kaja.jobs.models import Recurring, WorkerLife

CALLS: list[int] = []


def note(number: int) -> None:
    CALLS.append(number)


def fail() -> None:
    raise ZeroDivisionError("always")


def sleep_long() -> None:
    time.sleep(60)


@pytest.fixture(autouse=True)
def nothing_called() -> None:
    CALLS.clear()


@pytest.mark.django_db(transaction=True)
def test_a_fact_rolled_back_has_no_consequences() -> None:
    with transaction.atomic():
        facts.record("item.withdrawn", item=1)
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_a_fact_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        facts.record("share.eaten")


@pytest.mark.django_db
def test_a_failing_job_is_tried_again_later_and_leaves_its_row() -> None:
    with pytest.raises(ZeroDivisionError):
        tasks.run.call(function="tests.jobs.test_worker.fail", arguments={}, attempt=1)
    again = DBTaskResult.objects.get()
    assert again.args_kwargs["kwargs"]["attempt"] == 2
    assert again.run_after > timezone.now() + timedelta(seconds=5)
    with pytest.raises(ZeroDivisionError):
        tasks.run.call(function="tests.jobs.test_worker.fail", arguments={}, attempt=tasks.ATTEMPTS)
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db
def test_two_schedulers_run_a_piece_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "import_string", lambda _path: lambda: CALLS.append(1))
    assert worker.run_if_due("x", 60)
    assert not worker.run_if_due("x", 60)
    Recurring.objects.update(due_at=timezone.now())
    assert worker.run_if_due("x", 60)
    assert CALLS == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_slow_piece_of_the_schedule_holds_up_no_other_and_is_not_started_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow, quick, release = threading.Event(), threading.Event(), threading.Event()

    def crawl() -> None:
        CALLS.append(1)
        slow.set()
        release.wait(20)

    pieces = {"slow": crawl, "quick": quick.set, "kaja.jobs.worker.sweep": lambda: None}
    monkeypatch.setattr(worker, "import_string", pieces.__getitem__)
    monkeypatch.setattr(worker, "table", lambda: SimpleNamespace(SCHEDULE={"slow": 60, "quick": 60}, STEADY=()))
    works = worker.Worker()
    try:
        works._start_due()
        assert slow.wait(10)
        assert quick.wait(10)
        Recurring.objects.filter(name="slow").update(due_at=timezone.now())
        works._start_due()
        time.sleep(0.3)
        assert CALLS == [1]
    finally:
        release.set()
        for thread in works._pieces.values():
            thread.join(20)


@pytest.mark.django_db
def test_a_job_that_leads_to_nothing_is_refused() -> None:
    with pytest.raises(ImportError):
        queue.enqueue("kaja.jobs.worker.no_such_function")
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_jobs_of_a_dead_worker_are_given_back_and_those_of_a_living_one_are_not() -> None:
    now = timezone.now()
    WorkerLife.objects.create(name="alive", seen_at=now, started_at=now)
    WorkerLife.objects.create(name="dead", seen_at=now - timedelta(minutes=5), started_at=now)
    for name in ("alive", "dead", "never seen"):
        queue.enqueue("tests.jobs.test_worker.note", number=1)
        DBTaskResult.objects.filter(status="READY").update(status="RUNNING", worker_ids=[name], started_at=now)
    for _twice in range(2):
        worker.sweep()
    states = {row.worker_ids[0]: row.status for row in DBTaskResult.objects.all()}
    assert states == {"alive": "RUNNING", "dead": "READY", "never seen": "READY"}


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_killed_in_the_middle_of_a_job_loses_nothing() -> None:
    queue.enqueue("tests.jobs.test_worker.sleep_long")
    process = start()
    try:
        wait(lambda: DBTaskResult.objects.filter(status="RUNNING").exists())
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        WorkerLife.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
        worker.sweep()
        assert DBTaskResult.objects.get().status == "READY"
    finally:
        process.kill()


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_stop_ends_cleanly_within_seconds() -> None:
    process = start()
    try:
        wait(worker.alive)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not WorkerLife.objects.exists()
    finally:
        process.kill()


def start() -> subprocess.Popen[bytes]:
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgres://postgres@/{database['NAME']}?host={database['HOST']}"
    return subprocess.Popen(
        [sys.executable, "-m", "kaja", "worker"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "kaja.settings", "KAJA_DATABASE_URL": url,
             "KAJA_DATA_DIR": str(settings.DATA_DIR)},
    )  # fmt: skip


def wait(until: object, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if until():  # type: ignore[operator]
            return
        time.sleep(0.1)
    pytest.fail("It did not happen in time.")

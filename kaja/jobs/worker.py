"""The worker: turns that never end, the schedule, and the lanes of the queue of jobs; each in a thread of its own.

A slow turn holds up no other. Killed at any moment, a worker loses nothing: claims are leases, jobs of a dead worker
are given back, and every function it calls is safe to run twice.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import FrameType, ModuleType

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from kaja.jobs import why
from kaja.jobs.lanes import Lane
from kaja.jobs.models import Failure, Recurring, WorkerLife
from kaja.jobs.queue import DEFAULT, OUTSIDE, TOGETHER

log = logging.getLogger(__name__)
IDLE = 0.5
BEAT = 5.0
# So many jobs that ask other servers are done at once; the others are done one after the other.
ASKERS = 3
# A worker that has not been seen for so long is dead.
DEAD = timedelta(seconds=45)
# The one piece of the schedule that every project has, and the seconds from one start to the next.
SWEEP, SWEEP_EVERY = "kaja.jobs.worker.sweep", 20
KEEP_FINISHED = timedelta(days=14)
# What nobody has decided about for so long is of no use to anybody any more.
KEEP_FAILURES = timedelta(days=30)


def table() -> ModuleType:
    """The project's table of consequences, steady turns and schedule."""
    return import_module(settings.JOBS_CONSEQUENCES)


def name() -> str:
    """A name for this worker that no other had."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"


class Worker:
    """One process that works until it is told to stop."""

    def __init__(self) -> None:
        self.name = name()
        self._stop = threading.Event()
        self._pieces: dict[str, threading.Thread] = {}
        self._lanes = [Lane(DEFAULT, worker=self.name, interval=IDLE)]
        self._lanes += [Lane(TOGETHER, worker=self.name, interval=IDLE * 2, rest=IDLE * 2)]
        self._lanes += [Lane(OUTSIDE, worker=self.name, interval=IDLE * 2) for _number in range(ASKERS)]

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what was begun is finished first."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        beat(self.name)
        gc.freeze()  # what is loaded by now lives as long as the process: the collector need not walk it each time
        loops: list[Callable[[], None]] = [self._schedule]
        for lane in self._lanes:
            loops.append(lambda lane=lane: self._jobs(lane))  # type: ignore[misc]
        for path in table().STEADY:
            loops.append(lambda path=path: self._steady(path))  # type: ignore[misc]
        threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
        for thread in threads:
            thread.start()
        while not self._stop.wait(BEAT):
            self._safely("heartbeat", lambda: beat(self.name))
        for thread in [*threads, *self._pieces.values()]:
            thread.join(20)
        for path in table().STEADY:
            finish = getattr(import_module(path.rsplit(".", 1)[0]), "finish", None)
            if finish:
                finish()
        WorkerLife.objects.filter(name=self.name).delete()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        for lane in self._lanes:
            lane.running = False
        self._stop.set()

    def _steady(self, path: str) -> None:
        turn = import_string(path)
        while not self._stop.is_set():
            if not self._safely(path, lambda: turn(worker=self.name)):
                self._stop.wait(IDLE)

    def _jobs(self, lane: Lane) -> None:
        while not self._stop.is_set():
            self._safely("jobs", lane.run)
            self._stop.wait(IDLE)

    def _schedule(self) -> None:
        while not self._stop.wait(1.0):
            self._safely("schedule", self._start_due)

    def _start_due(self) -> None:
        """Start every due piece in a thread of its own: a feed that answers slowly holds up no sweep and no roll-up."""
        pieces = {**table().SCHEDULE, SWEEP: SWEEP_EVERY}
        later = set(Recurring.objects.filter(due_at__gt=timezone.now()).values_list("name", flat=True))
        for path, seconds in pieces.items():
            running = self._pieces.get(path)
            if path in later or (running and running.is_alive()):
                continue
            self._pieces[path] = threading.Thread(target=self._piece, args=(path, seconds), daemon=True)
            self._pieces[path].start()

    def _piece(self, path: str, seconds: int) -> None:
        self._safely(path, lambda: run_if_due(path, seconds))
        connections.close_all()

    def _safely(self, what: str, work: Callable[[], bool | None]) -> bool:
        """Do a piece of work; an error is written down and the loop goes on after a pause."""
        try:
            close_old_connections()
            return bool(work())
        except DatabaseError:
            log.exception("%s: the database did not answer", what)
            self._stop.wait(2.0)
        except Exception:
            log.exception("%s failed", what)
            self._stop.wait(1.0)
        return False


def beat(worker: str) -> None:
    """Give a sign of life."""
    now = timezone.now()
    WorkerLife.objects.update_or_create(
        name=worker, defaults={"seen_at": now}, create_defaults={"seen_at": now, "started_at": now}
    )


def alive() -> bool:
    """Whether a worker was seen lately."""
    return WorkerLife.objects.filter(seen_at__gt=timezone.now() - DEAD).exists()


def run_if_due(path: str, seconds: int) -> bool:
    """Run a piece of the schedule when it is due, in one of the workers only (compare-and-set on its row)."""
    now = timezone.now()
    row, _made = Recurring.objects.get_or_create(name=path, defaults={"due_at": now})
    mine = Recurring.objects.filter(pk=row.pk, due_at=row.due_at, due_at__lte=now).update(
        due_at=now + timedelta(seconds=seconds), last_started_at=now
    )
    if not mine:
        return False
    try:
        import_string(path)()
    except Exception as error:
        Recurring.objects.filter(pk=row.pk).update(
            last_ended_at=timezone.now(), failures=F("failures") + 1, reason=why.of(error), detail=why.text(error)
        )
        raise
    Recurring.objects.filter(pk=row.pk).update(last_ended_at=timezone.now(), failures=0, reason="", detail="")
    return True


def sweep() -> None:
    """Give back the jobs of dead workers, and forget dead workers and old results."""
    now = timezone.now()
    living = set(WorkerLife.objects.filter(seen_at__gt=now - DEAD).values_list("name", flat=True))
    for task in DBTaskResult.objects.filter(status="RUNNING"):
        if not living & set(task.worker_ids[-1:]):
            # Only if it is still the dead worker's: compare-and-set on what was seen.
            DBTaskResult.objects.filter(pk=task.pk, status="RUNNING", started_at=task.started_at).update(status="READY")
    WorkerLife.objects.filter(seen_at__lt=now - timedelta(hours=1)).delete()
    Failure.objects.filter(next_at=None, last_at__lt=now - KEEP_FAILURES).delete()
    DBTaskResult.objects.filter(
        Q(status="SUCCESSFUL", finished_at__lt=now - timedelta(days=1)) | Q(finished_at__lt=now - KEEP_FINISHED)
    ).delete()

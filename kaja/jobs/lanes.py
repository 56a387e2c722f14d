"""The lanes of the queue: what works it off, one job at a time, or many equal ones at once where a function can.

A burst of ten thousand shares leaves ten thousand jobs that each do next to nothing: what they cost is the queue.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.management.commands.db_worker import Worker as TaskWorker
from django_tasks_db.models import DBTaskResult

log = logging.getLogger(__name__)
# So many jobs at once at most.
MOST = 200


def together(function: str) -> str | None:
    """The function that does many jobs of `function` at once, if there is one (`consequences.TOGETHER`)."""
    table: dict[str, str] = import_module(settings.JOBS_CONSEQUENCES).TOGETHER
    return table.get(function)


class Lane(TaskWorker):  # type: ignore[misc]
    """What works off one lane of the queue in one thread."""

    def __init__(self, queue: str, *, worker: str, interval: float, rest: float = 0.0) -> None:
        """`worker`: whose it is; `interval`: seconds between looks while there is nothing to do; `rest`: seconds after
        each call, in which more jobs gather for the next."""
        self._rest = rest
        super().__init__(
            queue_names=[queue],
            interval=interval,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=worker,
            excluded_queue_names=[],
        )

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        """Do a claimed job, along with the others that wait to be done by the same call. When that call fails each is
        done by itself, so that only those fail which must."""
        told = db_task_result.args_kwargs["kwargs"]
        function = together(told["function"])
        others = _claim_like(db_task_result, worker=self.worker_id) if function else []
        if function and others:
            self._run_all([db_task_result, *others], function)
        else:
            super().run_task(db_task_result)
        if self.running:
            time.sleep(self._rest)

    def _run_all(self, jobs: Sequence[DBTaskResult[Any, Any]], function: str) -> None:
        try:
            import_string(function)([one.args_kwargs["kwargs"]["arguments"] for one in jobs])
        except Exception:  # whose fault it is shows when each is done by itself
            log.warning("%s failed for %d jobs together; one by one now", function, len(jobs), exc_info=True)
            for one in jobs:
                super().run_task(one)
        else:
            _done(jobs)


@transaction.atomic
def _claim_like(job: DBTaskResult[Any, Any], *, worker: str) -> list[DBTaskResult[Any, Any]]:
    """Take the waiting jobs of the same function for this worker; those that failed before are left alone."""
    told = job.args_kwargs["kwargs"]
    if told["attempt"] > 1:
        return []
    same = {"args_kwargs__kwargs__function": told["function"], "args_kwargs__kwargs__attempt": 1}
    waiting = DBTaskResult.objects.ready().filter(queue_name=job.queue_name, **same)
    rows = list(waiting.select_for_update(skip_locked=True)[: MOST - 1])
    now = timezone.now()
    DBTaskResult.objects.filter(pk__in=[row.pk for row in rows]).update(
        status="RUNNING", started_at=now, worker_ids=[worker]
    )
    return rows


def _done(jobs: Sequence[DBTaskResult[Any, Any]]) -> None:
    DBTaskResult.objects.filter(pk__in=[job.pk for job in jobs]).update(
        status="SUCCESSFUL", finished_at=timezone.now(), exception_class_path="", traceback=""
    )

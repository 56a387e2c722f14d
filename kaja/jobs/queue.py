"""Enqueueing: the one way to start work in the background."""

from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

# The lane of jobs that ask other servers.
OUTSIDE = "outside"


def enqueue(function: str, *, run_after: datetime | None = None, **arguments: Any) -> None:
    """Run `function` (dotted name of a function with keyword arguments) in a worker, soon or after `run_after`.

    Part of the caller's transaction. The function must be safe to run twice. Raises ImportError for a name that leads
    to nothing: the one who wrote it hears of it, not a worker at night.
    """
    from kaja.jobs.tasks import run

    import_string(function)
    lane(function, run, run_after).enqueue(function=function, arguments=arguments, attempt=1)


def lane(function: str, run: Any, run_after: datetime | None = None) -> Any:
    """The task `run` in the lane of this function: what asks other servers waits for them in a lane of its own."""
    slow: frozenset[str] = import_module(settings.JOBS_CONSEQUENCES).OUTSIDE
    where = {"queue_name": OUTSIDE} if function in slow else {}
    when = {"run_after": run_after} if run_after else {}
    return run.using(**where, **when) if where or when else run

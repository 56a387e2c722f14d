"""Enqueueing: the one way to start work in the background."""

from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string


def enqueue(function: str, *, run_after: datetime | None = None, **arguments: Any) -> None:
    """Run `function` (dotted name of a function with keyword arguments) in a worker, soon or after `run_after`.

    Part of the caller's transaction. The function must be safe to run twice. Raises ImportError for a name that leads
    to nothing: the one who wrote it hears of it, not a worker at night.
    """
    from kaja.jobs.tasks import run

    import_string(function)
    task = run.using(run_after=run_after) if run_after else run
    task.enqueue(function=function, arguments=arguments, attempt=1)

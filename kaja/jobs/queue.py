"""Enqueueing: the one way to start work in the background."""

from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

# What every job calls.
TASK = "kaja.jobs.tasks.run"
# The lanes: of most jobs, of those that ask other servers, and of those that are done many at a time.
DEFAULT, OUTSIDE, TOGETHER = "default", "outside", "together"


def enqueue(function: str, *, run_after: datetime | None = None, **arguments: Any) -> None:
    """Run `function` (dotted name of a function with keyword arguments) in a worker, soon or after `run_after`.

    Part of the caller's transaction. The function must be safe to run twice. Raises ImportError for a name that leads
    to nothing: the one who wrote it hears of it, not a worker at night.
    """
    import_string(function)
    write(at=run_after, function=function, arguments=arguments, attempt=1)


def write(*, at: datetime | None = None, function: str, **told: Any) -> UUID:
    """Write one call of `tasks.run` into the queue, for `at` or as soon as a worker is free; the row's id.

    The library's own `enqueue` writes the same row (its test compares them); its checks and messages cost more than all
    else that a published share writes.
    """
    from django_tasks_db.models import DBTaskResult, get_date_max

    number = uuid4()
    row = DBTaskResult(
        id=number,
        args_kwargs={"args": [], "kwargs": {"function": function, **told}},
        task_path=TASK,
        queue_name=lane(function),
        backend_name="default",
        run_after=at or get_date_max(),
        enqueued_at=timezone.now(),
    )
    fields = DBTaskResult._meta.local_concrete_fields
    with connection.cursor() as cursor:
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        cursor.execute(_insert(), values)
    return number


@cache
def _insert() -> str:
    from django_tasks_db.models import DBTaskResult

    meta = DBTaskResult._meta
    columns = [field.column for field in meta.local_concrete_fields]
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {meta.db_table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608


def lane(function: str) -> str:
    """Where this function is done: what asks other servers waits for them in a lane of its own, and what is done many
    at a time gathers in another."""
    table = import_module(settings.JOBS_CONSEQUENCES)
    if function in table.OUTSIDE:
        return OUTSIDE
    return TOGETHER if function in table.TOGETHER else DEFAULT

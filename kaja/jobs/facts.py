"""Facts: "this has happened", recorded in the transaction in which it happened; `consequences.py` says what follows."""

from importlib import import_module
from typing import Any

from django.conf import settings

from kaja.jobs import queue


def consequences() -> dict[str, tuple[str, ...]]:
    """The table of `settings.JOBS_CONSEQUENCES`: fact -> dotted names of functions, each its own job."""
    table: dict[str, tuple[str, ...]] = import_module(settings.JOBS_CONSEQUENCES).TABLE
    return table


def record(fact: str, **data: Any) -> None:
    """Enqueue every consequence of a fact with `data` (ids and JSON only) as keyword arguments.

    Call it inside the transaction that makes the fact true: rolled back, the jobs do not exist. Raises KeyError for a
    fact that the table does not know.
    """
    for function in consequences()[fact]:
        queue.enqueue(function, **data)

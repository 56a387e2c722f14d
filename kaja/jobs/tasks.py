"""The one task of the queue: run a named function, and again later when it fails."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task

from kaja.jobs import queue

ATTEMPTS = 8


@task()
def run(function: str, arguments: dict[str, Any], attempt: int) -> None:
    """Call the function; on an error plan the next attempt (10 s, doubling up to 21 min) and keep the error's row."""
    try:
        import_string(function)(**arguments)
    except Exception:
        if attempt < ATTEMPTS:
            later = timezone.now() + timedelta(seconds=10 * 2 ** (attempt - 1))
            again = queue.lane(function, run, later)
            again.enqueue(function=function, arguments=arguments, attempt=attempt + 1)
        raise

"""/healthz (alive) and /readyz (able to work): for whoever watches the process."""

import os
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from kaja.jobs import worker


def alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def ready(_request: HttpRequest) -> JsonResponse:
    """200 when every part works, 503 otherwise; each part with true or false."""
    parts = {name: _works(check) for name, check in CHECKS.items()}
    return JsonResponse({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)


def _works(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, OSError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _click_log() -> bool:
    settings.CLICKLOG_DIR.mkdir(parents=True, exist_ok=True)
    return os.access(settings.CLICKLOG_DIR, os.W_OK)


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "click_log": _click_log, "worker": worker.alive}

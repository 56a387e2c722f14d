"""The company of this installation: read from memory, refreshed from its row every few seconds."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kaja.people.models import Company

_FRESH_SECONDS = 5.0
_kept: tuple[float, Company] | None = None


def current() -> Company:
    """The company; an unsaved one with sensible defaults before the first set-up."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > _FRESH_SECONDS:
        _kept = (time.monotonic(), Company.objects.first() or Company(name="Kaja", short_name="Kaja"))
    return _kept[1]


def forget() -> None:
    """Read the row again at the next question (after a change, and between tests)."""
    global _kept
    _kept = None


def context(_request: HttpRequest) -> dict[str, Any]:
    """For every template: the company and whether this is a demo."""
    return {"company": current(), "demo": settings.DEMO}

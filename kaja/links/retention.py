"""What is forgotten and when: clicks after 90 days, salts after their next day (measurement.md 3.5)."""

import time
from datetime import UTC, timedelta

from django.conf import settings
from django.utils import timezone

from kaja.links.models import Click, DailySalt, LogPosition

CLICKS = timedelta(days=90)
POSITIONS = timedelta(days=7)
_AT_ONCE = 5_000


def forget_old() -> None:
    """Destroy salts of days before yesterday and delete clicks older than 90 days; roll-ups stay.

    The scheduler calls this every hour. A short transaction for each few thousand rows.
    """
    now = timezone.now()
    DailySalt.objects.filter(day__lt=now.astimezone(UTC).date() - timedelta(days=1)).delete()
    while old := list(Click.objects.filter(at__lt=now - CLICKS).values_list("pk", flat=True)[:_AT_ONCE]):
        Click.objects.filter(pk__in=old).delete()
    LogPosition.objects.filter(counted_at__lt=now - POSITIONS).exclude(segment__in=_segments()).delete()


def _segments() -> list[str]:
    folder = settings.CLICKLOG_DIR
    if not folder.is_dir():
        return []
    for begun in folder.glob("*.new"):  # Its writer died between making and showing it: there is nothing in it.
        if begun.stat().st_mtime < time.time() - timedelta(days=1).total_seconds():
            begun.unlink(missing_ok=True)
    return [path.name for path in folder.iterdir()]

"""The last day in twenty-four hours that end now: what went out, what failed, and how long the most patient job waited.

Everything is read from the rows of the work itself, so a line can be checked, and a worker that stood still shows as
the long waits that ended when it came back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, DurationField, ExpressionWrapper, F, Max, Q, When
from django.db.models.functions import Greatest, TruncHour
from django_tasks_db.models import DBTaskResult, get_date_max

from kaja.health import words
from kaja.sharing.models import Share
from kaja.sharing.states import State

HOURS = 24


@dataclass(frozen=True)
class LastDay:
    """By hour, the oldest first. `failed` are runs of jobs that broke off and posts that were refused and stay so;
    `waits` are seconds from when a job could have begun to when it did, the longest of the jobs that ended then."""

    out: list[int]
    failed: list[int]
    waits: list[int]
    done: int
    broke: int

    @property
    def longest(self) -> str:
        """The longest wait of the day; empty when nothing ran."""
        return words.short(timedelta(seconds=max(self.waits))) if self.done + self.broke else ""

    @property
    def all_out(self) -> int:
        return sum(self.out)

    @property
    def all_failed(self) -> int:
        return sum(self.failed)


def since(now: datetime) -> datetime:
    return now - timedelta(hours=HOURS)


def hour_of(field: str, now: datetime) -> TruncHour:
    """The hour a moment fell into, of hours that end at `now` and not at the full hour of a clock."""
    return TruncHour(ExpressionWrapper(F(field) + _lead(now), output_field=DateTimeField()), tzinfo=UTC)


def row_of(now: datetime) -> Callable[[datetime], int]:
    """Which of the hours (0 is the oldest) an answer of `hour_of` means; what is just past the ends counts to them."""
    end = now + _lead(now)

    def at(hour: datetime) -> int:
        return min(max(HOURS - round((end - hour).total_seconds() / 3600), 0), HOURS - 1)

    return at


def _lead(now: datetime) -> timedelta:
    """From `now` to the next full hour: moments moved on by it fall into hours of a clock."""
    whole = now.replace(minute=0, second=0, microsecond=0)
    return timedelta(hours=1) - (now - whole)


def read(now: datetime, out: list[int]) -> LastDay:
    """Two queries. `out` is what went out by hour, which is counted by network elsewhere."""
    at = row_of(now)
    failed, waits, done, broke = [0] * HOURS, [0] * HOURS, 0, 0
    for hour, well, ill, waited in _jobs(now):
        place = at(hour)
        done, broke = done + well, broke + ill
        failed[place] += ill
        waits[place] = max(waits[place], int(waited.total_seconds()) if waited else 0)
    refused = Share.objects.filter(
        ~Q(reason="denied"), way=Share.Way.API, state=State.FAILED, updated_at__gt=since(now)
    ).order_by()
    for hour, n in refused.annotate(hour=hour_of("updated_at", now)).values_list("hour").annotate(n=Count("pk")):
        failed[at(hour)] += n
    return LastDay(out, failed, waits, done, broke)


def _jobs(now: datetime) -> Any:
    """By hour: jobs that went well, that broke off, and the longest wait among them."""
    ended = DBTaskResult.objects.filter(finished_at__gt=since(now)).order_by()
    # A job without a time of its own bears the end of days.
    could = Case(
        When(run_after=get_date_max(), then=F("enqueued_at")), default=Greatest("enqueued_at", "run_after"),
        output_field=DateTimeField(),
    )  # fmt: skip
    return (
        ended.annotate(
            hour=hour_of("finished_at", now),
            waited=ExpressionWrapper(F("started_at") - could, output_field=DurationField()),
        )
        .values_list("hour")
        .annotate(
            well=Count("pk", filter=Q(status="SUCCESSFUL")),
            ill=Count("pk", filter=Q(status="FAILED")),
            longest=Max("waited"),
        )
    )

"""The lines of the last day are read from the rows of the work itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja.health import standing
from kaja.health.lastday import HOURS
from kaja.jobs import queue
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast


def ran(hours_ago: float, *, waited: float = 0, status: str = "SUCCESSFUL", planned: float | None = None) -> None:
    """A job that ended then; `waited` seconds before it began, `planned` seconds after it was put into the queue."""
    queue.enqueue("kaja.content.notes.tell", note=1)
    ended = timezone.now() - timedelta(hours=hours_ago)
    began = ended - timedelta(seconds=1)
    could = began - timedelta(seconds=waited)
    times: dict[str, Any] = {"enqueued_at": could}
    if planned is not None:
        times = {"enqueued_at": could - timedelta(seconds=planned), "run_after": could}
    DBTaskResult.objects.filter(status="READY").update(status=status, started_at=began, finished_at=ended, **times)


def post(person: Any, hours_ago: float, state: State = State.PUBLISHED, **fields: Any) -> None:
    at = timezone.now() - timedelta(hours=hours_ago)
    share = factories.share(person, network="sandbox", way=Share.Way.API, state=state, **fields)
    Share.objects.filter(pk=share.pk).update(published_at=at if state == State.PUBLISHED else None, updated_at=at)


def line(**hours: int) -> list[int]:
    """h0 is the hour that ends now."""
    return [hours.get(f"h{HOURS - 1 - place}", 0) for place in range(HOURS)]


def test_an_empty_day_is_flat(cast: Cast) -> None:
    day = standing.read().day
    assert day.out == day.failed == day.waits == [0] * HOURS
    assert day.longest == ""


def test_posts_fall_into_hours_that_end_now(cast: Cast) -> None:
    for hours_ago in (0, 0.9, 1.1, 23.9, 24.2):
        post(cast.liis, hours_ago)
    factories.share(cast.liis, network="linkedin")  # by hand
    now = standing.read()
    assert now.day.out == line(h0=2, h1=1, h23=1)
    assert now.day.all_out == 4
    assert now.places[0].out == 4


@pytest.mark.parametrize("minute", [0, 29, 59])
def test_that_does_not_hang_on_the_clocks_full_hour(cast: Cast, minute: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = timezone.now()
    for hours_ago in (0.1, 0.9, 1.1):
        post(cast.liis, hours_ago)
    moved = real.replace(minute=minute, second=30)
    Share.objects.filter(published_at__isnull=False).update(published_at=moved - timedelta(minutes=59))
    monkeypatch.setattr(timezone, "now", lambda: moved)
    assert standing.read().day.out == line(h0=3)


def test_failures_are_tries_that_broke_off_and_posts_that_were_refused_and_stay_so(cast: Cast) -> None:
    ran(2.5, status="FAILED")
    ran(2.6, status="FAILED")
    ran(30, status="FAILED")
    post(cast.liis, 2.7, State.FAILED, reason="refused")
    post(cast.liis, 5.5, State.FAILED, reason="denied")  # its person answered
    post(cast.liis, 50, State.FAILED, reason="refused")
    day = standing.read().day
    assert day.failed == line(h2=3)
    assert (day.broke, day.done) == (2, 0)


def test_the_longest_wait_counts_from_when_a_job_could_have_begun(cast: Cast) -> None:
    ran(0.5, waited=4)
    ran(0.6, waited=90)
    ran(3.5, waited=7, planned=7200)  # two hours in the queue because it was meant for later
    ran(3.6, waited=2)
    day = standing.read().day
    assert day.waits == line(h0=90, h3=7)
    assert day.longest == "1 min"
    assert day.done == 4

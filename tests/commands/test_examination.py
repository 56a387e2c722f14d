"""What `kaja doctor` says of jobs and deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kaja.commands import examination
from kaja.commands.examination import Ill
from kaja.jobs.models import Failure, WorkerLife
from kaja.measurement.models import Collecting
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

look = examination.CHECKS["jobs"]


def test_all_is_well(cast: Cast) -> None:
    assert look() == "nothing waits for a decision"


def test_a_job_that_failed_for_good_is_an_illness_and_the_page_is_named(cast: Cast) -> None:
    Failure.objects.create(function="kaja.content.notes.tell", reason="mail", next_at=timezone.now())
    assert look() == "nothing waits for a decision"  # it is tried again by itself
    Failure.objects.update(next_at=None)
    with pytest.raises(Ill, match=r"1 job failed for good.*/settings/jobs/"):
        look()


def test_late_posts_are_an_illness(cast: Cast) -> None:
    now = timezone.now()
    WorkerLife.objects.create(name="w", seen_at=now, started_at=now)
    factories.share(
        cast.liis, network="sandbox", way=Share.Way.API, state=State.PLANNED, published_at=None, confirmed="",
        at=now - timedelta(minutes=10),
    )  # fmt: skip
    with pytest.raises(Ill, match="Late: Sending posts"):
        look()


def test_what_networks_refuse_is_told_and_is_no_illness_of_ours(cast: Cast) -> None:
    factories.share(cast.liis, network="sandbox", way=Share.Way.API, state=State.FAILED, reason="refused")
    now = timezone.now()
    Collecting.objects.create(network="sandbox", day=now.date(), read_at=now, rests_until=now + timedelta(hours=1))
    assert look() == "1 posts did not go out, 0 are not certain; figures rest: Sandbox"

"""Bad weather and killed workers: nothing is lost, nothing goes out twice, and who must be asked is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.peers import weather
from tests.peers.bluesky_server import Server
from tests.sharing import faults
from tests.sharing.faults import Plan

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.bluesky,
    pytest.mark.xdist_group("bluesky"),
]


@pytest.fixture
def ask() -> Iterator[weather.Ask]:
    with weather.running() as ask:
        yield ask


def test_in_bad_weather_and_with_killed_workers_every_share_goes_out_once_or_its_person_is_asked(
    bluesky_server: Server, settings: Settings, ask: weather.Ask
) -> None:
    plan = Plan(shares=160, people=6, workers=2, kill_every=40, freeze=4)
    found = faults.run(plan, ask, bluesky_server)
    assert found.well, f"{found.lines()}\n{found}"
    assert sum(found.faults.values()) > plan.shares / 10
    assert found.kills + found.freezes > 0

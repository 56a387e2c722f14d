"""/metrics: counts for an operator's graphs, for whoever has the token and nobody else."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Bearer õ", "Bearer "])
def test_without_the_token_there_is_nothing(client: Client, settings: Settings, given: str) -> None:
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics", headers={"authorization": given}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": given}).status_code == 404


def test_counts_are_told_in_the_format_of_prometheus(client: Client, cast: Cast, settings: Settings) -> None:
    settings.METRICS_TOKEN = "right"
    factories.share(cast.liis)
    factories.account(cast.mart)
    answer = client.get("/metrics", headers={"authorization": "Bearer right"})
    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'kaja_shares{state="published"} 1' in lines
    assert 'kaja_shares{state="failed"} 0' in lines
    assert 'kaja_accounts{network="sandbox",state="works"} 1' in lines
    assert 'kaja_people{state="joined"} 8' in lines
    assert "kaja_workers 0" in lines
    assert "kaja_click_log_uncounted_bytes 0" in lines
    for line in lines:
        assert line.startswith("# ") or len(line.split(" ")) == 2
    assert cast.liis.email not in answer.content.decode()

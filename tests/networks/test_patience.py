"""How long networks ask to wait, in all the ways they write it, also when this machine's clock is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaja.networks.contract import Response, retry_after

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("retry-after", "ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset")


def waits(**headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = retry_after(Response(429, named, b""))
    return None if found is None else found.total_seconds()


def test_each_network_s_own_way_is_understood() -> None:
    date, later = format_datetime(NOW, usegmt=True), NOW + timedelta(seconds=300)
    assert waits(retry_after="120") == 120
    assert waits(retry_after=format_datetime(later, usegmt=True), date=date) == 300
    assert waits(ratelimit_reset=str(int(later.timestamp())), date=date) == 300  # Bluesky
    assert waits(x_rate_limit_reset=str(int(later.timestamp())), date=date) == 300  # X
    assert waits(x_ratelimit_reset=later.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), date=date) == 300  # Mastodon
    assert waits() is None


@pytest.mark.parametrize("wrong", [timedelta(hours=-3), timedelta(minutes=20), timedelta(days=4000)])
def test_the_network_s_own_clock_counts(wrong: timedelta) -> None:
    """By ours the end of its window would be over long ago, or hours away."""
    theirs = NOW + wrong
    date, ends = format_datetime(theirs, usegmt=True), theirs + timedelta(seconds=300)
    assert waits(x_rate_limit_reset=str(int(ends.timestamp())), date=date) == 300
    assert waits(x_ratelimit_reset=ends.isoformat(), date=date) == 300


@pytest.mark.parametrize("said", ["nan", "soon", "", "Thu, 99 Nov 2026", "2026-13-99"])
def test_what_cannot_be_read_is_no_patience(said: str) -> None:
    assert all(waits(**{name.replace("-", "_"): said}) is None for name in NAMES)


@given(
    st.sampled_from(NAMES), st.text(max_size=30) | st.floats().map(str) | st.integers().map(str), st.text(max_size=40)
)
def test_nothing_a_network_says_makes_us_wait_for_ever_or_not_at_all(name: str, said: str, date: str) -> None:
    found = retry_after(Response(429, {name: said, "date": date}, b""))
    assert found is None or timedelta(seconds=1) <= found <= timedelta(days=1)

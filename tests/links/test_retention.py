import os
import time
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kaja.links import retention, visitors
from kaja.links.models import Click, DailySalt, LinkDay, LogPosition, ShortLink
from tests.cast import Cast
from tests.links.test_counting import count, line, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(cast: Cast) -> ShortLink:
    return ShortLink.objects.create(slug="abcdefg", target="https://nordwind.example/", owner=cast.liis, network="x")


def test_a_salt_lives_for_its_day_and_the_next(db: None) -> None:
    today = timezone.now().astimezone(UTC).date()
    salts = [visitors.salt_of(today - timedelta(days=age)) for age in range(4)]
    assert len(set(salts)) == 4
    assert visitors.salt_of(today) == salts[0]
    retention.forget_old()
    assert set(DailySalt.objects.values_list("day", flat=True)) == {today, today - timedelta(days=1)}


def test_clicks_are_forgotten_after_ninety_days_and_their_sums_are_not(
    link: ShortLink, log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    ages = (0, 89, 91, 92, 93, 400)
    write(log_folder, *(line(link, timezone.now() - timedelta(days=age)) for age in ages))
    count()
    retention.forget_old()
    assert Click.objects.count() == 2
    assert LinkDay.objects.count() == len(ages)


def test_a_position_is_kept_while_a_late_counter_may_ask_for_it(link: ShortLink, log_folder: Path) -> None:
    write(log_folder, line(link, timezone.now()))
    count()
    retention.forget_old()
    assert LogPosition.objects.count() == 1
    LogPosition.objects.update(counted_at=timezone.now() - timedelta(days=8))
    retention.forget_old()
    assert not LogPosition.objects.exists()


def test_a_segment_that_was_only_begun_is_cleared_away_after_a_day(db: None, log_folder: Path) -> None:
    log_folder.mkdir()
    fresh, old = log_folder / "a.clicks.new", log_folder / "b.clicks.new"
    for begun in (fresh, old):
        begun.touch()
    os.utime(old, (time.time() - 90_000,) * 2)
    retention.forget_old()
    assert (fresh.exists(), old.exists()) == (True, False)

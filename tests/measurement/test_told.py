"""What a share's page tells of the network's figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kaja.measurement.models import Reading, Snapshot
from kaja.people.models import Person
from kaja.sharing.models import Attempt, Share
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def said(client: Client, share: Share) -> str:
    return " ".join(client.get(f"/shares/{share.pk}/").content.decode().split())


def test_the_last_reading_is_told_with_its_time_and_when_the_next_one_is(cast: Cast, signed_in: SignIn) -> None:
    share = factories.share(cast.liis, network="sandbox", way=Share.Way.API)
    now = timezone.now()
    Snapshot.objects.create(share=share, at=now - timedelta(hours=2), likes=3, replies=1)
    Snapshot.objects.create(share=share, at=now, likes=7, replies=0)
    Reading.objects.create(share=share, due_at=now + timedelta(hours=4))
    page = said(signed_in(cast.liis), share)
    assert "Figures read" in page
    assert "7 likes" in page
    assert "0 replies" in page
    assert "reposts" not in page  # the network did not say: that is not zero
    assert "3 likes" not in page
    assert "Figures are read next" in page


def test_a_share_without_figures_says_nothing_of_them(cast: Cast, signed_in: SignIn) -> None:
    assert "Figures" not in said(signed_in(cast.liis), factories.share(cast.liis))


def test_times_are_told_on_the_persons_own_clock(cast: Cast, signed_in: SignIn) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(time_zone="Asia/Tokyo")
    at = timezone.now().replace(hour=20, minute=15, second=0, microsecond=0) - timedelta(days=2)
    share = factories.share(cast.liis, network="sandbox", way=Share.Way.API, at=at)
    Attempt.objects.create(share=share, number=1, worker="w", started_at=at, outcome="published")
    assert "05:15" in said(signed_in(cast.liis), share)


@pytest.mark.parametrize("rows", [1, 8])
def test_the_page_of_a_share_costs_the_same_queries_however_long_its_way(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Any, rows: int
) -> None:
    share = factories.share(cast.liis, network="sandbox", way=Share.Way.API)
    for number in range(rows):
        Attempt.objects.create(share=share, number=number + 1, worker="w", outcome="retry", reason="unreachable")
        Snapshot.objects.create(share=share, likes=number)
    browser = signed_in(cast.liis)
    browser.get(f"/shares/{share.pk}/")
    with django_assert_num_queries(15):
        browser.get(f"/shares/{share.pk}/")

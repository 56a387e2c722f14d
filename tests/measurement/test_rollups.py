from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from kaja.links.models import LinkDay, Tally
from kaja.measurement import rollups
from kaja.measurement.models import Counted, GroupDay, ItemDay, NetworkDay, RolledDay
from kaja.sharing.models import Share
from tests import factories
from tests.cast import Cast

ROLLED = (NetworkDay, ItemDay, GroupDay)


def lively(cast: Cast) -> None:
    """Three weeks of shares and clicks."""
    items = [factories.item(f"Item {number}") for number in range(3)]
    now = timezone.now()
    for number in range(30):
        person = (cast.liis, cast.mart, cast.kadri, cast.aado)[number % 4]
        at = now - timedelta(days=number % 21, hours=number)
        day = at.astimezone(UTC).date()
        clicks = {day: number % 5 + 1, day + timedelta(days=1): number % 3 + 1}
        factories.share(person, items[number % 3], network=("linkedin", "x")[number % 2], at=at, clicks=clicks)


def test_roll_ups_are_the_sums_of_the_raw_rows(cast: Cast) -> None:
    lively(cast)
    rollups.rebuild()
    raw = LinkDay.objects.aggregate(clicks=Sum("person"), visitors=Sum("visitors"), preview=Sum("preview"))
    once = {
        (share.person_id, share.item_id, share.network, rollups.day_of(share.published_at or share.not_before))
        for share in Share.objects.all()
    }
    for model in ROLLED:
        told = model.objects.aggregate(clicks=Sum("clicks"), visitors=Sum("visitors"), preview=Sum("preview"))
        assert told == raw
        assert model.objects.aggregate(n=Sum("shares"))["n"] == len(once)
    assert Counted.objects.count() == len(once)


def test_each_day_network_and_item_is_the_sum_of_its_own(cast: Cast) -> None:
    lively(cast)
    rollups.rebuild()
    shares = {share.link_id: share for share in Share.objects.all()}
    by_network: Counter[tuple[date, str]] = Counter()
    by_item: Counter[tuple[date, int]] = Counter()
    for row in LinkDay.objects.all():
        by_network[row.day, shares[row.link_id].network] += row.person
        by_item[row.day, shares[row.link_id].item_id] += row.person
    rows = NetworkDay.objects.filter(clicks__gt=0).values_list("day", "network", "clicks")
    assert {(day, key): clicks for day, key, clicks in rows} == dict(by_network)
    items = ItemDay.objects.filter(clicks__gt=0).values_list("day", "item", "clicks")
    assert {(day, key): clicks for day, key, clicks in items} == dict(by_item)


def test_adding_up_twice_changes_nothing(cast: Cast) -> None:
    lively(cast)
    rollups.rebuild()
    first = [list(model.objects.order_by("day").values_list("day", "shares", "clicks")) for model in ROLLED]
    rollups.rebuild()
    assert [list(model.objects.order_by("day").values_list("day", "shares", "clicks")) for model in ROLLED] == first


def test_new_clicks_are_added_when_the_counter_has_moved_and_not_before(cast: Cast) -> None:
    share = factories.share(cast.liis, clicks=2)
    Tally.objects.create(pk=1, serial=1, rules=1)
    rollups.rebuild()
    LinkDay.objects.filter(link=share.link).update(person=5)
    rollups.refresh()
    assert NetworkDay.objects.get().clicks == 2
    Tally.objects.update(serial=2)
    rollups.refresh()
    assert NetworkDay.objects.get().clicks == 5


def test_when_the_rules_for_clicks_change_every_day_is_added_up_again(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=40)
    share = factories.share(cast.liis, at=at, clicks=9)
    Tally.objects.create(pk=1, serial=1, rules=1)
    rollups.rebuild()
    LinkDay.objects.filter(link=share.link).update(person=4, other=5)
    Tally.objects.update(serial=2, rules=2)
    rollups.refresh()
    assert NetworkDay.objects.get().clicks == 4


def test_what_a_lost_turn_left_out_is_found_by_comparing(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=20)
    share = factories.share(cast.liis, at=at, clicks=2)
    rollups.rebuild()
    rollups.verify()
    assert not RolledDay.objects.filter(stale=True).exists()
    LinkDay.objects.filter(link=share.link).update(person=7)
    factories.share(cast.mart, at=at - timedelta(days=3))
    rollups.verify()
    assert RolledDay.objects.filter(stale=True).count() == 2
    rollups.refresh()
    assert NetworkDay.objects.aggregate(clicks=Sum("clicks"), shares=Sum("shares")) == {"clicks": 7, "shares": 2}


def test_when_the_last_raw_row_of_a_day_goes_its_roll_ups_go_too(cast: Cast) -> None:
    share = factories.share(cast.liis, at=timezone.now() - timedelta(days=3))
    rollups.rebuild()
    share.delete()
    rollups.verify()
    rollups.refresh()
    assert not NetworkDay.objects.exists()
    assert not Counted.objects.exists()


@pytest.mark.parametrize("hour", [0, 23])
def test_a_day_is_a_utc_day(cast: Cast, hour: int) -> None:
    factories.share(cast.liis, at=datetime(2026, 10, 31, hour, 59, tzinfo=UTC))
    rollups.rebuild()
    assert NetworkDay.objects.get().day == date(2026, 10, 31)


def test_hits_on_links_that_belong_to_no_share_are_nobodys(cast: Cast) -> None:
    share = factories.share(cast.liis, clicks=3)
    Share.objects.filter(pk=share.pk).update(link=None)
    rollups.rebuild()
    assert NetworkDay.objects.get().clicks == 0
    rollups.verify()
    assert not RolledDay.objects.filter(stale=True).exists()

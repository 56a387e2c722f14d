"""When a share goes out: slots on one's own clock, colleagues apart, enough a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kaja import memory
from kaja.content.models import Item
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Company, Person
from kaja.sharing import clock, delivery, shares, spacing, timing
from kaja.sharing.models import BestTime, QueueSlot, Share
from kaja.sharing.states import State
from tests import cast as people
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
TALLINN = ZoneInfo("Europe/Tallinn")
EVERY_DAY = tuple(range(7))


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def lasting(title: str = "NW-7 is here", **fields: Any) -> Item:
    return factories.item(title, live_until=timezone.now() + timedelta(days=90), **fields)


def queued(person: Person, account: ConnectedAccount, item: Item | None = None, text: str = "A") -> Share:
    return timing.into_queue(person=person, item=item or lasting(), account=account, text=text)


def settings(**fields: int) -> None:
    Company.objects.update(**fields)
    memory.forget("company")


# --- the clock ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "wall", "utc"),
    [
        (date(2026, 3, 28), time(3, 30), "2026-03-28T01:30"),  # the day before: winter
        (date(2026, 3, 29), time(3, 30), "2026-03-29T01:30"),  # does not exist: 04:30 in summer
        (date(2026, 3, 29), time(9, 10), "2026-03-29T06:10"),
        (date(2026, 10, 25), time(3, 30), "2026-10-25T00:30"),  # comes twice: the first, in summer
        (date(2026, 10, 25), time(9, 10), "2026-10-25T07:10"),
    ],
)
def test_a_wall_time_is_right_on_the_nights_when_clocks_change(day: date, wall: time, utc: str) -> None:
    assert clock.at(day, wall, TALLINN).astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_day_has_23_or_25_hours_when_clocks_change() -> None:
    hours = []
    for day in (date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25)):
        begins, ends = clock.day_of(datetime.combine(day, time(12), TALLINN), TALLINN)
        hours.append((ends.astimezone(UTC) - begins.astimezone(UTC)) / timedelta(hours=1))
    assert hours == [23, 24, 25]


@pytest.mark.parametrize(("begins", "utc"), [(date(2026, 3, 27), [7, 7, 6, 6]), (date(2026, 10, 23), [6, 6, 7, 7])])
def test_a_slot_keeps_its_wall_time_when_clocks_change(cast: Cast, begins: date, utc: list[int]) -> None:
    mine = timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    places = list(timing.occurrences(mine, cast.liis, begins=begins, days=4))
    assert [place.at.astimezone(UTC).hour for place in places] == utc
    assert {place.at.astimezone(TALLINN).time() for place in places} == {time(9, 10)}


def test_a_slot_in_an_hour_that_comes_twice_is_one_place(cast: Cast) -> None:
    mine = timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(3, 30))
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        assert len(list(timing.occurrences(mine, cast.liis, begins=day, days=1))) == 1


def test_slots_are_kept_on_the_persons_own_clock(cast: Cast) -> None:
    cast.mart.time_zone = "America/New_York"
    cast.mart.save()
    mine = timing.add(person=cast.mart, weekdays=EVERY_DAY, at=time(9, 10))
    place = next(timing.occurrences(mine, cast.mart, begins=date(2026, 7, 1), days=1))
    assert place.at.astimezone(UTC).hour == 13


# --- the queue ------------------------------------------------------------------------------------------------------
def test_the_queue_gives_the_next_free_places_in_order(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(16, 40))
    expected = [place.at for place in timing.free(cast.liis)][:4]
    item = lasting()
    made = [queued(cast.liis, account, item, f"Words {n}") for n in range(4)]
    assert [share.not_before for share in made] == expected
    assert {share.state for share in made} == {State.PLANNED}


def test_two_tabs_at_once_do_not_take_the_same_place(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    first = queued(cast.liis, account, text="First tab")
    # The second tab had asked what is free before the first one answered.
    monkeypatch.setattr(timing, "taken", lambda _person: set())
    second = queued(cast.liis, account, text="Second tab")
    assert second.slot_at is not None
    assert first.slot_at is not None
    assert second.slot_at - first.slot_at > timedelta(hours=22)


def test_the_database_itself_lets_a_place_be_taken_once(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    share = queued(cast.liis, account)
    with pytest.raises(IntegrityError):
        factories.share(cast.liis, state=State.PLANNED, slot=share.slot, slot_at=share.slot_at, published_at=None)


def test_what_is_dropped_frees_its_place(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    share = queued(cast.liis, account)
    shares.cancel(person=cast.liis, share=share)
    assert queued(cast.liis, account, text="B").slot_at == share.slot_at


def test_a_slot_for_another_network_is_passed_by(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10), network="bluesky")
    with pytest.raises(ValidationError, match="no slot for"):
        queued(cast.liis, account)


def test_a_story_that_ends_before_the_next_slot_is_told_of_and_nothing_is_planned(
    cast: Cast, account: ConnectedAccount
) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    item = factories.item(live_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(ValidationError, match="ends before"):
        queued(cast.liis, account, item)
    assert not Share.objects.exists()


def test_a_paused_queue_holds_what_is_in_it_and_goes_on_in_order(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    item = lasting()
    made = [queued(cast.liis, account, item, f"Words {n}") for n in range(2)]
    apart = shares.schedule(
        person=cast.liis, item=item, account=account, text="Apart", at=timezone.now() + timedelta(days=1)
    )
    assert timing.pause(person=cast.liis) == 2
    for share in [*made, apart]:
        share.refresh_from_db()
    assert [(share.state, share.reason) for share in made] == [("held", "paused")] * 2
    assert apart.state == "planned"
    with pytest.raises(ValidationError, match="paused"):
        queued(cast.liis, account, item, "More")
    shares.cancel(person=cast.liis, share=made[0])
    assert timing.resume(person=cast.liis) == 1
    made[1].refresh_from_db()
    assert (made[1].state, made[1].reason) == ("planned", "")
    assert made[1].slot_at == next(place.at for place in timing.occurrences(
        timing.slots(cast.liis), cast.liis, begins=timezone.now().astimezone(TALLINN).date(), days=3
    ) if place.at > timezone.now() + timing.HEAD_START)  # fmt: skip


def test_a_queue_that_runs_again_puts_nothing_after_the_end_of_its_story(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    settings(spread_most=0)
    share = queued(cast.liis, account)
    timing.pause(person=cast.liis)
    Item.objects.filter(pk=share.item_id).update(live_until=timezone.now() + timedelta(minutes=1))
    assert timing.resume(person=cast.liis) == 0
    share.refresh_from_db()
    assert (share.state, share.slot_at) == ("held", None)


def test_a_share_moves_to_another_free_place_and_not_to_a_taken_one(cast: Cast, account: ConnectedAccount) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    one, two = queued(cast.liis, account), queued(cast.liis, account, text="B")
    third = next(timing.free(cast.liis))
    timing.move(person=cast.liis, share=one, place=third.value)
    one.refresh_from_db()
    assert one.not_before == third.at
    taken = f"{two.slot_id}:{int(two.slot_at.timestamp())}" if two.slot_at else ""
    for wrong in (taken, "", "7:x", f"{two.slot_id}:{10**30}"):
        with pytest.raises(ValidationError):
            timing.move(person=cast.liis, share=one, place=wrong)


def test_nobody_moves_somebody_elses_share_or_removes_their_slots(cast: Cast, account: ConnectedAccount) -> None:
    slot = timing.add(person=cast.liis, weekdays=[1], at=time(9, 10))[0]
    share = queued(cast.liis, account)
    with pytest.raises(PermissionDenied):
        timing.move(person=cast.mart, share=share, place="1:1")
    with pytest.raises(PermissionDenied):
        timing.remove(person=cast.mart, numbers=[slot.pk])
    with pytest.raises(PermissionDenied):
        timing.add(person=cast.viivi, weekdays=[1], at=time(9, 10))
    with pytest.raises(PermissionDenied):
        shares.at_once(person=cast.mart, share=share)


def test_a_removed_slot_leaves_its_share_at_its_time(cast: Cast, account: ConnectedAccount) -> None:
    slot = timing.add(person=cast.liis, weekdays=[1], at=time(9, 10))[0]
    share = queued(cast.liis, account)
    timing.remove(person=cast.liis, numbers=[slot.pk])
    share.refresh_from_db()
    assert (share.state, share.slot_id) == ("planned", None)


@pytest.mark.parametrize("weekdays", [[], [7], [-1]])
def test_a_slot_needs_a_day_of_the_week(cast: Cast, weekdays: list[int]) -> None:
    with pytest.raises(ValidationError):
        timing.add(person=cast.liis, weekdays=weekdays, at=time(9, 10))
    with pytest.raises(ValidationError):
        timing.add(person=cast.liis, weekdays=[1], at=time(9, 10), network="no-such")


def test_the_same_slot_twice_is_one(cast: Cast) -> None:
    for _again in range(2):
        timing.add(person=cast.liis, weekdays=[1, 2], at=time(9, 10))
    assert QueueSlot.objects.count() == 2


# --- apart ----------------------------------------------------------------------------------------------------------
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@given(
    wishes=st.lists(st.integers(0, 7200), max_size=40),
    most=st.integers(1, 4),
    minutes=st.integers(1, 30),
)
def test_spacing_holds_for_any_order_of_arrivals_and_nobody_waits_too_long(
    wishes: list[int], most: int, minutes: int
) -> None:
    window, farthest = timedelta(minutes=minutes), timedelta(minutes=60)
    placed: list[datetime] = []
    for seconds in wishes:
        wished = START + timedelta(seconds=seconds)
        at = spacing.first_with_room(wished, placed, most=most, window=window, farthest=farthest)
        if at is None:  # Told, and asked to choose: only when there is truly no second of room.
            assert not any(
                spacing._fits(wished + timedelta(seconds=step), placed, most, window) for step in range(0, 3601, 60)
            )
            continue
        assert timedelta(0) <= at - wished <= farthest
        placed.append(at)
    placed.sort()
    assert all(last - first >= window for first, last in zip(placed, placed[most:], strict=False))


def colleagues(number: int) -> list[ConnectedAccount]:
    team = [people.person(f"Colleague{n}", "Kask", "advocate") for n in range(number)]
    return [connecting.connect_instantly(person=one, network=BY_KEY["sandbox"]) for one in team]


def test_the_fourth_colleague_waits_some_minutes_and_is_told_so(cast: Cast, account: ConnectedAccount) -> None:
    item, at = lasting(), timezone.now() + timedelta(hours=3)
    made = [
        shares.schedule(person=one.person, item=item, account=one, text="A", at=at) for one in [*colleagues(3), account]
    ]
    assert [share.wished_at for share in made[:3]] == [None] * 3
    assert (made[3].not_before - at, made[3].wished_at, made[3].beside) == (timedelta(minutes=15), at, 3)
    other = shares.schedule(person=cast.liis, item=lasting("Other"), account=account, text="B", at=at)
    assert other.wished_at is None


def test_now_means_soon_or_a_word_about_it_or_all_the_same(cast: Cast, account: ConnectedAccount) -> None:
    settings(spread_most=1)
    item = lasting()
    one, two, three = colleagues(3)
    for other in (one, two):
        shares.share_now(person=other.person, item=item, account=other, text="A")
    with pytest.raises(ValidationError) as refused:
        shares.share_now(person=cast.liis, item=item, account=account, text="Mine")
    assert refused.value.code == "crowd"
    share = timing.share(person=cast.liis, item=item, account=account, text="Mine", when="at_once")
    assert share.not_before <= timezone.now()
    settings(spread_most=2, spread_minutes=5)
    moved = shares.share_now(person=three.person, item=item, account=three, text="A")
    assert timedelta(0) < moved.not_before - timezone.now() <= spacing.SOON
    shares.at_once(person=three.person, share=moved)
    moved.refresh_from_db()
    assert moved.not_before <= timezone.now()
    assert moved.wished_at is None


def test_colleagues_move_nobody_past_the_end_of_the_story(cast: Cast, account: ConnectedAccount) -> None:
    at = timezone.now() + timedelta(days=1)
    item = factories.item("NW-7 is here", live_until=at + timedelta(minutes=5))
    for one in colleagues(3):
        shares.schedule(person=one.person, item=item, account=one, text="A", at=at)
    with pytest.raises(ValidationError) as refused:
        shares.schedule(person=cast.liis, item=item, account=account, text="A", at=at)
    assert refused.value.code == "crowd"


def test_a_company_may_let_everything_go_out_as_it_comes(cast: Cast, account: ConnectedAccount) -> None:
    settings(spread_most=0)
    item = lasting()
    made = [shares.share_now(person=one.person, item=item, account=one, text="A") for one in [*colleagues(5), account]]
    assert {share.wished_at for share in made} == {None}


def test_what_is_planned_anew_makes_room_too(cast: Cast, account: ConnectedAccount) -> None:
    settings(spread_most=1)
    item, at = lasting(), timezone.now() + timedelta(hours=3)
    other = colleagues(1)[0]
    shares.schedule(person=other.person, item=item, account=other, text="A", at=at)
    mine = shares.schedule(person=cast.liis, item=item, account=account, text="A", at=at + timedelta(hours=5))
    shares.edit(person=cast.liis, share=mine, text="A", at=at)
    assert (mine.not_before, mine.wished_at) == (at + timedelta(minutes=15), at)


# --- enough a day ---------------------------------------------------------------------------------------------------
def noon(days: int) -> datetime:
    return clock.at(timezone.now().astimezone(TALLINN).date() + timedelta(days=days), time(12), TALLINN)


def test_a_full_day_takes_no_more_and_the_queue_passes_it_by(cast: Cast, account: ConnectedAccount) -> None:
    settings(daily_cap=2)
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(23, 59))
    for n in range(2):
        shares.schedule(person=cast.liis, item=lasting(f"I{n}"), account=account, text="A", at=noon(1))
    with pytest.raises(ValidationError, match="enough for one account"):
        shares.schedule(person=cast.liis, item=lasting("Third"), account=account, text="A", at=noon(1))
    days = {queued(cast.liis, account, lasting(f"Q{n}")).not_before.astimezone(TALLINN).date() for n in range(3)}
    assert noon(1).date() not in days
    assert len(days) == 3


def test_at_sending_the_one_too_many_waits_until_tomorrow(cast: Cast, account: ConnectedAccount) -> None:
    made = [shares.share_now(person=cast.liis, item=lasting(f"I{n}"), account=account, text="A") for n in range(2)]
    settings(daily_cap=1)
    for share in made:
        delivery.deliver(share.pk, worker="w")
        share.refresh_from_db()
    assert [(share.state, share.reason) for share in made] == [("published", ""), ("held", "cap")]
    assert made[1].not_before.astimezone(TALLINN).date() == noon(1).date()
    delivery.release_tomorrow()
    made[1].refresh_from_db()
    assert made[1].state == "held"
    Share.objects.filter(pk=made[1].pk).update(not_before=timezone.now())
    delivery.release_tomorrow()
    made[1].refresh_from_db()
    assert (made[1].state, made[1].reason) == ("planned", "")


def test_the_day_of_a_cap_is_the_persons_own(cast: Cast, account: ConnectedAccount) -> None:
    begins = clock.at(noon(1).date(), time(0, 5), TALLINN)
    shares.schedule(person=cast.liis, item=lasting(), account=account, text="A", at=begins)
    assert spacing.posts_on(account, begins) == 1
    assert spacing.posts_on(account, begins - timedelta(minutes=10)) == 0


# --- best time ------------------------------------------------------------------------------------------------------
def test_the_best_time_is_ones_own_then_the_companys_then_working_hours(cast: Cast) -> None:
    BestTime.objects.create(person=None, network="linkedin", weekday=None, hour=10, posts=900, gain=12)
    BestTime.objects.create(person=cast.liis, network="linkedin", weekday=1, hour=16, posts=37, gain=30)
    own = timing.best(cast.liis, ["linkedin", "bluesky"])
    theirs = timing.best(cast.mart, ["linkedin"])["linkedin"]
    at = own["linkedin"].at.astimezone(TALLINN)
    assert (own["linkedin"].source, at.weekday(), at.hour, own["linkedin"].posts) == ("own", 1, 16, 37)
    assert (theirs.source, theirs.at.astimezone(TALLINN).hour) == ("company", 10)
    usual = own["bluesky"]
    assert (usual.source, usual.at.astimezone(TALLINN).hour in timing.USUAL_HOURS) == ("none", True)
    assert usual.at.astimezone(TALLINN).weekday() < 5
    assert timing.best(cast.liis, ["linkedin"])["linkedin"] == own["linkedin"]


def test_colleagues_have_minutes_of_their_own(cast: Cast) -> None:
    team = [people.person(f"C{n}", "Kask", "advocate") for n in range(12)]
    assert len({timing.best(one, ["linkedin"])["linkedin"].at.minute for one in team}) > 4


def test_a_share_waits_for_the_best_time(cast: Cast, account: ConnectedAccount) -> None:
    BestTime.objects.create(person=None, network="sandbox", weekday=None, hour=10, posts=900, gain=12)
    share = timing.share(person=cast.liis, item=lasting(), account=account, text="A", when="best")
    assert share.not_before == timing.best(cast.liis, ["sandbox"])["sandbox"].at
    ending = factories.item(live_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(ValidationError, match="ends before"):
        timing.share(person=cast.liis, item=ending, account=account, text="B", when="best")


# --- pages ----------------------------------------------------------------------------------------------------------
def test_the_week_shows_what_stands_in_each_slot(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    share = queued(cast.liis, account, lasting("Robots in the cold"))
    monday = share.not_before.astimezone(TALLINN).date()
    page = signed_in(cast.liis).get("/shares/queue/", {"week": f"{monday}"}).content.decode()
    assert "Robots in the cold" in page
    assert f"/shares/{share.pk}/move/" in page
    assert "Set by you" in page
    for odd in ("", "x", "0001-01-01", "9999-12-31", "2026-13-01"):
        assert signed_in(cast.liis).get("/shares/queue/", {"week": odd}).status_code == 200


def test_slots_are_added_and_removed_and_the_queue_paused_by_forms(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.liis)
    wrong = browser.post("/shares/queue/", {"time": "9:10"})
    assert wrong.status_code == 422
    assert "Choose at least one day." in wrong.content.decode()
    browser.post("/shares/queue/", {"weekdays": ["0", "1"], "time": "09:10"})
    browser.post("/shares/queue/pause/")
    assert list(QueueSlot.objects.values_list("weekday", "paused")) == [(0, True), (1, True)]
    browser.post("/shares/queue/resume/")
    browser.post("/shares/queue/remove/", {"slot": [str(slot.pk) for slot in QueueSlot.objects.all()]})
    assert not QueueSlot.objects.exists()


def test_the_page_moves_a_share(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    share, browser = queued(cast.liis, account), signed_in(cast.liis)
    place = next(timing.free(cast.liis))
    assert place.value in browser.get(f"/shares/{share.pk}/move/").content.decode()
    assert browser.post(f"/shares/{share.pk}/move/", {"place": "x"}).status_code == 422
    browser.post(f"/shares/{share.pk}/move/", {"place": place.value})
    share.refresh_from_db()
    assert share.not_before == place.at


def test_a_full_queue_costs_no_more_questions_than_an_empty_one(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    browser, item = signed_in(cast.liis), lasting()
    counts = []
    for more in (10, 1000):
        factories_shares(cast.liis, account, item, more)
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        browser.get("/shares/queue/")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/shares/queue/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 14


def factories_shares(person: Person, account: ConnectedAccount, item: Item, number: int) -> None:
    at = timezone.now() + timedelta(hours=1)
    Share.objects.bulk_create(
        Share(
            person=person, item=item, network="sandbox", way="api", account=account, text="A", state=State.PLANNED,
            not_before=at,
        )
        for _ in range(number)
    )  # fmt: skip


def test_the_composer_offers_queue_and_best_time_with_its_reason(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    timing.add(person=cast.liis, weekdays=EVERY_DAY, at=time(9, 10))
    BestTime.objects.create(person=cast.liis, network="sandbox", weekday=1, hour=16, posts=37, gain=30)
    item, browser = lasting("NW-7"), signed_in(cast.liis)
    page = browser.get(f"/share/{item.pk}/").content.decode()
    assert "from 37 of your posts" in page
    assert 'value="queue"' in page
    browser.post(f"/share/{item.pk}/", {"to": [f"account:{account.pk}"], "text": "Mine", "when": "queue"})
    assert Share.objects.get().slot is not None


def test_the_composer_asks_before_it_joins_a_crowd(cast: Cast, account: ConnectedAccount, signed_in: SignIn) -> None:
    settings(spread_most=1)
    item, browser = lasting(), signed_in(cast.liis)
    for one in colleagues(2):
        shares.share_now(person=one.person, item=item, account=one, text="A")
    form = {"to": [f"account:{account.pk}"], "text": "My own words", "when": "now"}
    asked = browser.post(f"/share/{item.pk}/", form)
    assert asked.status_code == 422
    assert "Right now all the same" in asked.content.decode()
    assert "My own words" in asked.content.decode()
    browser.post(f"/share/{item.pk}/", {**form, "when": "at_once"})
    assert Share.objects.filter(person=cast.liis).count() == 1


def test_a_moved_share_says_when_and_why_on_ones_own_clock(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    cast.liis.time_zone = "America/New_York"
    cast.liis.save()
    at = datetime(2027, 1, 15, 21, 0, tzinfo=UTC)
    share = shares.schedule(person=cast.liis, item=lasting(), account=account, text="A", at=at)
    Share.objects.filter(pk=share.pk).update(wished_at=at - timedelta(minutes=15), beside=4)
    page = signed_in(cast.liis).get(f"/shares/{share.pk}/").content.decode()
    assert "Goes out at 4 p.m.: 4 colleagues share it at the same time." in page or "16:00: 4 colleagues" in page


def test_a_gap_between_neighbours_is_measured_from_both_sides() -> None:
    window = timedelta(minutes=15)
    later = [START + timedelta(minutes=10)]
    at = spacing.first_with_room(START, later, most=1, window=window, farthest=timedelta(hours=1))
    assert at == START + timedelta(minutes=25)
    assert all(b - a >= window for a, b in pairwise(sorted([*later, at])))

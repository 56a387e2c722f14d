import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content import review
from kaja.content.models import Campaign, Caption, Item
from kaja.hub import calendar
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
TALLINN = ZoneInfo("Europe/Tallinn")
SCRIPT = {"HX-Request": "true"}


def post(title: str, begins: datetime, **fields: Any) -> Item:
    return factories.item(title, live_from=begins, live_until=None, **fields)


def found(person: Person, **asked: str) -> dict[date, list[str]]:
    """Day -> what stands there, "kind title"."""
    read = calendar.read(person, calendar.asked(**asked))
    return {day.date: [f"{one.kind} {one.item.title}" for one in day.entries] for day in read.days if day.entries}


def coming(title: str = "Coming", days: int = 3, **fields: Any) -> Item:
    at = (timezone.now() + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
    return post(title, at, **fields)


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


# --- what stands where ------------------------------------------------------------------------------------------------
def test_a_post_stands_on_its_day_by_the_viewers_own_clock(cast: Cast) -> None:
    post("Late", datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    assert found(cast.eda, day="2026-11-10") == {date(2026, 11, 25): ["start Late"]}
    Person.objects.filter(pk=cast.eda.pk).update(time_zone="America/New_York")
    eda = Person.objects.get(pk=cast.eda.pk)
    assert found(eda, day="2026-11-10") == {date(2026, 11, 24): ["start Late"]}


def test_starts_ends_refresh_dates_last_days_and_events_all_stand_there(cast: Cast) -> None:
    begins = datetime(2026, 11, 3, 9, tzinfo=TALLINN)
    factories.item("Story", live_from=begins, live_until=begins + timedelta(days=7))
    old = datetime(2026, 1, 1, tzinfo=TALLINN)
    post("Ever", old, evergreen=True, refresh_on=date(2026, 11, 12))
    post("Job", old, kind="job", details={"last_day": "2026-11-20"})
    post("Fair", old, kind="event", details={"begins": "2026-11-21T10:00"})
    post("Odd", old, kind="event", details={"begins": "2026-11-99"})
    post("Gone", begins, state=Item.State.WITHDRAWN)
    assert found(cast.eda, day="2026-11-01") == {
        date(2026, 11, 3): ["start Story"],
        date(2026, 11, 10): ["end Story"],
        date(2026, 11, 12): ["refresh Ever"],
        date(2026, 11, 20): ["apply Job"],
        date(2026, 11, 21): ["event Fair"],
    }


@pytest.mark.parametrize(("day", "first", "last"), [
    ("2026-03-15", date(2026, 2, 23), date(2026, 4, 5)),
    ("2026-10-15", date(2026, 9, 28), date(2026, 11, 1)),
    ("2026-02-10", date(2026, 1, 26), date(2026, 3, 1)),
])  # fmt: skip
def test_a_month_is_whole_weeks_from_monday_also_where_the_clock_changes(
    cast: Cast, day: str, first: date, last: date
) -> None:
    read = calendar.read(cast.eda, calendar.asked(day=day))
    assert (read.days[0].date, read.days[-1].date) == (first, last)
    assert all(len(week.days) == 7 and week.days[0].date.weekday() == 0 for week in read.weeks)
    assert len({one.date for one in read.days}) == len(read.days)


def test_posts_of_the_days_on_which_the_clock_changes_stand_on_these_days(cast: Cast) -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        for hour, minute in ((0, 0), (3, 30), (23, 59)):
            moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=TALLINN)
            item = post(f"{hour}", moment)
            assert found(cast.eda, view="day", day=day.isoformat()) == {day: [f"start {hour}"]}
            item.delete()


def test_turning_goes_from_month_to_month_and_from_week_to_week(cast: Cast) -> None:
    month = calendar.asked(day="2026-01-31")
    assert (month.before, month.after) == (date(2025, 12, 1), date(2026, 2, 1))
    week = calendar.asked(view="week", day="2026-03-29")
    assert (week.window, week.after) == ((date(2026, 3, 23), date(2026, 3, 29)), date(2026, 4, 5))
    assert calendar.asked(view="agenda", day="2026-03-29").window[0] == date(2026, 3, 29)


@pytest.mark.parametrize("asked", [
    {"day": "2026-13-40"}, {"view": "year"}, {"day": "0001-01-01"}, {"day": "9999-12-31"}, {"category": "x" * 400},
    {"campaign": "'; drop"}, {"language": "%"}, {"day": "\u0661"},
])  # fmt: skip
def test_a_nonsensical_address_is_this_month_or_finds_nothing(
    cast: Cast, signed_in: SignIn, asked: dict[str, str]
) -> None:
    assert signed_in(cast.eda).get("/calendar/", asked).status_code == 200


def test_filters_of_the_address_narrow_it(cast: Cast) -> None:
    campaign = factories.campaign(begins_on=date(2026, 11, 20), ends_on=date(2026, 11, 26))
    at = datetime(2026, 11, 23, 9, tzinfo=TALLINN)
    post("A", at, category=factories.category("people"), language="et")
    post("B", at, campaign=campaign)
    whole = {"day": "2026-11-01"}
    assert found(cast.eda, **whole, category="people") == {date(2026, 11, 23): ["start A"]}
    assert found(cast.eda, **whole, language="en") == {date(2026, 11, 23): ["start B"]}
    assert found(cast.eda, **whole, campaign=campaign.slug) == {date(2026, 11, 23): ["start B"]}


# --- campaigns above ------------------------------------------------------------------------------------------------
def test_a_campaign_is_a_bar_in_every_week_it_runs_and_two_at_once_do_not_cover_each_other(cast: Cast) -> None:
    factories.campaign("Long", begins_on=date(2026, 11, 20), ends_on=date(2026, 12, 1))
    factories.campaign("Short", begins_on=date(2026, 11, 21), ends_on=date(2026, 11, 21))
    factories.campaign("Next", begins_on=date(2026, 11, 22), ends_on=date(2026, 11, 22))
    weeks = calendar.read(cast.kadri, calendar.asked(day="2026-11-10")).weeks
    bars = [
        (place, bar.panel.campaign.name, bar.column, bar.lane, bar.begins, bar.ends)
        for place, week in enumerate(weeks)
        for bar in week.bars
    ]
    assert bars == [
        (3, "Long", "5 / 8", 0, True, False),
        (3, "Short", "6 / 7", 1, True, True),
        (3, "Next", "7 / 8", 1, True, True),
        (4, "Long", "1 / 8", 0, False, False),
        (5, "Long", "1 / 3", 0, False, True),
    ]


def test_an_editor_stretches_drafts_only_and_a_manager_what_is_not_over(cast: Cast, signed_in: SignIn) -> None:
    coming_up = factories.campaign(begins_on=timezone.localdate() + timedelta(days=2))
    last = (timezone.localdate() + timedelta(days=20)).isoformat()
    address = f"/calendar/campaigns/{coming_up.slug}/"
    assert signed_in(cast.eda).post(address, {"ends_on": last}).status_code == 404
    assert signed_in(cast.kadri).post(address, {"ends_on": last}, headers=SCRIPT).status_code == 204
    coming_up.refresh_from_db()
    assert coming_up.ends_on.isoformat() == last
    answer = signed_in(cast.kadri).post(address, {"begins_on": "2199-01-01"}, headers=SCRIPT)
    assert answer.status_code == 422
    Campaign.objects.update(started_at=None)
    assert signed_in(cast.eda).post(address, {"begins_on": last}, headers=SCRIPT).status_code == 204


def test_the_bar_of_a_campaign_that_is_over_cannot_be_stretched(cast: Cast) -> None:
    today = timezone.localdate()
    for name, ends in (("Over", today - timedelta(days=1)), ("Runs", today + timedelta(days=1))):
        factories.campaign(name, begins_on=today - timedelta(days=2), ends_on=ends)
    bars = {
        bar.panel.campaign.name: (bar.movable, bar.begin_movable)
        for week in calendar.read(cast.kadri, calendar.asked()).weeks
        for bar in week.bars
    }
    assert bars == {"Over": (False, False), "Runs": (True, False)}


# --- moving -----------------------------------------------------------------------------------------------------------
def test_a_post_is_moved_by_a_plain_form_and_one_comes_back_to_where_one_was(cast: Cast, signed_in: SignIn) -> None:
    item, browser = coming(), signed_in(cast.eda)
    Item.objects.filter(pk=item.pk).update(state=Item.State.DRAFT)
    address, day = f"/calendar/items/{item.pk}/start/", timezone.localdate() + timedelta(days=9)
    shown = page(browser, f"{address}?back=view%3Dweek")
    assert 'type="date"' in shown
    answer = browser.post(address, {"day": day.isoformat(), "back": "view=week&day=2026-11-25"})
    assert answer["Location"] == "/calendar/?view=week&day=2026-11-25"
    item.refresh_from_db()
    assert item.live_from is not None
    assert item.live_from.astimezone(TALLINN).date() == day
    shown = page(browser, "/calendar/")
    assert "Moved to" in shown
    assert f'href="{address}?day=' in shown


def test_what_is_approved_stays_on_its_day_until_the_move_is_approved_and_stands_once(
    cast: Cast, signed_in: SignIn
) -> None:
    item, browser = coming(), signed_in(cast.eda)
    Caption.objects.create(item=item, language="en", text="Words")
    assert item.live_from is not None
    address, day = f"/calendar/items/{item.pk}/start/", timezone.localdate() + timedelta(days=9)
    old = item.live_from.astimezone(TALLINN).date()
    for headers in ({}, SCRIPT):  # Asked before anything moves, whoever sends it.
        asked = browser.post(address, {"day": day.isoformat()}, headers=headers)
        assert asked.status_code == 422
        assert "goes through review first" in asked.content.decode()
    assert not Item.objects.filter(replaces=item).exists()
    assert "goes through review first" in page(browser, address)
    past = browser.post(address, {"day": (timezone.localdate() - timedelta(days=1)).isoformat()})
    assert "That day has passed." in past.content.decode()
    browser.post(address, {"day": day.isoformat(), "sure": "1"})
    shown = page(browser, "/calendar/?view=agenda")
    assert f'href="{address}?day={old.isoformat()}&amp;sure=1"' in shown
    assert "when a reviewer has approved that" in shown
    assert "a change waits" in shown
    assert {one for one, some in found(cast.eda, view="agenda").items() if "start Coming" in some} == {old}
    browser.post(address, {"day": old.isoformat(), "sure": "1"})  # as the toast's Undo does
    assert not Item.objects.filter(replaces=item).exists()
    browser.post(address, {"day": day.isoformat(), "sure": "1"})
    review.approve(person=cast.rein, item=Item.objects.get(replaces=item))
    assert {one for one, some in found(cast.eda, view="agenda").items() if "start Coming" in some} == {day}


def test_a_refused_move_says_why_to_the_form_and_to_the_script(cast: Cast, signed_in: SignIn) -> None:
    item, live, browser = coming(), factories.item("Live"), signed_in(cast.eda)
    past = {"day": (timezone.localdate() - timedelta(days=2)).isoformat()}
    for headers in ({}, SCRIPT):
        answer = browser.post(f"/calendar/items/{item.pk}/start/", past, headers=headers)
        assert answer.status_code == 422
        assert "That day has passed." in answer.content.decode()
    later = {"day": (timezone.localdate() + timedelta(days=2)).isoformat()}
    answer = browser.post(f"/calendar/items/{live.pk}/start/", later, headers=SCRIPT)
    assert "It has gone live already." in answer.content.decode()
    assert browser.post(f"/calendar/items/{item.pk}/start/", {"day": "soon"}).status_code == 422
    assert browser.post(f"/calendar/items/{item.pk}/nowhere/", later).status_code == 404


def test_only_who_may_edit_is_offered_to_move(cast: Cast, signed_in: SignIn) -> None:
    item = coming(days=0 if timezone.localtime().hour < 9 else 1)
    assert "data-drag" in page(signed_in(cast.eda), "/calendar/?view=agenda")
    assert "data-drag" not in page(signed_in(cast.rein), "/calendar/?view=agenda")
    assert signed_in(cast.rein).get(f"/calendar/items/{item.pk}/start/").status_code == 404
    assert signed_in(cast.liis).get("/calendar/").status_code == 404


def test_back_leads_nowhere_but_to_the_calendar(cast: Cast, signed_in: SignIn) -> None:
    item, day = coming(), (timezone.localdate() + timedelta(days=9)).isoformat()
    sent = {"day": day, "sure": "1", "back": "//evil.example/\r\nX: y"}
    answer = signed_in(cast.eda).post(f"/calendar/items/{item.pk}/start/", sent)
    assert answer["Location"].startswith("/calendar/?")
    assert "\n" not in answer["Location"]


# --- many ---------------------------------------------------------------------------------------------------------------
def test_a_day_with_many_posts_shows_three_says_how_many_more_and_warns(cast: Cast, signed_in: SignIn) -> None:
    for number in range(15):
        post(f"Post {number}", datetime(2026, 11, 10, 9, number, tzinfo=TALLINN))
    browser = signed_in(cast.eda)
    shown = page(browser, "/calendar/?day=2026-11-01")
    assert "+12 more" in shown
    assert "15 new" in shown
    assert shown.count('class="ev ') == 3
    shown = page(browser, "/calendar/?view=day&day=2026-11-10")
    assert all(f"Post {number}" in shown for number in range(15))


@pytest.mark.parametrize("view", ["month", "agenda"])
@pytest.mark.parametrize("count", [10, 1000])
def test_the_calendar_costs_the_same_queries_for_ten_and_for_a_thousand_posts(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., Any], view: str, count: int
) -> None:
    category, begin = factories.category(), datetime(2026, 11, 1, 9, tzinfo=TALLINN)
    Item.objects.bulk_create(
        Item(
            title=f"Item {n}", url="https://nordwind.example/x", category=category, state="approved",
            live_from=begin + timedelta(days=n % 28, minutes=n),
        )
        for n in range(count)
    )  # fmt: skip
    for number in range(count // 50 + 1):
        factories.campaign(f"Campaign {number}", begins_on=date(2026, 11, 3), ends_on=date(2026, 11, 9))
    browser = signed_in(cast.kadri)
    browser.get("/calendar/", {"view": view, "day": "2026-11-01"})
    with django_assert_num_queries(9):
        browser.get("/calendar/", {"view": view, "day": "2026-11-01"})

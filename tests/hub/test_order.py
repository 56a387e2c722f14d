"""The feed's order as properties: whatever the company, the reader and the answers are, these hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaja.content import ranking, reactions
from kaja.content.models import Item, Reaction, Topic
from kaja.hub import feed, order
from kaja.hub.order import Facts
from kaja.people.models import Person
from kaja.sharing.models import Share
from tests import cast as people
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
NOW = timezone.now()
READER = Person(pk=1, languages=["et", "en"], interests=["robots", "product"])
AROUND = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

answers = st.integers(0, 400)
a_fact = st.builds(
    Facts,
    item=st.integers(1, 10_000),
    pinned=st.booleans(),
    stands_at=st.integers(0, 900).map(lambda hours: NOW - timedelta(hours=hours)),
    ends=st.none() | st.integers(1, 400).map(lambda hours: NOW + timedelta(hours=hours)),
    language=st.sampled_from(["et", "en", "de"]),
    followed=st.booleans(),
    shared=st.booleans(),
)
windows = st.lists(a_fact, max_size=24, unique_by=lambda one: one.item)


# --- answers ----------------------------------------------------------------------------------------------------------
@given(answers, answers)
def test_one_more_not_for_me_always_lowers_and_one_more_interesting_always_raises(yes: int, no: int) -> None:
    assert ranking.lift(yes, no + 1) < ranking.lift(yes, no) < ranking.lift(yes + 1, no)


@given(answers, answers)
def test_answers_move_a_story_by_three_days_at_most(yes: int, no: int) -> None:
    assert -ranking.MOST < ranking.lift(yes, no) < ranking.MOST


def test_three_grumpy_people_do_not_sink_a_story() -> None:
    assert ranking.lift(0, 3) > -timedelta(hours=10)
    assert ranking.lift(5, 50) < -timedelta(days=1)


# --- the window -------------------------------------------------------------------------------------------------------
@given(windows, st.randoms())
def test_the_order_is_total_the_same_rows_stand_the_same_however_they_come(window: list[Facts], chance: object) -> None:
    ordered = order.personal(window, READER, NOW)
    mixed = list(window)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert order.personal(mixed, READER, NOW) == ordered
    assert sorted(one.item for one in ordered) == sorted(one.item for one in window)


@given(windows)
def test_pinned_stories_stand_before_all_others(window: list[Facts]) -> None:
    pinned = [one.pinned for one in order.personal(window, READER, NOW)]
    assert pinned == sorted(pinned, reverse=True)


@given(windows)
def test_of_equal_stories_the_newer_stands_first(window: list[Facts]) -> None:
    ordered = order.personal(window, READER, NOW)
    for above, below in pairwise(ordered):
        same = order.effects(above, READER, NOW) == order.effects(below, READER, NOW) and above.pinned == below.pinned
        assert not same or (above.stands_at, above.item) > (below.stands_at, below.item)


# --- page by page -----------------------------------------------------------------------------------------------------
a_story = st.tuples(
    st.integers(0, 60),  # hours old
    st.booleans(),  # pinned
    st.integers(0, 30),  # interesting
    st.integers(0, 30),  # not for me
    st.sampled_from(["et", "en", "de"]),
    st.booleans(),  # the reader follows its topic
    st.sampled_from(["", "", "", "hidden", "shared"]),
)


@AROUND
@given(st.lists(a_story, max_size=60))
@pytest.mark.django_db(transaction=False)
def test_paging_shows_every_story_once_pinned_first_and_never_a_hidden_one(
    cast: Cast, stories: list[tuple[int, bool, int, int, str, bool, str]]
) -> None:
    Share.objects.all().delete()
    Item.objects.all().delete()
    topic, _made = Topic.objects.get_or_create(slug="robots")
    cast.liis.interests = ["robots"]
    hidden, category = set(), factories.category()
    for hours, pinned, yes, no, language, followed, said in stories:
        begun = NOW - timedelta(hours=hours)
        item = factories.item(
            "A story", live_from=begun, live_until=None, pinned=pinned, language=language, category=category,
            interested=yes, uninterested=no, ranked_at=ranking.placed(begun, yes, no),
        )  # fmt: skip
        if followed:
            item.topics.add(topic)
        if said == "hidden":
            hidden.add(item.pk)
            Reaction.objects.create(item=item, person=cast.liis, verdict="not_for_me")
        if said == "shared":
            factories.share(cast.liis, item, at=NOW - timedelta(days=1))
    seen, cursor, pages = list[Item](), "", 0
    while pages == 0 or cursor:
        read = feed.read(cast.liis, cursor=cursor)
        seen += [
            card.item
            for card in (sorted(read.cards, key=lambda one: not one.item.pinned) if not cursor else read.cards)
        ]
        cursor, pages = read.cursor, pages + 1
        assert pages < 30
    assert sorted(item.pk for item in seen) == sorted(set(Item.objects.values_list("pk", flat=True)) - hidden)
    assert [item.pinned for item in seen] == sorted((item.pinned for item in seen), reverse=True)


# --- stories ----------------------------------------------------------------------------------------------------------
def titles(person: Person, **wish: str) -> list[str]:
    return [card.item.title for card in feed.read(person, **wish).cards]  # type: ignore[arg-type]


def test_what_i_follow_stands_above_what_is_a_day_newer(cast: Cast) -> None:
    robots = Topic.objects.create(slug="robots", names={"en": "Robots"})
    now = timezone.now()
    factories.item("Robots", live_from=now - timedelta(days=2)).topics.add(robots)
    factories.item("Lunch", live_from=now - timedelta(days=1))
    assert titles(cast.liis) == ["Lunch", "Robots"]
    cast.liis.interests = ["robots"]
    assert titles(cast.liis) == ["Robots", "Lunch"]


def test_what_colleagues_do_not_want_sinks(cast: Cast) -> None:
    now = timezone.now()
    salesy = factories.item("Buy now", live_from=now - timedelta(hours=1))
    factories.item("Useful", live_from=now - timedelta(hours=30))
    assert titles(cast.liis) == ["Buy now", "Useful"]
    for n in range(20):
        reactions.react(person=people.person("P", f"n{n}", "advocate"), item=salesy, verdict="not_for_me")
    assert titles(cast.liis) == ["Useful", "Buy now"]


def test_what_is_not_for_me_is_gone_for_me_alone_and_comes_back(cast: Cast) -> None:
    item = factories.item("Not mine", pinned=True)
    reactions.react(person=cast.liis, item=item, verdict="not_for_me")
    assert titles(cast.liis) == []
    assert titles(cast.liis, shelf=feed.HIDDEN) == ["Not mine"]
    assert titles(cast.mart) == ["Not mine"]
    reactions.react(person=cast.liis, item=item, verdict="")
    assert titles(cast.liis) == ["Not mine"]


def test_what_i_saved_stands_on_its_own_shelf(cast: Cast) -> None:
    item = factories.item("Later")
    factories.item("Now")
    reactions.react(person=cast.liis, item=item, saved=True)
    assert titles(cast.liis, shelf=feed.SAVED) == ["Later"]
    assert titles(cast.mart, shelf=feed.SAVED) == []


def test_a_story_that_begins_anew_takes_its_answers_along(cast: Cast) -> None:
    from kaja.content import items

    item = factories.item("Twice", live_from=timezone.now() - timedelta(days=9), live_until=None)
    reactions.react(person=cast.liis, item=item, verdict="interesting")
    items.change(person=cast.kadri, item=item, live_from=timezone.now())
    item.refresh_from_db()
    assert item.live_from is not None
    assert item.stands_at == item.live_from + ranking.lift(1, 0)


def test_the_hourly_count_mends_what_is_wrong(cast: Cast) -> None:
    item = factories.item()
    reactions.react(person=cast.liis, item=item, verdict="interesting")
    Item.objects.filter(pk=item.pk).update(interested=99, ranked_at=None)
    ranking.recount()
    item.refresh_from_db()
    assert item.live_from is not None
    assert (item.interested, item.stands_at) == (1, item.live_from + ranking.lift(1, 0))


# --- why --------------------------------------------------------------------------------------------------------------
def test_every_reason_is_told_in_words_with_what_it_does(cast: Cast, signed_in: SignIn) -> None:
    Topic.objects.create(slug="robots", names={"en": "Robots"}).items.add(item := factories.item("NW-7", pinned=True))
    Person.objects.filter(pk=cast.liis.pk).update(interests=["robots"])
    Item.objects.filter(pk=item.pk).update(
        interested=12, uninterested=3, live_until=timezone.now() + timedelta(hours=9)
    )
    ranking.place(item)
    page = signed_in(cast.liis).get(f"/read/{item.pk}/why/").content.decode()
    for said in (
        "meant for everyone", "pinned it", "12 of 15 colleagues", "You follow Robots", "It ends within two days",
        "As if it were 2 days newer", "As if it were 19 hours newer",
    ):  # fmt: skip
        assert said in page


def test_fewer_than_five_answers_are_not_told_as_numbers(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item()
    reactions.react(person=cast.mart, item=item, verdict="not_for_me", why="sales")
    page = signed_in(cast.liis).get(f"/read/{item.pk}/why/").content.decode()
    assert "first colleagues have answered" in page
    assert "0 of 1" not in page
    assert "older" not in page


def test_why_a_story_that_is_not_meant_for_me_stands_somewhere_is_not_told(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item(state=Item.State.DRAFT)
    assert signed_in(cast.liis).get(f"/read/{item.pk}/why/").status_code == 404

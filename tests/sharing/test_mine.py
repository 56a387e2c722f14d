"""My shares: everything that needs its person is reachable, and counted once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kaja import memory
from kaja.content.models import Topic
from kaja.people.models import Person
from kaja.sharing import mine
from kaja.sharing.models import Crisis, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
HEAPS = (mine.asks, mine.waits, mine.planned, mine.done)


def made(person: Person, state: State, reason: str = "", **fields: Any) -> Share:
    return factories.share(person, network="x", way=Share.Way.API, state=state, reason=reason, **fields)


def numbers(page: str) -> set[int]:
    return {int(number) for number in re.findall(r'href="/shares/(\d+)/"', page)}


def test_every_undecided_held_and_failed_share_is_reached_by_turning_pages(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item()
    states = (State.UNKNOWN, State.HELD, State.FAILED)
    Share.objects.bulk_create(
        Share(
            person=cast.liis, item=item, network="x", way="api", text="w", state=states[n % 3],
            reason="account" if n % 3 == 1 else "refused", not_before=timezone.now(),
        )
        for n in range(73)
    )  # fmt: skip
    browser, address, seen, pages = signed_in(cast.liis), "/shares/", set(), 0
    while address:
        page = browser.get(address).content.decode()
        assert "73 need a word from you." in page
        seen |= numbers(page)
        pages += 1
        on = re.search(r'href="(\?[^"]*)">Next<', page)
        address = f"/shares/{on[1].partition('#')[0]}" if on else ""
    assert pages == 4
    assert seen == set(Share.objects.values_list("pk", flat=True))


def test_plans_turn_too_and_leave_the_other_pages_as_they_are(cast: Cast, signed_in: SignIn) -> None:
    for n in range(21):
        made(cast.liis, State.PLANNED, at=timezone.now() + timedelta(hours=n + 1), published_at=None)
        made(cast.liis, State.UNKNOWN, "silence", published_at=None)
    page = signed_in(cast.liis).get("/shares/?asks=2").content.decode()
    assert 'href="?asks=1#asks">Back<' in page
    assert 'href="?asks=2&amp;plans=2#plans">Next<' in page


@pytest.mark.parametrize("asked", ["asks=0", "asks=²", "asks=99999999999999999999999", "asks=-1&plans=x&page="])
def test_a_page_that_is_not_there_is_the_nearest_one(cast: Cast, signed_in: SignIn, asked: str) -> None:
    made(cast.liis, State.UNKNOWN, "silence", published_at=None)
    answer = signed_in(cast.liis).get(f"/shares/?{asked}")
    assert answer.status_code == 200
    assert len(numbers(answer.content.decode())) == 1


@pytest.mark.parametrize(
    ("state", "reason", "heap"),
    [
        (State.UNKNOWN, "silence", mine.asks),
        (State.UNKNOWN, "opened", mine.asks),
        (State.FAILED, "refused", mine.asks),
        (State.FAILED, "denied", mine.done),
        (State.HELD, "account", mine.asks),
        (State.HELD, "rule", mine.asks),
        (State.HELD, "eyes-returned", mine.asks),
        (State.HELD, "crisis", mine.asks),
        (State.HELD, "eyes", mine.waits),
        (State.HELD, "cap", mine.waits),
        (State.HELD, "paused", mine.waits),
        (State.HELD, "credits", mine.waits),
        (State.HELD, "no-app", mine.waits),
        (State.SENDING, "", mine.planned),
        (State.PLANNED, "rate-limit", mine.planned),
        (State.PUBLISHED, "", mine.done),
        (State.REMOVED, "", mine.done),
        (State.CANCELLED, "given-up-unsure", mine.done),
    ],
)
def test_each_stands_in_one_place_by_what_it_asks_of_its_person(
    cast: Cast, state: State, reason: str, heap: Any
) -> None:
    share = made(cast.liis, state, reason)
    assert [one for one in HEAPS if one(cast.liis).filter(pk=share.pk).exists()] == [heap]
    assert not any(one(cast.mart).exists() for one in HEAPS)


def test_every_state_but_the_one_that_waits_for_approval_stands_somewhere(cast: Cast) -> None:
    for state in State:
        share = made(cast.liis, state, "whatever")
        places = sum(one(cast.liis).filter(pk=share.pk).exists() for one in HEAPS)
        assert places == (0 if state == State.WAITING else 1), state


def test_while_a_crisis_lasts_its_posts_need_patience_and_after_it_a_word(cast: Cast, signed_in: SignIn) -> None:
    about, beside = factories.item(), factories.item()
    topic = Topic.objects.create(slug="robots", names={"en": "Robots", "et": "Robotid"})
    about.topics.add(topic)
    inside = made(cast.liis, State.HELD, "crisis", item=about)
    outside = made(cast.liis, State.HELD, "crisis", item=beside)
    begun = Crisis.objects.create(why="w", only=Crisis.Only.TOPIC, topic=topic)
    memory.forget("crisis")
    assert list(mine.waits(cast.liis)) == [inside]
    assert list(mine.asks(cast.liis)) == [outside]  # of an earlier crisis
    assert "1 needs a word from you." in signed_in(cast.liis).get("/shares/").content.decode()
    Crisis.objects.filter(pk=begun.pk).update(lasting=None)
    memory.forget("crisis")
    assert set(mine.asks(cast.liis)) == {inside, outside}

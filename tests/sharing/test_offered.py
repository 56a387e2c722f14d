"""The composer offers times of the chosen places only, also as they change, to the person and to a delegate."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content.models import Item
from kaja.networks.models import ConnectedAccount
from kaja.people import delegations
from kaja.people.models import Person
from kaja.sharing import timing
from kaja.sharing.models import BestTime, QueueSlot
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


@pytest.fixture
def item() -> Item:
    return factories.item("NW-7 is here", live_until=timezone.now() + timedelta(days=90))


@pytest.fixture
def two(cast: Cast) -> list[ConnectedAccount]:
    """Two accounts of Liis's, each with its own best time."""
    for network, hour in (("sandbox", 16), ("mastodon", 8)):
        BestTime.objects.create(person=cast.liis, network=network, weekday=1, hour=hour, posts=37, gain=30)
    return [factories.account(cast.liis), factories.account(cast.liis, network="mastodon", external_id="m")]


def places(*accounts: ConnectedAccount) -> list[str]:
    return [f"account:{one.pk}" for one in accounts]


def offer(page: str, name: str) -> str | None:
    """What a choice offers: "" is none, and the styles hide it; None: it is not in the answer."""
    found = re.search(
        rf'<span [^>]*id="offered-{name}"[^>]*>(.*?)(?=</label>|<span id|<div id="offers"|\Z)', page, re.DOTALL
    )
    return None if found is None else found[1].replace("</span>", "").strip()


def test_only_ticked_places_are_spoken_of_when_the_form_comes_back(
    cast: Cast, two: list[ConnectedAccount], item: Item, signed_in: SignIn
) -> None:
    sandbox, mastodon = two
    sent = {"to": places(mastodon), "text": "", "when": "now"}
    page = signed_in(cast.liis).post(f"/share/{item.pk}/", sent).content.decode()
    assert "Best time on Mastodon" in page
    assert "Best time on Sandbox" not in page
    assert sandbox.network == "sandbox"


def test_they_change_with_the_places_while_one_writes(
    cast: Cast, two: list[ConnectedAccount], item: Item, signed_in: SignIn
) -> None:
    browser, (sandbox, mastodon) = signed_in(cast.liis), two
    sent = {"text": "Hello", "seen": places(sandbox), "when": "now"}
    page = browser.post(f"/share/{item.pk}/check/", {**sent, "to": places(sandbox, mastodon)}).content.decode()
    assert page.count("Best time on") == 2
    page = browser.post(f"/share/{item.pk}/check/", {**sent, "to": places(mastodon)}).content.decode()
    assert "Best time on Mastodon" in page
    assert "Best time on Sandbox" not in page
    assert " 08:" in (offer(page, "best") or "")
    page = browser.post(f"/share/{item.pk}/check/", {**sent, "to": ["dialog:linkedin"]}).content.decode()
    assert "Best time on" not in page
    assert (offer(page, "queue"), offer(page, "best")) == ("", "")
    page = browser.post(f"/share/{item.pk}/check/", {**sent, "to": places(sandbox)}).content.decode()
    assert offer(page, "best") is None  # the same places: nothing to say


def test_a_choice_made_stays_though_its_place_went(
    cast: Cast, two: list[ConnectedAccount], item: Item, signed_in: SignIn
) -> None:
    sent = {"text": "Hello", "seen": places(*two), "to": ["dialog:linkedin"], "when": "best"}
    page = signed_in(cast.liis).post(f"/share/{item.pk}/check/", sent).content.decode()
    assert "Best time" in (offer(page, "best") or "")
    assert offer(page, "queue") == ""


def test_a_place_in_the_queue_is_offered_for_its_network_only(
    cast: Cast, two: list[ConnectedAccount], item: Item, signed_in: SignIn
) -> None:
    timing.add(person=cast.liis, weekdays=range(7), at=time(9, 10))
    QueueSlot.objects.update(network="mastodon")
    browser, (sandbox, mastodon) = signed_in(cast.liis), two
    there = browser.post(f"/share/{item.pk}/check/", {"text": "A", "to": places(mastodon)}).content.decode()
    elsewhere = browser.post(f"/share/{item.pk}/check/", {"text": "A", "to": places(sandbox)}).content.decode()
    assert "My queue" in (offer(there, "queue") or "")
    assert offer(elsewhere, "queue") == ""


def test_a_delegate_reads_the_times_of_the_chosen_accounts_on_the_clock_of_the_person(
    cast: Cast, two: list[ConnectedAccount], item: Item, signed_in: SignIn
) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(time_zone="America/New_York")
    delegations.name(person=cast.liis, delegate=cast.mart)
    browser, (sandbox, mastodon) = signed_in(cast.mart), two
    address = f"/prepare/for/{cast.liis.pk}/{item.pk}/"
    page = browser.post(address, {"text": "", "to": places(mastodon), "when": "now"}).content.decode()
    assert " 08:" in (offer(page, "best") or "")
    sent = {"text": "A", "to": places(sandbox), "seen": places(mastodon)}
    page = browser.post(f"{address}check/", sent).content.decode()
    assert " 16:" in (offer(page, "best") or "")
    assert "37" not in page  # from how many posts is no business of theirs
    assert "Set up a queue" not in page

"""A share that was tried before: what its person can still change, and why not more (D5, D7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, OutOfCredits, Permanent, Receipt, Retry, Unknown
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people import tokens
from kaja.people.models import Person
from kaja.sharing import delivery, settling, shares, timing
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
HARMLESS = (Retry("rate-limit"), OutOfCredits("credits"), NeedsReconnect("expired"), Permanent("duplicate"))
SAID = "An earlier try may have reached the network"


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def tried(cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], Share]:
    """A share whose first attempt ended like this, and that is planned once more."""

    def tries(outcome: Exception) -> Share:
        def end(*_given: object) -> Receipt:
            raise outcome

        share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="First words")
        with monkeypatch.context() as now:
            now.setattr(delivery, "_call", end)
            now.setattr(settling, "_seen", lambda _row: None)
            delivery.deliver(share.pk, worker="w")
            settling.look(share.pk)
        ConnectedAccount.objects.update(state=ConnectedAccount.State.WORKS)
        Share.objects.filter(pk=share.pk).update(state=State.PLANNED, not_before=timezone.now())
        share.refresh_from_db()
        return share

    return tries


@pytest.mark.parametrize("outcome", HARMLESS, ids=lambda one: type(one).__name__)
def test_after_a_try_without_effect_other_words_go_out_once(
    cast: Cast, tried: Callable[[Exception], Share], outcome: Exception
) -> None:
    share = tried(outcome)
    assert share.payload is not None
    assert not shares.fixed(share)
    key = share.record_key
    shares.edit(person=cast.liis, share=share, text="Second words")
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.record_key) == (State.PUBLISHED, key)
    assert SandboxPost.objects.get().text == share.text
    assert share.text.startswith("Second words")


@pytest.mark.parametrize("left", ["unknown", "cut off", "", "something new"])
def test_after_a_try_that_may_have_left_the_words_stay(
    cast: Cast, tried: Callable[[Exception], Share], left: str
) -> None:
    share = tried(Retry("rate-limit"))
    Attempt.objects.update(outcome=left)
    with pytest.raises(ValidationError, match=SAID):
        shares.edit(person=cast.liis, share=share, text="Second words")
    share.refresh_from_db()
    assert share.text.startswith("First words")
    assert share.payload is not None


def test_also_when_a_rule_that_held_it_meanwhile_forgot_what_was_frozen(
    cast: Cast, tried: Callable[[Exception], Share]
) -> None:
    share = tried(Unknown("silence"))
    Share.objects.update(state=State.HELD, reason="rule", payload=None)
    share.refresh_from_db()
    with pytest.raises(ValidationError, match=SAID):
        shares.edit(person=cast.liis, share=share, text="Second words")


def test_another_account_is_as_bad_as_other_words(cast: Cast, tried: Callable[[Exception], Share]) -> None:
    share = tried(Unknown("silence"))
    other = factories.account(cast.liis, handle="second", external_id="2")
    with pytest.raises(ValidationError, match=SAID):
        shares.edit(person=cast.liis, share=share, text="First words", account=other)


def test_the_time_can_be_changed_and_the_same_words_go_out_once_under_the_same_key(
    cast: Cast, tried: Callable[[Exception], Share]
) -> None:
    share = tried(Unknown("silence"))
    before, at = (share.record_key, share.payload), timezone.now() + timedelta(days=2)
    shares.edit(person=cast.liis, share=share, text=shares.typed(share), at=at)
    share.refresh_from_db()
    assert abs(share.not_before - at) < timedelta(hours=1)
    assert (share.record_key, share.payload) == before
    Share.objects.update(not_before=timezone.now())
    delivery.deliver(share.pk, worker="w")
    assert SandboxPost.objects.get().text.startswith("First words")


def test_whoever_claims_it_while_the_words_are_written_wins(
    cast: Cast, tried: Callable[[Exception], Share], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole try that may have left, between the reading of the row and its change."""
    share = tried(Retry("rate-limit"))
    real = shares._checked

    def slowly(*given: Any, **named: Any) -> Any:
        Attempt.objects.create(share=share, number=2, worker="other", outcome="unknown")
        return real(*given, **named)

    monkeypatch.setattr(shares, "_checked", slowly)
    with pytest.raises(ValidationError, match="going out this moment"):
        shares.edit(person=cast.liis, share=share, text="Second words")
    Attempt.objects.filter(number=2).delete()
    monkeypatch.setattr(shares, "_checked", real)
    Share.objects.update(attempts=2)
    with pytest.raises(ValidationError, match="going out this moment"):
        shares.edit(person=cast.liis, share=share, text="Second words")


# --- pages ----------------------------------------------------------------------------------------------------------
def test_its_page_says_why_the_words_stay_and_offers_another_time(
    cast: Cast, signed_in: SignIn, tried: Callable[[Exception], Share]
) -> None:
    share, browser = tried(Unknown("silence")), signed_in(cast.liis)
    page = browser.get(f"/shares/{share.pk}/").content.decode()
    area = re.search(r"<textarea[^>]*>", page)
    assert area is not None
    assert "readonly" in area[0]
    assert "hx-post" not in area[0]
    assert SAID in page
    assert "with the same words, so that it cannot appear twice" in page
    assert "Nothing has gone out so far" not in page
    assert 'id="hints"' not in page
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT12:00")
    text = shares.typed(share)
    answer = browser.post(f"/shares/{share.pk}/edit/", {"text": text, "at": at}, follow=True)
    assert "Saved." in answer.content.decode()
    share.refresh_from_db()
    assert share.not_before > timezone.now() + timedelta(days=1)


def test_words_typed_on_a_page_that_was_open_before_are_refused_and_kept(
    cast: Cast, signed_in: SignIn, tried: Callable[[Exception], Share]
) -> None:
    share = tried(Unknown("silence"))
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT12:00")
    answer = signed_in(cast.liis).post(f"/shares/{share.pk}/edit/", {"text": "My better words", "at": at})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "My better words" in page
    assert SAID in page


def test_after_a_try_without_effect_the_page_offers_other_words(
    cast: Cast, signed_in: SignIn, tried: Callable[[Exception], Share]
) -> None:
    share = tried(Retry("rate-limit"))
    page = signed_in(cast.liis).get(f"/shares/{share.pk}/").content.decode()
    assert "Nothing has gone out so far" in page
    assert "readonly" not in (re.search(r"<textarea[^>]*>", page) or [""])[0]
    assert SAID not in page


def test_rest_says_the_same(cast: Cast, tried: Callable[[Exception], Share]) -> None:
    share = tried(Unknown("silence"))
    answer = Client().patch(
        f"/api/v1/shares/{share.pk}", {"text": "Second words"}, content_type="application/json",
        headers={"Authorization": f"Bearer {tokens.create(person=cast.liis)}"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert SAID in answer.content.decode()


def test_a_place_in_the_queue_can_be_changed_after_a_try(cast: Cast, tried: Callable[[Exception], Share]) -> None:
    share = tried(Unknown("silence"))
    timing.add(person=cast.liis, weekdays=range(7), at=time(9, 10))
    place = next(timing.free(cast.liis, share.network))
    timing.move(person=cast.liis, share=share, place=place.value)
    share.refresh_from_db()
    assert share.slot_at == place.at
    assert share.payload is not None

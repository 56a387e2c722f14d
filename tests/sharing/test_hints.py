"""Rules while one writes: hints in the composer, and words that a must-rule stops on every door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from kaja.guidelines.models import Rule
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import delivery, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing

SignedIn = Callable[[Person], Client]
LINKEDIN = BY_KEY["linkedin"]
SECRET = "Project Kelp is next."


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def begin(person: Person, kind: str = "confidential", level: str = "must", **given: Any) -> Rule:
    """A rule in force from now."""
    return writing.rule(person, kind, level, **given).rule


def test_a_secret_stops_a_share_on_every_door(cast: Cast, account: ConnectedAccount, signed_in: SignedIn) -> None:
    item = factories.item()
    common: dict[str, Any] = {"person": cast.liis, "text": SECRET}
    plan = shares.share_now(person=cast.liis, item=item, account=account, text="Fine words")
    begin(cast.kadri)
    with pytest.raises(ValidationError, match="not public yet"):
        shares.share_now(item=item, account=account, **common)
    with pytest.raises(ValidationError, match="not public yet"):
        shares.open_dialog(item=item, network=LINKEDIN, **common)
    with pytest.raises(ValidationError, match="not public yet"):
        shares.edit(share=plan, **common)
    client = signed_in(cast.liis)
    page = client.post(f"/share/{item.pk}/", {"to": ["dialog:linkedin"], "text": SECRET, "when": "now"})
    assert page.status_code == 422
    assert "Project Kelp is next." in page.content.decode()
    assert "Fix 1 thing to share" in page.content.decode()
    body = json.dumps({"item": item.pk, "text": SECRET, "dialog": "linkedin"})
    answer = client.post("/api/v1/shares", body, content_type="application/json")
    assert answer.status_code == 422
    assert "not public yet" in answer.json()["detail"]
    assert Share.objects.count() == 1


def test_a_secret_does_not_hide_behind_the_end_of_what_is_read(cast: Cast) -> None:
    begin(cast.kadri)
    with pytest.raises(ValidationError, match="longer than any network"):
        shares.open_dialog(
            person=cast.liis, item=factories.item(), network=BY_KEY["copy"], text="x " * 5001 + SECRET
        )  # fmt: skip


def test_advice_stops_nothing(cast: Cast) -> None:
    begin(cast.kadri, "spelling", "should", form={"right": "Nordwind"})
    shares.open_dialog(person=cast.liis, item=factories.item(), network=LINKEDIN, text="NordWind is here")
    assert Share.objects.get().text.startswith("NordWind")


def test_a_rule_of_one_language_looks_at_own_words_but_not_at_suggested_ones_of_another(cast: Cast) -> None:
    begin(cast.kadri, languages=["et"])
    caption, own = factories.item("One", SECRET).captions.get(), factories.item("Two")
    common: dict[str, Any] = {"person": cast.liis, "network": LINKEDIN, "text": SECRET}
    shares.open_dialog(item=caption.item, caption=caption, **common)
    with pytest.raises(ValidationError, match="not public yet"):
        shares.open_dialog(item=own, **common)


def test_a_secret_may_be_planned_for_the_day_it_is_public(cast: Cast, account: ConnectedAccount) -> None:
    item, day = factories.item(live_until=None), timezone.now() + timedelta(days=6)
    begin(cast.kadri, form={"words": ["Project Kelp", "Kelp-projekt"], "until": day.isoformat()})
    shares.schedule(person=cast.liis, item=item, account=account, text=SECRET, at=day + timedelta(hours=1))
    with pytest.raises(ValidationError, match="You can mention it from"):
        shares.schedule(person=cast.liis, item=item, account=account, text="Kelp-projekt", at=day - timedelta(hours=1))


def test_a_rule_that_began_meanwhile_holds_the_share_until_its_words_are_changed(
    cast: Cast, account: ConnectedAccount
) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text=SECRET)
    begin(cast.kadri)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.HELD, "rule")
    assert "not public yet" in share.detail
    assert share.tries.count() == 0
    shares.edit(person=cast.liis, share=share, text="Something is next.", at=timezone.now() - timedelta(days=1))
    assert share.state == State.PLANNED
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.detail) == (State.PUBLISHED, "")


def test_a_share_that_is_tried_again_is_looked_at_again(cast: Cast, account: ConnectedAccount) -> None:
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text=SECRET)
    Share.objects.filter(pk=share.pk).update(payload={"text": SECRET}, record_key="k")
    begin(cast.kadri)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.payload) == (State.HELD, None)


def test_the_held_share_says_why_in_its_persons_language(
    cast: Cast, account: ConnectedAccount, signed_in: SignedIn
) -> None:
    cast.liis.language = "et"
    cast.liis.save()
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text=SECRET)
    begin(cast.kadri, reasons={"en": "Not yet.", "et": "„{words}“ pole veel avalik."})
    delivery.deliver(share.pk, worker="w")
    client = signed_in(cast.liis)
    assert "„Project Kelp“ pole veel avalik." in client.get(f"/shares/{share.pk}/").content.decode()
    assert f'href="/shares/{share.pk}/"' in client.get("/shares/").content.decode()


def test_the_composer_shows_hints_with_reason_and_a_button_that_mends(cast: Cast, signed_in: SignedIn) -> None:
    item = factories.item("NW-7", "NordWind made this")
    begin(cast.kadri, "spelling", "should", form={"right": "Nordwind"}, piece="0123abcd")
    client = signed_in(cast.liis)
    page = client.get(f"/share/{item.pk}/").content.decode()
    assert "We write Nordwind." in page
    assert "/guidelines/#0123abcd" in page
    typed = {
        "to": ["dialog:linkedin"],
        "text": "Ja nii:\r\nNordWindis tehtud",
        "when": "now",
        "fix": f"{Rule.objects.get().pk}:8:18",
    }
    answer = client.post(f"/share/{item.pk}/", typed)
    assert answer.status_code == 200
    assert "Ja nii:\nNordwindis tehtud" in answer.content.decode()
    assert "We write Nordwind." not in answer.content.decode()
    assert Share.objects.count() == 0


def test_checking_while_one_writes_answers_with_hints_and_the_button(cast: Cast, signed_in: SignedIn) -> None:
    item = factories.item()
    begin(cast.kadri)
    begin(cast.kadri, "hashtag", "should", form={"words": ["#NordwindTeam"]}, networks=["linkedin"])
    client = signed_in(cast.liis)
    page = client.post(f"/share/{item.pk}/check/", {"to": ["dialog:linkedin"], "text": SECRET}).content.decode()
    assert "not public yet" in page
    assert "#NordwindTeam" in page
    assert "Fix 1 thing to share" in page
    assert 'data-said="1 thing to fix. 1 hint."' in page
    page = client.post(f"/share/{item.pk}/check/", {"to": ["dialog:x"], "text": "Fine"}).content.decode()
    assert "#NordwindTeam" not in page
    assert "Nothing in the guidelines speaks against these words." in page


def test_words_of_a_colleague_are_noticed_in_the_same_list(cast: Cast, signed_in: SignedIn) -> None:
    item = factories.item()
    shares.open_dialog(person=cast.mart, item=item, network=LINKEDIN, text="The fridge lost against our new robot.")
    words = {"to": ["dialog:linkedin"], "text": "The fridge lost against our new robot!"}
    page = signed_in(cast.liis).post(f"/share/{item.pk}/check/", words).content.decode()
    assert "1 colleague has shared this in nearly these words" in page


def test_checking_takes_as_many_queries_with_many_rules_as_with_few(
    cast: Cast, signed_in: SignedIn, django_assert_num_queries: Any
) -> None:
    item, client = factories.item(), signed_in(cast.liis)
    words = {"to": ["dialog:linkedin"], "text": SECRET}
    client.post(f"/share/{item.pk}/check/", words)
    for number in (1, 40):
        for _each in range(number):
            begin(cast.kadri)
        with django_assert_num_queries(QUERIES):
            client.post(f"/share/{item.pk}/check/", words)


QUERIES = 11

"""What goes wrong between the feed and Share: each is told in words, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content.models import Item
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people import audiences
from kaja.people.models import Person
from kaja.sharing import shares
from kaja.sharing.models import Share
from tests import factories
from tests.cast import Cast
from tests.sharing.test_shares import form

SignIn = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("2020-01-01T10:00", "This time has passed."),
        ("-5", "Choose a day and a time."),
        ("", "Choose a day and a time."),
        ("9999-12-31T23:59", "more than a year away"),
        ("0001-01-01T00:00", "Choose a day and a time."),
        ("tomorrow", "Choose a day and a time."),
    ],
)
def test_an_absurd_time_is_told_beside_the_field_and_keeps_the_words(
    cast: Cast, signed_in: SignIn, account: ConnectedAccount, at: str, sentence: str
) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    address = f"/share/{item.pk}/"
    sent = form(browser.get(address).content.decode(), to=[f"account:{account.pk}"], text="My words", when="at", at=at)
    answer = browser.post(address, sent)
    page = answer.content.decode()
    assert (answer.status_code, Share.objects.count()) == (422, 0)
    assert sentence in page
    assert "My words" in page
    assert 'value="at" checked' in page


def test_the_hour_that_summer_time_leaves_out_does_not_exist(
    cast: Cast, signed_in: SignIn, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 3, 20, tzinfo=UTC))
    item, browser = factories.item(live_until=None), signed_in(cast.liis)
    share = shares.schedule(
        person=cast.liis, item=item, account=account, text="A", at=timezone.now() + timedelta(days=2)
    )
    answer = browser.post(f"/shares/{share.pk}/edit/", {"text": "New words", "at": "2027-03-28T03:30"})
    assert answer.status_code == 422
    assert "03:30 does not exist" in answer.content.decode()
    assert "New words" in answer.content.decode()
    share.refresh_from_db()
    assert share.text.startswith("A ")


def test_a_refused_change_keeps_what_was_typed(cast: Cast, signed_in: SignIn, account: ConnectedAccount) -> None:
    browser = signed_in(cast.liis)
    at = timezone.now() + timedelta(days=2)
    share = shares.schedule(person=cast.liis, item=factories.item(), account=account, text="A", at=at)
    long = "x" * 900
    for fields in ({"text": long, "at": f"{at:%Y-%m-%dT%H:%M}"}, {"text": long, "at": "2020-01-01T10:00"}):
        answer = browser.post(f"/shares/{share.pk}/edit/", fields)
        assert answer.status_code == 422
        assert long in answer.content.decode()
    share.refresh_from_db()
    assert share.text.startswith("A ")


def test_a_story_taken_back_while_somebody_writes_gives_the_words_back(
    cast: Cast, signed_in: SignIn, account: ConnectedAccount
) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    page = browser.get(f"/share/{item.pk}/").content.decode()
    sent = form(page, to=[f"account:{account.pk}"], text="An hour of my words")
    for fields in ({"state": Item.State.WITHDRAWN}, {"state": Item.State.APPROVED, "live_until": timezone.now()}):
        Item.objects.filter(pk=item.pk).update(**fields)
        answer = browser.post(f"/share/{item.pk}/", sent)
        assert answer.status_code == 422
        assert "can no longer be shared" in answer.content.decode()
        assert "An hour of my words" in answer.content.decode()
    assert browser.get(f"/share/{item.pk}/").status_code == 404
    assert not Share.objects.exists()


def test_a_draft_or_what_is_meant_for_others_is_404_even_with_words(cast: Cast, signed_in: SignIn) -> None:
    riga = factories.item(audience=audiences.everyone_or(teams=(), locations=("Riga",), languages=()))
    for item in (factories.item(state="draft"), riga):
        answer = signed_in(cast.liis).post(f"/share/{item.pk}/", {"to": ["dialog:x"], "text": "A", "when": "now"})
        assert answer.status_code == 404


def test_two_tabs_of_the_same_story_are_one_share(cast: Cast, signed_in: SignIn, account: ConnectedAccount) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    tabs = [browser.get(f"/share/{item.pk}/").content.decode() for _tab in range(2)]
    for page in tabs:
        browser.post(f"/share/{item.pk}/", form(page, to=[f"account:{account.pk}"], text="The same words"))
    assert Share.objects.count() == 1


def test_html_in_words_stays_words_everywhere(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    share = shares.open_dialog(
        person=cast.liis, item=item, network=BY_KEY["linkedin"], text="<script>alert(1)</script>"
    )
    for address in (f"/shares/{share.pk}/", f"/shares/sent/?share={share.pk}", f"/share/{item.pk}/"):
        page = browser.get(address).content.decode()
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in browser.get(f"/shares/{share.pk}/").content.decode()


def test_in_the_dialog_a_finished_share_is_a_toast_and_a_refused_one_comes_back(
    cast: Cast, signed_in: SignIn, account: ConnectedAccount
) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    page = browser.get(f"/share/{item.pk}/", headers=HTMX).content.decode()
    refused = browser.post(f"/share/{item.pk}/", form(page, to=[], text="My words"), headers=HTMX)
    assert refused.status_code == 422
    assert "<html" not in refused.content.decode()
    done = browser.post(f"/share/{item.pk}/", form(page, to=[f"account:{account.pk}"], text="My words"), headers=HTMX)
    share = Share.objects.get()
    assert (done.status_code, done["Kaja-Share"]) == (204, str(share.pk))
    after = browser.get("/").content.decode()
    assert "On its way to Sandbox." in after
    assert f'data-share="{share.pk}"' in after
    dialog = browser.post(f"/share/{item.pk}/", {"to": ["dialog:x"], "text": "Mine", "when": "now"}, headers=HTMX)
    assert dialog["HX-Redirect"].startswith("/shares/sent/?share=")

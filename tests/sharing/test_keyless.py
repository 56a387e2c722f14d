"""The company's keys for a network are forgotten: what is planned waits, accounts say what is the matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django_tasks_db.models import DBTaskResult

from kaja.jobs import tasks
from kaja.networks import company_apps, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.people.models import Person
from kaja.sharing import composing, delivery, keyless, shares
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.networks import guild
from tests.networks.guild import Server

SignIn = Callable[[Person], Client]
KEYS = {"client_id": "id-1", "client_secret": "s3cret", "region": "south"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return guild.opened(monkeypatch)


@pytest.fixture
def account(cast: Cast, server: Server) -> ConnectedAccount:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    return factories.account(cast.liis, "guild")


def planned(cast: Cast, account: ConnectedAccount) -> Share:
    return shares.share_now(person=cast.liis, item=factories.item(), account=account, text="Short.")


def forget(cast: Cast) -> None:
    company_apps.forget(person=cast.aado, app=NetworkApp.objects.get())


def work_off() -> None:
    for row in DBTaskResult.objects.filter(status="READY"):
        row.delete()
        tasks.run.call(**row.args_kwargs["kwargs"])


def test_what_is_planned_waits_and_goes_on_when_there_are_keys_again_without_anybody_signing_in(
    cast: Cast, account: ConnectedAccount
) -> None:
    share = planned(cast, account)
    forget(cast)
    work_off()
    share.refresh_from_db()
    assert (share.state, share.reason) == (State.HELD, "no-app")
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    work_off()
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert share.state == State.PUBLISHED


def test_one_that_comes_due_before_the_rest_is_held_does_not_try_and_does_not_fail(
    cast: Cast, account: ConnectedAccount
) -> None:
    share = planned(cast, account)
    forget(cast)
    delivery.deliver(share.pk, worker="w")  # the consequence has not been worked off yet
    share.refresh_from_db()
    account.refresh_from_db()
    assert (share.state, share.reason, share.tries.count()) == (State.HELD, "no-app", 0)
    assert account.state == ConnectedAccount.State.WORKS


def test_keys_that_go_while_a_post_is_under_way_hold_it_and_no_attempt_is_counted(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = planned(cast, account)
    ready = delivery._post

    def forgotten_now(*arguments: object) -> object:
        forget(cast)
        return ready(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "_post", forgotten_now)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    account.refresh_from_db()
    assert (share.state, share.reason, share.attempts) == (State.HELD, "no-app", 0)
    assert account.state == ConnectedAccount.State.WORKS


def test_keys_that_came_back_some_other_way_are_noticed(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(cast, account)
    Share.objects.update(state=State.HELD, reason="no-app")
    kept = NetworkApp.objects.get()
    NetworkApp.objects.update(sealed=b"sealed with a key that is gone")
    keyless.probe()
    share.refresh_from_db()
    assert share.state == State.HELD
    NetworkApp.objects.update(sealed=kept.sealed)
    keyless.probe()
    share.refresh_from_db()
    assert share.state == State.PLANNED


def test_a_network_that_needs_no_keys_is_left_alone(cast: Cast) -> None:
    own = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    share = shares.share_now(person=cast.liis, item=factories.item(), account=own, text="A")
    keyless.hold("sandbox")
    share.refresh_from_db()
    assert share.state == State.PLANNED


def test_accounts_say_what_is_the_matter_and_the_post_says_what_it_waits_for(
    cast: Cast, account: ConnectedAccount, signed_in: SignIn
) -> None:
    share = planned(cast, account)
    browser = signed_in(cast.liis)
    assert "The company’s keys are missing" not in browser.get("/me/accounts/").content.decode()
    forget(cast)
    work_off()
    said = " ".join(browser.get("/me/accounts/").content.decode().split())
    assert "The company’s keys are missing. 1 post waits." in said
    assert "account needs you" not in said
    page = browser.get(f"/shares/{share.pk}/").content.decode()
    assert "Waits for the company’s keys" in page
    assert "Post it by hand" in page


def test_nothing_new_is_planned_there_and_the_networks_own_window_is_offered_instead(
    cast: Cast, account: ConnectedAccount
) -> None:
    item = factories.item()
    assert f"account:{account.pk}" in [target.value for target in composing.targets(cast.liis, item)]
    forget(cast)
    offered = [target.value for target in composing.targets(cast.liis, item)]
    assert f"account:{account.pk}" not in offered
    assert "dialog:guild" in offered
    with pytest.raises(ValidationError, match="keys are missing"):
        shares.share_now(person=cast.liis, item=item, account=account, text="Short.")

"""What happens meanwhile: while a post is being sent the world goes on, and delivery must not be fooled by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja import vault
from kaja.content.models import Item
from kaja.networks import connecting, sandbox
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Connected, NeedsReconnect, Permanent, Receipt, Retry, Session, Unknown
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people.models import Person
from kaja.sharing import claiming, delivery, places, settling, shares
from kaja.sharing.models import Attempt, Share
from kaja.sharing.rows import Row
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db
RECEIPT = Receipt("sandbox:liis.tamm/late", "http://localhost:8000/sandbox/#post-late")


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def share(cast: Cast, account: ConnectedAccount) -> Share:
    return shares.share_now(person=cast.liis, item=factories.item("NW-7"), account=account, text="Meanwhile")


def sending(share: Share, worker: str = "one") -> tuple[Share, Attempt]:
    """The share in the hands of a worker whose call is under way."""
    (claimed,) = claiming.claim([share.pk], worker=worker)
    attempt = delivery.prepare(claimed)
    assert attempt is not None
    return claimed, attempt


def state(share: Share) -> tuple[str, str]:
    share.refresh_from_db()
    return share.state, share.reason


def lease_ends(share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    settling.sweep()


def jobs(function: str) -> int:
    return sum(job.args_kwargs["kwargs"]["function"] == function for job in DBTaskResult.objects.all())


# --- a call that takes longer than its lease ---------------------------------------------------------------------
@pytest.mark.parametrize("believed", [State.UNKNOWN, State.PLANNED, State.HELD, State.FAILED, State.CANCELLED])
def test_a_receipt_that_comes_late_is_proof_whatever_was_believed_meanwhile(share: Share, believed: State) -> None:
    claimed, attempt = sending(share)
    Share.objects.filter(pk=share.pk).update(state=believed)
    delivery.settle(claimed, attempt, RECEIPT)
    share.refresh_from_db()
    assert (share.state, share.post_id) == (State.PUBLISHED, RECEIPT.post_id)


@pytest.mark.parametrize("late", [Retry("rate-limit"), Permanent("refused"), Unknown("silence"), NeedsReconnect("x")])
def test_a_late_failure_does_not_disturb_the_attempt_that_the_same_worker_makes_now(
    share: Share, late: Exception
) -> None:
    first, attempt = sending(share)
    lease_ends(share)
    settling.look(share.pk)  # not there: planned again
    Share.objects.filter(pk=share.pk).update(not_before=timezone.now())
    sending(share)
    delivery.settle(first, attempt, late)  # type: ignore[arg-type]
    share.refresh_from_db()
    assert (share.state, share.attempts) == (State.SENDING, 2)


def test_a_clock_that_was_put_back_does_not_keep_a_dead_workers_claim_for_ever(share: Share) -> None:
    sending(share)
    Share.objects.filter(pk=share.pk).update(lease_until=timezone.now() + timedelta(hours=3))
    settling.sweep()
    assert state(share) == (State.UNKNOWN, "worker-lost")


def test_what_never_gets_as_far_as_an_attempt_is_not_tried_for_ever(share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(attempts=delivery.ATTEMPTS - 1)
    assert claiming.claim([share.pk], worker="one")
    lease_ends(share)
    assert state(share) == (State.FAILED, "too-often")


# --- the person acts while it is being sent ----------------------------------------------------------------------
def test_what_is_being_sent_can_be_neither_denied_confirmed_nor_dropped(cast: Cast, share: Share) -> None:
    claimed, attempt = sending(share)
    shares.deny(person=cast.liis, share=share)
    shares.confirm(person=cast.liis, share=share)
    with pytest.raises(ValidationError):
        shares.cancel(person=cast.liis, share=share)
    assert state(share)[0] == State.SENDING
    delivery.settle(claimed, attempt, RECEIPT)
    share.refresh_from_db()
    assert (share.state, share.post_id) == (State.PUBLISHED, RECEIPT.post_id)


def test_what_may_be_out_cannot_be_dropped_as_if_it_were_not(cast: Cast, share: Share) -> None:
    claimed, attempt = sending(share)
    delivery.settle(claimed, attempt, Unknown("silence"))
    with pytest.raises(ValidationError):
        shares.cancel(person=cast.liis, share=share)


def test_a_look_that_finds_nothing_does_not_wake_what_its_person_denied(
    cast: Cast, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed, attempt = sending(share)
    delivery.settle(claimed, attempt, Unknown("silence"))
    real = settling._seen

    def slowly(row: Share) -> Receipt | None:
        shares.deny(person=cast.liis, share=Share.objects.get(pk=row.pk))
        return real(row)

    monkeypatch.setattr(settling, "_seen", slowly)
    settling.look(share.pk)
    assert state(share) == (State.FAILED, "denied")


def test_a_click_says_that_it_is_out_and_the_look_still_brings_the_posts_own_id(
    share: Share, account: ConnectedAccount
) -> None:
    claimed, attempt = sending(share)
    delivery._call(claimed, attempt, BY_KEY["sandbox"], delivery._post(claimed, BY_KEY["sandbox"]))
    delivery.settle(claimed, attempt, Unknown("silence"))
    assert share.link_id
    settling.confirm_by_click(share.link_id)
    settling.look(share.pk)
    share.refresh_from_db()
    assert share.post_id == f"{account.external_id}/{share.record_key}"
    assert share.confirmed == Share.Confirmed.NETWORK


def test_a_post_known_by_a_click_only_is_removed_on_the_network_too(cast: Cast, share: Share) -> None:
    claimed, attempt = sending(share)
    delivery._call(claimed, attempt, BY_KEY["sandbox"], delivery._post(claimed, BY_KEY["sandbox"]))
    delivery.settle(claimed, attempt, Unknown("silence"))
    assert share.link_id
    settling.confirm_by_click(share.link_id)
    share.refresh_from_db()
    shares.remove(person=cast.liis, share=share)
    assert not SandboxPost.objects.exists()


# --- the company acts before it is sent ---------------------------------------------------------------------------
def left(share: Share) -> None:
    Person.objects.filter(pk=share.person_id).update(is_active=False)


def withdrawn(share: Share) -> None:
    Item.objects.filter(pk=share.item_id).update(state=Item.State.WITHDRAWN)


def ended(share: Share) -> None:
    Item.objects.filter(pk=share.item_id).update(live_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("happens", [left, withdrawn, ended])
def test_nothing_goes_out_for_who_left_or_of_what_is_over(share: Share, happens: Callable[[Share], None]) -> None:
    happens(share)
    delivery.deliver(share.pk, worker="one")
    assert state(share) == (State.CANCELLED, happens.__name__)
    assert not SandboxPost.objects.exists()
    assert not Attempt.objects.exists()
    assert Row(share).sentence


def test_a_person_whose_rows_are_deleted_while_sending_leaves_no_error(cast: Cast, share: Share) -> None:
    claimed, attempt = sending(share)
    Share.objects.filter(pk=share.pk).delete()
    delivery.settle(claimed, attempt, RECEIPT)
    assert claiming.claim([share.pk], worker="two") == []


# --- the account changes while it is being sent ------------------------------------------------------------------
def test_disconnected_while_sending_it_waits_for_the_account(cast: Cast, share: Share) -> None:
    (claimed,) = claiming.claim([share.pk], worker="one")
    account = ConnectedAccount.objects.get()
    connecting.disconnect(person=cast.liis, account=account)
    delivery.carry_out(claimed)
    assert state(share) == (State.HELD, "account")
    assert not SandboxPost.objects.exists()


def test_an_old_permission_that_is_refused_does_not_break_the_new_one(cast: Cast, share: Share) -> None:
    claimed, attempt = sending(share)
    connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])  # signed in again meanwhile
    delivery.settle(claimed, attempt, NeedsReconnect("refused-token"))
    assert state(share)[0] == State.PLANNED
    assert ConnectedAccount.objects.get().state == ConnectedAccount.State.WORKS


def test_what_was_unknown_is_looked_for_again_when_the_account_works_again(share: Share) -> None:
    claimed, attempt = sending(share)
    delivery.settle(claimed, attempt, Unknown("silence"))
    DBTaskResult.objects.all().delete()
    assert share.account_id
    delivery.release(share.account_id)
    assert jobs("kaja.sharing.settling.look") == 1


# --- tokens ------------------------------------------------------------------------------------------------------
@pytest.fixture
def renewing(monkeypatch: pytest.MonkeyPatch, account: ConnectedAccount) -> dict[str, Any]:
    """A sandbox whose tokens end: `renew` may be replaced in the dictionary, `calls` counts."""
    how: dict[str, Any] = {"calls": 0}
    api = BY_KEY["sandbox"].api

    def renew(_http: object, session: Session) -> Connected:
        how["calls"] += 1
        if "meanwhile" in how:
            how["meanwhile"]()
        if "raises" in how:
            raise how["raises"]
        return Connected(session.external_id, session.handle, "", {"token": sandbox.token(session.external_id)})

    changed = dataclasses.replace(BY_KEY["sandbox"], api=dataclasses.replace(api, renew=renew))  # type: ignore[type-var]
    monkeypatch.setitem(BY_KEY, "sandbox", changed)
    return how


def test_a_token_refused_before_its_time_is_renewed_once_and_the_post_goes_out(
    share: Share, renewing: dict[str, Any]
) -> None:
    ConnectedAccount.objects.update(sealed=vault.seal({"token": "not any more"}))
    delivery.deliver(share.pk, worker="one")
    assert state(share)[0] == State.PUBLISHED
    assert renewing["calls"] == 1


def test_doubt_about_a_renewal_is_no_doubt_about_the_post(share: Share, renewing: dict[str, Any]) -> None:
    ConnectedAccount.objects.update(expires_at=timezone.now())
    renewing["raises"] = Unknown("silence")
    delivery.deliver(share.pk, worker="one")
    assert state(share) == (State.PLANNED, "silence")


def test_two_workers_renew_once_and_the_second_waits(account: ConnectedAccount, renewing: dict[str, Any]) -> None:
    ConnectedAccount.objects.update(expires_at=timezone.now())
    second: list[Exception] = []

    def meanwhile() -> None:
        try:
            connecting.session(ConnectedAccount.objects.get(pk=account.pk))
        except Retry as asked:
            second.append(asked)

    renewing["meanwhile"] = meanwhile
    connecting.session(account)
    assert [str(one) for one in second] == ["renewing"]
    assert renewing["calls"] == 1
    assert connecting.session(ConnectedAccount.objects.get()).secrets["token"]


def test_tokens_renewed_while_their_person_disconnects_do_not_come_back(
    cast: Cast, account: ConnectedAccount, renewing: dict[str, Any]
) -> None:
    ConnectedAccount.objects.update(expires_at=timezone.now())
    renewing["meanwhile"] = lambda: connecting.disconnect(person=cast.liis, account=account)
    with pytest.raises(Retry):
        connecting.session(account)
    account.refresh_from_db()
    assert account.sealed is None


def test_a_renewal_that_is_refused_asks_the_person_to_sign_in(share: Share, renewing: dict[str, Any]) -> None:
    ConnectedAccount.objects.update(expires_at=timezone.now())
    renewing["raises"] = NeedsReconnect("refused-token", "invalid_grant")
    delivery.deliver(share.pk, worker="one")
    assert state(share) == (State.HELD, "account")
    assert ConnectedAccount.objects.get().state == ConnectedAccount.State.NEEDS_RECONNECT


# --- our own faults ----------------------------------------------------------------------------------------------
def test_a_fault_of_ours_before_the_call_is_certain_to_have_sent_nothing(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_all: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(delivery, "_post", broken)
    delivery.deliver(share.pk, worker="one")
    assert state(share) == (State.PLANNED, "not-ready")


def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has just begun."""
    monkeypatch.setattr(places, "_pool", None)
    monkeypatch.setattr(places, "_nothing", (0.0, frozenset()))
    for name in ("_busy", "_seen", "_hand"):
        monkeypatch.setattr(places, name, {})


def test_a_long_queue_of_one_slow_network_hides_nobody_elses(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, now = factories.item(), timezone.now()
    plan = {"person": cast.liis, "item": item, "way": "api", "account": account, "text": "w", "state": "planned"}
    Share.objects.bulk_create(
        Share(**plan, network="bluesky", not_before=now - timedelta(hours=1)) for _number in range(100)
    )
    quick = Share.objects.create(**plan, network="sandbox", not_before=now - timedelta(minutes=1))
    begun: list[int] = []

    class Pool:
        def __init__(self, *_all: object, **_named: object) -> None: ...

        def submit(self, _function: object, share: Share) -> None:
            begun.append(share.pk)

    monkeypatch.setattr(places, "ThreadPoolExecutor", Pool)
    empty(monkeypatch)
    while places.turn(worker="one"):
        pass
    assert quick.pk in begun
    assert len(begun) == len(set(begun)) == places.PER_NETWORK + 1


def test_long_queues_of_as_many_networks_as_have_places_hide_nobody_elses(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, now = factories.item(), timezone.now()
    plan = {"person": cast.liis, "item": item, "way": "api", "account": account, "text": "w", "state": "planned"}
    busy = [f"network-{number}" for number in range(places.AT_ONCE // places.PER_NETWORK + 1)]
    Share.objects.bulk_create(
        Share(**plan, network=network, not_before=now - timedelta(hours=1)) for network in busy for _one in range(80)
    )
    quick = Share.objects.create(**plan, network="sandbox", not_before=now - timedelta(seconds=1))
    begun: list[int] = []
    empty(monkeypatch)

    def begin(share: Share) -> None:
        places._busy[share.pk] = share.network
        begun.append(share.pk)

    monkeypatch.setattr(places, "_submit", begin)
    places.turn(worker="one")
    assert quick.pk in begun
    assert len(begun) == places.AT_ONCE

"""Claims by the handful: what is taken, what is given back, and what has waited too long in the hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.sharing import claiming, places
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def due(cast: Cast, account: ConnectedAccount) -> list[Share]:
    """A long queue on one network."""
    item, now = factories.item(), timezone.now()
    return Share.objects.bulk_create(
        Share(
            person=cast.liis, item=item, network=account.network, way="api", account=account, text=f"Words {number}",
            state=State.PLANNED, not_before=now - timedelta(minutes=5),
        )
        for number in range(places.LONG + 8)
    )  # fmt: skip


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> list[Share]:
    """A worker that has just begun, and begins nothing for real: what it would have begun."""
    begun: list[Share] = []

    def begin(share: Share) -> None:
        places._busy[share.pk] = share.network
        begun.append(share)

    monkeypatch.setattr(places, "_submit", begin)
    monkeypatch.setattr(places, "_nothing", (0.0, frozenset()))
    for name in ("_busy", "_seen", "_hand", "_took"):
        monkeypatch.setattr(places, name, {})
    return begun


def states() -> dict[str, int]:
    return {state: Share.objects.filter(state=state).count() for state in ("planned", "sending")}


def test_a_claim_takes_what_is_planned_and_due_and_leaves_the_rest(due: list[Share]) -> None:
    Share.objects.filter(pk=due[0].pk).update(state=State.CANCELLED)
    Share.objects.filter(pk=due[1].pk).update(not_before=timezone.now() + timedelta(hours=1))
    assert len(claiming.claim([due[2].pk], worker="other")) == 1
    taken = claiming.claim([share.pk for share in due[:5]], worker="one")
    assert [share.pk for share in taken] == [due[3].pk, due[4].pk]
    assert {share.worker for share in taken} == {"one"}


def test_delivery_asks_as_much_for_many_claims_as_for_few(
    due: list[Share], django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for number in (2, 12):
        chosen = [share.pk for share in due[:number]]
        Share.objects.update(state=State.PLANNED)
        with django_assert_num_queries(5):
            for share in claiming.claim(chosen, worker="one"):
                read = [*share.item.previews.all(), *share.item.attachments.all()]
                assert share.person.roles == {"advocate"}
                assert not read


def test_of_a_network_that_nobody_knows_to_be_quick_only_as_many_are_taken_as_can_begin(
    due: list[Share], idle: list[Share]
) -> None:
    places.turn(worker="one")
    assert len(idle) == places.PER_NETWORK
    assert states()["sending"] == places.PER_NETWORK


def test_of_a_quick_one_a_handful_is_taken_and_given_back_by_a_worker_that_stops(
    due: list[Share], idle: list[Share], account: ConnectedAccount
) -> None:
    places._took[account.network] = 0.1
    places.turn(worker="one")
    assert len(idle) == places.PER_NETWORK
    assert states()["sending"] == places.HANDFUL
    places.finish()
    assert states()["sending"] == places.PER_NETWORK
    back = Share.objects.filter(state=State.PLANNED)
    assert set(back.values_list("attempts", "worker", "lease_until")) == {(0, "", None)}


def test_what_has_waited_in_the_hand_is_read_anew(
    due: list[Share], idle: list[Share], account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    places._took[account.network] = 0.1
    places.turn(worker="one")
    waiting = [held.share.pk for held in places._hand[account.network]]
    Share.objects.filter(pk=waiting[0]).update(text="Other words")
    Share.objects.filter(pk=waiting[1]).update(lease_until=timezone.now() - timedelta(seconds=1))
    Share.objects.filter(pk=waiting[2]).update(worker="another")
    monkeypatch.setattr(places, "FRESH", -1.0)
    places._busy.clear()
    idle.clear()
    places.turn(worker="one")
    assert idle[0].text == "Other words"
    assert not {waiting[1], waiting[2]} & {share.pk for share in idle}
    assert idle[0].lease_until is not None
    assert idle[0].lease_until > timezone.now() + claiming.LEASE - timedelta(seconds=30)

"""What the run through bad weather (faults.py) brought to light: each fault that was mended has its story here."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from kaja.networks import answers, connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Permanent, Receipt, Unknown
from kaja.sharing import claiming, delivery, shares
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State
from tests import cast as people
from tests import factories

RECEIPT = Receipt("sandbox:liis.tamm/k", "http://localhost:8000/sandbox/#post-k")
# Bytes as a broken gateway sends them, and half of a pair of letters as JSON can spell it.
ODD = "\x00\x01 \ud800 ende"


def sending() -> tuple[Share, Attempt]:
    """A share whose call is under way."""
    liis = people.assemble().liis
    account = connecting.connect_instantly(person=liis, network=BY_KEY["sandbox"])
    share = shares.share_now(person=liis, item=factories.item(), account=account, text="Words")
    (claimed,) = claiming.claim([share.pk], worker="one")
    attempt = delivery.prepare(claimed)
    assert attempt is not None
    return claimed, attempt


def state(share: Share) -> str:
    return Share.objects.get(pk=share.pk).state


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", [Unknown("silence", ODD), Permanent("refused", ODD)])
def test_whatever_a_server_answers_can_be_written_down(outcome: Unknown | Permanent) -> None:
    """PostgreSQL takes no null characters: the end of the call was lost, and the share waited for its lease."""
    share, attempt = sending()
    delivery.settle(share, attempt, outcome)
    share.refresh_from_db()
    assert share.state != State.SENDING
    assert share.detail.endswith(" ende")
    attempt.refresh_from_db()
    assert attempt.reason == outcome.reason


def test_an_id_that_no_database_can_hold_is_no_receipt() -> None:
    assert answers.text({"id": "42"}, "id") == "42"
    for odd in ("4\x002", "4\ud8002"):
        with pytest.raises(Unknown):
            answers.text({"id": odd}, "id")


@pytest.mark.django_db(transaction=True)
def test_a_receipt_outlives_a_database_that_fails_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the network said is known to nobody else: where it lets nobody look, its person would be asked for nothing."""
    share, attempt = sending()
    real, falls = delivery.published, [OperationalError("deadlock detected"), OperationalError("server closed")]

    def falling(*args: Any, **named: Any) -> None:
        real(*args, **named)
        if falls:
            raise falls.pop()

    monkeypatch.setattr(delivery, "published", falling)
    monkeypatch.setattr(delivery, "SETTLE_AGAIN", (0.0, 0.0, 0.0))
    delivery.settle(share, attempt, RECEIPT)
    assert state(share) == State.PUBLISHED
    assert Attempt.objects.get().outcome == "published"


@pytest.mark.django_db(transaction=True)
def test_a_late_end_and_the_sweep_of_its_lease_do_not_wait_for_each_other() -> None:
    """Both took the share and its attempt, each in another order: PostgreSQL ended one of them (deadlock)."""
    share, attempt = sending()

    def late() -> None:
        delivery.settle(share, attempt, RECEIPT)
        connection.close()

    ending = threading.Thread(target=late)
    with transaction.atomic():  # as settling._give_back does
        swept = Share.objects.get(pk=share.pk)
        assert shares.step(swept, State.UNKNOWN, since={State.SENDING}, reason="worker-lost", lease_until=None)
        ending.start()
        time.sleep(1.5)  # longer than PostgreSQL waits before it looks for a deadlock
        swept.tries.filter(finished_at__isnull=True).update(finished_at=timezone.now(), outcome="cut off")
    ending.join(20)
    assert state(share) == State.PUBLISHED
    assert Attempt.objects.get().outcome == "published"


@pytest.mark.django_db
@pytest.mark.parametrize("meanwhile", [{"lease_until": None}, {"state": State.UNKNOWN}, {"attempts": 2}])
def test_whoever_slept_past_the_lease_does_not_call_any_more(meanwhile: dict[str, Any]) -> None:
    """A machine that is suspended between the attempt and the call: others look for the post by now, or send it."""
    share, attempt = sending()
    assert not delivery.stopped(share, attempt)
    over = {"lease_until": timezone.now() - timedelta(seconds=1)}
    Share.objects.filter(pk=share.pk).update(**over | {name: it for name, it in meanwhile.items() if it is not None})
    assert delivery.stopped(share, attempt)

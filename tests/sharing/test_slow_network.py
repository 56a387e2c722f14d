"""A network that is slow, or does not answer at all, holds up no other; and many plans make none of them late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from kaja import vault
from kaja.content.models import Item
from kaja.jobs import worker as working
from kaja.jobs.queue import OUTSIDE
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import mastodon
from kaja.networks.models import ConnectedAccount
from kaja.outbound import Request
from kaja.people.models import Company, Person
from kaja.sharing import places, settling
from kaja.sharing.models import Share
from kaja.sharing.states import State
from tests import cast as people
from tests import factories
from tests.peers.serving import serving

QUICK, SLOW = 12, 40


def plans(person: Person, item: Item, account: ConnectedAccount, number: int, ago: timedelta) -> list[Share]:
    return Share.objects.bulk_create(
        Share(
            person=person, item=item, network=account.network, way=Share.Way.API, account=account, text=f"Words {one}",
            state=State.PLANNED, not_before=timezone.now() - ago,
        )
        for one in range(number)
    )  # fmt: skip


def connected(person: Person) -> ConnectedAccount:
    return connecting.connect_instantly(person=person, network=BY_KEY["sandbox"])


@pytest.fixture
def never(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, threading.Event]]:
    """A server that says nothing before the event, and then hangs up."""
    gate = threading.Event()

    def answer(_request: Request) -> None:
        gate.wait(60)

    with serving(answer) as address:
        host = urlsplit(address).netloc
        settings.OUTBOUND_ALLOW = [host]
        monkeypatch.setattr(mastodon, "PLAIN", {host})
        yield address, gate
        gate.set()


@pytest.mark.django_db(transaction=True)
def test_while_one_network_says_nothing_the_same_worker_delivers_to_another(
    never: tuple[str, threading.Event],
) -> None:
    cast, (address, gate) = people.assemble(), never
    Company.objects.update(daily_cap=1000)
    item = factories.item()
    kept = {"base": address, "access": "t", "id": "1", "client_id": "a", "client_secret": "b"}
    silent = factories.account(cast.liis, "mastodon", sealed=vault.seal(kept))
    slow = plans(cast.liis, item, silent, SLOW, timedelta(hours=1))
    quick = plans(cast.mart, item, connected(cast.mart), QUICK, timedelta(minutes=1))
    out = Share.objects.filter(pk__in=[one.pk for one in quick], state=State.PUBLISHED)
    ends = time.monotonic() + 60
    while out.count() < QUICK and time.monotonic() < ends:
        places.turn(worker="one")
    assert out.count() == QUICK
    begun = Share.objects.filter(pk__in=[one.pk for one in slow]).exclude(state=State.PLANNED)
    assert 0 < begun.count() <= places.PER_NETWORK
    assert {share.state for share in begun} == {State.SENDING}
    gate.set()
    places.finish()


@pytest.mark.django_db
def test_looks_wait_in_a_lane_of_their_own_and_one_network_does_not_fill_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = people.assemble()
    (share,) = plans(cast.liis, factories.item(), connected(cast.liis), 1, timedelta())
    Share.objects.update(state=State.UNKNOWN, record_key="k", payload={"text": "Words 0"})
    assert settling.PER_NETWORK < working.ASKERS
    for _place in range(settling.PER_NETWORK):
        assert settling._enter("sandbox")
    try:
        assert settling._enter("bluesky")
        settling._leave("bluesky")
        settling.look(share.pk, looks=2)
        (job,) = DBTaskResult.objects.all()
        assert (job.queue_name, job.args_kwargs["kwargs"]["arguments"]) == (OUTSIDE, {"share": share.pk, "looks": 2})
        assert job.run_after is not None
    finally:
        for _place in range(settling.PER_NETWORK):
            settling._leave("sandbox")
    settling.look(share.pk, looks=2)
    share.refresh_from_db()
    assert share.state == State.PLANNED  # looked for, and not there


@pytest.mark.django_db
def test_what_is_due_is_found_by_its_index_however_much_is_planned() -> None:
    cast = people.assemble()
    item, account = factories.item(), factories.account(cast.liis)
    Share.objects.bulk_create(
        [
            Share(
                person=cast.liis, item=item, network="sandbox", way=Share.Way.API, account=account, text="w",
                state=State.PLANNED, not_before=timezone.now() + timedelta(minutes=number - 5),
            )
            for number in range(3000)
        ],
        batch_size=500,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    due = Share.objects.due().exclude(network__in=["mastodon"]).values_list("pk", "network")[: places.WINDOW]
    assert "share_due" in due.explain()
    assert len(due) == 6

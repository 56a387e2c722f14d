"""Approved twice at once, or a worker killed after the approval: the post goes out once."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from kaja.audit.models import Line
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import SandboxPost
from kaja.people import delegations
from kaja.people.models import Person
from kaja.sharing import delegates, delivery
from kaja.sharing.models import Preparation, Share
from kaja.sharing.states import State
from tests import cast as people
from tests import factories
from tests.sharing.killed_worker import STEPS
from tests.sharing.test_killed import catch_up, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row() -> Preparation:
    cast = people.assemble()
    delegations.name(person=cast.liis, delegate=cast.mart)
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    return delegates.prepare(
        person=cast.mart, executive=cast.liis, item=factories.item(), accounts=[account], text="It is here."
    )


def test_pressed_twice_at_the_same_moment_it_is_approved_once(row: Preparation) -> None:
    at_once, ended = threading.Barrier(4), []

    def press() -> None:
        mine = Preparation.objects.get(pk=row.pk)
        person = Person.objects.get(pk=mine.person_id)
        at_once.wait()
        try:
            delegates.approve(person=person, preparation=mine)
            ended.append("approved")
        except ValidationError as error:
            ended.append(str(error.code))
        finally:
            connection.close()

    presses = [threading.Thread(target=press) for _press in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(ended) == ["approved", "decided", "decided", "decided"]
    assert Line.objects.filter(verb="preparation.approved").count() == 1
    delivery.deliver(row.shares.get().pk, worker="w")
    assert SandboxPost.objects.count() == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_after_the_approval_loses_nothing_and_doubles_nothing(row: Preparation, step: str) -> None:
    delegates.approve(person=row.person, preparation=row)
    share = Share.objects.get()
    worker(share, step)
    with pytest.raises(ValidationError, match="approved it already"):
        delegates.approve(person=row.person, preparation=Preparation.objects.get())
    catch_up()
    share.refresh_from_db()
    assert (share.state, SandboxPost.objects.count()) == (State.PUBLISHED, 1)


def test_a_worker_that_is_given_what_waits_sends_nothing(row: Preparation) -> None:
    worker(row.shares.get(), "none")
    assert (row.shares.get().state, SandboxPost.objects.count()) == (State.WAITING, 0)

"""A crisis about words among very many posts: it takes effect at once, and what is held is marked a slice at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kaja.audit.models import Line
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount
from kaja.people import tokens
from kaja.people.models import Person
from kaja.sharing import claiming, crisis, delivery, holding
from kaja.sharing.models import Crisis, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.sharing.test_crisis_words import HELD, begun, planned, state

SignIn = Callable[[Person], Client]


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of three posts, one each turn."""
    monkeypatch.setattr(holding, "SLICE", 3)
    for name in ("FIRST", "LAST", "TURN"):
        monkeypatch.setattr(holding, name, 0.0)


def many(person: Person, number: int, *, every: int = 2) -> None:
    """So many planned posts; the words stand in every second one."""
    item = factories.item("News")
    Share.objects.bulk_create(
        Share(
            person=person, item=item, network="sandbox", way="api", state=State.PLANNED,
            text=f"Post {n} of Model X" if n % every == 0 else f"Post {n}", not_before=timezone.now() + timedelta(days=1),
        )
        for n in range(number)
    )  # fmt: skip


def jobs() -> int:
    return sum(
        one.args_kwargs["kwargs"]["function"] == "kaja.sharing.crisis.catch_up" for one in DBTaskResult.objects.all()
    )


def test_it_begins_at_once_whatever_is_planned_and_the_marking_follows(cast: Cast, patient: None) -> None:
    many(cast.liis, 10)
    row = begun(cast.kadri)
    assert (row.searching, row.looked, row.to_look, row.held, row.looked_at) == (True, 3, 10, 2, 30)
    before = jobs()
    crisis.catch_up(row.pk)
    row.refresh_from_db()
    assert (row.looked, row.held, jobs() - before) == (6, 3, 1)  # it goes on by a job of its own
    crisis.catch_up(row.pk)
    crisis.keep_up()
    row.refresh_from_db()
    assert (row.searching, row.looked, row.held, row.looked_at) == (False, 10, 5, 100)
    assert Share.objects.filter(state=State.HELD).count() == 5
    line = Line.objects.get(verb="crisis.searched")
    assert (line.details["looked"], line.details["held"]) == (10, 5)
    before = jobs()
    crisis.catch_up(row.pk)
    assert jobs() == before


def test_nothing_with_the_words_goes_out_before_the_search_comes_to_it(
    cast: Cast, account: ConnectedAccount, patient: None
) -> None:
    for number in range(3):
        planned(account, f"Quiet {number}")
    last, beside = planned(account, "The Model X"), planned(account, "Other words")
    row = begun(cast.kadri)
    assert state(last) == (State.PLANNED, "")
    Share.objects.filter(pk__in=[last.pk, beside.pk]).update(not_before=timezone.now())
    for share in (last, beside):
        delivery.deliver(share.pk, worker="w")
    assert state(last) == HELD
    assert state(beside) == (State.PUBLISHED, "")
    crisis.keep_up()
    row.refresh_from_db()
    assert row.held == 1  # counted, though delivery has held it


def test_what_workers_have_in_hand_is_held_in_the_moment_it_begins(
    cast: Cast, account: ConnectedAccount, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        planned(account, f"Quiet {number}")
    taken, called = planned(account, "The Model X"), planned(account, "Model X again")
    Share.objects.filter(pk__in=[taken.pk, called.pk]).update(not_before=timezone.now())
    claimed = {one.pk: one for one in claiming.claim([taken.pk, called.pk], worker="w")}
    assert delivery.prepare(claimed[called.pk]) is not None
    monkeypatch.setattr(holding, "look_on", lambda *_given, **_more: False)
    row = begun(cast.kadri)
    assert state(taken) == HELD
    assert (row.held, row.under_way) == (1, 1)
    assert crisis.under_way(row) == [called]


def test_it_does_not_end_before_every_post_has_been_looked_at(cast: Cast, patient: None, signed_in: SignIn) -> None:
    many(cast.liis, 11)
    begun(cast.kadri)
    answer = signed_in(cast.kadri).post("/crisis/resume/", {"farewell_en": ""})
    assert answer.status_code == 422
    assert "6 of 11 posts so far" in answer.content.decode()
    with pytest.raises(ValidationError, match="Press again") as refused:
        crisis.end(person=cast.kadri)
    assert refused.value.code == "searching"
    assert Crisis.objects.get().lasting
    ended = crisis.end(person=cast.kadri)  # asked again it has come further, also where no worker is
    assert (ended.lasting, ended.held, ended.asked) == (None, 6, 6)


def test_an_exercise_counts_a_slice_at_a_time_too_and_holds_nothing(cast: Cast, patient: None) -> None:
    many(cast.liis, 7)
    row = crisis.rehearse(person=cast.kadri, why="w", words=crisis.Words(notice={"en": "Wait."}), only=["Model X"])
    assert (row.held, row.searching) == (2, True)
    for _turn in range(2):
        crisis.catch_up(row.pk)
    row.refresh_from_db()
    assert (row.held, row.looked, row.searching) == (4, 7, False)
    assert not Share.objects.filter(state=State.HELD).exists()


def test_two_who_search_at_once_count_every_post_once(cast: Cast, patient: None) -> None:
    many(cast.liis, 4)
    row = begun(cast.kadri)
    one, other = Crisis.objects.get(), Crisis.objects.get()
    holding.look_on(one, seconds=0)
    holding.look_on(other, seconds=0)
    row.refresh_from_db()
    assert (row.looked, row.held) == (4, 2)
    assert Line.objects.filter(verb="crisis.searched").count() == 1


def test_once_it_is_over_nothing_is_marked_any_more(cast: Cast, patient: None) -> None:
    row = begun(cast.kadri)
    crisis.end(person=cast.kadri)
    many(cast.liis, 4)
    assert holding.look_on(row, seconds=1)
    assert not Share.objects.filter(state=State.HELD).exists()


def questions(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        work()
    return len(asked)


def test_beginning_and_each_slice_cost_the_same_whatever_is_planned(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    for number in (10, 990):
        many(cast.liis, number)
        with monkeypatch.context() as unsearched:
            unsearched.setattr(holding, "look_on", lambda *_given, **_more: False)
            begin = questions(lambda: begun(cast.kadri))
        row = Crisis.objects.get(lasting=True)
        slices = questions(lambda row=row: holding.look_on(row, seconds=0))  # type: ignore[misc]
        counted.append((begin, slices))
        while not holding.look_on(row, seconds=9):
            pass
        crisis.end(person=cast.kadri)
        Share.objects.filter(state=State.HELD).delete()
    (begin, slices), more = counted
    assert more[0] <= begin <= 20
    assert more[1] <= slices <= 14


def test_the_pages_say_how_far_it_is(cast: Cast, patient: None, signed_in: SignIn) -> None:
    many(cast.liis, 10)
    browser = signed_in(cast.kadri)
    sent = {"why": "A recall", "notice_en": "Please wait.", "only": "words", "phrases": "Model X"}
    page = browser.post("/crisis/", sent, follow=True).content.decode()
    assert "which posts it is about is being looked up" in page
    for address in ("/crisis/", "/crisis/resume/"):
        page = browser.get(address).content.decode()
        assert "Looking for these words: 3 of 10 posts so far." in page
        assert 'max="100" value="30"' in page
    headers = {"Authorization": f"Bearer {tokens.create(person=cast.kadri)}"}
    told = Client().get("/api/v1/crisis", headers=headers).json()
    assert (told["searching"], told["looked"], told["to_look"]) == (True, 3, 10)
    crisis.catch_up(Crisis.objects.get().pk)
    crisis.catch_up(Crisis.objects.get().pk)
    crisis.catch_up(Crisis.objects.get().pk)
    page = browser.get("/crisis/").content.decode()
    assert "Looking for these words" not in page
    assert "5 posts wait" in page


def test_at_the_end_many_posts_are_decided_about_in_few_questions(cast: Cast) -> None:
    many(cast.liis, 300, every=1)
    item = Share.objects.values_list("item", flat=True)[0]
    for decision, after in (("go", State.PLANNED), ("drop", State.CANCELLED)):
        row = begun(cast.kadri)
        assert row.held == 300
        asked = questions(lambda said=decision: crisis.end(person=cast.kadri, decisions={item: said}))  # type: ignore[misc]
        assert asked < 60
        assert Share.objects.filter(state=after).count() == 300

"""A crisis about certain words: every post in which they stand, or in the title of whose story, is held (C5)."""

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

from kaja import memory
from kaja.audit.models import Line
from kaja.content.models import Item
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Unknown
from kaja.networks.models import ConnectedAccount
from kaja.people import tokens
from kaja.people.models import Person
from kaja.sharing import claiming, crisis, delivery, mine, naming, onhold, settling, shares
from kaja.sharing.models import Crisis, Share
from kaja.sharing.rows import Row
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
HELD = (State.HELD, "crisis")
WORDS = crisis.Words(notice={"en": "Please wait."})
ON_HOLD = "“Model X” is on hold just now"


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


def planned(account: ConnectedAccount, text: str, title: str = "News", *, item: Item | None = None) -> Share:
    return shares.schedule(
        person=account.person, item=item or factories.item(title), account=account, text=text,
        at=timezone.now() + timedelta(hours=3),
    )  # fmt: skip


def begun(person: Person, *phrases: str) -> Crisis:
    return crisis.begin(person=person, why="A recall", words=WORDS, only=list(phrases) or ["Model X"])


def state(share: Share) -> tuple[str, str]:
    share.refresh_from_db()
    return share.state, share.reason


# --- which words ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("Model X", "we tried the model x today"), ("Model X", "MODEL X!"), ("Model X", "Look: #ModelX"),
        ("Mudel X", "Proovisime mudeli X ära"), ("Põhja Külm", "pohja kulma robot"), ("robot", "kahe robotiga laos"),
        ("käpp", "KÄPP"), ("NW-7", "the nw 7 is here"), ("NW-7", "two nw-7s"), ("Mudel X", "Mudel Xi hind"),
    ],
)  # fmt: skip
def test_case_marks_and_endings_make_no_difference(phrase: str, text: str) -> None:
    assert naming.find([phrase], text) == phrase


@pytest.mark.parametrize(
    ("phrase", "text"),
    [("Model X", "a model of the X ray"), ("Model X", "Model Xavier"), ("plan", "the planet"), ("NW-7", "NW-78")],
)
def test_whole_words_only(phrase: str, text: str) -> None:
    assert naming.find([phrase], text) == ""


def test_a_link_of_the_share_is_no_word_of_it() -> None:
    text = "Look https://kaja.example/l/modelx here"
    assert list(naming.among(["modelx"], [(1, text, "modelx", "News"), (2, text, None, "News")])) == [2]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "Write which words"), (["  ", ""], "Write which words"), ([f"word {n}" for n in range(11)], "At most 10"),
        (["Model X", "!!!"], "will not do"), (["a"], "will not do"), (["x" * 61], "will not do"),
    ],
)  # fmt: skip
def test_words_that_will_not_do_are_refused_and_nothing_begins(cast: Cast, written: list[str], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        crisis.begin(person=cast.kadri, why="w", words=WORDS, only=written)
    assert said in refused.value.message_dict["phrases"][0]
    assert not Crisis.objects.exists()


def test_phrases_are_kept_once_and_tidied() -> None:
    assert naming.cleaned([" Model  X ", "Model X", "", "NW-7"]) == ["Model X", "NW-7"]


# --- holding --------------------------------------------------------------------------------------------------------
def test_posts_with_the_words_and_of_stories_with_the_words_are_held_and_the_rest_goes_on(
    cast: Cast, account: ConnectedAccount
) -> None:
    by_words, by_title = planned(account, "I like the model X."), planned(account, "Read it", "Model X comes in May")
    beside = planned(account, "Something else")
    row = begun(cast.kadri)
    assert (row.held, row.about) == (2, "Model X")
    assert state(by_words) == state(by_title) == HELD
    assert state(beside) == (State.PLANNED, "")
    assert Line.objects.get(verb="crisis.begun").details["about"] == "Model X"


def test_what_a_worker_had_claimed_and_not_called_is_held_too(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account, "The Model X")
    Share.objects.update(not_before=timezone.now())
    (claimed,) = claiming.claim([share.pk], worker="one")
    begun(cast.kadri)
    assert state(share) == HELD
    assert delivery.prepare(claimed) is None


def test_every_door_refuses_new_posts_with_the_words_and_takes_others(cast: Cast, account: ConnectedAccount) -> None:
    share, item = planned(account, "Quiet words"), factories.item("News")
    begun(cast.kadri)
    for refused in (
        lambda: planned(account, "A Model X", item=item),
        lambda: planned(account, "Quiet", "About Model X"),
        lambda: shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["linkedin"], text="The model X"),
        lambda: shares.edit(person=cast.liis, share=share, text="Now with Model X"),
    ):
        with pytest.raises(ValidationError, match=ON_HOLD):
            refused()
    assert planned(account, "Other words", item=item).state == State.PLANNED


def test_what_failed_is_not_tried_again_with_the_words(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account, "The Model X")
    Share.objects.update(state=State.FAILED, reason="refused")
    begun(cast.kadri)
    share.refresh_from_db()
    with pytest.raises(ValidationError, match=ON_HOLD):
        shares.retry(person=cast.liis, share=share)


def test_the_last_moment_before_sending_knows_words_title_and_that_nothing_lasts(
    cast: Cast, account: ConnectedAccount
) -> None:
    """What delivery asks: one question each, the same as for everything or a topic."""
    by_words, by_title = planned(account, "The Model X"), planned(account, "Read", "Model X")
    beside = planned(account, "Else")
    for share in (by_words, by_title, beside):
        with CaptureQueriesContext(connection) as asked:
            assert not onhold.stops(share)
        assert len(asked) == 1
    begun(cast.kadri)
    assert [onhold.stops(share) for share in (by_words, by_title, beside)] == [True, True, False]
    crisis.end(person=cast.kadri)
    assert not onhold.stops(by_words)


def test_a_post_that_slipped_in_is_held_when_it_is_due_and_right_before_the_call(
    cast: Cast, account: ConnectedAccount
) -> None:
    slipped, called = planned(account, "The Model X"), planned(account, "The model X again", "Model X")
    Share.objects.update(not_before=timezone.now())
    (claimed,) = claiming.claim([called.pk], worker="one")
    attempt = delivery.prepare(claimed)
    assert attempt is not None
    begun(cast.kadri)
    assert delivery.stopped(claimed, attempt)
    assert state(called) == HELD
    Share.objects.filter(pk=slipped.pk).update(state=State.PLANNED, reason="")
    delivery.deliver(slipped.pk, worker="two")
    assert state(slipped) == HELD
    assert slipped.tries.count() == 0


def test_a_crisis_about_everything_or_a_topic_stops_as_before(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account, "Quiet")
    row = crisis.begin(person=cast.kadri, why="w", words=WORDS)
    assert onhold.stops(share)
    Crisis.objects.filter(pk=row.pk).update(only=Crisis.Only.TOPIC)
    assert not onhold.stops(share)


def test_what_comes_by_while_it_lasts_is_caught_by_the_schedule(cast: Cast, account: ConnectedAccount) -> None:
    retitled, slipped = planned(account, "Read it", "Old title"), planned(account, "Quiet")
    row = begun(cast.kadri)
    Item.objects.filter(pk=retitled.item_id).update(title="Model X is here")
    Share.objects.filter(pk=slipped.pk).update(text="Model X, written in the very moment it began")
    crisis.keep_up()
    assert state(retitled) == state(slipped) == HELD
    row.refresh_from_db()
    assert row.held == 2


def test_without_such_a_crisis_the_schedule_asks_one_question(cast: Cast, account: ConnectedAccount) -> None:
    planned(account, "The Model X")
    crisis.begin(person=cast.kadri, why="w", words=WORDS)
    with CaptureQueriesContext(connection) as asked:
        crisis.keep_up()
    assert len(asked) == 1


def test_a_post_nobody_was_sure_of_does_not_slip_out_when_it_is_found_absent(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_given: object) -> Any:
        raise Unknown("silence")

    share = planned(account, "The Model X")
    Share.objects.update(not_before=timezone.now())
    with monkeypatch.context() as now:
        now.setattr(delivery, "_call", silent)
        delivery.deliver(share.pk, worker="w")
    begun(cast.kadri)
    settling.look(share.pk)
    assert state(share) == HELD


def test_a_change_of_words_of_a_post_that_is_out_is_refused(cast: Cast, account: ConnectedAccount) -> None:
    from kaja.sharing import corrections

    share = planned(account, "Quiet")
    Share.objects.update(not_before=timezone.now())
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    begun(cast.kadri)
    with pytest.raises(ValidationError, match=ON_HOLD):
        corrections.ask(person=cast.liis, share=share, text="Now with Model X")


# --- afterwards -----------------------------------------------------------------------------------------------------
def test_the_end_decides_about_what_was_held_and_about_nothing_else(cast: Cast, account: ConnectedAccount) -> None:
    gone, asked = planned(account, "Model X one"), planned(account, "Model X two")
    earlier = planned(account, "Of an earlier crisis")
    Share.objects.filter(pk=earlier.pk).update(state=State.HELD, reason="crisis")
    begun(cast.kadri)
    row = crisis.end(person=cast.kadri, decisions={gone.item_id: "go", earlier.item_id: "go"})
    assert (row.gone, row.asked) == (1, 1)
    assert state(gone) == (State.PLANNED, "")
    assert state(asked) == state(earlier) == HELD
    crisis.go_on(person=cast.liis, share=asked)
    assert state(asked) == (State.PLANNED, "")


def test_while_it_lasts_its_person_waits_and_after_it_decides(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account, "The Model X")
    begun(cast.kadri)
    share = shares.own(cast.liis).get(pk=share.pk)
    assert Row(share).on_hold
    assert not Row(share).asks
    assert list(mine.waits(cast.liis)) == [share]
    crisis.end(person=cast.kadri)
    memory.forget("crisis")
    assert Row(share).asks
    assert list(mine.asks(cast.liis)) == [share]


def test_an_exercise_counts_and_holds_nothing(cast: Cast, account: ConnectedAccount) -> None:
    share = planned(account, "The Model X")
    planned(account, "Else")
    row = crisis.rehearse(person=cast.kadri, why="w", words=WORDS, only=["Model X"])
    assert row.held == 1
    assert [group.posts for group in crisis.look(row, held=False).groups] == [1]
    assert state(share) == (State.PLANNED, "")
    assert not onhold.stops(share)


# --- pages ----------------------------------------------------------------------------------------------------------
SENT = {"why": "A recall", "notice_en": "Please wait.", "only": "words"}


def test_a_manager_holds_words_on_the_page_and_resumes(
    cast: Cast, signed_in: SignIn, account: ConnectedAccount
) -> None:
    share, browser = planned(account, "The Model X"), signed_in(cast.kadri)
    assert "The words, one phrase a line" in browser.get("/crisis/").content.decode()
    page = browser.post("/crisis/", {**SENT, "phrases": "Model X\r\nNW-7"}, follow=True).content.decode()
    assert "On hold: 1 posts." in page
    assert "“Model X, NW-7” is on hold" in page
    assert share.item.title in page
    assert share.item.title in browser.get("/crisis/resume/").content.decode()


@pytest.mark.parametrize("phrases", ["", "  \n", "!"])
def test_without_words_the_form_says_so_and_keeps_what_was_typed(cast: Cast, signed_in: SignIn, phrases: str) -> None:
    answer = signed_in(cast.kadri).post("/crisis/", {**SENT, "phrases": phrases})
    assert answer.status_code == 422
    assert "A recall" in answer.content.decode()
    assert not Crisis.objects.exists()


def test_practising_shows_what_would_be_held(cast: Cast, signed_in: SignIn, account: ConnectedAccount) -> None:
    planned(account, "The Model X", "A title")
    browser = signed_in(cast.kadri)
    page = browser.post("/crisis/practise/", {**SENT, "phrases": "Model X"}, follow=True).content.decode()
    assert "posts about “Model X” would be held" in page
    assert "A title" in page


def test_the_composer_says_it_while_one_writes_and_at_the_press(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item("News"), signed_in(cast.liis)
    begun(cast.kadri)
    sent = {"to": ["dialog:linkedin"], "text": "My MODEL X story"}
    said = browser.post(f"/share/{item.pk}/check/", sent).content.decode()
    assert ON_HOLD in said
    assert "Fix 1 thing to share" in said
    assert ON_HOLD not in browser.post(f"/share/{item.pk}/check/", {**sent, "text": "My story"}).content.decode()
    answer = browser.post(f"/share/{item.pk}/", {**sent, "when": "now", "wish": "w"})
    assert answer.status_code == 422
    assert "My MODEL X story" in answer.content.decode()
    assert not Share.objects.exists()


def test_a_story_with_the_words_in_its_title_is_closed_for_sharing(cast: Cast, signed_in: SignIn) -> None:
    item, beside = factories.item("Model X is here"), factories.item("News")
    begun(cast.kadri)
    assert onhold.holds(item.pk)
    assert not onhold.holds(beside.pk)
    assert "On hold" in signed_in(cast.liis).get(f"/share/{item.pk}/").content.decode()


def test_rest_holds_words(cast: Cast, account: ConnectedAccount) -> None:
    planned(account, "The Model X")

    def call(data: dict[str, Any], path: str = "") -> Any:
        headers = {"Authorization": f"Bearer {tokens.create(person=cast.kadri)}"}
        return Client().post(f"/api/v1/crisis{path}", data, content_type="application/json", headers=headers)

    wish = {"why": "w", "notice": {"en": "Wait."}, "phrases": ["Model X"]}
    assert call({**wish, "phrases": []}).status_code == 422
    assert call({**wish, "topic": "robots"}).status_code == 422
    assert call(wish, "/exercises").json()["held"] == 1
    told = call(wish).json()
    assert (told["held"], told["only"], told["phrases"], told["about"]) == (1, "words", ["Model X"], "Model X")


def test_somebody_who_may_not_holds_nothing(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.liis).post("/crisis/", {**SENT, "phrases": "Model X"})
    assert answer.status_code == 404
    assert not Crisis.objects.exists()

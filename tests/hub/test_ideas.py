from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kaja.content import ideas
from kaja.content.models import Idea, IdeaVote
from kaja.hub import ideas as board
from kaja.measurement.models import ItemDay
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def fill(person: Person, count: int) -> None:
    Idea.objects.bulk_create(
        Idea(person=person, title=f"Idea {n}", votes=n % 7, created_at=timezone.now() - timedelta(hours=n))
        for n in range(count)
    )


@pytest.mark.parametrize("count", [10, 1000])
def test_the_board_costs_the_same_few_queries_for_ten_and_for_a_thousand_ideas(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., object], count: int
) -> None:
    fill(cast.mart, count)
    browser = signed_in(cast.liis)
    browser.get("/ideas/")
    with django_assert_num_queries(10):  # type: ignore[attr-defined]
        browser.get("/ideas/")


def test_an_idea_goes_from_the_form_to_the_board_and_is_voted_for(cast: Cast, signed_in: SignIn) -> None:
    mart, liis = signed_in(cast.mart), signed_in(cast.liis)
    mart.post("/ideas/new/", {"kind": "question", "title": "What happens when the Wi-Fi drops?"})
    idea = Idea.objects.get()
    assert "What happens when the Wi-Fi drops?" in liis.get("/ideas/").content.decode()
    liis.post(f"/ideas/{idea.pk}/vote/", {"take": ""})
    assert IdeaVote.objects.get().person == cast.liis
    button = liis.post(f"/ideas/{idea.pk}/vote/", {"take": "back"}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in button
    assert not IdeaVote.objects.exists()


def test_an_idea_that_stands_there_already_is_shown_before_a_second_one_is_made(cast: Cast, signed_in: SignIn) -> None:
    ideas.suggest(person=cast.mart, kind="question", title="What happens when the Wi-Fi drops?")
    browser = signed_in(cast.liis)
    sent = {"kind": "question", "title": "When the wifi drops, what happens?", "text": "Asked twice."}
    asked = browser.post("/ideas/new/", sent)
    assert asked.status_code == 422
    assert "stands on the board already" in asked.content.decode()
    assert "Asked twice." in asked.content.decode()
    assert Idea.objects.count() == 1
    browser.post("/ideas/new/", {**sent, "anyway": "1"})
    assert Idea.objects.count() == 2


def test_what_is_missing_is_said_and_nothing_typed_is_lost(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.liis).post("/ideas/new/", {"kind": "photo", "title": "First snow", "text": "This morning."})
    assert page.status_code == 422
    for said in ("Choose a picture.", "First snow", "This morning."):
        assert said in page.content.decode()


def test_the_board_is_sorted_filtered_and_searched_and_nonsense_breaks_nothing(cast: Cast, signed_in: SignIn) -> None:
    old = ideas.suggest(person=cast.mart, kind="question", title="About the old robots")
    new = ideas.suggest(person=cast.mart, kind="wish", title="Pictures of the new hall")
    Idea.objects.filter(pk=old.pk).update(votes=9, created_at=timezone.now() - timedelta(days=9))
    browser = signed_in(cast.liis)

    def order(query: str) -> list[str]:
        page = browser.get(f"/ideas/{query}").content.decode()
        found = {page.find(one.title): one.title for one in (old, new)}
        return [found[place] for place in sorted(found) if place >= 0]

    assert order("") == [old.title, new.title]
    assert order("?sort=new") == [new.title, old.title]
    assert order("?kind=wish") == [new.title]
    assert order("?words=robots") == [old.title]
    assert order("?status=published") == []
    assert order("?sort=%27&page=x&page=-1") == [old.title, new.title]


def test_what_an_answer_is_owed_to_stands_first_and_what_lives_on_in_another_stands_nowhere(cast: Cast) -> None:
    wanted, owed, merged = (ideas.suggest(person=cast.mart, kind="idea", title=title) for title in ("A", "B", "C"))
    Idea.objects.filter(pk=wanted.pk).update(votes=9, due_at=None)
    Idea.objects.filter(pk=owed.pk).update(due_at=timezone.now())
    Idea.objects.filter(pk=merged.pk).update(status=Idea.Status.MERGED)
    assert list(board.board(board.Filter(sort=board.WAITING))) == [owed, wanted]
    assert list(board.board(board.Filter())) == [wanted, owed]
    assert list(board.board(board.Filter(status="merged"))) == [merged]


def test_the_quarter_says_how_many_of_the_clicks_posts_from_ideas_brought(cast: Cast) -> None:
    assert board.quarter().percent is None
    idea, ours = ideas.suggest(person=cast.mart, kind="idea", title="A"), factories.item("From an idea")
    Idea.objects.filter(pk=idea.pk).update(status=Idea.Status.PUBLISHED, item=ours, answered_at=timezone.now())
    for item, clicks in ((ours, 3), (factories.item("Another"), 9)):
        ItemDay.objects.create(day=timezone.localdate(), item=item, clicks=clicks)
    found = board.quarter()
    assert (found.published, found.clicks, found.all_clicks, found.percent) == (1, 3, 12, 25)


def test_a_refused_answer_comes_back_filled_in(cast: Cast, signed_in: SignIn) -> None:
    idea = ideas.suggest(person=cast.mart, kind="idea", title="How we tell glass from air")
    browser = signed_in(cast.eda)
    page = browser.post(f"/ideas/{idea.pk}/answer/", {"status": "not_now", "text": ""})
    assert page.status_code == 422
    assert "Say why" in page.content.decode()
    browser.post(f"/ideas/{idea.pk}/answer/", {"status": "planned", "planned_for": "2027-01-08"})
    assert "It is planned for 8 January 2027." in browser.get(f"/ideas/{idea.pk}/").content.decode()


def test_the_author_reads_the_answer_on_the_board_until_they_have_got_it(cast: Cast, signed_in: SignIn) -> None:
    idea = ideas.suggest(person=cast.liis, kind="idea", title="How we tell glass from air")
    ideas.answer(person=cast.eda, idea=idea, status="making", text="Mart is writing.")
    browser = signed_in(cast.liis)
    assert "Told to you" in browser.get("/ideas/").content.decode()
    assert "Told to you" not in signed_in(cast.mart).get("/ideas/").content.decode()
    browser.post("/ideas/told/")
    assert "Told to you" not in browser.get("/ideas/").content.decode()


def test_words_with_html_are_words(cast: Cast, signed_in: SignIn) -> None:
    idea = ideas.suggest(person=cast.mart, kind="idea", title="<script>alert(1)</script>", text="<img src=x>")
    ideas.comment(person=cast.mart, idea=idea, text="<b>bold</b>")
    browser = signed_in(cast.liis)
    for address in ("/ideas/", f"/ideas/{idea.pk}/"):
        page = browser.get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x>" not in page
        assert "<b>bold" not in page


def test_editors_see_what_they_owe(cast: Cast, signed_in: SignIn) -> None:
    idea = ideas.suggest(person=cast.mart, kind="idea", title="How we tell glass from air")
    Idea.objects.filter(pk=idea.pk).update(due_at=timezone.now() - timedelta(days=1), votes=12)
    assert "1 idea has waited longer than a week" in signed_in(cast.eda).get("/ideas/").content.decode()
    assert "has waited longer" not in signed_in(cast.liis).get("/ideas/").content.decode()

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kaja import outbound
from kaja.content import ideas, review
from kaja.content.models import Caption, Idea, IdeaVote, Item
from kaja.outbound import Refused
from kaja.people.models import Person
from tests import cast as people
from tests import factories
from tests.cast import Cast


def idea(person: Person, title: str = "How we tell glass from air", **fields: object) -> Idea:
    return ideas.suggest(person=person, kind="idea", title=title, **fields)  # type: ignore[arg-type]


def crowd(count: int) -> list[Person]:
    return [people.person("P", f"n{n}", "advocate") for n in range(count)]


# --- suggesting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "idea", "title": "  "}, "title"),
        ({"kind": "idea", "title": "x" * 161}, "title"),
        ({"kind": "link", "title": "A page"}, "url"),
        ({"kind": "photo", "title": "A photo"}, "picture"),
        ({"kind": "poem", "title": "A poem"}, "kind"),
        ({"kind": "link", "title": "A page", "url": "javascript:alert(1)"}, "url"),
    ],
)
def test_what_is_missing_is_said_at_its_field(cast: Cast, fields: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ideas.suggest(person=cast.liis, **fields)  # type: ignore[arg-type]
    assert field in refused.value.message_dict
    assert not Idea.objects.exists()


def test_a_page_that_cannot_be_read_is_kept_with_the_title_that_was_typed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(_url: str, **_options: object) -> None:
        raise Refused("unreachable", "The server does not answer.")

    monkeypatch.setattr(outbound, "fetch", fetch)
    made = ideas.suggest(person=cast.liis, kind="link", title="A film", url="customer.example/film")
    assert (made.url, made.title) == ("https://customer.example/film", "A film")
    with pytest.raises(ValidationError, match="Give it a title"):
        ideas.suggest(person=cast.liis, kind="link", title="", url="https://customer.example/film")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("What happens when the Wi-Fi drops?", "When the wifi drops, what happens?", True),
        ("Ten years of our intern programme", "Our intern programme: ten years", True),
        ("Mis saab siis, kui Wi-Fi kaob?", "Mis saab, kui wi-fi ära kaob", True),
        ("Päev kokkupaneku liinil", "Üks päev kokkupanekuliinil", True),
        ("Do robots get cold?", "How do robots get home?", False),
        ("Retired forklift, new life", "A new forklift for Riga", False),
        ("Päev kokkupaneku liinil", "Päev müügimehe autos", False),
    ],
)
def test_ideas_that_say_nearly_the_same_are_found(cast: Cast, one: str, other: str, alike: bool) -> None:
    idea(cast.mart, one)
    assert bool(ideas.similar(other)) is alike


def test_one_changes_and_removes_ones_own_idea_until_it_is_answered(cast: Cast) -> None:
    made = idea(cast.liis)
    ideas.change(person=cast.liis, idea=made, title="Glass, air, and a robot", text="Two minutes.")
    made.refresh_from_db()
    assert made.title == "Glass, air, and a robot"
    with pytest.raises(PermissionDenied):
        ideas.change(person=cast.mart, idea=made, title="Mine now", text="")
    with pytest.raises(PermissionDenied):
        ideas.remove(person=cast.mart, idea=made)
    ideas.answer(person=cast.eda, idea=made, status="planned")
    with pytest.raises(ValidationError, match="answered meanwhile"):
        ideas.change(person=cast.liis, idea=made, title="Too late", text="")
    with pytest.raises(ValidationError, match="answered meanwhile"):
        ideas.remove(person=cast.liis, idea=made)


def test_who_has_left_suggests_and_votes_no_more(cast: Cast) -> None:
    made = idea(cast.mart)
    cast.liis.is_active = False
    with pytest.raises(PermissionDenied):
        idea(cast.liis)
    with pytest.raises(PermissionDenied):
        ideas.vote(person=cast.liis, idea=made)
    with pytest.raises(PermissionDenied):
        ideas.comment(person=cast.liis, idea=made, text="x")


# --- votes ------------------------------------------------------------------------------------------------------------
def test_one_person_has_one_vote_and_can_take_it_back(cast: Cast) -> None:
    made = idea(cast.mart)
    for _twice in range(2):
        ideas.vote(person=cast.liis, idea=made)
    made.refresh_from_db()
    assert made.votes == IdeaVote.objects.count() == 1
    ideas.unvote(person=cast.liis, idea=made)
    made.refresh_from_db()
    assert made.votes == 0
    with pytest.raises(ValidationError, match="your own"):
        ideas.vote(person=cast.mart, idea=made)


def test_the_tenth_vote_sets_a_week_and_an_answer_ends_it(cast: Cast) -> None:
    made = idea(cast.mart)
    *nine, tenth = crowd(10)
    for person in nine:
        ideas.vote(person=person, idea=made)
    assert not ideas.owed().exists()
    ideas.vote(person=tenth, idea=made)
    made.refresh_from_db()
    assert made.due_at is not None
    assert abs(made.due_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
    assert list(ideas.owed()) == [made]
    assert not ideas.overdue().exists()
    Idea.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert list(ideas.overdue()) == [made]
    ideas.answer(person=cast.eda, idea=made, status="not_now", text="After the new year.")
    assert not ideas.owed().exists()


# --- answers ----------------------------------------------------------------------------------------------------------
def test_not_now_needs_a_reason_and_only_editors_answer(cast: Cast) -> None:
    made = idea(cast.liis)
    with pytest.raises(ValidationError, match="Say why"):
        ideas.answer(person=cast.eda, idea=made, status="not_now")
    with pytest.raises(ValidationError, match="Choose an answer"):
        ideas.answer(person=cast.eda, idea=made, status="open")
    with pytest.raises(PermissionDenied):
        ideas.answer(person=cast.mart, idea=made, status="planned")
    with pytest.raises(PermissionDenied):
        ideas.turn_into_item(person=cast.mart, idea=made, category=factories.category())


def test_the_author_hears_of_the_answer_in_their_language_and_once_on_the_page(cast: Cast) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(language="et")
    made = idea(cast.liis, "Kes parandab?")
    ideas.answer(person=cast.eda, idea=made, status="planned", text="Teeme detsembris.")
    ideas.tell(idea=made.pk)
    letter = mail.outbox[-1]
    assert letter.to == [cast.liis.email]
    assert "Kes parandab?" in letter.subject
    assert "Teeme detsembris." in letter.body
    assert "See on plaanis." in letter.body
    assert f"/ideas/{made.pk}/" in letter.body
    assert list(ideas.news(cast.liis)) == [made]
    ideas.read_news(person=cast.liis)
    assert not ideas.news(cast.liis).exists()


def test_merging_gives_each_voter_one_vote_for_the_other_idea(cast: Cast) -> None:
    copy, first = idea(cast.mart, "When the wifi drops"), idea(cast.liis, "What happens when the Wi-Fi drops?")
    ideas.vote(person=cast.kadri, idea=copy)
    ideas.vote(person=cast.kadri, idea=first)
    ideas.vote(person=cast.eda, idea=copy)
    ideas.vote(person=cast.liis, idea=copy)
    ideas.answer(person=cast.eda, idea=copy, status="merged", into=first)
    first.refresh_from_db()
    # Kadri once, Eda, and Mart who wrote the copy; Liis wrote the first one.
    assert first.votes == 3
    with pytest.raises(ValidationError, match="merged"):
        ideas.vote(person=cast.rein, idea=copy)
    with pytest.raises(ValidationError, match="Choose the idea"):
        ideas.answer(person=cast.eda, idea=first, status="merged", into=copy)


def test_an_idea_becomes_an_item_with_credit_and_is_published_when_that_is_live(cast: Cast) -> None:
    made = idea(cast.liis, text="Two minutes, one glass door.")
    item = ideas.turn_into_item(person=cast.eda, idea=made, category=factories.category())
    assert ideas.turn_into_item(person=cast.kadri, idea=made, category=factories.category()) == item
    assert (item.state, item.credit, item.summary) == (Item.State.DRAFT, cast.liis, "Two minutes, one glass door.")
    Caption.objects.create(item=item, language="en", text="Words")
    review.submit(person=cast.eda, item=item)
    review.approve(person=cast.rein, item=item)
    ideas.item_approved(item=item.pk)
    made.refresh_from_db()
    assert made.status == Idea.Status.PUBLISHED
    told = made.answered_at
    ideas.item_approved(item=item.pk)
    made.refresh_from_db()
    assert made.answered_at == told


def test_an_idea_whose_item_begins_later_is_not_published_yet(cast: Cast) -> None:
    made = idea(cast.liis)
    item = ideas.turn_into_item(person=cast.eda, idea=made, category=factories.category())
    Item.objects.filter(pk=item.pk).update(state="approved", live_from=timezone.now() + timedelta(days=2))
    ideas.item_approved(item=item.pk)
    made.refresh_from_db()
    assert made.status == Idea.Status.MAKING


# --- comments ---------------------------------------------------------------------------------------------------------
def test_comments_are_counted_and_taken_back_by_their_writer_or_an_editor(cast: Cast) -> None:
    made = idea(cast.liis)
    said = ideas.comment(person=cast.mart, idea=made, text="I have photos.")
    with pytest.raises(ValidationError):
        ideas.comment(person=cast.mart, idea=made, text="  ")
    made.refresh_from_db()
    assert made.comments == 1
    with pytest.raises(PermissionDenied):
        ideas.uncomment(person=cast.liis, row=said)
    ideas.uncomment(person=cast.eda, row=said)
    made.refresh_from_db()
    assert made.comments == 0

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from kaja.content import notes, reactions
from kaja.content.models import Idea, Item, ItemNote, Reaction
from kaja.hub import feed
from kaja.people import audiences
from kaja.people.models import Person
from tests import cast as people
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def test_pressing_twice_takes_it_back_and_the_numbers_follow(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item("NW-7", "Words"), signed_in(cast.liis)
    page = browser.get("/").content.decode()
    assert f'formaction="/read/{item.pk}/say/"' in page
    browser.post(f"/read/{item.pk}/say/", {"say": "interesting"})
    item.refresh_from_db()
    assert item.interested == 1
    assert 'value="nothing"' in browser.get("/").content.decode()
    browser.post(f"/read/{item.pk}/say/", {"say": "nothing"})
    item.refresh_from_db()
    assert item.interested == 0


def test_not_for_me_folds_the_card_asks_why_and_can_be_undone(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item("NW-7"), signed_in(cast.liis)
    htmx = {"HX-Request": "true"}
    folded = browser.post(f"/read/{item.pk}/say/", {"say": "not_for_me"}, headers=htmx).content.decode()
    assert "is hidden from your feed" in folded
    assert "why:sales" in folded
    browser.post(f"/read/{item.pk}/say/", {"say": "why:sales"}, headers=htmx)
    assert Reaction.objects.get().why == "sales"
    back = browser.post(f"/read/{item.pk}/say/", {"say": "nothing"}, headers=htmx).content.decode()
    assert 'id="item-' in back
    assert Reaction.objects.get().why == ""


def test_without_a_script_a_button_leads_back_to_its_page_and_nowhere_else(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    there = {"say": "save", "next": "/?category=product"}
    assert browser.post(f"/read/{item.pk}/say/", there)["Location"] == "/?category=product"
    away = {"say": "save", "next": "https://evil.example/"}
    assert browser.post(f"/read/{item.pk}/say/", away)["Location"] == "/"


def test_words_that_are_none_of_ours_change_nothing(cast: Cast, signed_in: SignIn) -> None:
    item, browser = factories.item(), signed_in(cast.liis)
    for nonsense in ("", "loved", "why:", "why:evil", "why"):
        browser.post(f"/read/{item.pk}/say/", {"say": nonsense})
    assert not Reaction.objects.exclude(verdict="", why="", saved=False).exists()
    with pytest.raises(ValidationError):
        reactions.react(person=cast.liis, item=item, verdict="hated")


def test_nobody_reacts_to_what_is_not_meant_for_them(cast: Cast) -> None:
    riga = factories.item(audience=audiences.everyone_or(teams=[], locations=["Riga"], languages=[]))
    draft = factories.item(state=Item.State.DRAFT)
    for item in (riga, draft):
        with pytest.raises(PermissionDenied):
            reactions.react(person=cast.liis, item=item, verdict="interesting")
        with pytest.raises(PermissionDenied):
            notes.write(person=cast.liis, item=item, text="Hello")


def test_editors_read_numbers_and_reasons_from_five_on_and_never_names(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7", "Words")
    grumpy = [people.person("Grumpy", f"n{n}", "advocate") for n in range(5)]
    for person in grumpy[:4]:
        reactions.react(person=person, item=item, verdict="not_for_me", why="sales")
    page = signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    assert "Too much of an advertisement" not in page
    assert "from five" in page
    reactions.react(person=grumpy[4], item=item, verdict="not_for_me", why="field")
    page = signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    assert "Too much of an advertisement" in page
    assert "14 hours older" in page
    assert "Grumpy" not in page


def test_a_reader_writes_to_the_editors_and_hears_back(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7", "Words")
    reader, editor = signed_in(cast.liis), signed_in(cast.eda)
    assert reader.post(f"/read/{item.pk}/note/", {"text": " "}).status_code == 422
    reader.post(f"/read/{item.pk}/note/", {"text": "At how many metres?"})
    assert "At how many metres?" in editor.get(f"/library/{item.pk}/").content.decode()
    note = ItemNote.objects.get()
    editor.post(f"/library/notes/{note.pk}/answer/", {"text": "At one metre."})
    notes.tell(note=note.pk)
    assert mail.outbox[-1].to == [cast.liis.email]
    assert "At one metre." in mail.outbox[-1].body
    assert "At one metre." in reader.get(f"/read/{item.pk}/note/").content.decode()
    assert "At how many metres?" not in signed_in(cast.mart).get(f"/read/{item.pk}/note/").content.decode()
    with pytest.raises(PermissionDenied):
        notes.answer(person=cast.mart, note=note, text="I know")


def test_what_came_since_the_last_visit_is_marked_as_new(cast: Cast, signed_in: SignIn) -> None:
    now = timezone.now()
    factories.item("Old", live_from=now - timedelta(days=3))
    factories.item("Fresh", live_from=now - timedelta(hours=1))
    Person.objects.filter(pk=cast.liis.pk).update(feed_seen_at=now - timedelta(days=1))
    browser = signed_in(cast.liis)
    for _visit_goes_on in range(2):
        page = browser.get("/").content.decode()
        assert page.count(">New<") == 1
    assert ">New<" not in signed_in(cast.mart).get("/").content.decode()


def test_what_readers_wrote_and_overdue_ideas_stand_among_what_needs_the_manager(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7")
    note = notes.write(person=cast.liis, item=item, text="Is it true?")
    Idea.objects.create(person=cast.liis, title="Glass and air", due_at=timezone.now() - timedelta(days=1))
    browser = signed_in(cast.kadri)
    for page in (browser.get("/programme/").content.decode(), browser.get("/ideas/").content.decode()):
        assert f"/library/{item.pk}/#readers" in page
    assert "Glass and air" in browser.get("/programme/").content.decode()
    browser.post(f"/library/notes/{note.pk}/answer/", {"read": "1"})
    assert f"/library/{item.pk}/#readers" not in browser.get("/programme/").content.decode()


def test_an_own_post_stands_in_nobodys_list_of_what_was_shared_today(cast: Cast) -> None:
    factories.share(cast.mart, factories.item("Lunch", original=True, author=cast.mart))
    assert feed.shared_today(cast.liis) == []

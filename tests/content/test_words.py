"""The editor's suggested words: one language and network at a time; changed in place; nothing typed is lost."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from kaja.audit.models import Line
from kaja.content import captions, captions_shown, searching
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def test_the_page_shows_the_words_of_the_chosen_language_and_network(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7", "The fridge lost.", state="draft")
    captions.add(person=cast.eda, item=item, language="et", text="Külmkapp kaotas.")
    captions.add(person=cast.eda, item=item, language="en", text="For engineers alone.", network="linkedin")
    browser = signed_in(cast.eda)
    first = browser.get(f"/library/{item.pk}/").content.decode()
    assert "The fridge lost." in first
    assert "Külmkapp kaotas." not in first
    assert "Külmkapp kaotas." in browser.get(f"/library/{item.pk}/?language=et").content.decode()
    own = browser.get(f"/library/{item.pk}/?language=en&network=linkedin").content.decode()
    assert "For engineers alone." in own
    assert "The fridge lost." not in own


def test_a_nonsense_choice_shows_the_items_own_language(cast: Cast) -> None:
    item = factories.item("NW-7", "The fridge lost.", state="draft")
    chosen = captions_shown.choose(item, language="<b>", network="myspace")
    assert (chosen.language, chosen.network) == (item.language, "")
    assert [caption.text for caption, _over in chosen.words] == ["The fridge lost."]


def test_words_in_a_language_that_kaja_does_not_speak_are_not_hidden(cast: Cast) -> None:
    item = factories.item("NW-7", state="draft")
    captions.add(person=cast.eda, item=item, language="lv", text="Klusāks")
    chosen = captions_shown.choose(item, language="lv")
    assert [caption.text for caption, _over in chosen.words] == ["Klusāks"]
    assert ("LV", 1) in [(one.name, one.count) for one in chosen.languages]


def test_words_are_changed_in_place(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7", "The fridge lost.", state="draft")
    words = item.captions.get()
    answer = signed_in(cast.eda).post(f"/library/{item.pk}/words/{words.pk}/", {"text": "It won.", "voice": "Witty"})
    assert answer["Location"] == f"/library/{item.pk}/?language=en#words"
    words.refresh_from_db()
    assert (words.text, words.voice) == ("It won.", "Witty")
    assert Line.objects.filter(verb="caption.changed", actor=cast.eda).exists()


def test_a_refused_change_comes_back_in_its_field(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("NW-7", state="draft")
    words = captions.add(person=cast.eda, item=item, language="en", text="Short", network="bluesky")
    answer = signed_in(cast.eda).post(f"/library/{item.pk}/words/{words.pk}/", {"text": "y" * 400})
    assert answer.status_code == 422
    assert "y" * 400 in answer.content.decode()
    assert "too long with its link" in answer.content.decode()
    words.refresh_from_db()
    assert words.text == "Short"


def test_words_of_another_item_are_not_there(cast: Cast, signed_in: SignIn) -> None:
    item, other = factories.item("A", "One"), factories.item("B", "Two")
    browser, words = signed_in(cast.eda), other.captions.get()
    assert browser.post(f"/library/{item.pk}/words/{words.pk}/", {"text": "x"}).status_code == 404
    assert browser.post(f"/library/{item.pk}/words/{words.pk}/remove/").status_code == 404


def test_only_editors_change_and_remove_words(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("A", "One")
    words = item.captions.get()
    for wrong in (cast.sten, cast.liis, cast.rein):
        with pytest.raises(PermissionDenied):
            captions.change(person=wrong, caption=words, text="x")
        with pytest.raises(PermissionDenied):
            captions.remove(person=wrong, caption=words)
        assert signed_in(wrong).post(f"/library/{item.pk}/words/{words.pk}/", {"text": "x"}).status_code == 404
    assert item.captions.get().text == "One"


def test_filters_survive_the_next_page_and_the_next_tab(cast: Cast, signed_in: SignIn) -> None:
    for number in range(30):
        factories.item(f"R&D {number}")
    searching.reindex()
    seen = signed_in(cast.eda).get("/library/", {"words": "R&D", "language": "en"}).content.decode()
    assert "?words=R%26D&amp;language=en&amp;page=2" in seen
    assert "?status=draft&amp;words=R%26D&amp;language=en" in seen

"""Filters of the library under a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from kaja.content import saved
from kaja.content.models import SavedView
from kaja.people.models import Person
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def test_a_view_keeps_what_the_library_knows_of_an_address(cast: Cast) -> None:
    view = saved.save(
        person=cast.eda, name="  Robots,  mine ", query="words=robot&category=product&page=7&evil=1&look=cards"
    )
    assert (view.name, view.query) == ("Robots, mine", "words=robot&category=product&look=cards")


def test_a_view_is_its_persons_own_unless_a_manager_shares_it(cast: Cast) -> None:
    saved.save(person=cast.eda, name="Mine", query="")
    saved.save(person=cast.kadri, name="Ours", query="validity=due", shared=True)
    assert [view.name for view in saved.of(cast.eda)] == ["Mine", "Ours"]
    assert [view.name for view in saved.of(cast.rein)] == ["Ours"]
    for someone in (cast.eda, cast.rein, cast.liis):
        with pytest.raises(PermissionDenied):
            saved.save(person=someone, name="For all", query="", shared=True)
    with pytest.raises(PermissionDenied):
        saved.save(person=cast.liis, name="Mine", query="")


def test_only_its_owner_renames_and_deletes_a_view(cast: Cast) -> None:
    view = saved.save(person=cast.kadri, name="Ours", query="", shared=True)
    with pytest.raises(PermissionDenied):
        saved.change(person=cast.eda, view=view, name="Stolen", shared=True)
    with pytest.raises(PermissionDenied):
        saved.remove(person=cast.eda, view=view)
    saved.change(person=cast.kadri, view=view, name="Team", shared=False)
    assert list(saved.of(cast.eda)) == []
    saved.remove(person=cast.kadri, view=view)
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "Mine"])
def test_a_name_that_says_nothing_is_too_long_or_taken_is_refused(cast: Cast, name: str) -> None:
    saved.save(person=cast.eda, name="Mine", query="")
    with pytest.raises(ValidationError):
        saved.save(person=cast.eda, name=name, query="")


def test_the_page_keeps_a_view_and_loses_nothing_that_was_typed(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.eda)
    answer = browser.post("/library/views/", {"name": "Riga hiring", "query": "category=people&words=Riga"})
    assert answer["Location"] == "/library/?words=Riga&category=people"
    assert "Riga hiring" in browser.get("/library/").content.decode()
    again = browser.post("/library/views/", {"name": "Riga hiring", "query": "words=Berlin"})
    assert again.status_code == 422
    assert 'value="Riga hiring"' in again.content.decode()
    assert 'value="words=Berlin"' in again.content.decode()
    view = SavedView.objects.get()
    assert browser.post(f"/library/views/{view.pk}/", {"name": ""}).status_code == 422
    browser.post(f"/library/views/{view.pk}/", {"name": "Riga"})
    assert SavedView.objects.get().name == "Riga"
    assert signed_in(cast.rein).post(f"/library/views/{view.pk}/delete/").status_code == 404
    browser.post(f"/library/views/{view.pk}/delete/")
    assert "No view yet" in browser.get("/library/views/").content.decode()

"""Pages of audiences: built without script, asked about, used; who will see an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kaja.content.models import Item
from kaja.people import audiences, rules
from kaja.people.models import Audience, Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
NEW = "/people/audiences/new/"


def draft(**more: Any) -> dict[str, Any]:
    """The form with one condition: office is Tallinn."""
    return {"group-0": "1", "field-0-0": "location", "value-0-0": ["Tallinn"], **more}


def test_an_audience_is_built_press_by_press_without_script(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.kadri)
    assert "that is everyone" in browser.get(NEW).content.decode()
    page = browser.post(NEW, {"group-0": "1", "new-0": "location", "do": "add"}).content.decode()
    assert 'name="field-0-0" value="location"' in page
    page = browser.post(
        NEW, {"group-0": "1", "field-0-0": "location", "add-0-0": "Tallinn", "do": "add"}
    ).content.decode()
    assert 'name="value-0-0" value="Tallinn"' in page
    assert "7</span>" in page.replace("\n", "").replace(" ", "")
    page = browser.post(NEW, draft(do="turn-0-0")).content.decode()
    assert 'name="is-0-0" value="no"' in page
    page = browser.post(NEW, draft(do="less-0-0-Tallinn")).content.decode()
    assert 'value="Tallinn">\n' not in page.split("</select>")[0]
    assert 'name="value-0-0"' not in page
    assert 'name="field-0-0"' not in browser.post(NEW, draft(do="drop-0-0")).content.decode()
    assert 'name="group-1"' in browser.post(NEW, draft(do="group")).content.decode()
    answer = browser.post(NEW, draft(do="save", name="Tallinn people"))
    kept = Audience.objects.get(name="Tallinn people")
    assert answer["Location"] == f"/people/audiences/{kept.pk}/"
    assert rules.dump(audiences.rule_of(kept)) == {
        "any": [{"all": [{"field": "location", "is": True, "values": ["Tallinn"]}]}]
    }


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"do": "save", "name": ""}, "Give it a name"), ({"do": "save", "name": "X", "new-0": "team"}, "has no value yet"),
        ({"do": "save", "name": "X", "value-0-0": []}, "has no value yet"),
        ({"do": "save", "name": "X", "field-0-0": "language", "value-0-0": ["<b>"]}, "is no value for"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_comes_back_as_it_was(
    cast: Cast, signed_in: SignIn, sent: dict[str, Any], said: str
) -> None:
    answer = signed_in(cast.kadri).post(NEW, draft(**sent))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'name="field-0-0"' in answer.content.decode()
    assert not Audience.objects.exclude(name="").exists()


def test_is_someone_in_it_is_answered_with_the_reason_to_those_who_may_see_people(
    cast: Cast, signed_in: SignIn
) -> None:
    asked = draft(do="ask", ask="Mart")
    page = signed_in(cast.kadri).post(NEW, asked).content.decode()
    assert "Mart Kask would not see it." in page
    assert "Office: Riga. It asks that office is Tallinn." in page
    assert "Liis Tamm would see it." in signed_in(cast.kadri).post(NEW, draft(do="ask", ask="liis")).content.decode()
    hidden = signed_in(cast.eda).post(NEW, asked).content.decode()
    assert "Mart Kask" not in hidden


def test_editors_see_numbers_but_not_of_groups_in_which_a_person_could_be_found_out(
    cast: Cast, signed_in: SignIn
) -> None:
    item = factories.item("For Riga", state="draft", audience=factories.audience(cast.kadri, "Riga", location=["Riga"]))
    path = f"/library/{item.pk}/audience/"
    mine, hers = (signed_in(who).get(path).content.decode() for who in (cast.kadri, cast.eda))
    assert "Mart Kask" in mine
    assert "Mart Kask" not in hers
    assert "fewer than 5" in hers
    assert "fewer than 5" not in mine
    assert "Reaches fewer than 5 people." in signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()


def test_an_editor_is_warned_when_nobody_would_see_it(cast: Cast, signed_in: SignIn) -> None:
    nobody = audiences.everyone_or(teams=(), locations=("Atlantis",), languages=())
    item = factories.item("For nobody", state="draft", audience=nobody)
    assert "Nobody who has joined would see it" in signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()


def test_a_finer_rule_is_used_for_one_item_without_a_name(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("For some", "w", state="draft")
    signed_in(cast.eda).post(f"{NEW}?item={item.pk}", draft(**{"is-0-0": "no", "do": "use"}))
    item.refresh_from_db()
    assert item.audience is not None
    assert (item.audience.name, item.audience.label) == ("", "Office is not Tallinn")
    page = signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    assert f'<option value="{item.audience_id}" selected>' in page
    form = {"title": "New", "url": item.url, "summary": "", "language": "en", "category": item.category_id,
            "audience": item.audience_id}  # fmt: skip
    signed_in(cast.eda).post(f"/library/{item.pk}/", form)
    item.refresh_from_db()
    assert (item.title, item.audience.label) == ("New", "Office is not Tallinn")


def test_a_kept_audience_says_what_uses_it_and_who_was_in_it_then(cast: Cast, signed_in: SignIn) -> None:
    kept = factories.audience(cast.kadri, "Offices", location=["Riga"])
    factories.item("For them", audience=kept)
    audiences.change(
        person=cast.kadri, audience=kept,
        rule=rules.parse({"any": [{"all": [{"field": "location", "values": ["Tallinn"]}]}]}),
    )  # fmt: skip
    browser = signed_in(cast.kadri)
    page = browser.get(f"/people/audiences/{kept.pk}/").content.decode()
    assert "Used by 1 post." in page
    assert "Version 2" in page
    people = f"/people/audiences/{kept.pk}/people/"
    assert "Mart Kask" in browser.get(f"{people}?version=1").content.decode()
    assert "Mart Kask" not in browser.get(people).content.decode()
    assert browser.post(f"/people/audiences/{kept.pk}/remove/").status_code == 302
    assert Audience.objects.filter(pk=kept.pk).exists()
    Item.objects.update(audience=None)
    browser.post(f"/people/audiences/{kept.pk}/remove/")
    assert not Audience.objects.filter(pk=kept.pk).exists()


@pytest.mark.parametrize("rows", [2, 40])
def test_the_list_of_audiences_costs_few_queries_for_a_page(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Callable[[int], object], rows: int
) -> None:
    for n in range(rows):
        factories.audience(cast.kadri, f"Audience {n}", location=[f"Place {n}"])
    browser = signed_in(cast.kadri)
    browser.get("/people/audiences/")
    with django_assert_max_num_queries(13):  # type: ignore[attr-defined]
        browser.get("/people/audiences/")


def test_people_are_found_by_team_and_place_and_a_team_shows_its_members(cast: Cast, signed_in: SignIn) -> None:
    browser, team = signed_in(cast.kadri), cast.mart.team
    assert team is not None
    page = browser.get(f"/people/?team={team.pk}&location=Riga").content.decode()
    assert ("Mart Kask" in page, "Eda Lepik" in page) == (True, False)
    for odd in ("?team=x", "?team=99999999999999999999", "?location=%3Cb%3E"):
        assert browser.get(f"/people/{odd}").status_code == 200
    page = browser.get(f"/people/teams/{team.pk}/").content.decode()
    assert ("Mart Kask" in page, "Liis Tamm" in page) == (True, False)
    assert "3 of 3" in page

"""Several previews: one at a time, each with a tab that says what is wrong there."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from kaja import vault
from kaja.content.models import Item
from kaja.networks.models import NetworkApp
from kaja.people import delegations
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
TAB = re.compile(r'name="look" value="([^"]+)"[^>]*?(checked)?>', re.DOTALL)
LONG = "Long words. " * 26  # 312: too long for Bluesky and X


@pytest.fixture
def item() -> Item:
    return factories.item("NW-7 is here", "The fridge lost.")


def tabs(page: str) -> dict[str, bool]:
    """Tab -> whether its preview shows."""
    return {found[1]: bool(found[2]) for found in TAB.finditer(page)}


def checked(client: Client, item: Item, *to: str, **fields: object) -> str:
    sent = {"text": "Tere", "to": list(to), **fields}
    return client.post(f"/share/{item.pk}/check/", sent).content.decode()


def test_one_place_needs_no_tabs_and_several_have_one_each(cast: Cast, item: Item, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)
    assert tabs(checked(liis, item, "dialog:x")) == {}
    page = checked(liis, item, "dialog:linkedin", "dialog:x")
    assert tabs(page) == {"dialog:linkedin": True, "dialog:x": False}
    assert page.count('class="preview ') == 2  # without a stylesheet that hides one, both stand there


def test_the_open_tab_stays_open_while_one_writes(cast: Cast, item: Item, signed_in: SignIn) -> None:
    seen = ["dialog:linkedin", "dialog:x"]
    page = checked(signed_in(cast.liis), item, *seen, look="dialog:x", seen=seen)
    assert tabs(page) == {"dialog:linkedin": False, "dialog:x": True}


def test_a_place_that_was_just_chosen_shows(cast: Cast, item: Item, signed_in: SignIn) -> None:
    liis, seen = signed_in(cast.liis), ["dialog:linkedin", "dialog:x"]
    alone = checked(liis, item, "dialog:linkedin")
    assert 'name="seen" value="dialog:linkedin"' in alone
    assert tabs(checked(liis, item, *seen, seen=seen[:1])) == {"dialog:linkedin": False, "dialog:x": True}
    page = checked(liis, item, *seen, "dialog:facebook", look="dialog:x", seen=seen)
    assert [tab for tab, shows in tabs(page).items() if shows] == ["dialog:facebook"]
    page = checked(liis, item, "dialog:linkedin", "dialog:facebook", look="dialog:x", seen=[*seen, "dialog:facebook"])
    assert [tab for tab, shows in tabs(page).items() if shows] == ["dialog:linkedin"]  # its own is gone


def test_the_tab_of_a_network_that_finds_it_too_long_says_so(cast: Cast, item: Item, signed_in: SignIn) -> None:
    page = checked(signed_in(cast.liis), item, "dialog:linkedin", "dialog:x", text=LONG)
    labels = re.findall(r'<label class="(tabbed-tab[^"]*)">(.*?)</label>', page, re.DOTALL)
    assert [classes for classes, _words in labels] == ["tabbed-tab", "tabbed-tab over"]
    assert ["too long" in words for _classes, words in labels] == [False, True]


def test_an_empty_post_is_not_called_too_long(cast: Cast, signed_in: SignIn) -> None:
    item, account = factories.item("Words", kind="text", url=""), factories.account(cast.liis)
    assert "Too long for" not in checked(signed_in(cast.liis), item, f"account:{account.pk}", text="")
    assert "Too long for" in checked(signed_in(cast.liis), item, f"account:{account.pk}", text=LONG * 3)


def test_the_tab_of_a_network_that_kaja_cannot_post_to_says_so(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Words", kind="text", url="")
    instagram, sandbox = factories.account(cast.liis, "instagram"), factories.account(cast.liis)
    NetworkApp.objects.create(network="instagram", sealed=vault.seal({}))
    page = checked(signed_in(cast.liis), item, f"account:{instagram.pk}", f"account:{sandbox.pk}")
    assert "tabbed-tab refused" in page
    assert page.count("cannot go out there like this") == 1


def test_two_accounts_of_one_network_are_told_apart(cast: Cast, item: Item, signed_in: SignIn) -> None:
    one = factories.account(cast.liis)
    two = factories.account(cast.liis, external_id="sandbox:second", handle="second")
    page = checked(signed_in(cast.liis), item, f"account:{one.pk}", f"account:{two.pk}")
    assert '<span class="faint">second</span>' in page
    assert '<span class="faint">' not in checked(signed_in(cast.liis), item, f"account:{one.pk}", "dialog:x")


def test_a_refused_form_comes_back_with_the_tab_that_was_open(cast: Cast, item: Item, signed_in: SignIn) -> None:
    to = ["dialog:linkedin", "dialog:x"]
    answer = signed_in(cast.liis).post(
        f"/share/{item.pk}/", {"text": "", "to": to, "look": "dialog:x", "seen": to, "when": "now"}
    )
    assert answer.status_code == 422
    assert tabs(answer.content.decode()) == {"dialog:linkedin": False, "dialog:x": True}


def test_a_delegate_has_the_same_tabs(cast: Cast, item: Item, signed_in: SignIn) -> None:
    delegations.name(person=cast.liis, delegate=cast.mart)
    one = factories.account(cast.liis)
    two = factories.account(cast.liis, external_id="sandbox:second", handle="second")
    to = [f"account:{one.pk}", f"account:{two.pk}"]
    address = f"/prepare/for/{cast.liis.pk}/{item.pk}/check/"
    page = signed_in(cast.mart).post(address, {"text": "Tere", "to": to, "look": to[1], "seen": to}).content.decode()
    assert tabs(page) == {to[0]: False, to[1]: True}
    assert "Send for approval" in page

"""All previews side by side (screen 13): for editors in the suggested words, from the composer in one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kaja.content.models import Attachment, Caption, Item
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.sharing import composing, shares
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


@pytest.fixture
def item() -> Item:
    made = factories.item("NW-7", "It is quiet. #robotics", "It is loud.", image=factories.picture())
    Caption.objects.create(item=made, language="et", text="See on vaikne.")
    Caption.objects.create(item=made, language="en", network="x", text="Only for X.")
    return made


def shown(page: str) -> dict[str, str]:
    """Network -> its preview."""
    return {found[1]: found[2] for found in re.finditer(r'<div class="preview (\w+)"(.*?)</figure>', page, re.DOTALL)}


def test_an_editor_sees_every_network_in_its_own_words(cast: Cast, item: Item, signed_in: SignIn) -> None:
    page = signed_in(cast.eda).get(f"/share/{item.pk}/previews/?lang=en").content.decode()
    previews = shown(page)
    assert set(previews) == {
        "bluesky",
        "mastodon",
        "linkedin",
        "x",
        "facebook",
        "facebook_page",
        "threads",
        "instagram",
    }
    assert "Only for X." in previews["x"]
    assert "It is quiet." in previews["bluesky"]
    assert "Only for X." not in previews["bluesky"]
    assert previews["instagram"].index("<img") < previews["instagram"].index("It is quiet.")  # the picture comes first
    assert "Nobody can click the link on Instagram" in page
    assert "link counts 23" in page


def test_language_and_words_are_chosen_by_links(cast: Cast, item: Item, signed_in: SignIn) -> None:
    eda = signed_in(cast.eda)
    page = eda.get(f"/share/{item.pk}/previews/?lang=et").content.decode()
    assert "See on vaikne." in shown(page)["bluesky"]
    assert "?lang=en&amp;on=phone" in page
    assert "on=computer" in page
    loud = item.captions.get(text="It is loud.")
    page = eda.get(f"/share/{item.pk}/previews/?lang=en&caption={loud.pk}").content.decode()
    assert "It is loud." in shown(page)["x"]
    for odd in ("?lang=xx", "?caption=x", "?on=fridge", "?caption=999999999999999999999"):
        assert eda.get(f"/share/{item.pk}/previews/{odd}").status_code == 200


def test_own_words_come_from_the_composer_and_stay(cast: Cast, item: Item, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)
    assert f'formaction="/share/{item.pk}/previews/"' in liis.get(f"/share/{item.pk}/").content.decode()
    page = liis.post(f"/share/{item.pk}/previews/", {"text": "My <b>own</b> words"}).content.decode()
    assert "My &lt;b&gt;own&lt;/b&gt; words" in shown(page)["linkedin"]
    assert "It is quiet." not in page
    switch = re.search(r"<textarea name=\"text\" hidden[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    assert switch is not None
    assert switch[1] == "My &lt;b&gt;own&lt;/b&gt; words"


def test_a_phone_folds_earlier_than_a_computer(cast: Cast, item: Item) -> None:
    words = {"": "word " * 34}
    on = {
        phone: next(one for one in composing.everywhere(cast.liis, item, words, phone=phone) if one.rest)
        for phone in (True, False)
        if any(one.rest for one in composing.everywhere(cast.liis, item, words, phone=phone))
    }
    assert on[True].target.network.key == "linkedin"
    assert False not in on or on[False].target.network.key != "linkedin"


def test_nobody_looks_at_what_they_may_not_see(cast: Cast, item: Item, signed_in: SignIn) -> None:
    """A draft is for those who read the library; what is meant for others is for nobody else."""
    draft = factories.item("Draft", state=Item.State.DRAFT)
    only_riga = factories.item("Riga", audience=factories.audience(cast.kadri, "Riga", location=["Riga"]))
    liis, eda = signed_in(cast.liis), signed_in(cast.eda)
    for one, who, status in (
        (draft, liis, 404), (draft, eda, 200), (only_riga, liis, 404), (only_riga, eda, 200), (item, liis, 200)
    ):  # fmt: skip
        assert who.get(f"/share/{one.pk}/previews/").status_code == status, one.title
    assert signed_in(cast.sten).get(f"/share/{item.pk}/previews/").status_code == 404


@pytest.mark.parametrize("captions", [1, 100])
def test_the_page_asks_the_same_however_many_words_there_are(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Any, captions: int
) -> None:
    item = factories.item("NW-7", *[f"Words {number}" for number in range(captions)], image=factories.picture())
    eda = signed_in(cast.eda)
    eda.get(f"/share/{item.pk}/previews/")
    with django_assert_num_queries(9):
        eda.get(f"/share/{item.pk}/previews/")


def test_pictures_are_laid_out_as_each_network_does_it(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("Four", "Four rooms.", kind=Item.Kind.IMAGES, url="")
    for place, colour in enumerate(("teal", "navy", "red", "gold")):
        Attachment.objects.create(
            item=item, media=factories.picture(colour, alt="" if place else "A room"), position=place
        )
    page = signed_in(cast.eda).get(f"/share/{item.pk}/previews/?lang=en").content.decode()
    previews = shown(page)
    assert 'class="pix edge n4"' in previews["linkedin"]
    assert 'class="strip"' in previews["threads"]
    assert "1/4" in previews["instagram"]
    assert 'class="pix n4"' in previews["bluesky"]
    assert "3 pictures have no description" in page


def test_what_is_too_long_is_said_below(cast: Cast, item: Item, signed_in: SignIn) -> None:
    page = signed_in(cast.liis).post(f"/share/{item.pk}/previews/", {"text": "long " * 80}).content.decode()
    assert "over the limit" in shown(page)["bluesky"] or "Too long for Bluesky" in shown(page)["bluesky"]
    assert "Too long for LinkedIn" not in page


def test_a_server_with_limits_of_its_own_is_counted_by_them(cast: Cast) -> None:
    """Mastodon: each server says what it takes."""
    account = factories.account(
        cast.liis, "mastodon", limits={"text": 1000, "unit": "mastodon", "pictures": 2, "odd": 1}
    )
    network = connecting.network_of(account)
    assert network.limits is not None
    assert (network.limits.text, network.limits.pictures, network.key) == (1000, 2, "mastodon")
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="x" * 800)
    assert share.state == "planned"
    assert connecting.network_of(factories.account(cast.mart, "mastodon")) is BY_KEY["mastodon"]


def test_rules_are_told_while_an_editor_writes_and_to_nobody_else(cast: Cast, item: Item, signed_in: SignIn) -> None:
    from tests.guidelines import writing

    writing.rule(cast.kadri, words=["Project Kelp"])
    address = f"/library/{item.pk}/words/check/"
    told = signed_in(cast.eda).post(address, {"text": "Project Kelp is next", "language": "en"}).content.decode()
    assert 'data-start="0" data-end="12" data-words="Project Kelp"' in told
    known = item.captions.get(language="et")
    assert signed_in(cast.eda).post(f"{address}?caption={known.pk}", {"text": "Vaikne"}).content.decode().strip() == ""
    assert signed_in(cast.liis).post(address, {"text": "Project Kelp"}).status_code == 404

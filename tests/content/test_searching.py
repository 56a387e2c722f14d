"""What is found by which words, on both databases alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from kaja.content import captions, feeds, items, library, searching, stems
from kaja.content.library import Filter
from kaja.content.models import Item, ItemWords, Topic
from tests import factories
from tests.cast import Cast


def found(words: str, **parts: str) -> list[str]:
    return [item.title for item in library.items(Filter(words=words, **parts))]


def made(cast: Cast, title: str, **fields: Any) -> Item:
    fields = {"category": factories.category(), "url": "https://nordwind.example/x", **fields}
    return items.create(person=cast.eda, title=title, **fields)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Meie laos töötame robotitega", "robotid"),
        ("Uued robotid", "robotitega"),
        ("Uus robot", "robotid"),
        ("Värbame kuus inseneri", "värbamine"),
        ("Värbamine Riias", "värbame"),
        ("Kuidas Põhja Külm hoiab külma", "PÕHJA kulm"),
        ("Kuidas Põhja Külm hoiab külma", "pohja külm"),
        ("Töötajate lood", "tootajad"),
        ("Six engineers wanted: we are hiring", "hired engineer"),
        ("Warehouses in 2027", "warehouse 2027"),
        ("We moved into Lobeckstraße", "lobeckstrasse"),
        ("Žanri piir", "zanr"),
        ("The NW-7 is here", "nw-7"),
        ("The NW-7 is here", "nw"),
        ("Складские роботы", "складские"),
        ("Складские роботы", "скла"),
        ("ﬁrmware 4.2", "firmware"),
        ("How to lift an egg", "lift an e"),
    ],
)
def test_a_title_is_found_by_words_in_any_form(cast: Cast, title: str, words: str) -> None:
    made(cast, title)
    made(cast, "Something else")
    assert found(words) == [title]


@pytest.mark.parametrize(
    "words", ["!!!", "' OR 1=1 --", '"', "*", "NEAR(", "robot AND", "a:b", "\\", "(", ":*", "💡", "🤖 💡"]
)
def test_odd_words_find_what_they_say_and_break_nothing(cast: Cast, words: str) -> None:
    made(cast, "Something else")
    assert found(words) == []


def test_every_word_must_be_there_and_only_the_last_may_be_a_beginning(cast: Cast) -> None:
    made(cast, "Robots in Riga")
    assert found("riga robots") == ["Robots in Riga"]
    assert found("robots ri") == ["Robots in Riga"]
    assert found("ri robots") == []
    assert found("robots berlin") == []


def test_summary_text_words_address_and_topics_are_looked_through_and_the_title_weighs_most(cast: Cast) -> None:
    plain = made(cast, "First", summary="A gripper that lifts eggs. " * 3)
    made(cast, "Gripper in the title")
    article = made(cast, "Second", body="<p class='wide'>All about <b>lasers</b></p>")
    made(cast, "Third", url="https://robotics.example.org/deep/path")
    assert found("gripper") == ["Gripper in the title", "First"]
    assert found("lasers") == ["Second"]
    assert found("wide") == []  # a tag is no word
    assert found("robotics.example") == ["Third"]
    captions.add(person=cast.eda, item=plain, language="et", text="Vaatasin ise järele.")
    assert found("järele vaatasin") == ["First"]
    article.topics.add(Topic.objects.create(slug="cold", names={"en": "Cold stores", "et": "Külmlaod"}))
    searching.index([article])
    assert found("külmlaod") == found("cold store") == ["Second"]


def test_the_index_follows_every_change(cast: Cast) -> None:
    item = made(cast, "Old name")
    items.change(person=cast.eda, item=item, title="New name")
    assert found("old") == []
    assert found("new") == ["New name"]
    words = captions.add(person=cast.eda, item=item, language="en", text="Quieter than a fridge")
    captions.change(person=cast.eda, caption=words, text="Quieter than a library")
    assert (found("fridge"), found("library")) == ([], ["New name"])
    captions.remove(person=cast.eda, caption=words)
    assert found("library") == []
    item.delete()
    assert found("new") == []


def test_what_a_feed_brings_is_found_at_once(cast: Cast) -> None:
    content = b"""<rss version="2.0"><channel><title>News</title><item><title>Robotid laos</title>
    <link>https://nordwind.example/n/1</link><guid>1</guid></item></channel></rss>"""
    category = factories.category()
    feeds.bring_in(person=cast.eda, content=content, address="file:news", category=category)
    assert found("robotitega") == ["Robotid laos"]
    feeds.bring_in(person=cast.eda, content=content, address="file:news", category=category)
    assert found("robotitega") == ["Robotid laos"]


def test_rows_written_past_the_verbs_are_caught_up_with_and_mended(cast: Cast) -> None:
    item = factories.item("Written past")
    assert found("past") == []
    assert searching.catch_up() == 1
    assert found("past") == ["Written past"]
    assert searching.catch_up() == 0
    Item.objects.get(pk=item.pk).save()  # its time of change moves on
    assert searching.catch_up() == 1
    ItemWords.objects.update(head="broken", rest="")
    assert found("past") == []
    assert searching.reindex() == 1
    assert found("past") == ["Written past"]


def test_a_very_long_text_is_indexed_as_far_as_it_is_sensible(cast: Cast) -> None:
    item = made(cast, "Long", body="sõna " * 19_990 + "lõpp")
    assert found("sona") == ["Long"]
    assert len(item.words.rest) < 400_000
    with pytest.raises(ValidationError):
        made(cast, "x" * 301)


def test_forms_of_a_word_are_plain_letters_and_few() -> None:
    assert stems.forms("robotitega") == ("robotitega", "roboti", "robotiteg", "robot")
    assert stems.forms("2027") == ("n2027",)
    for word in ("jõulupuu", "ökonoomsemate", "šašlõkk", "straße", "ısıtma", "данные", "1e5", "a" * 40):
        assert 1 <= len(stems.forms(word)) <= 6
        assert all(form.isascii() and form.isalnum() and form[0].isalpha() for form in stems.forms(word))

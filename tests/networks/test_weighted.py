"""How X counts: vectors of our own, X's own conformance cases where the samples are, and texts made to be slow."""

import json
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaja.networks import counting, preview, weighted
from kaja.networks.catalogue import BY_KEY
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


def test_x_s_own_cases_of_whole_addresses_pass() -> None:
    """In a text an address does not end with a plus sign, which alone it may."""
    for section in ("urls", "urls_without_protocol"):
        for case in cases("validate-given.json", section):
            found = [one.text for one in weighted.addresses(case["text"])]
            assert (found == [case["text"].rstrip("+")]) == case["expected"], case["description"]


def test_x_s_own_cases_of_earlier_rules_pass_where_those_of_now_are_the_same() -> None:
    """Emoji were counted by their code points once, and 140 signs were the most."""
    for case in cases("validate-given.json", "WeightedTweetsCounterTest"):
        if not weighted.EMOJI.search(case["text"]) or "160 emoji" in case["description"]:
            wanted = case["expected"]
            length = weighted.weight(case["text"])
            assert (length, length <= 280) == (wanted["weightedLength"], wanted["valid"]), case["description"]
    for case in cases("validate-given.json", "tweets"):
        most = 280 if "double word" in case["description"] else 140
        assert (weighted.weight(case["text"]) <= most) == case["expected"], case["description"]


@pytest.mark.parametrize("section", ["hashtags", "hashtags_from_astral"])
def test_x_s_own_cases_of_hashtags_are_drawn_as_such(section: str) -> None:
    for case in cases("extract-given.json", section):
        found = [one.text[1:] for one in preview.pieces(BY_KEY["x"], case["text"]) if one.kind == "tag"]
        assert found == case["expected"], case["description"]


@given(st.text(max_size=200))
def test_any_text_has_a_length_and_addresses_stand_where_they_say(text: str) -> None:
    assert weighted.weight(text) >= 0
    for one in weighted.addresses(text):
        assert text[one.start : one.end] == one.text


def test_mastodon_counts_an_address_as_23_and_a_mention_without_its_server() -> None:
    limits = Limits(text=500, unit="mastodon", link_length=23)
    assert counting.measure(limits, "Tere @liis@mastodon.example!") == len("Tere @liis!")
    assert counting.measure(limits, "https://nordwind.ee/a/very/long/address/indeed/and/on") == 23
    assert counting.measure(limits, "👨‍👩‍👧‍👦 õhtu") == 6


@given(st.text(max_size=400), st.integers(min_value=0, max_value=280))
def test_what_is_cut_off_begins_where_the_limit_is_passed(text: str, limit: int) -> None:
    kept, over = counting.cut(Limits(text=limit, unit="weighted"), text)
    assert kept + over == unicodedata.normalize("NFC", text)
    if weighted.weight(text) <= limit:
        assert over == ""


MASTODON = Limits(text=500, unit="mastodon", link_length=23)
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("https://nordwind.ee", 23),
        ("HTTPS://NORDWIND.EE/A", 23),
        ("Loe https://nordwind.ee/a.", 4 + 23 + 1),
        ("(https://nordwind.ee/a)", 1 + 23 + 1),
        ("„https://nordwind.ee/a“", 1 + 23),  # a path may hold nearly everything there
        ("https://et.wikipedia.org/wiki/Eesti_(riik)", 23),
        ("(https://et.wikipedia.org/wiki/Eesti_(riik))", 1 + 23 + 1),
        ("https://nordwind.ee/a?x=1&y=õhtu!", 23 + 1),
        ("https://nordwind.ee?x=1.", 23 + 1),
        ("https://nordwind.ee/a?next=https://teine.ee/b", 23),
        ("https://nordwind.ee:8080/a", 23),
        ("https://õhtu.ee/", 23),  # a domain in letters of its own
        ("https://みんな.みんな/", 23),
        # No link there, so letter by letter: a name that is in no public zone, and an address without its scheme.
        ("https://kaja.intern/l/abc", 25),
        ("http://localhost:8000/l/abc", 27),
        ("nordwind.ee/a", 13),
        ("liis@nordwind.ee", 16),
        ("mailto:liis@nordwind.ee", 23),
        ("@liis@mastodon.example!", len("@liis!")),
        ("@liis", 5),
        ("https://nordwind.ee/@liis@mastodon.example", 23),
        ("a@b@c.ee", 8),
        ("@liis@mastodon.example@", 23),
        (FAMILY, 1),
        ("🇪🇪🇱🇻", 2),
        ("e\u0301õ", 2),
        ("שלום עולם", 9),
        ("\u202bשלום\u202c", 6),
        ("", 0),
    ],
)
def test_a_text_is_as_long_as_mastodon_says(text: str, length: int) -> None:
    assert counting.measure(MASTODON, text) == length


@pytest.mark.parametrize(
    ("unit", "lengths"),
    [
        # family, flags, right to left, combining, address in brackets, address with a full stop, mail, keycap
        ("graphemes", (1, 2, 9, 1, 24, 20, 16, 1)),
        ("utf16", (11, 8, 9, 2, 24, 20, 16, 3)),
        ("threads", (25, 16, 9, 2, 24, 20, 16, 7)),
        ("weighted", (2, 4, 9, 1, 25, 24, 16, 2)),
        ("mastodon", (1, 2, 9, 1, 25, 24, 16, 1)),
    ],
)
def test_odd_texts_are_as_long_as_each_network_says(unit: str, lengths: tuple[int, ...]) -> None:
    texts = (
        FAMILY,
        "🇪🇪🇱🇻",
        "שלום עולם",
        "e\u0301",
        "(https://nordwind.ee/a/)",
        "https://nordwind.ee.",
        "liis@nordwind.ee",
        "1️⃣",
    )
    limits = Limits(text=500, unit=unit, link_length=23)
    assert tuple(counting.measure(limits, text) for text in texts) == lengths


PIECES = (
    *"aõ.:/?#@()[]=&-_,!~ \n日👩🇪\u0301\u200d\u202e\ufe0f", "https://", "ee", "nordwind.ee/", "@liis@", "https://nordwind.ee",
)  # fmt: skip
ODD = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(ODD, ODD)
def test_lengths_of_odd_texts_hold_together(one: str, other: str) -> None:
    """Two lines are as long as each for itself, and nothing is longer than its bytes but where an address counts 23."""
    for unit in ("graphemes", "utf16", "threads", "weighted", "mastodon"):
        limits = Limits(text=500, unit=unit, link_length=23)
        parts = counting.measure(limits, one) + counting.measure(limits, other)
        assert counting.measure(limits, f"{one}\n\n{other}") in range(parts, parts + 3), unit
        kept, over = counting.cut(limits, one)
        assert counting.measure(limits, kept) <= 500
        assert (over == "") == (counting.measure(limits, one) <= 500)


@pytest.mark.parametrize(
    "text", ["@" + "a" * 20_000, "@a" * 5_000, "https://nordwind.ee/" + "(" * 4_000, "https://a." * 2_000]
)
def test_texts_made_to_be_slow_are_counted_at_once(text: str) -> None:
    begun = time.monotonic()
    counting.measure(MASTODON, text)
    assert time.monotonic() - begun < 2

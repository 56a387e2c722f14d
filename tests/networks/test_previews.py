"""How a post will look: folded where the network folds, links as it finds them, its own card. Data, never a name."""

from dataclasses import replace

import pytest

from kaja.networks import preview
from kaja.networks.catalogue import BY_KEY, NETWORKS
from kaja.networks.contract import Drawn, Fold, Limits, Network

LONG = "Three years of work and the nicest compliment came from a forklift driver in Jelgava. " * 6


def network(**fields: object) -> Network:
    return Network(key="guild", name="Guild", **{"limits": Limits(text=5000, unit="characters"), **fields})  # type: ignore[arg-type]


def words(pieces: list[preview.Piece]) -> str:
    return "".join(one.text for one in pieces)


def test_long_words_fold_where_the_constant_says_and_nothing_is_lost() -> None:
    drawn = preview.drawn(network(fold=Fold(chars=100)), LONG)
    assert 70 < len(words(drawn.pieces)) <= 100
    assert words(drawn.pieces) + words(drawn.rest) == LONG
    assert words(drawn.rest)[0] == " "  # not within a word
    assert preview.drawn(network(), LONG).rest == []
    assert preview.drawn(network(fold=Fold(chars=100)), "Short.").rest == []


def test_lines_fold_too_and_letters_stay_whole() -> None:
    drawn = preview.drawn(network(fold=Fold(lines=3)), "a\nb\nc\nd")
    assert (words(drawn.pieces), words(drawn.rest)) == ("a\nb\nc", "\nd")
    family = "👨‍👩‍👧‍👦"
    drawn = preview.drawn(network(fold=Fold(chars=2)), family * 5)
    assert words(drawn.pieces) == family * 2


def test_a_fold_within_a_link_or_a_tag_keeps_its_colour_on_both_sides() -> None:
    drawn = preview.drawn(network(fold=Fold(chars=12)), "Look at this #robotics today, all of you")
    assert [one.kind for one in (*drawn.pieces, *drawn.rest)] == ["text", "text", "tag", "text"]


def test_what_is_over_the_limit_is_marked_and_never_folded_away() -> None:
    drawn = preview.drawn(network(limits=Limits(text=20, unit="characters"), fold=Fold(chars=5)), "x" * 30)
    assert [(one.kind, len(one.text)) for one in drawn.pieces] == [("text", 20), ("over", 10)]
    assert drawn.rest == []


def test_x_makes_links_of_names_without_a_scheme_and_others_do_not() -> None:
    text = "See nordwind.ee and https://kaja.ee/l/a #robots"
    of_x = [(one.kind, one.text) for one in preview.pieces(BY_KEY["x"], text) if one.kind != "text"]
    assert of_x == [("link", "nordwind.ee"), ("link", "kaja.ee/l/a"), ("tag", "#robots")]
    of_bluesky = [one.text for one in preview.pieces(BY_KEY["bluesky"], text) if one.kind == "link"]
    assert of_bluesky == ["kaja.ee/l/a"]


def test_a_tag_within_a_link_is_no_tag() -> None:
    found = preview.pieces(network(), "https://a.example/#robots")
    assert [one.kind for one in found] == ["link"]
    assert [one.kind for one in preview.pieces(network(hashtags=False), "#robots")] == ["text"]


def test_an_address_at_the_end_goes_where_the_card_stands_for_it_and_only_there() -> None:
    hiding = network(drawn=Drawn(hides_link=True))
    text = "Look:\n\nhttps://kaja.example/l/a"
    assert words(preview.drawn(hiding, text, card=True).pieces) == "Look:"
    assert "kaja.example" in words(preview.drawn(hiding, text).pieces)
    assert "kaja.example" in words(preview.drawn(network(), text, card=True).pieces)
    assert "kaja.example" in words(preview.drawn(hiding, f"{text} and more", card=True).pieces)
    assert preview.drawn(hiding, "https://kaja.example/l/a", card=True).pieces == []


@pytest.mark.parametrize("one", NETWORKS, ids=lambda one: one.key)
def test_every_network_draws_every_text(one: Network) -> None:
    for text in ("", "#", "a\n" * 50, LONG, "õ" * 700, "https://a.example/" + "x" * 400, "👩‍🚀" * 300):
        drawn = preview.drawn(one, text, card=True)
        assert one.fold is not None or drawn.rest == []
        if not any(piece.kind == "link" for piece in drawn.pieces) and one.limits and one.limits.unit != "weighted":
            assert text.startswith("https") or words(drawn.pieces) + words(drawn.rest) == text
    assert replace(one).drawn.card in ("wide", "inset", "over", "")

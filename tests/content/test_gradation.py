"""Words whose stem changes are found in every form, and words that only look alike are not: on both databases."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaja.content import gradation, items, library
from kaja.content.library import Filter
from tests import factories
from tests.cast import Cast


def made(cast: Cast, title: str) -> None:
    items.create(person=cast.eda, title=title, category=factories.category(), url="https://nordwind.example/x")


def found(words: str) -> list[str]:
    return [item.title for item in library.items(Filter(words=words))]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Uued toad Riias", "tuba"),
        ("Tuba vaatega merele", "toas"),
        ("Kolm tuba ja köök", "tubade"),
        ("Meie kodulehel on uus pood", "koduleht"),
        ("Leht, mida loetakse", "lehed"),
        ("Poes ja laos", "pood ladu"),
        ("Lattu jõudis uus robot", "laos"),
        ("Mäe otsas", "mägi"),
        ("Mägedes sõitsime", "mäele"),
        ("Jõed ja järved", "jõgi"),
        ("Puhas vesi", "veega"),
        ("Käed-jalad vabad", "käsi jalg"),
        ("Kaheksa jala kõrgune", "jalg"),
        ("Kaubad liiguvad", "kaup liikuma"),
        ("Hoiame Põhja Külma külmana", "hoidma põhi"),
        ("Mida me sel aastal õppisime ja mida õpin", "õppida"),
        ("Teeme koos", "tegema"),
        ("Andsime lubaduse: anname robotid", "andma"),
        ("Uute inimeste lood", "uus lugu"),
        ("Päikese käes, sõprade keskel", "sõber"),
        ("Suured vead, väikesed võidud", "viga võit"),
        ("Tööpingid töötavad", "tööpink"),
        ("Vaated laevatehasele", "vaade"),
        ("Parkides on robotid", "park"),
        ("Kliendid küsivad hindu", "klient hind"),
    ],
)
def test_a_word_is_found_in_every_grade(cast: Cast, title: str, words: str) -> None:
    made(cast, title)
    made(cast, "Midagi muud")
    assert found(words) == [title]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Tule kohe tagasi", "koht"),
        ("Viha ei aita", "viht"),
        ("Rattaga tööle", "rada"),
        ("Toores puit", "tuba"),
        ("Thread by thread", "rida"),
        ("Kala on hea", "kallas"),
        ("Vean kihla", "viga"),
        ("Lehm ja leht", "lehis"),
        ("Palun", "palk"),
    ],
)
def test_what_only_looks_alike_is_not_found(cast: Cast, title: str, words: str) -> None:
    made(cast, title)
    assert found(words) == []


def test_every_declared_word_has_its_parts_and_stands_once() -> None:
    declared = tomllib.loads(gradation.DECLARED.read_text(encoding="utf-8"))
    for name, fewest in (("nouns", 5), ("verbs", 4)):
        lines = [line.split() for line in declared[name].split("\n") if line.strip()]
        assert len({tuple(parts) for parts in lines}) == len(lines)
        for parts in lines:
            assert len(parts) >= fewest, parts
            assert all(re.fullmatch(r"[a-zõäöüšž]+|-", part) for part in parts), parts
            assert name == "nouns" or (parts[0].endswith("ma") and parts[1].endswith("n")), parts
    assert len(declared["nouns"].split("\n")) > 150


def test_from_any_form_of_a_word_every_other_one_is_reached() -> None:
    for form, families in gradation._families().items():
        for family in families:
            assert set(family) - {form} <= set(gradation.others(form))


@given(st.text(max_size=60))
def test_whatever_is_typed_widens_little_and_breaks_nothing(typed: str) -> None:
    assert len(gradation.others(typed)) < 120

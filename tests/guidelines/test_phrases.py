"""The quick look for a phrase never says no where a reading finds one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaja.guidelines import phrases
from kaja.guidelines.reading import read

WRITTEN = ["Project Kelp", "Model X", "NW-7", "Põhja Külm", "käpp", "robot", "naerab*", "#NordwindTeam"]
PIECES = [
    "Project", "project", "Kelp", "kelpi", "Prоject", "Kelр", "K\u0301elp", "Pro\u200bject", "Ｐｒｏｊｅｃｔ", "𝗞𝗲𝗹𝗽",
    "#meetprojectkelp", "ProjectKelp", "https://x.example/project-kelp", "P r o j e c t", "model", "mudel", "X", "x-i", "NW",
    "7", "nw7", "Pohja", "kulma", "KÜLMA", "kapp", "käpaga", "robotitega", "ROBOTID", "naerabki", "#nordwindteam", "🌊", "-",
    " ", ".", "Я", "ß", "\u00ad",
]  # fmt: skip
EASY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EASY
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12), st.sampled_from([" ", "", "-"]))
def test_no_is_certain(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    reading = read(text)
    for one in WRITTEN:
        if next(phrases.any_of([one], reading, strict=True), None):
            assert phrases.may_stand([one], text), (one, text)


@pytest.mark.parametrize(
    "text", ["A quiet day in Tallinn.", "", "Uus lugu meie tiimist 🎉", "https://x.example/l/ab12"]
)
def test_a_text_about_other_things_is_told_without_a_reading(text: str) -> None:
    assert not phrases.may_stand(WRITTEN, text)

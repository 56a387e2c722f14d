import math

import pytest

from kaja.design import theme

COLOURS = [
    theme.Lch(lightness, chroma, math.radians(hue)).hex()
    for hue in range(0, 360, 10)
    for lightness in (0.3, 0.45, 0.6, 0.75, 0.9)
    for chroma in (0.03, 0.12, 0.22)
]
PAIRS = {"button": ("on-brand", "brand"), "hover": ("on-brand", "brand-hover"), "tint": ("brand-ink", "brand-tint"),
         "panel": ("on-deep", "brand-deep"), "quiet": ("on-deep-2", "brand-deep")}  # fmt: skip
LEAST = {
    False: {"button": 4.5, "hover": 4.5, "tint": 5.9, "panel": 10, "quiet": 7, "link": 6.9},
    True: {"button": 4.5, "hover": 4.5, "tint": 5.4, "panel": 10, "quiet": 7, "link": 7},
}


@pytest.mark.parametrize("dark", [False, True])
def test_every_colour_a_company_may_have_can_be_read(dark: bool) -> None:
    for colour in COLOURS:
        made = theme.tokens(colour, dark=dark)
        for name, (ink, ground) in PAIRS.items():
            assert theme.contrast(made[ink], made[ground]) >= LEAST[dark][name], (colour, name, made)
        surface = theme.DARK_SURFACE if dark else theme.LIGHT_SURFACE
        assert theme.contrast(made["brand-ink"], surface) >= LEAST[dark]["link"]


def test_a_bright_colour_stays_itself_and_takes_dark_text() -> None:
    made = theme.tokens("#ffd400")
    assert made["brand"] == "#ffd400"
    assert theme.contrast(made["on-brand"], "#ffd400") > 7


def test_known_contrasts() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)

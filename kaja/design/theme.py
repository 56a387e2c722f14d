"""One colour in, a theme out: the nine brand tokens of a company for light and dark, with contrast that holds.

Works in OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020): keeps the hue, limits the
chroma, and moves the lightness until each pair of text and ground passes WCAG 2.2 (contrast ratio).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

LIGHT_SURFACE, DARK_SURFACE = "#ffffff", "#1a2221"
# Above this lightness a colour stays as it is and takes dark text (yellow, mint).
BRIGHT = 0.78


@dataclass(frozen=True)
class Lch:
    """A colour by lightness (0 to 1), chroma (0 to about 0.37) and hue (radians)."""

    lightness: float
    chroma: float
    hue: float

    def at(self, lightness: float, most_chroma: float) -> Lch:
        return Lch(lightness, min(self.chroma, most_chroma), self.hue)

    def hex(self) -> str:
        """As #rrggbb, with less chroma where the screen has no such colour."""
        chroma = self.chroma
        while True:
            channels = _to_linear(self.lightness, chroma * math.cos(self.hue), chroma * math.sin(self.hue))
            if chroma < 0.002 or all(-0.002 <= one <= 1.002 for one in channels):
                return "#" + "".join(f"{_to_byte(one):02x}" for one in channels)
            chroma *= 0.96


def _from_byte(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _to_byte(value: float) -> int:
    part = min(max(value, 0.0), 1.0)
    return round(255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_from_byte(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return red, green, blue


def _to_linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def lch(colour: str) -> Lch:
    """The colour #rrggbb by lightness, chroma and hue."""
    red, green, blue = _channels(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Lch(lightness, math.hypot(a, b), math.atan2(b, a))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _moved(colour: Lch, ground: str, needed: float, step: float) -> Lch:
    """The colour, lighter or darker by `step` until it stands out from its ground as much as needed."""
    while contrast(colour.hex(), ground) < needed and 0 < colour.lightness < 1:
        colour = Lch(colour.lightness + step, colour.chroma, colour.hue)
    return colour


def _light(given: str) -> dict[str, str]:
    colour = lch(given)
    tint = Lch(0.945, min(colour.chroma * 0.22, 0.02), colour.hue)
    ink = _moved(colour.at(min(colour.lightness, 0.45), 0.16), tint.hex(), 6, -0.01)
    if colour.lightness > BRIGHT:
        brand, on_brand = given, colour.at(0.2, 0.04).hex()
        hover = Lch(colour.lightness - 0.05, colour.chroma, colour.hue).hex()
    else:
        moved = _moved(colour, LIGHT_SURFACE, 4.6, -0.01)
        brand, on_brand = moved.hex(), "#ffffff"
        hover = Lch(moved.lightness - 0.06, colour.chroma, colour.hue).hex()
    return {
        "brand": brand,
        "brand-hover": hover,
        "on-brand": on_brand,
        "brand-ink": ink.hex(),
        "brand-tint": tint.hex(),
        "brand-line": colour.at(0.86, 0.05).hex(),
        "brand-deep": colour.at(0.33, 0.085).hex(),
    }


def _dark(given: str) -> dict[str, str]:
    colour = lch(given)
    tint = colour.at(0.29, 0.045)
    brand = _moved(colour.at(max(colour.lightness, 0.62), 0.15), DARK_SURFACE, 4.5, 0.01)
    ink = _moved(colour.at(max(brand.lightness, 0.8), 0.11), tint.hex(), 5.5, 0.01)
    hover = colour.at(min(brand.lightness + 0.06, 0.95), 0.15)
    return {"brand": brand.hex(), "brand-hover": hover.hex(), "on-brand": colour.at(0.17, 0.03).hex(),
            "brand-ink": ink.hex(), "brand-tint": tint.hex(), "brand-line": colour.at(0.42, 0.05).hex(),
            "brand-deep": colour.at(0.29, 0.085).hex()}  # fmt: skip


def tokens(colour: str, *, dark: bool = False) -> dict[str, str]:
    """The nine brand tokens for #rrggbb, names without their dashes."""
    hue = lch(colour)
    deep = {"on-deep": hue.at(0.96, 0.012).hex(), "on-deep-2": hue.at(0.83, 0.055).hex()}
    return {**(_dark(colour) if dark else _light(colour)), **deep}


@lru_cache(maxsize=16)
def style(colour: str) -> str:
    """The tokens as one CSS rule for both themes."""
    light, dark = tokens(colour), tokens(colour, dark=True)
    pairs = ";".join(f"--{name}:light-dark({light[name]},{dark[name]})" for name in light)
    return f":root,[data-theme]{{{pairs}}}"

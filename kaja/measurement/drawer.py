"""What the drawer of a figure shows, and the pieces that every explanation is made of."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaja.design.tags import figure as written
from kaja.measurement.figures import Figure, Provenance
from kaja.measurement.tables import Table


@dataclass(frozen=True)
class Term:
    """A piece of the formula: a value over its name, or (without a name) an operator."""

    text: str
    name: str = ""
    result: bool = False


@dataclass(frozen=True)
class Input:
    name: str
    value: str
    provenance: Provenance
    note: str = ""


@dataclass(frozen=True)
class Explained:
    """All that the drawer shows. `about` are sentences; `of` says whose or what the figure is of."""

    figure: Figure
    period: str
    of: str
    about: list[str]
    terms: list[Term]
    inputs: list[Input]
    table: Table
    rules: int = 0


@dataclass(frozen=True)
class Scope:
    """A part of the programme: one network, item or team; nothing set is all of it."""

    network: str = ""
    item: int = 0
    team: int = 0


def interval(figure: Figure) -> str:
    """The sentence about chance under a rate; empty where there is no interval."""
    if figure.low is None or figure.high is None:
        return ""
    values = {"low": written(figure.low * 100, 1), "high": written(figure.high * 100, 1)}
    return _("With this many people, chance alone moves it between %(low)s%% and %(high)s%%.") % values


def fraction(figure: Figure, upper: str, lower: str, result: str) -> list[Term]:
    """A fraction with its numbers: above ÷ below = result."""
    return [
        Term(written(figure.numerator), upper),
        Term("÷"),
        Term(written(figure.denominator), lower),
        Term("="),
        Term(figure.written + figure.sign, result, result=True),
    ]


def alone(figure: Figure) -> list[Term]:
    """A number that is simply counted."""
    return [Term(figure.written, figure.unit, result=True)]

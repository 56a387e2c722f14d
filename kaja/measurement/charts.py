"""Charts drawn by the server as SVG: stacked bars and a line, each with a sentence and its table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format, get_format

from kaja.design.tags import figure as written

LABELS = 5  # along the bottom, at most


@dataclass(frozen=True)
class Series:
    """One colour of a chart: `look` is its class, s1 to s6."""

    name: str
    look: str
    values: Mapping[date, int]


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    height: str
    look: str


@dataclass(frozen=True)
class Mark:
    """A label beside an axis, at 0 to 100."""

    at: str
    text: str
    edge: str = ""


@dataclass(frozen=True)
class Chart:
    """Everything the template draws, in a square of 100 by 100 that is stretched to its place."""

    sentence: str
    series: list[Series]
    heads: list[str]
    rows: list[list[str]]
    ys: list[Mark]
    xs: list[Mark]
    bars: list[Bar] = field(default_factory=list)
    width: str = "0"
    path: str = ""
    area: str = ""
    end: str = ""


def short_day(day: date) -> str:
    """23 Nov, 23. nov: the language's short date without its year."""
    return date_format(day, str(get_format("SHORT_DATE_FORMAT")).replace(" Y", ""))


def top_of(largest: float) -> tuple[int, int]:
    """The top of the axis and the step of its grid: a round number that three or fewer steps reach."""
    step, power = 1, 1
    while True:
        for factor in (1, 2, 5):
            step = factor * power
            if step * 3 >= largest:
                return max(-(-int(largest) // step), 1) * step, step
        power *= 10


def _ys(top: int, step: int) -> list[Mark]:
    return [Mark(f"{value / top * 100:.2f}", written(value)) for value in range(0, top + 1, step)]


def _xs(days: Sequence[date], *, centred: bool) -> list[Mark]:
    every = max(-(-len(days) // LABELS), 1)
    marks = []
    for place in range(0, len(days), every):
        at = (place + 0.5) / len(days) * 100 if centred else place / max(len(days) - 1, 1) * 100
        edge = "begin" if at < 6 else "end" if at > 94 else ""
        marks.append(Mark(f"{at:.2f}", short_day(days[place]), edge))
    return marks


def stacked(days: Sequence[date], series: Sequence[Series], *, sentence: str, first: str) -> Chart:
    """Bars by day (or week), the series one on the other. `first` is the head of the table's first column."""
    sums = [sum(one.values.get(day, 0) for one in series) for day in days]
    top, step = top_of(max(sums, default=0))
    slot = 100 / max(len(days), 1)
    bars = []
    for place, day in enumerate(days):
        floor = 0.0
        for one in series:
            height = one.values.get(day, 0) / top * 100
            if height:
                bars.append(
                    Bar(f"{(place + 0.2) * slot:.2f}", f"{100 - floor - height:.2f}", f"{height:.2f}", one.look)
                )
            floor += height
    return Chart(
        sentence=sentence,
        series=list(series),
        heads=[first, *[one.name for one in series]],
        rows=[[short_day(day), *[written(one.values.get(day, 0)) for one in series]] for day in days],
        ys=_ys(top, step),
        xs=_xs(days, centred=True),
        bars=bars,
        width=f"{slot * 0.6:.2f}",
    )


def line(days: Sequence[date], one: Series, *, sentence: str, first: str) -> Chart:
    """A line over its area. Needs two days to be one."""
    top, step = top_of(max((one.values.get(day, 0) for day in days), default=0))
    points = [
        f"{place / max(len(days) - 1, 1) * 100:.2f} {100 - one.values.get(day, 0) / top * 100:.2f}"
        for place, day in enumerate(days)
    ]
    path = "M" + " L".join(points) if len(points) > 1 else ""
    return Chart(
        sentence=sentence,
        series=[one],
        heads=[first, one.name],
        rows=[[short_day(day), written(one.values.get(day, 0))] for day in days],
        ys=_ys(top, step),
        xs=_xs(days, centred=False),
        path=path,
        area=f"{path} L100 100 L0 100Z" if path else "",
        end=points[-1] if path else "",
    )

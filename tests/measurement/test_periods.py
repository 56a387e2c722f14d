from datetime import date

import pytest
from django.utils import translation

from kaja.measurement import periods
from kaja.measurement.periods import Period

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("week", date(2026, 11, 23), TODAY),
        ("month", date(2026, 11, 1), TODAY),
        ("quarter", date(2026, 10, 1), TODAY),
    ],
)
def test_a_running_period_ends_today(kind: periods.Kind, first: date, last: date) -> None:
    assert periods.of(kind, TODAY, today=TODAY) == Period(kind, first, last, running=True)


def test_a_running_month_is_compared_with_as_many_days_of_the_one_before() -> None:
    before = periods.of("month", TODAY, today=TODAY).before()
    assert (before.first, before.last) == (date(2026, 10, 1), date(2026, 10, 24))
    assert before.base() == "on 1–24 October"


def test_a_long_month_is_compared_with_the_whole_of_a_short_one() -> None:
    before = periods.of("month", date(2026, 3, 30), today=date(2026, 3, 30)).before()
    assert (before.first, before.last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert before.base() == "on February"


def test_a_whole_month_quarter_or_week_is_compared_with_the_whole_one_before() -> None:
    assert periods.of("month", date(2026, 1, 9), today=TODAY).before() == Period(
        "month", date(2025, 12, 1), date(2025, 12, 31)
    )
    quarter = periods.of("quarter", date(2026, 2, 9), today=TODAY).before()
    assert (quarter.first, quarter.last, quarter.base()) == (
        date(2025, 10, 1),
        date(2025, 12, 31),
        "on the quarter before",
    )
    assert periods.of("week", date(2026, 11, 12), today=TODAY).before().first == date(2026, 11, 2)


def test_any_days_are_compared_with_as_many_before() -> None:
    asked = periods.asked(start="2026-10-05", end="2026-10-14")
    assert asked.kind == "range"
    assert (asked.before().first, asked.before().last) == (date(2026, 9, 25), date(2026, 10, 4))
    assert asked.before().base() == "on the 10 days before"


def test_days_that_are_just_a_month_are_called_so() -> None:
    assert str(periods.asked(start="2026-10-01", end="2026-10-31")) == "October"
    with translation.override("et"):
        assert str(periods.asked(start="2025-10-01", end="2025-10-31")) == "Oktoober 2025"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-24", "2026-11-01"),
        ("2026-02-31", ""),
        ("tomorrow", ""),
        ("2020-01-01", "2026-01-01"),
        ("1066-10-14", "1066-10-15"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01", "0001-01-02"),
    ],
)
def test_an_absurd_period_is_refused_with_a_sentence(start: str, end: str) -> None:
    with pytest.raises(periods.Absurd, match=r"\w+ \w+.*\."):
        periods.asked(start=start, end=end)


def test_a_word_that_is_no_period_is_this_month() -> None:
    assert periods.asked(period="century").kind == "month"

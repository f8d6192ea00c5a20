"""Months and years as people count them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dates import months_after, whole_years, years_after


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2026, 11, 23), 6, date(2027, 5, 23)),
        (date(2026, 4, 4), 12, date(2027, 4, 4)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_the_same_day_months_later(day: date, count: int, expected: date) -> None:
    assert months_after(day, count) == expected


def test_years_keep_the_day() -> None:
    assert years_after(date(2026, 11, 26), 10) == date(2036, 11, 26)
    assert years_after(date(2028, 2, 29), 1) == date(2029, 2, 28)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
def test_the_month_is_always_the_one_asked_for(day: date, count: int) -> None:
    later = months_after(day, count)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == count
    assert later.day == day.day or later.day in {28, 29, 30}


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        (date(2008, 11, 26), date(2026, 11, 25), 17),
        (date(2008, 11, 26), date(2026, 11, 26), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2026, 1, 1), date(2025, 1, 1), 0),
    ],
)
def test_whole_years(since: date, until: date, years: int) -> None:
    assert whole_years(since, until) == years

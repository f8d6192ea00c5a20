"""Months and years on the calendar: the same day later, not so many days.

A follow-up "after six months", ten years of retention and the age of a person are counted as people
count them. What is a real number of days (a week, 24 hours) stays a ``timedelta``.
"""

from calendar import monthrange
from datetime import date
from typing import TypeVar

Day = TypeVar("Day", bound=date)  # a moment keeps its time


def months_after(day: Day, count: int) -> Day:
    """The same day ``count`` months later (earlier where negative).

    The 31st becomes the last day of a shorter month, so that nothing due at the end of a month
    slips into the next.
    """
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))


def years_after(day: date, count: int) -> date:
    """The same day ``count`` years later; 29 February becomes the 28th in other years."""
    return months_after(day, 12 * count)


def whole_years(since: date, until: date) -> int:
    """How many years are complete from one day to another; none where it is not later."""
    return max(0, until.year - since.year - ((until.month, until.day) < (since.month, since.day)))


def months_between(since: date, until: date) -> int:
    """How many months lie between two days, to the nearest by the calendar; none where ``until`` is
    not later.
    """
    whole = max(0, (until.year - since.year) * 12 + until.month - since.month - 1)
    return (
        min(
            (whole, whole + 1, whole + 2),
            key=lambda count: abs((months_after(since, count) - until).days),
        )
        if until > since
        else 0
    )

"""What is known of a birth (a day, a month, a year, an age told on a day) as the days it may be.

Nothing that is not known is guessed: who asks for an age gets the youngest and the oldest that is
possible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models.dates import months_after, whole_years

ADULT = 18  # Convention on the Rights of the Child, art. 1
BANDS = ((13, "0-13"), (17, "14-17"), (34, "18-34"), (64, "35-64"), (200, "65+"))


@dataclass(frozen=True)
class Days:
    """The first and the last day on which a person may have been born."""

    first: date
    last: date

    def youngest(self, on: date) -> int:
        """The fewest whole years they may have on a day; 0 before birth."""
        return whole_years(self.last, on)

    def oldest(self, on: date) -> int:
        """The most whole years they may have on a day."""
        return whole_years(self.first, on)


def possible(birth: Mapping[str, Any] | None) -> Days | None:
    """The days that fit a (partial) birth as forms keep it; None where nothing is known.

    ``birth``: ``year`` with ``month`` and ``day`` where known, or ``age`` with ``on``, the ISO day
    on which it was told.
    """
    if not birth:
        return None
    if "age" in birth:
        return aged(int(birth["age"]), int(birth["age"]), date.fromisoformat(birth["on"]))
    year, month, day = birth["year"], birth.get("month"), birth.get("day")
    if not month:
        return Days(date(year, 1, 1), date(year, 12, 31))
    first = date(year, month, day or 1)
    return Days(first, first if day else months_after(first, 1) - timedelta(days=1))


def aged(least: int, most: int, on: date) -> Days:
    """The days of birth of somebody who has between ``least`` and ``most`` whole years on a day."""
    first = months_after(on, -12 * (most + 1)) + timedelta(days=1)
    return Days(first, max(first, months_after(on, -12 * least)))


def band_of(years: int) -> str:
    """The age group of so many whole years."""
    return next(name for top, name in BANDS if years <= top)


def birthday(born: date, years: int) -> date:
    """The day on which ``years`` are complete; who was born on 29 February has it on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)

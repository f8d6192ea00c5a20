"""Scores of a survey as a fact; days and moments as facts hold them."""

from datetime import date, datetime

from models.dates import months_between
from reporting.facts.columns import Facts
from reporting.facts.raw_rows import Row


def day(value: date | datetime | None) -> str | None:
    """A day as text."""
    return value.strftime("%Y-%m-%d") if value else None


def moment(value: datetime | None) -> str | None:
    """A moment as text, to the second."""
    return value.strftime("%Y-%m-%dT%H:%M:%S") if value else None


def return_of(row: Row, returns: list[Row]) -> Row:
    """The return a visit or survey belongs to; empty where it is not there."""
    return next((return_ for return_ in returns if return_["id"] == row["return_id"]), {})


def survey(taken: Row, returns: list[Row]) -> Facts | None:
    """A survey with the follow-up it was taken for, or else how many months after arrival (the
    nearest, by the calendar); None where nobody arrived.
    """
    return_ = return_of(taken, returns)
    arrived = return_.get("arrived_on") or return_.get("departed_on")
    if not arrived:
        return None
    return {
        "taken_on": day(taken["on"]),
        "months": taken["month"] or months_between(arrived, taken["on"]),
        "country": return_.get("country", ""),
        "office_id": return_.get("receiving_id"),
        "economic": taken["economic"],
        "social": taken["social"],
        "psychosocial": taken["psychosocial"],
        "composite": taken["composite"],
    }

"""Scores of a survey as a fact; days and moments as facts hold them."""

from datetime import date, datetime

from reporting.facts.columns import Facts
from reporting.facts.raw_rows import Row

DAYS_OF_A_MONTH = 30.44


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
    """A survey with how long after arrival it was taken; None where nobody arrived."""
    return_ = return_of(taken, returns)
    arrived = return_.get("arrived_on") or return_.get("departed_on")
    if not arrived:
        return None
    return {
        "taken_on": day(taken["on"]),
        "months": max(0, round((taken["on"] - arrived).days / DAYS_OF_A_MONTH)),
        "country": return_.get("country", ""),
        "office_id": return_.get("receiving_id"),
        "economic": taken["economic"],
        "social": taken["social"],
        "psychosocial": taken["psychosocial"],
        "composite": taken["composite"],
    }

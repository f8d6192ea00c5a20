"""Days of records fit each other and today, for page, API and import alike."""

from datetime import timedelta

from flask import Flask

from casework.records.health import MOST_FIT
from casework.records.kinds import KINDS
from models.base import today

DAY = timedelta(days=1)


ORDER: tuple[tuple[str, dict[str, int], str], ...] = (
    ("fitness", {"examined_on": 1, "valid_until": 9}, "examined_on"),
    ("fitness", {"examined_on": 0, "valid_until": -1}, "valid_until"),
    ("fitness", {"examined_on": 0, "valid_until": MOST_FIT + 1}, "valid_until"),
    ("fitness", {"examined_on": 0, "valid_until": MOST_FIT}, ""),
    ("fitness", {"examined_on": 0, "valid_until": 0}, ""),
    ("guardian", {"since": 0, "until": -1}, "until"),
    ("bid", {"on": 1}, "on"),
    ("bid", {"on": 0, "valid_until": -1}, "valid_until"),
    ("bia", {"on": 0, "review_on": -1}, "review_on"),
    ("receives", {"checked_on": 1}, "checked_on"),
    ("age", {"on": 1}, "on"),
    ("asylum", {"on": 1}, "on"),
    ("detention", {"since": 1}, "since"),
    ("detention", {"since": -5, "until": -6}, "until"),
    ("status", {"since": -5, "until": -6}, "until"),
    ("risk", {"on": 1}, "on"),
    ("decision", {"on": 1}, "on"),
    ("decision", {"on": -3, "appeal_on": -4}, "appeal_on"),
    ("help", {"on": 1}, "on"),
    ("session", {"on": 0, "next_on": -1}, "next_on"),
    ("review", {"on": 0, "next_on": -1}, "next_on"),
)


def test_days_in_their_order(quick_app: Flask) -> None:
    for kind, given, field in ORDER:
        days = {name: (today() + count * DAY).isoformat() for name, count in given.items()}
        wrong = KINDS[kind].schema().validate(days, partial=True)
        assert (field in wrong) if field else not set(given) & set(wrong), (kind, given, wrong)

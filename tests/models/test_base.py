"""Time: aware on every database, and standing where a test puts it."""

import secrets
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from models.base import UtcDateTime, at, db, insert_if_new, now, today
from models.data_protection import Alert
from models.messages import DoneJob

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def kept(moment: datetime) -> datetime:
    alert = Alert(kind="x", subject=secrets.token_hex(4), window="w", count=1, at=moment)
    db.session.add(alert)
    db.session.flush()
    db.session.expire(alert)
    return alert.at


def test_a_moment_comes_back_as_the_same_moment_in_utc(app: Flask) -> None:
    moment = datetime(2026, 3, 10, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    assert kept(moment) == moment
    assert kept(moment).utcoffset() == timedelta()
    later = select(Alert).where(Alert.at > datetime(2026, 3, 11, 4, 30, tzinfo=UTC))
    assert len(list(db.session.execute(later).scalars())) == 2


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="needs its time zone"):
        kept(datetime(2026, 3, 10))  # noqa: DTZ001 -- what is refused
    db.session.rollback()


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2100, 1, 1)), ZONES)  # noqa: DTZ001
def test_a_moment_means_the_same_on_the_way_in_and_out(plain: datetime, zone: Any) -> None:
    moment, column = plain.replace(tzinfo=zone), UtcDateTime()
    bound = column.process_bind_param(moment, None)  # type: ignore[arg-type]
    assert bound is not None
    without = bound.replace(tzinfo=None)  # as SQLite gives it back
    assert column.process_result_value(without, None) == moment  # type: ignore[arg-type]
    assert column.process_bind_param(None, None) is None  # type: ignore[arg-type]
    assert column.process_result_value(None, None) is None  # type: ignore[arg-type]


def test_the_clock_stands_within_the_block_and_goes_on_after_it() -> None:
    evening = datetime(2026, 3, 10, 23, 59, tzinfo=UTC)
    with at(evening):
        assert (now(), today()) == (evening, evening.date())
        with at(evening + timedelta(minutes=1)):
            assert today() == evening.date() + timedelta(days=1)
        assert now() == evening
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_broken_block_puts_the_clock_right_too() -> None:
    with pytest.raises(ZeroDivisionError), at(datetime(1999, 1, 1, tzinfo=UTC)):
        _ = 1 / 0
    assert today().year > 2020


def test_a_row_is_inserted_once_and_what_stood_there_stays(app: Flask) -> None:
    first, later = now(), now()
    statement = insert_if_new(DoneJob).returning(DoneJob.nonce)
    made = [
        db.session.execute(statement.values(nonce=nonce, at=at)).scalar()
        for nonce, at in (("a", first), ("a", later), ("b", later))
    ]
    assert made == ["a", None, "b"]
    assert db.session.execute(select(DoneJob.at).where(DoneJob.nonce == "a")).scalar() == first

"""What every table shares: the base class, the session, time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON, TypeDecorator

from models import clock

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they mean nothing across countries."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives naive times back; they are UTC."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = metadata
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}


class Database(SQLAlchemy):
    """A database whose session ends with its request or task, whatever became of the connection."""

    def end(self) -> None:
        """Nothing of the session is left. Where the connection is lost there is nothing to take
        back: the database did so. That is no fault of what was answered before.
        """
        try:
            self.session.remove()
        except SQLAlchemyError:
            lost = self.session.registry()
            self.session.registry.clear()
            with suppress(SQLAlchemyError):
                lost.invalidate()

    def _teardown_session(self, exc: BaseException | None) -> None:
        self.end()


db = Database(metadata=metadata, disable_autonaming=True)

_clock: ContextVar[datetime | None] = ContextVar("clock", default=None)
_zone: ContextVar[tzinfo] = ContextVar("zone", default=UTC)
writing: ContextVar[bool] = ContextVar("writing", default=True)


def now() -> datetime:
    """This moment by the clock of the installation (:mod:`models.clock`), or the one that
    :func:`at` set (demo data and tests tell stories of other years).
    """
    return _clock.get() or clock.moment()


def today() -> date:
    """This day where whoever acts works (:func:`live_in`); in UTC for tasks of the installation."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day of a moment where whoever acts works."""
    return moment.astimezone(_zone.get()).date()


def zone_of(name: str) -> tzinfo:
    """The time zone of this name (IANA); UTC for none, or one that is not known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def live_in(name: str) -> None:
    """From here on :func:`today` is the day of this zone. Who begins a request says so, and takes
    it back at its end.
    """
    _zone.set(zone_of(name))


def end_of_day(day: date) -> datetime:
    """The moment at which a day is over, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Make :func:`now` answer ``moment`` within the block."""
    token = _clock.set(moment)
    try:
        yield
    finally:
        _clock.reset(token)


def begin_reading() -> None:
    """What follows reads: nobody waits for it, and it keeps nobody waiting, however long it takes.
    What was not committed is lost.
    """
    db.session.rollback()
    writing.set(False)


def begin_writing() -> None:
    """What follows writes. What was read before is read anew, so that what is decided now is
    decided by what stands now. What was not committed is lost.
    """
    db.session.rollback()
    writing.set(True)


def insert_if_new(model: Any) -> Any:
    """An INSERT that leaves what is there already, in the dialect of the database at hand.

    What it returns says what was new: nothing where the row stood there before.
    """
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(model).on_conflict_do_nothing()


def prepare_sqlite(engine: Engine) -> None:
    """Make SQLite keep its promises: foreign keys, write-ahead log, and one writer at a time that
    waits instead of failing.

    A transaction that will write takes the lock at its beginning (BEGIN IMMEDIATE), because a
    reader that turns into a writer half-way is refused by SQLite when somebody else wrote
    meanwhile. So nobody turns: what takes long is done by a reader, whose transaction then ends,
    and a writer begins (:func:`begin_writing`).
    """

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=NORMAL",
            "busy_timeout=15000",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


def untouched(table: Any) -> dict[str, Any]:
    """Columns that would say that somebody changed the row."""
    return {column.name: column for column in table.columns if column.onupdate is not None}

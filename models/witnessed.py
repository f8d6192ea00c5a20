"""Rows that say who may act, and columns that decide, bear a MAC under a derived key.

Whoever writes into the database without the keys neither gets in through the application nor turns
a no into a yes: such a row is taken for one that is not there, and is told of. A model says which
of its columns count; they are covered when the row is written through the session, and asked by
:func:`stands` where something is decided. Not covered: that a whole row is missing, and that a row
stands as it once stood, with its MAC of then.
"""

import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import String, event, inspect, select, update
from sqlalchemy.orm import Mapped, Mapper, attributes, mapped_column, object_session
from sqlalchemy.orm.base import LoaderCallableStatus

from encryption.signing import keyed_digest
from models.audit import AuditRecord
from models.base import Base, db
from models.erasure import becomes
from models.scope import opened
from models.sealed import keyring

PURPOSE = "rows"
LAYOUT = b"1"  # changes with what is covered
DONE = "rows_sealed"  # the mark, and the deed of the trail that says so too
_WITHOUT = LoaderCallableStatus.NO_VALUE


class Mark(Base):
    """What was done once for the whole installation, under a MAC."""

    __tablename__ = "marks"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    mac: Mapped[bytes]


class Witnessed:
    """Mixin of a model whose row bears a MAC over :attr:`__witnessed__`, which tell its rows apart.

    Of a column in ``__witnessed_if_there__`` only whether it is empty is covered. With ``id`` among
    the columns the MAC is written after the row has its id.
    """

    __witnessed__: tuple[str, ...] = ()
    __witnessed_if_there__: tuple[str, ...] = ()
    seal: Mapped[bytes | None] = mapped_column(info=becomes(None))  # made anew by :func:`renew`


# What is told of a row that somebody else wrote: table, what names the row, its case.
Listener = Callable[[str, str, int | None], None]
_listeners: list[Listener] = []


def on_forged(listener: Listener) -> Listener:
    """Call ``listener`` for each row that is refused."""
    _listeners.append(listener)
    return listener


def stands(record: Any) -> bool:
    """Whether a row is as the application wrote it; otherwise it is told of, and counts for none.

    What this transaction changed and did not send yet is not asked: the row as it was read is.
    """
    state = inspect(record)
    if not state.has_identity or _is_right(record, _as_read(record)):
        return True
    name = "/".join(str(part) for part in state.identity)
    case_id = state.identity[0] if record.__tablename__ == "cases" else None
    for listener in _listeners:
        listener(record.__tablename__, name, case_id or getattr(record, "case_id", None))
    return False


def _is_right(record: Any, values: dict[str, Any]) -> bool:
    stored = values["seal"]
    if stored is None:
        return not is_done()
    return hmac.compare_digest(stored, _mac(type(record), values))


def _as_read(record: Any) -> dict[str, Any]:
    """The covered columns and the MAC as they were read."""
    state, names = inspect(record), (*_covered(type(record)), "seal")
    found = {}
    for name in names:
        now_ = getattr(record, name)
        found[name] = state.committed_state.get(name, now_)
    if any(value is _WITHOUT for value in found.values()):
        found = _in_the_database(record, names)
    return found


def _in_the_database(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    table: Any = type(record).__table__
    columns = [inspect(type(record)).columns[name].label(name) for name in names]
    keys = zip(table.primary_key, inspect(record).identity, strict=True)
    with db.session.no_autoflush:
        query = select(*columns).where(*(key == value for key, value in keys))
        return dict(db.session.execute(query).mappings().one())


def _covered(model: type[Any]) -> tuple[str, ...]:
    return (*model.__witnessed__, *model.__witnessed_if_there__)


def _mac(model: type[Any], values: dict[str, Any]) -> bytes:
    parts = [LAYOUT, model.__tablename__.encode()]
    for name in _covered(model):
        value = values[name]
        told = value is not None if name in model.__witnessed_if_there__ else value
        parts += [name.encode(), _plain(told)]
    return keyed_digest(keyring().derive(PURPOSE), *parts)[:16]


def _plain(value: Any) -> bytes:
    """A value in bytes, the same on every database."""
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, datetime):
        return b"m" + value.astimezone(UTC).isoformat().encode()
    if isinstance(value, date):
        return b"d" + value.isoformat().encode()
    return b"j" + json.dumps(value, sort_keys=True).encode()


def renew(record: Any) -> None:
    """Cover a row anew that statements beside the session changed, in this transaction."""
    db.session.flush()
    db.session.refresh(record)
    made, table = _mac(type(record), _values(record)), type(record).__table__
    here = zip(table.primary_key, inspect(record).identity, strict=True)
    db.session.execute(update(table).where(*(key == part for key, part in here)).values(seal=made))
    attributes.set_committed_value(record, "seal", made)


def _values(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _covered(type(record))}


_upgrading: ContextVar[bool] = ContextVar("upgrading", default=False)


def is_done() -> bool:
    """Whether the rows of the version before were covered: from then on a row without a MAC is
    nobody's. Once true it is true for this process.
    """
    if _upgrading.get():
        return False
    if not current_app.extensions.get(DONE):
        current_app.extensions[DONE] = _mark_is_right() or _is_in_the_trail()
    return bool(current_app.extensions[DONE])


def is_marked() -> bool:
    """Whether the mark stands; where it does not and :func:`is_done`, somebody took it away."""
    return _mark_is_right()


@opened("trail")
def _is_in_the_trail() -> bool:
    with db.session.no_autoflush:
        query = select(AuditRecord.id).where(AuditRecord.deed == DONE).limit(1)
        return db.session.execute(query).first() is not None


def _mark_is_right() -> bool:
    with db.session.no_autoflush:
        mac = db.session.execute(select(Mark.mac).where(Mark.name == DONE)).scalar()
    return mac is not None and hmac.compare_digest(mac, _mark())


def _mark() -> bytes:
    return keyed_digest(keyring().derive(PURPOSE), b"mark", DONE.encode())


@contextmanager
def _without_mark() -> Iterator[None]:
    token = _upgrading.set(True)
    try:
        yield
    finally:
        _upgrading.reset(token)


def models() -> list[type[Any]]:
    """Every model that is covered."""
    found = [mapper.class_ for mapper in Base.registry.mappers]
    return [model for model in found if issubclass(model, Witnessed)]


def cover_all() -> int:
    """Cover the rows of the version before and set the mark; gives how many. It does not commit."""
    count = 0
    with _without_mark():
        for model in models():
            count += cover(model)
        set_mark()
    return count


def set_mark() -> None:
    """From now on a row without a MAC is nobody's."""
    db.session.merge(Mark(name=DONE, mac=_mark()))
    db.session.flush()


def cover(model: type[Any], rows: int = 500) -> int:
    """Cover the rows of ``model`` that bear no MAC, by statements of ``rows``; gives how many."""
    table, names = model.__table__, _covered(model)
    keys = list(table.primary_key)
    columns = [inspect(model).columns[name].label(name) for name in names]
    count = 0
    while True:
        query = select(*keys, *columns).where(table.c.seal.is_(None)).limit(rows)
        found = db.session.execute(query).all()
        for row in found:
            values = dict(zip(names, row[len(keys) :], strict=True))
            here = (key == value for key, value in zip(keys, row, strict=False))
            db.session.execute(update(table).where(*here).values(seal=_mac(model, values)))
        count += len(found)
        if len(found) < rows:
            return count


def forged(model: type[Any]) -> Iterator[Any]:
    """The rows of ``model`` that do not stand: for whoever checks all of them."""
    for record in db.session.execute(select(model)).unique().scalars().all():
        if not _is_right(record, _as_read(record)):
            yield record


class Forged(Exception):
    """A row that somebody else wrote is not changed by the application: that would cover it."""


@event.listens_for(Witnessed, "before_insert", propagate=True)
def _cover_new(_mapper: Mapper[Any], _connection: Any, record: Any) -> None:
    _fill_defaults(record)
    if "id" not in record.__witnessed__:
        record.seal = _mac(type(record), _values(record))


@event.listens_for(Witnessed, "after_insert", propagate=True)
def _cover_numbered(_mapper: Mapper[Any], connection: Any, record: Any) -> None:
    if "id" in record.__witnessed__:
        made = _mac(type(record), _values(record))
        table: Any = type(record).__table__
        connection.execute(update(table).where(table.c.id == record.id).values(seal=made))
        attributes.set_committed_value(record, "seal", made)


@event.listens_for(Witnessed, "before_update", propagate=True)
def _cover_changed(_mapper: Mapper[Any], _connection: Any, record: Any) -> None:
    state = inspect(record)
    if not any(name in state.committed_state for name in _covered(type(record))):
        return
    assert object_session(record) is not None
    if not stands(record):
        raise Forged(record.__tablename__)
    record.seal = _mac(type(record), _values(record))


def _fill_defaults(record: Any) -> None:
    """What the database would be given by default, now, so that it can be covered."""
    for name in _covered(type(record)):
        column = inspect(type(record)).columns[name]
        if getattr(record, name) is None and column.default is not None:
            made: Any = column.default.arg
            setattr(record, name, made(None) if callable(made) else made)

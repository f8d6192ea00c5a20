"""Rows of any table with values at random: what a rule does with a record must not depend on how
records usually look.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import Column, Table, insert, select, types
from sqlalchemy.dialects import postgresql

from models import marks, witnessed
from models.base import Base, UtcDateTime, db, now, today
from models.coded import Sealed, SealedState
from models.life_cycles import StateColumn


def table_of(model: type[Base]) -> Table:
    """The table behind a model."""
    found: Any = model.__table__
    assert isinstance(found, Table)
    return found


def add(table: Table, chance: Random, values: Mapping[str, Any] | None = None) -> Any:
    """Add one row to ``table``, with what it refers to; gives its key, mostly a number.

    ``values`` are taken as they are.
    """
    given = dict(values or {})
    for _ in range(20):  # what stands once may stand already
        row = {
            column.name: value(column, chance)
            for column in table.columns
            if is_filled(column) and column.name not in given
        }
        made = db.session.execute(_unless_there(table).values(**row, **given)).scalar()
        if made is not None:
            _cover(table)
            return made
    raise AssertionError(f"no row of {table.name} can be made")


def _cover(table: Table) -> None:
    """As if the application had written them."""
    for model in witnessed.models():
        if model.__table__ is table:
            for cover in witnessed.covers(model):
                witnessed.cover(model, cover)


def _unless_there(table: Table) -> Any:
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    return insert(table).prefix_with("OR IGNORE").returning(*table.primary_key)


def ids(table: Table, chance: Random) -> list[int]:
    """The ids of a table, which has three rows at least."""
    found = list(db.session.execute(select(table.c.id)).scalars())
    while len(found) < 3:
        found.append(add(table, chance))
    return found


def is_filled(column: Column[Any]) -> bool:
    """Whether a row must say something there."""
    return not (
        column.primary_key
        and isinstance(_kind(column), types.Integer)
        and column.autoincrement is not False
        and not column.foreign_keys
    )


def value(column: Column[Any], chance: Random) -> Any:
    """Something that fits a column; no MAC of a row, which only the application makes."""
    if marks.LAYER in column.info:
        return None
    if column.nullable and chance.random() < 0.3:
        return None
    for key in column.foreign_keys:
        if key.column.table is column.table:
            return None
        if key.column.name == "id":
            return chance.choice(ids(key.column.table, chance))
    if column.unique or _is_said_key(column) or column.name == "key":  # what a row is bound to
        return (
            secrets.token_hex(5)
            if isinstance(_kind(column), types.String)
            else secrets.token_bytes(8)
        )
    if isinstance(column.type, StateColumn | SealedState):
        return chance.choice(list(column.type.states))
    if column.table.name == "alerts" and column.name == "window":  # one of a kind in a window
        return secrets.token_hex(5)
    return _of_type(_kind(column), chance)


def _is_said_key(column: Column[Any]) -> bool:
    """Whether rows are told apart by this column alone, and the database does not number them."""
    return bool(column.primary_key) and len(column.table.primary_key) == 1 and is_filled(column)


def _kind(column: Column[Any]) -> Any:
    """The type of a column's values, sealed or not."""
    return column.type.was if isinstance(column.type, Sealed) else column.type


def _of_type(kind: Any, chance: Random) -> Any:
    near = chance.choice((-86_400, -1, 0, 1, 86_400))
    values = (
        (types.String, "x"),
        (types.LargeBinary, b"x"),
        (types.Boolean, chance.random() < 0.5),
        (types.Integer, chance.randrange(1, 1000)),
        (types.Numeric, 1),
        (types.Date, today() + timedelta(days=near // 86_400)),
        ((types.DateTime, UtcDateTime), now() + timedelta(seconds=near)),
        (types.JSON, []),
    )
    return next(value for base, value in values if isinstance(kind, base))

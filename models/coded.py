"""Columns of codes that are sealed by themselves: attributes and results are plain values, the row
in the database is not.

For what lists show and no query asks by: kinds, countries, reasons, days, names. Neither a gate nor
a trail entry stands before them; what a person said or is called stays in compartments. A value
that a version before wrote is read as it stands until :mod:`operations.upgrading` has sealed it;
from then on (:mod:`models.marks`) a plain value was written by somebody else, and is not read.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Dialect,
    Integer,
    String,
    Table,
    TableClause,
    Text,
    or_,
    select,
    sql,
    text,
    update,
)
from sqlalchemy.sql import operators
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine, UserDefinedType

from encryption import codes
from encryption.cipher import Unreadable
from models.base import Base, UtcDateTime
from models.sealed import keyring

PURPOSE = "codes"  # of the derived keys
PURPOSES = (PURPOSE, f"{PURPOSE}/alike/1", f"{PURPOSE}/alike/2")  # what a narrow process needs
_NOTHING, _APART = b"\0", 16  # how a text begins that is none, and how many bytes tell it apart
_NONE = "\0none"  # what is sealed where there is nothing
_TOLD = frozenset((operators.is_, operators.is_not))  # whether there is a value at all


class Plain(Unreadable):
    """A code in plain text, once all are sealed: somebody else wrote it."""


_are_all_sealed: list[Callable[[], bool]] = []
_listeners: list[Callable[[str], None]] = []
_as_it_stands: ContextVar[bool] = ContextVar("as_it_stands", default=False)


def on_plain(are_all_sealed: Callable[[], bool]) -> None:
    """Who says whether every code of this installation was sealed."""
    _are_all_sealed.append(are_all_sealed)


def on_refused(listener: Callable[[str], None]) -> None:
    """Call ``listener`` with table and column of each plain value that is refused."""
    _listeners.append(listener)


@contextmanager
def as_it_stands() -> Iterator[None]:
    """Within the block plain values are read: for who looks for them."""
    token = _as_it_stands.set(True)
    try:
        yield
    finally:
        _as_it_stands.reset(token)


def _refuse(name: str) -> None:
    if _as_it_stands.get() or not any(all_sealed() for all_sealed in _are_all_sealed):
        return
    for listener in _listeners:
        listener(name)
    raise Plain(name)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_READ: dict[type, Callable[[str], Any]] = {
    String: str,
    JSON: json.loads,
    Date: date.fromisoformat,
    UtcDateTime: _moment,
    Boolean: lambda text: text in {"true", "1"},
    Integer: int,
    BigInteger: int,
}


class _Declared(UserDefinedType[Any]):
    """On SQLite the column stays declared as it was (it would have to be built anew, without its
    triggers): a declared type binds nothing there.
    """

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_: Any) -> str:
        """As it was declared."""
        return self.words


class Sealed(TypeDecorator[Any]):
    """``mapped_column(Sealed("cases.sex", String(24)))``: the name binds values to their column."""

    impl = Text
    cache_ok = True

    def __init__(
        self, name: str, was: TypeEngine[Any] | type[TypeEngine[Any]], filled: int = 0
    ) -> None:
        """``filled``: also where there is nothing, something is sealed, of this length at least, as
        a value that only some have tells who they are. No query asks whether it is there.
        """
        super().__init__()
        self.name, self.filled = name, filled
        self.was = was() if isinstance(was, type) else was
        self._read = _READ[type(self.was)]

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text; on SQLite as it was declared."""
        if dialect.name == "sqlite":
            return _Declared(self.was.compile(dialect))
        return Text()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Sealed; nothing stays nothing, unless the column is filled."""
        if value is None:
            return self.sealed(_NONE.encode()) if self.filled else None
        return self.sealed(_written(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The value; raises :class:`Plain`, or :class:`encryption.cipher.Unreadable`."""
        if value is None:
            return None
        if not codes.is_sealed(value):
            _refuse(self.name)
            return self._plain(value)
        found = self._opened(value)
        return None if found == _NONE else self._read(found)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """As above, at once: a list opens hundreds."""
        opened, read, plain, name = self._opened, self._read, self._plain, self.name

        def processed(value: Any) -> Any:
            if codes.is_sealed(value):
                found = opened(value)
                return None if found == _NONE else read(found)
            if value is None:
                return None
            _refuse(name)
            return plain(value)

        return processed

    def sealed(self, content: bytes) -> str:
        """What stands in the row."""
        content = content.ljust(self.filled, b"\0")
        return codes.apart(keyring().derive(PURPOSE), content, bound=self.name)

    def sealed_anew(self, value: Any) -> str:
        """What stands in the row for ``value`` as a version before wrote it."""
        return self.sealed(_NONE.encode() if value is None else _written(self._plain(value)))

    def _opened(self, value: str) -> str:
        return codes.opened(keyring().derive(PURPOSE), value, bound=self.name).decode()

    def _plain(self, value: Any) -> Any:
        return self._read(value) if isinstance(value, str) else _from_number(self, value)

    class Comparator(TypeDecorator.Comparator[Any]):
        """No query can ask by a value of which no two look the same."""

        def operate(self, op: Any, *other: Any, **named: Any) -> Any:
            """Refuse all but whether there is a value."""
            kind: Any = self.expr.type
            if op not in _TOLD or kind.filled:
                raise TypeError(f"{self.expr} is sealed: ask for the rows, then look")
            return super().operate(op, *other, **named)

    comparator_factory: Any = Comparator


class Alike(Sealed):
    """The same for what a query must find by its value, or the database keep unique: equal values
    look equal.
    """

    cache_ok = True

    def keyed(self, value: Any) -> str:
        """What stands in the rows that hold ``value``."""
        return self.sealed(_written(value))

    def sealed(self, content: bytes) -> str:
        """What stands in the row."""
        return codes.alike(_alike_key(), content, bound=self.name)

    def _opened(self, value: str) -> str:
        return codes.opened(_alike_key(), value, bound=self.name).decode()

    comparator_factory = TypeDecorator.Comparator


class AlikeIfAny(Alike):
    """An :class:`Alike` text that most rows do not have: no two rows without one look the same."""

    cache_ok = True

    def sealed(self, content: bytes) -> str:
        """What stands in the row."""
        return super().sealed(content or _NOTHING + secrets.token_bytes(_APART) + b"\1")

    def _opened(self, value: str) -> str:
        content = codes.opened(_alike_key(), value, bound=self.name)
        return "" if content.startswith(_NOTHING) else content.decode()


class SealedState(Sealed):
    """A state of a life cycle that tells something of a person."""

    cache_ok = True

    def __init__(self, name: str, states: type[StrEnum], length: int) -> None:
        super().__init__(name, String(length))
        self.states = states
        self._read = states


class Address(Sealed):
    """The same for the address book (organisations, houses, colleagues), which every page shows:
    what was opened stays opened in memory.
    """

    cache_ok = True

    def _opened(self, value: str) -> str:
        return _kept(super()._opened, value, self.name)


class AlikeAddress(Alike):
    """An address that is found by its value."""

    cache_ok = True

    def _opened(self, value: str) -> str:
        return _kept(super()._opened, value, self.name)


MOST_KEPT = 8192
_texts: dict[tuple[str, str], str] = {}  # by column and what stands there: none goes out of date


def _kept(open_: Callable[[str], str], value: str, column: str) -> str:
    found = _texts.get((column, value))
    if found is None:
        if len(_texts) > MOST_KEPT:
            _texts.clear()
        found = _texts[column, value] = open_(value)
    return found


def _alike_key() -> bytes:
    return keyring().derive(f"{PURPOSE}/alike/1") + keyring().derive(f"{PURPOSE}/alike/2")


def columns() -> Iterator[Column[Any]]:
    """Every column sealed so."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, Sealed))


def _written(value: Any) -> bytes:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().encode()
    return (value.isoformat() if isinstance(value, date) else str(value)).encode()


def _from_number(column: Sealed, value: Any) -> Any:
    return bool(value) if isinstance(column.was, Boolean) else value


def open_all(connection: Connection, wanted: Mapping[str, Iterable[str]]) -> None:
    """Write what is sealed in these columns (table → columns) in the clear again: the way back of
    a migration.
    """
    for name, names in wanted.items():
        table = Base.metadata.tables[name]
        with muted(connection, name):
            _rewrite(connection, table, names, codes.is_sealed, _in_the_clear)


def seal_all(connection: Connection, name: str, most: int | None = 2000) -> int:
    """Seal up to ``most`` rows of a table that a version before wrote; gives how many there were.

    Its triggers do not see it: nothing is changed that they watch, not even a link of the trail.
    """
    table = Base.metadata.tables[name]
    names = [column.name for column in table.columns if isinstance(column.type, Sealed)]
    with muted(connection, name):
        return _rewrite(connection, table, names, _is_plain, Sealed.sealed_anew, most)


@contextmanager
def muted(connection: Connection, table: str) -> Iterator[None]:
    """Within the block the triggers of a table rest; for who owns the tables."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    found = connection.execute(text(query), {"table": table}).all()
    for trigger in found:
        connection.execute(text(f"DROP TRIGGER {trigger.name}"))
    yield
    for trigger in found:
        connection.exec_driver_sql(trigger.sql)


def bare(table: Table) -> TableClause:
    """A table whose values are read as they stand in the rows."""
    return sql.table(table.name, *(sql.column(each.name) for each in table.columns))


def in_plain(connection: Connection) -> Iterator[str]:
    """Each value that stands in the clear where it should be sealed: table, row, column."""
    for column in columns():
        here, keys = bare(column.table), [each.name for each in column.table.primary_key]
        value = here.c[column.name]
        fitting = value.is_not(None) & ~value.cast(Text).like("~%")
        for row in connection.execute(select(*(here.c[key] for key in keys)).where(fitting)):
            yield f"{column.table.name} {tuple(row)} {column.name}"


def _rewrite(
    connection: Connection,
    table: Table,
    names: Iterable[str],
    is_wanted: Callable[[Any], bool],
    change: Callable[[Sealed, Any], Any],
    most: int | None = None,
) -> int:
    """Change values as they stand in the rows, whatever their column makes of them."""
    bare_ = bare(table)
    types: dict[str, Any] = {each: table.c[each].type for each in names if each in table.c}
    keys = [each.name for each in table.primary_key]
    sealed = [bare_.c[each].cast(Text).like("~%") for each in types]
    plain = [
        ~like if types[each].filled else bare_.c[each].is_not(None) & ~like
        for each, like in zip(types, sealed, strict=True)
    ]
    plain += [bare_.c[each].is_(None) for each in types if types[each].filled]
    fitting = sealed if change is _in_the_clear else plain
    query = select(*(bare_.c[each] for each in {*keys, *types})).where(or_(*fitting)).limit(most)
    rows = connection.execute(query).mappings().all()
    for row in rows:
        values = {
            each: change(kind, row[each])
            for each, kind in types.items()
            if is_wanted(row[each]) and (row[each] is not None or kind.filled)
        }
        where = [bare_.c[each] == row[each] for each in keys]
        connection.execute(update(bare_).where(*where).values(values))
    return len(rows)


def _is_plain(value: Any) -> bool:
    return not codes.is_sealed(value)


def _in_the_clear(column: Sealed, value: str) -> str | None:
    """As the database wrote it before: in words of which it makes its own type again."""
    opened = column._opened(value)  # noqa: SLF001 -- of this module
    if opened == _NONE:
        return None
    return str(int(opened == "true")) if isinstance(column.was, Boolean) else opened

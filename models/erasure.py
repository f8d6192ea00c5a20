"""What becomes of each column when a case is erased: decided where the column is declared.

A table that hangs on a case says ``__erasure__``: :data:`GONE` where its rows are deleted with the
case, :data:`WITH_ITS_FILE` where a job takes them away, or by :func:`stays` which columns stay as
they are. Each column that is not among these says by ``info=becomes(…)`` what it becomes.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select

from models.base import Base, now

GONE = "gone"
WITH_ITS_FILE = "with its file"
_BECOMES = "becomes at erasure"


def becomes(value: Any) -> dict[str, Any]:
    """The ``info`` of a column that does not stay; ``value`` may be what gives it."""
    return {_BECOMES: value}


def month() -> datetime:
    """The month of the erasure, for a moment that a row must have: it tells nothing of before."""
    return now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def first_day() -> date:
    """The same as a day."""
    return month().date()


def stays(*names: str) -> tuple[str, ...]:
    """The columns that stay, named with spaces between them."""
    return tuple(" ".join(names).split())


def decision(model: Any) -> Any:
    """:data:`GONE`, :data:`WITH_ITS_FILE` or the columns that stay; None where nobody decided."""
    return vars(model).get("__erasure__")


def changes(table: Table) -> dict[str, Any]:
    """The columns of a table that do not stay, with what they become."""
    told = {each.name: each.info[_BECOMES] for each in table.columns if _BECOMES in each.info}
    return {name: value() if callable(value) else value for name, value in told.items()}


def tables() -> Iterator[tuple[Any, Table]]:
    """Every model with a path to a case, and its table; what points at another comes before it."""
    models = {each.class_.__tablename__: each.class_ for each in Base.registry.mappers}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name == "cases" or "case_id" in table.columns or _parent(table) is not None:
            yield models[table.name], table


def rows_of(table: Table, case_id: int) -> ColumnElement[bool]:
    """Which rows of a table are about a case."""
    if table.name == "cases":
        return table.c.id == case_id
    if "case_id" in table.columns:
        return table.c.case_id == case_id
    parent = _parent(table)
    assert parent is not None
    links = [key for key in table.foreign_keys if key.column.table is parent]
    found = (
        key.parent.in_(select(key.column).where(rows_of(parent, case_id)).scalar_subquery())
        for key in links
    )
    return or_(*found)


def _parent(table: Table) -> Table | None:
    """The table by which a table without a case of its own belongs to one."""
    for key in table.foreign_keys:
        above = key.column.table
        if above is table:
            continue
        if above.name == "cases" or "case_id" in above.columns or _parent(above) is not None:
            return above
    return None

"""Days that are sealed, beside the first of their month in the clear: a query asks by the month,
and what is in the month of the day that is asked for is looked at once it is opened.
"""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, or_, select, text

from models.base import db


def first(day: date) -> date:
    """The first of a day's month."""
    return day.replace(day=1)


def of(name: str) -> Callable[[Any], date | None]:
    """What stands beside the day ``name`` where a row is written without its month."""

    def made(context: Any) -> date | None:
        day = context.get_current_parameters().get(name)
        return first(day) if day else None

    return made


def one_of(column: Any, ids: Collection[int]) -> Any:
    """Whether the number of a row is one of some, however many: one parameter holds all of them."""
    name = f"{column.table.name}.{column.name}"
    is_postgresql = db.engine.dialect.name == "postgresql"
    some = (
        "SELECT unnest(CAST(:ids AS int[]))"
        if is_postgresql
        else "SELECT value FROM json_each(:ids)"
    )
    brackets = "{%s}" if is_postgresql else "[%s]"
    held = bindparam("ids", brackets % ",".join(map(str, ids)), String, unique=True)
    return text(f"{name} IN ({some})").bindparams(held)


def between(
    day: Any, month: Any, since: date, until: date, *narrow: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether the sealed ``day`` of a row, beside its ``month``, is one of these, both included.

    Asks once, for the rows in the months at both ends (of those that ``narrow`` leaves), and opens
    their days; those of the months between are told by the month.
    """
    ends = {first(since), first(until)}
    table = day.class_
    query = select(table.id, day).where(month.in_(ends), *narrow)
    rows = db.session.execute(query).all()
    found = {number for number, on in rows if on is not None and since <= on <= until}
    return or_(and_(month > first(since), month < first(until)), one_of(table.id, found))

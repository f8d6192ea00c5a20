"""Public numbers of records: drawn at random, and drawn again where a record has the number.

Of two transactions that draw the same number at the same moment the second waits for the first and
then draws again, on either database: the constraint decides, not a look beforehand (which would not
see what another transaction, or another mission, has).
"""

from functools import partial
from typing import Any

from sqlalchemy import Column, String, inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import MappedColumn, mapped_column

from models import numbers
from models.base import db

TRIES = 20  # of thousands of millions of numbers; more collisions than this is another fault


def column(prefix: str) -> MappedColumn[str]:
    """The column of a public number such as ``RF-7K3M9QAX``."""
    draw = partial(numbers.new, prefix)
    return mapped_column(String(12), unique=True, default=draw, info={"prefix": prefix})


def add(record: Any) -> None:
    """Put ``record`` into the database under a number that no other has.

    Raises ``IntegrityError`` where something else than the number is there already.
    """
    numbered = next(each for each in inspect(type(record)).columns if "prefix" in each.info)
    for tries_left in reversed(range(TRIES)):
        setattr(record, numbered.key, numbers.new(numbered.info["prefix"]))
        try:
            with db.session.begin_nested():
                db.session.add(record)
        except IntegrityError as trouble:
            if not (tries_left and _is_about(trouble, numbered)):
                raise
        else:
            return


def _is_about(trouble: IntegrityError, numbered: Column[Any]) -> bool:
    """Whether the number was taken. PostgreSQL names the constraint, SQLite the column."""
    table, words = numbered.table, str(trouble.orig)
    return f"uq_{table.name}_{numbered.name}" in words or f"{table.name}.{numbered.name}" in words

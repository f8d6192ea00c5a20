"""Lists in pages by key, not by number: the millionth page costs what the first costs."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, tuple_

from models.base import db
from web.faults import Absent

PAGE = 25


@dataclass
class Page:
    """Some rows, and the cursor of the next page (empty at the end)."""

    items: list[Any]
    next: str
    first: bool


def page(query: Select[Any], keys: tuple[Any, ...], cursor: str = "", size: int = PAGE, *, descending: bool = True) -> Page:
    """``size`` rows of ``query`` in the order of ``keys`` after ``cursor``. Keys must tell every two rows apart."""
    if cursor:
        position = _opened(cursor, len(keys))
        query = query.where(tuple_(*keys) < position if descending else tuple_(*keys) > position)
    query = query.order_by(*(key.desc() if descending else key.asc() for key in keys)).limit(size + 1)
    found = list(db.session.execute(query).scalars())
    more = found[size:]
    rows = found[:size]
    return Page(rows, _closed(rows[-1], keys) if more else "", not cursor)


def _closed(row: Any, keys: tuple[Any, ...]) -> str:
    values = [getattr(row, key.key) for key in keys]
    texts = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _opened(cursor: str, count: int) -> tuple[Any, ...]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != count or not isinstance(values[-1], int):
            raise ValueError
        return tuple(_moment(value) if isinstance(value, str) else value for value in values)
    except (ValueError, TypeError, binascii.Error):
        raise Absent from None


def _moment(text: str) -> Any:
    moment = datetime.fromisoformat(text)
    return moment.date() if len(text) == 10 else moment

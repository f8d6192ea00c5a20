"""Lists in pages by key, not by number: the millionth page costs what the first costs."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, true, tuple_

from models.base import db
from models.sealed import Unreadable, open_system, padded, seal_system
from models.witnessed import ALL_ROWS, standing
from web.errors import NotFound

PAGE = 25
AT_ONCE, MOST_READ = 250, 2000  # rows read at a time, and at all, where each must be looked at


@dataclass
class Page:
    """Some rows, and the cursor of the next page (empty at the end)."""

    items: list[Any]
    next: str
    first: bool
    begin: int = 0  # of a counted list: how many stand before
    total: int | None = None  # how many there are in all, where that is counted

    @property
    def has_more(self) -> bool:
        """Whether there are others than stand here."""
        return bool(self.next) or not self.first


def page(
    query: Select[Any],
    keys: tuple[Any, ...],
    cursor: str = "",
    size: int = PAGE,
    *,
    ways: Sequence[Any] = (true(),),
    fits: Callable[[Any], bool] | None = None,
) -> Page:
    """``size`` rows of ``query``, greatest ``keys`` first, after ``cursor``.

    Keys must tell every two
    rows apart; the last is the id.

    ``ways`` are alternative conditions: each is asked by itself, so that each walks an index in
    order, and the answers are merged.
    One query with OR between them would read and sort everything that matches.

    ``fits`` looks at what no query can ask by, because it is sealed: rows are read in order until
    the page is full or :data:`MOST_READ` were looked at; then the next page goes on from there.
    """
    if fits is not None:
        return _sifted(query, keys, cursor, size, ways, fits)
    if cursor:
        query = query.where(tuple_(*keys) < _opened(cursor, len(keys)))
    query = query.order_by(*(key.desc() for key in keys)).limit(size + 1)
    query = query.execution_options(**{ALL_ROWS: True})  # one that is left out ends no list
    rows_by_id = {
        row.id: row for way in ways for row in db.session.execute(query.where(way)).scalars()
    }
    found = sorted(
        rows_by_id.values(),
        key=lambda row: tuple(getattr(row, key.key) for key in keys),
        reverse=True,
    )[: size + 1]
    more = found[size:]
    rows = found[:size]
    return Page(standing(rows), _closed(rows[-1], keys) if more else "", not cursor)


def counted(query: Select[Any], after: str = "", size: int = PAGE) -> Page:
    """``size`` rows of a list of work in the order of ``query``, from the ``after``-th on, with how
    many there are in all: for lists that somebody works off, never for what grows for ever.
    """
    begin = _begin(after)
    bare = query.order_by(None).options().subquery()
    total = db.session.execute(select(func.count()).select_from(bare)).scalar() or 0
    rows = db.session.execute(query.offset(begin).limit(size)).unique().all()
    items = [row[0] if len(row) == 1 else row for row in rows]
    return _counted(items, begin, total)


def part_of(everything: Sequence[Any], after: str = "", size: int = PAGE) -> Page:
    """The same of a list that is read already."""
    begin = _begin(after)
    return _counted(list(everything[begin : begin + size]), begin, len(everything))


def only(found: Page, fits: Callable[[Any], bool]) -> Page:
    """The same page without what should not have been found: for what the rows of a database say
    of themselves and nobody else does. The counts stay as they are.
    """
    return replace(found, items=[item for item in found.items if fits(item)])


def _begin(after: str) -> int:
    if after and not (after.isascii() and after.isdecimal() and len(after) < 8):
        raise NotFound
    return int(after or 0)


def _counted(items: list[Any], begin: int, total: int) -> Page:
    end = begin + len(items)
    return Page(items, str(end) if end < total else "", not begin, begin, total)


def _sifted(
    query: Select[Any],
    keys: tuple[Any, ...],
    cursor: str,
    size: int,
    ways: Sequence[Any],
    fits: Callable[[Any], bool],
) -> Page:
    found: list[Any] = []
    after = cursor
    for _turn in range(MOST_READ // AT_ONCE):
        part = page(query, keys, after, AT_ONCE, ways=ways)
        for row in part.items:
            if fits(row):
                found.append(row)
            if len(found) > size:
                return Page(found[:size], _closed(found[size - 1], keys), not cursor)
        after = part.next
        if not after:
            break
    return Page(found, after, not cursor)


def _closed(row: Any, keys: tuple[Any, ...]) -> str:
    values = [getattr(row, key.key) for key in keys]
    texts = [value.isoformat() if isinstance(value, date) else value for value in values]
    return sealed(texts)


def sealed(texts: list[Any]) -> str:
    """A cursor is sealed: the numbers of rows say how many others there are between two of one's
    own, and nobody makes up a place to go on from.
    """
    content = seal_system("cursors", padded(json.dumps(texts).encode(), 64))
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _opened(cursor: str, count: int) -> tuple[Any, ...]:
    try:
        content = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(open_system("cursors", content))
        if not isinstance(values, list) or len(values) != count or not isinstance(values[-1], int):
            raise ValueError
        return tuple(_moment(value) if isinstance(value, str) else value for value in values)
    except (ValueError, TypeError, binascii.Error, Unreadable):
        raise NotFound from None


def _moment(text: str) -> Any:
    moment = datetime.fromisoformat(text)
    return moment.date() if len(text) == 10 else moment

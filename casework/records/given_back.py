"""What a record did to its case besides being there: given back when it is taken out of sight, done
anew when it is back.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from casework.core import ratings, tasks
from casework.records.kind import Kind
from models.base import db
from models.records import Record
from models.states import RecordState


def rate(record: Record, rating: str, *, is_new: bool) -> None:
    """A risk assessment rates the case; with it is kept how the case was rated before it."""
    known = {"before": record.case.risk} if is_new else dict(record.says or {})
    record.says = {**known, "rating": rating}
    ratings.rate(record.case, risk=rating)


def rate_without(record: Record) -> None:
    """The case is rated as before an assessment that was taken out of sight: by the newest one that
    stands, else as it was without any. A rating that somebody gave since stays.
    """
    if _later(record) or record.case.risk != _rating(record):
        return
    before = _rated_before(record)
    if before is not None:
        ratings.rate(record.case, risk=before)


def rate_again(record: Record) -> None:
    """An assessment that is back rates the case, unless a later one does."""
    if not _later(record):
        ratings.rate(record.case, risk=_rating(record))


def _rating(record: Record) -> str:
    said = dict(record.says or {})
    return str(said.get("rating") or record.content.get("rating", ""))


def _rated_before(record: Record) -> str | None:
    """None: a version before wrote it, and kept no word of what stood."""
    earlier = _earlier(record)
    last = earlier[0] if earlier else None
    if last is not None and last.state == RecordState.REMOVED:
        return _rated_before(last)
    if last is not None and last.changed_at > record.made_at:
        return _rating(last)
    known = dict(record.says or {}).get("before")
    if known is None and last is not None:
        return _rating(last)
    return known


def days_without(by: Actor, record: Record, kind: Kind) -> None:
    """The days that a record of a kind ended count again, and the tasks that it closed are open."""
    if _leaves(kind, record.content) or _is_outdone(record, kind):
        return
    for each in _earlier(record):
        if each.state == RecordState.REMOVED:
            continue
        content = each.content
        each.due_on = _day(kind, content)
        tasks.reopen_since(
            by=by, case=each.case, kind=kind.task, since=record.made_at, record_key=each.key
        )
        if not _leaves(kind, content):
            return  # those before it were over when it came


def day_again(record: Record, kind: Kind) -> None:
    """The day of a record that is back counts, unless a later one took its place."""
    record.due_on = None if _is_outdone(record, kind) else _day(kind, record.content)


def _is_outdone(record: Record, kind: Kind) -> bool:
    return any(not _leaves(kind, each.content) for each in _later(record))


def _leaves(kind: Kind, content: Mapping[str, Any]) -> bool:
    return bool(kind.leaves and kind.leaves(dict(content)))


def _day(kind: Kind, content: Mapping[str, Any]) -> date | None:
    text = content.get(kind.due)
    return date.fromisoformat(text) if text else None


def _later(record: Record) -> list[Record]:
    """Those of its kind that were written after it and stand."""
    query = _of_kind(record).where(Record.id > record.id, Record.removed.is_(False))
    return list(db.session.execute(query).unique().scalars())


def _earlier(record: Record) -> list[Record]:
    """Those of its kind that were written before it, the newest first."""
    query = _of_kind(record).where(Record.id < record.id).order_by(Record.id.desc())
    return list(db.session.execute(query).unique().scalars())


def _of_kind(record: Record) -> Any:
    return select(Record).where(
        Record.case_id == record.case_id, Record.kind_token == record.kind_token
    )

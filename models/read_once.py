"""What is read once in a transaction, however many ask: small tables that many pages need (what
offices decided, ask and added).
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from models.base import Base, db

Read = TypeVar("Read")


class ReadOnce:
    """Keeps what was read of a table until the transaction ends, or a row of it changes."""

    def __init__(self, model: type[Base]) -> None:
        self.model, self.name = model, f"read_once/{model.__tablename__}"
        event.listen(Session, "after_commit", self._forget)
        event.listen(Session, "after_rollback", self._forget)
        event.listen(Session, "after_flush", self._flushed)

    def of(self, key: Hashable, read: Callable[[], Read]) -> Read:
        """What ``read`` gives, the first time; nothing is flushed for it."""
        kept: dict[Hashable, Any] = db.session.info.setdefault(self.name, {})
        if key not in kept:
            with db.session.no_autoflush:
                kept[key] = read()
        found: Read = kept[key]
        return found

    def _forget(self, session: Session) -> None:
        session.info.pop(self.name, None)

    def _flushed(self, session: Session, _context: object) -> None:
        changed = (*session.new, *session.dirty, *session.deleted)
        if any(isinstance(each, self.model) for each in changed):
            self._forget(session)

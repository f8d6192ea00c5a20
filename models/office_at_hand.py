"""The office whose forms, lists and letters are at hand in this request or task: that of the case,
of the file, or the one for which somebody registers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import has_app_context

from models.base import db

_NAME = "office_at_hand"


def now() -> int | None:
    """Its id; none where nobody's forms are at hand."""
    found: int | None = db.session.info.get(_NAME) if has_app_context() else None
    return found


def turn_to(office_id: int | None) -> None:
    """From here on it is this one."""
    db.session.info[_NAME] = office_id


@contextmanager
def within(office_id: int | None) -> Iterator[None]:
    """Within the block it is this one."""
    before = now()
    turn_to(office_id)
    try:
        yield
    finally:
        turn_to(before)

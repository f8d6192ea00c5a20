"""What a person keeps an eye on: flagged cases, saved filters."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select

from access.actors import Actor
from casework.core.queries import FILTERS
from models.base import db
from models.cases import Case
from models.work import Flag, SavedFilter


def tidy_filter(query: str) -> str:
    """The part of an address that filters by coded fields, in one order; the rest is dropped."""
    found = {name: value[:30] for name, value in parse_qsl(query) if name in FILTERS and value}
    return urlencode(sorted(found.items()))


def filters_of(by: Actor) -> list[SavedFilter]:
    """The filters somebody keeps."""
    return list(
        db.session.execute(
            select(SavedFilter).where(SavedFilter.user_id == by.id).order_by(SavedFilter.name)
        ).scalars()
    )


def flagged(by: Actor, ways: Any, size: int = 20) -> list[Case]:
    """The cases somebody keeps an eye on and may still open."""
    query = (
        select(Case)
        .join(Flag, Flag.case_id == Case.id)
        .where(Flag.user_id == by.id, ways)
        .order_by(Flag.at.desc())
        .limit(size)
    )
    return list(db.session.execute(query).scalars())


def is_flagged(by: Actor, case: Case) -> bool:
    """Whether the one who asks keeps an eye on a case."""
    return by.id is not None and db.session.get(Flag, (by.id, case.id)) is not None

"""What a person keeps an eye on: flagged cases, saved filters."""

from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from casework.core.queries import FILTERS
from models import taking_back
from models.base import db
from models.cases import Case
from models.rules import RuleBroken
from models.taking_back import ChangedSince
from models.work import Flag, SavedFilter

MOST_FILTERS = 20


def tidy_filter(query: str) -> str:
    """The part of an address that filters by coded fields, in one order; the rest is dropped."""
    values = {name: value[:30] for name, value in parse_qsl(query) if name in FILTERS and value}
    return urlencode(sorted(values.items()))


def save_filter(*, by: Actor, name: str, query: str) -> None:
    """Keep a filter under a name; the same name is replaced. Raises where there are too many."""
    assert by.id is not None
    filters = {saved.name: saved for saved in filters_of(by)}
    if name not in filters:
        if len(filters) >= MOST_FILTERS:
            raise RuleBroken(_("You have 20 filters. Remove one first."))
        filters[name] = SavedFilter(user_id=by.id, name=name, query="")
        db.session.add(filters[name])
    filters[name].query = tidy_filter(query)


def put_filter_back(*, by: Actor, name: str, query: str) -> None:
    """Keep a filter again that was removed: what :func:`remove_filter` gave. One of its name that
    was made since stays. Raises :class:`models.taking_back.ChangedSince`, and as
    :func:`save_filter`.
    """
    if any(saved.name == name for saved in filters_of(by)):
        raise ChangedSince
    save_filter(by=by, name=name, query=query)


def remove_filter(*, by: Actor, filter_id: int) -> dict[str, str] | None:
    """Forget a filter; gives what :func:`put_filter_back` takes. One of somebody else stays."""
    saved = db.session.get(SavedFilter, filter_id)
    if saved is None or saved.user_id != by.id:
        return None
    db.session.delete(saved)
    return {"name": saved.name, "query": saved.query}


def as_it_stands(by: Actor, case: Case) -> str:
    """The mark of whether one keeps an eye on a case, for the way back."""
    return taking_back.mark(case.id, is_flagged(by, case))


def toggle_flag(*, by: Actor, case: Case, as_left: str = "") -> bool:
    """Keep an eye on a case, or no longer; whether one does now. A task of the system has no
    eye. ``as_left``: the mark of what the deed left that this one takes back. Raises
    :class:`models.taking_back.ChangedSince`.
    """
    if by.id is None:
        return False
    taking_back.only_as_left(as_left, case.id, is_flagged(by, case))
    flag = db.session.get(Flag, (by.id, case.id))
    if flag is not None:
        db.session.delete(flag)
    else:
        db.session.add(Flag(user_id=by.id, case_id=case.id))
    db.session.flush()
    return flag is None


def filters_of(by: Actor) -> list[SavedFilter]:
    """The filters somebody keeps."""
    return list(
        db.session.execute(
            select(SavedFilter).where(SavedFilter.user_id == by.id).order_by(SavedFilter.name)
        ).scalars()
    )


def flagged(by: Actor) -> list[Case]:
    """The cases somebody keeps an eye on and may still open, the last chosen first."""
    may_open = visible(by, Permission.CASE_OPEN, Case)
    query = (
        select(Case)
        .join(Flag, Flag.case_id == Case.id)
        .where(Flag.user_id == by.id, may_open)
        .order_by(Flag.at.desc())
    )
    return list(db.session.execute(query).scalars())


def is_flagged(by: Actor, case: Case) -> bool:
    """Whether the one who asks keeps an eye on a case."""
    return by.id is not None and db.session.get(Flag, (by.id, case.id)) is not None

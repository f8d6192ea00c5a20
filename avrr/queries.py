"""Every SELECT of avrr; each takes the viewer and starts from what is visible to them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import visible, visible_by_clause
from models import numbers
from models.base import db, today
from models.cases import Case
from models.returns import FollowUp, Return
from web import paging
from web.faults import Absent


def record(actor: Actor, reference: str, **_: Any) -> Return:
    """The return with this reference, if the actor may open it; else it does not exist."""
    tidy = numbers.tidy(reference)
    if not numbers.is_valid(tidy, "RT"):
        raise Absent
    query = select(Return).where(Return.reference == tidy, visible(actor, Permission.RETURN_OPEN, Return))
    options = (
        selectinload(Return.steps),
        selectinload(Return.follow_ups),
        selectinload(Return.assistance),
        joinedload(Return.case).selectinload(Case.consents),
    )
    found = db.session.execute(query.options(*options)).unique().scalar_one_or_none()
    if found is None:
        raise Absent
    return found


def returns(actor: Actor, state: str = "", cursor: str = "") -> paging.Page:
    """A page of returns the actor may open, newest change first."""
    query = select(Return)
    if state:
        query = query.where(Return.state == state)
    return paging.page(query, (Return.changed_at, Return.id), cursor, ways=visible_by_clause(actor, Permission.RETURN_OPEN, Return))


def of_case(case: Case) -> list[Return]:
    """Returns of a case the caller has loaded through its own permission."""
    return list(db.session.execute(select(Return).where(Return.case_id == case.id).order_by(Return.id.desc()).limit(10)).scalars())


def arriving(actor: Actor, size: int = 10) -> list[Return]:
    """Handed over to the actor's mission: to answer, or on the way."""
    query = select(Return).where(
        Return.receiving_id.in_(actor.at(Role.ORIGIN)), Return.handover.in_(("sent", "accepted")), Return.state.in_(("preparing", "departed"))
    )
    return list(db.session.execute(query.order_by(Return.changed_at.desc()).limit(size)).scalars())


def visits_due(actor: Actor, size: int = 15) -> list[tuple[FollowUp, Return]]:
    """Follow-ups of the actor's mission that are due within two weeks or late."""
    query = (
        select(FollowUp, Return)
        .join(Return, Return.id == FollowUp.return_id)
        .where(Return.receiving_id.in_(actor.at(Role.ORIGIN)), FollowUp.done_on.is_(None), FollowUp.due_on <= today() + timedelta(days=14))
        .where(Return.state.in_(("arrived", "reintegration")))
        .order_by(FollowUp.due_on)
        .limit(size)
    )
    return list(db.session.execute(query))

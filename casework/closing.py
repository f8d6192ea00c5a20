"""Closing, reopening and handing on a case."""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from casework import timeline
from models.base import db, today
from models.cases import Case, Task
from models.people import Grant
from models.referrals import Referral
from models.returns import Return
from web.faults import RuleBroken

RETAIN_YEARS = 10


def still_open(case: Case) -> list[str]:
    """What keeps a case from being closed: open referrals and returns on their way, by reference."""
    referrals = select(Referral.reference).where(Referral.case_id == case.id, Referral.state.in_(("sent", "accepted", "in_service")))
    returns = select(Return.reference).where(Return.case_id == case.id, Return.state.in_(("departed", "arrived", "reintegration")))
    return [*db.session.execute(referrals).scalars(), *db.session.execute(returns).scalars()]


def close(*, by: Actor, case: Case, reason: str) -> None:
    """Close with a reason; sets the day until which the record is kept."""
    if case.status == "closed":
        raise RuleBroken(_("This case is closed already."))
    if waiting := still_open(case):
        raise RuleBroken(_("Still open: %(references)s. End these first.", references=", ".join(waiting)), "reason")
    case.status, case.closure_reason, case.closed_on = "closed", reason, today()
    case.retain_until = today() + timedelta(days=365 * RETAIN_YEARS)
    timeline.add(by=by, case=case, kind="closed", reference=reason)


def reopen(*, by: Actor, case: Case) -> None:
    """Open a closed case again; its history stays."""
    if case.status != "closed":
        raise RuleBroken(_("This case is not closed."))
    case.status, case.closed_on, case.retain_until = "assistance", None, None
    timeline.add(by=by, case=case, kind="reopened")


def assign(*, by: Actor, case: Case, owner: str) -> None:
    """Give the case to another caseworker of its mission."""
    query = select(Grant).where(Grant.organisation_id == case.office_id, Grant.role == Role.CASEWORKER)
    found = [grant for grant in db.session.execute(query).scalars() if grant.in_force and str(grant.user_id) == owner]
    if not found:
        raise RuleBroken(_("Choose a caseworker of this mission."), "owner")
    case.owner_id, case.team_id = found[0].user_id, found[0].team_id
    for task in db.session.execute(select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))).scalars():
        task.owner_id = case.owner_id
    timeline.add(by=by, case=case, kind="assigned")

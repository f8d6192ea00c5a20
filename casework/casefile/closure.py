"""Closing, reopening and handing on a case."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from access.actors import Actor
from access.permissions import Role
from casework.core import approvals, tasks, timeline
from models.base import db, today
from models.cases import Case, Task
from models.people import Grant
from models.referrals import Referral
from models.returns import Return
from models.rules import RuleBroken
from models.shelter import Placement
from models.states import CASE, ApprovalState, Sets, TransferState
from models.work import Transfer

RETAIN_YEARS = 10


def still_open(case: Case) -> list[str]:
    """What keeps a case from being closed: open referrals and returns on their way, by reference."""
    found = (_open_referrals(case, Referral.reference), _open_returns(case, Return.reference))
    return [reference for query in found for reference in db.session.execute(query).scalars()]


def _open_referrals(case: Case, what: Any) -> Select[Any]:
    return select(what).where(Referral.case_id == case.id, Referral.state.in_(Sets.REFERRAL_LIVE))


def _open_returns(case: Case, what: Any) -> Select[Any]:
    return select(what).where(Return.case_id == case.id, Return.state.in_(Sets.RETURN_TRAVELLED))


@dataclass(frozen=True)
class Open:
    """Something that is not finished: what, how many, where to look, and whether the case cannot be closed with it."""

    what: str
    count: int
    path: str
    blocks: bool


def checklist(case: Case) -> list[Open]:
    """What is open of a case, for whoever is about to close it."""
    base = f"/cases/{case.number}"
    counted = (
        (
            _("Open tasks"),
            select(func.count())
            .select_from(Task)
            .where(Task.case_id == case.id, Task.done_at.is_(None)),
            base,
            False,
        ),
        (
            _("Referrals in service or waiting"),
            _open_referrals(case, func.count()),
            f"{base}/referrals",
            True,
        ),
        (_("Returns on their way"), _open_returns(case, func.count()), f"{base}/return", True),
        (
            _("Beds"),
            select(func.count())
            .select_from(Placement)
            .where(Placement.case_id == case.id, Placement.left_on.is_(None)),
            f"{base}/shelter",
            True,
        ),
        (
            _("Offers to take the case over"),
            select(func.count())
            .select_from(Transfer)
            .where(Transfer.case_id == case.id, Transfer.state == TransferState.ASKED),
            base,
            True,
        ),
    )
    found = [
        Open(what, int(db.session.execute(query).scalar() or 0), path, blocks)
        for what, query, path, blocks in counted
    ]
    return [line for line in found if line.count]


def needs_approval(by: Actor, case: Case) -> bool:
    """Whether somebody else must have agreed: a case of high or extreme risk, closed by its caseworker."""
    if (
        case.risk not in {"high", "extreme"}
        or by.system
        or case.office_id in by.at(Role.SUPERVISOR)
    ):
        return False
    asked = approvals.latest(case, "closure")
    return asked is None or asked.state != ApprovalState.APPROVED or asked.decided_by_id == by.id


def close(*, by: Actor, case: Case, reason: str, outcome: str = "") -> None:
    """Close with a reason and an outcome; open tasks end with it; sets the day until which the record is kept."""
    if not CASE.can(case, "close"):
        raise RuleBroken(_("This case is closed already."))
    if waiting := [line.what for line in checklist(case) if line.blocks]:
        raise RuleBroken(
            _(
                "Still open: %(references)s. End these first.",
                references=", ".join([*waiting, *still_open(case)]),
            ),
            "reason",
        )
    if needs_approval(by, case):
        raise RuleBroken(
            _("The risk is high: ask your supervisor to approve the closure first."), "reason"
        )
    CASE.move(case, "close", by=by)
    case.closure_reason = reason
    case.outcome = outcome
    for task in db.session.execute(
        select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    ).scalars():
        tasks.finish(by=by, task=task)
    case.retain_until = kept_until()
    timeline.add(by=by, case=case, kind="closed", reference=reason)


def kept_until() -> date:
    """The day until which a case that is closed today is kept."""
    return today() + timedelta(days=365 * RETAIN_YEARS)


def reopen(*, by: Actor, case: Case) -> None:
    """Open a closed case again; its history stays."""
    if not CASE.can(case, "reopen"):
        raise RuleBroken(_("This case is not closed."))
    CASE.move(case, "reopen", by=by)
    case.closed_on = None
    case.retain_until = None
    timeline.add(by=by, case=case, kind="reopened")


def assign(*, by: Actor, case: Case, owner: str) -> None:
    """Give the case to another caseworker of its mission."""
    query = select(Grant).where(
        Grant.organisation_id == case.office_id, Grant.role == Role.CASEWORKER
    )
    found = [
        grant
        for grant in db.session.execute(query).scalars()
        if grant.in_force and str(grant.user_id) == owner
    ]
    if not found:
        raise RuleBroken(_("Choose a caseworker of this mission."), "owner")
    case.owner_id, case.team_id = found[0].user_id, found[0].team_id
    for task in db.session.execute(
        select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    ).scalars():
        task.owner_id = case.owner_id
    timeline.add(by=by, case=case, kind="assigned")

"""Closing, reopening and handing on a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.core import approvals, queries, ratings, retention, tasks, timeline
from models.base import db
from models.cases import Case, Task
from models.money import FundRequest, FundRequestPerson
from models.people import Grant
from models.referrals import Referral
from models.returns import Return
from models.rules import RuleBroken
from models.shelter import Placement
from models.states import CASE, ApprovalState, CaseStatus, Sets, TransferState
from models.work import Transfer
from web.forms import REQUIRED

_RETURNS = Sets.RETURN_UNDER_WAY | Sets.RETURN_HOME  # none is left behind, prepared or on its way
MOST = 100  # cases that one deed is done to


def still_open(case: Case) -> list[str]:
    """What keeps a case from being closed: open referrals, returns, money, by reference."""
    queries = (
        _open_referrals(case, Referral.reference),
        _open_returns(case, Return.reference),
        _money(case, FundRequest.reference),
    )
    return [reference for query in queries for reference in db.session.execute(query).scalars()]


def _open_referrals(case: Case, what: Any) -> Select[Any]:
    return select(what).where(Referral.case_id == case.id, Referral.state.in_(Sets.REFERRAL_LIVE))


def _open_returns(case: Case, what: Any) -> Select[Any]:
    return select(what).where(Return.case_id == case.id, Return.state.in_(_RETURNS))


@dataclass(frozen=True)
class Open:
    """Something that is not finished: what, how many, on which page of the case, and whether the
    case cannot be closed with it.
    """

    what: str
    count: int
    page: str
    blocks: bool


def checklist(case: Case) -> list[Open]:
    """What is open of a case, for whoever is about to close it."""
    counted = (
        (_("Open tasks"), _open_tasks(case), "casefile.show", False),
        (
            _("Referrals in service or waiting"),
            _open_referrals(case, func.count()),
            "referral.of_case",
            True,
        ),
        (_("Returns on their way"), _open_returns(case, func.count()), "avrr.start", True),
        (_("Beds"), _beds(case), "shelter.of_case", True),
        (
            _("Requests for money that are not ended"),
            _money(case, func.count()),
            "funds.ask",
            True,
        ),
        (_("Offers to take the case over"), _offers(case), "casefile.show", True),
    )
    lines = [
        Open(what, int(db.session.execute(query).scalar() or 0), page, blocks)
        for what, query, page, blocks in counted
    ]
    return [line for line in lines if line.count]


def _open_tasks(case: Case) -> Select[Any]:
    of_case = tasks.due(date.max, Task.case_id == case.id)
    return select(func.count()).select_from(Task).where(of_case)


def _beds(case: Case) -> Select[Any]:
    of_case = Placement.case_id == case.id, Placement.left_on.is_(None)
    return select(func.count()).select_from(Placement).where(*of_case)


def _money(case: Case, what: Any) -> Select[Any]:
    """What the office asked for the person, alone or with others; what a mission asks at home goes
    on after the case is closed.
    """
    for_them = select(FundRequestPerson.request_id).where(
        FundRequestPerson.case_id == case.id, FundRequestPerson.let_go_at.is_(None)
    )
    live = FundRequest.state.in_(Sets.FUND_REQUEST_LIVE), FundRequest.at_home.is_(False)
    return select(what).select_from(FundRequest).where(FundRequest.id.in_(for_them), *live)


def _offers(case: Case) -> Select[Any]:
    of_case = Transfer.case_id == case.id, Transfer.state == TransferState.ASKED
    return select(func.count()).select_from(Transfer).where(*of_case)


def needs_approval(by: Actor, case: Case) -> bool:
    """Whether somebody else must have agreed: the risk is high, and the caseworker closes it."""
    if not ratings.is_risky(case) or by.system or case.office_id in by.at(Role.SUPERVISOR):
        return False
    asked = approvals.latest(case, "closure")
    if asked is None or asked.state != ApprovalState.APPROVED or asked.decided_by_id == by.id:
        return True
    again = timeline.newest(case, "reopened")  # what was agreed to has happened: this is another
    return again is not None and asked.asked_at <= again.at


@CASE.guard("close")
def _refuse_unfinished(case: Case, _by: Actor) -> None:
    """Nothing may be under way that others rely on: referrals, returns, beds, offers; no money
    may be asked for or set aside, which nobody would pay or let go any more.
    """
    waiting = [line.what for line in checklist(case) if line.blocks]
    if waiting:
        references = ", ".join([*waiting, *still_open(case)])
        message = _("Still open: %(references)s. End these first.", references=references)
        raise RuleBroken(message, "reason")


@CASE.guard("close")
def _refuse_unapproved(case: Case, by: Actor) -> None:
    """A case of high risk is closed by two people."""
    if needs_approval(by, case):
        message = _(
            "The risk is high, or was within the last month: ask your supervisor to approve the "
            "closure first."
        )
        raise RuleBroken(message, "reason")


def close(*, by: Actor, case: Case, reason: str, words: str = "", outcome: str = "") -> None:
    """Close with a reason, an outcome and words; open tasks end with it.

    Sets the day until which the record is kept. Raises :class:`models.rules.RuleBroken` where
    something is open that must end first, where the closure was not approved, or without words.
    """
    if not CASE.can(case, "close"):
        raise RuleBroken(_("This case is closed already."))
    CASE.check(case, "close", by=by)
    _say_why(case, words)
    timeline.add(by=by, case=case, kind="closed", reference=reason, note=words)
    before = case.status
    CASE.move(case, "close", by=by)
    case.status_before = before
    retention.end_work(by=by, case=case, reason=reason, outcome=outcome)


def _say_why(case: Case, words: str) -> None:
    """A case begins and ends in words, but where the person agrees to no more of them."""
    if case.must_rest and words:
        message = _("The person does not agree to be assisted any more: no words are kept.")
        raise RuleBroken(message, "words")
    if not case.must_rest and not words:
        raise RuleBroken(REQUIRED["required"], "words")


# What a case was before it was closed → the verb that gives it back.
_GIVES_BACK: dict[str, str] = {
    CaseStatus.OPEN: "reopen_registered",
    CaseStatus.FOLLOW_UP: "reopen_follow_up",
}


def reopen(*, by: Actor, case: Case, words: str = "") -> None:
    """Open a closed case again, for a reason in words; its status comes back, its history stays."""
    if not CASE.can(case, "reopen"):
        raise RuleBroken(_("This case is not closed."))
    _say_why(case, words)
    CASE.move(case, _GIVES_BACK.get(case.status_before, "reopen"), by=by)
    case.status_before = ""
    case.closed_on = None
    case.retain_until = None
    timeline.add(by=by, case=case, kind="reopened", note=words)


def assign(*, by: Actor, case: Case, owner: str) -> None:
    """Give the case to another caseworker of its mission."""
    query = select(Grant).where(
        Grant.organisation_id == case.office_id, Grant.role == Role.CASEWORKER
    )
    grants = [
        grant
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active and str(grant.user_id) == owner
    ]
    if not grants:
        raise RuleBroken(_("Choose a caseworker of this mission."), "owner")
    queries.refuse_kept_from(case, grants[0].user_id, "owner")
    case.owner_id = grants[0].user_id
    case.team_id = grants[0].team_id
    for task in db.session.execute(
        select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    ).scalars():
        task.owner_id = case.owner_id
    timeline.add(by=by, case=case, kind="assigned")


def assign_chosen(*, by: Actor, case_ids: Sequence[int], owner: str) -> int:
    """Give several cases to one caseworker; those that are not the actor's to assign stay. Gives
    how many were given.
    """
    not_more(case_ids)
    chosen = select(Case).where(Case.id.in_(case_ids))
    theirs = [
        case
        for case in db.session.execute(chosen).scalars()
        if allows(by, Permission.CASE_ASSIGN, case)
    ]
    for case in theirs:
        assign(by=by, case=case, owner=owner)
    return len(theirs)


def not_more(case_ids: Sequence[int]) -> None:
    """Raises where more are chosen than one deed takes: none of them is left out unseen."""
    if len(case_ids) > MOST:
        raise RuleBroken(
            _("At most %(most)s cases at once; %(many)s are chosen.", most=MOST, many=len(case_ids))
        )

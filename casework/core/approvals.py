"""Approvals: one asks, another decides. Nobody decides what they asked for."""

from collections.abc import Collection, Hashable

from flask_babel import gettext as _
from sqlalchemy import case as case_of
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import visible
from casework.core import ages, gathered, ratings, timeline
from models import taking_back, witnessed
from models.base import db
from models.cases import Case
from models.life_cycles import Someone
from models.rules import RuleBroken, stated
from models.states import APPROVAL, ApprovalState
from models.work import Approval
from notifications import outbox
from web import paging
from web.links import link

IDENTIFIED, GROWN, RETURN_ = "identified", "grown", "return"
_BY_DANGER = ("extreme", "high", "", "medium", "low")  # who is not rated may be in any
READ_FIRST = frozenset((IDENTIFIED, GROWN))  # answered where it is read, not in a list
WHAT = ("plan", RETURN_, "closure", IDENTIFIED, GROWN)


@stated("approval: from its page")
def must_be_read(approval: Approval) -> bool:
    """A child's return, a return after a lowered risk, an identification, an age: none is decided
    from a list, by who did not look.

    Source: ours.
    """
    if approval.what in READ_FIRST:
        return True
    case = approval.case
    return approval.what == RETURN_ and (
        ages.counts_as_child(case) or ratings.lowered_lately(case) is not None
    )


@APPROVAL.guard("approve")
def _by_another_than_who_lowered_the_risk(approval: Approval, by: Someone) -> None:
    """Who rated the risk lower does not agree to the return that becomes easier by it.

    Source: ours.
    """
    if approval.what != RETURN_:
        return
    lowered = ratings.lowered_lately(approval.case)
    if lowered is not None and lowered.by_id == by.id:
        raise RuleBroken(_("You rated the risk lower yourself: somebody else agrees."), "agrees")


def mark(approval: Approval) -> str:
    """A mark of what is read before it is answered: changed since, it is read again."""
    case = approval.case
    lowered = ratings.lowered(case)
    return taking_back.mark(
        approval.id, case.risk, str(case.childhood), lowered.id if lowered else 0
    )


def answer(*, by: Actor, approval: Approval, agrees: bool, words: str = "", read: str = "") -> None:
    """Answer on its page, with a reason where there is one to say. ``read``: the :func:`mark` of
    what they had before them.

    Raises :class:`RuleBroken` for what has a page of its own, for who read something else, and what
    :func:`decide` refuses.
    """
    if approval.what in READ_FIRST:
        raise RuleBroken(_("Read it first: it is answered on the page of the case."))
    if read and read != mark(approval):
        raise RuleBroken(_("This was changed since you read it. Read it again."))
    decide(by=by, approval=approval, yes=agrees, has_read=bool(read), note=words)


def words_of(approval: Approval) -> str:
    """Why it was agreed to or not, as was said; for who may read the protection part."""
    kind = "approved" if approval.state == ApprovalState.APPROVED else "not_approved"
    said = timeline.newest(approval.case, kind, approval.what)
    is_its_own = said is not None and said.at >= (approval.decided_at or said.at)
    return (said.note or "") if said is not None and is_its_own else ""


def ask(*, by: Actor, case: Case, what: str, record_key: str = "") -> Approval:
    """Ask the supervisors of the office. One question of a kind at a time."""
    approval = Approval(
        case=case,
        office_id=case.office_id,
        what=what,
        pending=f"{case.id}/{what}",
        asked_by_id=by.id,
        record_key=record_key,
    )
    db.session.add(approval)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("This was asked already and waits for an answer.")) from None
    timeline.add(by=by, case=case, kind="approval_asked", reference=what)
    others = [
        user for user in outbox.people_of(case.office_id, Role.SUPERVISOR) if user.id != by.id
    ]
    outbox.post(
        "approval.asked",
        reference=f"AP-{approval.id}",
        path=link("team.approvals"),
        to=others,
        office=case.office_id,
    )
    return approval


def decide(
    *, by: Actor, approval: Approval, yes: bool, has_read: bool = False, note: str = ""
) -> None:
    """Approve or not; the one who asked is told.

    Raises :class:`RuleBroken` for what is answered where it is read, and for a no without words:
    whoever asked is told nothing else to go on with.
    """
    if not yes and not note:
        raise RuleBroken(_("Say why you do not agree."), "words")
    if not has_read and must_be_read(approval):
        raise RuleBroken(_("Read it first: it is answered on its page, not in a list."))
    APPROVAL.move(approval, "approve" if yes else "refuse", by=by)
    timeline.add(
        by=by,
        case=approval.case,
        kind="approved" if yes else "not_approved",
        note=note,
        reference=approval.what,
    )
    if approval.asked_by is not None:
        outbox.post(
            "approval.given",
            reference=f"AP-{approval.id}",
            path=link("casefile.show", approval.case),
            to=[approval.asked_by],
            office=approval.office_id,
        )


def withdraw(*, by: Actor, approval: Approval) -> None:
    """What was asked about does not stand any more: nobody needs to answer."""
    APPROVAL.move(approval, "withdraw", by=by)
    db.session.flush()


def latest(case: Case, what: str) -> Approval | None:
    """The newest question of a kind about a case."""
    return gathered.answer(
        "approvals", case.id, (case.id, what), lambda: latest_of([case.id]).get((case.id, what))
    )


def latest_of(case_ids: Collection[int]) -> dict[Hashable, Approval]:
    """The newest question of each kind about many cases, for :mod:`casework.core.gathered`; none
    from before one that somebody else wrote: what that was, and how it was answered, nobody knows.
    """
    query = select(Approval).where(Approval.case_id.in_(case_ids)).order_by(Approval.id)
    every = query.execution_options(**{witnessed.ALL_ROWS: True})
    found: dict[int, dict[Hashable, Approval]] = {}
    for approval in db.session.execute(every).unique().scalars():
        theirs = found.setdefault(approval.case_id, {})
        if witnessed.stands(approval):
            theirs[approval.case_id, approval.what] = approval
        else:
            theirs.clear()
    return {key: approval for theirs in found.values() for key, approval in theirs.items()}


def to_decide(by: Actor, after: str = "", size: int = 50) -> paging.Page:
    """What waits for the actor: of who is most in danger first, then as it was asked."""
    query = (
        select(Approval)
        .join(Case, Case.id == Approval.case_id)
        .where(
            visible(by, Permission.APPROVAL_DECIDE, Approval),
            Approval.pending.is_not(None),
        )
    )
    danger = case_of({risk: place for place, risk in enumerate(_BY_DANGER)}, value=Case.risk)
    return paging.counted(query.order_by(danger, Approval.id), after, size)

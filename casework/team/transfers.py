"""Handing a case to another worker or another office. Whoever had it has it until the other accepts; who holds a case is never in doubt."""

from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from access.actors import Actor
from access.permissions import Role
from casework.core import queries, tasks, timeline
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from models.cases import Case, Task
from models.data_protection import Block
from models.people import Grant, Organisation, User
from models.referrals import Referral
from models.rules import RuleBroken
from models.states import TRANSFER, Sets
from models.work import Transfer
from notifications import outbox


def offer(*, by: Actor, case: Case, office: Organisation, user: User | None, note: str) -> Transfer:
    """Offer a case, with a note for whoever takes it over. Raises where it is offered already, or to somebody who may not see it."""
    if not case.is_active:
        raise RuleBroken(_("The case is closed. Reopen it first."))
    if user is not None and user.id == case.owner_id:
        raise RuleBroken(_("They hold the case already."), "user")
    if _kept_from(case, office, user):
        raise RuleBroken(_("This case is kept from them. Choose somebody else."), "user")
    made = Transfer(
        case=case, from_office_id=case.office_id, to_office=office, to_user=user, asked_by_id=by.id
    )
    db.session.add(made)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("This case is offered to somebody already.")) from None
    changes.add(
        by=by, case=case, kind=KINDS["note"], given={"words": note, "tags": str(_("handover"))}
    )
    timeline.add(by=by, case=case, kind="transfer_asked")
    told = [user] if user is not None else outbox.people_of(office.id, Role.SUPERVISOR)
    outbox.post("transfer.asked", reference=f"TR-{made.id}", path="/transfers", to=told)
    return made


def _kept_from(case: Case, office: Organisation, user: User | None) -> bool:
    mine = or_(Block.organisation_id == office.id, Block.user_id == (user.id if user else -1))
    return (
        db.session.execute(select(Block.id).where(Block.case_id == case.id, mine).limit(1)).first()
        is not None
    )


def accept(*, by: Actor, transfer: Transfer) -> Case:
    """Take the case over, with its tasks and what is open with partners. Of two who accept at once, the second is told."""
    _pending(transfer)
    owner = transfer.to_user or by.user
    assert owner is not None
    case = transfer.case
    TRANSFER.move(transfer, "accept", by=by)
    case.office_id, case.owner_id, case.team_id = (
        transfer.to_office_id,
        owner.id,
        _team(owner, transfer.to_office_id),
    )
    db.session.flush()
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.done_at.is_(None), Task.kind.not_in(tasks.OFFICERS))
        .values(owner_id=owner.id)
    )
    referrals = update(Referral).where(
        Referral.case_id == case.id, Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    db.session.execute(
        referrals.values(office_id=transfer.to_office_id),
        execution_options={"synchronize_session": False},
    )
    db.session.refresh(case, ["office"])
    timeline.add(by=by, case=case, kind="transferred")
    tasks.add(by=by, case=case, kind="takeover", due_on=today())
    _tell_asker(transfer, "transfer.accepted")
    return case


def _team(owner: User, office_id: int) -> int | None:
    return next(
        (
            grant.team_id
            for grant in owner.grants
            if grant.in_force and grant.organisation_id == office_id and grant.team_id
        ),
        None,
    )


def decline(*, by: Actor, transfer: Transfer) -> None:
    """Not take it; it stays where it is."""
    _pending(transfer)
    TRANSFER.move(transfer, "decline", by=by)
    timeline.add(by=by, case=transfer.case, kind="transfer_declined")
    _tell_asker(transfer, "transfer.declined")


def take_back(*, by: Actor, case: Case) -> None:
    """Withdraw the offer of a case."""
    transfer = queries.pending_transfer(case)
    if transfer is not None:
        TRANSFER.move(transfer, "take_back", by=by)


def _pending(transfer: Transfer) -> None:
    if not TRANSFER.can(transfer, "accept"):
        raise RuleBroken(_("This offer was answered or taken back already."))


def _tell_asker(transfer: Transfer, event: str) -> None:
    if transfer.asked_by is not None:
        outbox.post(
            event,
            reference=f"TR-{transfer.id}",
            path=f"/cases/{transfer.case.number}",
            to=[transfer.asked_by],
        )


def hand_all_over(
    *, by: Actor, leaving: User, office: Organisation, to: User, note: str, limit: int = 500
) -> int:
    """Give all open cases of somebody who leaves to another worker of the office, each with the note; gives how many."""
    grants = select(Grant).where(
        Grant.organisation_id == office.id, Grant.role == Role.CASEWORKER, Grant.user_id == to.id
    )
    if not any(grant.in_force for grant in db.session.execute(grants).scalars()):
        raise RuleBroken(_("Choose a caseworker of this mission."), "to")
    query = (
        select(Case)
        .where(
            Case.office_id == office.id,
            Case.owner_id == leaving.id,
            Case.status.in_(Sets.CASE_ACTIVE),
        )
        .limit(limit)
    )
    moved = list(db.session.execute(query).scalars())
    for case in moved:
        case.owner_id, case.team_id = to.id, _team(to, office.id)
        changes.add(
            by=by, case=case, kind=KINDS["note"], given={"words": note, "tags": str(_("handover"))}
        )
        timeline.add(by=by, case=case, kind="assigned")
        tasks.add(by=by, case=case, kind="takeover", due_on=today())
    numbers = [case.id for case in moved]
    mine = update(Task).where(
        Task.case_id.in_(numbers), Task.done_at.is_(None), Task.owner_id == leaving.id
    )
    db.session.execute(
        mine.values(owner_id=to.id), execution_options={"synchronize_session": False}
    )
    return len(moved)

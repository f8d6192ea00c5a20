"""Handing a case to another worker or another office.

Whoever had it has it until the other accepts; who holds a case is never in doubt.
"""

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actors import Actor
from access.permissions import Role
from casework.core import queries, release, signals, tasks, timeline
from casework.records import changes
from casework.records.kinds import KINDS
from models import scope
from models.base import db, today
from models.cases import Case, Task
from models.holding import taken_over
from models.life_cycles import Someone
from models.money import FundRequest
from models.people import Organisation, User
from models.referrals import Referral
from models.releases import CaseRelease
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from models.shelter import Placement
from models.states import RETURN, TRANSFER, Sets, TransferState
from models.witnessed import change_all
from models.work import Approval, Transfer
from notifications import outbox
from web.links import link


def chosen(*, office: str, user: str) -> tuple[Organisation, User | None]:
    """The office and the caseworker that a form names by their ids; no caseworker is no answer.

    Raises :class:`models.rules.RuleBroken` for an office that is no mission, and for somebody who
    is no caseworker of it.
    """
    offices = {str(mission.id): mission for mission in queries.missions()}
    if office not in offices:
        raise RuleBroken(_("Choose one of the list."), "office")
    people = {str(person.id): person for person in queries.caseworkers(offices[office].id)}
    if user and user not in people:
        raise RuleBroken(_("Choose a caseworker of that office, or leave it open."), "user")
    return offices[office], people.get(user)


@TRANSFER.guard("offer")
def _the_case_is_active(transfer: Transfer, _by: Someone) -> None:
    if not transfer.case.is_active:
        raise RuleBroken(_("The case is closed. Reopen it first."))


@TRANSFER.guard("offer")
def _somebody_else_who_may(transfer: Transfer, _by: Someone) -> None:
    case, user = transfer.case, transfer.to_user
    if user is not None and user.id == case.owner_id:
        raise RuleBroken(_("They hold the case already."), "user")
    if user is not None:
        queries.must_work_there(user.id, transfer.to_office.id, "user")
    if queries.is_kept_from(case, user.id if user else None, transfer.to_office.id):
        raise RuleBroken(_("This case is kept from them. Choose somebody else."), "user")


@TRANSFER.guard("offer")
def _somebody_there_answers(transfer: Transfer, _by: Someone) -> None:
    """An offer to an office as a whole is answered by its supervisors."""
    office = transfer.to_office
    if transfer.to_user is None and not outbox.people_of(office.id, Role.SUPERVISOR):
        message = _(
            "%(name)s has no supervisor who could answer. Choose a caseworker there.",
            name=office.name,
        )
        raise RuleBroken(message, "user")


@TRANSFER.guard("offer")
def _the_person_agrees_to_that_office(transfer: Transfer, _by: Someone) -> None:
    """A whole case leaves by the same rule as a part of it; never to the country they fled."""
    if _leads_out(transfer):
        release.check(transfer.case, transfer.to_office, "office")


@TRANSFER.guard("accept")
def _they_still_work_there(transfer: Transfer, _by: Someone) -> None:
    """Whose account was shut since is given nothing, whoever accepts."""
    if transfer.to_user is not None:
        queries.must_work_there(transfer.to_user.id, transfer.to_office_id, "user")


@TRANSFER.guard("accept")
def _they_still_agree(transfer: Transfer, _by: Someone) -> None:
    """To whom, and of whose case, the release says, not the offer."""
    if _leads_out(transfer):
        agreed = release.must_stand("transfer", _reference(transfer))
        if (agreed.case_id, agreed.recipient_id) != (transfer.case_id, transfer.to_office_id):
            raise NotPossible(TRANSFER.refusal)


def _leads_out(transfer: Transfer) -> bool:
    """Whether the case would leave its office."""
    return transfer.to_office_id != transfer.case.office_id


def _reference(transfer: Transfer) -> str:
    return f"TR-{transfer.id}"


def release_changed(granted: CaseRelease, by: Actor) -> None:
    """Listens: the person does not agree to that office any more, so nobody there may accept."""
    if granted.kind != "transfer" or granted.stands:
        return
    transfer = db.session.get_one(Transfer, int(granted.reference.removeprefix("TR-")))
    if TRANSFER.can(transfer, "take_back"):
        TRANSFER.move(transfer, "take_back", by=by)
        timeline.add(by=by, case=transfer.case, kind="transfer_declined")
        _tell_asker(transfer, "transfer.declined")


def offer(*, by: Actor, case: Case, office: Organisation, user: User | None, note: str) -> Transfer:
    """Offer a case, with a note for whoever takes it over.

    Raises :class:`models.rules.RuleBroken` where it is closed or offered already, or where the
    other holds it, or may not see it.
    """
    transfer = Transfer(
        case=case,
        from_office_id=case.office_id,
        to_office_id=office.id,
        to_office=office,
        to_user=user,
        asked_by_id=by.id,
    )
    TRANSFER.move(transfer, "offer", by=by)
    db.session.add(transfer)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("This case is offered to somebody already.")) from None
    if _leads_out(transfer):
        release.grant(
            by=by,
            case=case,
            kind="transfer",
            reference=_reference(transfer),
            to=office,
            fields=("whole",),
        )
    _leave_note(by, case, note)
    timeline.add(by=by, case=case, kind="transfer_asked")
    recipients = [user] if user is not None else outbox.people_of(office.id, Role.SUPERVISOR)
    outbox.post(
        "transfer.asked",
        reference=_reference(transfer),
        path=link("team.transfers"),
        to=recipients,
        office=office.id,
    )
    return transfer


def _leave_note(by: Actor, case: Case, note: str) -> None:
    """What whoever takes over must know, as a record of the case."""
    words = {"words": note, "tags": str(_("handover"))}
    changes.add(by=by, case=case, kind=KINDS["note"], given=words)


def accept(*, by: Actor, transfer: Transfer) -> Case:
    """Take the case over, with its tasks and what is open with partners.

    Of two who accept at once, the second is told.
    """
    _pending(transfer)
    owner = transfer.to_user or by.user
    assert owner is not None
    case = transfer.case
    TRANSFER.move(transfer, "accept", by=by)
    _end(transfer, by, "taken_over")
    before, case.office_id = case.office_id, transfer.to_office_id
    case.owner_id = owner.id
    case.team_id = _team(owner, transfer.to_office_id)
    db.session.flush()
    _bring_along(case, before)
    taken_over(case)
    db.session.refresh(case, ["office"])
    if case.office_id != before:
        signals.taken_over.send(case, by=by)
    timeline.add(by=by, case=case, kind="transferred")
    tasks.add(by=by, case=case, kind="takeover", due_on=today())
    _tell_asker(transfer, "transfer.accepted")
    return case


def _bring_along(case: Case, before: int) -> None:
    """Open tasks, referrals, returns, questions and requests for money of the office ``before`` go
    with the case; what officers keep stays with them while it is their office's, and what other
    missions began with them. What an officer of the office before had to do is nobody's: the
    supervisors of the new one find it among what nobody does.
    """
    undone = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    for task in db.session.execute(undone).scalars():
        if task.kind not in tasks.OFFICERS:
            task.owner_id = case.owner_id
        elif case.office_id != before:
            task.owner_id = None
    referrals = update(Referral).where(
        Referral.case_id == case.id,
        Referral.state.in_(Sets.REFERRAL_LIVE),
        Referral.office_id == before,
    )
    asked = (
        Approval.case_id == case.id,
        Approval.pending.is_not(None),
        Approval.office_id == before,
    )
    money = update(FundRequest).where(
        FundRequest.case_id == case.id,
        FundRequest.state.in_(Sets.FUND_REQUEST_LIVE),
        FundRequest.office_id == before,
    )
    running = update(Return).where(Return.case_id == case.id, Return.state.not_in(RETURN.endings))
    with scope.reaching(case.id):  # a stay is seen by the office that had it, and by its house
        for moved in (
            referrals.values(office_id=case.office_id),
            running.values(sending_id=case.office_id),
            money.values(office_id=case.office_id),
        ):
            db.session.execute(moved, execution_options={"synchronize_session": False})
        change_all(Placement, Placement.case_id == case.id, office_id=case.office_id)
        change_all(Approval, *asked, office_id=case.office_id)


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
    _end(transfer, by, "declined")
    timeline.add(by=by, case=transfer.case, kind="transfer_declined")
    _tell_asker(transfer, "transfer.declined")


def take_back(*, by: Actor, case: Case) -> None:
    """Withdraw the offer of a case."""
    transfer = queries.pending_transfer(case)
    if transfer is not None:
        TRANSFER.move(transfer, "take_back", by=by)
        _end(transfer, by, "taken_back")


def _end(transfer: Transfer, by: Actor, because: str) -> None:
    release.end_of(by=by, kind="transfer", reference=_reference(transfer), because=because)


def _pending(transfer: Transfer) -> None:
    if not TRANSFER.can(transfer, "accept"):
        raise RuleBroken(_("This offer was answered or taken back already."))


def _tell_asker(transfer: Transfer, event: str) -> None:
    if transfer.asked_by is not None:
        outbox.post(
            event,
            reference=_reference(transfer),
            path=link("casefile.show", transfer.case),
            to=[transfer.asked_by],
            office=transfer.from_office_id,
        )


def tell_of_unheard() -> int:
    """Every hour: an offer to somebody whose account was shut since, or to an office that lost its
    last supervisor, is told to whoever may answer it now, once; gives how many there are.
    """
    count = 0
    pending = select(Transfer).where(Transfer.state == TransferState.ASKED)
    for transfer in db.session.execute(pending).unique().scalars():
        there = outbox.people_of(transfer.to_office_id, Role.SUPERVISOR)
        named = [transfer.to_user] if transfer.to_user is not None else there
        if any(user.active for user in named):
            continue
        outbox.post(
            "transfer.asked",
            reference=_reference(transfer),
            path=link("team.transfers"),
            to=there,
            office=transfer.to_office_id,
        )
        count += 1
    return count


def hand_all_over(*, by: Actor, leaving: str, to: str, note: str) -> int:
    """Give all open cases of somebody who leaves to a colleague of the same office.

    ``leaving`` and ``to`` are ids of accounts; that of who leaves may be shut already. Each case
    gets the note and a task to get to know it. Gives how many there were. Raises
    :class:`models.rules.RuleBroken` unless one takes over in an office that the actor supervises
    what the other holds or worked on there.
    """
    office_id, successor = _colleagues(by, leaving, to)
    query = select(Case).where(
        Case.office_id == office_id,
        Case.owner_id == int(leaving),
        Case.status.in_(Sets.CASE_ACTIVE),
    )
    cases = list(db.session.execute(query).scalars())
    for case in cases:
        queries.refuse_kept_from(case, successor.id, "to")
        case.owner_id = successor.id
        case.team_id = _team(successor, office_id)
        _leave_note(by, case, note)
        timeline.add(by=by, case=case, kind="assigned")
        tasks.add(by=by, case=case, kind="takeover", due_on=today())
    open_tasks = update(Task).where(
        Task.case_id.in_([case.id for case in cases]),
        Task.done_at.is_(None),
        Task.owner_id.is_(None) | (Task.owner_id == int(leaving)),
    )
    db.session.execute(
        open_tasks.values(owner_id=successor.id),
        execution_options={"synchronize_session": False},
    )
    return len(cases)


def _colleagues(by: Actor, leaving: str, to: str) -> tuple[int, User]:
    """The office that two people share, and the one who takes over."""
    supervised = sorted(by.at(Role.SUPERVISOR))
    there = {(office_id, str(user.id)) for office_id, user in queries.colleagues(supervised)}
    there |= {(office_id, str(user.id)) for office_id, user in queries.gone(supervised)}
    successors = {
        (office_id, str(user.id)): user for office_id, user in queries.colleagues(supervised)
    }
    if leaving == to or to not in {user_id for _office_id, user_id in successors}:
        raise RuleBroken(_("Choose two caseworkers of your office."), "to")
    shared = [
        office_id
        for office_id, user_id in successors
        if user_id == to and (office_id, leaving) in there
    ]
    if not shared:
        raise RuleBroken(_("Choose a caseworker of this mission."), "to")
    return shared[0], successors[shared[0], to]

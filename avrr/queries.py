"""Every SELECT of avrr; each takes the viewer and starts from what is visible to them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.kept_from import is_blocked
from access.permissions import Permission, Role
from access.policy import allows, visible, visible_by_clause
from access.told import is_shown, shows
from avrr import visits_open
from models import numbers, scope
from models.assistance import Assistance
from models.base import db, today
from models.cases import Case
from models.movements import ManifestEntry, Movement
from models.people import Organisation, working
from models.returns import FollowUp, Return, ReturnWarning, Survey
from models.states import AssistanceState, HandoverState, ReturnState, SeatState, Sets
from models.visits import VisitAttempt
from web import paging
from web.errors import NotFound

Row = TypeVar("Row")
Due = TypeVar("Due", FollowUp, VisitAttempt)
Numbered = TypeVar("Numbered", Assistance, ReturnWarning, Survey)


def return_(actor: Actor, reference: str, **_: Any) -> Return:
    """The return with this reference, if the actor may open it; else it does not exist."""
    tidy = numbers.tidy(reference)
    if not numbers.is_valid(tidy, "RT"):
        raise NotFound
    query = select(Return).where(
        Return.reference == tidy, visible(actor, Permission.RETURN_OPEN, Return)
    )
    options = (
        selectinload(Return.steps),
        selectinload(Return.follow_ups),
        selectinload(Return.attempts),
        selectinload(Return.assistance).selectinload(Assistance.instalments),
        selectinload(Return.events),
        selectinload(Return.surveys),
        selectinload(Return.warnings),
        joinedload(Return.case),
    )
    found = db.session.execute(query.options(*options)).unique().scalar_one_or_none()
    return _with_ledger(_there_is(found if is_shown(actor, found) else None))


def _with_ledger(return_: Return) -> Return:
    """With the ledger of its case, by which rules decide: a mission that was told sees no line of
    it, and no line must not be read as no answer.
    """
    with scope.asking(return_.case_id):
        db.session.refresh(return_.case, ["consents"])
    return return_


def _there_is(record: Row | None) -> Row:
    """``record``; raises :class:`web.errors.NotFound` where there is none."""
    if record is None:
        raise NotFound
    return record


def _among(records: Iterable[Numbered], row_id: int) -> Numbered:
    """The one of ``records`` with this id; raises where it is not among them."""
    return _there_is(next((record for record in records if record.id == row_id), None))


def returns(actor: Actor, state: str = "", cursor: str = "") -> paging.Page:
    """A page of returns the actor may open, newest change first."""
    query = select(Return)
    if state:
        query = query.where(Return.state == state)
    found = paging.page(
        query,
        (Return.changed_at, Return.id),
        cursor,
        ways=visible_by_clause(actor, Permission.RETURN_OPEN, Return),
    )
    return paging.only(found, shows(actor))


def of_case(case: Case) -> list[Return]:
    """Returns of a case the caller has loaded through its own permission: all of them."""
    query = select(Return).where(Return.case_id == case.id).order_by(Return.id.desc())
    return list(db.session.execute(query).scalars())


def arriving(actor: Actor, after: str = "", size: int = 10) -> paging.Page:
    """Handed over to the actor's mission: to answer, or on the way."""
    query = select(Return).where(
        Return.receiving_id.in_(actor.at(Role.ORIGIN)),
        Return.handover.in_(Sets.HANDOVER_PENDING),
        Return.state.in_(Sets.RETURN_UNDER_WAY),
        visible(actor, Permission.RETURN_OPEN, Return),
    )
    query = query.order_by(Return.changed_at.desc(), Return.id.desc())
    return paging.only(paging.counted(query, after, size), shows(actor))


def _goes_on(actor: Actor) -> ColumnElement[bool]:
    """What the actor goes on with after arrival: what their mission received, and what it keeps
    because nobody receives.
    """
    keeps = and_(
        Return.handover == HandoverState.KEPT, visible(actor, Permission.RETURN_PREPARE, Return)
    )
    return or_(Return.receiving_id.in_(actor.at(Role.ORIGIN)), keeps)


def visits_due(actor: Actor, after: str = "", size: int = 15) -> paging.Page:
    """Follow-ups of the actor's mission that are due within two weeks or late, the latest first;
    each with its return.
    """
    until = today() + timedelta(days=14)
    query: Any = select(FollowUp.due_on, FollowUp.id).where(
        visits_open.OPEN, FollowUp.due_month <= until, FollowUp.return_id.in_(_at_home(actor))
    )
    return paging.only(_by_day(FollowUp, query, until, after, size), shows(actor))


def _at_home(actor: Actor) -> Select[Any]:
    """The returns that the actor goes on with, by number."""
    seen = visible(actor, Permission.RETURN_OPEN, Return)
    return select(Return.id).where(_goes_on(actor), Return.state.in_(Sets.RETURN_HOME), seen)


def _by_day(
    table: type[Due], query: Select[Any], until: date, after: str, size: int
) -> paging.Page:
    """A page of what is due until a day, the latest first, each with its return. ``query`` asks for
    days, which are sealed, and numbers.
    """
    due = sorted((on, number) for on, number in db.session.execute(query).all() if on <= until)
    page = paging.part_of([number for _on, number in due], after, size)
    shown = select(table).where(table.id.in_(page.items)).options(joinedload(table.record))
    rows = {row.id: row for row in db.session.execute(shown).unique().scalars()}
    return replace(page, items=[rows[number] for number in page.items])


def steps_due(actor: Actor, after: str = "", size: int = 15) -> paging.Page:
    """Next steps that visits of the actor's mission asked for: due within a week or late, the
    latest first; each with its return.
    """
    until = today() + timedelta(days=7)
    query: Any = select(VisitAttempt.next_on, VisitAttempt.id).where(
        VisitAttempt.next_done_at.is_(None),
        VisitAttempt.next_month <= until,
        VisitAttempt.return_id.in_(_at_home(actor)),
    )
    return paging.only(_by_day(VisitAttempt, query, until, after, size), shows(actor))


def warnings(actor: Actor, after: str = "", size: int = 15) -> paging.Page:
    """Early warnings of the actor's mission that nobody looked into, of returns that go on, newest
    first.
    """
    query = (
        select(ReturnWarning)
        .join(Return)
        .where(
            ReturnWarning.done_at.is_(None),
            Return.state.in_(Sets.RETURN_HOME),
            _goes_on(actor),
            visible(actor, Permission.RETURN_OPEN, Return),
        )
        .order_by(ReturnWarning.id.desc())
        .options(joinedload(ReturnWarning.record))
    )
    return paging.only(paging.counted(query, after, size), shows(actor))


def warning_of(return_: Return, warning_id: int) -> ReturnWarning:
    """One warning of a return; another's does not exist."""
    return _among(return_.warnings, warning_id)


def survey_of(return_: Return, survey_id: int) -> Survey:
    """One survey of a return; another's does not exist."""
    return _among(return_.surveys, survey_id)


def item_of(return_: Return, item_id: int) -> Assistance:
    """One item of a return; another's does not exist."""
    return _among(return_.assistance, item_id)


def item(_actor: Actor, item_id: int, **_: Any) -> Assistance:
    """An item of assistance; the policy decides whether the actor may decide on it."""
    query = (
        select(Assistance)
        .join(Return)
        .where(Assistance.id == item_id)
        .options(joinedload(Assistance.record), selectinload(Assistance.instalments))
    )
    return _there_is(db.session.execute(query).unique().scalar_one_or_none())


def to_approve(actor: Actor, after: str = "", size: int = 50) -> paging.Page:
    """Items that wait for somebody else's approval, as far as the actor may give it."""
    query = (
        select(Assistance)
        .join(Return)
        .where(
            Assistance.state == AssistanceState.PLANNED,
            Assistance.planned_by_id.is_not(None),
            Assistance.planned_by_id != actor.id,
            visible(actor, Permission.APPROVAL_LIST, Assistance),
        )
    )
    if not actor.holds(Role.MANAGER):
        query = query.where(
            Return.home_id.in_(actor.at(Role.SUPERVISOR)),
            Return.handover.in_(Sets.HANDOVER_ANY),
        )
    query = query.order_by(Assistance.id).options(joinedload(Assistance.record))
    return paging.counted(query, after, size)


def movements(actor: Actor, cursor: str = "") -> paging.Page:
    """Movements of the actor's missions, the latest first. Their days are sealed: asked for by
    month, then each page in the order of its days.
    """
    found = paging.page(
        select(Movement),
        (Movement.travel_month, Movement.id),
        cursor,
        ways=visible_by_clause(actor, Permission.MOVEMENT_RUN, Movement),
    )
    found.items.sort(key=lambda each: (each.travel_on, each.id), reverse=True)
    return found


def movement(actor: Actor, reference: str, **_: Any) -> Movement:
    """A movement of the actor's mission; others' do not exist."""
    tidy = numbers.tidy(reference)
    query = select(Movement).where(
        Movement.reference == tidy, visible(actor, Permission.MOVEMENT_RUN, Movement)
    )
    return _there_is(db.session.execute(query).unique().scalar_one_or_none())


def seat(actor: Actor, reference: str, seat: int, **_: Any) -> ManifestEntry:
    """One seat of a movement of the actor's mission; of somebody who is kept from them, none."""
    key = (movement(actor, reference).id, seat)
    entry = _there_is(db.session.get(ManifestEntry, key))
    return _there_is(None if is_blocked(actor, entry.record) else entry)


def seat_of(return_: Return) -> ManifestEntry | None:
    """The seat a return has, if any."""
    return (
        db.session.execute(select(ManifestEntry).where(ManifestEntry.return_id == return_.id))
        .unique()
        .scalar_one_or_none()
    )


def seat_to_see(actor: Actor, return_: Return) -> ManifestEntry | None:
    """The seat a return has in a movement that the actor may see."""
    seat = seat_of(return_)
    is_theirs = (
        seat is not None
        and seat.movement is not None
        and allows(actor, Permission.MOVEMENT_RUN, seat.movement)
    )
    return seat if is_theirs else None


def companions(actor: Actor, return_: Return) -> list[Return]:
    """Who left with the same movement, is on the way, and is received by the actor's mission."""
    seat = seat_of(return_)
    if seat is None:
        return []
    query = (
        select(Return)
        .join(ManifestEntry, ManifestEntry.return_id == Return.id)
        .where(
            ManifestEntry.movement_id == seat.movement_id,
            ManifestEntry.state == SeatState.BOARDED,
            Return.id != return_.id,
            Return.state == ReturnState.DEPARTED,
            visible(actor, Permission.RETURN_RECEIVE, Return),
        )
        .order_by(ManifestEntry.seat)
        .options(joinedload(Return.case), selectinload(Return.events))
    )
    return [each for each in db.session.execute(query).unique().scalars() if shows(actor)(each)]


def missions(but: int) -> list[tuple[str, str]]:
    """Missions that can help on the way: code and name."""
    query = working("mission").where(Organisation.id != but)
    found = [(place.code, place.name) for place in db.session.execute(query).scalars()]
    return sorted(found, key=itemgetter(1))

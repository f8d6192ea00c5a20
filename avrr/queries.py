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
from models.people import Organisation
from models.returns import Assistance, FollowUp, ManifestEntry, Movement, Return, ReturnWarning
from models.states import AssistanceState, Sets
from web import paging
from web.errors import NotFound


def record(actor: Actor, reference: str, **_: Any) -> Return:
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
        selectinload(Return.assistance).selectinload(Assistance.instalments),
        selectinload(Return.events),
        selectinload(Return.surveys),
        selectinload(Return.warnings),
        joinedload(Return.case).selectinload(Case.consents),
    )
    found = db.session.execute(query.options(*options)).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def returns(actor: Actor, state: str = "", cursor: str = "") -> paging.Page:
    """A page of returns the actor may open, newest change first."""
    query = select(Return)
    if state:
        query = query.where(Return.state == state)
    return paging.page(
        query,
        (Return.changed_at, Return.id),
        cursor,
        ways=visible_by_clause(actor, Permission.RETURN_OPEN, Return),
    )


def of_case(case: Case) -> list[Return]:
    """Returns of a case the caller has loaded through its own permission."""
    return list(
        db.session.execute(
            select(Return).where(Return.case_id == case.id).order_by(Return.id.desc()).limit(10)
        ).scalars()
    )


def arriving(actor: Actor, size: int = 10) -> list[Return]:
    """Handed over to the actor's mission: to answer, or on the way."""
    query = select(Return).where(
        Return.receiving_id.in_(actor.at(Role.ORIGIN)),
        Return.handover.in_(Sets.HANDOVER_PENDING),
        Return.state.in_(Sets.RETURN_UNDER_WAY),
    )
    return list(db.session.execute(query.order_by(Return.changed_at.desc()).limit(size)).scalars())


def visits_due(actor: Actor, size: int = 15) -> list[tuple[FollowUp, Return]]:
    """Follow-ups of the actor's mission that are due within two weeks or late."""
    query = (
        select(FollowUp, Return)
        .join(Return, Return.id == FollowUp.return_id)
        .where(
            Return.receiving_id.in_(actor.at(Role.ORIGIN)),
            FollowUp.done_on.is_(None),
            FollowUp.due_on <= today() + timedelta(days=14),
        )
        .where(Return.state.in_(Sets.RETURN_HOME))
        .order_by(FollowUp.due_on)
        .limit(size)
    )
    return list(db.session.execute(query))


def warnings(actor: Actor, size: int = 15) -> list[ReturnWarning]:
    """Early warnings of the actor's mission that nobody looked into, newest first."""
    query = (
        select(ReturnWarning)
        .join(Return)
        .where(ReturnWarning.done_at.is_(None), Return.receiving_id.in_(actor.at(Role.ORIGIN)))
    )
    return list(
        db.session.execute(
            query.order_by(ReturnWarning.id.desc())
            .limit(size)
            .options(joinedload(ReturnWarning.record))
        )
        .unique()
        .scalars()
    )


def warning(actor: Actor, reference: str, number: int, **_: Any) -> ReturnWarning:
    """One warning of a return the actor receives."""
    found = db.session.get(ReturnWarning, number)
    if found is None or found.return_id != record(actor, reference).id:
        raise NotFound
    return found


def item(actor: Actor, number: int, **_: Any) -> Assistance:
    """An item of assistance for whoever may decide on it; others' do not exist."""
    query = (
        select(Assistance)
        .join(Return)
        .where(Assistance.id == number)
        .options(joinedload(Assistance.record), selectinload(Assistance.instalments))
    )
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def own_item(actor: Actor, reference: str, number: int) -> Assistance:
    """An item of a return, through its return."""
    found = next((one for one in record(actor, reference).assistance if one.id == number), None)
    if found is None:
        raise NotFound
    return found


def to_approve(actor: Actor, size: int = 50) -> list[Assistance]:
    """Items that wait for somebody else's approval, as far as the actor may give it."""
    query = (
        select(Assistance)
        .join(Return)
        .where(
            Assistance.state == AssistanceState.PLANNED,
            Assistance.planned_by_id.is_not(None),
            Assistance.planned_by_id != actor.id,
        )
    )
    if not actor.holds(Role.MANAGER):
        query = query.where(Return.receiving_id.in_(actor.at(Role.ORIGIN, Role.SUPERVISOR)))
    return list(
        db.session.execute(
            query.order_by(Assistance.id).limit(size).options(joinedload(Assistance.record))
        )
        .unique()
        .scalars()
    )


def movements(actor: Actor, cursor: str = "") -> paging.Page:
    """Movements of the actor's missions, the latest first."""
    return paging.page(
        select(Movement),
        (Movement.travel_on, Movement.id),
        cursor,
        ways=visible_by_clause(actor, Permission.MOVEMENT_RUN, Movement),
    )


def movement(actor: Actor, reference: str, **_: Any) -> Movement:
    """A movement of the actor's mission; others' do not exist."""
    tidy = numbers.tidy(reference)
    query = select(Movement).where(
        Movement.reference == tidy, visible(actor, Permission.MOVEMENT_RUN, Movement)
    )
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def seat(actor: Actor, reference: str, seat: int, **_: Any) -> ManifestEntry:
    """One seat of a movement of the actor's mission."""
    found = db.session.get(ManifestEntry, (movement(actor, reference).id, seat))
    if found is None:
        raise NotFound
    return found


def seat_of(record: Return) -> ManifestEntry | None:
    """The seat a return has, if any."""
    return (
        db.session.execute(select(ManifestEntry).where(ManifestEntry.return_id == record.id))
        .unique()
        .scalar_one_or_none()
    )


def missions(but: int) -> list[tuple[str, str]]:
    """Missions that can help on the way: code and name."""
    query = (
        select(Organisation.code, Organisation.name)
        .where(Organisation.kind == "mission", Organisation.id != but)
        .order_by(Organisation.name)
    )
    return [(code, name) for code, name in db.session.execute(query).all()]

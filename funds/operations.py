"""Every SELECT of operations and advances; each takes the viewer."""

import re
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import visible
from models import numbers
from models.advances import Advance, CrisisOperation
from models.base import db
from models.cases import Case
from models.money import Fund, LedgerEntry
from models.movements import ManifestEntry, Movement
from models.people import Organisation
from models.returns import Return
from models.rules import RuleBroken, some_of
from models.states import SeatState, Sets
from web import paging
from web.errors import NotFound

MOST = 1000  # people at once


def office_of(actor: Actor) -> Organisation:
    """The mission for which the actor begins an operation."""
    return db.session.get_one(Organisation, actor.office_for(Role.CASEWORKER, Role.SUPERVISOR))


def operation(actor: Actor, reference: str, **_: Any) -> CrisisOperation:
    """The operation with this reference, if the actor may see it."""
    query = select(CrisisOperation).where(
        CrisisOperation.reference == numbers.tidy(reference),
        visible(actor, Permission.OPERATION_SEE, CrisisOperation),
    )
    query = query.options(selectinload(CrisisOperation.advances))
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def advance(actor: Actor, reference: str, **_: Any) -> Advance:
    """The advance with this reference, if the actor may see its operation."""
    query = select(Advance).where(
        Advance.reference == numbers.tidy(reference),
        visible(actor, Permission.OPERATION_SEE, Advance),
    )
    found = db.session.execute(query).unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def operations(actor: Actor, after: str) -> paging.Page:
    """Operations the actor may see, the latest first."""
    query = select(CrisisOperation).where(visible(actor, Permission.OPERATION_SEE, CrisisOperation))
    query = query.options(selectinload(CrisisOperation.advances))
    return paging.page(query, (CrisisOperation.starts_on, CrisisOperation.id), after)


def lenders() -> list[Fund]:
    """Funds that lend to operations."""
    return list(db.session.execute(select(Fund).where(Fund.lends).order_by(Fund.code)).scalars())


def out(fund: Fund) -> list[Advance]:
    """What a fund has lent and was not paid back yet, the first to be paid back first."""
    query = select(Advance).where(
        Advance.fund_id == fund.id,
        Advance.state.in_(Sets.ADVANCE_OPEN),
        Advance.drawn_minor > Advance.repaid_minor,
    )
    return list(db.session.execute(query.order_by(Advance.repay_by)).unique().scalars())


def entries(operation: CrisisOperation) -> list[LedgerEntry]:
    """What the books say of an operation's advances, newest first."""
    ids = [each.id for each in operation.advances]
    query = select(LedgerEntry).where(LedgerEntry.advance_id.in_(ids))
    return list(db.session.execute(query.order_by(LedgerEntry.id.desc())).scalars())


def cases(actor: Actor, typed: str, movement: str) -> list[Case]:
    """The cases whose numbers were typed, or of all who boarded a movement of the actor's mission;
    each must be the actor's to work on.
    """
    if movement:
        return _who_boarded(actor, movement)
    found = [word for word in re.split(r"[\s,;]+", typed) if word]
    if not found:
        raise RuleBroken(_("Name cases, or a movement."), "cases")
    if len(found) > MOST:
        raise RuleBroken(_("At most %(most)s at once.", most=MOST), "cases")
    wanted = dict.fromkeys(map(numbers.tidy, found))
    query = select(Case).where(Case.number.in_(wanted), visible(actor, Permission.FUND_ASK, Case))
    together = list(db.session.execute(query).unique().scalars())
    if unknown := [number for number in wanted if number not in {one.number for one in together}]:
        raise RuleBroken(
            _("These are no cases of yours: %(numbers)s.", numbers=some_of(unknown, 5)), "cases"
        )
    return together


def _who_boarded(actor: Actor, reference: str) -> list[Case]:
    query = (
        select(Case)
        .join(Return, Return.case_id == Case.id)
        .join(ManifestEntry, ManifestEntry.return_id == Return.id)
        .join(Movement, Movement.id == ManifestEntry.movement_id)
        .where(
            Movement.reference == numbers.tidy(reference),
            visible(actor, Permission.MOVEMENT_RUN, Movement),
            ManifestEntry.state == SeatState.BOARDED,
        )
    )
    found = list(db.session.execute(query).unique().scalars())
    if not found:
        raise RuleBroken(_("Nobody boarded a movement of this number."), "movement")
    return found

"""A fund that lends: an operation in a crisis asks for an advance; it is approved by somebody else,
drawn, and paid back by what donors give to the operation.

The fund never falls below zero; what is out stands beside it, advance by advance and as a sum.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Role
from funds import amounts, ledger, receipts
from models import numbering
from models.advances import Advance, CrisisOperation, OperationPerson
from models.base import db, insert_if_new, now, today
from models.cases import Case
from models.life_cycles import Someone
from models.money import Fund, LedgerEntry
from models.people import Organisation, User
from models.rules import NotPossible, RuleBroken
from models.states import ADVANCE, AdvanceState, Sets
from notifications import outbox
from standards import crises, currencies
from web.links import link


def begin(
    *,
    by: Actor,
    office: Organisation,
    crisis: str,
    country: str,
    starts_on: date,
    sectors: Sequence[str],
) -> CrisisOperation:
    """An operation of an office in a crisis."""
    unknown = set(sectors) - {number for number, _title in crises.sectors()}
    if not sectors or unknown:
        raise RuleBroken(_("Choose at least one sector of the list."), "sectors")
    operation = CrisisOperation(office=office, crisis=crisis, country=country, made_by_id=by.id)
    operation.starts_on = starts_on
    operation.sectors = sorted(sectors, key=int)
    numbering.add(operation)
    return operation


def end(*, operation: CrisisOperation, on: date) -> None:
    """It is over on a day; what it was lent stays to be paid back."""
    if not operation.starts_on <= on <= today():
        raise RuleBroken(_("It ended between its first day and today."), "ended_on")
    operation.ended_on = on


def ask(
    *, by: Actor, operation: CrisisOperation, fund: str, amount: str, repay_by: date
) -> Advance:
    """The operation asks a fund that lends for an advance, to be paid back by a day."""
    lender = db.session.execute(select(Fund).where(Fund.code == fund)).scalar_one_or_none()
    if lender is None or not lender.lends:
        raise RuleBroken(_("Choose a fund that lends to operations."), "fund")
    if not lender.starts_on <= today() <= lender.ends_on:
        raise RuleBroken(_("The fund is not open on this day."), "fund")
    if operation.ended_on is not None:
        raise RuleBroken(_("This operation has ended."), "fund")
    if lender.sectors and not set(operation.sectors) & set(lender.sectors):
        raise RuleBroken(_("The fund is for other sectors of assistance."), "fund")
    if repay_by <= today():
        raise RuleBroken(_("It is paid back on a later day than today."), "repay_by")
    advance = Advance(operation_id=operation.id, fund_id=lender.id, office_id=operation.office_id)
    advance.amount_minor = amounts.minor(amount, lender.currency)
    advance.currency, advance.repay_by = lender.currency, repay_by
    advance.asked_by_id, advance.asked_at = by.id, now()
    ADVANCE.move(advance, "ask", by=by)
    numbering.add(advance)
    db.session.expire(operation, ["advances"])
    _tell(advance, "advance.asked", but={by.id})
    return advance


@ADVANCE.guard("approve_first", "approve", "approve_second", "refuse", "refuse_second")
def _by_somebody_else(advance: Advance, by: Someone) -> None:
    earlier = {advance.asked_by_id}
    if advance.state == AdvanceState.SECOND:
        earlier.add(advance.answered_by_id)
    if by.id in earlier:
        raise RuleBroken(_("Nobody answers their own request, or twice."))


def answer(*, by: Actor, advance: Advance, decision: str) -> None:
    """Approve, by two above the fund's limit, and the money is set aside; or refuse. Raises
    :class:`funds.ledger.NotEnough`.
    """
    _lock(advance)
    first = ADVANCE.can(advance, "approve")
    if decision != "approve":
        ADVANCE.move(advance, "refuse" if first else "refuse_second", by=by)
        return
    limit = advance.fund.second_above_minor
    if first and limit is not None and advance.amount_minor > limit:
        ADVANCE.move(advance, "approve_first", by=by)
        _tell(advance, "advance.asked", but={by.id, advance.asked_by_id})
        return
    ADVANCE.move(advance, "approve" if first else "approve_second", by=by)
    ledger.set_aside(
        by=by, fund=advance.fund, amount_minor=advance.amount_minor, advance_id=advance.id
    )


def draw(*, by: Actor, advance: Advance, amount: str, on: date, receipt: str) -> LedgerEntry:
    """Money goes out to the operation: all that was approved, or a part of it."""
    _lock(advance)
    ADVANCE.check(advance, "draw", by=by)
    _not_ahead(on)
    value = amounts.minor(amount, advance.currency)
    if value > advance.undrawn_minor:
        raise RuleBroken(_("More than was approved and is not drawn yet."), "amount")
    ADVANCE.move(advance, "draw", by=by)
    advance.drawn_minor += value
    db.session.flush()
    return ledger.lend(
        by=by,
        fund=advance.fund,
        amount_minor=value,
        advance_id=advance.id,
        on=on,
        receipt=receipt.strip(),
    )


def repay(
    *,
    by: Actor,
    advance: Advance,
    donor: str,
    amount: str,
    on: date,
    receipt: str,
    currency: str = "",
    rate: Decimal | None = None,
    same_receipt: str = "",
) -> LedgerEntry:
    """A donor's contribution to the operation pays back: never more than is out."""
    _lock(advance)
    ADVANCE.check(advance, "repay", by=by)
    _not_ahead(on)
    receipts.ask_about(advance.fund, "repayment", receipt, why=same_receipt)
    value, foreign = amounts.converted(amount, currency or advance.currency, rate, advance.currency)
    if not 0 < value <= advance.outstanding_minor:
        left = currencies.plain(advance.outstanding_minor, advance.currency)
        raise RuleBroken(_("Only %(left)s is out.", left=left), "amount")
    whole = value == advance.outstanding_minor and not advance.undrawn_minor
    ADVANCE.move(advance, "repay_rest" if whole else "repay", by=by)
    advance.repaid_minor += value
    db.session.flush()
    return ledger.repay(
        by=by,
        fund=advance.fund,
        amount_minor=value,
        advance_id=advance.id,
        donor=donor,
        on=on,
        receipt=receipt.strip(),
        why=same_receipt.strip(),
        foreign=foreign,
    )


def _not_ahead(on: date) -> None:
    if on > today():
        raise RuleBroken(_("This day is in the future."), "on")


def cancel(*, by: Actor, advance: Advance) -> None:
    """It is not needed: what was set aside goes back. Of one that was drawn, the rest goes back."""
    _lock(advance)
    rest = advance.undrawn_minor if advance.state in Sets.ADVANCE_OPEN else 0
    if advance.state == AdvanceState.DRAWN:
        if not rest:
            raise NotPossible(_("All of it was drawn: it is paid back now."))
    else:
        ADVANCE.move(advance, "cancel", by=by)
    if rest:
        advance.released_minor += rest
        ledger.let_go(by=by, fund=advance.fund, amount_minor=rest, advance_id=advance.id)
    if advance.state == AdvanceState.DRAWN and not advance.outstanding_minor:
        ADVANCE.move(advance, "repay_rest", by=by)


def corrected(entry: LedgerEntry, by: Actor) -> None:
    """A repayment that was taken back in the books is out again."""
    if entry.kind != "repayment" or entry.advance_id is None:
        return
    advance = db.session.get_one(Advance, entry.advance_id)
    _lock(advance)
    ADVANCE.move(advance, "take_back", by=by)
    advance.repaid_minor -= entry.amount_minor


def _lock(advance: Advance) -> None:
    """Until the end of the transaction nobody else answers, draws or pays back on it."""
    query = select(Advance.id).where(Advance.id == advance.id).with_for_update()
    db.session.execute(query).all()
    db.session.refresh(advance)


def _tell(advance: Advance, event: str, *, but: set[int | None]) -> None:
    managers: list[User] = outbox.holders(Role.MANAGER)
    outbox.post(
        event,
        reference=f"{advance.revision}-{advance.reference}",
        path=link("advances.show", advance.operation),
        to=[user for user in managers if user.id not in but],
        office=advance.office_id,
    )


def count_people(
    *,
    by: Actor,
    operation: CrisisOperation,
    cases: Sequence[Case],
    sector: str,
    on: date,
    movement: str = "",
) -> int:
    """Write down that the operation helped people in one of its sectors; gives how many are new.
    Each is counted once for a sector.
    """
    if sector not in operation.sectors:
        raise RuleBroken(_("Choose one of the sectors of this operation."), "sector")
    if not operation.starts_on <= on <= today():
        raise RuleBroken(_("This day lies before the operation, or in the future."), "on")
    new = 0
    rows = [
        {
            "operation_id": operation.id,
            "case_id": case.id,
            "sector": sector,
            "helped_on": on,
            "movement": movement,
            "by_id": by.id,
        }
        for case in {case.id: case for case in cases}.values()
    ]
    if rows:
        statement = insert_if_new(OperationPerson).values(rows).returning(OperationPerson.id)
        new = len(db.session.execute(statement).scalars().all())
    return new


def people(operation: CrisisOperation) -> tuple[int, list[tuple[str, int]]]:
    """How many people an operation helped, and how many in each of its sectors."""
    mine = OperationPerson.operation_id == operation.id
    persons = select(func.count(Case.person_id.distinct())).join(
        OperationPerson, OperationPerson.case_id == Case.id
    )
    by_sector = (
        select(OperationPerson.sector, func.count(Case.person_id.distinct()))
        .join(Case, Case.id == OperationPerson.case_id)
        .where(mine)
        .group_by(OperationPerson.sector)
    )
    found: dict[str, int] = dict(db.session.execute(by_sector).all())  # type: ignore[arg-type]
    total = int(db.session.execute(persons.where(mine)).scalar_one())
    return total, [(sector, found.get(sector, 0)) for sector in operation.sectors]


def by_crisis(operations: Sequence[CrisisOperation]) -> list[tuple[str, int]]:
    """How many people the operations of each crisis helped, a person once for a crisis."""
    names = {operation.id: operation.crisis for operation in operations}
    query = (
        select(OperationPerson.operation_id, Case.person_id)
        .join(Case, Case.id == OperationPerson.case_id)
        .where(OperationPerson.operation_id.in_(names))
        .distinct()
    )
    persons: dict[str, set[int]] = {}
    for operation_id, person_id in db.session.execute(query):
        persons.setdefault(names[operation_id], set()).add(person_id)
    return sorted((crisis, len(found)) for crisis, found in persons.items())

"""What a fund's ledger says about its pace: burn rate, cost by person, line and country.

And for how many people what is left will do.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from models.base import db, today
from models.cases import Case
from models.dates import months_after
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.returns import Return
from models.states import ReturnState, Sets

WINDOW = 3  # months the burn rate looks back


@dataclass(frozen=True)
class Figures:
    """Amounts in minor units of the fund's currency."""

    people: int
    spent: int
    monthly: int  # spent a month, over the last :data:`WINDOW` months
    by_person: int | None
    remaining: int | None  # people the available money will do for, at the mean cost so far
    months_left: float | None
    by_line: tuple[tuple[str, int], ...]
    by_country: tuple[tuple[str, int, int], ...]  # country of return, people, spent


_SPENT = case(
    (LedgerEntry.kind == "expenditure", LedgerEntry.amount_minor), else_=-LedgerEntry.amount_minor
)
_PAYMENTS = (
    LedgerEntry.kind.in_(("expenditure", "correction")),
    LedgerEntry.request_id.is_not(None),
    LedgerEntry.line != "",
)


def figures(fund: Fund) -> Figures:
    """Everything from the entries themselves: payments less their corrections."""
    by_line = _by_line(fund)
    people = _people(fund)
    spent = sum(amount for _line, amount in by_line)
    each = (spent + fund.committed_minor) // people if people else None
    monthly = _monthly(fund)
    return Figures(
        people=people,
        spent=spent,
        monthly=monthly,
        by_person=each,
        remaining=fund.balance_minor // each if each else None,
        months_left=round(fund.balance_minor / monthly, 1) if monthly else None,
        by_line=by_line,
        by_country=tuple(_by_country(fund)),
    )


def _by_line(fund: Fund) -> tuple[tuple[str, int], ...]:
    query = (
        select(LedgerEntry.line, func.sum(_SPENT))
        .where(LedgerEntry.fund_id == fund.id, *_PAYMENTS)
        .group_by(LedgerEntry.line)
    )
    return tuple(sorted((line, int(amount)) for line, amount in db.session.execute(query).all()))


def _monthly(fund: Fund) -> int:
    """What is spent in a month, as in the last :data:`WINDOW`."""
    recent = select(func.coalesce(func.sum(_SPENT), 0)).where(
        LedgerEntry.fund_id == fund.id,
        *_PAYMENTS,
        LedgerEntry.on > months_after(today(), -WINDOW),
    )
    return int(db.session.execute(recent).scalar_one()) // WINDOW


def _people(fund: Fund) -> int:
    """For how many money was granted; in a crisis, of a journey, who left (:func:`_counts`)."""
    query = (
        select(func.count(FundRequestPerson.case_id.distinct()))
        .join(FundRequest)
        .where(
            FundRequest.fund_id == fund.id,
            FundRequest.state.in_(Sets.FUND_REQUEST_GRANTED),
            *_counts(fund),
        )
    )
    return int(db.session.execute(query).scalar_one())


def _counts(fund: Fund) -> list[ColumnElement[bool]]:
    """Who of those that money was granted for counts: in a crisis, of a journey, who was on board,
    as for the operation.
    """
    if fund.programme != "mefm":
        return []
    left = select(Return.id).where(Return.state.in_({*Sets.RETURN_TRAVELLED, ReturnState.CLOSED}))
    journey = FundRequestPerson.return_id.is_not(None) & FundRequest.at_home.is_(False)
    return [~journey | FundRequestPerson.return_id.in_(left)]


def _by_request(fund: Fund) -> dict[int, int]:
    """How many of each request count."""
    query = (
        select(FundRequestPerson.request_id, func.count(FundRequestPerson.case_id.distinct()))
        .join(FundRequest)
        .where(FundRequest.fund_id == fund.id, *_counts(fund))
        .group_by(FundRequestPerson.request_id)
    )
    return {request_id: int(count) for request_id, count in db.session.execute(query).all()}


def _by_country(fund: Fund) -> list[tuple[str, int, int]]:
    """By country of return (or citizenship, where no return was begun), the dearest first."""
    spent = (
        select(LedgerEntry.request_id, func.sum(_SPENT).label("spent"))
        .where(LedgerEntry.fund_id == fund.id, *_PAYMENTS)
        .group_by(LedgerEntry.request_id)
    )
    sums = spent.subquery()
    query = select(FundRequest.case_id, Case.citizenship, FundRequest.id, sums.c.spent)
    query = query.join(Case, Case.id == FundRequest.case_id)
    rows = db.session.execute(query.join(sums, sums.c.request_id == FundRequest.id)).all()
    going = _going({row.case_id for row in rows})
    people: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    counts = _by_request(fund)
    for case_id, citizenship, request_id, amount in rows:
        country = going.get(case_id, citizenship or "")
        people[country] += counts.get(request_id, 0)
        amounts[country] += int(amount)
    return [(country, people[country], amount) for country, amount in amounts.most_common(20)]


def _going(cases: set[int]) -> dict[int, str]:
    """The country of each case's newest return that was not withdrawn."""
    query = select(Return.case_id, Return.country).where(
        Return.case_id.in_(cases), Return.state.not_in(Sets.RETURN_GIVEN_UP)
    )
    return dict(db.session.execute(query.order_by(Return.id)).all())

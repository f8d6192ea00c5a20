"""Every SELECT of funds; each takes the viewer."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require, visible
from casework.core import queries as cases
from funds import payments
from funds.requests import is_of_another_office
from models import numbers
from models.assistance import Assistance
from models.base import db, today
from models.cases import Case
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.referrals import Referral, Service
from models.returns import Return
from models.states import FundRequestState, Sets
from web import paging
from web.errors import NotFound

Row = TypeVar("Row", Fund, FundRequest, LedgerEntry, Referral, Service)


def funds() -> list[Fund]:
    """All funds."""
    return list(db.session.execute(select(Fund).order_by(Fund.code)).scalars())


def open_funds() -> list[Fund]:
    """Funds whose last day has not passed."""
    return list(
        db.session.execute(
            select(Fund).where(Fund.ends_on >= today()).order_by(Fund.code)
        ).scalars()
    )


def fund(_actor: Actor, code: str, **_: Any) -> Fund:
    """The fund with this code."""
    query = select(Fund).where(Fund.code == code)
    return _there_is(db.session.execute(query).scalar_one_or_none())


def _there_is(record: Row | None) -> Row:
    """``record``; raises :class:`web.errors.NotFound` where there is none."""
    if record is None:
        raise NotFound
    return record


def entries(fund: Fund, cursor: str = "") -> paging.Page:
    """A page of a fund's ledger, newest first."""
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.fund_id == fund.id)
        .options(joinedload(LedgerEntry.request))
    )
    return paging.page(query, (LedgerEntry.number,), cursor)


def entry(actor: Actor, code: str, number: int, **_: Any) -> LedgerEntry:
    """One entry of a fund by its number."""
    query = select(LedgerEntry).where(
        LedgerEntry.fund_id == fund(actor, code).id, LedgerEntry.number == number
    )
    return _there_is(db.session.execute(query).scalar_one_or_none())


def corrected(fund: Fund) -> set[int]:
    """Ids of the entries that a counter-entry took back."""
    query = select(LedgerEntry.reverses_id).where(
        LedgerEntry.fund_id == fund.id, LedgerEntry.reverses_id.is_not(None)
    )
    return {entry_id for entry_id in db.session.execute(query).scalars() if entry_id is not None}


def entries_of(request: FundRequest) -> list[LedgerEntry]:
    """What the ledger says of a request, oldest first."""
    query = select(LedgerEntry).where(LedgerEntry.request_id == request.id)
    return list(db.session.execute(query.order_by(LedgerEntry.id)).scalars())


def persons(request: FundRequest) -> list[Case]:
    """Whom a request is for."""
    query = (
        select(Case)
        .join(FundRequestPerson, FundRequestPerson.case_id == Case.id)
        .where(FundRequestPerson.request_id == request.id)
    )
    return list(db.session.execute(query.order_by(Case.id)).unique().scalars())


def as_told(actor: Actor, request: FundRequest, case: Case) -> Case | Return | None:
    """What a person looks like in coded words: of what is asked at home as they were told of there,
    never as the case stands now; nothing where that is not known.
    """
    if not is_of_another_office(request) or actor.holds(Role.MANAGER):
        return case
    query = (
        select(Return)
        .join(Assistance, Assistance.return_id == Return.id)
        .where(Assistance.request_id == request.id, Return.case_id == case.id)
    )
    return db.session.execute(query.limit(1)).unique().scalar_one_or_none()


def journeys(request: FundRequest) -> dict[str, int]:
    """For how many journeys to which country the money is; empty for other assistance."""
    query = (
        select(Return.country)
        .join(FundRequestPerson, FundRequestPerson.return_id == Return.id)
        .where(FundRequestPerson.request_id == request.id)
    )
    return dict(Counter(db.session.execute(query).scalars()))


def not_going(request: FundRequest) -> list[Return]:
    """Returns that the money was for and that do not happen, whose share has not gone back."""
    waiting = {person.return_id for person in request.persons if person.let_go_at is None}
    ids = payments.gone_without(waiting - {None})
    query = select(Return).where(Return.id.in_(ids)).order_by(Return.id)
    return list(db.session.execute(query).unique().scalars())


def person_of(request: FundRequest, reference: str) -> FundRequestPerson:
    """Whom a request is for, by the reference of the return. Raises where it is for none such."""
    query = (
        select(FundRequestPerson)
        .join(Return, Return.id == FundRequestPerson.return_id)
        .where(
            FundRequestPerson.request_id == request.id,
            Return.reference == numbers.tidy(reference),
        )
    )
    found = db.session.execute(query).scalars().first()
    if found is None:
        raise NotFound
    return found


def to_fund_together(actor: Actor, numbers_: Iterable[str]) -> list[Case]:
    """The cases with these numbers, each once; the actor must be allowed to ask for each."""
    together = [cases.case(actor, number) for number in dict.fromkeys(numbers_)]
    for case in together:
        require(actor, Permission.FUND_ASK, case)
    return together


def request(actor: Actor, reference: str, **_: Any) -> FundRequest:
    """A request, if the actor may see it."""
    query = (
        select(FundRequest)
        .where(
            FundRequest.reference == numbers.tidy(reference),
            visible(actor, Permission.FUND_SEE, FundRequest),
        )
        .options(joinedload(FundRequest.case), joinedload(FundRequest.asked_by))
    )
    return _there_is(db.session.execute(query).unique().scalar_one_or_none())


def requests(actor: Actor, cursor: str = "") -> paging.Page:
    """Requests the actor may see, newest first."""
    query = (
        select(FundRequest)
        .where(visible(actor, Permission.FUND_SEE, FundRequest))
        .options(joinedload(FundRequest.case))
    )
    return paging.page(query, (FundRequest.asked_at, FundRequest.id), cursor)


def to_approve(actor: Actor) -> list[FundRequest]:
    """Requests that wait for this actor's answer."""
    query = select(FundRequest).where(
        visible(actor, Permission.FUND_APPROVE, FundRequest),
        FundRequest.state.in_(Sets.FUND_REQUEST_WAITING),
    )
    return list(db.session.execute(query.order_by(FundRequest.asked_at)).scalars())


def referral(actor: Actor, reference: str, **_: Any) -> Referral:
    """A referral of the actor's office, of whose services they may say who paid."""
    query = select(Referral).where(
        Referral.reference == numbers.tidy(reference),
        visible(actor, Permission.REFERRAL_COST, Referral),
    )
    query = query.options(selectinload(Referral.services), joinedload(Referral.case))
    return _there_is(db.session.execute(query).unique().scalar_one_or_none())


def service_of(referral: Referral, service_id: int) -> Service:
    """One service of a referral; another's does not exist."""
    return _there_is(next((each for each in referral.services if each.id == service_id), None))


def of_case(case: Case) -> list[FundRequest]:
    """Requests for a case the caller has loaded through its own permission."""
    return list(
        db.session.execute(
            select(FundRequest)
            .join(FundRequestPerson)
            .where(FundRequestPerson.case_id == case.id)
            .order_by(FundRequest.id.desc())
        ).scalars()
    )


def payable(case: Case) -> list[FundRequest]:
    """Requests that are approved and not let go for who a case is about."""
    query = (
        select(FundRequest)
        .join(FundRequestPerson)
        .where(
            FundRequestPerson.case_id == case.id,
            FundRequestPerson.let_go_at.is_(None),
            FundRequest.state == FundRequestState.APPROVED,
        )
    )
    return list(db.session.execute(query.order_by(FundRequest.id.desc())).unique().scalars())

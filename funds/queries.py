"""Every SELECT of funds; each takes the viewer."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from models import numbers
from models.base import db, today
from models.cases import Case
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.states import Sets
from web import paging
from web.errors import NotFound


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
    found = db.session.execute(select(Fund).where(Fund.code == code)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def entries(shown: Fund, cursor: str = "") -> paging.Page:
    """A page of a fund's ledger, newest first."""
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.fund_id == shown.id)
        .options(joinedload(LedgerEntry.request))
    )
    return paging.page(query, (LedgerEntry.number,), cursor)


def entry(actor: Actor, code: str, number: int, **_: Any) -> LedgerEntry:
    """One entry of a fund by its number."""
    found = db.session.execute(
        select(LedgerEntry).where(
            LedgerEntry.fund_id == fund(actor, code).id, LedgerEntry.number == number
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def corrected(shown: Fund) -> set[int]:
    """Ids of the entries that a counter-entry took back."""
    query = select(LedgerEntry.reverses_id).where(
        LedgerEntry.fund_id == shown.id, LedgerEntry.reverses_id.is_not(None)
    )
    return {number for number in db.session.execute(query).scalars() if number is not None}


def entries_of(found: FundRequest, most: int = 200) -> list[LedgerEntry]:
    """What the ledger says of a request, oldest first."""
    return list(
        db.session.execute(
            select(LedgerEntry)
            .where(LedgerEntry.request_id == found.id)
            .order_by(LedgerEntry.id)
            .limit(most)
        ).scalars()
    )


def persons(found: FundRequest) -> list[Case]:
    """Whom a request is for."""
    query = (
        select(Case)
        .join(FundRequestPerson, FundRequestPerson.case_id == Case.id)
        .where(FundRequestPerson.request_id == found.id)
    )
    return list(db.session.execute(query.order_by(Case.id)).unique().scalars())


def request(actor: Actor, reference: str, **_: Any) -> FundRequest:
    """A request, if the actor may see it."""
    tidy = numbers.tidy(reference)
    query = select(FundRequest).where(
        FundRequest.reference == tidy, visible(actor, Permission.FUND_SEE, FundRequest)
    )
    found = (
        db.session.execute(
            query.options(joinedload(FundRequest.case), joinedload(FundRequest.asked_by))
        )
        .unique()
        .scalar_one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def requests(actor: Actor, cursor: str = "") -> paging.Page:
    """Requests the actor may see, newest first."""
    query = (
        select(FundRequest)
        .where(visible(actor, Permission.FUND_SEE, FundRequest))
        .options(joinedload(FundRequest.case))
    )
    return paging.page(query, (FundRequest.asked_at, FundRequest.id), cursor)


def to_approve(actor: Actor, size: int = 10) -> list[FundRequest]:
    """Requests that wait for this actor's answer."""
    query = select(FundRequest).where(
        visible(actor, Permission.FUND_APPROVE, FundRequest),
        FundRequest.state.in_(Sets.FUND_REQUEST_WAITING),
    )
    return list(db.session.execute(query.order_by(FundRequest.asked_at).limit(size)).scalars())


def of_case(case: Case) -> list[FundRequest]:
    """Requests for a case the caller has loaded through its own permission."""
    return list(
        db.session.execute(
            select(FundRequest)
            .join(FundRequestPerson)
            .where(FundRequestPerson.case_id == case.id)
            .order_by(FundRequest.id.desc())
            .limit(20)
        ).scalars()
    )

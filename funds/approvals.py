"""Answering a request: never by the one who asked; above the fund's limit by two."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from access.actors import Actor
from access.permissions import Role
from casework.core import timeline
from funds import ledger, payments, requests
from funds.signals import request_changed
from models.base import db, now
from models.cases import Case
from models.life_cycles import Someone
from models.money import Fund, FundRequest, FundRequestLine, FundRequestPerson, LedgerEntry
from models.people import User
from models.returns import Return
from models.rules import RuleBroken, some_of
from models.states import FUND_REQUEST, RETURN, FundRequestState, Sets
from notifications import outbox
from web.links import link
from web.template_filters import money

_Return = InstrumentedAttribute[int | None]
LOW = 10  # a fund with less than one part in so many of what was given is low


@FUND_REQUEST.guard("approve_first", "approve", "approve_second", "refuse", "refuse_second")
def _by_somebody_else(request: FundRequest, by: Someone) -> None:
    """Neither who asked, nor who answered first where a second answer is needed."""
    earlier = {request.asked_by_id}
    if request.state == FundRequestState.SECOND:
        earlier.add(request.answered_by_id)
    if by.id in earlier:
        raise RuleBroken(_("Nobody answers their own request, or twice."))


@FUND_REQUEST.guard("approve_first", "approve")
def _the_same_is_not_paid_twice(request: FundRequest, _by: Someone) -> None:
    """Other money for the same people and line is answered first, or a reason says why
    this comes beside it.
    """
    if not request.twice.strip() and (others := same(request)):
        raise RuleBroken(
            _(
                "Money for the same people and the same line was asked or approved already: "
                "%(others)s. If this comes beside it, say below why.",
                others=", ".join(other.reference for other in others),
            ),
            "twice",
        )


@FUND_REQUEST.guard("approve_first", "approve", "approve_second")
def _somebody_still_goes(request: FundRequest, _by: Someone) -> None:
    """Money for journeys that all have ended is set aside for nobody."""
    if not requests.still_for(request):
        raise RuleBroken(_("Nobody it is for makes this journey any more: refuse it."))


@FUND_REQUEST.guard("approve_first", "approve", "approve_second")
def _it_is_for_who_goes(request: FundRequest, _by: Someone) -> None:
    """The share of the journey of who does not go any more is not approved with it: whoever
    approves says that it is without them, and it is less by their share.
    """
    if gone := not_going(request):
        references = [_reference(person) for person in gone]
        raise RuleBroken(
            _(
                "Of those it is for, these do not go any more: %(returns)s. %(amount)s of it is "
                "theirs. Approve it without them, or refuse it and have it asked anew.",
                returns=some_of(references, 5),
                amount=money(share_of(request, len(gone)), request.currency),
            ),
            "without",
        )


@FUND_REQUEST.guard("approve_first", "approve", "approve_second")
def _nobody_of_it_is_closed(request: FundRequest, _by: Someone) -> None:
    """Money that waited while a case of it was closed is not set aside, but for what is given at
    home.
    """
    if request.at_home:
        return
    query = (
        select(Case)
        .join(FundRequestPerson, FundRequestPerson.case_id == Case.id)
        .where(FundRequestPerson.request_id == request.id, FundRequestPerson.let_go_at.is_(None))
        .order_by(Case.id)
    )
    requests.must_be_active(db.session.execute(query).unique().scalars().all())


def _reference(person: FundRequestPerson) -> str:
    return db.session.get_one(Return, person.return_id).reference


def not_going(request: FundRequest) -> list[FundRequestPerson]:
    """Whose journey does not happen any more, and whose share is still in what is asked."""
    persons = [person for person in request.persons if person.let_go_at is None]
    gone = payments.gone_without({person.return_id for person in persons} - {None})
    return [person for person in persons if person.return_id in gone]


def share_of(request: FundRequest, people: int) -> int:
    """What so many of the people account for, of the lines of a journey."""
    return sum(payments.share_of_journey(request).values()) * people


def _leave_out(request: FundRequest) -> None:
    """Who does not go is no part of it any more. What was asked stays as it was asked; the share
    is let go before it is set aside, so that the books know nothing of it.
    """
    for person in not_going(request):
        for line, share in payments.share_of_journey(request).items():
            _line(request, line).released_minor += share
        person.let_go_at = now()


def _line(request: FundRequest, name: str) -> FundRequestLine:
    return next(line for line in request.lines if line.line == name)


def same(request: FundRequest) -> list[FundRequest]:
    """Other requests, open or granted, for a line of somebody this one is for: a line of the
    journey where it may be the same journey (:func:`_may_be_one_journey`), another line whatever
    the return. What is given at home comes in instalments, and has limits of its own.
    """
    if request.at_home:
        return []
    mine, other = aliased(FundRequestPerson), aliased(FundRequestPerson)
    case, case_of_other = aliased(Case), aliased(Case)
    query = (
        select(FundRequest)
        .join(other, other.request_id == FundRequest.id)
        .join(case_of_other, case_of_other.id == other.case_id)
        .join(case, case.person_id == case_of_other.person_id)
        .join(mine, mine.case_id == case.id)
        .join(FundRequestLine, FundRequestLine.request_id == FundRequest.id)
        .where(
            mine.request_id == request.id,
            mine.let_go_at.is_(None),
            FundRequest.id != request.id,
            FundRequest.at_home.is_(False),
            other.let_go_at.is_(None),
            FundRequest.state.in_(Sets.FUND_REQUEST_WAITING | Sets.FUND_REQUEST_GRANTED),
            or_(
                FundRequestLine.line.not_in(requests.JOURNEY),
                other.case_id != mine.case_id,
                _may_be_one_journey(mine.return_id, other.return_id),
            ),
            FundRequestLine.line.in_([line.line for line in request.lines]),
            FundRequestLine.amount_minor > FundRequestLine.released_minor,
        )
        .order_by(FundRequest.id)
    )
    return list(db.session.execute(query).unique().scalars())


def _may_be_one_journey(mine: _Return, other: _Return) -> ColumnElement[bool]:
    """The same return, or one of them for none that is said yet; or one that ended while money
    for it is still asked or set aside. What was settled for a journey that ended is no other's.
    """
    ended = select(Return.id).where(Return.state.in_(RETURN.endings))
    is_live = FundRequest.state.in_(Sets.FUND_REQUEST_LIVE)
    return or_(
        other == mine,
        other.is_(None),
        and_(mine.is_(None), other.not_in(ended)),
        and_(other.in_(ended), is_live),
    )


def _must_see_whom_it_is_for(by: Actor, request: FundRequest) -> None:
    """Of money for some people alone that is asked at home, whoever keeps the fund decides: the
    mission there does not see what the file says of the person, nor learns it by asking.
    """
    is_shut = requests.is_of_another_office(request) and request.fund.categories
    if is_shut and not by.holds(Role.MANAGER):
        message = _("This fund is for certain people: whoever keeps it looks whether it fits.")
        raise RuleBroken(message)


def approve(*, by: Actor, request: FundRequest, twice: str = "", without: bool = False) -> None:
    """Agree; with the last agreement needed the money is set aside. ``twice``: why it comes beside
    other money for the same people and line. ``without``: less the shares of who does not go.

    Raises :class:`funds.ledger.NotEnough`, and :class:`models.rules.RuleBroken` where there is
    such money and no reason, or somebody does not go and it is not without them.
    """
    _must_see_whom_it_is_for(by, request)
    request.twice = twice.strip() or request.twice
    if without and requests.still_for(request):
        _leave_out(request)
    if FUND_REQUEST.can(request, "approve_first") and needs_two(request):
        FUND_REQUEST.move(request, "approve_first", by=by)
        _ask_a_second(by, request)
        return
    _settle(by, request, "approve", "approve_second")
    for line in request.lines:
        if not line.left_minor:
            continue
        ledger.commit(
            by=by,
            fund=request.fund,
            amount_minor=line.left_minor,
            request=request,
            line=line.line,
        )
    _warn(request.fund)
    request_changed.send(request, by=by)


def _ask_a_second(by: Actor, request: FundRequest) -> None:
    earlier = {by.id, request.asked_by_id}
    outbox.post(
        "fund.second",
        reference=request.reference,
        path=link("funds.request_page", request),
        to=[user for user in outbox.holders(Role.MANAGER) if user.id not in earlier],
        office=request.office_id,
    )


def refuse(*, by: Actor, request: FundRequest) -> None:
    """Say no."""
    _settle(by, request, "refuse", "refuse_second")
    request_changed.send(request, by=by)


def needs_two(request: FundRequest) -> bool:
    """Whether the amount is above what one person may approve."""
    limit = request.fund.second_above_minor
    return limit is not None and request.amount_minor > limit


def _settle(by: Actor, request: FundRequest, first: str, second: str) -> None:
    """The verb of whoever answers first, or of whoever answers second."""
    FUND_REQUEST.move(request, first if FUND_REQUEST.can(request, first) else second, by=by)
    timeline.add(by=by, case=request.case, kind="fund_answered", reference=request.reference)
    asker = [db.session.get_one(User, request.asked_by_id)] if request.asked_by_id else []
    address = link("funds.request_page", request)
    outbox.post(
        f"fund.{request.state}",
        reference=request.reference,
        path=address,
        to=asker,
        office=request.office_id,
    )


def _warn(fund: Fund) -> None:
    """Programme managers are notified, once after each contribution, that a tenth is left."""
    given = select(func.count(), func.sum(LedgerEntry.amount_minor)).where(
        LedgerEntry.fund_id == fund.id, LedgerEntry.kind == "contribution"
    )
    count, total = db.session.execute(given).one()
    if total and fund.balance_minor * LOW < total:
        outbox.post(
            "fund.low",
            reference=f"FL-{fund.id}-{count}",
            path=link("funds.show", fund),
            to=outbox.holders(Role.MANAGER),
        )

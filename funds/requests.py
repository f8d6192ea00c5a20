"""Asking money: for a case, a family, a group or a movement, with a budget by line."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import or_, select

from access.actors import Actor
from access.permissions import Role
from casework.core import timeline
from funds import amounts
from models import numbering
from models.base import db, now, today
from models.cases import Case
from models.money import Fund, FundRequest, FundRequestLine, FundRequestPerson
from models.returns import Return
from models.rules import RuleBroken, some_of, stated
from models.states import FUND_REQUEST, RETURN, Sets
from notifications import outbox
from standards import lists
from web.links import link
from web.template_filters import money

JOURNEY = frozenset(("pre_departure", "travel", "escort", "reception"))  # lines of a journey
Budget = Mapping[str, int]  # budget line → minor units of the fund's currency


class Evidence(NamedTuple):
    """Why it is the last resort: other programmes (``programme``, ``answer``, ``on``), and the day
    on which the needs were assessed.
    """

    tried: Sequence[Mapping[str, str]] = ()
    assessed_on: date | None = None


def reasons_against(
    fund: Fund,
    cases: Sequence[Case],
    budget: Budget,
    on: date,
    sector: str = "",
    evidence: Evidence | None = None,
    *,
    by_file: bool = True,
) -> list[str]:
    """Why this fund cannot pay this budget for these people; empty where it can.

    Ceilings count for each person. ``by_file``: as for :func:`keeps_out`.
    """
    return [
        *keeps_out(fund, cases, on, by_file=by_file),
        *_too_much(fund, budget, max(len(cases), 1)),
        *_unsaid(fund, sector, evidence or Evidence()),
    ]


def is_of_another_office(request: FundRequest) -> bool:
    """Whether a mission asks at home that does not hold the case, and was not told what its file
    says.
    """
    return request.at_home and request.office_id != request.case.office_id


def keeps_out(fund: Fund, cases: Sequence[Case], on: date, *, by_file: bool = True) -> list[str]:
    """Why a fund can pay nothing for these people on a day, whatever is asked; empty where it can.

    A fund that lends pays nobody's return: its money is an advance to an operation, to be paid
    back. ``by_file``: also by what the file of each case says. A mission that asks at home was not
    told that (who is a victim, the number of the case): who keeps the fund answers it
    (:func:`funds.approvals.approve`).
    """
    if fund.lends:
        return [_("This fund lends to operations in a crisis: it pays for nobody by itself.")]
    return list(_outside(fund, cases, on, by_file=by_file))


def _outside(fund: Fund, cases: Sequence[Case], on: date, *, by_file: bool) -> Iterator[str]:
    """The fund's period, the kinds of cases and the host countries it is for."""
    if not fund.starts_on <= on <= fund.ends_on:
        yield _("The fund is not open on this day.")
    meant = set(fund.categories) if by_file else set()
    if others := [case.number for case in cases if meant and not meant & _kinds_of(case)]:
        numbers = some_of(others, 5)
        yield _("The fund is for other categories of people: %(cases)s.", cases=numbers)
    if fund.hosts and any(case.office.country not in fund.hosts for case in cases):
        yield _("The fund is for other host countries.")


@stated("fund_request: ask")
def _kinds_of(case: Case) -> set[str]:
    """Presumed victims are helped as identified ones; a fund that is for identified ones alone says
    so, and who is presumed does not fit it.

    Source: ours; presumed victims are assisted by the Council of Europe Convention on Action
    against Trafficking in Human Beings, art. 10(2), 12.
    """
    identified = {"identified"} if case.trafficking_status == "actual" else set()
    return set(case.categories) | identified


def _too_much(fund: Fund, budget: Budget, people: int) -> Iterator[str]:
    """The ceiling of the whole and those of the lines."""
    if sum(budget.values()) > fund.ceiling_minor * people:
        yield _(
            "The amount is above the ceiling of %(most)s for one person.",
            most=money(fund.ceiling_minor, fund.currency),
        )
    for line, most in fund.line_ceilings.items():
        if budget.get(line, 0) > int(most) * people:
            yield _(
                "%(line)s is above its ceiling of %(most)s for one person.",
                line=lists.label(lists.FUND_LINES, line),
                most=money(int(most), fund.currency),
            )


def _unsaid(fund: Fund, sector: str, evidence: Evidence) -> Iterator[str]:
    """What a fund wants to be told."""
    if fund.last_resort and not evidence.tried:
        yield _(
            "This fund is a last resort: name each other programme that was tried, its answer and "
            "the day."
        )
    elif fund.last_resort and evidence.assessed_on is None:
        yield _("This fund is a last resort: say on which day the needs were assessed.")
    if any(date.fromisoformat(each["on"]) > today() for each in evidence.tried) or (
        evidence.assessed_on is not None and evidence.assessed_on > today()
    ):
        yield _("What was tried and assessed lies in the past.")
    if fund.sectors and sector not in fund.sectors:
        yield _("Choose a sector of assistance that this fund pays for.")


def budget_of(fund: Fund, lines: Mapping[str, str]) -> dict[str, int]:
    """What was typed, line by line, as minor units.

    Raises a broken rule at the line that is no amount.
    """
    budget = {
        line: amounts.minor(text, fund.currency, field=f"line_{line}")
        for line, text in lines.items()
    }
    if not budget:
        raise RuleBroken(_("Give an amount for at least one line."), "line_travel")
    return budget


def ask(
    *,
    by: Actor,
    case: Case,
    fund: str,
    lines: Mapping[str, str],
    others: Sequence[Case] = (),
    sector: str = "",
    tried: Sequence[Mapping[str, str]] = (),
    assessed_on: date | None = None,
) -> FundRequest:
    """Ask for ``case`` and ``others``, who are cases of one office.

    Raises :class:`models.rules.RuleBroken` with every reason against it.
    """
    payer = by_code(fund)
    if any(other.office_id != case.office_id for other in others):
        raise RuleBroken(_("A request is for cases of one office."), "members")
    budget = budget_of(payer, lines)
    cases = list({each.id: each for each in (case, *others)}.values())
    return open_request(
        by=by,
        payer=payer,
        cases=cases,
        budget=budget,
        sector=sector,
        evidence=Evidence(tried, assessed_on),
    )


def open_request(
    *,
    by: Actor,
    payer: Fund,
    cases: Sequence[Case],
    budget: Budget,
    sector: str = "",
    evidence: Evidence | None = None,
    at_home_id: int | None = None,
) -> FundRequest:
    """Ask a fund for a budget in its currency; ``at_home_id``: the mission in the country of
    return, where it asks. Raises :class:`models.rules.RuleBroken` with every reason against it.
    """
    if at_home_id is None:
        must_be_active(cases, "fund")
    asked = (payer, cases, budget, today(), sector, evidence)
    if against := reasons_against(*asked, by_file=at_home_id in {None, cases[0].office_id}):
        raise RuleBroken(" ".join(against), "fund")
    request = _request(payer, cases, budget)
    if at_home_id is not None:
        request.office_id, request.at_home = at_home_id, True
    else:
        _say_for_which_return(request)
    request.sector = sector
    if evidence is not None:
        request.tried = [dict(each) for each in evidence.tried]
        request.assessed_on = evidence.assessed_on
    request.asked_by_id, request.asked_at = by.id, now()
    FUND_REQUEST.move(request, "ask", by=by)
    numbering.add(request)
    timeline.add(
        by=by,
        case=cases[0],
        kind="fund_asked",
        reference=request.reference,
        compartment="return" if request.at_home else "protection",
    )
    _notify_approvers(by, request)
    return request


@stated("fund_request: ask")
def must_be_active(cases: Sequence[Case], field: str = "_form") -> None:
    """Money is for people with whom somebody still works; what the mission in the country of
    return asks at home is for who has left here.

    Raises with the numbers of the closed ones.

    Source: ours; nobody would see to what is paid for a case that is closed.
    Set aside: opening the case again.
    """
    if closed := [case.number for case in cases if not case.is_active]:
        message = _(
            "Closed: %(cases)s. Open a case again before money is given for it.",
            cases=some_of(closed, 5),
        )
        raise RuleBroken(message, field)


def by_code(code: str) -> Fund:
    """The fund of a list. Raises where there is none."""
    fund = db.session.execute(select(Fund).where(Fund.code == code)).scalar_one_or_none()
    if fund is None:
        raise RuleBroken(_("Choose a fund of the list."), "fund")
    return fund


def _request(fund: Fund, cases: Sequence[Case], budget: Budget) -> FundRequest:
    """A request for ``cases``, the first of whom is its head."""
    return FundRequest(
        fund=fund,
        case=cases[0],
        office_id=cases[0].office_id,
        amount_minor=sum(budget.values()),
        people=len(cases),
        currency=fund.currency,
        lines=[
            FundRequestLine(line=line, amount_minor=amount)
            for line, amount in sorted(budget.items())
        ],
        persons=[FundRequestPerson(case_id=case.id) for case in cases],
    )


def _say_for_which_return(request: FundRequest) -> None:
    """What is asked for the journey of somebody whose return is under way is for that return."""
    if not JOURNEY & {line.line for line in request.lines}:
        return
    mine = [person.case_id for person in request.persons]
    query = select(Return.case_id, Return.id).where(
        Return.case_id.in_(mine), Return.state.not_in(RETURN.endings)
    )
    running = {row.case_id: row.id for row in db.session.execute(query)}
    for person in request.persons:
        person.return_id = running.get(person.case_id)


def take_along(return_: Return) -> None:
    """Money for the journey that was asked before the return was begun is for this one, where it is
    for no other, or for one that ended before anything of it was paid.
    """
    journey = FundRequestLine.line.in_(JOURNEY)
    paid = select(FundRequestLine.request_id).where(journey, FundRequestLine.spent_minor > 0)
    ended = select(Return.id).where(
        Return.case_id == return_.case_id, Return.state.in_(RETURN.endings)
    )
    query = (
        select(FundRequestPerson)
        .join(FundRequest, FundRequest.id == FundRequestPerson.request_id)
        .join(FundRequestLine, FundRequestLine.request_id == FundRequest.id)
        .where(
            journey,
            FundRequest.id.not_in(paid),
            FundRequestPerson.let_go_at.is_(None),
            FundRequestPerson.case_id == return_.case_id,
            or_(FundRequestPerson.return_id.is_(None), FundRequestPerson.return_id.in_(ended)),
            FundRequest.state.in_(Sets.FUND_REQUEST_LIVE),
            FundRequest.at_home.is_(False),
        )
    )
    for person in db.session.execute(query.distinct()).scalars():
        person.return_id = return_.id


def still_for(request: FundRequest) -> bool:
    """Whether it is for other assistance, or for somebody whose journey is under way."""
    persons = [person for person in request.persons if person.let_go_at is None]
    running = select(Return.id).where(
        Return.id.in_([person.return_id or 0 for person in persons]),
        Return.state.not_in(RETURN.endings),
    )
    is_of_assistance = any(person.return_id is None for person in persons)
    return is_of_assistance or db.session.execute(running.limit(1)).first() is not None


def _notify_approvers(by: Actor, request: FundRequest) -> None:
    supervisors = outbox.people_of(request.office_id, Role.SUPERVISOR)
    outbox.post(
        "fund.asked",
        reference=request.reference,
        path=link("funds.request_page", request),
        to=[user for user in supervisors if user.id != by.id],
        office=request.office_id,
    )

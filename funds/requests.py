"""Asking money: for a case, a family, a group or a movement, with a budget by line."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from casework.core import timeline
from models import numbering
from models.base import db, now, today
from models.cases import Case
from models.money import Fund, FundRequest, FundRequestLine, FundRequestPerson
from models.rules import RuleBroken
from notifications import outbox
from standards import currencies, lists
from web.template_filters import money

Budget = Mapping[str, int]  # budget line → minor units of the fund's currency


def reasons_against(
    fund: Fund,
    cases: Sequence[Case],
    budget: Budget,
    on: date,
    *,
    sector: str = "",
    last_resort: bool = False,
) -> list[str]:
    """Why this fund cannot pay this budget for these people; empty where it can. Ceilings count for each person."""
    people = max(len(cases), 1)
    reasons = []
    if not fund.starts_on <= on <= fund.ends_on:
        reasons.append(_("The fund is not open on this day."))
    if outside := [
        case.number
        for case in cases
        if fund.categories and not set(fund.categories) & set(case.categories)
    ]:
        reasons.append(
            _(
                "The fund is for other categories of people: %(cases)s.",
                cases=", ".join(outside[:5]),
            )
        )
    if fund.hosts and any(case.office.country not in fund.hosts for case in cases):
        reasons.append(_("The fund is for other host countries."))
    if sum(budget.values()) > fund.ceiling_minor * people:
        reasons.append(
            _(
                "The amount is above the ceiling of %(most)s for one person.",
                most=money(fund.ceiling_minor, fund.currency),
            )
        )
    for line, most in fund.line_ceilings.items():
        if budget.get(line, 0) > int(most) * people:
            what = lists.label(lists.FUND_LINES, line)
            reasons.append(
                _(
                    "%(line)s is above its ceiling of %(most)s for one person.",
                    line=what,
                    most=money(int(most), fund.currency),
                )
            )
    if fund.last_resort and not last_resort:
        reasons.append(_("This fund is a last resort: say that no other programme can help."))
    if fund.sectors and sector not in fund.sectors:
        reasons.append(_("Choose a sector of assistance that this fund pays for."))
    return reasons


def budget_of(fund: Fund, lines: Mapping[str, str]) -> dict[str, int]:
    """What was typed, line by line, as minor units; raises a broken rule at the line that is none."""
    found = {}
    for line, text in lines.items():
        try:
            found[line] = currencies.minor(text, fund.currency)
        except currencies.NoAmount:
            raise RuleBroken(
                _("Give an amount in figures, such as 1240 or 1240.50."), f"line_{line}"
            ) from None
    if not found:
        raise RuleBroken(_("Give an amount for at least one line."), "line_travel")
    return found


def ask(
    *,
    by: Actor,
    case: Case,
    fund: str,
    lines: Mapping[str, str],
    others: Sequence[Case] = (),
    sector: str = "",
    last_resort: bool = False,
) -> FundRequest:
    """Ask for ``case`` and ``others``; raises :class:`models.rules.RuleBroken` with every reason against it."""
    found = db.session.execute(select(Fund).where(Fund.code == fund)).scalar_one_or_none()
    if found is None:
        raise RuleBroken(_("Choose a fund of the list."), "fund")
    budget = budget_of(found, lines)
    cases = list({one.id: one for one in (case, *others)}.values())
    if against := reasons_against(
        found, cases, budget, today(), sector=sector, last_resort=last_resort
    ):
        raise RuleBroken(" ".join(against), "fund")
    request = FundRequest(
        fund=found,
        case=case,
        office_id=case.office_id,
        amount_minor=sum(budget.values()),
        people=len(cases),
        currency=found.currency,
        sector=sector,
        asked_by_id=by.id,
        asked_at=now(),
    )
    request.lines = [
        FundRequestLine(line=line, amount_minor=amount) for line, amount in sorted(budget.items())
    ]
    request.persons = [FundRequestPerson(case_id=one.id) for one in cases]
    numbering.add(request)
    timeline.add(by=by, case=case, kind="fund_asked", reference=request.reference)
    approvers = [
        user for user in outbox.people_of(case.office_id, Role.SUPERVISOR) if user.id != by.id
    ]
    outbox.post("fund.asked", reference=request.reference, path=path(request), to=approvers)
    return request


def path(request: FundRequest) -> str:
    """Where a request is read."""
    return f"/funds/requests/{request.reference}"

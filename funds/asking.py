"""Asking money for a case."""

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from casework import timeline
from models import numbers
from models.base import db, now, today
from models.cases import Case
from models.money import Fund, FundRequest
from notifications import outbox
from web.faults import RuleBroken


def reasons_against(fund: Fund, case: Case, amount_minor: int, on: date) -> list[str]:
    """Why this fund cannot pay this for this case; empty where it can."""
    reasons = []
    if not fund.starts_on <= on <= fund.ends_on:
        reasons.append(_("The fund is not open on this day."))
    if fund.categories and not set(fund.categories) & set(case.categories):
        reasons.append(_("The fund is for other categories of people than this case has."))
    if amount_minor > fund.ceiling_minor:
        reasons.append(_("The amount is above the ceiling for one person."))
    return reasons


def ask(*, by: Actor, case: Case, fund: str, line: str, amount: str) -> FundRequest:
    """Ask; raises :class:`web.faults.RuleBroken` with every reason against it."""
    found = db.session.execute(select(Fund).where(Fund.code == fund)).scalar_one_or_none()
    if found is None:
        raise RuleBroken(_("Choose a fund of the list."), "fund")
    minor = int(Decimal(amount) * 100)
    if against := reasons_against(found, case, minor, today()):
        raise RuleBroken(" ".join(against), "fund")
    request = FundRequest(
        reference=numbers.new("FR"), fund=found, case=case, office_id=case.office_id, line=line, amount_minor=minor,
        currency=found.currency, asked_by_id=by.id, asked_at=now(),
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    timeline.add(by=by, case=case, kind="fund_asked", reference=request.reference)
    approvers = [user for user in outbox.people_of(case.office_id, "supervisor") if user.id != by.id]
    outbox.post("fund.asked", reference=request.reference, path=f"/funds/requests/{request.reference}", to=approvers)
    return request

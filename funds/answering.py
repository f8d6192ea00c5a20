"""Answering a request: never by the one who asked."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Role
from casework import timeline
from funds import ledger, signals
from models.base import db, now
from models.money import Fund, FundRequest, LedgerEntry
from models.people import User
from notifications import outbox
from web.faults import RuleBroken

LOW = 10  # a fund with less than one part in so many of what was given is low


def approve(*, by: Actor, request: FundRequest) -> None:
    """Set the money aside; raises :class:`funds.ledger.NotEnough`."""
    _answer(by, request, "approved")
    ledger.commit(by=by, fund=request.fund, amount_minor=request.amount_minor, request=request)
    signals.approved.send(request)
    _warn(request.fund)


def _warn(fund: Fund) -> None:
    """Programme managers are told, once after each contribution, that a tenth is left."""
    given = select(func.count(), func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.fund_id == fund.id, LedgerEntry.kind == "contribution")
    count, total = db.session.execute(given).one()
    if total and fund.balance_minor * LOW < total:
        outbox.post("fund.low", reference=f"FL-{fund.id}-{count}", path="/funds", to=outbox.holders(Role.MANAGER))


def refuse(*, by: Actor, request: FundRequest) -> None:
    """Say no."""
    _answer(by, request, "refused")


def _answer(by: Actor, request: FundRequest, state: str) -> None:
    if request.state != "asked":
        raise RuleBroken(_("This request was answered already."))
    if request.asked_by_id == by.id:
        raise RuleBroken(_("Nobody answers their own request."))
    request.state, request.answered_by_id, request.answered_at = state, by.id, now()
    timeline.add(by=by, case=request.case, kind="fund_answered", reference=request.reference)
    asker = [db.session.get_one(User, request.asked_by_id)] if request.asked_by_id else []
    outbox.post(f"fund.{state}", reference=request.reference, path=f"/funds/requests/{request.reference}", to=asker)

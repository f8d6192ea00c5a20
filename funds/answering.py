"""Answering a request: never by the one who asked."""

from flask_babel import gettext as _

from access.actors import Actor
from casework import timeline
from funds import ledger, signals
from models.base import db, now
from models.money import FundRequest
from models.people import User
from notifications import outbox
from web.faults import RuleBroken


def approve(*, by: Actor, request: FundRequest) -> None:
    """Set the money aside; raises :class:`funds.ledger.NotEnough`."""
    _answer(by, request, "approved")
    ledger.commit(by=by, fund=request.fund, amount_minor=request.amount_minor, request=request)
    signals.approved.send(request)


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

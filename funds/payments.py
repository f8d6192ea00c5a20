"""After approval: what was paid, with its receipt; what is left goes back. Corrected by counter-entries alone."""

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select, update

from access.actors import Actor
from casework.core import timeline
from funds import ledger
from models.base import db, today
from models.money import FundRequest, FundRequestLine, LedgerEntry
from models.rules import RuleBroken
from models.states import FUND_REQUEST, FundRequestState, Sets
from standards import currencies


def spend(
    *,
    by: Actor,
    request: FundRequest,
    line: str,
    amount: str,
    on: date,
    receipt: str,
    currency: str = "",
    rate: Decimal | None = None,
) -> LedgerEntry:
    """Write down a payment against one line of the budget. In another currency the rate used is kept with it."""
    _hold(request)
    if request.state != FundRequestState.APPROVED:
        raise RuleBroken(_("Money is paid after the approval and before the request is closed."))
    if on > today():
        raise RuleBroken(_("This day is in the future."), "on")
    currency = currency or request.currency
    paid = _minor(amount, currency)
    if currency != request.currency and rate is None:
        raise RuleBroken(
            _(
                "Give the rate: how much of %(one)s is one %(other)s.",
                one=request.currency,
                other=currency,
            ),
            "rate",
        )
    value = (
        paid
        if currency == request.currency
        else currencies.converted(paid, currency, rate or Decimal(1), request.currency)
    )
    if value <= 0:
        raise RuleBroken(_("At this rate it is less than the smallest coin."), "rate")
    _draw(request, line, value)
    foreign = (
        {"paid_minor": paid, "paid_currency": currency, "rate": rate}
        if currency != request.currency
        else {}
    )
    return ledger.spend(
        by=by, request=request, line=line, amount_minor=value, on=on, receipt=receipt, **foreign
    )


def _minor(amount: str, currency: str) -> int:
    if currency not in currencies.codes():
        raise RuleBroken(_("This is no currency: give its three letters, such as EUR."), "currency")
    try:
        return currencies.minor(amount, currency)
    except currencies.NoAmount:
        raise RuleBroken(
            _("Give an amount in figures, such as 1240 or 1240.50."), "amount"
        ) from None


def _draw(request: FundRequest, line: str, value: int) -> None:
    """Take ``value`` from a line, in one statement: of two who pay at once only those go through that the line covers."""
    table = FundRequestLine
    left = table.spent_minor + table.released_minor + value <= table.amount_minor
    mine = (table.request_id == request.id, table.line == line)
    drawn = db.session.execute(
        update(table)
        .where(*mine, left)
        .values(spent_minor=table.spent_minor + value)
        .returning(table.line)
    )
    if drawn.scalar() is None:
        raise RuleBroken(
            _(
                "This line of the budget does not hold the amount. Ask for more, or pay from another line."
            ),
            "amount",
        )
    db.session.expire(request, ["lines"])


def close(*, by: Actor, request: FundRequest) -> None:
    """Everything is paid: what is left of each line goes back to the fund."""
    _only_approved(request)
    for line in request.lines:
        _let_go(by, request, line)
    FUND_REQUEST.move(request, "close", by=by)
    timeline.add(by=by, case=request.case, kind="fund_closed", reference=request.reference)


def cancel(*, by: Actor, request: FundRequest) -> None:
    """It is not needed any more: before approval it just ends, after it everything goes back; what was paid must be corrected first."""
    if request.state in Sets.FUND_REQUEST_WAITING:
        FUND_REQUEST.move(request, "cancel", by=by)
        return
    _only_approved(request)
    if any(line.spent_minor for line in request.lines):
        raise RuleBroken(
            _("Something was paid already. Close the request instead: what is left goes back.")
        )
    for line in request.lines:
        _let_go(by, request, line)
    FUND_REQUEST.move(request, "cancel", by=by)


def _hold(request: FundRequest) -> None:
    """Until the end of the transaction nobody else pays, closes or corrects on this request."""
    db.session.execute(
        select(FundRequest.id).where(FundRequest.id == request.id).with_for_update()
    ).all()
    db.session.refresh(request)
    db.session.expire(request, ["lines"])


def _only_approved(request: FundRequest) -> None:
    _hold(request)
    if request.state != FundRequestState.APPROVED:
        raise RuleBroken(_("This request is not open."))


def _let_go(by: Actor, request: FundRequest, line: FundRequestLine) -> None:
    rest = line.left_minor
    if rest:
        ledger.release(by=by, request=request, line=line.line, amount_minor=rest)
        line.released_minor += rest


def correct(*, by: Actor, entry: LedgerEntry) -> LedgerEntry:
    """Take back a payment or a contribution by its counter-entry. Where the request is closed the money goes back to the fund: nobody could pay it out any more."""
    if entry.kind not in {"expenditure", "contribution"}:
        raise RuleBroken(_("Only payments and contributions are corrected here."))
    request = (
        db.session.get(FundRequest, entry.request_id)
        if entry.kind == "expenditure" and entry.request_id
        else None
    )
    if request is not None:
        _hold(request)
    made = ledger.reverse(by=by, entry=entry)
    if request is not None:
        line = next(line for line in request.lines if line.line == entry.line)
        line.spent_minor -= entry.amount_minor
        if request.state == FundRequestState.CLOSED:
            db.session.flush()
            _let_go(by, request, line)
    return made

"""After approval: what was paid, with its receipt; what is left goes back.

Corrected by counter-entries alone.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select, update

from access.actors import Actor
from casework.core import timeline
from funds import amounts, ledger, receipts
from funds.requests import JOURNEY
from funds.signals import payment_corrected, request_changed
from models.base import db, now, today
from models.life_cycles import Someone
from models.money import FundRequest, FundRequestLine, FundRequestPerson, LedgerEntry
from models.movements import ManifestEntry, MissedSeat
from models.returns import Return
from models.rules import NotPossible, RuleBroken, stated
from models.states import FUND_REQUEST, FundRequestState, Sets
from notifications import outbox
from web.links import link
from web.template_filters import money


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
    same_receipt: str = "",
    for_item: bool = False,
) -> LedgerEntry:
    """Write down a payment against one line of the budget.

    In another currency the rate used is kept with it. ``same_receipt``: why it is paid on a receipt
    that the books know already. ``for_item``: for an instalment of reintegration, where such money
    is given and nowhere else.
    """
    _lock(request)
    _may_be_paid(request, on, for_item=for_item)
    _by_another_than_approved(request, by)
    receipts.ask_about(
        request.fund, "expenditure", receipt, why=same_receipt, office_id=request.office_id
    )
    own = request.currency
    value, foreign = amounts.converted(amount, currency or own, rate, own)
    if value <= 0:
        raise RuleBroken(_("At this rate it is less than the smallest coin."), "rate")
    _draw(request, line, value)
    return ledger.spend(
        by=by,
        request=request,
        line=line,
        amount_minor=value,
        on=on,
        receipt=receipt.strip(),
        why=same_receipt.strip(),
        foreign=foreign,
    )


def _may_be_paid(request: FundRequest, on: date, *, for_item: bool) -> None:
    if request.at_home and not for_item:
        raise NotPossible(_("This is written down as an instalment, at the return."))
    if not request.is_approved:
        raise NotPossible(_("Money is paid after the approval and before the request is closed."))
    if on > today():
        raise RuleBroken(_("This day is in the future."), "on")


@stated("money: payment")
def _by_another_than_approved(request: FundRequest, by: Actor) -> None:
    """Who approved money does not write down alone that it was paid.

    Source: ours (nobody approves and pays; segregation of duties).
    """
    if by.id is not None and by.id in {request.answered_by_id, request.second_by_id}:
        raise RuleBroken(_("You approved this money: somebody else writes down that it was paid."))


def _draw(request: FundRequest, line: str, value: int) -> None:
    """Take ``value`` from a line, in one statement.

    Of two who pay at once only those go through that the line covers.
    """
    table = FundRequestLine
    left = table.spent_minor + table.released_minor + value <= table.amount_minor
    drawn = (
        update(table)
        .where(table.request_id == request.id, table.line == line, left)
        .values(spent_minor=table.spent_minor + value)
        .returning(table.line)
    )
    if db.session.execute(drawn).scalar() is None:
        raise RuleBroken(
            _(
                "This line of the budget does not hold the amount. "
                "Ask for more, or pay from another line."
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
    _tell_asker(by, request)
    timeline.add(by=by, case=request.case, kind="fund_closed", reference=request.reference)
    request_changed.send(request, by=by)


def cancel(*, by: Actor, request: FundRequest) -> None:
    """It is not needed any more.

    Before approval it just ends, after it everything goes back; what was paid must be corrected
    first.
    """
    if request.waits_for_answer:
        FUND_REQUEST.move(request, "cancel", by=by)
        _tell_asker(by, request)
        request_changed.send(request, by=by)
        return
    _only_approved(request)
    FUND_REQUEST.check(request, "cancel", by=by)
    for line in request.lines:
        _let_go(by, request, line)
    FUND_REQUEST.move(request, "cancel", by=by)
    _tell_asker(by, request)
    request_changed.send(request, by=by)


def _tell_asker(by: Actor, request: FundRequest) -> None:
    """Whoever of the office may let money go: who asked for it hears that another did."""
    if request.asked_by is None or by.id in {None, request.asked_by_id}:
        return
    outbox.post(
        "fund.let_go",
        reference=request.reference,
        path=link("funds.request_page", request),
        to=[request.asked_by],
        office=request.office_id,
    )


def let_go(*, by: Actor, request: FundRequest, lines: Collection[str]) -> None:
    """What ``lines`` of an approved request are for does not happen: what is left of them goes back
    to the fund. Where nothing is left of the whole, it ends.
    """
    if request.waits_for_answer or {line.line for line in request.lines} <= set(lines):
        is_paid = any(line.spent_minor for line in request.lines)
        (close if is_paid else cancel)(by=by, request=request)
        return
    _only_approved(request)
    for line in request.lines:
        if line.line in lines:
            _let_go(by, request, line)
    request_changed.send(request, by=by)


def share_of_journey(request: FundRequest, paid_minor: int = 0) -> dict[str, int]:
    """What of each line of a journey one of its people accounts for, as far as it is left;
    ``paid_minor``: what was paid of it for them already, and is taken off.
    """
    shares = {}
    for line in request.lines:
        if line.line not in JOURNEY:
            continue
        share = line.amount_minor // request.people
        of_theirs = min(paid_minor, share, line.spent_minor)
        paid_minor -= of_theirs
        if left := min(share - of_theirs, line.left_minor):
            shares[line.line] = left
    return shares


def paid_of_journey(request: FundRequest) -> int:
    """What was paid of the lines of a journey, for whomever of its people."""
    return sum(line.spent_minor for line in request.lines if line.line in JOURNEY)


@stated("fund_request: let a share go")
def let_share_go(
    *, by: Actor, request: FundRequest, person: FundRequestPerson, paid: str = ""
) -> int:
    """The share of somebody who did not come or changed their mind goes back to the fund, once, as
    far as it is not paid; gives how much. ``paid``: what was paid for them already, which the books
    do not say: it is asked where anything was paid. Money for the others stays, and this request
    is no funding of theirs any more.

    Raises :class:`models.rules.RuleBroken` for somebody who still goes.

    Source: ours; a ticket that is not flown and a seat that is given on are told apart by whoever
    keeps the request.
    """
    _only_approved(request)
    if person.let_go_at is not None:
        raise NotPossible(_("Their share went back already."))
    if not does_not_go(person):
        raise RuleBroken(_("This person still goes."))
    shares = share_of_journey(request, _paid_for_them(request, paid))
    for line in request.lines:
        if share := shares.get(line.line):
            ledger.release(by=by, request=request, line=line.line, amount_minor=share)
            line.released_minor += share
    person.let_go_at = now()
    request_changed.send(request, by=by)
    return sum(shares.values())


def _paid_for_them(request: FundRequest, paid: str) -> int:
    """What was paid for who does not go; raises where it must be said and was not."""
    most = paid_of_journey(request)
    if not most or not share_of_journey(request):
        return 0
    if not paid.strip():
        raise RuleBroken(
            _(
                "%(amount)s was paid for the journey already. Say how much of it was for this "
                "person, 0 where nothing was: that is no money of the others.",
                amount=money(most, request.currency),
            ),
            "paid",
        )
    theirs = amounts.minor_or_nothing(paid, request.currency, field="paid")
    if theirs > most:
        message = _("No more than %(most)s was paid.", most=money(most, request.currency))
        raise RuleBroken(message, "paid")
    return theirs


def does_not_go(person: FundRequestPerson) -> bool:
    """Whether the journey that the money is for did not happen: it was given up, or they did not
    come to it and have no other seat.
    """
    return person.return_id in gone_without({person.return_id} - {None})


def gone_without(return_ids: Collection[int | None]) -> set[int]:
    """Of these returns the ones that money for the journey is not needed for any more."""
    if not return_ids:
        return set()
    seated = select(ManifestEntry.return_id)
    did_not_come = select(MissedSeat.return_id).where(MissedSeat.return_id.not_in(seated))
    query = select(Return.id, Return.departed_on).where(
        Return.id.in_(return_ids),
        Return.state.in_(Sets.RETURN_GIVEN_UP) | Return.id.in_(did_not_come),
    )
    return {row.id for row in db.session.execute(query) if row.departed_on is None}


@FUND_REQUEST.guard("cancel")
def _nothing_was_paid(request: FundRequest, _by: Someone) -> None:
    if any(line.spent_minor for line in request.lines):
        raise RuleBroken(
            _("Something was paid already. Close the request instead: what is left goes back.")
        )


def _lock(request: FundRequest) -> None:
    """Until the end of the transaction nobody else pays, closes or corrects on this request."""
    query = select(FundRequest.id).where(FundRequest.id == request.id).with_for_update()
    db.session.execute(query).all()
    db.session.refresh(request)
    db.session.expire(request, ["lines"])


def _only_approved(request: FundRequest) -> None:
    _lock(request)
    if not request.is_approved:
        raise NotPossible(_("This request is not open."))


def _let_go(by: Actor, request: FundRequest, line: FundRequestLine) -> None:
    rest = line.left_minor
    if rest:
        ledger.release(by=by, request=request, line=line.line, amount_minor=rest)
        line.released_minor += rest


def correct(*, by: Actor, entry: LedgerEntry) -> LedgerEntry:
    """Take back a payment or a contribution by its counter-entry.

    Where the request is closed the money goes back to the fund: nobody could pay it out any more.
    """
    if not entry.can_be_corrected:
        raise RuleBroken(_("Only payments, contributions and repayments are corrected here."))
    request = _paid_on(entry)
    if request is not None:
        _lock(request)
    counter_entry = ledger.reverse(by=by, entry=entry)
    if request is not None:
        line = next(line for line in request.lines if line.line == entry.line)
        line.spent_minor -= entry.amount_minor
        if request.state == FundRequestState.CLOSED:
            db.session.flush()
            _let_go(by, request, line)
    if entry.kind in {"expenditure", "repayment"}:
        payment_corrected.send(entry, by=by)
    return counter_entry


def give_back(*, by: Actor, request: FundRequest) -> None:
    """What is not needed goes back, whatever was paid until now: waiting, it ends; approved, it is
    cancelled, or closed where something was paid. Doing it twice changes nothing.
    """
    if request.waits_for_answer or (
        request.is_approved and not any(line.spent_minor for line in request.lines)
    ):
        cancel(by=by, request=request)
    elif request.is_approved:
        close(by=by, request=request)


def _paid_on(entry: LedgerEntry) -> FundRequest | None:
    """The request that an expenditure was paid for."""
    if entry.kind != "expenditure" or not entry.request_id:
        return None
    return db.session.get(FundRequest, entry.request_id)

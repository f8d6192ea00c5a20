"""Items of reintegration assistance: asked of a fund, approved by the rules of that fund, given in
instalments with their proof, which are payments of the fund; or, said so, not from our funds.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select, update

from access.actors import Actor
from access.permissions import Role
from avrr import events
from avrr.visits import must_be_home
from funds import amounts, approvals, payments, receipts, requests
from models import office_settings
from models.assistance import Assistance, Instalment
from models.base import db, today
from models.dates import months_after
from models.life_cycles import Someone
from models.money import Fund, FundRequest, LedgerEntry
from models.people import User
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from models.states import ASSISTANCE
from notifications import outbox
from standards import currencies
from web import once
from web.links import link

MOST_INSTALMENTS = 6
NOT_OURS = "none"  # in place of the code of a fund
LINE = "reintegration"


class Asked(NamedTuple):
    """How an item is paid for: the fund that is asked, or :data:`NOT_OURS`, and in what."""

    fund: str
    amount: str
    currency: str = ""
    rate: Decimal | None = None
    tried: Sequence[Mapping[str, str]] = ()
    assessed_on: date | None = None


def assist(
    *,
    by: Actor,
    return_: Return,
    kind: str,
    dimension: str,
    given_on: date,
    level: str = "individual",
    form: str = "kind",
    parts: int = 1,
    token: str = "",
    **paid: Any,
) -> Assistance:
    """Plan one item, in ``parts`` instalments from ``given_on``, a month apart; ``paid``
    (:class:`Asked`) says which fund is asked for its money, or that none of ours is.

    The same ``token`` twice is the same item.
    """
    token = once.token_of(return_.id, token)
    query = select(Assistance).where(Assistance.token == token)
    if (earlier := db.session.execute(query).unique().scalar_one_or_none()) is not None:
        return earlier
    must_be_home(return_)
    asked = Asked(**paid)
    payer = None if asked.fund == NOT_OURS else requests.by_code(asked.fund)
    item = Assistance(kind=kind, dimension=dimension, level=level, form=form)
    item.given_on, item.token, item.planned_by_id = given_on, token, by.id
    item.currency = payer.currency if payer else (asked.currency or "EUR")
    item.amount_minor = _value(asked, item.currency)
    if not 1 <= parts <= min(MOST_INSTALMENTS, item.amount_minor):
        raise RuleBroken(_("Between one and six instalments."), "parts")
    item.instalments = list(_instalments(item.amount_minor, parts, given_on))
    ASSISTANCE.move(item, "plan" if payer or _above_alone(return_, item) else "give", by=by)
    return_.assistance.append(item)
    if payer is not None:
        item.request = _ask(by, return_, payer, item, asked)
    db.session.flush()
    if item.waits_for_approval and not item.is_ours:
        _ask_for_approval(by, item)
    return item


def _value(asked: Asked, into: str) -> int:
    value, _foreign = amounts.converted(asked.amount, asked.currency or into, asked.rate, into)
    return value


def _ask(by: Actor, return_: Return, payer: Fund, item: Assistance, asked: Asked) -> FundRequest:
    return requests.open_request(
        by=by,
        payer=payer,
        cases=[return_.case],
        budget={LINE: item.amount_minor},
        evidence=requests.Evidence(asked.tried, asked.assessed_on),
        at_home_id=return_.home_id,
    )


def _above_alone(return_: Return, item: Assistance) -> bool:
    """Whether somebody else agrees to what is promised from money that is not ours."""
    euros: int = office_settings.of(return_.home_id, "approve_above")
    most: int = euros * 10 ** currencies.digits(item.currency)
    return item.amount_minor > most


def _instalments(total: int, parts: int, first_on: date) -> Iterator[Instalment]:
    """Equal ones; the last takes what is left over."""
    each = total // parts
    for number in range(1, parts + 1):
        yield Instalment(
            number=number,
            due_on=months_after(first_on, number - 1),
            amount_minor=each if number < parts else total - each * (parts - 1),
        )


def _ask_for_approval(by: Actor, item: Assistance) -> None:
    staff = outbox.people_of(item.receiving_id or 0, Role.SUPERVISOR)
    others: dict[int, User] = {user.id: user for user in [*staff, *outbox.holders(Role.MANAGER)]}
    others.pop(by.id or 0, None)
    outbox.post(
        "assistance.asked",
        reference=f"AS-{item.id}",
        path=link("reintegration.approvals"),
        to=others.values(),
        office=item.receiving_id,
    )


@ASSISTANCE.guard("approve", "refuse")
def _by_somebody_else(item: Assistance, by: Someone) -> None:
    if item.planned_by_id == by.id:
        raise RuleBroken(_("Nobody approves what they planned themselves."))


@ASSISTANCE.guard("approve")
def _its_money_is_set_aside(item: Assistance, _by: Someone) -> None:
    if item.request is not None and not item.request.was_granted:
        raise RuleBroken(_("The fund has not approved it."))


def decide(*, by: Actor, item: Assistance, decision: str) -> None:
    """Somebody else than who planned it approves an item, or does not: of a fund's money, by
    answering its request, twice where the fund wants two.
    """
    if not ASSISTANCE.can(item, "approve"):
        raise NotPossible(_("This was decided already."))
    if item.request is None:
        ASSISTANCE.move(item, "approve" if decision == "approve" else "refuse", by=by)
        return
    if item.planned_by_id == by.id:
        raise RuleBroken(_("Nobody approves what they planned themselves."))
    answer = approvals.approve if decision == "approve" else approvals.refuse
    answer(by=by, request=item.request)


def request_changed(request: FundRequest, by: Actor) -> None:
    """The fund's last answer is the item's; where its request is cancelled or closed, what was not
    given of the item has ended.
    """
    query = select(Assistance).where(Assistance.request_id == request.id)
    item = db.session.execute(query).unique().scalar_one_or_none()
    if item is None or not (item.waits_for_approval or item.is_approved):
        return
    if item.waits_for_approval and request.is_approved:
        ASSISTANCE.move(item, "approve", by=by)
    elif item.waits_for_approval and request.was_refused:
        ASSISTANCE.move(item, "refuse", by=by)
    elif not (request.waits_for_answer or request.is_approved):
        _end(by, item)


def pay(
    *,
    by: Actor,
    item: Assistance,
    number: int,
    paid_on: date,
    receipt: str,
    amount: str = "",
    currency: str = "",
    rate: Decimal | None = None,
    same_receipt: str = "",
) -> Instalment:
    """An instalment was given, with the number of its proof; in order, each once. From a fund it is
    a payment in its books: ``amount`` where it was another than planned, or another currency.

    ``same_receipt``: why a proof that is known already counts for this one too.
    """
    if not item.is_approved:
        raise RuleBroken(_("This item is not approved."))
    if paid_on > today():
        raise RuleBroken(_("This day is in the future."), "paid_on")
    if any(earlier.paid_on is None for earlier in item.instalments if earlier.number < number):
        raise RuleBroken(_("The instalment before it has no proof yet."), "number")
    due = next((each for each in item.instalments if each.number == number), None)
    if due is None or due.paid_on is not None:
        raise RuleBroken(_("This instalment was given already, or there is none."), "number")
    _ask_about(item, receipt, same_receipt)
    entry = _book(by, item, due, paid_on, receipt, amount, currency, rate, same_receipt)
    _write_down(by, item, number, paid_on, receipt, entry, same_receipt)
    db.session.expire(due)  # it was written past the session
    events.add(by=by, return_=item.record, kind="assisted")
    return due


def _book(
    by: Actor,
    item: Assistance,
    due: Instalment,
    paid_on: date,
    receipt: str,
    amount: str,
    currency: str,
    rate: Decimal | None,
    why: str,
) -> LedgerEntry | None:
    """The payment in the books of the fund; none where it is not our money."""
    if item.request is None:
        return None
    return payments.spend(
        by=by,
        request=item.request,
        line=LINE,
        amount=amount or currencies.plain(due.amount_minor, item.currency),
        currency=currency,
        rate=rate,
        on=paid_on,
        receipt=receipt,
        same_receipt=why,
        for_item=True,
    )


def _ask_about(item: Assistance, receipt: str, why: str) -> None:
    """A proof counts once in a mission, unless it is said why it counts again; of two at the same
    moment the second waits here, and then sees it.
    """
    if why.strip():
        return
    whole = select(Return.id).where(Return.id == item.return_id)
    db.session.execute(whole.with_for_update()).all()
    mine = Return.home_id == item.receiving_id
    query = (
        select(Instalment)
        .join(Assistance, Assistance.id == Instalment.assistance_id)
        .join(Return, Return.id == Assistance.return_id)
        .where(mine, Instalment.receipt == receipt.strip(), Instalment.paid_on.is_not(None))
    )
    known = db.session.execute(query.limit(1)).scalar()
    if known is not None:
        message = _(
            "This proof was taken already, for an instalment of %(day)s (%(amount)s). If it counts "
            "for this one too, say below why.",
            day=format_date(known.paid_on, "d MMMM y"),
            amount=currencies.plain(known.amount_minor, item.currency),
        )
        raise RuleBroken(message, "receipt")
    if not item.is_ours and item.receiving_id is not None:
        entry = receipts.known("expenditure", receipt, FundRequest.office_id == item.receiving_id)
        if entry is not None:
            raise RuleBroken(receipts.in_words(entry), "receipt")


def _write_down(
    by: Actor,
    item: Assistance,
    number: int,
    paid_on: date,
    receipt: str,
    entry: LedgerEntry | None,
    why: str,
) -> None:
    """One statement, so that two who pay at once do not both give it."""
    unpaid = (
        Instalment.assistance_id == item.id,
        Instalment.number == number,
        Instalment.paid_on.is_(None),
    )
    payment = {
        "paid_on": paid_on,
        "receipt": receipt.strip(),
        "paid_by_id": by.id,
        "entry_id": entry.id if entry else None,
        "why": why.strip(),
    }
    statement = update(Instalment).where(*unpaid).values(payment).returning(Instalment.number)
    if db.session.execute(statement, execution_options=_AS_WRITTEN).scalar() is None:
        raise RuleBroken(_("This instalment was given already, or there is none."), "number")


_AS_WRITTEN = {"synchronize_session": False}


def payment_corrected(entry: LedgerEntry, by: Actor) -> None:
    """A payment that was taken back in the books is an instalment that was not given."""
    del by  # the books say who
    query = select(Instalment).where(Instalment.entry_id == entry.id)
    for instalment in db.session.execute(query).scalars():
        instalment.paid_on = instalment.paid_by_id = instalment.entry_id = None
        instalment.receipt = instalment.why = ""


def stop(*, by: Actor, item: Assistance) -> None:
    """What was not given of an item is not needed any more: the money goes back to its fund."""
    if not (item.waits_for_approval or item.is_approved):
        raise NotPossible(_("This item has ended."))
    _end(by, item)
    _give_back(by, item)


def _end(by: Actor, item: Assistance) -> None:
    """Ended before all was given; one that was given as planned stays as it is."""
    given = [each.paid_on is not None for each in item.instalments]
    if item.is_approved and all(given):
        return
    ASSISTANCE.move(item, "end_partly" if any(given) else "end", by=by)
    events.add(by=by, return_=item.record, kind="item_ended")


def _give_back(by: Actor, item: Assistance) -> None:
    if item.request is not None:
        payments.give_back(by=by, request=item.request)


def stop_all(*, by: Actor, return_: Return) -> None:
    """A return ended: nothing more is given, and what was set aside goes back."""
    for item in return_.assistance:
        if item.waits_for_approval or item.is_approved:
            stop(by=by, item=item)

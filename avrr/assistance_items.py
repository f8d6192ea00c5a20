"""Items of reintegration assistance: planned, approved by somebody else above a limit, given in
instalments.
"""

import secrets
from collections.abc import Iterator
from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select, update

from access.actors import Actor
from access.permissions import Role
from avrr import events
from avrr.reintegration import must_be_home
from models import office_settings
from models.base import db, today
from models.dates import months_after
from models.life_cycles import Someone
from models.people import User
from models.returns import Assistance, Instalment, Return
from models.rules import NotPossible, RuleBroken
from models.states import ASSISTANCE
from notifications import outbox
from web.links import link

MOST_INSTALMENTS = 6


def assist(
    *,
    by: Actor,
    return_: Return,
    kind: str,
    dimension: str,
    amount: int,
    given_on: date,
    level: str = "individual",
    form: str = "kind",
    parts: int = 1,
    token: str = "",
) -> Assistance:
    """Plan one item of ``amount`` whole euros, in ``parts`` instalments from ``given_on``.

    The instalments are a month apart. The same ``token`` twice is the same item.
    """
    token = f"{return_.id}:{token or secrets.token_hex(8)}"
    query = select(Assistance).where(Assistance.token == token)
    if (earlier := db.session.execute(query).scalar_one_or_none()) is not None:
        return earlier
    must_be_home(return_)
    if not 1 <= parts <= min(MOST_INSTALMENTS, amount):
        raise RuleBroken(_("Between one and six instalments."), "parts")
    item = Assistance(kind=kind, dimension=dimension, level=level, form=form)
    item.amount_minor = amount * 100
    item.currency = "EUR"
    item.given_on = given_on
    item.token = token
    item.planned_by_id = by.id
    item.instalments = list(_instalments(item.amount_minor, parts, given_on))
    alone = office_settings.of(return_.receiving_id, "approve_above") * 100
    ASSISTANCE.move(item, "plan" if item.amount_minor > alone else "give", by=by)
    return_.assistance.append(item)
    db.session.flush()
    if item.waits_for_approval:
        _ask_for_approval(by, item)
    return item


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
    staff = outbox.people_of(item.receiving_id or 0, Role.ORIGIN, Role.SUPERVISOR)
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


def decide(*, by: Actor, item: Assistance, decision: str) -> None:
    """Somebody else than who planned it approves an item, or does not."""
    if not ASSISTANCE.can(item, "approve"):
        raise NotPossible(_("This was decided already."))
    ASSISTANCE.move(item, "approve" if decision == "approve" else "refuse", by=by)


def pay(
    *,
    by: Actor,
    item: Assistance,
    number: int,
    paid_on: date,
    receipt: str,
    same_receipt: bool = False,
) -> Instalment:
    """An instalment was given, with the number of its proof; in order, each once.

    ``same_receipt``: it is known that another instalment of this return was given on this proof.
    """
    if not item.is_approved:
        raise RuleBroken(_("This item is not approved."))
    if paid_on > today():
        raise RuleBroken(_("This day is in the future."), "paid_on")
    if any(earlier.paid_on is None for earlier in item.instalments if earlier.number < number):
        raise RuleBroken(_("The instalment before it has no proof yet."), "number")
    if not same_receipt:
        _ask_about(item, receipt)
    _write_down(by, item, number, paid_on, receipt)
    db.session.expire(item, ["instalments"])
    events.add(by=by, return_=item.record, kind="assisted")
    return next(instalment for instalment in item.instalments if instalment.number == number)


def _ask_about(item: Assistance, receipt: str) -> None:
    """A proof counts once, unless it is said that it is for several; of two at the same moment the
    second waits here, and then sees it.
    """
    whole = select(Return.id).where(Return.id == item.return_id)
    db.session.execute(whole.with_for_update()).all()
    mine = select(Assistance.id).where(Assistance.return_id == item.return_id)
    query = select(Instalment.paid_on).where(
        Instalment.assistance_id.in_(mine), Instalment.receipt == receipt.strip()
    )
    known = db.session.execute(query.limit(1)).scalar()
    if known is not None:
        message = _(
            "This proof was taken for an instalment of %(day)s. If it is for several, say so.",
            day=format_date(known, "d MMMM y"),
        )
        raise RuleBroken(message, "receipt")


def _write_down(by: Actor, item: Assistance, number: int, paid_on: date, receipt: str) -> None:
    """One statement, so that two who pay at once do not both give it."""
    unpaid = (
        Instalment.assistance_id == item.id,
        Instalment.number == number,
        Instalment.paid_on.is_(None),
    )
    payment = {"paid_on": paid_on, "receipt": receipt, "paid_by_id": by.id}
    statement = update(Instalment).where(*unpaid).values(payment).returning(Instalment.number)
    if db.session.execute(statement).scalar() is None:
        raise RuleBroken(_("This instalment was given already, or there is none."), "number")

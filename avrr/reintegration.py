"""The receiving mission's side: arrival and reception, plan, items of assistance with instalments, follow-up, closure."""

import secrets
from datetime import date, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from access.actors import Actor
from access.permissions import Role
from avrr import early_warnings, events
from avrr.handover import path
from casework.core import timeline
from models.base import db, today
from models.returns import Assistance, FollowUp, Instalment, Return
from models.rules import RuleBroken
from models.states import ASSISTANCE, RETURN, AssistanceState, Sets
from notifications import outbox

APPROVE_ABOVE = (
    1_000_00  # an item above this is approved by somebody else, in minor units of its currency
)
MOST_INSTALMENTS = 6


def arrive(
    *, by: Actor, record: Return, arrived_on: date, met: bool = False, onward: bool = False
) -> None:
    """The person is here; follow-ups are scheduled, as the programme wants them."""
    if not RETURN.can(record, "arrive"):
        raise RuleBroken(_("Arrival comes after departure, once."))
    if not (record.departed_on or today()) <= arrived_on <= today():
        raise RuleBroken(_("Arrival lies between departure and today."), "arrived_on")
    RETURN.move(record, "arrive", by=by)
    record.arrived_on = arrived_on
    record.follow_ups = [
        FollowUp(month=month, due_on=arrived_on + timedelta(days=30 * month))
        for month in months(record.programme)
    ]
    timeline.add(
        by=by, case=record.case, kind="arrived", reference=record.reference, compartment="return"
    )
    for kind, so in (("arrived", True), ("received", met), ("onward", onward)):
        if so:
            events.add(by=by, record=record, kind=kind)
    owner = [record.case.owner] if record.case.owner else []
    outbox.post("return.arrived", reference=record.reference, path=path(record), to=owner)


def months(programme: str) -> tuple[int, ...]:
    """After how many months people of a programme are followed up."""
    schedule: dict[str, tuple[int, ...]] = current_app.config["SETTINGS"].follow_up_months
    return schedule.get(programme, schedule[""])


def plan(*, by: Actor, record: Return, given: dict[str, Any]) -> None:
    """Write the assessment and the plan on its levels and dimensions."""
    _arrived(record)
    record.plan = given
    RETURN.move(record, "plan", by=by)
    events.add(by=by, record=record, kind="planned")


def assist(
    *,
    by: Actor,
    record: Return,
    kind: str,
    dimension: str,
    amount: int,
    given_on: date,
    level: str = "individual",
    form: str = "kind",
    parts: int = 1,
    token: str = "",
) -> Assistance:
    """Plan one item, in ``parts`` instalments a month apart from ``given_on``. The same ``token`` twice is the same item. ``amount`` in whole euros."""
    token = f"{record.id}:{token or secrets.token_hex(8)}"
    known = db.session.execute(
        select(Assistance).where(Assistance.token == token)
    ).scalar_one_or_none()
    if known is not None:
        return known
    _arrived(record)
    if not 1 <= parts <= min(MOST_INSTALMENTS, amount):
        raise RuleBroken(_("Between one and six instalments."), "parts")
    total = amount * 100
    item = Assistance(
        kind=kind,
        dimension=dimension,
        level=level,
        form=form,
        amount_minor=total,
        currency="EUR",
        given_on=given_on,
        token=token,
        planned_by_id=by.id,
    )
    each = total // parts
    item.instalments = [
        Instalment(
            number=number,
            due_on=given_on + timedelta(days=30 * (number - 1)),
            amount_minor=each if number < parts else total - each * (parts - 1),
        )
        for number in range(1, parts + 1)
    ]
    record.assistance.append(item)
    db.session.flush()
    if item.state == AssistanceState.PLANNED:
        others = {
            user.id: user
            for user in [
                *outbox.people_of(record.receiving_id or 0, Role.ORIGIN, Role.SUPERVISOR),
                *outbox.holders(Role.MANAGER),
            ]
        }
        others.pop(by.id or 0, None)
        outbox.post(
            "assistance.asked",
            reference=f"AS-{item.id}",
            path="/returns/approvals",
            to=others.values(),
        )
    return item


def decide(*, by: Actor, item: Assistance, decision: str) -> None:
    """Somebody else than who planned it approves an item, or does not."""
    if not ASSISTANCE.can(item, "approve"):
        raise RuleBroken(_("This was decided already."))
    if item.planned_by_id == by.id:
        raise RuleBroken(_("Nobody approves what they planned themselves."))
    ASSISTANCE.move(item, "approve" if decision == "approve" else "refuse", by=by)


def pay(*, by: Actor, item: Assistance, number: int, paid_on: date, receipt: str) -> Instalment:
    """An instalment was given, with the number of its proof; in order, each once."""
    if item.state != AssistanceState.APPROVED:
        raise RuleBroken(_("This item is not approved."))
    if paid_on > today():
        raise RuleBroken(_("This day is in the future."), "paid_on")
    if any(part.paid_on is None for part in item.instalments if part.number < number):
        raise RuleBroken(_("The instalment before it has no proof yet."), "number")
    mine = (
        Instalment.assistance_id == item.id,
        Instalment.number == number,
        Instalment.paid_on.is_(None),
    )
    paid = db.session.execute(
        update(Instalment)
        .where(*mine)
        .values(paid_on=paid_on, receipt=receipt, paid_by_id=by.id)
        .returning(Instalment.number)
    )
    if paid.scalar() is None:
        raise RuleBroken(_("This instalment was given already, or there is none."), "number")
    db.session.expire(item, ["instalments"])
    events.add(by=by, record=item.record, kind="assisted")
    return next(part for part in item.instalments if part.number == number)


def follow_up(*, by: Actor, record: Return, month: str, **given: Any) -> FollowUp:
    """Write down a visit, call or report. Doing it again corrects it. When all were made the return is completed."""
    _arrived(record)
    found = next((visit for visit in record.follow_ups if visit.month == int(month)), None)
    if found is None:
        raise RuleBroken(_("There is no such follow-up."), "month")
    if given["done_on"] > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    for name, value in given.items():
        setattr(found, name, value)
    events.add(by=by, record=record, kind="followed_up")
    early_warnings.look(record, visit=found)
    if all(visit.done_on for visit in record.follow_ups) and not _promised(record):
        close(by=by, record=record, outcome="completed")
    return found


def close(*, by: Actor, record: Return, outcome: str) -> None:
    """The end of a return: completed, lost, migrated again, withdrew, died."""
    _arrived(record)
    if outcome == "completed" and _promised(record):
        raise RuleBroken(
            _(
                "An instalment that was promised has not been given. Give it, or close for another reason."
            ),
            "ending",
        )
    RETURN.move(record, "close", by=by)
    record.outcome = outcome
    events.add(by=by, record=record, kind="closed")


def _promised(record: Return) -> bool:
    """Whether an instalment that was approved has not been given."""
    return any(
        part.paid_on is None
        for item in record.assistance
        if item.state == AssistanceState.APPROVED
        for part in item.instalments
    )


def _arrived(record: Return) -> None:
    if record.state not in Sets.RETURN_HOME:
        raise RuleBroken(_("The person has not arrived yet, or the return is closed."))

"""The receiving mission's side: arrival, plan, assistance, follow-up."""

import secrets
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from avrr.handover import path
from casework import timeline
from models.base import db, today
from models.returns import Assistance, FollowUp, Return
from notifications import outbox
from web.faults import RuleBroken

MONTHS = (1, 3, 6, 12)


def arrive(*, by: Actor, record: Return, arrived_on: date) -> None:
    """The person is here; follow-ups are scheduled."""
    if record.state != "departed":
        raise RuleBroken(_("Arrival comes after departure, once."))
    if not (record.departed_on or today()) <= arrived_on <= today():
        raise RuleBroken(_("Arrival lies between departure and today."), "arrived_on")
    record.state, record.arrived_on = "arrived", arrived_on
    record.follow_ups = [FollowUp(month=month, due_on=arrived_on + timedelta(days=30 * month)) for month in MONTHS]
    timeline.add(by=by, case=record.case, kind="arrived", reference=record.reference, compartment="return")
    owner = [record.case.owner] if record.case.owner else []
    outbox.post("return.arrived", reference=record.reference, path=path(record), to=owner)


def plan(*, by: Actor, record: Return, given: dict[str, Any]) -> None:
    """Write the reintegration plan."""
    _arrived(record)
    record.plan = given
    record.state = "reintegration"


def assist(*, by: Actor, record: Return, kind: str, dimension: str, amount: int, given_on: date, token: str = "") -> Assistance:
    """Give one item. The same ``token`` twice is the same item. ``amount`` in whole euros."""
    token = f"{record.id}:{token or secrets.token_hex(8)}"
    known = db.session.execute(select(Assistance).where(Assistance.token == token)).scalar_one_or_none()
    if known is not None:
        return known
    _arrived(record)
    item = Assistance(kind=kind, dimension=dimension, amount_minor=amount * 100, currency="EUR", given_on=given_on, token=token)
    record.assistance.append(item)
    db.session.flush()
    return item


def follow_up(*, by: Actor, record: Return, month: str, **given: Any) -> FollowUp:
    """Write down a visit, call or report. Doing it again corrects it."""
    _arrived(record)
    found = next((visit for visit in record.follow_ups if visit.month == int(month)), None)
    if found is None:
        raise RuleBroken(_("There is no such follow-up."), "month")
    if given["done_on"] > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    for name, value in given.items():
        setattr(found, name, value)
    if all(visit.done_on for visit in record.follow_ups):
        record.state = "closed"
    return found


def _arrived(record: Return) -> None:
    if record.state not in {"arrived", "reintegration"}:
        raise RuleBroken(_("The person has not arrived yet, or the return is closed."))

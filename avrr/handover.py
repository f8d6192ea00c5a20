"""Between missions: a return notice with what is released; accepted, or sent back with questions; a thread both write in; help on the way."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.fields import HANDOVER, gather
from access.permissions import Role
from avrr import events
from casework.core import tasks
from models.base import db, now, today
from models.people import Organisation
from models.returns import Return
from models.rules import RuleBroken
from models.states import HANDOVER as HANDOVER_CYCLE
from models.states import ReturnState
from notifications import outbox

MOST = 100


def hand_over(*, by: Actor, record: Return) -> None:
    """Release what reception needs to the mission of the country of return, and tell it."""
    if record.state != ReturnState.PREPARING or not HANDOVER_CYCLE.can(record, "hand_over"):
        raise RuleBroken(_("This return was handed over already."))
    mission = _mission_in(record.country)
    record.receiving = mission
    record.released = gather(record.case, HANDOVER)
    HANDOVER_CYCLE.move(record, "hand_over", by=by)
    db.session.flush()
    events.add(by=by, record=record, kind="handed_over")
    staff = outbox.people_of(mission.id, Role.ORIGIN)
    outbox.post(
        "handover.sent", reference=record.reference, path=path(record), to=staff, urgent=True
    )


def accept(*, by: Actor, record: Return) -> None:
    """The receiving mission takes the person on."""
    HANDOVER_CYCLE.move(record, "accept", by=by)
    events.add(by=by, record=record, kind="accepted")
    _tell_sender(record, "handover.accepted")


def send_back(*, by: Actor, record: Return, words: str = "") -> None:
    """The receiving mission has questions; the sender answers and hands over again."""
    HANDOVER_CYCLE.check(record, "send_back", by=by)
    if words:
        _write(by, record, words)
    HANDOVER_CYCLE.move(record, "send_back", by=by)
    events.add(by=by, record=record, kind="questions")
    _tell_sender(record, "handover.questions")
    tasks.add(by=by, case=record.case, kind="handover_questions", due_on=today())


def say(*, by: Actor, record: Return, words: str) -> None:
    """A word of either mission to the other; sealed with the return. The row is locked first, so that two who speak at once are both heard."""
    db.session.execute(select(Return.id).where(Return.id == record.id).with_for_update()).all()
    db.session.refresh(record)
    number = _write(by, record, words)
    events.add(by=by, record=record, kind="answered")
    mine = by.at(Role.CASEWORKER, Role.SUPERVISOR)
    told = (
        outbox.people_of(record.receiving_id or 0, Role.ORIGIN)
        if record.sending_id in mine
        else _senders(record)
    )
    outbox.post(
        "handover.words", reference=f"{number}-{record.reference}", path=path(record), to=told
    )


def _write(by: Actor, record: Return, words: str) -> int:
    thread: list[dict[str, Any]] = list(record.thread.get("items", []))
    if len(thread) >= MOST:
        raise RuleBroken(_("This thread is full. Talk to each other."), "words")
    thread.append(
        {"at": now().isoformat(), "name": by.user.name if by.user else "", "words": words}
    )
    record.thread = {"items": thread}
    return len(thread)


def items(record: Return) -> list[dict[str, Any]]:
    """The thread, oldest first."""
    return [
        {**item, "at": datetime.fromisoformat(item["at"])}
        for item in record.thread.get("items", [])
    ]


def passed(*, by: Actor, record: Return, outcome: str) -> None:
    """The transit mission says how it went on the way; the others are told where somebody is held up."""
    events.add(by=by, record=record, kind=f"transit_{outcome}")
    if outcome == "stopped":
        told = {
            user.id: user
            for user in [
                *_senders(record),
                *outbox.people_of(record.receiving_id or 0, Role.ORIGIN),
            ]
        }
        outbox.post(
            "return.stopped",
            reference=f"{len(record.events)}-{record.reference}",
            path=path(record),
            to=told.values(),
            urgent=True,
        )


def path(record: Return) -> str:
    """Where a return is read."""
    return f"/returns/{record.reference}"


def _mission_in(country: str) -> Organisation:
    query = (
        select(Organisation)
        .where(Organisation.kind == "mission", Organisation.country == country)
        .order_by(Organisation.id)
    )
    found = db.session.execute(query).scalars().first()
    if found is None:
        raise RuleBroken(
            _("There is no mission in the country of return. Ask headquarters who receives.")
        )
    return found


def _senders(record: Return) -> list[Any]:
    return (
        [record.case.owner]
        if record.case.owner
        else outbox.people_of(record.sending_id, Role.SUPERVISOR)
    )


def _tell_sender(record: Return, event: str) -> None:
    outbox.post(event, reference=record.reference, path=path(record), to=_senders(record))

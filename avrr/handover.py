"""Between two missions: a return notice with what is released; accepted, or sent back with questions."""

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.fields import HANDOVER, gather
from casework import tasks
from models.base import db, today
from models.people import Organisation
from models.returns import Return
from notifications import outbox
from web.faults import RuleBroken


def hand_over(*, by: Actor, record: Return) -> None:
    """Release what reception needs to the mission of the country of return, and tell it."""
    if record.state != "preparing" or record.handover in {"sent", "accepted"}:
        raise RuleBroken(_("This return was handed over already."))
    mission = _mission_in(record.country)
    record.receiving = mission
    record.released = gather(record.case, HANDOVER)
    record.handover = "sent"
    db.session.flush()
    staff = outbox.people_of(mission.id, "mission_staff")
    outbox.post("handover.sent", reference=record.reference, path=path(record), to=staff, urgent=True)


def accept(*, by: Actor, record: Return) -> None:
    """The receiving mission takes the person on."""
    _only_when_sent(record)
    record.handover = "accepted"
    _tell_sender(record, "handover.accepted")


def send_back(*, by: Actor, record: Return) -> None:
    """The receiving mission has questions; the sender answers and hands over again."""
    _only_when_sent(record)
    record.handover = "questions"
    _tell_sender(record, "handover.questions")
    tasks.add(by=by, case=record.case, kind="handover_questions", due_on=today())


def path(record: Return) -> str:
    """Where a return is read."""
    return f"/returns/{record.reference}"


def _mission_in(country: str) -> Organisation:
    query = select(Organisation).where(Organisation.kind == "mission", Organisation.country == country).order_by(Organisation.id)
    found = db.session.execute(query).scalars().first()
    if found is None:
        raise RuleBroken(_("There is no mission in the country of return. Ask headquarters who receives."))
    return found


def _only_when_sent(record: Return) -> None:
    if record.handover != "sent":
        raise RuleBroken(_("There is no handover to answer."))


def _tell_sender(record: Return, event: str) -> None:
    owner = [record.case.owner] if record.case.owner else outbox.people_of(record.sending_id, "supervisor")
    outbox.post(event, reference=record.reference, path=path(record), to=owner)

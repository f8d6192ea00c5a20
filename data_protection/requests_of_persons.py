"""The register of what persons ask about their data: written down by whoever was asked, answered
within a calendar month; with a reason told to the person, within three.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Role
from models import numbering
from models.base import db, today
from models.cases import Case
from models.data_protection import PersonRequest
from models.dates import months_after
from models.people import User
from models.rules import RuleBroken
from models.states import PERSON_REQUEST, CaseStatus
from notifications import outbox
from web.links import link

MONTHS, MONTHS_EXTENDED = 1, 3
SOON = timedelta(days=7)
VERBS = {"granted": "grant", "in_part": "grant_in_part", "refused": "refuse"}
NEEDS_GROUND = ("in_part", "refused")
OPEN = sorted(PERSON_REQUEST.reachable_by("refuse"))


def receive(
    *, by: Actor, case: Case, kind: str, identified: str, received_on: date, asked: str
) -> PersonRequest:
    """Write down what the person asked; the data protection officers are told.

    The month counts from the day on which anybody of ours was asked.
    """
    if received_on > today():
        raise RuleBroken(_("This day has not come yet."), "received_on")
    request = PersonRequest(
        case=case,
        kind=kind,
        identified=identified,
        received_on=received_on,
        due_on=months_after(received_on, MONTHS),
    )
    PERSON_REQUEST.move(request, "receive", by=by)
    numbering.add(request)
    request.asked = asked
    audit.record("request_received", subject=request.reference, cases=(case.id,))
    _tell(request, "request.received", but=by)
    return request


@PERSON_REQUEST.guard("extend")
def _in_time(request: PersonRequest, _by: Actor) -> None:
    """That it takes longer is told within the first month, or not at all."""
    if request.is_overdue:
        raise RuleBroken(_("The month is over: it can only be answered now."), "longer")


@PERSON_REQUEST.guard("grant")
def _is_erased(request: PersonRequest, _by: Actor) -> None:
    """An erasure is granted when it is done, not when it is promised."""
    if request.kind == "erasure" and request.case.status != CaseStatus.ERASED:
        raise RuleBroken(
            _("The case is not erased yet. Ask for its erasure; when it is done, answer here."),
            "outcome",
        )


def extend(*, by: Actor, request: PersonRequest, longer: str) -> None:
    """Take up to three months from the first day, for a reason that the person was told."""
    PERSON_REQUEST.move(request, "extend", by=by)
    request.longer = longer
    request.due_on = months_after(request.received_on, MONTHS_EXTENDED)
    _note("request_extended", request)


def answer(
    *,
    by: Actor,
    request: PersonRequest,
    outcome: str,
    answer: str,
    letter: str,
    ground: str = "",
) -> None:
    """Say how it was answered: granted, in part or refused, with a ground where less was given."""
    if outcome in NEEDS_GROUND and not ground:
        raise RuleBroken(_("Say on which ground."), "ground")
    PERSON_REQUEST.move(request, VERBS[outcome], by=by)
    request.ground = ground if outcome in NEEDS_GROUND else ""
    request.answer, request.letter = answer, letter
    _note("request_answered", request)


def take_back(*, by: Actor, request: PersonRequest) -> None:
    """The person does not ask it any more."""
    PERSON_REQUEST.move(request, "take_back", by=by)
    _note("request_answered", request)
    _tell(request, "request.taken_back", but=by)


def _note(deed: str, request: PersonRequest) -> None:
    audit.record(deed, subject=request.reference, cases=(request.case_id,))


def remind() -> None:
    """Periodic: who must answer hears of it once in the last week, and once when it is late."""
    query = select(PersonRequest).where(
        PersonRequest.state.in_(OPEN), PersonRequest.due_on <= today() + SOON
    )
    for request in db.session.execute(query).scalars():
        late = request.is_overdue
        _tell(request, "request.overdue" if late else "request.due", urgent=late)


def _tell(
    request: PersonRequest, event: str, *, but: Actor | None = None, urgent: bool = False
) -> None:
    """The officers, and the supervisors of the mission that holds the case."""
    people = [*outbox.officers(), *outbox.people_of(request.case.office_id, Role.SUPERVISOR)]
    outbox.post(
        event,
        reference=_reference(request),
        path=link("requests.show", request),
        to=_others(people, but),
        urgent=urgent,
        office=request.case.office_id,
    )


def _reference(request: PersonRequest) -> str:
    """With another day to answer by, what is due is told anew."""
    more = f".{request.due_on.toordinal():x}" if request.extended_on else ""
    return f"{request.reference[3:]}{more}" if more else request.reference


def _others(people: Iterable[User], but: Actor | None) -> list[User]:
    found = {user.id: user for user in people if but is None or user.id != but.id}
    return list(found.values())

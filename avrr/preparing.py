"""The sending mission's side: from application to departure, or to the person's change of mind."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from avrr import checklist, signals
from casework import childhood, consenting, timeline
from models import numbers
from models.base import db, today
from models.cases import Case
from models.money import FundRequest, FundRequestPerson
from models.returns import Return, ReturnStep
from standards import lists
from web.faults import RuleBroken

OPEN = ("preparing",)


def start(*, by: Actor, case: Case, country: str, from_transit: bool = False) -> Return:
    """Begin a return. One at a time for a case; never without consent to be assisted."""
    if case.status == "closed":
        raise RuleBroken(_("This case is closed. Reopen it first."))
    if not consenting.agreed(case, "assistance"):
        raise RuleBroken(_("Return is voluntary: the person has not agreed to be assisted."))
    busy = select(Return.id).where(Return.case_id == case.id, Return.state.not_in(("closed", "withdrawn")))
    if db.session.execute(busy).first():
        raise RuleBroken(_("There is a return of this case already."), "country")
    if country == case.office.country:
        raise RuleBroken(_("Choose another country than the one the person is in."), "country")
    made = Return(
        reference=numbers.new("RT"), case=case, sending_id=case.office_id, country=country, from_transit=from_transit,
        sex=case.sex, age_band=case.age_band,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    timeline.add(by=by, case=case, kind="return_started", reference=made.reference, compartment="return")
    return made


def do_step(*, by: Actor, record: Return, step: str, done_on: date, outcome: str = "", valid_until: date | None = None, travel_on: date | None = None) -> None:
    """A step was done. Doing it again replaces what stood there."""
    _still_preparing(record)
    if done_on > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    if step == "travel_documents":
        consenting.hold(record.case)
    if step == "travel_documents" and not consenting.agreed(record.case, "consulate"):
        raise RuleBroken(_("The person has not agreed that the consulate is contacted. No travel document without it."), "step")
    if step == "travel_documents" and childhood.seeks_protection(record.case):
        raise RuleBroken(_("The person seeks protection: the consulate of their country is never contacted."), "step")
    if step == "best_interests" and (lacking := childhood.missing(record.case)):
        raise RuleBroken(_("Still missing for a child: %(what)s.", what=", ".join(lists.label(childhood.MISSING, code) for code in lacking)), "step")
    if step == "fit_to_travel" and valid_until is None:
        raise RuleBroken(_("Say until when the certificate is valid."), "valid_until")
    if step == "itinerary":
        if travel_on is None:
            raise RuleBroken(_("Give the day of travel."), "travel_on")
        record.travel_on = travel_on
    record.steps[step] = ReturnStep(step=step, done_on=done_on, outcome=outcome, valid_until=valid_until, by_id=by.id)
    db.session.flush()


def shown(record: Return, *, own: bool = False) -> list[checklist.Line]:
    """The checklist of a return. ``own``: for the sending mission, whose file says whether what a child needs still stands."""
    case = record.case
    done = {name: checklist.Done(step.done_on, step.outcome, step.valid_until) for name, step in record.steps.items()}
    if own and childhood.missing(case, record.travel_on):
        done.pop("best_interests", None)
    refuses_consulate = not consenting.agreed(case, "consulate") or (own and childhood.seeks_protection(case))
    return checklist.lines(
        done,
        child=childhood.counts_as_child(case),
        funded=is_funded(case),
        travel_on=record.travel_on,
        asked_protection=refuses_consulate,
        handed_over=record.handover == "accepted",
    )


def is_funded(case: Case) -> bool:
    """Whether money was approved for the case."""
    query = select(FundRequest.id).join(FundRequestPerson).where(FundRequestPerson.case_id == case.id, FundRequest.state.in_(("approved", "closed")))
    return db.session.execute(query).first() is not None


def depart(*, by: Actor, record: Return, departed_on: date) -> None:
    """The person left. Refused while a required step is missing."""
    _still_preparing(record)
    if lacking := checklist.missing(shown(record, own=True)):
        raise RuleBroken(_("Departure cannot be recorded: %(count)s steps are missing.", count=len(lacking)), "departed_on")
    if departed_on > today():
        raise RuleBroken(_("This day is in the future."), "departed_on")
    record.state, record.departed_on = "departed", departed_on
    record.case.status = "follow_up"
    timeline.add(by=by, case=record.case, kind="departed", reference=record.reference, compartment="return")
    signals.departed.send(record)


def withdraw(*, by: Actor, record: Return) -> None:
    """The person changed their mind: possible until boarding, and nothing more is asked."""
    _still_preparing(record)
    record.state = "withdrawn"
    record.forget()
    timeline.add(by=by, case=record.case, kind="return_withdrawn", reference=record.reference, compartment="return")


def _still_preparing(record: Return) -> None:
    if record.state not in OPEN:
        raise RuleBroken(_("This return is not in preparation any more."))

"""The sending mission's side: from application to departure, or to the person's change of mind."""

import itertools
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from avrr import checklist, events
from casework.casefile import child_safeguards
from casework.core import consent, timeline
from funds import payments
from models import numbering
from models.base import db, today
from models.cases import Case
from models.money import FundRequest, FundRequestPerson
from models.people import Organisation
from models.returns import ManifestEntry, Return, ReturnStep
from models.rules import RuleBroken
from models.states import CASE, HANDOVER, RETURN, HandoverState, Sets
from notifications import outbox
from standards import lists, returning

OPEN = ("preparing",)
ENDED = ("closed", "withdrawn")


def start(
    *,
    by: Actor,
    case: Case,
    country: str,
    from_transit: bool = False,
    programme: str = "avrr",
    purpose: str = "return",
) -> Return:
    """Begin a return, or a relocation to a third country. One at a time for a case; never without consent to be assisted."""
    if case.status in Sets.CASE_ENDED:
        raise RuleBroken(_("This case is closed. Reopen it first."))
    if not consent.agreed(case, "assistance"):
        raise RuleBroken(_("Return is voluntary: the person has not agreed to be assisted."))
    busy = select(Return.id).where(Return.case_id == case.id, Return.state.not_in(ENDED))
    if db.session.execute(busy).first():
        raise RuleBroken(_("There is a return of this case already."), "country")
    if country == case.office.country:
        raise RuleBroken(_("Choose another country than the one the person is in."), "country")
    if purpose == "relocation" and country == case.citizenship:
        raise RuleBroken(
            _("Relocation goes to a third country. To their own country it is a return."), "purpose"
        )
    made = Return(
        case=case,
        sending_id=case.office_id,
        country=country,
        from_transit=from_transit,
        programme=programme,
        purpose=purpose,
        sex=case.sex,
        age_band=case.age_band,
        escort_needed="child" in case.categories,
    )
    numbering.add(made)
    timeline.add(
        by=by, case=case, kind="return_started", reference=made.reference, compartment="return"
    )
    events.add(by=by, record=made, kind="started")
    return made


def do_step(*, by: Actor, record: Return, step: str, done_on: date, **given: Any) -> None:
    """A step was done. Doing it again replaces what stood there. ``given``: see :class:`avrr.schemas.StepSchema`."""
    _still_preparing(record)
    if done_on > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    outcome = given.get("outcome", "")
    if outcome and outcome not in returning.OUTCOMES_OF_STEP.get(step, (outcome,)):
        raise RuleBroken(_("This outcome does not belong to this step."), "outcome")
    _RULES.get(step, _no_rule)(record, given)
    detail = (
        {"language": given.get("language", ""), "options": given.get("options", [])}
        if step in {"counselling", "declaration"}
        else {}
    )
    if step == "counselling" and given.get("think_until"):
        detail["think_until"] = given["think_until"].isoformat()
    record.steps[step] = ReturnStep(
        step=step,
        done_on=done_on,
        outcome=outcome,
        valid_until=given.get("valid_until"),
        detail=detail,
        by_id=by.id,
    )
    db.session.flush()


def _no_rule(_record: Return, _given: dict[str, Any]) -> None:
    return


def _counselled(_record: Return, given: dict[str, Any]) -> None:
    if not given.get("language"):
        raise RuleBroken(_("Say in which language the person was counselled."), "language")
    if "return" not in given.get("options", ()) or len(given["options"]) < 2:
        raise RuleBroken(
            _("Tick what was explained: return is a choice only beside others."), "options"
        )


def _declared(record: Return, given: dict[str, Any]) -> None:
    if "counselling" not in record.steps:
        raise RuleBroken(_("Counselling comes before the declaration."), "step")


def _documents(record: Return, _given: dict[str, Any]) -> None:
    consent.lock(record.case)
    if not consent.agreed(record.case, "consulate"):
        raise RuleBroken(
            _(
                "The person has not agreed that the consulate is contacted. No travel document without it."
            ),
            "step",
        )
    if child_safeguards.seeks_protection(record.case):
        raise RuleBroken(
            _("The person seeks protection: the consulate of their country is never contacted."),
            "step",
        )


def _best_interests(record: Return, _given: dict[str, Any]) -> None:
    if lacking := child_safeguards.missing(record.case):
        raise RuleBroken(
            _(
                "Still missing for a child: %(what)s.",
                what=", ".join(lists.label(child_safeguards.MISSING, code) for code in lacking),
            ),
            "step",
        )


def _fit(record: Return, given: dict[str, Any]) -> None:
    if given.get("valid_until") is None and given.get("outcome") != "not_fit":
        raise RuleBroken(_("Say until when the certificate is valid."), "valid_until")
    if given.get("outcome") == "fit_escort":
        record.escort_needed = True


def _itinerary(record: Return, given: dict[str, Any]) -> None:
    if given.get("travel_on") is None:
        raise RuleBroken(_("Give the day of travel."), "travel_on")
    record.travel_on = given["travel_on"]


_RULES = {
    "counselling": _counselled,
    "declaration": _declared,
    "travel_documents": _documents,
    "best_interests": _best_interests,
    "fit_to_travel": _fit,
    "itinerary": _itinerary,
}


def journey(*, by: Actor, record: Return, given: dict[str, Any]) -> None:
    """Legs, escorts, needs, notes, onward transport: sealed with the return, open to its missions. The first leg gives the day of travel."""
    _still_preparing(record)
    legs = given.get("legs", [])
    if not legs:
        raise RuleBroken(_("Give at least one leg: from, to, and the day."), "from_1")
    if any(later["on"] < earlier["on"] for earlier, later in itertools.pairwise(legs)):
        raise RuleBroken(_("A leg begins before the one before it."), f"on_{len(legs)}")
    via = given.pop("via", "")
    record.transit = _mission(via) if via else None
    record.journey = {**given, "legs": [{**leg, "on": leg["on"].isoformat()} for leg in legs]}
    record.escort_given = bool(given.get("escorts"))
    record.escort_needed = record.escort_needed or bool(given.get("escort_needed"))
    do_step(by=by, record=record, step="itinerary", done_on=today(), travel_on=legs[0]["on"])


def _mission(code: str) -> Organisation:
    found = db.session.execute(
        select(Organisation).where(Organisation.code == code, Organisation.kind == "mission")
    ).scalar_one_or_none()
    if found is None:
        raise RuleBroken(_("Choose a mission of the list."), "via")
    return found


def shown(record: Return, *, own: bool = False) -> list[checklist.Line]:
    """The checklist of a return. ``own``: for the sending mission, whose file says whether what a child needs still stands."""
    case = record.case
    done = {
        name: checklist.Done(step.done_on, step.outcome, step.valid_until, step.detail)
        for name, step in record.steps.items()
    }
    if own and child_safeguards.missing(case, record.travel_on):
        done.pop("best_interests", None)
    seeks = own and child_safeguards.seeks_protection(case)
    facts = checklist.Facts(
        on=today(),
        child=child_safeguards.counts_as_child(case),
        funded=is_funded(case),
        travel_on=record.travel_on,
        refuses_consulate=not consent.agreed(case, "consulate") or seeks,
        seeks_protection=seeks,
        escort_needed=record.escort_needed,
        escort_given=record.escort_given,
        handed_over=record.handover == HandoverState.ACCEPTED,
    )
    return checklist.lines(done, facts)


def is_funded(case: Case) -> bool:
    """Whether money was approved for the case."""
    query = (
        select(FundRequest.id)
        .join(FundRequestPerson)
        .where(
            FundRequestPerson.case_id == case.id, FundRequest.state.in_(Sets.FUND_REQUEST_GRANTED)
        )
    )
    return db.session.execute(query).first() is not None


def depart(*, by: Actor, record: Return, departed_on: date) -> None:
    """The person left. Refused while a required step is missing."""
    _still_preparing(record)
    if lacking := checklist.missing(shown(record, own=True)):
        what = ", ".join(
            lists.label((*lists.RETURN_STEPS, ("handover", _("handover"))), line.step)
            for line in lacking
        )
        raise RuleBroken(
            _("Departure cannot be recorded. Missing: %(what)s.", what=what), "departed_on"
        )
    if departed_on > today():
        raise RuleBroken(_("This day is in the future."), "departed_on")
    RETURN.move(record, "depart", by=by)
    record.departed_on = departed_on
    CASE.move(record.case, "follow_up", by=by)
    timeline.add(
        by=by, case=record.case, kind="departed", reference=record.reference, compartment="return"
    )
    events.add(by=by, record=record, kind="departed")
    outbox.post(
        "return.departed",
        reference=record.reference,
        path=f"/returns/{record.reference}",
        to=_missions(record),
    )


def withdraw(*, by: Actor, record: Return) -> None:
    """The person changed their mind: possible until boarding. Everything that leans on the return ends in the same transaction.

    The seat is free again, what was released to the other missions is destroyed and they are told, and money set aside for this person alone goes back.
    """
    _still_preparing(record)
    told = _missions(record)
    RETURN.move(record, "withdraw", by=by)
    HANDOVER.move(record, "withdraw", by=by)
    record.travel_on = None
    record.forget()
    seat = db.session.execute(
        select(ManifestEntry).where(ManifestEntry.return_id == record.id)
    ).scalar_one_or_none()
    if seat is not None:
        db.session.delete(seat)
    _let_money_go(by, record.case)
    timeline.add(
        by=by,
        case=record.case,
        kind="return_withdrawn",
        reference=record.reference,
        compartment="return",
    )
    events.add(by=by, record=record, kind="withdrawn")
    outbox.post(
        "return.withdrawn", reference=record.reference, path="/returns", to=told, urgent=True
    )


def _let_money_go(by: Actor, case: Case) -> None:
    """Requests for this person alone: cancelled where nothing was paid, else closed. One for a family stays: it pays for the others."""
    query = select(FundRequest).where(
        FundRequest.case_id == case.id,
        FundRequest.people == 1,
        FundRequest.state.in_(Sets.FUND_REQUEST_LIVE),
    )
    for request in db.session.execute(query).unique().scalars():
        paid = any(line.spent_minor for line in request.lines)
        (payments.close if paid else payments.cancel)(by=by, request=request)


def _missions(record: Return) -> list[Any]:
    """Who of the other missions is told: staff of the receiving and the transit mission, once each."""
    places = [
        place
        for place in (record.receiving_id, record.transit_id)
        if place is not None and record.handover in Sets.HANDOVER_SHARED
    ]
    people = {user.id: user for place in places for user in outbox.people_of(place, Role.ORIGIN)}
    return list(people.values())


def _still_preparing(record: Return) -> None:
    if record.state not in OPEN:
        raise RuleBroken(_("This return is not in preparation any more."))

"""The sending mission's side: from application to departure, or to the person's change of mind."""

from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from avrr import events, handover, readiness
from casework.core import ages, consent, holding, protection, release, timeline
from funds import payments, requests
from models import numbering
from models.base import db, today
from models.cases import Case
from models.life_cycles import Someone
from models.money import FundRequest, FundRequestPerson
from models.movements import ManifestEntry
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from models.states import CASE, RETURN, Sets
from notifications import outbox
from standards import lists
from web.links import link


@RETURN.guard("begin", "come_home")
def _the_case_is_active(return_: Return, by: Someone) -> None:
    CASE.check(return_.case, "follow_up", by=by)


@RETURN.guard("begin")
def _they_are_not_sent_to_what_they_fled(return_: Return, _by: Someone) -> None:
    """A relocation to a third country may be begun: it leads away from there."""
    leads_back = not return_.is_relocation or return_.country == return_.case.citizenship
    if leads_back and protection.seeks_protection(return_.case):
        raise RuleBroken(
            _("The person seeks protection: there is no return while that is so."), "country"
        )


@RETURN.guard("begin", "come_home", "depart")
def _the_person_wants_it(return_: Return, _by: Someone) -> None:
    consent.lock_to_read(return_.case)
    if not consent.agreed(return_.case, "assistance"):
        raise RuleBroken(_("Return is voluntary: the person has not agreed to be assisted."))


@RETURN.guard("begin", "come_home")
def _one_at_a_time(return_: Return, _by: Someone) -> None:
    running = select(Return.id).where(
        Return.case_id == return_.case.id, Return.state.not_in(RETURN.endings)
    )
    if db.session.execute(running).first():
        raise RuleBroken(_("There is a return of this case already."), "country")


@RETURN.guard("begin")
def _it_leads_somewhere(return_: Return, _by: Someone) -> None:
    """Out of the country the person is in; and a return leads to their own, a relocation not."""
    case = return_.case
    if return_.country == case.office.country:
        raise RuleBroken(_("Choose another country than the one the person is in."), "country")
    if return_.is_relocation and return_.country == case.citizenship:
        raise RuleBroken(
            _("Relocation goes to a third country. To their own country it is a return."), "purpose"
        )


@RETURN.guard("begin")
def _the_country_is_theirs_or_there_is_a_reason(return_: Return, _by: Someone) -> None:
    """Nobody is "returned" to a country that is not theirs without a word why; nobody goes there,
    or is relocated to a third one, without what lets them in.
    """
    if return_.country == return_.case.citizenship:
        return
    if not return_.basis and not return_.is_relocation:
        raise RuleBroken(
            _(
                "This is not the country of their citizenship. Say below why there and what lets "
                "them in, or choose another."
            ),
            "country",
        )
    if not return_.admission:
        raise RuleBroken(_("Say below what lets the person into this country."), "country")


def start(
    *,
    by: Actor,
    case: Case,
    country: str,
    from_transit: bool = False,
    programme: str = "avrr",
    purpose: str = "return",
    **said: str,
) -> Return:
    """Begin a return, or a relocation to a third country.

    ``said``: ``kind``, and where the country is not the person's own ``admission``, and ``basis``
    of a return. One at a time for a case; never without consent to be assisted (the guards above).
    """
    is_own = purpose == "return" and country == case.citizenship
    return_ = Return(
        case=case,
        sending_id=case.office_id,
        country=country,
        from_transit=from_transit,
        programme=programme,
        purpose=purpose,
        kind="" if purpose == "relocation" else said.get("kind") or "avr",
        basis="" if is_own or purpose == "relocation" else said.get("basis", ""),
        admission="" if is_own else said.get("admission", ""),
        sex=case.sex,
        age_band=case.age_band,
        escort_needed=False,  # a child needs one for as long as they are one
    )
    RETURN.move(return_, "begin", by=by)
    numbering.add(return_)
    requests.take_along(return_)
    _note(by, return_, "return_started")
    events.add(by=by, return_=return_, kind="started")
    return return_


def _note(by: Actor, return_: Return, kind: str, why: str = "") -> None:
    timeline.add(
        by=by,
        case=return_.case,
        kind=kind,
        note=why,
        reference=return_.reference,
        compartment="return",
    )


@RETURN.guard("depart")
def _the_other_mission_may_be_told(return_: Return, _by: Someone) -> None:
    """What was released still stands, and the person still agrees to it, on this day."""
    if return_.receiving is not None:
        release.check(return_.case, return_.receiving, "departed_on")


@RETURN.guard("depart")
def _nothing_is_missing(return_: Return, _by: Someone) -> None:
    """No departure while a required step is missing on the day they left.

    With the steps come the person's asylum claim and what a child needs.
    """
    if lacking := readiness.missing(return_, return_.departed_on):
        steps = (*lists.RETURN_STEPS, ("handover", _("handover")))
        what = ", ".join(lists.label(steps, line.step) for line in lacking)
        raise RuleBroken(
            _("Departure cannot be recorded. Missing: %(what)s.", what=what), "departed_on"
        )


def _must_be_the_day_of_the_journey(return_: Return, on: date) -> None:
    """Not before what was signed, nor on a day of which nobody knows how they travelled."""
    declared = return_.steps.get("declaration")
    if declared and on < declared.done_on:
        raise RuleBroken(_("The declaration was signed later than this."), "departed_on")
    if return_.travel_on and on != return_.travel_on:
        raise RuleBroken(
            _(
                "The journey begins on %(day)s. Where they left on another day, change the "
                "itinerary first.",
                day=format_date(return_.travel_on, "d MMMM y"),
            ),
            "departed_on",
        )


def depart(*, by: Actor, return_: Return, departed_on: date) -> None:
    """The person left. Refused while a required step is missing on that day."""
    if not RETURN.can(return_, "depart"):
        raise NotPossible(RETURN.refusal)
    if departed_on > today():
        raise RuleBroken(_("This day is in the future."), "departed_on")
    _must_be_the_day_of_the_journey(return_, departed_on)
    return_.departed_on = departed_on  # the guards ask for that day
    try:
        RETURN.move(return_, "depart", by=by)
    except RuleBroken:
        return_.departed_on = None
        raise
    return_.age_band = ages.band(ages.known_of(return_.case), departed_on) or return_.age_band
    CASE.move(return_.case, "follow_up", by=by)
    _note(by, return_, "departed")
    events.add(by=by, return_=return_, kind="departed")
    if return_.handover in Sets.HANDOVER_SHARED:
        outbox.post(
            "return.departed",
            reference=handover.reference_of(return_),
            path=link("avrr.show", return_),
            to=handover.missions(return_),
            office=return_.sending_id,
            instead=holding.told_of(return_.case),
        )


def withdraw(*, by: Actor, return_: Return) -> None:
    """The person changed their mind: possible until boarding.

    Everything that leans on the return ends in the same transaction: the seat is free again, what
    was released to the other missions is destroyed and they are told, and money set aside for this
    person alone goes back.
    """
    _give_up(by, return_, "withdraw", "withdrawn")


def undo(*, by: Actor, return_: Return, why: str) -> None:
    """It was begun by mistake: an ending of its own, with words, which no figure counts. What leans
    on it ends as with :func:`withdraw`.
    """
    _give_up(by, return_, "undo", "mistaken", why)


def _give_up(by: Actor, return_: Return, verb: str, kind: str, why: str = "") -> None:
    RETURN.move(return_, verb, by=by)
    was_shared = return_.handover in Sets.HANDOVER_SHARED
    recipients = handover.shut(by=by, return_=return_, because="return_over")
    return_.travel_on = None
    _free_seat(return_)
    _let_money_go(by, return_)
    _note(by, return_, f"return_{kind}", why)
    events.add(by=by, return_=return_, kind=kind)
    if was_shared:
        outbox.post(
            _GIVEN_UP[kind],
            reference=return_.reference,
            path=link("avrr.index"),
            to=recipients,
            urgent=True,
            office=return_.sending_id,
            instead=holding.told_of(return_.case),
        )


_GIVEN_UP = {"withdrawn": "return.withdrawn", "mistaken": "return.mistaken"}


def stop_open_returns(case: Case, by: Actor) -> None:
    """Listens: without their yes to be assisted nobody prepares the person's return."""
    query = select(Return).where(Return.case_id == case.id)
    for return_ in db.session.execute(query).unique().scalars():
        if RETURN.can(return_, "withdraw"):
            withdraw(by=by, return_=return_)


def _free_seat(return_: Return) -> None:
    query = select(ManifestEntry).where(ManifestEntry.return_id == return_.id)
    seat = db.session.execute(query).scalar_one_or_none()
    if seat is not None:
        db.session.delete(seat)


def _let_money_go(by: Actor, return_: Return) -> None:
    """Money for this journey goes back, unless somebody else it is for still goes; what was asked
    for other assistance stays.
    """
    query = (
        select(FundRequest)
        .join(FundRequestPerson)
        .where(
            FundRequestPerson.return_id == return_.id,
            FundRequest.state.in_(Sets.FUND_REQUEST_LIVE),
        )
    )
    for request in db.session.execute(query).unique().scalars():
        if not requests.still_for(request):
            payments.let_go(by=by, request=request, lines=requests.JOURNEY)

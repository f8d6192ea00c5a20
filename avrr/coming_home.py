"""Who is home already, by another way than ours: the mission at home begins with reintegration,
without the steps of a departure.
"""

from datetime import date

from flask_babel import gettext as _

from access.actors import Actor
from avrr import events, reintegration
from casework.core import ages, timeline
from models import numbering
from models.base import today
from models.cases import Case
from models.dates import months_after
from models.life_cycles import Someone
from models.returns import Return
from models.rules import RuleBroken, stated
from models.states import CASE, HANDOVER, RETURN

LONGEST = 10  # years since somebody came home


@RETURN.guard("come_home")
@stated("reintegration of who came home by another way")
def _they_are_where_they_came_from(return_: Return, _by: Someone) -> None:
    """The mission of the country that a person came back to helps them there; a country from which
    they came is another one.

    Source: reintegration assistance is for returnees, whatever the way of their return; IOM Policy
    on the Full Spectrum of Return, Readmission and Reintegration, 2021 (to be verified).
    """
    if return_.came_from == return_.country:
        raise RuleBroken(_("Choose another country than the one the person is in."), "came_from")


@RETURN.guard("come_home")
@stated("reintegration of who came home by another way")
def _it_is_their_country(return_: Return, _by: Someone) -> None:
    """Home is the country of their citizenship.

    Source: ours, as for a return.

    Set aside: with the reason why another country is home.
    """
    if return_.country != return_.case.citizenship and not return_.basis:
        raise RuleBroken(
            _("This office is not in the country of their citizenship. Say why it is home."),
            "basis",
        )


def _may_have_arrived(case: Case, on: date) -> None:
    """Not ahead, not before anybody was born, and not so long ago that it is another story."""
    if on > today():
        raise RuleBroken(_("This day is in the future."), "arrived_on")
    born = ages.known_of(case).days
    if on < max(born.first if born else date.min, months_after(today(), -12 * LONGEST)):
        raise RuleBroken(
            _("This is before they were born, or more than %(count)s years ago.", count=LONGEST),
            "arrived_on",
        )


def begin(
    *,
    by: Actor,
    case: Case,
    kind: str,
    came_from: str,
    arrived_on: date,
    programme: str = "avrr",
    basis: str = "",
) -> Return:
    """Begin reintegration at home. ``kind``: one of :data:`standards.returning.WAYS_HOME`;
    ``came_from``: the country; ``arrived_on``: from which day follow-ups are counted, those whose
    time is over are not needed; ``basis``: why this is home, where it is not the country of their
    citizenship.

    Raises :class:`models.rules.RuleBroken` where the day cannot be, another return is under way, or
    the person does not agree to be assisted.
    """
    _may_have_arrived(case, arrived_on)
    return_ = Return(
        case=case,
        sending_id=case.office_id,
        country=case.office.country,
        came_from=came_from,
        kind=kind,
        basis="" if case.office.country == case.citizenship else basis,
        programme=programme,
        sex=case.sex,
        age_band=ages.band(ages.known_of(case), arrived_on),
        escort_needed=False,
    )
    RETURN.move(return_, "come_home", by=by)
    _begun(by, return_, arrived_on)
    return return_


def _begun(by: Actor, return_: Return, arrived_on: date) -> None:
    """Follow-ups are due, and the case and the timeline say what begins."""
    case = return_.case
    HANDOVER.move(return_, "keep", by=by)
    numbering.add(return_)
    return_.begin_anew()
    reintegration.schedule(return_, arrived_on)
    for visit in return_.follow_ups:
        if visit.due_on < today():
            visit.not_needed_on = today()
    timeline.add(
        by=by, case=case, kind="came_home", reference=return_.reference, compartment="return"
    )
    events.add(by=by, return_=return_, kind="came_home")
    if CASE.can(case, "follow_up"):
        CASE.move(case, "follow_up", by=by)

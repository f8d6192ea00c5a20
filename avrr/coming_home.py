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
from models.life_cycles import Someone
from models.returns import Return
from models.rules import RuleBroken, stated
from models.states import CASE, HANDOVER, RETURN


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


def begin(
    *, by: Actor, case: Case, kind: str, came_from: str, arrived_on: date, programme: str = "avrr"
) -> Return:
    """Begin reintegration at home. ``kind``: one of :data:`standards.returning.WAYS_HOME`;
    ``came_from``: the country; ``arrived_on``: from which day follow-ups are counted.

    Raises :class:`models.rules.RuleBroken` where the day lies ahead, another return is under way,
    or the person does not agree to be assisted.
    """
    if arrived_on > today():
        raise RuleBroken(_("This day is in the future."), "arrived_on")
    return_ = Return(
        case=case,
        sending_id=case.office_id,
        country=case.office.country,
        came_from=came_from,
        kind=kind,
        programme=programme,
        sex=case.sex,
        age_band=ages.band(ages.known_of(case), arrived_on),
        escort_needed=False,
    )
    RETURN.move(return_, "come_home", by=by)
    HANDOVER.move(return_, "keep", by=by)
    numbering.add(return_)
    return_.begin_anew()
    reintegration.schedule(return_, arrived_on)
    timeline.add(
        by=by, case=case, kind="came_home", reference=return_.reference, compartment="return"
    )
    events.add(by=by, return_=return_, kind="came_home")
    if CASE.can(case, "follow_up"):
        CASE.move(case, "follow_up", by=by)
    return return_

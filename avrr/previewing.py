"""What goes out with a handover, or to a local partner, shown before it goes
(:mod:`web.looking`).
"""

from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from avrr import handover, local_referral, readiness
from models.returns import Return
from referral import sending
from standards import lists
from web.looking import Look


def of_handover(actor: Actor, return_: Return) -> Look:
    """What the mission of the country of return will be told. Raises what forbids it."""
    mission, released = handover.prepared(by=actor, return_=return_)
    goes = sending.shown(released)
    journey = dict(return_.journey) if return_.own_key and return_.journey_sealed else {}
    return Look(
        title=_("What %(mission)s will see", mission=mission.name),
        template="avrr/_look.html",
        what={"mission": mission.id, "released": goes, "journey": journey},
        go=_("Hand over"),
        shown={
            "released": goes,
            "journey": journey,
            "return_": return_,
            "missing": _missing(return_),
        },
    )


def _missing(return_: Return) -> list[str]:
    """Which steps to departure are still missing, in words, besides the answer that is asked."""
    lines = readiness.missing(return_)
    return [lists.label(lists.RETURN_STEPS, line.step) for line in lines if line.step != "handover"]


def of_local_referral(actor: Actor, return_: Return, given: dict[str, Any]) -> Look:
    """What a local partner will be told (:class:`avrr.home_schemas.ReferSchema`)."""
    referral, values = local_referral.prepared(by=actor, return_=return_, given=given)
    goes = sending.shown(values)
    return Look(
        title=_("What %(partner)s will see", partner=referral.partner.name),
        template="referral/_look.html",
        what={
            "partner": referral.partner_id,
            "service": referral.service,
            "urgency": referral.urgency,
            "released": goes,
        },
        go=_("Send"),
        shown={"persons": {return_.reference: goes}, "referral": referral, "withheld": {}},
    )

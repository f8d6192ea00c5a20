"""The mission in the country of return refers a person to a local partner: what the handover released, and no more."""

from typing import Any

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.fields import NEEDED_BY
from avrr import events
from models.referrals import Referral
from models.returns import Return
from models.rules import RuleBroken
from models.states import Sets
from referral import sending


def refer(*, by: Actor, record: Return, given: dict[str, Any]) -> Referral:
    """Send a referral from a return (:class:`avrr.schemas.ReferSchema`). Goes out = ticked and released by the handover and needed by the service.

    The sending mission's file is not opened. The person is asked here and now; that they agreed is in the trail. The referral ends like any other, and with
    the person's consent at the sending mission.
    """
    if record.state not in Sets.RETURN_HOME:
        raise RuleBroken(_("The person has not arrived yet, or the return is closed."))
    if not given.get("agrees"):
        raise RuleBroken(_("Ask the person first: nobody is told without their leave."), "agrees")
    service = given["service"]
    partner = sending.offering(given["partner"], service)
    released = record.released
    values = {
        name: released[name]
        for name in given["fields_"]
        if name in released and name in NEEDED_BY[service]
    }
    audit.record(
        "consent_said",
        subject=record.reference,
        cases=(record.case_id,),
        fields=tuple(sorted(values)),
    )
    made = sending.release_to(
        by=by,
        case=record.case,
        office_id=record.receiving_id or 0,
        partner=partner,
        service=service,
        urgency=given["urgency"],
        values=values,
    )
    events.add(by=by, record=record, kind="referred")
    return made

"""The mission in the country of return refers a person to a local partner: what the handover
released, and no more.
"""

from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from access.fields import NEEDED_BY
from avrr import events, home_consent
from avrr.visits import must_be_home
from models.referrals import Referral
from models.returns import Return
from models.rules import RuleBroken
from referral import directory, sending


def refer(*, by: Actor, return_: Return, given: dict[str, Any]) -> Referral:
    """Send a referral from a return (:class:`avrr.home_schemas.ReferSchema`).

    Goes out = ticked and released by the handover and needed by the service. The sending mission's
    file is not opened. The person is asked here and now, into the ledger of the case: how, in which
    language, on which day. The referral ends like any other, and when they take it back here or at
    the sending mission.
    """
    referral, values = prepared(by=by, return_=return_, given=given)
    home_consent.record(by=by, return_=return_, to=referral.partner, given=given)
    _may_be_told(by, referral)
    sending.release_to(by=by, referral=referral, values=values)
    events.add(by=by, return_=return_, kind="referred")
    return referral


def _may_be_told(by: Actor, referral: Referral) -> None:
    """Raises where the partner may not be told: that, and never why, because whoever was told of a
    return does not see the file of the case.
    """
    try:
        sending.check(by, referral)
    except RuleBroken:
        message = _("This partner cannot be told of the person. Ask the sending mission.")
        raise RuleBroken(message, "partner") from None


def prepared(
    *, by: Actor, return_: Return, given: dict[str, Any]
) -> tuple[Referral, dict[str, Any]]:
    """A referral, and what it would release: nothing has gone yet, and nothing is written down of
    what the person agreed to.
    """
    must_be_home(return_)
    home_consent.was_told(return_)
    if not given.get("agrees"):
        raise RuleBroken(_("Ask the person first: nobody is told without their leave."), "agrees")
    case = return_.case
    office_id = return_.receiving_id or 0
    referral = sending.draft(by=by, case=case, office_id=office_id, partner_id=given["partner"])
    referral.service = given["service"]
    referral.urgency = given["urgency"]
    if referral.partner.country != return_.country:
        raise RuleBroken(_("Choose a partner of the country of return."), "partner")
    directory.must_offer(referral.partner, referral.service)
    values = _released(return_, referral.service, given["fields_"])
    sending.something_goes(values)
    return referral, values


def _released(return_: Return, service: str, ticked: list[str]) -> dict[str, Any]:
    """What was ticked, of what the handover released and the service needs."""
    released = return_.released
    return {
        name: released[name] for name in ticked if name in released and name in NEEDED_BY[service]
    }

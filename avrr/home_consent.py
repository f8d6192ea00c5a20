"""What a person who returned agreed to at home: asked there, kept in the one ledger of the case.

The mission in the country of return sees of the ledger what it asked itself, and no more.
"""

from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from avrr.visits import must_be_home
from casework.core import consent, release
from models.base import today
from models.cases import Consent
from models.people import Organisation
from models.returns import Return
from models.rules import RuleBroken


def ask(*, by: Actor, return_: Return, given: dict[str, Any]) -> None:
    """The person agrees again that this mission keeps what was handed over, until another day.

    ``given``: :class:`avrr.home_schemas.AgreesSchema`.
    """
    must_be_home(return_)
    was_told(return_)
    assert return_.receiving is not None
    record(by=by, return_=return_, to=return_.receiving, given=given)


def was_told(return_: Return) -> None:
    """Raises where nothing was handed over, or what was has ended."""
    if return_.is_kept:
        raise RuleBroken(
            _("Nothing was handed over: consent and referrals are those of the case. Go there.")
        )
    release.must_stand("handover", return_.reference)


def record(*, by: Actor, return_: Return, to: Organisation, given: dict[str, Any]) -> None:
    """A line for a recipient: with the manner, the language and the day on which they agreed."""
    if given.get("given_on") and given["given_on"] > today():
        raise RuleBroken(_("This day is in the future."), "given_on")
    if not given.get("manner"):
        raise RuleBroken(_("Say how it was given."), "manner")
    assert return_.receiving is not None
    consent.record_elsewhere(
        by=by, case=return_.case, asked_at=return_.receiving, to=to, given=given
    )


def take_back(*, by: Actor, return_: Return, partner: int) -> None:
    """The person takes back that a recipient is told; what leaned on it ends now.

    Where it is the mission itself, the handover ends, and with it all that the mission sees.
    """
    assert return_.receiving is not None
    consent.withdraw_elsewhere(by=by, case=return_.case, asked_at=return_.receiving, to_id=partner)


def lines(return_: Return) -> list[Consent]:
    """What this mission asked and is in force: whom the person agreed to have told."""
    return [
        line
        for line in return_.case.consents
        if line.asked_at_id == return_.receiving_id
        and line.recipient_id is not None
        and line.in_force(today())
    ]

"""Money for everybody on a movement, asked for as one request."""

from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import movements
from funds import requests
from models.money import FundRequest
from models.movements import ManifestEntry, Movement
from models.rules import RuleBroken


def ask_for_money(*, by: Actor, movement: Movement, given: dict[str, Any]) -> FundRequest:
    """One request for everybody expected on board (:class:`funds.schemas.AskSchema`), each of whom
    is the actor's to ask for.
    """
    if shut := [
        str(entry.seat) for entry in movements.expected(movement) if not may_ask_for(by, entry)
    ]:
        message = _(
            "Not yours to ask for: seats %(seats)s. A supervisor asks for everybody.",
            seats=", ".join(shut),
        )
        raise RuleBroken(message, "fund")
    cases = [entry.record.case for entry in movements.expected(movement)]
    if not cases:
        raise RuleBroken(_("Nobody is listed yet."), "fund")
    asked = {name: value for name, value in given.items() if name != "members"}
    return requests.ask(by=by, case=cases[0], others=cases[1:], **asked)


def may_ask_for(by: Actor, entry: ManifestEntry) -> bool:
    """Whether ``by`` may ask money for who has a seat, and learn which fund is for them."""
    return allows(by, Permission.FUND_ASK, entry.record.case)

"""The timeline that the missions of a return share: coded, the same for all of them."""

from access.actors import Actor
from models.base import now
from models.returns import Return, ReturnEvent

# Other missions do not learn that there was ground, nor that nobody else was found to receive.
OF_THE_SENDER = frozenset({"step_taken_back", "kept"})


def add(*, by: Actor, return_: Return, kind: str) -> None:
    """Write one entry, for the mission the actor works for."""
    missions = (return_.sending_id, return_.receiving_id, return_.transit_id)
    grants = by.user.grants if by.user else []
    employers = {grant.organisation_id for grant in grants if grant.in_force}
    place = next((mission for mission in missions if mission in employers), None)
    return_.events.append(ReturnEvent(kind=kind, at=now(), organisation_id=place, by_id=by.id))

"""The timeline that the missions of a return share: coded, without words, the same for all of them."""

from access.actors import Actor
from models.base import now
from models.returns import Return, ReturnEvent


def add(*, by: Actor, record: Return, kind: str) -> None:
    """Write one entry, for the mission the actor works for."""
    mine = (
        {grant.organisation_id for grant in by.user.grants if grant.in_force} if by.user else set()
    )
    place = next(
        (one for one in (record.sending_id, record.receiving_id, record.transit_id) if one in mine),
        None,
    )
    record.events.append(ReturnEvent(kind=kind, at=now(), organisation_id=place, by_id=by.id))

"""Reading on past the brake (:mod:`access.brake`): in words, and the overseers are told."""

from access import audit
from access.actors import Actor
from access.permissions import Role
from models.base import db
from models.data_protection import ReadingOn
from models.people import User
from notifications import outbox
from web.links import link


def go_on(*, by: Actor, words: str) -> ReadingOn:
    """Say why very many cases are read; counting begins anew.

    The data protection officers hear of it, and the supervisors of whoever reads.
    """
    said = ReadingOn(user_id=by.id, office_id=by.home or None)
    db.session.add(said)
    db.session.flush()
    said.words = words
    audit.record("reading_on", subject=f"RO-{said.id}")
    told = {user.id: user for user in _overseers(by)}
    outbox.post(
        "reading.on",
        reference=f"RO-{said.id}",
        path=link("reading_on.index"),
        to=[user for user in told.values() if user.id != by.id],
        urgent=True,
    )
    return said


def _overseers(by: Actor) -> list[User]:
    places = frozenset().union(*by.by_role.values())
    bosses = [boss for place in places for boss in outbox.people_of(place, Role.SUPERVISOR)]
    return [*outbox.officers(), *bosses]

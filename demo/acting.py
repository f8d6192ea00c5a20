"""Acting as somebody at a moment of the past, and what every part of the demo needs at hand."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from access import audit
from access.actors import Actor, person
from access.gate import acting
from models import clock
from models.base import at, db
from models.people import Organisation, User


@dataclass(frozen=True)
class Scene:
    """The chance that decides, the organisations by code, the people by name."""

    chance: random.Random
    places: dict[str, Organisation]
    users: dict[str, User]


@contextmanager
def acts_as(user: User, moment: datetime) -> Iterator[Actor]:
    """Act as somebody at a moment; trail and commit at the end, as a request would."""
    with at(moment), acting(person(user), purpose="demo") as gate:
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


def lies_ahead(moment: datetime) -> bool:
    """Whether a moment of somebody's story has not come yet: nothing happens in the future."""
    return moment > clock.moment()

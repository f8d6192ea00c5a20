"""Where a person lives at home and how they may be reached there: sealed with the return, for the
mission at home alone. What stood before is kept.
"""

from collections.abc import Mapping
from typing import Any

from access.actors import Actor
from avrr.visits import must_be_home
from casework.core import histories
from models.base import db
from models.returns import Return

FIELDS = ("address", "phone", "others", "ways", "times", "never")


def keep(*, by: Actor, return_: Return, given: Mapping[str, Any]) -> None:
    """Write it down. Raises :class:`web.errors.StaleEdit` where somebody changed the same
    meanwhile.
    """
    must_be_home(return_)
    history = histories.OfReturn(return_, "home")
    history.lock()
    db.session.refresh(return_, ["home_sealed", "own_key"])
    return_.home = histories.changed(
        by=by,
        history=history,
        given=given,
        names=FIELDS,
        stands=dict(Return.home.standing(return_)),
    )


def warns(home: Mapping[str, Any], manner: str) -> bool:
    """Whether a way is none of those that the person said are safe."""
    return bool(home.get("ways")) and manner not in home["ways"]

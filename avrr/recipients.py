"""Whom to tell of a return after arrival: the staff of the mission that receives; where nobody
does, who holds the case.
"""

from collections.abc import Iterable

from access.permissions import Role
from casework.core import holding
from models.people import User
from models.returns import Return
from notifications import outbox


def of_all(returns: Iterable[Return]) -> dict[int, list[User]]:
    """Whom to tell of each, by its id; asked once for each mission."""
    returns = list(returns)
    missions = {return_.receiving_id or 0 for return_ in returns if not return_.is_kept}
    staff = {mission: outbox.people_of(mission, Role.ORIGIN) for mission in missions}
    return {
        return_.id: holding.told_of(return_.case)
        if return_.is_kept
        else staff[return_.receiving_id or 0]
        for return_ in returns
    }


def of(return_: Return) -> list[User]:
    """Whom to tell of one."""
    return of_all([return_])[return_.id]


def seconds(return_: Return) -> list[User]:
    """Who may agree to an end that somebody else asks for."""
    roles = (Role.SUPERVISOR,) if return_.is_kept else (Role.ORIGIN, Role.SUPERVISOR)
    return outbox.people_of(return_.home_id or return_.sending_id, *roles)

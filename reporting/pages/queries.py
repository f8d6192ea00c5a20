"""Which cases stand behind a figure, for those who may open them."""

from collections.abc import Callable

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from models.base import db
from models.cases import Case

PAGE = 25
LOT = 400  # cases that the engine names at once
LOTS = 20


def offices_of(actor: Actor) -> tuple[int, ...]:
    """Where somebody works: the cases they may open are there.

    What they may open elsewhere for hours is found under its number.
    """
    grants = actor.user.grants if actor.user else []
    return tuple(sorted({grant.organisation_id for grant in grants if grant.in_force})) or (-1,)


def behind(
    actor: Actor, more: Callable[[int, int], list[int]], last: int
) -> tuple[list[Case], str]:
    """A page of the cases that ``more`` names after ``last`` and the reader may open.

    ``more(last, most)`` gives ids of cases; it is asked in lots, so that no list grows with the
    cases. Gives the page, and the id after which the next begins (empty where there is none).
    """
    cases: list[Case] = []
    for _lot in range(LOTS):
        ids = more(last, LOT)
        if not ids:
            return cases, ""
        query = (
            select(Case)
            .where(Case.id.in_(ids), visible(actor, Permission.CASE_OPEN, Case))
            .order_by(Case.id)
            .limit(PAGE + 1 - len(cases))
        )
        cases += db.session.execute(query).scalars()
        if len(cases) > PAGE:
            return cases[:PAGE], str(cases[PAGE - 1].id)
        last = ids[-1]
    return cases, str(last)

"""Pages: the trail."""

from typing import Any

from flask import render_template, request
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from data_protection import queries
from models import numbers
from models.base import db
from models.cases import Case
from web.errors import NotFound
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("trail", __name__)


def _any_case(_actor: Actor, number: str, **_: Any) -> Case:
    """A case by its number: the data protection officer reads the trail of cases that he may not open."""
    found = db.session.execute(
        select(Case).where(Case.number == numbers.tidy(number))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


@blueprint.get("/cases/<number>/history", permission=Permission.TRAIL_OF_CASE, subject=_any_case)
def of_case(_actor: Actor, case: Case) -> str:
    """Who looked at a case."""
    return render_template(
        "data_protection/trail_of_case.html",
        case=case,
        page=queries.of_case(case, request.args.get("after", "")),
    )


@blueprint.get("/trail", permission=Permission.TRAIL_READ)
def whole(_actor: Actor) -> str:
    """The whole trail, never contents."""
    deed, user = request.args.get("deed", ""), request.args.get("user", "")
    page = queries.whole(request.args.get("after", ""), deed, user)
    return render_template(
        "data_protection/trail.html",
        page=page,
        deed=deed,
        user=user,
        numbers=queries.numbers_of(page.items),
    )

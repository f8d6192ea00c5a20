"""Pages: the trail."""

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from data_protection import queries
from data_protection import trail_pages as pages
from models.cases import Case
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("trail", __name__)


@blueprint.get(
    "/cases/<number>/history", permission=Permission.TRAIL_OF_CASE, subject=queries.case_of_trail
)
def of_case(_actor: Actor, case: Case) -> str:
    """Who looked at a case."""
    shown = pages.trail_of_case(case, request.args.get("after", ""))
    return render_template("data_protection/trail_of_case.html", **shown)


@blueprint.get("/trail", permission=Permission.TRAIL_READ)
def whole(_actor: Actor) -> str:
    """The whole trail, never contents."""
    asked = {name: request.args.get(name, "")[:60] for name in queries.ASKED}
    shown = pages.trail(request.args.get("after", ""), asked)
    return render_template("data_protection/trail.html", **shown)

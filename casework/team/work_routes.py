"""Pages: where a person begins, and what needs them today."""

from typing import Any

from flask import redirect, render_template, request

from access.actors import Actor
from access.permissions import Permission, Role
from casework.team import pages
from web.guard import GuardedBlueprint, may_visit
from web.links import link

blueprint = GuardedBlueprint("work", __name__)
_WORKERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.HEALTH, Role.LEGAL)
_FIRST_PAGES = (
    *((role, "work.index") for role in _WORKERS),
    (Role.PARTNER, "referral.index"),
    (Role.ORIGIN, "avrr.index"),
    (Role.MANAGER, "statistics.index"),
    (Role.PROTECTION, "trail.whole"),
    (Role.SHELTER, "shelter.index"),
    (Role.ADMINISTRATOR, "accounts_people.index"),
)


@blueprint.get("/", permission=Permission.WORK_SEE)
def home(actor: Actor) -> Any:
    """Where a person begins, by what they do."""
    first = (page for role, page in _FIRST_PAGES if actor.holds(role) and may_visit(page))
    return redirect(link(next(first, "notifications.index")))


@blueprint.get("/work", permission=Permission.WORK_SEE)
def index(actor: Actor) -> Any:
    """What needs me today."""
    if not actor.holds(*_WORKERS):
        return redirect(link("work.home"))
    return render_template(
        "casework/team/work.html", **pages.work(actor, request.args.get("after", ""))
    )

"""Pages: where a person begins, and what needs them today."""

from typing import Any

from flask import redirect, render_template, url_for

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import visible
from casework.casefile import watchlist
from casework.core import approvals, queries, tasks
from casework.records import queries as records
from models.base import today
from models.cases import Case
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("work", __name__)
_WORKERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.HEALTH, Role.LEGAL)


@blueprint.get("/", permission=Permission.WORK_SEE)
def home(actor: Actor) -> Any:
    """Where a person begins, by what they do."""
    if actor.holds(*_WORKERS):
        return redirect(url_for("work.index"))
    targets = (
        (Role.PARTNER, "referral.index"),
        (Role.ORIGIN, "avrr.index"),
        (Role.MANAGER, "statistics.index"),
        (Role.PROTECTION, "trail.whole"),
        (Role.SHELTER, "shelter.index"),
        (Role.ADMINISTRATOR, "accounts_people.index"),
    )
    return redirect(
        url_for(
            next(
                (endpoint for role, endpoint in targets if actor.holds(role)), "notifications.index"
            )
        )
    )


@blueprint.get("/work", permission=Permission.WORK_SEE)
def index(actor: Actor) -> Any:
    """What needs me today."""
    if not actor.holds(*_WORKERS):
        return redirect(url_for("work.home"))
    due = queries.tasks(actor, today())
    late = sorted((task for task in due if task.due_on < today()), key=tasks.danger)
    return render_template(
        "casework/team/work.html",
        late=late,
        due_today=[task for task in due if task.due_on == today()],
        later=queries.later_tasks(actor),
        open_own=queries.open_own(actor),
        high_risk=queries.high_risk_own(actor),
        consents_ending=queries.consents_ending(actor),
        waiting=queries.waiting_on(actor),
        reviews=queries.to_review(actor),
        drafts=queries.drafts(actor),
        cases=queries.own_recent(actor),
        offers=queries.offers_to(actor),
        approvals=approvals.to_decide(actor, 10),
        names=records.labels_of(due),
        flagged=watchlist.flagged(actor, visible(actor, Permission.CASE_OPEN, Case)),
        today=today(),
    )

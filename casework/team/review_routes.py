"""Pages: reviews of what was kept in vital interest, without consent."""

from typing import Any

from flask import render_template, request
from flask_babel import ngettext

from access.actors import Actor
from access.permissions import Permission
from casework.core.schemas import ReviewSchema
from casework.team import reviews
from models.cases import Import
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.telling import tell

blueprint = GuardedBlueprint("reviews", __name__)
_LIST: dict[str, Any] = {"permission": Permission.CASE_REVIEW, "subject": reviews.of_list}


@blueprint.get("/reviews", permission=Permission.TEAM_SEE)
def index(actor: Actor) -> str:
    """All that waits for my review, the oldest first; lists as lists."""
    page = reviews.waiting(actor, request.args.get("after", ""))
    return render_template("casework/team/reviews.html", page=page, lists_=reviews.lists(actor))


@blueprint.get("/reviews/lists/<key>", **_LIST)
def of_list(actor: Actor, job: Import, form: Form | None = None) -> str:
    """What waits of one list: together, and apart."""
    return render_template(
        "casework/team/review_list.html",
        waiting=reviews.what_waits(actor, job),
        form=form or Form(ReviewSchema),
    )


@blueprint.post("/reviews/lists/<key>", **_LIST, accepts=ReviewSchema, page=of_list)
def review_list(actor: Actor, job: Import, given: dict[str, str]) -> object:
    """One answer for those that may be reviewed together."""
    count = reviews.review_list(by=actor, job=job, right=given["finding"] == "right")
    tell(ngettext("%(num)d case reviewed.", "%(num)d cases reviewed.", count))
    return redirect_to("reviews.index")

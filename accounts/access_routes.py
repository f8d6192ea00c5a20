"""Pages: changes of who may act.

One asks, another agrees; the owner and who oversees can stop it.
"""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from accounts import access_changes, access_queries, pages, schemas
from models.access_changes import AccessChange
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("accounts_access", __name__)
_SEE: dict[str, Any] = {"permission": Permission.ACCESS_SEE, "subject": access_queries.change}
_DECIDE: dict[str, Any] = {
    "permission": Permission.ACCESS_DECIDE,
    "subject": access_queries.change,
    "fresh": True,
}


@blueprint.get("/access-changes", permission=Permission.ACCESS_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """Who was let in, given a role, shut out: by whom, and who agreed."""
    shown = pages.access(actor, request.args.get("after", ""), form)
    return render_template("accounts/access_changes.html", **shown)


@blueprint.get("/access-changes/<int:change_id>", **_SEE)
def show(actor: Actor, made: AccessChange) -> str:
    """One of them."""
    return render_template("accounts/access_change.html", **pages.access_change(actor, made))


@blueprint.post("/access-changes/<int:change_id>/approve", **_DECIDE)
def approve(actor: Actor, made: AccessChange) -> object:
    """Agree to it."""
    access_changes.approve(by=actor, asked=made)
    return redirect_to("accounts_access.show", made)


@blueprint.post(
    "/access-changes/approve",
    permission=Permission.ACCESS_LIST,
    fresh=True,
    accepts=schemas.TickedSchema,
    page=index,
)
def approve_ticked(actor: Actor, given: dict[str, list[str]]) -> object:
    """Agree to those that were ticked, each as if it were agreed to alone."""
    for number in sorted({int(text) for text in given["ticked"]}):
        asked = access_queries.change(actor, number)
        require(actor, Permission.ACCESS_DECIDE, asked)
        access_changes.approve(by=actor, asked=asked)
    return redirect_to("accounts_access.index")


@blueprint.post("/access-changes/<int:change_id>/refuse", **_DECIDE)
def refuse(actor: Actor, made: AccessChange) -> object:
    """Do not agree to it."""
    access_changes.refuse(by=actor, asked=made)
    return redirect_to("accounts_access.show", made)


@blueprint.post("/access-changes/<int:change_id>/stop", **_SEE)
def stop(actor: Actor, made: AccessChange) -> object:
    """Stop it while it waits."""
    access_changes.stop(by=actor, asked=made)
    return redirect_to("accounts_access.show", made)

"""Pages for administrators: people, roles, organisations, invitations.

No case contents anywhere; nobody changes an own role.
"""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from accounts import invitations, pages, queries, schemas
from models.people import User
from web.finding import by_id
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("accounts_people", __name__)


def _nobody_yet(_actor: Actor, **_: Any) -> None:
    """Inviting has no subject yet."""


_INVITE: dict[str, Any] = {
    "permission": Permission.USER_MANAGE,
    "subject": _nobody_yet,
    "fresh": True,
}
_MANAGE: dict[str, Any] = {
    "permission": Permission.USER_MANAGE,
    "subject": by_id(User, "user_id"),
    "fresh": True,
}


@blueprint.get("/people", permission=Permission.USER_LIST)
def index(actor: Actor) -> str:
    """Who holds which role, where, until when; grants that end come first.

    An administrator of one organisation sees its people alone.
    """
    return render_template("accounts/people.html", **pages.people(actor))


@blueprint.get("/people/invite", **_INVITE)
def invite(actor: Actor, _nobody: None = None, form: Form | None = None) -> str:
    """The form for a new account."""
    return render_template("accounts/invite.html", **pages.invite(actor, form))


@blueprint.post("/people/invite", **_INVITE, accepts=schemas.InviteSchema, page=invite)
def send_invitation(actor: Actor, _nobody: None, given: dict[str, Any]) -> str:
    """Make the account; show its link, this once."""
    token = invitations.invite(by=actor, **given)
    return render_template("accounts/link.html", **pages.handed_over(token, given["email"]))


@blueprint.get("/people/<int:user_id>", permission=Permission.USER_LIST, subject=queries.person)
def show(actor: Actor, user: User, form: Form | None = None) -> str:
    """One account, its roles, and what can be changed."""
    return render_template("accounts/person.html", **pages.person(actor, user, form))


@blueprint.post("/people/<int:user_id>/roles", **_MANAGE, accepts=schemas.RoleSchema, page=show)
def give_role(actor: Actor, user: User, given: dict[str, Any]) -> object:
    """Give a role."""
    invitations.give_role(by=actor, user=user, **given)
    return redirect_to("accounts_people.show", user)


@blueprint.post("/people/<int:user_id>/roles/<int:grant_id>/end", **_MANAGE)
def end_role(actor: Actor, user: User) -> object:
    """End a role."""
    grant = queries.grant(user, (request.view_args or {})["grant_id"])
    invitations.end_role(by=actor, grant=grant)
    return redirect_to("accounts_people.show", user)


@blueprint.post("/people/<int:user_id>/link", **_MANAGE)
def new_link(actor: Actor, user: User) -> str:
    """A new link for choosing a password."""
    token = invitations.link_for(user, actor)
    return render_template("accounts/link.html", **pages.handed_over(token, user.email))


@blueprint.post("/people/<int:user_id>/disable", **_MANAGE)
def disable(actor: Actor, user: User) -> object:
    """Shut the account."""
    invitations.disable(by=actor, user=user)
    return redirect_to("accounts_people.show", user)


@blueprint.post("/people/<int:user_id>/enable", **_MANAGE)
def enable(actor: Actor, user: User) -> object:
    """Open it again."""
    invitations.enable(by=actor, user=user)
    return redirect_to("accounts_people.show", user)

"""Pages for administrators: people, roles, organisations, invitations.

No case contents anywhere; nobody changes an own role.
"""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from accounts import invitations, people_pages, queries, renaming, schemas, staff_lists, ways_in
from models.access_changes import AccessChange
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
    """Who holds which role, where, until when, and how safe the account is.

    An administrator of one organisation sees its people alone.
    """
    place, after = request.args.get("organisation", type=int), request.args.get("after", "")
    asked: queries.Asked = {
        "organisation": place,
        "role": request.args.get("role", ""),
        "show": request.args.get("show", ""),
    }
    return render_template("accounts/people.html", **people_pages.people(actor, asked, after))


def _listed(actor: Actor, form: Form) -> str:
    """The page with what was asked, where it could not be read."""
    return render_template("accounts/people.html", **people_pages.people(actor, {}, "", form))


@blueprint.post(
    "/people/search",
    permission=Permission.USER_LIST,
    accepts=schemas.FindPeopleSchema,
    page=_listed,
)
def find(actor: Actor, given: queries.Asked) -> str:
    """The same, narrowed. A POST, so that no name stands in an address."""
    after = request.form.get("after", "")
    return render_template("accounts/people.html", **people_pages.people(actor, given, after))


@blueprint.get("/people/invite", **_INVITE)
def invite(actor: Actor, _nobody: None = None, form: Form | None = None) -> str:
    """The form for a new account."""
    return render_template("accounts/invite.html", **people_pages.invite(actor, form))


@blueprint.post("/people/invite", **_INVITE, accepts=schemas.InviteSchema, page=invite)
def send_invitation(actor: Actor, _nobody: None, given: dict[str, Any]) -> object:
    """Make the account; its owner gets the link, once nobody else must agree."""
    return _to_change(invitations.invite(by=actor, **given))


@blueprint.get("/people/list", **_INVITE)
def staff(_actor: Actor, _nobody: None = None, form: Form | None = None) -> str:
    """The form for many at once."""
    return render_template("accounts/staff.html", form=form or Form(schemas.StaffSchema))


@blueprint.post(
    "/people/list", **_INVITE, accepts=schemas.StaffSchema, page=staff, look=staff_lists.look
)
def invite_staff(actor: Actor, _nobody: None, given: dict[str, str]) -> object:
    """Invite all of them, once they were looked at."""
    staff_lists.take(by=actor, rows=given["rows"])
    return redirect_to("accounts_people.index", show="invited")


def _to_change(made: AccessChange) -> object:
    """What became of it: done, or waiting for somebody else."""
    return redirect_to("accounts_access.show", made)


@blueprint.get("/people/<int:user_id>", permission=Permission.USER_LIST, subject=queries.person)
def show(actor: Actor, user: User, form: Form | None = None) -> str:
    """One account, its roles, and what can be changed."""
    return render_template("accounts/person.html", **people_pages.person(actor, user, form))


@blueprint.post("/people/<int:user_id>/who", **_MANAGE, accepts=schemas.WhoSchema, page=show)
def rename(actor: Actor, user: User, given: dict[str, Any]) -> object:
    """Another name; or ask for another mail address."""
    return _to_change(renaming.rename(by=actor, user=user, **given))


@blueprint.post("/people/<int:user_id>/roles", **_MANAGE, accepts=schemas.RoleSchema, page=show)
def give_role(actor: Actor, user: User, given: dict[str, Any]) -> object:
    """Give a role, or ask that it is given."""
    return _to_change(invitations.give_role(by=actor, user=user, **given))


@blueprint.post("/people/<int:user_id>/roles/<int:grant_id>/end", **_MANAGE)
def end_role(actor: Actor, user: User) -> object:
    """End a role."""
    grant = queries.grant(user, (request.view_args or {})["grant_id"])
    return _to_change(invitations.end_role(by=actor, grant=grant))


@blueprint.post("/people/<int:user_id>/link", **_MANAGE)
def new_link(actor: Actor, user: User) -> object:
    """A new link for choosing a password goes to the owner."""
    return _to_change(invitations.send_link(by=actor, user=user))


@blueprint.post("/people/<int:user_id>/second-factor/reset", **_MANAGE)
def reset_factor(actor: Actor, user: User) -> object:
    """Ask that the second factor is taken off."""
    return _to_change(invitations.reset_factor(by=actor, user=user))


@blueprint.post("/people/<int:user_id>/referrals/open", **_MANAGE)
def open_referrals(actor: Actor, user: User) -> object:
    """Open what was referred before they came, unless a mission stops it."""
    return _to_change(invitations.open_referrals(by=actor, user=user))


@blueprint.post("/people/<int:user_id>/disable", **_MANAGE)
def disable(actor: Actor, user: User) -> object:
    """Shut the account."""
    return _to_change(invitations.disable(by=actor, user=user))


@blueprint.post("/people/<int:user_id>/enable", **_MANAGE)
def enable(actor: Actor, user: User) -> object:
    """Open it again."""
    return _to_change(invitations.enable(by=actor, user=user))


@blueprint.post("/people/<int:user_id>/ways/<way>/<name>/end", **_MANAGE, page=show)
def end_way(actor: Actor, user: User) -> object:
    """End one session, link, token, passkey, or what else opens the account."""
    named = request.view_args or {}
    ways_in.end(by=actor, user=user, way=named["way"], name=named["name"])
    return redirect_to("accounts_people.show", user)


@blueprint.post("/people/<int:user_id>/forgive", **_MANAGE, page=show)
def forgive(actor: Actor, user: User) -> object:
    """Let in whoever is kept waiting after wrong tries."""
    ways_in.forgive(by=actor, user=user)
    return redirect_to("accounts_people.show", user)

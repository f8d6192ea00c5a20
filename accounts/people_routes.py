"""Pages for administrators: people, roles, organisations, invitations. No case contents anywhere; nobody changes an own role."""

from typing import Any

from flask import current_app, render_template, request
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from accounts import invitations, schemas
from models.base import db
from models.people import Grant, Team, User
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("accounts_people", __name__)


def _person(_actor: Actor, user_id: int, **_: Any) -> User:
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound
    return found


def _nobody_yet(_actor: Actor, **_: Any) -> None:
    """Inviting has no subject yet."""


_MANAGE: dict[str, Any] = {"permission": Permission.USER_MANAGE, "subject": _person, "fresh": True}


@blueprint.get("/people", permission=Permission.USER_LIST)
def index(actor: Actor) -> str:
    """Who holds which role, where, until when; grants that end come first. An administrator of one organisation sees its people alone."""
    places = invitations.organisations(actor)
    query = (
        select(Grant).join(User).where(Grant.organisation_id.in_([place.id for place in places]))
    )
    grants = (
        db.session.execute(
            query.order_by(Grant.ends_on.is_(None), Grant.ends_on, User.name).limit(500)
        )
        .scalars()
        .all()
    )
    return render_template("accounts/people.html", grants=grants, organisations=places)


@blueprint.get("/people/invite", permission=Permission.USER_MANAGE, subject=_nobody_yet, fresh=True)
def invite(actor: Actor, _nobody: None = None, form: Form | None = None) -> str:
    """The form for a new account."""
    return render_template(
        "accounts/invite.html",
        form=form or Form(schemas.InviteSchema),
        organisations=invitations.organisations(actor),
    )


@blueprint.post(
    "/people/invite",
    permission=Permission.USER_MANAGE,
    subject=_nobody_yet,
    fresh=True,
    accepts=schemas.InviteSchema,
    page=invite,
)
def send_invitation(actor: Actor, _nobody: None, given: dict[str, Any]) -> str:
    """Make the account; show its link, this once."""
    token = invitations.invite(by=actor, **given)
    return _show_link(token, given["email"])


def _show_link(token: str, email: str) -> str:
    link = f"{current_app.config['SETTINGS'].base_url}/invitation/{token}"
    return render_template("accounts/link.html", link=link, email=email, days=invitations.DAYS)


@blueprint.get("/people/<int:user_id>", permission=Permission.USER_LIST)
def show(actor: Actor, form: Form | None = None) -> str:
    """One account, its roles, and what can be changed."""
    user = _person(actor, (request.view_args or {})["user_id"])
    if user.id != actor.id and not allows(actor, Permission.USER_MANAGE, user):
        raise NotFound
    teams = db.session.execute(select(Team).order_by(Team.name)).scalars().all()
    return render_template(
        "accounts/person.html",
        person=user,
        form=form or Form(schemas.RoleSchema),
        organisations=invitations.organisations(actor),
        teams=teams,
    )


def _show_again(actor: Actor, _user: User, form: Form | None = None) -> str:
    return show(actor, form=form)


@blueprint.post(
    "/people/<int:user_id>/roles", **_MANAGE, accepts=schemas.RoleSchema, page=_show_again
)
def give_role(actor: Actor, user: User, given: dict[str, Any]) -> object:
    """Give a role."""
    invitations.give_role(by=actor, user=user, **given)
    return redirect_to("accounts_people.show", user_id=user.id)


@blueprint.post("/people/<int:user_id>/roles/<int:grant_id>/end", **_MANAGE)
def end_role(actor: Actor, user: User) -> object:
    """End a role."""
    grant = db.session.get(Grant, (request.view_args or {})["grant_id"])
    if grant is None or grant.user_id != user.id:
        raise NotFound
    invitations.end_role(by=actor, grant=grant)
    return redirect_to("accounts_people.show", user_id=user.id)


@blueprint.post("/people/<int:user_id>/link", **_MANAGE)
def new_link(actor: Actor, user: User) -> str:
    """A new link for choosing a password."""
    return _show_link(invitations.link_for(user, actor), user.email)


@blueprint.post("/people/<int:user_id>/disable", **_MANAGE)
def disable(actor: Actor, user: User) -> object:
    """Shut the account."""
    invitations.disable(by=actor, user=user)
    return redirect_to("accounts_people.show", user_id=user.id)


@blueprint.post("/people/<int:user_id>/enable", **_MANAGE)
def enable(actor: Actor, user: User) -> object:
    """Open it again."""
    invitations.enable(by=actor, user=user)
    return redirect_to("accounts_people.show", user_id=user.id)

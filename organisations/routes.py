"""Pages for administrators: organisations and their teams."""

from typing import Any

from flask import g, render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.people import Organisation, Team
from organisations import administration, pages, queries, schemas
from organisations import teams as keeping_teams
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("organisations", __name__)
_CHANGE: dict[str, Any] = {
    "permission": Permission.ORGANISATION_CHANGE,
    "subject": queries.organisation,
}
_CLOSE: dict[str, Any] = {
    "permission": Permission.ORGANISATION_CLOSE,
    "subject": queries.organisation,
    "fresh": True,
}


@blueprint.get("/organisations", permission=Permission.ORGANISATION_LIST)
def index(actor: Actor) -> str:
    """Missions, partners and the headquarters: which there are, what is missing of each."""
    asked = {name: request.args.get(name, "") for name in ("words", "kind", "state")}
    return render_template("organisations/index.html", **pages.listed(actor, asked))


@blueprint.get("/organisations/new", permission=Permission.ORGANISATION_OPEN)
def new(_actor: Actor, form: Form | None = None) -> str:
    """The form for a new one."""
    shown = form or Form(schemas.OrganisationSchema, {"kind": "partner"})
    if form:  # what did not fit is said all at once, with what is taken
        form.errors = administration.taken(form.data) | form.errors
    return render_template("organisations/new.html", form=shown)


@blueprint.post(
    "/organisations",
    permission=Permission.ORGANISATION_OPEN,
    accepts=schemas.OrganisationSchema,
    page=new,
)
def make(actor: Actor, given: dict[str, Any]) -> object:
    """Make it."""
    return redirect_to("organisations.show", administration.make(by=actor, given=given))


@blueprint.get("/organisations/<code>", **_CHANGE)
def show(actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """One organisation: what is said of it, its teams, closing it."""
    return render_template("organisations/show.html", **pages.one(actor, place, form))


def _schema(**_address: Any) -> type[schemas.OwnSchema]:
    return pages.schema_of(g.actor)


@blueprint.post("/organisations/<code>", **_CHANGE, accepts=_schema, page=show)
def change(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Change what is said of it."""
    administration.change(by=actor, place=place, given=given)
    return redirect_to("organisations.show", place)


@blueprint.get("/organisations/<code>/settings", **_CHANGE)
def settings(_actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """What the office decides for itself: deadlines, lengths, what to do in an emergency."""
    return render_template("organisations/settings.html", **pages.settings(place, form))


@blueprint.post(
    "/organisations/<code>/settings", **_CHANGE, accepts=schemas.SettingsSchema, page=settings
)
def decide(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Keep it."""
    administration.decide(by=actor, place=place, given=given)
    return redirect_to("organisations.settings", place)


@blueprint.post("/organisations/<code>/close", **_CLOSE, page=show)
def close(actor: Actor, place: Organisation) -> object:
    """Close it."""
    administration.close(by=actor, place=place)
    return redirect_to("organisations.show", place)


@blueprint.post("/organisations/<code>/open", **_CLOSE, page=show)
def open_again(actor: Actor, place: Organisation) -> object:
    """Open it again."""
    administration.open_again(by=actor, place=place)
    return redirect_to("organisations.show", place)


@blueprint.post("/organisations/<code>/teams", **_CHANGE, accepts=schemas.TeamSchema, page=show)
def make_team(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Make a team."""
    keeping_teams.make(by=actor, place=place, name=given["team_name"])
    return redirect_to("organisations.show", place)


_TEAM: dict[str, Any] = {
    "permission": Permission.ORGANISATION_CHANGE,
    "subject": queries.organisation,
}


def _team(actor: Actor) -> Team:
    return queries.team(actor, **(request.view_args or {}))


@blueprint.get("/organisations/<code>/teams/<int:team_id>", **_TEAM)
def team(actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """One team."""
    return render_template("organisations/team.html", **pages.team(place, _team(actor), form))


@blueprint.post(
    "/organisations/<code>/teams/<int:team_id>", **_TEAM, accepts=schemas.TeamSchema, page=team
)
def rename_team(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Another name."""
    keeping_teams.rename(by=actor, place=place, team=_team(actor), name=given["team_name"])
    return redirect_to("organisations.show", place)


@blueprint.post(
    "/organisations/<code>/teams/<int:team_id>/members",
    **_TEAM,
    fresh=True,
    accepts=schemas.MemberSchema,
    page=team,
)
def join_team(actor: Actor, place: Organisation, given: dict[str, int]) -> object:
    """Somebody comes in."""
    grant = queries.grant_of(place, given["grant"])
    made = keeping_teams.join(by=actor, place=place, team=_team(actor), grant=grant)
    return redirect_to("accounts_access.show", made)


@blueprint.post(
    "/organisations/<code>/teams/<int:team_id>/members/<int:grant_id>/end",
    **_TEAM,
    fresh=True,
    page=team,
)
def leave_team(actor: Actor, place: Organisation) -> object:
    """Somebody is taken out."""
    kept, number = _team(actor), (request.view_args or {})["grant_id"]
    grant = queries.grant_of(place, number)
    keeping_teams.leave(by=actor, place=place, team=kept, grant=grant)
    return redirect_to("organisations.team", place, kept)


@blueprint.post("/organisations/<code>/teams/<int:team_id>/end", **_TEAM, fresh=True, page=team)
def end_team(actor: Actor, place: Organisation) -> object:
    """End it."""
    keeping_teams.end(by=actor, place=place, team=_team(actor))
    return redirect_to("organisations.show", place)

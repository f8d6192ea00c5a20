"""What stands on the pages of organisations."""

from collections.abc import Mapping

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models import office_settings
from models.people import Organisation, Team
from organisations import administration, closing, queries, schemas
from standards import lists
from web.forms import Form

# What is asked of partners alone.
OF_PARTNERS = ("services", "area", "hours", "eligibility", "agreement_until")


def listed(actor: Actor, asked: Mapping[str, str]) -> dict[str, object]:
    """Those the actor keeps, and whether they may make another."""
    return {
        "organisations": queries.kept_by(actor, asked),
        "state_of": queries.state_of,
        "form": Form(schemas.FindSchema, dict(asked)),
        "may_make": allows(actor, Permission.ORGANISATION_OPEN),
        "kinds": schemas.KINDS,
    }


def one(actor: Actor, place: Organisation, form: Form | None) -> dict[str, object]:
    """One organisation: what is said of it, its teams, and what hangs on it."""
    teams = queries.teams_of(place)
    may_close = allows(actor, Permission.ORGANISATION_CLOSE, place)
    is_of_team = form is not None and isinstance(form.schema, schemas.TeamSchema)
    return {
        "place": place,
        "form": form if form is not None and not is_of_team else _as_it_is(actor, place),
        "skip": () if place.kind == "partner" else OF_PARTNERS,
        "team_form": form if is_of_team else Form(schemas.TeamSchema),
        "teams": teams,
        "sizes": queries.sizes(teams),
        "state_of": queries.state_of,
        "may_close": may_close,
        "left": closing.what_is_left(place) if may_close and place.closed_on is None else [],
        "kinds": schemas.KINDS,
    }


def settings(place: Organisation, form: Form | None) -> dict[str, object]:
    """What an office decides for itself; what it leaves open stands as a hint."""
    said = office_settings.said_by(place.id)
    holds = {name: office_settings.of(place.id, name) for name in office_settings.REGISTRY}
    return {
        "place": place,
        "form": form or Form(schemas.SettingsSchema, said),
        "holds": {name: value for name, value in holds.items() if name not in said},
    }


def schema_of(actor: Actor) -> type[schemas.OwnSchema]:
    """What this actor may say of an organisation."""
    return schemas.ChangeSchema if administration.may_say_all(actor) else schemas.OwnSchema


def _as_it_is(actor: Actor, place: Organisation) -> Form:
    schema = schema_of(actor)
    return Form(schema, {name: getattr(place, name) for name in schema().fields})


def team(place: Organisation, kept: Team, form: Form | None) -> dict[str, object]:
    """One team, to be renamed or ended."""
    is_member = form is not None and isinstance(form.schema, schemas.MemberSchema)
    inside, others = queries.in_team(place, kept)
    named = Form(schemas.TeamSchema, {"team_name": kept.name})
    return {
        "place": place,
        "team": kept,
        "form": form if form is not None and not is_member else named,
        "member_form": form if is_member else Form(schemas.MemberSchema),
        "inside": inside,
        "others": [
            (grant.id, f"{grant.user.name}, {lists.label(lists.ROLES, grant.role)}")
            for grant in others
        ],
        "size": queries.sizes([kept])[kept.id],
    }

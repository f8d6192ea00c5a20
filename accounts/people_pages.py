"""What stands on the pages of administrators: people, one person, an invitation."""

from typing import Any

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from accounts import access_queries, invitations, links, queries, schemas, signing_in, ways_in
from models.people import Organisation, User
from standards import lists
from web import paging
from web.forms import Form


def people(
    actor: Actor, asked: queries.Asked, after: str = "", form: Form | None = None
) -> dict[str, object]:
    """The people of the organisations that the actor administers, and how safe their accounts are;
    narrowed by what is asked for.
    """
    places = invitations.organisations(actor)
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return {
        "page": paging.part_of(queries.people(places, asked), after),
        "organisations": places,
        "roles": _roles_of(places),
        "form": form or Form(schemas.FindPeopleSchema, given),
        "asked": given,
    }


def _roles_of(places: list[Organisation]) -> list[tuple[str, Any]]:
    """The roles that somebody may hold in these organisations."""
    sensible = {role for place in places for role in invitations.ROLES_OF[place.kind]}
    return [(code, words) for code, words in lists.ROLES if code in sensible]


def invite(actor: Actor, form: Form | None) -> dict[str, object]:
    """The form for a new account."""
    places = _working(actor)
    return {
        "form": form or Form(schemas.InviteSchema),
        "organisations": places,
        "teams": queries.teams(places),
    }


def person(actor: Actor, user: User, form: Form | None) -> dict[str, object]:
    """One account, its roles, what else opens it, and whether the actor may change them."""
    places = _working(actor)
    may_change = allows(actor, Permission.USER_MANAGE, user)
    is_who = form is not None and isinstance(form.schema, schemas.WhoSchema)
    return {
        "person": user,
        "may_change": may_change,
        "form": form if form and not is_who else Form(schemas.RoleSchema),
        "who": form if is_who else Form(schemas.WhoSchema, who_is(user)),
        "organisations": places,
        "teams": queries.teams(places),
        "has_factor": signing_in.has_second_factor(user),
        "has_link": user.id in links.outstanding(),
        "ways": ways_in.of(user) if may_change else [],
        "is_slowed": may_change and ways_in.is_slowed(user),
        "is_new_at_partner": any(grant.in_force and grant.since for grant in user.grants),
        "changes": access_queries.about(user),
    }


def who_is(user: User) -> dict[str, str]:
    """What stands in the form of name and mail address."""
    return {"name": user.name, "email": user.email}


def _working(actor: Actor) -> list[Organisation]:
    return [place for place in invitations.organisations(actor) if place.works]

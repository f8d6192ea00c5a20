"""Teams of a mission: whoever is in one works on all cases of it."""

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require
from accounts import access_changes
from models import scope
from models.access_changes import AccessChange, ChangeKind
from models.base import db, today
from models.cases import Case
from models.people import Grant, Organisation, Team
from models.rules import RuleBroken
from models.scope import opened
from notifications import outbox
from organisations import queries
from web.links import link


@opened("accounts")
def make(*, by: Actor, place: Organisation, name: str) -> Team:
    """A new team of a mission. Raises where it has one of this name."""
    require(by, Permission.ORGANISATION_CHANGE, place)
    if place.kind == "partner":
        raise RuleBroken(_("Partners have no teams: whoever works there sees its referrals."))
    _must_be_free(place, name)
    team = Team(organisation_id=place.id, name=name)
    db.session.add(team)
    db.session.flush()
    audit.record("team_made", subject=f"{place.code} {team.id}")
    return team


def _must_be_free(place: Organisation, name: str) -> None:
    if any(team.name.casefold() == name.casefold() for team in queries.teams_of(place)):
        raise RuleBroken(_("There is a team of this name already."), "team_name")


@opened("accounts")
def rename(*, by: Actor, place: Organisation, team: Team, name: str) -> None:
    """Another name for a team."""
    require(by, Permission.ORGANISATION_CHANGE, place)
    if team.name == name:
        return
    if team.name.casefold() != name.casefold():
        _must_be_free(place, name)
    told = ("team_name", *audit.from_to(team.name, name))
    team.name = name
    audit.record("team_changed", subject=f"{place.code} {team.id}", fields=told)


@opened("accounts")
def join(*, by: Actor, place: Organisation, team: Team, grant: Grant) -> AccessChange:
    """Bring somebody of the mission into a team, out of the one they are in; who then opens its
    cases needs a second person's consent, like one who is given the role.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    if team.ended_on is not None:
        raise RuleBroken(_("This team has ended."), "grant")
    _must_be_of_it(by, place, grant)
    kind, role = ChangeKind.TEAM_JOINED, grant.role
    return access_changes.change(
        kind, grant.user, by=by, place=place, role=role, team_id=team.id, ends_on=grant.ends_on
    )


@opened("accounts")
def leave(*, by: Actor, place: Organisation, team: Team, grant: Grant) -> AccessChange:
    """Take somebody out of a team; they keep the cases they hold."""
    require(by, Permission.ORGANISATION_CHANGE, place)
    _must_be_of_it(by, place, grant)
    if grant.team_id != team.id:
        raise RuleBroken(_("This person is not in the team."), "grant")
    kind = ChangeKind.TEAM_LEFT
    return access_changes.change(kind, grant.user, by=by, place=place, role=grant.role)


def _must_be_of_it(by: Actor, place: Organisation, grant: Grant) -> None:
    if grant.organisation_id != place.id or not grant.in_force:
        raise RuleBroken(_("Choose somebody who works there."), "grant")
    if grant.user_id == by.id:
        raise RuleBroken(_("Nobody changes an own account here. Another administrator does."))


@opened("accounts")
def end(*, by: Actor, place: Organisation, team: Team) -> None:
    """End a team. Whoever was in it keeps the cases they hold, and the supervisors see all of them:
    so that it opens nothing to anybody, people and cases come into another team one by one. The
    supervisors are told, as it is they who do that.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    if team.ended_on is not None:
        raise RuleBroken(_("This team has ended already."))
    of_team = select(Grant).where(Grant.team_id == team.id)
    for grant in db.session.execute(of_team).unique().scalars():
        grant.team_id = None
    with scope.everywhere(frozenset({place.id})):
        for case in db.session.execute(select(Case).where(Case.team_id == team.id)).scalars():
            case.team_id = None
        db.session.flush()
    team.ended_on = today()
    audit.record("team_ended", subject=f"{place.code} {team.id}")
    outbox.post(
        "team.ended",
        reference=outbox.occurrence("M", team.id),
        path=link("team.board"),
        to=[each for each in outbox.people_of(place.id, Role.SUPERVISOR) if each.id != by.id],
        office=place.id,
    )

"""Commands: ``./run flask user list|role|end-role|shut|open|second-factor|rename|unlock|import``.

The verbs of the pages, by the operator of the machine: each in the trail and told, and where the
pages ask for a second person these do too. One way back is there: the second factor of an
administrator comes off at once where nobody is left who could agree.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from sqlalchemy import select

from access.permissions import Role
from accounts import access_changes, invitations, queries, renaming, staff_lists, ways_in
from accounts.commands import WAITS, account, operating, place_of, user
from models.access_changes import AccessChange
from models.base import db
from models.people import Organisation, Team, User
from web.forms import is_address

PEOPLE = user
_ROLE = click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
_PLACE = click.option("--organisation", required=True, help="Code of the organisation.")


@user.command("list")
@click.option("--organisation", default="", help="Only of this one.")
@click.option("--role", default="", type=click.Choice(["", *(role.value for role in Role)]))
@click.option("--show", default="", type=click.Choice(["", *queries.STATES]))
def listed(organisation: str, role: str, show: str) -> None:
    """List accounts with their roles; whose role ends comes first."""
    every = list(db.session.execute(select(Organisation)).scalars())
    asked: queries.Asked = {
        "organisation": place_of(organisation).id if organisation else None,
        "role": role,
        "show": show,
    }
    for row in queries.people(every, asked):
        roles = ", ".join(_in_words(grant) for grant in row.in_force) or "no role"
        notes = [
            *(["shut"] if not row.user.active else []),
            *(["invitation not used"] if row.is_invited else []),
            *(["no second factor"] if not row.has_factor else []),
        ]
        seen = f"{row.user.signed_in_at:%Y-%m-%d}" if row.user.signed_in_at else "never"
        more = f" ({', '.join(notes)})" if notes else ""
        click.echo(f"{row.user.email}  {row.user.name}  {roles}  last seen {seen}{more}")


def _in_words(grant: Any) -> str:
    until = f" until {grant.ends_on}" if grant.ends_on else ""
    return f"{grant.role}@{grant.organisation.code}{until}"


@user.command("role")
@click.argument("email")
@_ROLE
@_PLACE
@click.option("--team", default="", help="Name of a team of the organisation.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the role.")
def give(email: str, role: str, organisation: str, team: str, until: datetime | None) -> None:
    """Give the account EMAIL a role; again with another team or last day changes it."""
    place = place_of(organisation)
    given: dict[str, Any] = {"role": role, "organisation": place.id, "team": _team(place, team)}
    ends_on: date | None = until.date() if until else None
    _do(email, lambda by, whose: invitations.give_role(by=by, user=whose, ends_on=ends_on, **given))


def _team(place: Organisation, name: str) -> str:
    """The id of a team of a place, as the forms send it; nothing without a name."""
    if not name:
        return ""
    rows = db.session.execute(
        select(Team).where(Team.organisation_id == place.id, Team.ended_on.is_(None))
    ).scalars()
    found = next((team for team in rows if team.name.casefold() == name.casefold()), None)
    if found is None:
        raise click.ClickException("This organisation has no such team.")
    return str(found.id)


@user.command("end-role")
@click.argument("email")
@_ROLE
@_PLACE
def end_role(email: str, role: str, organisation: str) -> None:
    """End a role of the account EMAIL."""
    place = place_of(organisation)
    held = [grant for grant in account(email).grants if grant.in_force]
    found = next((each for each in held if (each.organisation, each.role) == (place, role)), None)
    if found is None:
        raise click.ClickException("This account has no such role today.")
    _do(email, lambda by, _whose: invitations.end_role(by=by, grant=found))


@user.command("shut")
@click.argument("email")
def shut(email: str) -> None:
    """Shut the account EMAIL: sessions, tokens and links end with it."""
    _do(email, lambda by, whose: invitations.disable(by=by, user=whose))


@user.command("open")
@click.argument("email")
def open_again(email: str) -> None:
    """Open the account EMAIL again."""
    _do(email, lambda by, whose: invitations.enable(by=by, user=whose))


@user.command("second-factor")
@click.argument("email")
def second_factor(email: str) -> None:
    """Take the second factor off the account EMAIL, whose owner gets a link by mail.

    Somebody else agrees and its owner has time to stop it; at once only for an administrator where
    nobody is left who could agree.
    """
    _do(email, lambda by, whose: invitations.reset_factor(by=by, user=whose))


@user.command("rename")
@click.argument("email")
@click.option("--name", default="", help="Another name.")
@click.option("--to", default="", help="Another mail address; somebody else agrees to it.")
def rename(email: str, name: str, to: str) -> None:
    """Give the owner of the account EMAIL another name or mail address."""
    if to and not is_address(to):
        raise click.ClickException("Give one mail address, such as name@organisation.org.")
    _do(
        email,
        lambda by, whose: renaming.rename(
            by=by, user=whose, name=name or whose.name, email=to or whose.email
        ),
    )


@user.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_list(file: Path) -> None:
    """Invite all people of a CSV file, or nobody and say what is wrong with which line."""
    try:
        with operating() as by:
            made = staff_lists.take(by=by, rows=file.read_text("utf-8-sig"))
            waiting = sum(access_changes.waits(each) for each in made)
    except ValidationError as wrong:
        db.session.rollback()
        faults = wrong.normalized_messages()["_form"]
        raise click.ClickException("\n".join(map(str, faults))) from None
    click.echo(f"{len(made)} people invited; {waiting} wait for the consent of somebody else.")


@user.command("unlock")
@click.argument("email")
def unlock(email: str) -> None:
    """Let in the owner of the account EMAIL, who is kept waiting after wrong tries."""
    _do(email, lambda by, whose: ways_in.forgive(by=by, user=whose))


def _do(email: str, verb: Callable[[Any, User], AccessChange]) -> None:
    """Do it, and say whether it is done or waits for somebody else."""
    whose = account(email)
    with operating() as by:
        made = verb(by, whose)
        reference, waits = made.reference, access_changes.waits(made)
    click.echo(f"{reference} {WAITS}" if waits else f"{reference}: done.")

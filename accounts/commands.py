"""Commands:

``./run flask token create EMAIL``, ``./run flask user add``, ``./run flask user link``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.by_token import SCOPES
from access.gate import acting
from access.permissions import Role
from accounts import access_changes, invitations, links, owning, tokens
from accounts.access_changes import OPERATOR
from models.access_changes import ChangeKind
from models.base import db
from models.people import Organisation, User
from models.rules import RuleBroken
from web import forms
from web.forms import is_address

token = AppGroup("token", help="API tokens.")
WAITS = "waits for the consent of somebody else; they were told."
user = AppGroup("user", help="People and their roles.")


@contextmanager
def operating() -> Iterator[Actor]:
    """Act as the operator of the machine; commit with the trail, or say what is wrong."""
    try:
        with acting(OPERATOR, purpose="command") as gate:
            yield gate.actor
            db.session.flush()
            audit.append(gate.pending())
            db.session.commit()
    except RuleBroken as wrong:
        db.session.rollback()
        raise click.ClickException(str(wrong.message)) from None
    except ValidationError as wrong:
        db.session.rollback()
        raise click.ClickException("\n".join(forms.in_lines(wrong))) from None


def account(email: str) -> User:
    """The account with this mail address."""
    query = select(User).where(User.email == email.lower())
    owner = db.session.execute(query).scalar_one_or_none()
    if owner is None:
        raise click.ClickException("There is no such account.")
    return owner


def place_of(code: str) -> Organisation:
    """The organisation with this code."""
    query = select(Organisation).where(Organisation.code == code)
    place = db.session.execute(query).scalar_one_or_none()
    if place is None:
        raise click.ClickException("There is no such organisation. See: organisation list")
    return place


@token.command("create")
@click.argument("email")
@click.option("--days", default=tokens.DAYS, show_default=True, help="Days until it expires.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(sorted(SCOPES)),
    help="What it may; again for each.",
)
def create(email: str, days: int, scopes: tuple[str, ...]) -> None:
    """Print a new API token of the account EMAIL. It is shown this once; its owner is told."""
    owner = account(email)
    wanted: tokens.Wanted = {"label": "command line", "days": days, "scopes": list(scopes)}
    with operating() as by:
        text = owning.make_token(owner, wanted, by=by)
    click.echo(text)


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", required=True, help="Code of the organisation.")
def add(email: str, name: str, role: str, organisation: str) -> None:
    """Invite somebody with one role.

    The first administrator and the first data protection officer come in at once; whoever opens
    cases or oversees after them needs the consent of somebody who is there. The link goes by mail;
    ``user link`` prints it for whoever has not chosen a password yet.
    """
    place = place_of(organisation)
    if not is_address(email):
        raise click.ClickException("Give one mail address, such as name@organisation.org.")
    with operating() as by:
        made = invitations.invite(by=by, email=email, name=name, role=role, organisation=place.id)
        waits = access_changes.waits(made)
    done = "A link for choosing a password goes to this address by mail."
    click.echo(f"{made.reference} {WAITS}" if waits else done)


@user.command("link")
@click.argument("email")
def print_link(email: str) -> None:
    """Print a link for choosing a password of the account EMAIL; its owner and who oversees are
    told.

    In production only for an account whose owner never chose one.
    """
    owner = account(email)
    opened = owner.password_hash != invitations.NEVER
    if opened and current_app.config["SETTINGS"].production:
        raise click.ClickException("Its owner chose a password. Links go by mail alone.")
    if not owner.active:
        raise click.ClickException("This account is shut, or waits for somebody's consent.")
    with operating() as by:
        access_changes.change(ChangeKind.LINK_SENT, owner, by=by)
        address = links.address(links.make(owner, None))
    click.echo(address)

"""Commands:

``./run flask token create EMAIL``, ``./run flask user add``, ``./run flask organisations``.
"""

import secrets

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from access import audit
from access.permissions import Role
from accounts import signing_in, tokens
from models.base import db
from models.people import Grant, Organisation, User
from web.forms import is_address

token = AppGroup("token", help="API tokens.")
user = AppGroup("user", help="People and their roles.")


@token.command("create")
@click.argument("email")
@click.option("--days", default=tokens.DAYS, show_default=True, help="Days until it expires.")
def create(email: str, days: int) -> None:
    """Print a new API token of the account EMAIL. It is shown this once."""
    query = select(User).where(User.email == email.lower())
    owner = db.session.execute(query).scalar_one_or_none()
    if owner is None:
        raise click.ClickException("There is no such account.")
    text = tokens.create(owner, label="command line", days=days)
    audit.append([audit.AuditEntry("system:command", "token_made", subject=f"user {owner.id}")])
    db.session.commit()
    click.echo(text)


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", required=True, help="Code of the organisation.")
def add(email: str, name: str, role: str, organisation: str) -> None:
    """Add an account with one role; prints its first password, which opens nothing but its own
    change, and the secret of its second factor.
    """
    place = db.session.execute(
        select(Organisation).where(Organisation.code == organisation)
    ).scalar_one_or_none()
    if place is None:
        raise click.ClickException("There is no such organisation.")
    if not is_address(email):
        raise click.ClickException("Give one mail address, such as name@organisation.org.")
    if db.session.execute(select(User.id).where(User.email == email.lower())).first():
        raise click.ClickException("There is an account with this address already.")
    password = secrets.token_urlsafe(12)
    person = User(
        email=email.lower(), name=name, password_hash=signing_in.hashed(password), must_change=True
    )
    db.session.add(person)
    db.session.flush()
    secret = signing_in.enrol_totp(person)
    db.session.add(Grant(user=person, organisation=place, role=role))
    subject = f"user {person.id} {role}"
    audit.append([audit.AuditEntry("system:command", "account_made", place.id, subject=subject)])
    db.session.commit()
    click.echo(f"password: {password}\nTOTP secret: {secret}")


@user.command("organisation")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--kind", type=click.Choice(["mission", "partner", "headquarters"]), required=True)
@click.option("--country", required=True, help="ISO 3166-1 alpha-2.")
def organisation(code: str, name: str, kind: str, country: str) -> None:
    """Add an organisation."""
    if db.session.execute(select(Organisation.id).where(Organisation.code == code)).first():
        raise click.ClickException("There is an organisation with this code already.")
    db.session.add(Organisation(code=code, name=name, kind=kind, country=country.upper()))
    db.session.commit()
    click.echo(f"{code}: {name}")


@click.command("organisations")
@with_appcontext
def organisations() -> None:
    """List organisations with their codes."""
    for place in db.session.execute(
        select(Organisation).order_by(Organisation.kind, Organisation.code)
    ).scalars():
        click.echo(f"{place.code:12} {place.kind:13} {place.country}  {place.name}")

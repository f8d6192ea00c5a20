"""Commands: ``./run flask organisation add|change|close|open|list|import``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy import select

from accounts.commands import operating
from models.base import db
from models.people import Organisation
from organisations import administration, lists, queries
from organisations.schemas import ChangeSchema, OrganisationSchema
from web import forms

organisation = AppGroup("organisation", help="Missions, partners, the headquarters.")


Function = Callable[..., None]


def _about(*, new: bool) -> Callable[[Function], Function]:
    """The options that say something of an organisation."""

    def decorate(command: Function) -> Function:
        for option in (
            click.option("--name", required=new),
            click.option("--city", help="Town."),
            click.option("--timezone", help="Such as Africa/Tunis. Empty: that of the country."),
            click.option("--email", help="Mail of the office."),
            click.option("--address", help="For letters."),
            click.option("--area", help="Area it covers."),
            click.option("--agreement-until", help="Last day, such as 2027-12-31."),
            click.option("--service", "services", multiple=True, help="Again for each."),
            click.option("--language", "languages", multiple=True, help="Again for each."),
        ):
            command = option(command)
        return command

    return decorate


@organisation.command("add")
@click.argument("code")
@click.option("--kind", type=click.Choice(["mission", "partner", "headquarters"]), required=True)
@click.option("--country", required=True, help="ISO 3166-1 alpha-2.")
@_about(new=True)
def add(**said: Any) -> None:
    """Add an organisation."""
    given = _checked(OrganisationSchema(), said | {"country": said["country"].upper()})
    with operating() as by:
        place = administration.make(by=by, given=given)
    click.echo(f"{place.code}: {place.name}, {place.timezone}")


@organisation.command("change")
@click.argument("code")
@_about(new=False)
def change(code: str, **said: Any) -> None:
    """Change what is said of an organisation; what is not given stays."""
    place = _place(code)
    schema = ChangeSchema()
    stands = {name: getattr(place, name) for name in schema.fields}
    given = {
        name: value for name, value in stands.items() if value and name != "agreement_until"
    } | {name: value for name, value in said.items() if value}
    if place.agreement_until and not said["agreement_until"]:
        given["agreement_until"] = place.agreement_until.isoformat()
    checked = _checked(schema, given)
    with operating() as by:
        changed = administration.change(by=by, place=place, given=checked)
    click.echo(f"Changed: {', '.join(changed)}." if changed else "Nothing to change.")


@organisation.command("close")
@click.argument("code")
def close(code: str) -> None:
    """Close an organisation on which nothing hangs any more."""
    place = _place(code)
    with operating() as by:
        administration.close(by=by, place=place)
    click.echo(f"{code} is closed; the roles of its people ended.")


@organisation.command("open")
@click.argument("code")
def open_again(code: str) -> None:
    """Open a closed one again."""
    place = _place(code)
    with operating() as by:
        administration.open_again(by=by, place=place)
    click.echo(f"{code} is open.")


@organisation.command("list")
def listed() -> None:
    """List organisations with their codes and what is missing of each."""
    places = db.session.execute(select(Organisation)).scalars()
    for place in sorted(places, key=lambda each: (each.kind, each.code)):
        state = queries.state_of(place)
        missing = " no services" if place.kind == "partner" and not place.services else ""
        more = "" if state == "open" else f" {state}"
        click.echo(f"{place.code:12} {place.kind:13} {place.country}  {place.name}{more}{missing}")


@organisation.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_list(file: Path) -> None:
    """Add all organisations of a CSV file, or none and say what is wrong with which line."""
    try:
        with operating() as by:
            made = lists.take(lists.read(file.read_text("utf-8-sig")), by=by)
    except lists.BadList as wrong:
        db.session.rollback()
        raise click.ClickException(str(wrong)) from None
    click.echo(f"{len(made)} organisations added.")


def _place(code: str) -> Organisation:
    found = queries.by_code(code)
    if found is None:
        raise click.ClickException("There is no such organisation. See: organisation list")
    return found


def _checked(schema: Any, said: dict[str, Any]) -> dict[str, Any]:
    given = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in said.items()
        if value
    }
    try:
        return schema.load(given)  # type: ignore[no-any-return]
    except ValidationError as wrong:
        raise click.ClickException("\n".join(forms.in_lines(wrong))) from None

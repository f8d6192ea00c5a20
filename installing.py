"""``./run setup``, ``./run migrate``, ``./run check`` and ``./run flask …``: an installation is
made, brought to this version, looked at, and worked on from its machine.

Each ends with a line that says what to do, and an exit code; never with a traceback.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup
from marshmallow import ValidationError
from sqlalchemy.exc import OperationalError

import serve
from application import create_app
from config import Settings, from_environment
from data_protection import commands as protection_commands
from environment import declared
from models import migrating
from models.base import db
from models.rules import RuleBroken
from operations import checking, first_questions, first_start
from operations import commands as operations_commands
from web import forms

SECRET = ("_PASSWORD", "_TOKEN", "_SECRET", "_KEY")  # how names end whose values are never said
HIDDEN = "(set, not shown)"
_PASSWORD = re.compile(r"(?<=:)[^:/@]*(?=@)")  # of an address, such as redis://:secret@host
_QUERY = re.compile(r"\?.*")  # gateways take tokens there


def shown_settings(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Name, value in words and whether the environment gave it, of every setting."""
    for field, told in declared(type(settings)).items():
        value = getattr(settings, field)
        if told.name.endswith(SECRET) and value:
            value = HIDDEN
        yield told.name, _in_words(value) or "none", bool(os.environ.get(told.name))


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        named = ((f"{key}=" if key else "") + _in_words(each) for key, each in value.items())
        return ";".join(named)
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    text = "" if value is None else str(value)
    return _QUERY.sub("?…", _PASSWORD.sub("…", text)) if "://" in text else text


@click.command("settings")
def in_force() -> None:
    """Print every setting as it is in force, and whether it was given or is the default."""
    for name, value, is_given in shown_settings(from_environment()):
        click.echo(f"{name} = {value}" + ("" if is_given else "  (default)"))


# Commands that need neither a key nor a database: for a machine that has none yet.
ALONE: dict[tuple[str, ...], click.Command] = {
    ("keys", "new"): operations_commands.new,
    ("permissions",): protection_commands.permissions,
    ("settings",): in_force,
}
_SIGNS = {"fine": "ok", "missing": "--", "broken": "!!"}


@click.group(help="Make, bring up to date and look at an installation.")
def cli() -> None:
    """The group."""


@contextmanager
def _ready(*, begins: bool = False) -> Iterator[tuple[Flask, Settings]]:
    """The application with its key and a database at this version."""
    settings = from_environment()
    app = serve.prepare(settings, begins=begins)
    with app.app_context():
        yield app, settings


@cli.command()
@click.option("--check", "only_look", is_flag=True, help="Say how it stands; change nothing.")
def migrate(*, only_look: bool) -> None:
    """Bring the database to this version. Can be run again."""
    settings = from_environment()
    if only_look:
        app = create_app(settings, check=False)
        with app.app_context():
            stands, wanted = migrating.stands_at() or "empty", migrating.newest()
        click.echo(f"The database stands at {stands}; this version needs {wanted}.")
        sys.exit(0 if stands == wanted else 1)
    with _ready():
        click.echo(f"The database stands at {migrating.newest()}.")


@cli.command()
def check() -> None:
    """Say how each part stands and what is missing. Ends with 1 where something does not work."""
    app = create_app(from_environment())
    with app.app_context():
        broken = _say(checking.safely())
    sys.exit(1 if broken else 0)


def _say(checks: list[checking.Check]) -> bool:
    for found in checks:
        click.echo(f"{_SIGNS[found.standing]}  {found.part}: {found.words}")
    return any(found.standing == checking.Standing.BROKEN for found in checks)


@cli.command()
@click.option("--name", help="Name of your organisation.")
@click.option("--code", help="Its short code, such as HQ.")
@click.option("--country", help="ISO 3166-1 alpha-2.")
@click.option("--timezone", default="", help="Such as Africa/Tunis; empty: that of the country.")
@click.option("--your-name", help="Name of the first administrator.")
@click.option("--your-mail", help="Mail address of the first administrator.")
@click.option("--officer-name", help="Name of the data protection officer.")
@click.option("--officer-mail", help="Their mail address.")
def setup(**said: str | None) -> None:
    """Make an installation, or go on where it was left: key, database, first account, checks."""
    with _ready(begins=True) as (_app, settings):
        if settings.key_provider == "file":
            click.echo(f"ok  The master key lies in {settings.key_file}. Keep a copy elsewhere.")
        click.echo(f"ok  The database stands at {migrating.newest()}.")
        if first_start.is_empty():
            _begin(settings, said)
        else:
            click.echo("ok  There are accounts already.")
        click.echo("\nWhat else is missing:")
        _say(checking.safely())
        click.echo("\n./run serves.")


# The options of the command line, by the name of the field that takes them.
_SAID = {
    "name": "name",
    "code": "code",
    "country": "country",
    "timezone": "timezone",
    "person_name": "your_name",
    "person_email": "your_mail",
    "officer_name": "officer_name",
    "officer_email": "officer_mail",
}


def _begin(settings: Settings, said: dict[str, str | None]) -> None:
    """Ask for what was not given, make the first account, print its link."""
    given = {field: str(said[option]) for field, option in _SAID.items() if said[option]}
    try:
        wanted = _told(lambda: first_questions.asked(settings.data, given))
        address = _told(lambda: first_start.begin(wanted))
    except click.Abort:
        raise click.ClickException(
            "Your answers are kept. ./run setup goes on from them."
        ) from None
    db.session.commit()
    first_questions.forget(settings.data)
    click.echo(f"ok  Your account is made. Choose a password within three days:\n    {address}")
    click.echo(
        "ok  The data protection officer gets a link by mail. Without mail, on this machine:"
    )
    click.echo(f"    ./run flask user link {wanted['officer_email']}")


def _told(verb: Callable[[], Any]) -> Any:
    """What a verb gives, or its refusal in words."""
    try:
        return verb()
    except ValidationError as wrong:
        words = "\n".join(forms.in_lines(wrong))
    except RuleBroken as wrong:
        words = str(wrong.message)
    db.session.rollback()
    raise click.ClickException(words)


def main(words: list[str]) -> None:
    """Run one command; what is wrong with the installation is one line."""
    os.umask(0o077)  # what a command writes (keys, drafts of reports) is for its owner alone
    name = next((name for name in ALONE if tuple(words[1 : 1 + len(name)]) == name), ())
    try:
        if words[:1] == ["flask"] and name:
            ALONE[name].main(words[1 + len(name) :], prog_name=f"./run flask {' '.join(name)}")
        elif words[:1] == ["flask"]:
            FlaskGroup(create_app=create_app, add_version_option=False).main(
                words[1:], prog_name="./run flask"
            )
        else:
            cli.main(words, prog_name="./run")
    except serve.TROUBLES as trouble:
        sys.exit(str(trouble))
    except OperationalError as away:
        why = str(away.orig).strip().splitlines()[0]
        advice = "The database does not answer. DATABASE_URL says where it is looked for."
        sys.exit(f"{advice}\n{why}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Command: ``./run flask demo make``."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from demo import seed
from models.base import db
from models.people import User

demo = AppGroup("demo", help="Invented people and cases.")


@demo.command("make")
def make() -> None:
    """Make the demo in an empty database. Refused in production."""
    settings = current_app.config["SETTINGS"]
    if settings.production:
        raise click.ClickException("Production holds real people. No demo here.")
    if db.session.execute(select(User.id).limit(1)).first():
        raise click.ClickException("There are accounts already.")
    seed.make(settings.data / "demo-accounts.json")

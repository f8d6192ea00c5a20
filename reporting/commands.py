"""Commands: ``./run flask statistics recount``."""

import click
from flask.cli import AppGroup

from models.base import db
from reporting import facts

statistics = AppGroup("statistics", help="Counts of people assisted.")


@statistics.command("recount")
def recount() -> None:
    """Count all facts anew and compare with the running counts."""
    right = facts.recount()
    db.session.commit()
    click.echo("The running counts were right." if right else "The running counts were wrong and have been replaced.")

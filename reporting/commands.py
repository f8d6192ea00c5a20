"""Commands: ``./run flask statistics recount``."""

import click
from flask.cli import AppGroup

from models.base import db
from reporting import facts

statistics = AppGroup("statistics", help="Counts of people assisted.")


@statistics.command("rebuild")
def rebuild() -> None:
    """Make all facts anew from departures, approvals and endings, and compare."""
    right = facts.rebuild()
    db.session.commit()
    click.echo("Facts and counts were right." if right else "Facts or counts were wrong and have been replaced.")


@statistics.command("recount")
def recount() -> None:
    """Count all facts anew and compare with the running counts."""
    right = facts.recount()
    db.session.commit()
    click.echo("The running counts were right." if right else "The running counts were wrong and have been replaced.")

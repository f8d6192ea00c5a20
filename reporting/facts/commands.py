"""Commands: ``./run flask statistics refresh`` and ``rebuild``."""

import click
from flask.cli import AppGroup

from reporting.facts import counting

statistics = AppGroup("statistics", help="Facts that statistics are made of.")


@statistics.command("refresh")
def refresh() -> None:
    """Count what changed since the last counting. The worker does it by itself every twenty
    seconds.
    """
    click.echo(f"{counting.refresh()} cases counted.")


@statistics.command("rebuild")
def rebuild() -> None:
    """Make all facts anew from the raw rows, and compare."""
    right = counting.rebuild()
    click.echo("The facts were right." if right else "Facts were wrong and have been replaced.")

"""Commands: ``./run flask worker``, ``./run flask schedule``."""

import logging

import click
from flask.cli import with_appcontext

from notifications import metrics
from notifications import worker as working


@click.command("worker")
@click.option("--burst", is_flag=True, help="Stop when there is nothing left to do.")
@click.option(
    "--queue",
    "names",
    multiple=True,
    type=click.Choice(working.ALL),
    help="Only these queues; a worker of its own for hooks keeps slow systems apart.",
)
@with_appcontext
def worker(*, burst: bool, names: tuple[str, ...]) -> None:
    """Deliver notices and run imports until told to stop."""
    logging.getLogger("rq").setLevel(logging.WARNING)
    working.run_worker(working.own_connection(), burst=burst, names=names or working.ALL)


@click.group("queue")
def queue() -> None:
    """Notices on their way."""


@queue.command("status")
@with_appcontext
def status() -> None:
    """What waits, was delivered and failed."""
    for line in metrics.as_text().splitlines():
        if not line.startswith("#"):
            name, _space, value = line.rpartition(" ")
            click.echo(f"{name} {float(value):g}")


@click.command("schedule")
@with_appcontext
def schedule() -> None:
    """Push what is done every minute."""
    working.run_schedule(working.own_connection())

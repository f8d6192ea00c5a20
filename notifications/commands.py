"""Commands: ``./run flask worker``, ``./run flask schedule``."""

import logging

import click
from flask.cli import with_appcontext

from notifications import worker as working


@click.command("worker")
@click.option("--burst", is_flag=True, help="Stop when there is nothing left to do.")
@with_appcontext
def worker(*, burst: bool) -> None:
    """Deliver notices and run imports until told to stop."""
    logging.getLogger("rq").setLevel(logging.WARNING)
    working.run_worker(working.own_connection(), burst=burst)


@click.command("schedule")
@with_appcontext
def schedule() -> None:
    """Push what is done every minute."""
    working.run_schedule(working.own_connection())

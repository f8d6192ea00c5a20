"""Commands: ``./run flask clock …``: the day of the demo is moved while it runs."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from redis import RedisError

from models import clock as moved
from models.base import now
from notifications import worker

clock = AppGroup("clock", help="The clock of the demo: look, move it.")


def _folder() -> Path:
    settings = current_app.config["SETTINGS"]
    if settings.production:
        raise click.ClickException("Production's clock is that of the machine.")
    return Path(settings.data)


@clock.command("show")
def show() -> None:
    """Say what time it is here."""
    _say()


@clock.command("set")
@click.argument("words", nargs=-1, required=True)
def set_(words: tuple[str, ...]) -> None:
    """Make it WORDS: a moment (2027-03-01, 2027-03-01T09:30), a time from now (+6 months), or now
    (the machine's own clock). What is due by then is done at once, where it is served.
    """
    try:
        to = moved.meant(" ".join(words))
    except moved.NoMoment as unclear:
        raise click.ClickException(
            f"{unclear} is no moment. Such as 2027-03-01T09:30, '+6 months', '-2 weeks' or now."
        ) from None
    moved.move(_folder(), to)
    _say()
    try:
        worker.do_all_now(worker.own_connection())
    except (RedisError, OSError):
        click.echo("Nothing serves here now: what is due by then is done when it does.")


def _say() -> None:
    by = moved.moved_by()
    how = f"moved by {by.days} days {by.seconds // 3600} hours" if by else "the machine's own"
    click.echo(f"{now():%Y-%m-%d %H:%M} UTC, {how}.")

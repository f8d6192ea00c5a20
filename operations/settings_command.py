"""Command: ``./run flask settings``: what is in force, with the secrets left out."""

import os
import re
from collections.abc import Iterator
from typing import Any

import click

from config import Settings, from_environment
from environment import declared

SECRET = ("_PASSWORD", "_TOKEN", "_SECRET", "_KEY")  # how names end whose values are never said
HIDDEN = "(set, not shown)"
_PASSWORD = re.compile(r"(?<=:)[^:/@]*(?=@)")  # of an address, such as redis://:secret@host
_QUERY = re.compile(r"\?.*")  # gateways take tokens there


def in_force(settings: Settings) -> Iterator[tuple[str, str, bool]]:
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
def settings() -> None:
    """Print every setting as it is in force, and whether it was given or is the default."""
    for name, value, is_given in in_force(from_environment()):
        click.echo(f"{name} = {value}" + ("" if is_given else "  (default)"))

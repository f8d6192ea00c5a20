"""The questions of ``./run setup``: each is asked until its answer fits and names what may be
chosen; what was answered lies in the data directory until the first account is made, so that an
interruption loses nothing.
"""

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from organisations.schemas import FirstSchema
from standards import places, zones

KEPT = "setup-answers.json"
LIST = "?"
QUESTIONS = {
    "name": "Name of your organisation",
    "code": "Short code, such as HQ",
    "country": f"Country: its name or two letters ({LIST} lists all)",
    "timezone": f"Time zone ({LIST} lists those of the country)",
    "person_name": "Your name",
    "person_email": "Your mail address",
    "officer_name": "Name of the data protection officer, somebody else",
    "officer_email": "Their mail address",
}
_ON_THE_MACHINE = {"setup_code": "on the machine"}  # whoever runs this needs none


def asked(folder: Path, said: Mapping[str, str]) -> dict[str, Any]:
    """What :class:`organisations.schemas.FirstSchema` loads, of ``said`` on the command line, of
    what was answered before, and of what is asked now. Raises :class:`marshmallow.ValidationError`
    for what was said on the command line and does not fit.
    """
    path = folder / KEPT
    before = _kept(path)
    answers = {name: _read(name, value) for name, value in said.items() if value}
    for name in QUESTIONS:
        if name not in answers and _is_needed(name, answers):
            answers[name] = _ask(name, answers, before.get(name))
            _keep(path, before | answers)
    loaded: dict[str, Any] = FirstSchema().load(_ON_THE_MACHINE | answers)
    return loaded


def forget(folder: Path) -> None:
    """The first account is made: what was answered need not lie there any more."""
    (folder / KEPT).unlink(missing_ok=True)


def _is_needed(name: str, answers: Mapping[str, str]) -> bool:
    return name != "timezone" or len(zones.of_country(answers.get("country", ""))) != 1


def _ask(name: str, answers: Mapping[str, str], before: str | None) -> str:
    def fitting(typed: str) -> str:
        if typed.strip() == LIST and (choices := _choices(name, answers)):
            click.echo("\n".join(choices))
            raise click.UsageError("Choose one of these.")
        value = _read(name, typed)
        if words := _wrong(name, value, answers):
            raise click.UsageError(words)
        return value

    answer: str = click.prompt(QUESTIONS[name], default=before, value_proc=fitting)
    return answer


def _wrong(name: str, value: str, answers: Mapping[str, str]) -> str:
    """What is wrong with one answer beside those that were given; with what comes near it."""
    try:
        FirstSchema().load({**answers, name: value}, partial=True)
    except ValidationError as wrong:
        words = " ".join(str(each) for each in wrong.normalized_messages().get(name, []))
    else:
        return ""
    choices = _choices(name, answers)
    near = get_close_matches(value.lower(), [each.lower() for each in choices], n=4, cutoff=0.5)
    named = [each for each in choices if each.lower() in near]
    return f"{words} Near it: {', '.join(named)}." if words and named else words


def _choices(name: str, answers: Mapping[str, str]) -> list[str]:
    if name == "country":
        return [f"{label} ({code})" for code, label in places.countries()]
    if name == "timezone":
        every = [str(code) for code, _label in zones.zones()]
        return list(zones.of_country(answers.get("country", ""))) or every
    return []


def _read(name: str, typed: str) -> str:
    """An answer as the schema takes it: codes in capitals, a country by its name too."""
    value = typed.strip()
    if name == "code":
        return value.upper()
    if name == "country":
        named = {label.lower(): code for code, label in places.countries()}
        return named.get(value.lower(), value.upper())
    return value


def _kept(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}


def _keep(path: Path, answers: Mapping[str, str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(dict(answers), file)

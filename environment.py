"""How a setting is declared, read from the environment by environs, and told in a page.

:mod:`config` declares them: which there are, and what does not go together.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError, ValidationError
from marshmallow import validate

# What a value that cannot be read is told, by the way it was to be read.
_UNREADABLE = {
    "int": "must be a whole number, not {input!r}.",
    "float": "must be a number, not {input!r}.",
    "bool": "must be 'on' or 'off'.",
}


Before = dict[str, Any]  # the settings read so far, by the name of their field


@dataclass(frozen=True)
class Declared:
    """One environment variable: how it is read and what is said of it."""

    name: str
    sort: str  # a way of environs to read, or one of ours (:class:`Given`)
    default: Any  # a value, or what makes it of the settings that stand before
    sentence: str
    shown: str | None
    check: Callable[[Any], Any] | None


def setting(
    name: str,
    sort: str,
    default: Any,
    sentence: str,
    *,
    shown: str | None = None,
    check: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of :class:`config.Settings`. ``shown`` is the default as the page says it."""
    return field(metadata={"declared": Declared(name, sort, default, sentence, shown, check)})


def one_of(*choices: Any, words: str) -> validate.OneOf:
    """A check that refuses all but ``choices``, which ``words`` tell."""
    return validate.OneOf(choices, error=f"must be {words}.")


def at_least(least: int) -> validate.Range:
    """A check that refuses smaller numbers."""
    return validate.Range(min=least, error=f"must be at least {least}.")


def between(least: int, most: int) -> validate.Range:
    """A check that refuses smaller and larger numbers."""
    return validate.Range(min=least, max=most, error=f"must be between {least} and {most}.")


def is_file(path: Path) -> None:
    """A check that refuses a path where no file is."""
    if not path.is_file():
        raise ValidationError(f"names a file that is not there: {path}.")


class Given(Env):
    """What an installation was given, as environs reads it, with the ways of reading that are ours.

    Nothing but ``given`` is read, without the spaces around it; what is empty is not given.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self.values = {name: text.strip() for name, text in given.items() if text.strip()}
        self.add_parser("address", lambda text: text.rstrip("/"))
        self.add_parser("folder", lambda text: Path(text).resolve())
        self.add_parser("database", _database_url)
        self.add_parser("months", _months)
        self.add_parser("tries", _tries)
        self.add_parser("counts", _counts)
        self.add_parser("thousandths", _thousandths)
        self.add_parser("words", _words)
        self.add_parser("networks", _networks)

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self.values.get(env_key, default)


def declared(shape: type) -> dict[str, Declared]:
    """What is declared of each field of a dataclass, by its name, in the order of reading."""
    found = {each.name: each.metadata.get("declared") for each in fields(shape)}
    return {name: told for name, told in found.items() if told is not None}


def read(given: Given, shape: type) -> tuple[Before, list[str]]:
    """The values of all settings, None where one is faulty; and the faults, a line each."""
    values: Before = {}
    for name, told in declared(shape).items():
        values[name] = _value(given, told, values)
    try:
        given.seal()
    except EnvValidationError as trouble:
        faults = dict(trouble.error_messages)  # type: ignore[arg-type]  # sealing gives a mapping
        return values, [f"{name} {words}" for name, said in faults.items() for words in said]
    return values, []


# What a cluster puts beside a service that is called like us: SAFECONDUCT_PORT=tcp://…, and so on.
_OF_A_CLUSTER = re.compile(r"_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)")


def unknown(
    given: Mapping[str, str], shape: type, prefix: str, besides: Collection[str]
) -> list[str]:
    """Names of ours that nothing reads, a line each with the nearest right one: a setting that is
    misspelt would be off without a word.
    """
    known = sorted(told.name for told in declared(shape).values())
    others = [
        name
        for name, value in sorted(given.items())
        if name.startswith(prefix)
        and name not in known
        and name.removeprefix(prefix) not in besides
        if not (_OF_A_CLUSTER.search(name) or value.startswith(("tcp://", "udp://")))
    ]
    return [_not_known(name, known, prefix) for name in others]


def _not_known(name: str, known: list[str], prefix: str) -> str:
    after = {each.removeprefix(prefix): each for each in known}
    near = get_close_matches(name.removeprefix(prefix), after, n=1)
    meant = f"Did you mean {after[near[0]]}?" if near else "docs/settings.md names all."
    return f"{name} is no setting. {meant}"


def _value(given: Given, told: Declared, before: Before) -> Any:
    """One value, or None where it is faulty: environs keeps the fault until it is sealed."""
    default = told.default(before) if callable(told.default) else told.default
    more: dict[str, Any] = {} if told.check is None else {"validate": told.check}
    if told.sort in _UNREADABLE:
        more["error_messages"] = {"invalid": _UNREADABLE[told.sort]}
    return getattr(given, told.sort)(told.name, default, **more)


def _thousandths(text: str) -> int:
    """A number of epsilon in whole thousandths."""
    try:
        thousandths = round(float(text) * 1000)
    except (ValueError, OverflowError):
        thousandths = -1
    if not 0 < thousandths <= 100_000:
        raise ValidationError("must be a number between 0.001 and 100.")
    return thousandths


def _months(text: str) -> dict[str, tuple[int, ...]]:
    """``1,3,6,12`` for all, or by programme: ``1,3,6,12;hasm=1,6``."""
    by_programme: dict[str, tuple[int, ...]] = {"": (1, 3, 6, 12)}
    for part in text.split(";"):
        programme, _, numbers = part.rpartition("=")
        months = [number.strip() for number in numbers.split(",")]
        if not all(number.isdigit() and 1 <= int(number) <= 60 for number in months):
            raise ValidationError(
                "must be months such as '1,3,6,12', or by programme '1,3,6,12;hasm=1,6'."
            )
        by_programme[programme.strip()] = tuple(sorted({int(number) for number in months}))
    return by_programme


def _tries(text: str) -> dict[str, tuple[int, ...]]:
    """Tries and ways, ``3,3`` for all, or by programme: ``3,3;hasm=2,1``."""
    by_programme: dict[str, tuple[int, ...]] = {"": (3, 3)}
    for part in text.split(";"):
        programme, _, numbers = part.rpartition("=")
        found = [number.strip() for number in numbers.split(",")]
        if (
            len(found) != 2
            or not all(number.isdigit() and 1 <= int(number) <= 20 for number in found)
            or int(found[1]) > min(3, int(found[0]))
        ):
            raise ValidationError(
                "must be tries and, of them, different ways (at most 3), such as '3,3', or by "
                "programme '3,3;hasm=2,1'."
            )
        by_programme[programme.strip()] = (int(found[0]), int(found[1]))
    return by_programme


def _counts(text: str) -> dict[str, int]:
    """``40`` for all, or by name: ``40;supervisor=120``."""
    found: dict[str, int] = {}
    for part in text.split(";"):
        name, _, number = part.rpartition("=")
        if not (number.strip().isdigit() and int(number)):
            raise ValidationError("must be counts such as '40;supervisor=120;token=500'.")
        found[name.strip()] = int(number)
    return {"": 40} | found


def _words(text: str) -> tuple[str, ...]:
    """``mfa, phr``: what stands between the commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _networks(text: str) -> tuple[str, ...]:
    """``10.0.0.4, fd00::/8``: addresses and networks, all of them readable."""
    for part in _words(text):
        try:
            ip_network(part, strict=False)
        except ValueError:
            raise ValidationError(f"holds no address or network: {part}.") from None
    return _words(text)


def _database_url(url: str) -> str:
    """SQLAlchemy's spelling of the address."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


_SORTS = {
    "bool": "`on` or `off`",
    "int": "whole number",
    "float": "number",
    "thousandths": "number",
    "path": "path",
    "folder": "path",
    "months": "months",
    "tries": "whole numbers",
    "counts": "whole numbers",
    "words": "words",
    "networks": "addresses",
}


def page(shape: type) -> str:
    """``docs/settings.md``: what is declared, as a table."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read once at the start; what is empty counts as not given.",
        "Made of `config.py` by `.venv/bin/python -m config > docs/settings.md`; a test compares.",
        "",
        "| name | sort | default | what |",
        "|---|---|---|---|",
        *(_line(told) for told in declared(shape).values()),
    ]
    return "\n".join(lines) + "\n"


def _line(told: Declared) -> str:
    sort = _SORTS.get(told.sort, "text")
    return f"| `{told.name}` | {sort} | {_default(told)} | {told.sentence} |"


def _default(told: Declared) -> str:
    """The default in words: those that were declared, else the value itself."""
    if told.shown is not None:
        return told.shown
    if told.default in {None, ""}:
        return "none"
    if told.sort == "bool":
        return "`on`" if told.default else "`off`"
    return f"`{told.default}`"

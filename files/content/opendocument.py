"""ODT, ODS, ODP: what their parts point at and what their events do."""

import re
from typing import TYPE_CHECKING

from files.content import markup
from files.content.kinds import NotKept
from files.content.links import is_plain_link

if TYPE_CHECKING:
    from files.content.office import Parts

_CLICKED = frozenset({"a", "event-listener", "event"})
_RUNS = frozenset({"script", "applet", "plugin", "control-macro"})
_FETCHES = frozenset({"dde-source", "table-source", "database-source-sql", "dde-connection-decl"})
_FETCHING_FORMULA = re.compile(r"\b(?:WEBSERVICE|DDE)\s*\(", re.IGNORECASE)


def look(parts: "Parts") -> None:
    """Raise :class:`NotKept` for a part that runs or fetches something, or is encrypted."""
    for name in parts.ending(".xml", ".rdf"):
        with parts.open(name) as stream:
            markup.read(stream, _element)


def _element(name: str, attributes: dict[str, str]) -> None:
    if name == "encryption-data":
        raise NotKept("encrypted")
    if name in _RUNS or "macro-name" in attributes:
        raise NotKept("active")
    if name in _FETCHES or _FETCHING_FORMULA.search(attributes.get("formula", "")):
        raise NotKept("remote")
    _refuse_pointer(name, attributes.get("href", ""))


def _refuse_pointer(name: str, target: str) -> None:
    """A link may be clicked; what the document shows by itself must lie within it."""
    plain = target.strip().casefold()
    if plain.startswith(("vnd.sun.star", "macro:", "service:")):
        raise NotKept("active")
    if name == "template":  # only named, and opened when somebody asks for it
        if "//" in plain.removeprefix("file:///"):
            raise NotKept("remote")
    elif name in _CLICKED:
        if not is_plain_link(target):
            raise NotKept("opens")
    elif ":" in plain.partition("/")[0] or plain.startswith(("/", "../", "\\")):
        raise NotKept("remote")

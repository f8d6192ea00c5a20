"""The rows of a table that somebody brings: a CSV file, or cells copied from a spreadsheet."""

import csv
from collections.abc import Collection, Mapping
from io import StringIO
from typing import Any

from flask_babel import gettext as _

from web import unseen

Rows = list[tuple[int, dict[str, str]]]


class BadHeads(Exception):
    """There are columns that nobody knows; its text says which."""


def read(content: str, known: Collection[str], also: Mapping[str, str] | None = None) -> Rows:
    """The rows with their lines, cells by the names of their columns; empty rows are left out.

    Commas, semicolons or tabs stand between cells, whichever the line of heads has. ``also``: other
    words for a column. Raises :class:`BadHeads`.
    """
    head = content.partition("\n")[0]
    between = next((sign for sign in ("\t", ";") if sign in head), ",")
    rows: Any = csv.DictReader(StringIO(content), delimiter=between)
    names = [unseen.exact(name).lower() for name in rows.fieldnames or []]
    names = [(also or {}).get(name, name) for name in names]
    if unknown := [name or "–" for name in names if name not in known]:
        raise BadHeads(str(_("Line 1: no such column: %(names)s.", names=", ".join(unknown))))
    rows.fieldnames = names
    found = [(line, _cells(row)) for line, row in enumerate(rows, start=2)]
    return [(line, cells) for line, cells in found if cells]


def _cells(row: dict[str, Any]) -> dict[str, str]:
    stripped = {name: str(text or "").strip() for name, text in row.items() if name}
    return {name: text for name, text in stripped.items() if text}

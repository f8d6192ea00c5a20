"""Many organisations at once, from a table: one row each, heads named like the fields of
:class:`organisations.schemas.OrganisationSchema`.
"""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError

from access.actors import Actor
from models.people import Organisation
from models.rules import RuleBroken
from organisations import administration
from organisations.schemas import OrganisationSchema
from web import forms

SEVERAL = ("services", "languages")


class BadList(Exception):
    """Rows that cannot be taken; ``faults`` names each with its line and field. None was taken."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def read(content: str) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a CSV file (commas or semicolons), each with its line. Several values in a cell
    stand apart by spaces. Raises :class:`BadList` for heads that nobody knows.
    """
    head = content.partition("\n")[0]
    rows = csv.DictReader(StringIO(content), delimiter=";" if ";" in head else ",")
    known = OrganisationSchema().fields.keys()
    names = [name.strip().lower() for name in rows.fieldnames or []]
    if unknown := [name for name in names if name not in known]:
        words = _("Line 1: no such column: %(names)s.", names=", ".join(unknown))
        raise BadList([str(words)])
    rows.fieldnames = names
    return [(line, _cells(row)) for line, row in enumerate(rows, start=2)]


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    given = {name: str(text or "").strip() for name, text in row.items() if name}
    split = {name: given[name].split() for name in SEVERAL if name in given}
    return {name: value for name, value in (given | split).items() if value}


def take(rows: Iterable[tuple[int, dict[str, Any]]], *, by: Actor) -> list[Organisation]:
    """Make one organisation of each row; all, or none where :class:`BadList` is raised."""
    faults: list[str] = []
    made: list[Organisation] = []
    for line, row in rows:
        try:
            given = OrganisationSchema().load(row)
            made.append(administration.make(by=by, given=given))
        except ValidationError as wrong:
            faults += [f"{line}: {fault}" for fault in forms.in_lines(wrong)]
        except RuleBroken as wrong:
            faults.append(f"{line}: {wrong.field}: {wrong.message}")
    if faults:
        raise BadList(faults)
    return made

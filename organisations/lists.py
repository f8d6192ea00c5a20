"""Many organisations at once, from a table: one row each, heads named like the fields of
:class:`organisations.schemas.OrganisationSchema`.
"""

from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError

from access.actors import Actor
from models.people import Organisation
from models.rules import RuleBroken
from organisations import administration
from organisations.schemas import OrganisationSchema
from web import forms, rows

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
    try:
        found = rows.read(content, OrganisationSchema().fields.keys())
    except rows.BadHeads as wrong:
        raise BadList([str(wrong)]) from None
    return [(line, _split(cells)) for line, cells in found]


def _split(cells: dict[str, str]) -> dict[str, Any]:
    return {name: text.split() if name in SEVERAL else text for name, text in cells.items()}


def take(given_rows: Iterable[tuple[int, dict[str, Any]]], *, by: Actor) -> list[Organisation]:
    """Make one organisation of each row; all, or none where :class:`BadList` is raised."""
    faults: list[str] = []
    made: list[Organisation] = []
    for line, row in given_rows:
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

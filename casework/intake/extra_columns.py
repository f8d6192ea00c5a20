"""Columns of a list that answer what the office asks besides (:mod:`models.extra_fields`), by the
name that the field goes by.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from casework.intake import cells
from casework.intake.file_readers import text_of
from models import extra_fields
from models.extra_fields import Shown
from standards.lists import Options
from web.extra_fields import in_words

# The forms that a registration fills in, and where their answers go.
SECTIONS = {"identity": "person", "account": "account", "needs": "needs"}


def targets() -> Options:
    """What a column can mean besides ours, in the reader's language."""
    return tuple((field.name, in_words(field.said["labels"])) for field in _here() if field.offered)


def spellings() -> dict[str, list[str]]:
    """How the columns may be headed: as the field is called, in each of its languages."""
    return {field.name: list(field.said["labels"].values()) for field in _here()}


def home(column: str) -> tuple[str, str] | None:
    """The section and the field that a column answers; None where it is not asked."""
    asked = {field.name: SECTIONS[field.place] for field in _here()}
    return (asked[column], column) if column in asked else None


def value_of(column: str, cell: Any) -> Any:
    """What a cell answers; None where that is no answer of this kind."""
    field = next(each for each in _here() if each.name == column)
    read = _READERS.get(field.kind)
    return read(field, cell) if read else text_of(cell)


def _here() -> list[Shown]:
    return [field for place in SECTIONS for field in extra_fields.of_place(place)]


def _one(field: Shown, cell: Any) -> str | None:
    return _codes(field).get(_folded(text_of(cell)))


def _several(field: Shown, cell: Any) -> list[str] | None:
    codes = _codes(field)
    parts = [part for part in text_of(cell).replace(",", ";").split(";") if part.strip()]
    found = [codes.get(_folded(part)) for part in parts]
    return None if None in found else [code for code in found if code]


def _codes(field: Shown) -> Mapping[str, str]:
    """Codes by what they are called, in any language, and by themselves."""
    options = field.said.get("options", ())
    named = {
        _folded(label): option["code"] for option in options for label in option["labels"].values()
    }
    return named | {_folded(option["code"]): option["code"] for option in options}


def _folded(text: str) -> str:
    """For comparing, in any script."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _yes_no(_field: Shown, cell: Any) -> str | None:
    if cells.says_yes(cell):
        return "yes"
    return "no" if _folded(text_of(cell)) in _NO else None


_NO = {"no", "false", "0", "non"}
_READERS: Mapping[str, Callable[[Shown, Any], Any]] = {
    "choice": _one,
    "several": _several,
    "yes_no": _yes_no,
    "date": lambda _field, cell: day.isoformat() if (day := cells.day_of(cell)) else None,
    "partial_date": lambda _field, cell: cells.partial_date(cell),
}

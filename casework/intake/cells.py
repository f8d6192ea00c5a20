"""What one cell of a file says, in the codes and dates of a case."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from casework.intake.file_readers import text_of
from casework.intake.standard_columns import LISTED, MULTIPLE
from standards import htcds, places, spoken

_YES = {"yes", "true", "1", "oui", "si"}
# Why a cell of a column could not be read; others are "invalid".
_REASONS = {
    "prs_Birthdate": "no_date",
    "prs_Gender": "not_in_list",
    "prs_Citizenship": "not_in_list",
    **dict.fromkeys(LISTED | MULTIPLE, "not_in_list"),
}


def value_of(column: str, cell: Any) -> Any:
    """What a cell of a column says; None where it says nothing that can be kept."""
    read = _READERS.get(column)
    if read is not None:
        return read(cell)
    text = text_of(cell)
    if column in LISTED:
        return htcds.code_of(column, text)
    if column in MULTIPLE:
        return codes(column, text)
    return text


def reason(column: str) -> str:
    """Why a cell of a column was not taken."""
    return _REASONS.get(column, "invalid")


def says_yes(cell: Any) -> bool:
    """Whether a cell says yes, in one of the languages that such files come in."""
    return htcds.folded(text_of(cell)) in _YES


def codes(column: str, text: str) -> list[str] | None:
    """Codes of a cell; None where one is not in the list of the standard.

    One label, several with ``;`` (toolkit), or several names with spaces (survey export).
    """
    code = htcds.code_of(column, text)
    if code:
        return [code]
    parts = text.split(";") if ";" in text else text.split(",") if "," in text else text.split()
    return _joined_codes(
        column, [part for part in parts if part.strip()], ";" if ";" in text else ","
    )


def _joined_codes(column: str, parts: list[str], mark: str) -> list[str] | None:
    """The codes of parts; a label with the mark in it (some industries) is put together again."""
    taken: list[str] = []
    while parts:
        width = next(
            (
                width
                for width in range(min(3, len(parts)), 0, -1)
                if htcds.code_of(column, mark.join(parts[:width]))
            ),
            0,
        )
        if not width:
            return None
        taken.append(htcds.code_of(column, mark.join(parts[:width])) or "")
        parts = parts[width:]
    return list(dict.fromkeys(taken))


def day_of(cell: Any) -> date | None:
    """The day of a cell, if it is one."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)[:10].replace("/", "-")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def partial_date(cell: Any) -> dict[str, Any] | None:
    """A birth date as far as it is known: a day, ``2004-05``, ``2004``; None where it is no date.

    With ``~`` (ISO 8601-2) where it is estimated.
    """
    text = text_of(cell)
    estimated = text.endswith("~")
    text = text.rstrip("~")
    if day := day_of(cell if not estimated else text):
        return {"year": day.year, "month": day.month, "day": day.day, "estimated": estimated}
    parts = text.split("-")
    if (
        len(parts) > 2
        or not all(part.isascii() and part.isdigit() for part in parts)
        or len(parts[0]) != 4
    ):
        return None
    birth: dict[str, Any] = {"year": int(parts[0]), "estimated": estimated}
    return birth | ({"month": int(parts[1])} if len(parts) == 2 else {})


def _languages(cell: Any) -> list[str]:
    """Languages by code, or by name in any language that such files come in; in words what nobody
    knows: never a reason to refuse a person.
    """
    return spoken.in_text(text_of(cell))


def _citizenship(cell: Any) -> str | None:
    return places.citizenship_of(text_of(cell).split(";")[0])


def _gender(cell: Any) -> str | None:
    return htcds.code_of("prs_Gender", text_of(cell))


_READERS: dict[str, Callable[[Any], Any]] = {
    "prs_Birthdate": partial_date,
    "prs_PrimaryLanguage": _languages,
    "prs_SecondaryLanguage": _languages,
    "prs_Deceased": says_yes,
    "prs_Gender": _gender,
    "prs_Citizenship": _citizenship,
}

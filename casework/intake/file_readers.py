"""The rows of a file of cases: toolkit workbooks, CSV, JSON, lists of somebody's own making.

What they mean is :mod:`casework.intake.importing`'s.
"""

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from flask_babel import gettext as _

from loading import later
from models import index
from models.rules import RuleBroken
from standards import htcds

openpyxl = later("openpyxl")
openpyxl_errors = later("openpyxl.utils.exceptions")

MOST_ROWS = 20_000
MOST_WIDE = 800
MOST_ABOVE = 10  # lines above the one that names the columns
MOST_UNPACKED = 200 * 1024 * 1024


class UnknownColumns(RuleBroken):
    """The file can be read, but its columns are of its own making: a person says which is which."""


class UnreadableFile(RuleBroken):
    """The file is not one of the formats; the message says what is expected."""


@dataclass(frozen=True)
class Row:
    """One row of a file: its number there, and its cells by field of the standard."""

    number: int
    cells: dict[str, Any]
    token: bytes
    basis: str = ""  # why the person is kept without consent (a crisis list)


def lines(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The lines of a workbook or CSV file with their numbers; raises :class:`UnreadableFile`."""
    if not content:
        raise UnreadableFile(_("The file is empty."), "file")
    if content[:2] == b"PK":
        return _workbook(content)
    return (
        _json(content)
        if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}
        else _csv(content)
    )


def read(content: bytes, columns: dict[int, str] | None = None, basis: str = "") -> list[Row]:
    """The rows of a file.

    ``columns`` says which is which where the file is a list of its own making, whose first line
    names them.
    """
    rows = list(_listed(lines(content), columns, basis) if columns else _rows(lines(content)))
    if not rows:
        raise UnreadableFile(_("The file has the right columns but no rows."), "file")
    if len(rows) > MOST_ROWS:
        message = _(
            "The file has %(rows)s rows, and %(most)s are taken at a time. Split it and try again: "
            "nothing was stored.",
            rows=len(rows),
            most=MOST_ROWS,
        )
        raise UnreadableFile(message, "file")
    return rows


def _workbook(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableFile(_("The workbook is too large when unpacked."), "file")
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheet = next(
            (page for page in book.worksheets if page.title == "Case Sheet"), book.worksheets[0]
        )
        yield from enumerate(sheet.iter_rows(values_only=True, max_col=MOST_WIDE), 1)
    except UnreadableFile:
        raise
    except (
        zipfile.BadZipFile,
        openpyxl_errors.InvalidFileException,
        KeyError,
        ValueError,
        OSError,
        EOFError,
        IndexError,
        TypeError,
        SyntaxError,
    ):
        raise UnreadableFile(
            _("This is not a workbook that can be opened. Save it as .xlsx and try again."), "file"
        ) from None


def _json(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Cases as JSON, a list or under ``cases``.

    What a case has several of is a list there, and numbered columns here.
    """
    try:
        whole = json.loads(content.decode("utf-8-sig"))
        cases = whole["cases"] if isinstance(whole, dict) else whole
        flat = [_flat_case(case) for case in cases]
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnreadableFile(
            _(
                "This is not a JSON file of cases: "
                "a list of cases with the field names of the standard is expected."
            ),
            "file",
        ) from None
    columns = list(dict.fromkeys(name for case in flat for name in case))
    yield 1, tuple(columns)
    for number, case in enumerate(flat, 2):
        yield number, tuple(case.get(name) for name in columns)


def _flat_case(case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in case.items():
        if name in htcds.GROUPS:
            for number, entry in enumerate(value[: htcds.MOST_IN_GROUP], 1):
                found |= {
                    column if number == 1 else f"{column}.{number}": _joined(cell)
                    for column, cell in entry.items()
                }
        else:
            found[name] = _joined(value)
    return found


def _joined(value: Any) -> Any:
    return (
        ";".join(map(str, value))
        if isinstance(value, list)
        else ("Yes" if value else "No")
        if isinstance(value, bool)
        else value
    )


def _csv(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(
            _("This is neither a workbook nor a CSV file in UTF-8."), "file"
        ) from None
    if "\0" in text:
        raise UnreadableFile(_("This is neither a workbook nor a CSV file in UTF-8."), "file")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
        ):
            yield number, tuple(cells)
    except csv.Error:
        raise UnreadableFile(
            _("This CSV file is broken. Save it again and try once more."), "file"
        ) from None


def _rows(lines: Iterator[tuple[int, tuple[Any, ...]]]) -> Iterator[Row]:
    """The rows below the line that names columns of the standard. Raises where there is none."""
    columns: dict[int, str] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for number, cells in lines:
        if header := _header(cells):
            columns = header  # the visible row of labels comes last, and wins
        elif columns:
            yield from _row(number, cells, columns, seen)
        elif number > MOST_ABOVE:
            break
    if not columns:
        message = _(
            "No column of the HTCDS toolkit was found. "
            "The first rows must name them, such as First Name or prs_FirstName."
        )
        raise UnknownColumns(message, "file")


def _header(cells: tuple[Any, ...]) -> dict[int, str]:
    """Which column is which, if this line names columns: three at least, and half of its cells."""
    named = {
        place: name
        for place, cell in enumerate(cells)
        if isinstance(cell, str) and (name := htcds.column_of(cell))
    }
    filled = sum(cell not in (None, "") for cell in cells)
    return named if len(named) >= 3 and len(named) >= filled / 2 else {}


def _row(
    number: int,
    cells: tuple[Any, ...],
    columns: dict[int, str],
    seen: Counter[tuple[str, ...]],
    basis: str = "",
) -> Iterator[Row]:
    """A line as a row, if anything stands in it; the token tells equal rows of a file apart."""
    values = {
        columns[place]: cell
        for place, cell in enumerate(cells)
        if place in columns and not empty(cell)
    }
    if values:
        texts = tuple(f"{name}={text_of(values[name])}" for name in sorted(values))
        seen[texts] += 1
        yield Row(number, values, index.row_token(*texts, str(seen[texts])), basis)


def _listed(
    content: Iterator[tuple[int, tuple[Any, ...]]], columns: dict[int, str], basis: str
) -> Iterator[Row]:
    """The rows of a list of its own making: all but the first line."""
    seen: Counter[tuple[str, ...]] = Counter()
    for number, cells in islice(content, 1, None):
        yield from _row(number, cells, columns, seen, basis)


def empty(cell: Any) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Any) -> str:
    """A cell as text: days in ISO form, whole numbers without a point."""
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    # Files that we wrote have an apostrophe before what a spreadsheet would take for a formula.
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text

"""Figures as files:

CSV, workbook, SVG, PNG. Each says inside how it was counted, and shows no more than the page.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, render_template
from flask_babel import format_datetime
from flask_babel import gettext as _

from loading import later
from reporting.tables.panels import Panel
from web import template_filters

if TYPE_CHECKING:
    import typst
    from openpyxl import Workbook
else:
    typst = later("typst")
openpyxl = later("openpyxl")
openpyxl_styles = later("openpyxl.styles")
openpyxl_utils = later("openpyxl.utils")
pyzipper = later("pyzipper")

FONTS = Path(__file__).parents[2] / "static" / "fonts" / "pdf"
# The looks a chart carries when it stands alone: the light theme's, by value.
STYLE = (
    "text{font-family:'Noto Sans','Noto Naskh Arabic',sans-serif;font-size:12px;fill:#3C4B4E}"
    ".strong{font-weight:600}"
    "line{stroke:#D9E0DF}"
    ".s0{fill:#0E6A70}"
    ".s1{fill:#C0712A}"
    ".s2{fill:#5B5FA8}"
    ".s3{fill:#7A8B90}"
    ".r0{fill:#0E6A70;fill-opacity:.45}"
    ".r1{fill:#C0712A;fill-opacity:.45}"
    ".r2{fill:#5B5FA8;fill-opacity:.45}"
    ".r3{fill:#7A8B90;fill-opacity:.45}"
    ".pattern-line{stroke:#FFFFFF}"
    ".hatch-bg{fill:#FFFFFF;stroke:#6B7C80}"
    ".hatch-line{stroke:#6B7C80}"
    ".l0{stroke:#0E6A70;stroke-width:2.5;fill:#FFFFFF}"
    ".l1{stroke:#C0712A;stroke-width:2.5;stroke-dasharray:7 4;fill:#FFFFFF}"
    ".l2{stroke:#5B5FA8;stroke-width:2.5;stroke-dasharray:2 3;fill:#FFFFFF}"
    ".l3{stroke:#7A8B90;stroke-width:2.5;stroke-dasharray:9 3 2 3;fill:#FFFFFF}"
)


def about(panel: Panel, as_of: datetime, period: str) -> list[tuple[str, str]]:
    """What a reader of a file must know beside the numbers."""
    return [
        (_("Figure"), panel.title),
        (_("Period"), period),
        (_("Counted to"), format_datetime(as_of)),
        *((_("How this is counted"), text) for text in panel.definition),
        *(
            [
                (
                    _("Hidden"),
                    _("Small counts, and counts that would give a small one away, are not shown."),
                )
            ]
            if panel.sheet.hidden
            else []
        ),
    ]


def as_csv(panel: Panel, as_of: datetime, period: str) -> bytes:
    """One figure: the table first, then how it was counted.

    UTF-8 with the mark that spreadsheets look for.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(panel.sheet.defused())
    writer.writerow([])
    writer.writerows(
        [template_filters.defused(text_) for text_ in line] for line in about(panel, as_of, period)
    )
    return ("\ufeff" + text.getvalue()).encode()


def as_workbook(panels: Sequence[Panel], as_of: datetime, period: str) -> bytes:
    """All figures of a page: a sheet each, numbers as numbers, the definitions on a sheet of their
    own.
    """
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = _("Definitions")[:31]
    names: set[str] = {first.title}
    for panel in panels:
        for line in about(panel, as_of, period):
            first.append([template_filters.defused(text) for text in line])
        first.append([])
        if panel.sheet.rows:
            _one_sheet(book, _free_name(panel.title, names), panel)
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 24, 110
    for row in first.iter_rows(max_col=2):
        row[1].alignment = openpyxl_styles.Alignment(wrap_text=True, vertical="top")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _free_name(title: str, names: set[str]) -> str:
    plain = "".join(letter for letter in title if letter not in "[]:*?/\\'")[:28].strip() or "1"
    name, number = plain, 2
    while name.casefold() in {taken.casefold() for taken in names}:
        name, number = f"{plain[:26]} {number}", number + 1
    names.add(name)
    return name


def _one_sheet(book: "Workbook", name: str, panel: Panel) -> None:
    page = book.create_sheet(name)
    page.append(panel.sheet.defused()[0])
    for cell in page[1]:
        cell.font = openpyxl_styles.Font(bold=True)
    for line in panel.sheet.rows:
        page.append(
            [
                template_filters.defused(line[0]),
                *(
                    int(text)
                    if text.isascii() and text.isdigit()
                    else template_filters.defused(text)
                    for text in line[1:]
                ),
            ]
        )
    page.freeze_panes = "B2"
    for number in range(1, len(panel.sheet.head) + 1):
        page.column_dimensions[openpyxl_utils.get_column_letter(number)].width = (
            30 if number == 1 else 16
        )


def as_svg(panel: Panel) -> bytes:
    """The chart of a figure, standing alone."""
    return (
        render_template("reporting/pages/chart.svg", panel=panel, chart_style=STYLE)
        .strip()
        .encode()
    )


@lru_cache
def _fonts() -> "typst.Fonts":
    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])


def as_png(svg: bytes) -> bytes:
    """A drawing as pixels, two for each of its own; set in memory."""
    page = (
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg", width: 900pt, alt: "chart")'
    )
    return bytes(
        typst.compile(
            page, sys_inputs={"svg": svg.decode()}, font_paths=_fonts(), format="png", ppi=144.0
        )
    )  # type: ignore[arg-type]


def locked(files: dict[str, bytes], password: str) -> bytes:
    """Files in a ZIP that opens with ``password`` alone (AES-256, WinZip's AE-2; 7-Zip, WinZip,
    Keka and others open it).
    """
    out = io.BytesIO()
    with pyzipper.AESZipFile(
        out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as packed:
        packed.setpassword(password.encode())
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sent(content: bytes, kind: str, name: str) -> Response:
    """``content`` as a file to keep under ``name``; ``kind`` is its media type."""
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=kind, headers=attached)

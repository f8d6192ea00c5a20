"""What a page of statistics shows: panels with a title, a definition, a sheet of cells and a chart.
Page, print, CSV, workbook and PDF all come from these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from reporting.tables import charts, measures, tables
from reporting.tables.charts import Chart
from reporting.tables.questions import Table
from web import template_filters


@dataclass(frozen=True)
class Sheet:
    """Cells as they may be shown: a head, rows of texts with the name first, and where something is
    hidden.
    """

    head: list[str]
    rows: list[list[str]]
    hidden: frozenset[tuple[int, int]] = frozenset()
    total: bool = False  # the last row is one
    links: dict[int, str] = field(default_factory=dict)  # row → where its name leads

    def defused(self) -> list[list[str]]:
        """Head and rows for files that spreadsheets open."""
        return [
            [template_filters.defused(text) for text in line] for line in (self.head, *self.rows)
        ]


@dataclass(frozen=True)
class Panel:
    """One figure of a page."""

    code: str
    title: str
    definition: list[str]
    sheet: Sheet
    chart: Chart | None = None
    people: bool = True  # counts people, protected; else work, which is not for publication
    table: Table | None = None
    wide: bool = False


def of_people(
    code: str,
    title: str,
    table: Table,
    limit: int,
    *,
    rtl: bool,
    chart: Chart | None = None,
    more: Sequence[str] = (),
) -> Panel:
    """A panel of a protected table."""
    measure = measures.MEASURES[table.question.measure]
    definition = [
        str(measure.definition),
        *map(str, measures.COMMON[1:] if measure.each_kind else measures.COMMON),
        *more,
    ]
    drawn = chart if chart is not None else charts.of_table(table, rtl=rtl)
    return Panel(code, title, definition, sheet(table, limit), drawn, table=table)


def sheet(table: Table, limit: int) -> Sheet:
    """The cells of a protected table, the totals of the period before in a last column."""
    if not table.cells:
        return Sheet([], [])
    comparing = bool(table.before)
    head = [table.rows_title, *table.column_labels, *([_("Period before")] if comparing else [])]
    rows, hidden = [], set()
    for number, (label, line) in enumerate(zip(table.row_labels, table.cells, strict=False)):
        cells = [*line, *([table.before[number]] if comparing else [])]
        rows.append([label, *(cell.text(limit) for cell in cells)])
        hidden |= {(number, place + 1) for place, cell in enumerate(cells) if cell.value is None}
    return Sheet(head, rows, frozenset(hidden), total=len(table.row_labels) > len(table.rows))


def flow_panel(code: str, title: str, table: Table, limit: int, *, rtl: bool) -> Panel:
    """Flows from rows to columns as ribbons, and the same as a list."""
    links = [
        (table.row_labels[row], table.column_labels[column], table.cells[row][column])
        for row in range(len(table.rows))
        for column in range(len(table.columns))
    ]
    drawn = charts.flows(
        [(source, target, cell.value) for source, target, cell in links if cell.value], rtl=rtl
    )
    shown = sorted(
        (link for link in links if link[2].value),
        key=lambda link: (-(link[2].value or 0), link[0], link[1]),
    )
    rows = [[source, target, cell.text(limit)] for source, target, cell in shown]
    hidden: frozenset[tuple[int, int]] = frozenset()
    if len(shown) < len(links):  # how many of them are nobody at all would tell something too
        hidden = frozenset({(len(rows), 2)})
        rows.append([_("All other flows"), "", _("<%(limit)s or hidden", limit=limit)])
    measure = measures.MEASURES[table.question.measure]
    definition = [str(measure.definition), *map(str, measures.COMMON)]
    return Panel(
        code,
        title,
        definition,
        Sheet([_("From"), _("To"), _("People")], rows, hidden) if rows else Sheet([], []),
        drawn,
        table=table,
    )


def shares(
    code: str,
    title: str,
    answers: Sequence[tuple[str, tables.Cell, tables.Cell]],
    limit: int,
    *,
    definition: Sequence[str],
    rtl: bool,
) -> Panel:
    """How many have what, and in percent of those who have anything of the group; ``answers`` are
    (label, people, people with anything of it).
    """
    rows, hidden, texts = [], set(), []
    for number, (label, cell, whole) in enumerate(answers):
        open_ = cell.value is not None and whole.value
        percent = f"{100 * (cell.value or 0) / (whole.value or 1):.0f} %" if open_ else _("hidden")
        rows.append([label, cell.text(limit), percent])
        texts.append(f"{cell.value} ({percent})" if open_ else "")
        hidden |= {
            (number, place) for place, seen in ((1, cell.value is not None), (2, open_)) if not seen
        }
    if answers:
        rows.append([_("People with any of these"), answers[0][2].text(limit), ""])
        hidden |= {(len(answers), 1)} if answers[0][2].value is None else set()
    drawn = charts.bars(
        [label for label, _cell, _whole in answers],
        [cell for _label, cell, _whole in answers],
        rtl=rtl,
        shown=texts,
    )
    return Panel(
        code,
        title,
        list(definition),
        Sheet([_("Answer"), _("People"), _("Share")], rows, frozenset(hidden), total=bool(rows)),
        drawn,
    )

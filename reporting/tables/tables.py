"""A question about people, as a protected table: which measure, which year, divided by what,
filtered by what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from models.rules import RuleBroken
from reporting.facts.engine import engine
from reporting.tables import dimensions as axes
from reporting.tables import disclosure, measures
from reporting.tables.dimensions import DIMENSIONS, Dimension
from reporting.tables.layouts import Key, Layout, Whole, laid_out, whole_of
from reporting.tables.questions import NOTHING, Cell, Question, Table, TooMuch
from standards import lists
from web.errors import NotFound

__all__ = [
    "Cell",
    "Question",
    "Table",
    "TooMuch",
    "as_json",
    "ask",
    "by_kind",
    "cases_of",
    "cell_at",
    "laid_out",
    "years",
]
Spot = dict[int, tuple[int, int]]  # axis → depth and number of the value


def ask(question: Question, limit: int, bands: str, *, compare: bool = True) -> Table:
    """The protected answer to ``question``; with ``compare`` beside the totals of the period
    before. Raises :class:`web.errors.NotFound` where the measure knows no such division,
    :class:`TooMuch` where it cannot be protected.
    """
    _checked(question)
    table = _picked(question, whole_of(question, limit, bands), bands)
    if not compare or not table.cells:
        return table
    earlier = _picked(question.before(), whole_of(question.before(), limit, bands), bands)
    totals = _totals_of_rows(earlier)
    # A value that the earlier period does not have at all is small like every other zero.
    absent = Cell("small", None) if limit > 0 else NOTHING
    return replace(table, before=[totals.get(row, absent) for row in [*table.rows, "*"]])


def _totals_of_rows(table: Table) -> dict[str, Cell]:
    """The total of each row of a table; of all rows under ``*``."""
    if not table.cells:
        return {}
    totals = [line[-1] for line in table.cells]
    return dict(zip([*table.rows, "*"], totals, strict=True))


def _checked(question: Question) -> None:
    measure = measures.MEASURES.get(question.measure)
    used = [question.rows, question.columns, *question.wanted]
    if measure is None or any(name not in measure.dimensions for name in used):
        raise NotFound
    if DIMENSIONS[question.rows].axis == DIMENSIONS[question.columns].axis:
        raise RuleBroken(_("Choose two different things for rows and columns."), "columns")
    if len(question.filters) > axes.MOST_FILTERS:
        raise TooMuch(
            _(
                "Choose at most three filters at a time: with more, nearly every number would have "
                "to be hidden."
            )
        )


def cell_at(
    layout: Layout, cube: disclosure.Cube, question: Question, last: tuple[int, int]
) -> Cell:
    """The cell where the filters stand, on the last axis at ``last`` (depth and value)."""
    spots, _prefixes = _filtered(question, Whole(layout.names, layout.keys, cube))
    if spots is None or not layout.counts[0].size:
        return Cell("small", None)
    level = [0] * len(layout.names) + [last[0]]
    spot = [0] * len(layout.names) + [last[1]]
    for axis, (depth, number) in spots.items():
        level[axis] = depth
        spot[axis] = number
    return _shown(cube, level, spot, question.round_to)


def _shown(cube: disclosure.Cube, level: Sequence[int], spot: Sequence[int], round_to: int) -> Cell:
    mark = disclosure.NAMES[int(cube.marks(tuple(level))[tuple(spot)])]
    value = int(cube.values(tuple(level))[tuple(spot)])
    return Cell(mark, disclosure.rounded(value, round_to) if mark == "shown" else None)


@dataclass(frozen=True)
class _Side:
    """The rows or the columns of a table: their dimension, its axis in the whole, and the values
    that occur.
    """

    name: str
    axis: int
    keys: list[Key]


def _picked(question: Question, whole: Whole, bands: str) -> Table:
    """The table a question asks for, out of the whole."""
    base, filtered = _filtered(question, whole)
    if base is None or not whole.cube.values(whole.cube.deepest).size:
        return Table(question, [], [], [], [], [])
    rows = _side(question.rows, whole, filtered)
    columns = _side(question.columns, whole, filtered)
    grid = _grid(question, whole, base, rows, columns)
    row_totals = [line[-1] for line in grid[:-1]]
    down = _order(rows.name, question.measure, bands, _codes(rows), row_totals)
    across = _order(columns.name, question.measure, bands, _codes(columns), grid[-1][:-1])
    cells = [
        [grid[row][column] for column in (*across, len(columns.keys))]
        for row in (*down, len(rows.keys))
    ]
    row_codes = [rows.keys[number][-1] for number in down]
    column_codes = [columns.keys[number][-1] for number in across]
    names = axes.Names(measures.MEASURES[question.measure].sort, bands)
    return Table(
        question,
        row_codes,
        column_codes,
        [*(names.of(rows.name, code) for code in row_codes), _("All")],
        [*(names.of(columns.name, code) for code in column_codes), _("All")],
        cells,
    )


def _side(name: str, whole: Whole, filtered: dict[int, Key]) -> _Side:
    dimension = DIMENSIONS[name]
    axis = whole.names.index(dimension.axis)
    return _Side(name, axis, _values(whole, axis, dimension, filtered))


def _codes(side: _Side) -> list[str]:
    return [key[-1] for key in side.keys]


def _grid(
    question: Question, whole: Whole, base: Spot, rows: _Side, columns: _Side
) -> list[list[Cell]]:
    """The cells of all rows and columns, totals last."""
    return [
        [
            _cell(question, whole, base, {rows.axis: row, columns.axis: column})
            for column in [*columns.keys, None]
        ]
        for row in [*rows.keys, None]
    ]


def _filtered(question: Question, whole: Whole) -> tuple[Spot | None, dict[int, Key]]:
    """Where the filters stand: for each axis its depth and value; None where nobody has such a
    value.
    """
    spots: Spot = {}
    prefixes: dict[int, Key] = {}
    for name, wanted in sorted(question.filters, key=lambda pair: DIMENSIONS[pair[0]].depth):
        dimension = DIMENSIONS[name]
        axis = whole.names.index(dimension.axis)
        prefix = prefixes.get(axis, ())
        fitting = [
            (number, key)
            for number, key in enumerate(whole.places(axis, dimension.depth))
            if key[-1] == wanted and key[: len(prefix)] == prefix
        ]
        if not fitting:
            return None, {}
        number, key = fitting[0]
        spots[axis] = (dimension.depth, number)
        prefixes[axis] = key
    return spots, prefixes


def _values(whole: Whole, axis: int, dimension: Dimension, filtered: dict[int, Key]) -> list[Key]:
    prefix = filtered.get(axis, ())
    return [
        key
        for key in whole.places(axis, dimension.depth)
        if key[: len(prefix)] == prefix[: len(key)]
    ]


def _cell(question: Question, whole: Whole, base: Spot, chosen: dict[int, Key | None]) -> Cell:
    level = [0] * len(whole.names)
    spot = [0] * len(whole.names)
    for axis, (depth, number) in base.items():
        level[axis] = depth
        spot[axis] = number
    for axis, key in chosen.items():
        if key is not None and len(key) > level[axis]:
            level[axis] = len(key)
            spot[axis] = whole.places(axis, len(key)).index(key)
    return _shown(whole.cube, level, spot, question.round_to)


def _order(name: str, measure: str, bands: str, codes: list[str], totals: list[Cell]) -> list[int]:
    """Lists in their order, everything else by size; what is hidden last and by its code, so that
    the order tells no size.
    """
    numbers = range(len(codes))
    if not DIMENSIONS[name].ordered:
        return sorted(numbers, key=lambda number: (-_size(totals[number]), codes[number]))
    listed = lists.codes(axes.options(name, measures.MEASURES[measure].sort, bands))
    places = {code: place for place, code in enumerate(listed or sorted(codes))}
    return sorted(numbers, key=lambda number: (places.get(codes[number], 99), codes[number]))


def _size(cell: Cell) -> int:
    return -1 if cell.value is None else cell.value


def by_kind(question: Question, kinds: lists.Options, limit: int, bands: str) -> Table:
    """People by kind of help: each kind is a count of its own, and they do not add up (a person may
    have several).
    """
    tables = [(code, str(label), _of_kind(question, code, limit, bands)) for code, label in kinds]
    answered = [(code, label, table) for code, label, table in tables if table.cells]
    columns = list(
        dict.fromkeys(code for _code, _label, table in answered for code in table.columns)
    )
    order = _order(question.columns, question.measure, bands, columns, [NOTHING] * len(columns))
    columns = [columns[number] for number in order]
    names = axes.Names(measures.MEASURES[question.measure].sort, bands)
    return Table(
        replace(question, rows="kind"),
        [code for code, _label, _table in answered],
        columns,
        [label for _code, label, _table in answered],
        [*(names.of(question.columns, code) for code in columns), _("All")],
        [_totals_of_columns(table, columns) for _code, _label, table in answered],
    )


def _of_kind(question: Question, kind: str, limit: int, bands: str) -> Table:
    return ask(replace(question, rows="host", kind=kind), limit, bands, compare=False)


def _totals_of_columns(table: Table, columns: Sequence[str]) -> list[Cell]:
    """The last line of a table, in the order of ``columns``; small where it has no such column."""
    totals = dict(zip([*table.columns, "*"], table.cells[-1], strict=True))
    return [totals.get(code, Cell("small", None)) for code in [*columns, "*"]]


def years() -> list[int]:
    """The years from the first to the last there is anything to count in, newest first."""
    first, last = engine().query("SELECT min(given_on), max(given_on) FROM helps")[0]
    return list(range(last.year, first.year - 1, -1)) if last else []


def cases_of(
    question: Question, bands: str, kind: str, after: int, most: int, offices: Sequence[int]
) -> list[int]:
    """Ids of the cases a question counts people in, in order, above ``after``. For those who may
    open them; the caller asks the policy.
    """
    measure = measures.MEASURES[question.measure]
    chosen = [DIMENSIONS[name] for name in question.wanted]
    numbers = ", ".join(str(int(office)) for office in offices)
    where = [
        "helps.measure = ?",
        "helps.given_on BETWEEN ? AND ?",
        "helps.case_id > ?",
        *(f"{axes.expression(dimension, bands)} = ?" for dimension in chosen),
        *(["helps.is_victim"] if measure.victims else []),
        *(["helps.kind = ?"] if kind else []),
        f"helps.office_id IN ({numbers})",
    ]
    text = f"""
        SELECT DISTINCT helps.case_id
        FROM helps{axes.joins({dimension.code for dimension in chosen})}
        WHERE {" AND ".join(where)}
        ORDER BY 1
        LIMIT ?"""
    period = (f"{question.year}-01-01", f"{question.year}-12-31")
    values = [measure.sort, *period, after, *question.wanted.values(), *([kind] if kind else [])]
    return [row[0] for row in engine().query(text, [*values, most])]


def as_json(table: Table) -> dict[str, Any]:
    """The table for the API; hidden cells are null with their mark."""
    return {
        "measure": table.question.measure,
        "year": table.question.year,
        "filters": table.question.wanted,
        "rows": table.row_labels,
        "columns": table.column_labels,
        "row_codes": table.rows,
        "column_codes": table.columns,
        "cells": [
            [{"people": cell.value, "mark": cell.mark} for cell in line] for line in table.cells
        ],
    }

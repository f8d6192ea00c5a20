"""A question about people, as a protected table: which measure, which year, divided by what, filtered by what."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import gettext as _

from loading import later
from models.rules import RuleBroken
from reporting.facts.engine import engine
from reporting.tables import dimensions as axes
from reporting.tables import disclosure, measures
from reporting.tables.dimensions import DIMENSIONS, Dimension
from standards import lists
from web.errors import NotFound

if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")

Key = tuple[str, ...]
MOST_CELLS = 20_000
KEPT = 256


@dataclass(frozen=True)
class Question:
    """What is asked. ``filters`` are dimensions with the value wanted; ``kind`` is set where a measure counts each kind for itself."""

    measure: str
    year: int
    rows: str = "country"
    columns: str = "sex"
    filters: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    round_to: int = 0

    @property
    def wanted(self) -> dict[str, str]:
        """The filters as a mapping."""
        return dict(self.filters)

    def before(self) -> "Question":
        """The same question of the period before: the quarter before where it is of a quarter, else the year before."""
        quarter = self.wanted.get("quarter")
        if quarter is None:
            return replace(self, year=self.year - 1)
        earlier, year = (
            (str(int(quarter) - 1), self.year) if quarter != "1" else ("4", self.year - 1)
        )
        return replace(
            self,
            year=year,
            filters=tuple(
                (name, earlier if name == "quarter" else value) for name, value in self.filters
            ),
        )


@dataclass(frozen=True)
class Cell:
    """One number as it may be shown; ``value`` is None where it may not."""

    mark: str
    value: int | None

    def text(self, limit: int) -> str:
        """What stands in the table and in every file."""
        if self.mark == "shown":
            return str(self.value)
        return f"<{limit}" if self.mark == "small" else _("hidden")


NOTHING = Cell("shown", 0)


@dataclass(frozen=True)
class Table:
    """Rows and columns with labels, totals last, already protected. Holds no number that may not be shown."""

    question: Question
    rows: list[str]
    columns: list[str]
    row_labels: list[str]
    column_labels: list[str]
    cells: list[list[Cell]]
    before: list[Cell] = field(default_factory=list)  # the last column, of the period before

    @property
    def total(self) -> Cell | None:
        """All people in the table."""
        return self.cells[-1][-1] if self.cells else None

    @property
    def rows_title(self) -> str:
        """What the rows are."""
        return str(DIMENSIONS[self.question.rows].label)

    @property
    def columns_title(self) -> str:
        """What the columns are."""
        return str(DIMENSIONS[self.question.columns].label)


class TooMuch(RuleBroken):
    """More filters, or finer ones, than can be protected together."""


@dataclass(frozen=True)
class Whole:
    """A protected cube with the values of each axis, step by step: ``keys[axis][depth]`` lists them as tuples from the coarsest step down."""

    names: tuple[str, ...]
    keys: tuple[tuple[tuple[Key, ...], ...], ...]
    cube: disclosure.Cube

    def places(self, axis: int, depth: int) -> tuple[Key, ...]:
        """The values of a step."""
        return self.keys[axis][depth]


def ask(question: Question, limit: int, bands: str, *, compare: bool = True) -> Table:
    """The protected answer to ``question``; with ``compare`` beside the totals of the period before."""
    _checked(question)
    whole = _whole(question, limit, bands)
    table = _picked(question, whole, bands)
    if not compare:
        return table
    earlier = _picked(question.before(), _whole(question.before(), limit, bands), bands)
    known = (
        {row: line[-1] for row, line in zip([*earlier.rows, "*"], earlier.cells, strict=True)}
        if earlier.cells
        else {}
    )
    # A value that the earlier period does not have at all is small like every other zero.
    absent = Cell("small", None) if limit > 0 else NOTHING
    return replace(
        table, before=[known.get(row, absent) for row in [*table.rows, "*"]] if table.cells else []
    )


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
                "Choose at most three filters at a time: with more, nearly every number would have to be hidden."
            )
        )


def _depths(question: Question) -> dict[str, int]:
    """How deep each axis is divided for a question; in the order of the axes, so that the same whole answers many questions."""
    wanted: dict[str, int] = {}
    for name in (*filter(None, (question.rows, question.columns)), *question.wanted):
        one = DIMENSIONS[name]
        wanted[one.axis] = max(wanted.get(one.axis, 0), one.depth)
    return dict(sorted(wanted.items()))


def _whole(question: Question, limit: int, bands: str) -> Whole:
    """The protected cube a question is a part of; kept for as long as nothing is counted anew."""
    store, depths = engine(), _depths(question)
    key = (
        store.batch,
        store.places_version,
        question.measure,
        question.kind,
        question.year,
        tuple(depths.items()),
        limit,
        bands,
    )
    kept: OrderedDict[Any, Whole] = current_app.extensions.setdefault(
        "statistics_wholes", OrderedDict()
    )
    if key in kept:
        return kept[key]
    layout = laid_out(question, bands)
    found = kept[key] = Whole(
        layout.names, layout.keys, disclosure.Cube(layout.axes, layout.counts[0], limit)
    )
    while len(kept) > KEPT:
        kept.popitem(last=False)
    return found


@dataclass(frozen=True)
class Layout:
    """Counts laid out over axes: the values of each axis step by step, and one array for each thing counted, people first."""

    names: tuple[str, ...]
    keys: tuple[tuple[tuple[Key, ...], ...], ...]
    axes: list[disclosure.Axis]
    counts: list[disclosure.Numbers]

    def places(self, axis: int, depth: int) -> tuple[Key, ...]:
        """The values of a step."""
        return self.keys[axis][depth]


def laid_out(question: Question, bands: str, more: Sequence[str] = ()) -> Layout:
    """Count and lay out: one pass over the facts of a year; ``more`` are further counts, as the engine reads them."""
    depths = _depths(question)
    dimensions = [one for axis, depth in depths.items() for one in axes.steps(axis, depth)]
    rows = engine().query(*_query(question, dimensions, bands, more))
    spans, start = [], 0
    for axis, depth in depths.items():
        spans.append((start, start + len(axes.steps(axis, depth))))
        start = spans[-1][1]
    keys = tuple(
        _keys([tuple(str(value or "") for value in row[first:last]) for row in rows], last - first)
        for first, last in spans
    )
    cube_axes = [
        disclosure.Axis(tuple(_parents(steps, depth) for depth in range(1, len(steps))))
        for steps in keys
    ]
    counts = [
        np.zeros([axis.size(axis.depth) for axis in cube_axes], dtype=np.int64)
        for _count in range(1 + len(more))
    ]
    if counts[0].size > MOST_CELLS:
        raise TooMuch(
            _("This table would have too many cells. Choose coarser rows, columns or filters.")
        )
    spots = [{key: number for number, key in enumerate(steps[-1])} for steps in keys]
    for row in rows:
        spot = tuple(
            spots[number][tuple(str(value or "") for value in row[first:last])]
            for number, (first, last) in enumerate(spans)
        )
        for number, count in enumerate(counts):
            count[spot] += row[start + number]
    return Layout(tuple(depths), keys, cube_axes, counts)


def cell_at(
    layout: Layout, cube: disclosure.Cube, question: Question, last: tuple[int, int]
) -> Cell:
    """The cell where the filters stand, on the last axis at ``last`` (depth and value)."""
    spots, _prefixes = _filtered(question, Whole(layout.names, layout.keys, cube))
    if spots is None or not layout.counts[0].size:
        return Cell("small", None)
    level, spot = [0] * len(layout.names) + [last[0]], [0] * len(layout.names) + [last[1]]
    for axis, (depth, number) in spots.items():
        level[axis], spot[axis] = depth, number
    return _shown(cube, level, spot, question.round_to)


def _shown(cube: disclosure.Cube, level: Sequence[int], spot: Sequence[int], round_to: int) -> Cell:
    mark = disclosure.NAMES[int(cube.marks(tuple(level))[tuple(spot)])]
    value = int(cube.values(tuple(level))[tuple(spot)])
    return Cell(mark, disclosure.rounded(value, round_to) if mark == "shown" else None)


def _query(
    question: Question, dimensions: Iterable[Dimension], bands: str, more: Sequence[str] = ()
) -> tuple[str, list[Any]]:
    measure = measures.MEASURES[question.measure]
    chosen = list(dimensions)
    columns = ", ".join([*(axes.expression(one, bands) for one in chosen), "count(*)", *more])
    text = f"SELECT {columns} FROM helps h{axes.joins({one.code for one in chosen})}"
    values: list[Any] = [measure.sort, f"{question.year}-01-01", f"{question.year}-12-31"]
    where = f"h.y = ? AND h.d BETWEEN ? AND ? AND (h.first & {2 if measure.each_kind else 1}) > 0"
    if measure.victims:
        where += " AND h.vic"
    if more:  # what is counted beside people stands with the case, which is registered on the day it was opened
        text += " JOIN cases c ON c.c = h.c"
        where += " AND c.d BETWEEN ? AND ?"
        values += values[1:3]
    if measure.each_kind:
        where += " AND h.k = ?"
        values.append(question.kind)
    return f"{text} WHERE {where} GROUP BY ALL", values


def _keys(found: list[Key], steps: int) -> tuple[tuple[Key, ...], ...]:
    """The values of each step of an axis that occur, in an order that is always the same; the first step is the whole."""
    return ((),), *[tuple(sorted({key[:depth] for key in found})) for depth in range(1, steps + 1)]  # type: ignore[return-value]


def _parents(steps: tuple[tuple[Key, ...], ...], depth: int) -> tuple[int, ...]:
    above = {key: number for number, key in enumerate(steps[depth - 1])}
    return tuple(above[key[: depth - 1]] for key in steps[depth])


def _picked(question: Question, whole: Whole, bands: str) -> Table:
    """The table a question asks for, out of the whole."""
    names = axes.Names(measures.MEASURES[question.measure].sort, bands)
    base, filtered = _filtered(question, whole)
    if base is None or not whole.cube.values(whole.cube.deepest).size:
        return Table(question, [], [], [], [], [])
    row_axis, column_axis = (
        whole.names.index(DIMENSIONS[name].axis) for name in (question.rows, question.columns)
    )
    rows = _values(whole, row_axis, DIMENSIONS[question.rows], filtered)
    columns = _values(whole, column_axis, DIMENSIONS[question.columns], filtered)
    grid = [
        [
            _cell(question, whole, base, {row_axis: row, column_axis: column})
            for column in [*columns, None]
        ]
        for row in [*rows, None]
    ]
    order = _order(
        question.rows,
        question.measure,
        bands,
        [row[-1] for row in rows],
        [line[-1] for line in grid[:-1]],
    )
    across = _order(
        question.columns, question.measure, bands, [column[-1] for column in columns], grid[-1][:-1]
    )
    lines = [
        [grid[row][column] for column in (*across, len(columns))] for row in (*order, len(rows))
    ]
    row_codes, column_codes = (
        [rows[number][-1] for number in order],
        [columns[number][-1] for number in across],
    )
    return Table(
        question,
        row_codes,
        column_codes,
        [*(names.of(question.rows, code) for code in row_codes), _("All")],
        [*(names.of(question.columns, code) for code in column_codes), _("All")],
        lines,
    )


Spot = dict[int, tuple[int, int]]  # axis → depth and number of the value


def _filtered(question: Question, whole: Whole) -> tuple[Spot | None, dict[int, Key]]:
    """Where the filters stand: for each axis its depth and value; None where nobody has such a value."""
    spots: Spot = {}
    prefixes: dict[int, Key] = {}
    for name, wanted in sorted(question.filters, key=lambda pair: DIMENSIONS[pair[0]].depth):
        one = DIMENSIONS[name]
        axis = whole.names.index(one.axis)
        fitting = [
            (number, key)
            for number, key in enumerate(whole.places(axis, one.depth))
            if key[-1] == wanted and key[: len(prefixes.get(axis, ()))] == prefixes.get(axis, ())
        ]
        if not fitting:
            return None, {}
        spots[axis], prefixes[axis] = (one.depth, fitting[0][0]), fitting[0][1]
    return spots, prefixes


def _values(whole: Whole, axis: int, dimension: Dimension, filtered: dict[int, Key]) -> list[Key]:
    prefix = filtered.get(axis, ())
    return [
        key
        for key in whole.places(axis, dimension.depth)
        if key[: len(prefix)] == prefix[: len(key)]
    ]


def _cell(question: Question, whole: Whole, base: Spot, chosen: dict[int, Key | None]) -> Cell:
    level, spot = [0] * len(whole.names), [0] * len(whole.names)
    for axis, (depth, number) in base.items():
        level[axis], spot[axis] = depth, number
    for axis, key in chosen.items():
        if key is not None and len(key) > level[axis]:
            level[axis], spot[axis] = len(key), whole.places(axis, len(key)).index(key)
    return _shown(whole.cube, level, spot, question.round_to)


def _order(name: str, measure: str, bands: str, codes: list[str], totals: list[Cell]) -> list[int]:
    """Lists in their order, everything else by size; what is hidden last and by its code, so that the order tells no size."""
    if DIMENSIONS[name].ordered:
        known = lists.codes(axes.options(name, measures.MEASURES[measure].sort, bands)) or sorted(
            codes
        )
        return sorted(
            range(len(codes)),
            key=lambda number: (
                known.index(codes[number]) if codes[number] in known else 99,
                codes[number],
            ),
        )
    return sorted(range(len(codes)), key=lambda number: (-_size(totals[number]), codes[number]))


def _size(cell: Cell) -> int:
    return -1 if cell.value is None else cell.value


def by_kind(question: Question, kinds: lists.Options, limit: int, bands: str) -> Table:
    """People by kind of help: each kind is a count of its own, and they do not add up (a person may have several)."""
    tables = [
        (code, label, ask(replace(question, rows="host", kind=code), limit, bands, compare=False))
        for code, label in kinds
    ]
    columns = list(dict.fromkeys(code for _code, _label, table in tables for code in table.columns))
    names = axes.Names(measures.MEASURES[question.measure].sort, bands)
    order = _order(question.columns, question.measure, bands, columns, [NOTHING] * len(columns))
    columns = [columns[number] for number in order]
    small = Cell("small", None)
    cells = []
    for _code, _label, table in tables:
        totals = (
            dict(zip([*table.columns, "*"], table.cells[-1], strict=True)) if table.cells else {}
        )
        cells.append([totals.get(code, small) for code in [*columns, "*"]])
    shown = [number for number, (_code, _label, table) in enumerate(tables) if table.cells]
    return Table(
        replace(question, rows="kind"),
        [tables[number][0] for number in shown],
        columns,
        [str(tables[number][1]) for number in shown],
        [*(names.of(question.columns, code) for code in columns), _("All")],
        [cells[number] for number in shown],
    )


def years() -> list[int]:
    """The years from the first to the last there is anything to count in, newest first."""
    first, last = engine().query("SELECT min(d), max(d) FROM helps")[0]
    return list(range(last.year, first.year - 1, -1)) if last else []


def cases_of(
    question: Question, bands: str, kind: str, after: int, most: int, offices: Sequence[int]
) -> list[int]:
    """Ids of the cases a question counts people in, in order, above ``after``. For those who may open them; the caller asks the policy."""
    measure = measures.MEASURES[question.measure]
    chosen = [DIMENSIONS[name] for name in question.wanted]
    where = "".join(f" AND {axes.expression(one, bands)} = ?" for one in chosen)
    text = f"SELECT DISTINCT h.c FROM helps h{axes.joins({one.code for one in chosen})}"
    text += f" WHERE h.y = ? AND h.d BETWEEN ? AND ? AND h.c > ?{where}{' AND h.vic' if measure.victims else ''}"
    values: list[Any] = [
        measure.sort,
        f"{question.year}-01-01",
        f"{question.year}-12-31",
        after,
        *question.wanted.values(),
    ]
    if kind:
        text, values = f"{text} AND h.k = ?", [*values, kind]
    text += f" AND h.o IN ({', '.join(str(int(office)) for office in offices)})"
    return [row[0] for row in engine().query(f"{text} ORDER BY 1 LIMIT ?", [*values, most])]


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

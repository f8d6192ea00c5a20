"""Counts of the facts laid out over the axes that a question divides people by."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import gettext as _

from loading import later
from reporting.facts.engine import engine
from reporting.tables import dimensions as axes
from reporting.tables import disclosure, measures
from reporting.tables.dimensions import DIMENSIONS, Dimension
from reporting.tables.questions import Question, TooMuch

if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")

Key = tuple[str, ...]
Steps = tuple[tuple[Key, ...], ...]  # the values of an axis, step by step
Row = tuple[Any, ...]
MOST_CELLS = 20_000
MOST_KEPT = 256


@dataclass(frozen=True)
class Whole:
    """A protected cube with the values of each axis, step by step: ``keys[axis][depth]`` lists them
    as tuples from the coarsest step down.
    """

    names: tuple[str, ...]
    keys: tuple[Steps, ...]
    cube: disclosure.Cube

    def places(self, axis: int, depth: int) -> tuple[Key, ...]:
        """The values of a step."""
        return self.keys[axis][depth]


@dataclass(frozen=True)
class Layout:
    """Counts laid out over axes: the values of each axis step by step, and one array for each thing
    counted, people first.
    """

    names: tuple[str, ...]
    keys: tuple[Steps, ...]
    axes: list[disclosure.Axis]
    counts: list[disclosure.Numbers]


def whole_of(question: Question, limit: int, bands: str) -> Whole:
    """The protected cube a question is a part of; kept for as long as nothing is counted anew."""
    store = engine()
    key = (
        store.batch,
        store.places_version,
        question.measure,
        question.kind,
        question.year,
        tuple(_depths(question).items()),
        limit,
        bands,
    )
    wholes: OrderedDict[Any, Whole] = current_app.extensions.setdefault(
        "statistics_wholes", OrderedDict()
    )
    if key in wholes:
        return wholes[key]
    layout = laid_out(question, bands)
    cube = disclosure.Cube(layout.axes, layout.counts[0], limit)
    whole = wholes[key] = Whole(layout.names, layout.keys, cube)
    while len(wholes) > MOST_KEPT:
        wholes.popitem(last=False)
    return whole


def laid_out(question: Question, bands: str, more: Sequence[str] = ()) -> Layout:
    """Count and lay out: one pass over the facts of a year; ``more`` are further counts, as the
    engine reads them. Raises :class:`reporting.tables.questions.TooMuch`.
    """
    depths = _depths(question)
    dimensions = [step for axis, depth in depths.items() for step in axes.steps(axis, depth)]
    rows = engine().query(*_counting_query(question, dimensions, bands, more))
    spans = _spans(depths)
    keys = tuple(
        _steps([_key(row, span) for row in rows], span.stop - span.start) for span in spans
    )
    cube_axes = [
        disclosure.Axis(tuple(_parents(steps, depth) for depth in range(1, len(steps))))
        for steps in keys
    ]
    shape = [axis.size(axis.depth) for axis in cube_axes]
    counts = [np.zeros(shape, dtype=np.int64) for _count in range(1 + len(more))]
    if counts[0].size > MOST_CELLS:
        raise TooMuch(
            _("This table would have too many cells. Choose coarser rows, columns or filters.")
        )
    _add_up(rows, spans, keys, counts)
    return Layout(tuple(depths), keys, cube_axes, counts)


def _depths(question: Question) -> dict[str, int]:
    """How deep each axis is divided for a question; in the order of the axes, so that the same
    whole answers many questions.
    """
    depths: dict[str, int] = {}
    for name in (*filter(None, (question.rows, question.columns)), *question.wanted):
        dimension = DIMENSIONS[name]
        depths[dimension.axis] = max(depths.get(dimension.axis, 0), dimension.depth)
    return dict(sorted(depths.items()))


def _spans(depths: dict[str, int]) -> list[slice]:
    """Which columns of the counted rows are the steps of each axis."""
    spans = []
    start = 0
    for axis, depth in depths.items():
        end = start + len(axes.steps(axis, depth))
        spans.append(slice(start, end))
        start = end
    return spans


def _key(row: Row, span: slice) -> Key:
    return tuple(str(value or "") for value in row[span])


def _add_up(
    rows: list[Row],
    spans: list[slice],
    keys: tuple[Steps, ...],
    counts: list[disclosure.Numbers],
) -> None:
    """Each counted row into the cell it belongs to."""
    spots = [{key: number for number, key in enumerate(steps[-1])} for steps in keys]
    start = spans[-1].stop if spans else 0
    for row in rows:
        spot = tuple(numbers[_key(row, span)] for numbers, span in zip(spots, spans, strict=True))
        for number, count in enumerate(counts):
            count[spot] += row[start + number]


def _counting_query(
    question: Question, dimensions: Iterable[Dimension], bands: str, more: Sequence[str]
) -> tuple[str, list[Any]]:
    """What the engine is asked, and the values of its question marks."""
    measure = measures.MEASURES[question.measure]
    chosen = list(dimensions)
    columns = [*(axes.expression(step, bands) for step in chosen), "count(*)", *more]
    joined = axes.joins({step.code for step in chosen})
    period = [f"{question.year}-01-01", f"{question.year}-12-31"]
    values: list[Any] = [measure.sort, *period]
    where = [
        "helps.measure = ?",
        "helps.given_on BETWEEN ? AND ?",
        "helps.is_first_of_kind" if measure.each_kind else "helps.is_first",
    ]
    if measure.victims:
        where.append("helps.is_victim")
    if more:
        # What is counted beside people stands with the case, which is registered on the day it was
        # opened.
        joined += " JOIN cases ON cases.case_id = helps.case_id"
        where.append("cases.opened_on BETWEEN ? AND ?")
        values += period
    if measure.each_kind:
        where.append("helps.kind = ?")
        values.append(question.kind)
    text = f"""
        SELECT {", ".join(columns)}
        FROM helps{joined}
        WHERE {" AND ".join(where)}
        GROUP BY ALL"""
    return text, values


def _steps(keys: list[Key], depth: int) -> Steps:
    """The values of each step of an axis that occur, in an order that is always the same; the first
    step is the whole.
    """
    whole: tuple[Key, ...] = ((),)
    return (
        whole,
        *(tuple(sorted({key[:step] for key in keys})) for step in range(1, depth + 1)),
    )


def _parents(steps: Steps, depth: int) -> tuple[int, ...]:
    above = {key: number for number, key in enumerate(steps[depth - 1])}
    return tuple(above[key[: depth - 1]] for key in steps[depth])

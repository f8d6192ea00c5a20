"""Before a table is published: does it, together with what was published of the same measure and
year before, give a hidden count away?

A linear program asks it for every hidden count: the least and the most it can be, where all that is
shown is known, where "<10" is believed, and where counts are supposed only to grow between two
publications. HiGHS solves it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loading import later

if TYPE_CHECKING:
    import highspy
    import numpy as np
else:
    highspy = later("highspy")
    np = later("numpy")

Key = frozenset[tuple[str, str]]
Spot = tuple[int, int, int]  # which table, row, column; the last row and column are totals


@dataclass
class Sheet:
    """One table: who is in each cell (dimension and code pairs), its mark and, where shown, its
    number. Totals last.
    """

    keys: list[list[Key]]
    marks: list[list[str]]
    values: list[list[int | None]]

    @property
    def inner(self) -> tuple[int, int]:
        """How many rows and columns it has without totals."""
        return len(self.keys) - 1, len(self.keys[0]) - 1

    def spots(self) -> Iterator[tuple[int, int]]:
        """All places, totals too."""
        return (
            (row, column) for row in range(len(self.keys)) for column in range(len(self.keys[0]))
        )

    def hide(self, row: int, column: int) -> None:
        """Show nothing of a cell any more."""
        self.marks[row][column] = "hidden"
        self.values[row][column] = None


def sheet_of(content: dict[str, Any]) -> Sheet:
    """A table as :func:`reporting.publishing.publishing.content_of` keeps it."""
    where = frozenset((name, value) for name, value in content["filters"].items())
    rows = [frozenset({(content["rows"], code)}) for code in content["row_codes"]]
    columns = [frozenset({(content["columns"], code)}) for code in content["column_codes"]]
    keys = [
        [where | row | column for column in (*columns, frozenset[tuple[str, str]]())]
        for row in (*rows, frozenset[tuple[str, str]]())
    ]
    return Sheet(keys, content["marks"], content["values"])


class Model:
    """The linear program over some tables, the oldest first."""

    def __init__(self, sheets: Sequence[Sheet], limit: int, *, growing: bool = True) -> None:
        self.sheets = sheets
        self.limit = limit
        self.starts = []
        count = 0
        for sheet in sheets:
            self.starts.append(count)
            count += sheet.inner[0] * sheet.inner[1]
        self.count = count
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        for _number in range(count):
            self.solver.addVar(0.0, highspy.kHighsInf)
        self._know()
        if growing:
            self._grow()

    def _know(self) -> None:
        for number, sheet in enumerate(self.sheets):
            for row, column in sheet.spots():
                mark, value = sheet.marks[row][column], sheet.values[row][column]
                if mark != "hidden":
                    low, high = (value or 0, value or 0) if mark == "shown" else (0, self.limit - 1)
                    self._row(
                        float(low),
                        float(high),
                        dict.fromkeys(self._parts((number, row, column)), 1.0),
                    )

    def _grow(self) -> None:
        """The same people at a later date are not fewer."""
        newest: dict[Key, Spot] = {}
        for number, sheet in enumerate(self.sheets):
            for row, column in sheet.spots():
                key = sheet.keys[row][column]
                if key in newest and newest[key][0] != number:
                    weights = dict.fromkeys(self._parts((number, row, column)), 1.0)
                    for place in self._parts(newest[key]):
                        weights[place] = weights.get(place, 0.0) - 1.0
                    self._row(0.0, highspy.kHighsInf, weights)
                newest[key] = (number, row, column)

    def _parts(self, spot: Spot) -> list[int]:
        """The numbers of the unknowns that a cell is the sum of."""
        number, row, column = spot
        rows, columns = self.sheets[number].inner
        across = range(columns) if column == columns else (column,)
        return [
            self.starts[number] + down * columns + along
            for down in (range(rows) if row == rows else (row,))
            for along in across
        ]

    def _row(self, low: float, high: float, weights: dict[int, float]) -> None:
        places = np.array(list(weights), dtype=np.int32)
        self.solver.addRow(
            low, high, len(places), places, np.array(list(weights.values()), dtype=np.float64)
        )

    def possible(self) -> bool:
        """Whether any counts fit all that is shown: where figures fell, growing counts do not."""
        self.solver.run()
        return bool(self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def told(self) -> list[Spot]:
        """Hidden cells whose number follows."""
        spots = []
        for number, sheet in enumerate(self.sheets):
            for row, column in sheet.spots():
                if sheet.marks[row][column] != "shown" and self._width((number, row, column)) < 0.5:
                    spots.append((number, row, column))
        return spots

    def _width(self, spot: Spot) -> float:
        ends = [self._best(spot, sign) for sign in (1.0, -1.0)]
        return float("inf") if None in ends else -ends[1] - ends[0]  # type: ignore[operator]

    def _best(self, spot: Spot, sign: float) -> float | None:
        parts = self._parts(spot)
        for place in parts:
            self.solver.changeColCost(place, sign)
        self.solver.run()
        status = self.solver.getModelStatus()
        best = (
            float(self.solver.getInfo().objective_function_value)
            if status == highspy.HighsModelStatus.kOptimal
            else None
        )
        for place in parts:
            self.solver.changeColCost(place, 0.0)
        return best


def protect(earlier: Sequence[Sheet], sheet: Sheet, limit: int, rounds: int = 40) -> bool:
    """Hide more of ``sheet`` until nothing follows from it with the ``earlier`` ones; false where
    that cannot be reached.
    """
    _keep_hidden(earlier, sheet)
    for _round in range(rounds):
        model = Model([*earlier, sheet], limit)
        told = (
            model if model.possible() else Model([*earlier, sheet], limit, growing=False)
        ).told()
        if not told:
            return True
        if not _hide_one(sheet, told, len(earlier)):
            return False
    return False


def _keep_hidden(earlier: Sequence[Sheet], sheet: Sheet) -> None:
    """What was hidden once stays hidden: shown now, it would tell what it was."""
    concealed = {
        before.keys[row][column]
        for before in earlier
        for row, column in before.spots()
        if before.marks[row][column] != "shown"
    }
    for row, column in sheet.spots():
        if sheet.marks[row][column] == "shown" and sheet.keys[row][column] in concealed:
            sheet.hide(row, column)


def _hide_one(sheet: Sheet, told: Sequence[Spot], new: int) -> bool:
    """Hide the smallest number that is shown in the row or column of what is told; where that is of
    an older table, the smallest of all.
    """
    shown = [(row, column) for row, column in sheet.spots() if sheet.marks[row][column] == "shown"]
    near = [
        spot
        for spot in shown
        if any(
            number == new and (spot[0] == row or spot[1] == column) for number, row, column in told
        )
    ]
    rows, columns = sheet.inner
    if not shown:
        return False
    row, column = min(
        near or shown,
        key=lambda spot: (
            spot[0] == rows or spot[1] == columns,
            sheet.values[spot[0]][spot[1]] or 0,
        ),
    )
    sheet.hide(row, column)
    return True

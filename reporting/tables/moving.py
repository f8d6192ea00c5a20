"""Whether what is hidden could be something else: a linear program over the hidden counts."""

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

from loading import later
from reporting.tables.marks import SHOWN, SMALL, Level, Numbers

if TYPE_CHECKING:
    import highspy
    import numpy as np

    from reporting.tables.disclosure import Cube
else:
    highspy = later("highspy")
    np = later("numpy")

QUIET, SLIGHT = 2, 1e-7


class Moving:
    """Whether every hidden count could be another one: a look at which changes keep all that is
    shown, down to one level.

    A linear program looks for a change of the hidden counts that leaves every shown sum as it is,
    takes from nobody what is nobody, and moves as many counts as it can. What does not move in any
    of some such changes is told.
    """

    def __init__(self, cube: "Cube", level: Level, marks: Numbers) -> None:
        self.cube = cube
        self.level = level
        self.marks = marks
        self.places = np.flatnonzero(marks.ravel() != SHOWN)
        self.number = np.full(marks.size, -1, dtype=np.int64)
        self.number[self.places] = np.arange(len(self.places))
        self.values = cube.values(level).ravel()
        self.homes = [
            (one, self._home(one)) for one in product(*[range(depth + 1) for depth in level])
        ]

    def _home(self, coarser: Level) -> Numbers:
        """In which count of a coarser level each of ours lies."""
        spots = np.indices(self.marks.shape)
        found = []
        for place, axis in enumerate(self.cube.axes):
            at = spots[place]
            for depth in range(self.level[place], coarser[place], -1):
                at = np.asarray(axis.parents[depth - 1])[at]
            found.append(at)
        return np.ravel_multi_index(found, self._marks(coarser).shape).ravel()

    def _marks(self, one: Level) -> Numbers:
        return self.marks if one == self.level else self.cube.marks(one)

    def told(self) -> Any:
        """Which counts of this level are told, or are parts of a coarser one that is; None where
        nothing is.
        """
        if not len(self.places):
            return None
        solver, chance = self._solver(), np.random.default_rng(len(self.places))
        moved = np.zeros(len(self.places))
        quiet = 0
        numbers = np.arange(len(self.places), dtype=np.int32)
        while quiet < QUIET:
            still = self._still(moved)
            if still is None:
                return None
            solver.changeColsCost(len(numbers), numbers, self._pull(still, chance))
            solver.run()
            step = (
                np.asarray(solver.getSolution().col_value)
                if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
                else np.zeros(len(moved))
            )
            moved = moved + step * chance.uniform(0.5, 1.5)
            quiet = quiet + 1 if np.abs(step).max() < SLIGHT else self._grown(still, moved, quiet)
        return self._where(self._still(moved))

    def _grown(self, before: list[Any], moved: Any, quiet: int) -> int:
        after = self._still(moved)
        return (
            0
            if after is None or sum(one.sum() for one in after) < sum(one.sum() for one in before)
            else quiet + 1
        )

    def _pull(self, still: list[Any], chance: Any) -> Any:
        """Costs that pull at random at everything that has not moved yet; what is nobody can only
        grow.
        """
        costs = np.zeros(len(self.places))
        for (_one, home), unmoved in zip(self.homes, still, strict=True):
            weights = np.where(unmoved, chance.normal(size=len(unmoved)), 0.0)
            costs += weights[home[self.places]]
        return np.where(self.values[self.places] == 0, np.abs(costs), costs)

    def _still(self, moved: Any) -> list[Any] | None:
        """For each level which hidden counts no change has moved so far; None where all have."""
        found = []
        for one, home in self.homes:
            hidden = self._marks(one).ravel() != SHOWN
            sums = np.bincount(home[self.places], weights=moved, minlength=len(hidden))
            found.append(hidden & (np.abs(sums) < SLIGHT))
        return found if any(one.any() for one in found) else None

    def _where(self, still: list[Any] | None) -> Any:
        """The counts of our level that lie in what is told."""
        told = np.zeros(self.marks.size, dtype=bool)
        for (_one, home), unmoved in zip(self.homes, still or [], strict=False):
            told |= unmoved[home]
        return told.reshape(self.marks.shape)

    def _solver(self) -> Any:
        """A linear program of one unknown for each hidden count: how much it changes."""
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        count = len(self.places)
        solver.addVars(count, np.where(self.values[self.places] == 0, 0.0, -1.0), np.ones(count))
        rows = list(self._rows())
        if rows:
            lows = np.array([low for low, _members in rows])
            members = [members for _low, members in rows]
            starts = np.cumsum([0, *(len(part) for part in members[:-1])]).astype(np.int32)
            places = np.concatenate(members).astype(np.int32)
            highs = np.zeros(len(rows))
            ones = np.ones(len(places))
            solver.addRows(len(rows), lows, highs, len(places), starts, places, ones)
        return solver

    def _rows(self) -> Iterator[tuple[float, Numbers]]:
        """For each sum that is known: the least it may change by, and which hidden counts it is
        of. A shown sum stays; a small one at its limit does not grow.
        """
        for one, home in self.homes:
            marks = self._marks(one).ravel()
            values = self.cube.values(one).ravel()
            homes = home[self.places]
            order = np.argsort(homes, kind="stable")
            cells, first = np.unique(homes[order], return_index=True)
            for cell, members in zip(cells, np.split(order, first[1:]), strict=True):
                if marks[cell] == SHOWN:
                    yield 0.0, members
                elif marks[cell] == SMALL and values[cell] >= self.cube.limit - 1:
                    yield -highspy.kHighsInf, members

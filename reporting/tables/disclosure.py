"""Small cells are hidden, and whatever would let a hidden cell be worked out: from totals, from
other tables, from filters.

A :class:`Cube` holds the counts of one measure in one year over some axes. An axis can be divided
in steps (region, country, office; quarter, month). A *level* says how deep each axis is divided: a
table with its totals is some levels of a cube, a filter a slice of one. Marks are decided from the
coarsest level down, and the marks of a level never depend on a finer one. So every table, filter
and total of a measure is a part of one and the same protected whole, and the difference of two
tables tells no more than the tables.

Primary: every count under the limit, zero too, is *small* (shown as "<10"). Complementary: a count
that would give a small one away is *hidden*. Of a hidden one nothing is said, it may be anything.
Pure: numbers in, marks out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from loading import later
from reporting.tables.marks import HIDDEN, NAMES, SHOWN, SMALL, Level, Numbers, rounded
from reporting.tables.moving import Moving

if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")

ROUNDS = 12

__all__ = [
    "HIDDEN",
    "NAMES",
    "SHOWN",
    "SMALL",
    "Axis",
    "Cube",
    "Level",
    "Numbers",
    "flat",
    "rounded",
]


@dataclass(frozen=True)
class Axis:
    """How an axis is divided: ``parents[i][v]`` is the value of step ``i`` in which value ``v`` of
    step ``i + 1`` lies; of the first step it is 0.
    """

    parents: tuple[tuple[int, ...], ...]

    @property
    def depth(self) -> int:
        """Into how many steps."""
        return len(self.parents)

    def size(self, depth: int) -> int:
        """How many values a step has; the whole is one."""
        return len(self.parents[depth - 1]) if depth else 1


def flat(size: int) -> Axis:
    """An axis with one step."""
    return Axis(((0,) * size,))


class Cube:
    """Counts over axes, and their marks level by level."""

    def __init__(self, axes: Sequence[Axis], base: Numbers, limit: int) -> None:
        self.axes = tuple(axes)
        self.limit = limit
        self.deepest: Level = tuple(axis.depth for axis in axes)
        self._values: dict[Level, Numbers] = {self.deepest: base}
        self._marks: dict[Level, Numbers] = {}

    def levels(self) -> Iterator[Level]:
        """All levels, the coarsest first."""
        yield from sorted(
            product(*[range(axis.depth + 1) for axis in self.axes]),
            key=lambda level: (sum(level), level),
        )

    def values(self, level: Level) -> Numbers:
        """The true counts of a level."""
        if level not in self._values:
            place = next(
                number for number, depth in enumerate(level) if depth < self.deepest[number]
            )
            finer = (*level[:place], level[place] + 1, *level[place + 1 :])
            self._values[level] = self._grouped(self.values(finer), place, level[place] + 1)
        return self._values[level]

    def marks(self, level: Level) -> Numbers:
        """The marks of a level: :data:`SHOWN`, :data:`SMALL` or :data:`HIDDEN`."""
        if level not in self._marks:
            for place in self.divided(level):
                self.marks(self.coarser(level, place))
            self._marks[level] = _Protecting(self, level).run()
        return self._marks[level]

    def divided(self, level: Level) -> list[int]:
        """The places of the axes that ``level`` divides."""
        return [place for place, depth in enumerate(level) if depth]

    @staticmethod
    def coarser(level: Level, place: int) -> Level:
        """``level`` with the axis at ``place`` divided one step less."""
        return (*level[:place], level[place] - 1, *level[place + 1 :])

    def _parents(self, place: int, depth: int) -> Numbers:
        return np.asarray(self.axes[place].parents[depth - 1], dtype=np.int64)

    def _grouped(self, numbers: Numbers, place: int, depth: int) -> Numbers:
        """``numbers`` added up along an axis, from step ``depth`` to the one above."""
        moved = np.moveaxis(numbers, place, 0)
        out = np.zeros((self.axes[place].size(depth - 1), *moved.shape[1:]), dtype=np.int64)
        np.add.at(out, self._parents(place, depth), moved)
        return np.moveaxis(out, 0, place)

    def spread(self, numbers: Numbers, place: int, depth: int) -> Numbers:
        """The number of each group, given to each of its parts."""
        return np.take(numbers, self._parents(place, depth), axis=place)


class _Protecting:
    """The marks of one level, where those of all coarser ones stand.

    What lies in a hidden count of a coarser level is hidden too. A small count of which every
    coarser one is shown gets company: a *box*, one more value along each axis it is divided by,
    whose corners are all hidden. Adding one to half of the corners and taking one from the others
    changes no sum, neither of this level nor of a coarser one, and no finer level shows a part of a
    corner: so none of the corners can be worked out.
    """

    def __init__(self, cube: Cube, level: Level) -> None:
        self.cube = cube
        self.level = level
        self.limit = cube.limit
        self.values = cube.values(level)
        self.above = [(place, cube.coarser(level, place)) for place in cube.divided(level)]
        self.parents = [
            cube.spread(cube.marks(coarser), place, level[place]) for place, coarser in self.above
        ]
        small = self.values < self.limit
        under_hidden = np.zeros(self.values.shape, dtype=bool)
        under_any = under_hidden.copy()
        for marks in self.parents:
            under_hidden |= marks == HIDDEN
            under_any |= marks != SHOWN
        self.marks: Numbers = np.where(
            under_hidden, HIDDEN, np.where(small, SMALL, np.where(under_any, HIDDEN, SHOWN))
        ).astype(np.int64)
        # What is the only part of a coarser count is that count under another name: it is marked
        # like it, and hides nothing.
        self.same = np.zeros(self.values.shape, dtype=bool)
        for (place, _coarser), marks in zip(self.above, self.parents, strict=True):
            only = np.broadcast_to(self._alone(place), self.values.shape)
            self.marks = np.where(only, marks, self.marks)
            self.same |= only
        self.free = ~under_any & ~self.same

    def run(self) -> Numbers:
        """Hide until every small count has company enough."""
        if self.above and (self.marks != SHOWN).any() and not self._hide_enough():
            self._hide_all()
        return self.marks

    def _hide_enough(self) -> bool:
        """Give every small count its company; false where that cannot be reached."""
        while sum(self._widen(place, coarser) for place, coarser in self.above):
            pass
        lonely = map(tuple, np.argwhere((self.marks != SHOWN) & self.free))
        if not all(self._box(corner) for corner in lonely):
            return False
        return len(self.above) < 2 or self._hide_what_is_told()

    def _hide_what_is_told(self) -> bool:
        """Hide more until nothing hidden can be worked out; false where that cannot be reached."""
        for _round in range(ROUNDS):
            told = Moving(self.cube, self.level, self.marks).told()
            if told is None:
                return True
            if not self._hide_near(told):
                return False
        return False

    def _hide_all(self) -> None:
        """Nothing of this level can be shown but what stands on a coarser one already."""
        self.marks = np.where(self.same, self.marks, HIDDEN)

    def _hide_near(self, told: Any) -> bool:
        """In each line with something that is told, along the first axis where that can be, hide
        the smallest count still shown; false where there is none.
        """
        done = False
        for place, _coarser in self.above:
            lines = self._give(self._sum(told, place) > 0, place) > 0
            near = lines & (self.marks == SHOWN) & ~self.same
            if near.any():
                width = self.values.shape[place]
                order = np.where(
                    near, self.values * width + self._position(place), np.iinfo(np.int64).max
                )
                self.marks[near & (order == self._give(self._least(order, place), place))] = HIDDEN
                told = told & ~(self._give(self._sum(near, place) > 0, place) > 0)
                done = True
        return done

    def _alone(self, place: int) -> Any:
        """Which values of an axis are the only ones in their coarser one."""
        parents = self.cube._parents(place, self.level[place])  # noqa: SLF001
        shape = [1] * self.values.ndim
        shape[place] = -1
        return (np.bincount(parents)[parents] == 1).reshape(shape)

    def _widen(self, place: int, coarser: Level) -> bool:
        """Hide one more in each line along an axis whose total bounds a small count more tightly
        than its mark does; whether anything was hidden.
        """
        known = self.cube.marks(coarser) == SHOWN
        concealed, small = self.marks != SHOWN, self.marks == SMALL
        many, smalls, rest = (
            self._sum(concealed, place),
            self._sum(small, place),
            self._sum(np.where(concealed, self.values, 0), place),
        )
        most = self.limit - 1
        low = (many > 0) & (rest < most)
        high = (smalls > 0) & (smalls == many) & (rest > most * (smalls - 1))
        lines = known & ((many == 1) | low | high)
        candidates = (self._give(lines, place) > 0) & (self.marks == SHOWN) & ~self.same
        if not candidates.any():
            return False
        width = self.values.shape[place]
        order = np.where(
            candidates, self.values * width + self._position(place), np.iinfo(np.int64).max
        )
        self.marks[candidates & (order == self._give(self._least(order, place), place))] = HIDDEN
        return True

    def _box(self, corner: tuple[int, ...]) -> bool:
        """See that ``corner`` stands in a box of hidden counts that can move; hide what the
        cheapest box still needs. False where there is none.
        """
        axes = [place for place, coarser in self.above]
        dear = float(self.values.sum()) * 4 ** len(axes) + 4.0
        up, down = self._costs(dear)
        best, chosen = dear, None
        for first, second in ((up, down), (down, up)):
            cost = np.zeros([self.values.shape[place] for place in axes])
            for flips in product((False, True), repeat=len(axes)):
                part = (second if sum(flips) % 2 else first)[
                    tuple(self._picked(corner, axes, flips))
                ]
                cost = cost + part.reshape(
                    [size if flip else 1 for size, flip in zip(cost.shape, flips, strict=True)]
                )
            for number, place in enumerate(axes):
                cost = np.where(self._others(corner[place], place, number, len(axes)), cost, dear)
            place_of_best = np.unravel_index(int(cost.argmin()), cost.shape)
            if cost[place_of_best] < best:
                best, chosen = float(cost[place_of_best]), (place_of_best, first is up)
        if chosen is None:
            return False
        if best > 0:
            self._hide_box(corner, axes, *chosen)
        return True

    def _costs(self, dear: float) -> tuple[Any, Any]:
        """What it costs to let each count go up by one, or down: nothing where it is hidden and
        free to, its size where it is shown.
        """
        shown, small = self.marks == SHOWN, self.marks == SMALL
        price = np.where(shown, np.where(self.same, dear, self.values.astype(float) + 1), 0.0)
        up = np.where(small & (self.values >= self.limit - 1), 0.5, price)
        return up, np.where(self.values == 0, dear, price)

    def _picked(self, corner: tuple[int, ...], axes: list[int], flips: Sequence[bool]) -> list[Any]:
        free = {place for place, flip in zip(axes, flips, strict=True) if flip}
        return [
            slice(None) if place in free else corner[place] for place in range(self.values.ndim)
        ]

    def _others(self, value: int, place: int, number: int, count: int) -> Any:
        """Which values of an axis lie beside ``value`` in the same coarser one."""
        parents = self.cube._parents(place, self.level[place])  # noqa: SLF001
        beside = (parents == parents[value]) & (np.arange(len(parents)) != value)
        shape = [1] * count
        shape[number] = -1
        return beside.reshape(shape)

    def _hide_box(
        self, corner: tuple[int, ...], axes: list[int], opposite: Sequence[Any], ups_first: bool
    ) -> None:
        for flips in product((False, True), repeat=len(axes)):
            spot = list(corner)
            for number, (place, flip) in enumerate(zip(axes, flips, strict=True)):
                spot[place] = int(opposite[number]) if flip else corner[place]
            at, goes_up = tuple(spot), (sum(flips) % 2 == 0) == ups_first
            if self.marks[at] == SHOWN or (
                goes_up and self.marks[at] == SMALL and self.values[at] >= self.limit - 1
            ):
                self.marks[at] = HIDDEN

    def _sum(self, numbers: Any, place: int) -> Numbers:
        return self.cube._grouped(np.asarray(numbers, dtype=np.int64), place, self.level[place])  # noqa: SLF001

    def _give(self, numbers: Any, place: int) -> Numbers:
        return self.cube.spread(np.asarray(numbers, dtype=np.int64), place, self.level[place])

    def _position(self, place: int) -> Numbers:
        shape = [1] * self.values.ndim
        shape[place] = -1
        return np.arange(self.values.shape[place], dtype=np.int64).reshape(shape)

    def _least(self, numbers: Numbers, place: int) -> Numbers:
        moved = np.moveaxis(numbers, place, 0)
        out = np.full(
            (self.cube.axes[place].size(self.level[place] - 1), *moved.shape[1:]),
            np.iinfo(np.int64).max,
            dtype=np.int64,
        )
        np.minimum.at(out, self.cube._parents(place, self.level[place]), moved)  # noqa: SLF001
        return np.moveaxis(out, 0, place)

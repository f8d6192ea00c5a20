"""Charts as SVG, drawn on the server: patterns beside colours, text that never scales, mirrored for
right-to-left.

Across in percent, down in pixels, so that a chart fits a phone and a sheet of paper. What is hidden
is a block of one size, never a shape that tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from reporting.tables.questions import Cell, Table

HEIGHT, BOTTOM, TOP, ROW_MOST, SERIES_MOST, BARS_MOST, LINKS_MOST = 260, 226, 14, 12, 4, 15, 12
HIDDEN_HEIGHT, BAR, GAP = 10, 18, 10
HIDDEN_SHARE = 3.0  # of the width, for a hidden bar


@dataclass(frozen=True)
class Block:
    """A part of a column or a bar: x and width in percent, y and height in pixels, which series, or
    hidden.
    """

    x: float
    width: float
    y: float
    height: float
    series: int
    hidden: bool


@dataclass(frozen=True)
class Columns:
    """A stacked column chart, ready for the template."""

    blocks: list[Block]
    grid: list[tuple[int, float]]
    labels: list[tuple[float, str]]
    series: list[str]
    any_hidden: bool
    finding: str
    height: int = HEIGHT
    kind: str = "columns"


@dataclass(frozen=True)
class Bars:
    """Lying bars with their names above and numbers at the end."""

    blocks: list[Block]
    labels: list[tuple[float, str, str]]  # y, name, number
    series: list[str]
    any_hidden: bool
    finding: str
    height: int
    kind: str = "bars"


@dataclass(frozen=True)
class Line:
    """One line: its points as (x percent, y pixels, text), broken where a value is missing."""

    name: str
    series: int
    points: list[tuple[float, float, str]]


@dataclass(frozen=True)
class Lines:
    """Lines over steps of time."""

    lines: list[Line]
    grid: list[tuple[str, float]]
    labels: list[tuple[float, str]]
    series: list[str]
    finding: str
    any_hidden: bool = False
    height: int = HEIGHT
    kind: str = "lines"


@dataclass(frozen=True)
class Ribbon:
    """A flow: its outline as a path in a box 100 wide, and what it is."""

    path: str
    series: int
    name: str


@dataclass(frozen=True)
class Flows:
    """From where to where, as ribbons between two columns of names."""

    ribbons: list[Ribbon]
    ends: list[tuple[str, float, str, float]]  # side, y, name, height
    height: int
    finding: str
    series: tuple[str, ...] = ()
    any_hidden: bool = False
    kind: str = "flows"


Chart = Columns | Bars | Lines | Flows
Link = tuple[str, str, int]  # from where, to where, how many people


def of_table(table: Table, *, rtl: bool = False) -> Chart | None:
    """The chart that suits a table: stacked columns where there are few series and rows, else bars
    of the totals; none where nothing can be shown.
    """
    if not any(cell.value for line in table.cells[:-1] for cell in line):
        return None
    few = (
        len(table.columns) <= SERIES_MOST
        and len(table.rows) <= ROW_MOST
        and any(cell.value for line in table.cells[:-1] for cell in line[:-1])
    )
    if few and table.question.rows != table.question.columns:
        return stacked(table, rtl=rtl)
    totals = [line[-1] for line in table.cells[: len(table.rows)]]
    return bars(table.row_labels[: len(table.rows)], totals, rtl=rtl)


def stacked(table: Table, *, rtl: bool = False) -> Columns:
    """Stacked columns of a table's rows."""
    rows = [line[: len(table.columns)] for line in table.cells[: len(table.rows)]]
    top = max([sum(cell.value or 0 for cell in line) for line in rows] + [1])
    step = _step(top)
    scale = (BOTTOM - TOP) / (step * 4)
    width = 100 / len(rows)
    blocks = [
        block
        for place, line in enumerate(rows)
        for block in _column(line, _x(place, width, rtl=rtl), width * 0.62, scale)
    ]
    labels = [
        (round(_x(place, width, rtl=rtl) + width * 0.31, 2), table.row_labels[place])
        for place in range(len(rows))
    ]
    grid = [(step * line, BOTTOM - step * line * scale) for line in range(5)]
    finding = _finding(table.row_labels, [line[-1] for line in table.cells[: len(table.rows)]])
    return Columns(
        blocks,
        grid,
        labels,
        table.column_labels[: len(table.columns)],
        any(block.hidden for block in blocks),
        finding,
    )


def bars(
    names: Sequence[str], cells: Sequence[Cell], *, rtl: bool = False, shown: Sequence[str] = ()
) -> Bars | None:
    """Lying bars, as many as fit; ``shown`` are the words for the numbers where they are more than
    numbers.
    """
    names, cells = list(names)[:BARS_MOST], list(cells)[:BARS_MOST]
    most = max([cell.value or 0 for cell in cells] + [0])
    if not most:
        return None
    blocks: list[Block] = []
    labels: list[tuple[float, str, str]] = []
    for number, (name, cell) in enumerate(zip(names, cells, strict=True)):
        y = number * (BAR + GAP + 16) + 18
        hidden = cell.value is None
        width = (
            HIDDEN_SHARE
            if hidden
            else round(max(0.4, (68 if shown else 86) * (cell.value or 0) / most), 2)
        )
        blocks.append(Block(round(100 - width, 2) if rtl else 0, width, y, BAR, 0, hidden))
        labels.append(
            (y, name, shown[number] if shown and not hidden else "" if hidden else str(cell.value))
        )
    height = len(names) * (BAR + GAP + 16) + 8
    return Bars(
        blocks, labels, [], any(block.hidden for block in blocks), _finding(names, cells), height
    )


def lines(
    steps: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    top: float,
    rtl: bool = False,
    form: str = "{:g}",
) -> Lines | None:
    """Lines of some series over the same steps; a missing value breaks a line. ``top`` is where the
    axis ends.
    """
    if not any(value is not None for _name, values in series for value in values):
        return None
    scale = (BOTTOM - TOP) / top
    width = 82 / max(1, len(steps) - 1)
    across = [
        round(100 - (6 + number * width) if rtl else 6 + number * width, 2)
        for number in range(len(steps))
    ]
    drawn = []
    for number, (name, values) in enumerate(list(series)[:SERIES_MOST]):
        points = [
            (across[place], round(BOTTOM - value * scale, 1), form.format(value))
            for place, value in enumerate(values)
            if value is not None
        ]
        drawn.append(Line(name, number, points))
    grid = [(form.format(top * part / 4), BOTTOM - (BOTTOM - TOP) * part / 4) for part in range(5)]
    last = [f"{line.name} {line.points[-1][2]}" for line in drawn if line.points]
    return Lines(
        drawn,
        grid,
        list(zip(across, steps, strict=True)),
        [line.name for line in drawn],
        _("At the end: %(values)s.", values=", ".join(last)),
    )


def flows(links: Sequence[Link], *, rtl: bool = False) -> Flows | None:
    """Ribbons of the greatest flows; ``links`` are (from, to, people), only what may be shown."""
    greatest = sorted(
        (link for link in links if link[2]), key=lambda link: (-link[2], link[0], link[1])
    )[:LINKS_MOST]
    if not greatest:
        return None
    sources = _by_size([(source, people) for source, _target, people in greatest])
    targets = _by_size([(target, people) for _source, target, people in greatest])
    most = max(len(sources), len(targets))
    height = max(160, most * 34)
    scale = (height - most * 14) / sum(people for _source, _target, people in greatest)
    left = _end_of(sources, greatest, 0, scale, height)
    right = _end_of(targets, greatest, 1, scale, height)
    where = ("end", "start") if rtl else ("start", "end")
    source, target, people = greatest[0]
    finding = _(
        "The greatest flow: %(one)s to %(two)s, %(number)s people.",
        one=source,
        two=target,
        number=people,
    )
    ribbons = _ribbons(greatest, left, right, scale, rtl=rtl)
    return Flows(ribbons, [*left.named(where[0]), *right.named(where[1])], height, finding)


@dataclass(frozen=True)
class _End:
    """One column of names that flows begin or end at: how high each stands, and how thick."""

    names: list[str]
    starts: dict[str, float]
    sizes: dict[str, float]

    def named(self, side: str) -> list[tuple[str, float, str, float]]:
        """Side, y, name and height of each."""
        return [(side, self.starts[name], name, max(1.0, self.sizes[name])) for name in self.names]


def _end_of(names: list[str], links: Sequence[Link], side: int, scale: float, height: int) -> _End:
    people = {name: sum(link[2] for link in links if link[side] == name) for name in names}
    sizes = {name: count * scale for name, count in people.items()}
    return _End(names, _stacked_up(sizes, height), sizes)


def _ribbons(
    links: Sequence[Link], left: _End, right: _End, scale: float, *, rtl: bool
) -> list[Ribbon]:
    """One ribbon a flow, side by side at both ends in the order of the names."""
    out, into = dict(left.starts), dict(right.starts)
    ribbons = []
    for source, target, people in sorted(
        links, key=lambda link: (left.names.index(link[0]), right.names.index(link[1]))
    ):
        thick = max(1.0, people * scale)
        path = _ribbon(out[source], into[target], thick, rtl=rtl)
        series = left.names.index(source) % SERIES_MOST
        ribbons.append(Ribbon(path, series, f"{source} → {target}: {people}"))
        out[source] += thick
        into[target] += thick
    return ribbons


def _by_size(ends: Sequence[tuple[str, int]]) -> list[str]:
    """Names by the sum of their flows, the greatest first."""
    sums: dict[str, int] = {}
    for name, people in ends:
        sums[name] = sums.get(name, 0) + people
    return sorted(sums, key=lambda name: (-sums[name], name))


def _stacked_up(sizes: dict[str, float], height: int) -> dict[str, float]:
    """Where each block of a column begins, with equal gaps."""
    gap = (height - sum(sizes.values())) / max(1, len(sizes))
    y = gap / 2
    starts = {}
    for name, size in sizes.items():
        starts[name] = round(y, 1)
        y += size + gap
    return starts


def _ribbon(y0: float, y1: float, thick: float, *, rtl: bool) -> str:
    a, b, m = (100, 0, 50) if rtl else (0, 100, 50)
    z0 = y0 + thick
    z1 = y1 + thick
    upper = f"M{a} {y0:.1f}C{m} {y0:.1f} {m} {y1:.1f} {b} {y1:.1f}"
    lower = f"L{b} {z1:.1f}C{m} {z1:.1f} {m} {z0:.1f} {a} {z0:.1f}Z"
    return upper + lower


def _finding(names: Sequence[str], cells: Sequence[Cell]) -> str:
    """What a reader who does not see the chart should know first."""
    shown = [(cell.value, name) for name, cell in zip(names, cells, strict=False) if cell.value]
    if not shown:
        return _("The numbers stand in the table.")
    most = max(shown, key=lambda pair: pair[0])
    return _(
        "Most: %(name)s, %(number)s. All numbers stand in the table beside it.",
        name=most[1],
        number=most[0],
    )


def _x(place: int, width: float, *, rtl: bool) -> float:
    start = place * width + width * 0.19
    return 100 - start - width * 0.62 if rtl else start


def _column(line: Sequence[Cell], x: float, width: float, scale: float) -> list[Block]:
    blocks, y = [], float(BOTTOM)
    for series, cell in enumerate(line):
        hidden = cell.value is None
        height = HIDDEN_HEIGHT if hidden else (cell.value or 0) * scale
        y -= height
        blocks.append(
            Block(round(x, 2), round(width, 2), round(y, 1), round(height, 1), series, hidden)
        )
    return blocks


def _step(top: int) -> int:
    """A round number a quarter of which the axis counts in."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if size * factor * 4 >= top:
                return size * factor
        size *= 10

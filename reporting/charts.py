"""Charts as SVG, drawn on the server: patterns beside colours, text that never scales, mirrored for right-to-left."""

from dataclasses import dataclass

from reporting import disclosure
from reporting.tables import Cell, Table

HEIGHT, BOTTOM, TOP, ROW_MOST, SERIES_MOST = 260, 226, 14, 12, 4
HIDDEN_HEIGHT = 10


@dataclass(frozen=True)
class Block:
    """A part of a column: x and width in percent, y and height in pixels, which series, or hidden."""

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


def stacked(table: Table, *, rtl: bool = False) -> Columns | None:
    """Stacked columns of a table's first rows; none where it has more series than can be told apart or nothing to show."""
    series = table.column_labels[:-1]
    rows = table.cells[:-1][:ROW_MOST]
    if not rows or len(series) > SERIES_MOST:
        return None
    top = max([sum(cell.value or 0 for cell in line[:-1]) for line in rows] + [1])
    step = _step(top)
    scale = (BOTTOM - TOP) / (step * 4)
    width = 100 / len(rows)
    blocks = [block for place, line in enumerate(rows) for block in _column(line[:-1], _x(place, width, rtl=rtl), width * 0.62, scale)]
    labels = [(_x(place, width, rtl=rtl) + width * 0.31, table.row_labels[place]) for place in range(len(rows))]
    grid = [(step * line, BOTTOM - step * line * scale) for line in range(5)]
    return Columns(blocks, grid, labels, series, any(block.hidden for block in blocks))


def _x(place: int, width: float, *, rtl: bool) -> float:
    start = place * width + width * 0.19
    return 100 - start - width * 0.62 if rtl else start


def _column(line: list[Cell], x: float, width: float, scale: float) -> list[Block]:
    blocks, y = [], float(BOTTOM)
    for series, cell in enumerate(line):
        hidden = cell.mark != disclosure.SHOWN
        height = HIDDEN_HEIGHT if hidden else (cell.value or 0) * scale
        y -= height
        blocks.append(Block(round(x, 2), round(width, 2), round(y, 1), round(height, 1), series, hidden))
    return blocks


def _step(top: int) -> int:
    """A round number a quarter of which the axis counts in."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if size * factor * 4 >= top:
                return size * factor
        size *= 10

"""Small cells are hidden, and whatever would let a hidden cell be worked out from the totals.

A table here is cells with their row totals, column totals and grand total. Primary: any value under the limit, zero too.
Complementary: in each row and column (totals included) a single hidden value gets company, and hidden values that the
total would pin down more tightly than "0 to limit - 1" get company as well. Pure: numbers in, marks out.
"""

SHOWN, SMALL, HIDDEN = "shown", "small", "hidden"

Matrix = list[list[int]]
Marks = list[list[str]]


def with_totals(cells: Matrix) -> Matrix:
    """``cells`` with a last column and a last row of totals."""
    rows = [[*row, sum(row)] for row in cells]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]] if rows else []


def protect(table: Matrix, limit: int) -> Marks:
    """Marks for a table with totals: what may be shown, what is small, what is hidden to protect the small."""
    marks = [[SMALL if value < limit else SHOWN for value in row] for row in table]
    lines = _lines(table)
    while any(_protect_line(table, marks, line, limit) for line in lines) or _cover_pinned(table, marks, lines, limit):
        pass
    return marks


def _lines(table: Matrix) -> list[list[tuple[int, int]]]:
    """Rows, columns and the whole inside as lists of places; the last of each is its total."""
    rows = [[(row, column) for column in range(len(table[0]))] for row in range(len(table))] if table else []
    columns = [[(row, column) for row in range(len(table))] for column in range(len(table[0]))] if table else []
    inside = [place for row in rows[:-1] for place in row[:-1]]
    return [*rows, *columns, *([[*inside, (len(table) - 1, len(table[0]) - 1)]] if inside else [])]


def _protect_line(table: Matrix, marks: Marks, line: list[tuple[int, int]], limit: int) -> bool:
    concealed = [place for place in line if marks[place[0]][place[1]] != SHOWN]
    if not concealed or not _tells(table, marks, line, concealed, limit):
        return False
    open_places = [place for place in line if place not in concealed]
    if not open_places:
        return False
    # The smallest open value costs the reader least; a total only where nothing else is left.
    row, column = min(open_places, key=lambda place: (place == line[-1], table[place[0]][place[1]]))
    marks[row][column] = HIDDEN
    return True


def _tells(table: Matrix, marks: Marks, line: list[tuple[int, int]], concealed: list[tuple[int, int]], limit: int) -> bool:
    """Whether the open values of a line bound a hidden one more tightly than they should."""
    if len(concealed) == 1:
        return True
    if line[-1] in concealed:
        return False  # the total is gone: each of the others may still be anything under the limit
    rest = sum(table[row][column] for row, column in concealed)
    small = [place for place in concealed if marks[place[0]][place[1]] == SMALL]
    if not small:
        return False  # nothing here needs more cover than a second hidden value gives
    if len(small) < len(concealed):
        return rest - limit * (len(concealed) - len(small)) < limit - 1
    return rest < limit - 1 or rest > (limit - 1) * (len(small) - 1)


def _cover_pinned(table: Matrix, marks: Marks, lines: list[list[tuple[int, int]]], limit: int) -> bool:
    """Hide one more value where all lines taken together leave a small one a single value, although each line alone does not."""
    bounds = _bounds(table, marks, lines, limit)
    pinned = [place for place, (least, most) in bounds.items() if least == most and marks[place[0]][place[1]] == SMALL and limit > 1]
    for place in pinned:
        near = [other for line in lines if place in line for other in line if marks[other[0]][other[1]] == SHOWN]
        anywhere = [other for other in bounds if marks[other[0]][other[1]] == SHOWN]
        ends = {line[-1] for line in lines}
        if open_places := near or anywhere:
            row, column = min(open_places, key=lambda other: (other in ends, table[other[0]][other[1]]))
            marks[row][column] = HIDDEN
            return True
    return False


def _bounds(table: Matrix, marks: Marks, lines: list[list[tuple[int, int]]], limit: int) -> dict[tuple[int, int], tuple[int, int]]:
    """What a reader can say of each value: from its mark, then from every line (the last of a line is the sum of the others), until nothing moves."""
    most_of_all = 2 * table[-1][-1] + limit if table else 0
    by_mark = {SMALL: (0, limit - 1), HIDDEN: (limit, most_of_all)}
    found = {(r, c): by_mark.get(mark, (table[r][c], table[r][c])) for r, row in enumerate(marks) for c, mark in enumerate(row)}
    moved = True
    while moved:
        moved = False
        for *parts, total in lines:
            for place in (*parts, total):
                tighter = _from_line(found, parts, total, place)
                moved = moved or tighter != found[place]
                found[place] = tighter
    return found


def _from_line(found: dict[tuple[int, int], tuple[int, int]], parts: list[tuple[int, int]], total: tuple[int, int], place: tuple[int, int]) -> tuple[int, int]:
    least = sum(found[part][0] for part in parts if part != place)
    most = sum(found[part][1] for part in parts if part != place)
    low, high = (least, most) if place == total else (found[total][0] - most, found[total][1] - least)
    return max(found[place][0], low), min(found[place][1], high)

"""A question about people, and its answer as a table: what both hold, and no more."""

from dataclasses import dataclass, field, replace

from flask_babel import gettext as _

from models.rules import RuleBroken
from reporting.tables.dimensions import DIMENSIONS


@dataclass(frozen=True)
class Question:
    """What is asked. ``filters`` are dimensions with the value wanted; ``kind`` is set where a
    measure counts each kind for itself.
    """

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
        """The same question of the period before: the quarter before where it is of a quarter, else
        the year before.
        """
        quarter = self.wanted.get("quarter")
        if quarter is None:
            return replace(self, year=self.year - 1)
        if quarter == "1":
            return replace(self, year=self.year - 1, filters=self._in_quarter("4"))
        return replace(self, filters=self._in_quarter(str(int(quarter) - 1)))

    def _in_quarter(self, quarter: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, quarter if name == "quarter" else value) for name, value in self.filters
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
    """Rows and columns with labels, totals last, already protected. Holds no number that may not be
    shown.
    """

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

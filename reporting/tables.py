"""A question about people assisted, as a table: who asked for which rows and columns of which programme and year."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from models.base import db
from models.counts import Count
from reporting import disclosure
from standards import lists, places, returning
from web import words
from web.faults import Absent
from web.forms import locale_code

DIMENSIONS = ("host", "country", "sex", "age_band")
PROGRAMMES = ("hasm", "avrr", "mefm", "victims")
MOST_ROWS = 30


@dataclass(frozen=True)
class Question:
    """What is asked: a programme, a year, rows and columns, and filters on codes."""

    programme: str
    year: int
    rows: str = "country"
    columns: str = "sex"
    host: str = ""
    country: str = ""
    sex: str = ""
    age_band: str = ""
    transit: bool = False


@dataclass(frozen=True)
class Cell:
    """One number as it may be shown."""

    mark: str
    value: int | None

    def text(self, limit: int) -> str:
        """What stands in the table and in the CSV."""
        if self.mark == disclosure.SHOWN:
            return str(self.value)
        return f"<{limit}" if self.mark == disclosure.SMALL else _("hidden")


@dataclass(frozen=True)
class Table:
    """Rows and columns with labels, totals last, already protected. Holds no number that may not be shown."""

    question: Question
    row_labels: list[str]
    column_labels: list[str]
    cells: list[list[Cell]]

    @property
    def total(self) -> Cell | None:
        """All people in the table."""
        return self.cells[-1][-1] if self.cells else None


def ask(question: Question, limit: int) -> Table:
    """The protected answer to ``question``. Costs the same at any number of cases: it reads running counts."""
    if question.rows not in DIMENSIONS or question.columns not in DIMENSIONS or question.rows == question.columns:
        raise Absent
    counted = _counted(question)
    rows = _ordered({row for row, _column in counted}, question.rows, counted, 0)
    columns = _ordered({column for _row, column in counted}, question.columns, counted, 1)
    names = [_name(question.rows, row) for row in rows], [_name(question.columns, column) for column in columns]
    return _protected(question, counted, (rows, columns), names, limit)


def _protected(
    question: Question, counted: Counter[tuple[str, str]], keys: tuple[list[str], list[str]], names: tuple[list[str], list[str]], limit: int
) -> Table:
    """The counts with totals, as they may be shown."""
    rows, columns = keys
    matrix = disclosure.with_totals([[counted[row, column] for column in columns] for row in rows])
    marks = disclosure.protect(matrix, limit)
    cells = [
        [Cell(mark, value if mark == disclosure.SHOWN else None) for value, mark in zip(line, signs, strict=True)]
        for line, signs in zip(matrix, marks, strict=True)
    ]
    return Table(question, [*names[0], _("All")], [*names[1], _("All")], cells)


def endings(year: int, limit: int, column: str = "sex") -> Table:
    """How returns ended in a year: rows are outcomes, columns a dimension; protected like every table."""
    key = getattr(Count, column)
    query = select(Count.programme, key, func.sum(Count.people)).where(Count.programme.like("ended\\_%", escape="\\"), Count.year == year)
    counted: Counter[tuple[str, str]] = Counter()
    for programme, value, people in db.session.execute(query.group_by(Count.programme, key)):
        if people:
            counted[programme.removeprefix("ended_"), value] = int(people)
    rows = [code for code, _label in returning.OUTCOMES if any(row == code for row, _column in counted)]
    columns = _ordered({column_ for _row, column_ in counted}, column, counted, 1)
    names = [lists.label(returning.OUTCOMES, row) for row in rows], [_name(column, value) for value in columns]
    return _protected(Question("ended", year, "outcome", column), counted, (rows, columns), names, limit)


def _counted(question: Question) -> Counter[tuple[str, str]]:
    row, column = getattr(Count, question.rows), getattr(Count, question.columns)
    query = select(row, column, func.sum(Count.people)).where(Count.programme == question.programme, Count.year == question.year)
    for name in DIMENSIONS:
        if wanted := getattr(question, name):
            query = query.where(getattr(Count, name) == wanted)
    if question.transit:
        query = query.where(Count.transit)
    found: Counter[tuple[str, str]] = Counter()
    for key_row, key_column, people in db.session.execute(query.group_by(row, column)):
        if people:
            found[key_row, key_column] = int(people)
    return found


def _ordered(keys: set[str], dimension: str, counted: Counter[tuple[str, str]], place: int) -> list[str]:
    if dimension in {"sex", "age_band"}:
        order = [code for code, _label in (lists.SEX if dimension == "sex" else lists.AGE_BANDS)]
        return sorted(keys, key=lambda key: (order.index(key) if key in order else 99, key))
    sizes: Counter[str] = Counter()
    for key, people in counted.items():
        sizes[key[place]] += people
    return [key for key, _people in sizes.most_common(MOST_ROWS)]


def _name(dimension: str, code: str) -> str:
    if dimension == "sex":
        return lists.label(lists.SEX, code)
    if dimension == "age_band":
        return lists.label(lists.AGE_BANDS, code)
    return places.country_name(code, locale_code()) if code else _("not known")


def years() -> list[int]:
    """The years there is anything to count in, newest first."""
    return list(db.session.execute(select(Count.year).distinct().order_by(Count.year.desc())).scalars())


def hosts() -> list[str]:
    """The host countries there is anything to count in."""
    return sorted(db.session.execute(select(Count.host).distinct()).scalars())


def as_csv(table: Table, limit: int) -> list[list[str]]:
    """The table as rows of text, as protected as on the page; formulas defused."""
    head = [["", *table.column_labels]]
    body = [[label, *(cell.text(limit) for cell in line)] for label, line in zip(table.row_labels, table.cells, strict=False)]
    return [[words.defused(text) for text in line] for line in head + body]


def as_json(table: Table) -> dict[str, Any]:
    """The table for the API; hidden cells are null with their mark."""
    return {
        "programme": table.question.programme,
        "year": table.question.year,
        "rows": table.row_labels,
        "columns": table.column_labels,
        "cells": [[{"people": cell.value, "mark": cell.mark} for cell in line] for line in table.cells],
    }

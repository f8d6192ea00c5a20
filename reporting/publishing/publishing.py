"""Publishing a table: it is checked against what was published before, and kept as published, so
that a later change of the data shows.
"""

import hashlib
import json
import secrets
from dataclasses import replace
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, text

from access import audit
from access.actors import Actor
from models.base import db, now
from models.facts import PublishedTable
from models.rules import RuleBroken
from reporting.facts.engine import freshened
from reporting.publishing import differencing
from reporting.tables import measures, panels
from reporting.tables.panels import Panel
from reporting.tables.questions import Cell, Question, Table
from reporting.tables.tables import ask


def content_of(table: Table, limit: int) -> dict[str, Any]:
    """A table as it is kept: codes, words, marks and the numbers that are shown; nothing else."""
    question = table.question
    return {
        "measure": question.measure,
        "year": question.year,
        "rows": question.rows,
        "columns": question.columns,
        "filters": question.wanted,
        "limit": limit,
        "row_codes": table.rows,
        "column_codes": table.columns,
        "row_labels": table.row_labels,
        "column_labels": table.column_labels,
        "rows_title": table.rows_title,
        "columns_title": table.columns_title,
        "marks": [[cell.mark for cell in line] for line in table.cells],
        "values": [[cell.value for cell in line] for line in table.cells],
        "definition": [
            str(measures.MEASURES[question.measure].definition),
            *map(str, measures.COMMON),
        ],
    }


def digest_of(content: dict[str, Any]) -> str:
    """The fingerprint under which a published table is known."""
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def publish(*, by: Actor, question: Question, title: str, limit: int, bands: str) -> PublishedTable:
    """Publish the answer to ``question`` as it stands.

    Publications wait for each other, as each is checked against those before. Raises
    :class:`models.rules.RuleBroken` where nothing can be published without giving a small number
    away.
    """
    if question.round_to or question.kind:
        raise RuleBroken(_("Publish a table that is not rounded and of one count."))
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE published_tables IN EXCLUSIVE MODE"))
    table = ask(question, limit, bands, compare=False)
    if not table.cells:
        raise RuleBroken(_("There is nothing to publish in this selection."))
    content = content_of(table, limit)
    _protect(content, question, limit)
    published = PublishedTable(
        key=secrets.token_hex(8),
        figure=question.measure,
        question={"filters": question.wanted},
        content=content,
        digest=digest_of(content),
        period=question.year,
        title=title,
        published_by_id=by.id,
    )
    db.session.add(published)
    audit.record("published", subject=_subject(published))
    db.session.flush()
    return published


def _subject(published: PublishedTable) -> str:
    """How the trail names a published table."""
    return f"{published.figure} {published.period} {published.digest[:12]}"


def _protect(content: dict[str, Any], question: Question, limit: int) -> None:
    """Hide in ``content`` what would give a small number away beside what was published before."""
    query = (
        select(PublishedTable)
        .where(PublishedTable.figure == question.measure, PublishedTable.period == question.year)
        .order_by(PublishedTable.id)
    )
    # What was withdrawn has been read all the same.
    earlier = [
        differencing.sheet_of(published.content)
        for published in db.session.execute(query).scalars()
    ]
    sheet = differencing.sheet_of(content)
    if not differencing.protect(earlier, sheet, limit):
        raise RuleBroken(
            _(
                "Together with tables that were published before, this one would give a "
                "small number away. Choose coarser rows or columns."
            )
        )
    content["marks"] = sheet.marks
    content["values"] = sheet.values


def withdraw(*, by: Actor, published: PublishedTable, why: str) -> None:
    """Take a table back; it stays on record with the reason."""
    if published.withdrawn_at is not None:
        raise RuleBroken(_("This table was withdrawn already."))
    published.withdrawn_at = now()
    published.withdrawn_why = why
    audit.record("withdrawn", subject=_subject(published))


def unaltered(published: PublishedTable) -> bool:
    """Whether a published table is still what was published."""
    return digest_of(published.content) == published.digest


def table_of(content: dict[str, Any]) -> Table:
    """A kept table, to be shown."""
    question = Question(
        content["measure"],
        content["year"],
        content["rows"],
        content["columns"],
        tuple(sorted(content["filters"].items())),
    )
    cells = [
        [Cell(mark, value) for mark, value in zip(*pair, strict=True)]
        for pair in zip(content["marks"], content["values"], strict=True)
    ]
    return Table(
        question,
        content["row_codes"],
        content["column_codes"],
        content["row_labels"],
        content["column_labels"],
        cells,
    )


def panel_of(published: PublishedTable) -> Panel:
    """A published table as a page shows it."""
    content = published.content
    sheet = panels.sheet(table_of(content), int(content["limit"]))
    return Panel("published", published.title, list(content["definition"]), sheet)


def differences_today(published: PublishedTable) -> int:
    """The same as :func:`differences`, by the settings and the facts of now."""
    freshened()
    settings = current_app.config["SETTINGS"]
    return differences(published, settings.small_cell, settings.age_bands)


def differences(published: PublishedTable, limit: int, bands: str) -> int:
    """How many of the numbers shown then would be others now; those that are hidden now are not
    looked at.
    """
    then = table_of(published.content)
    today = ask(replace(then.question), limit, bands, compare=False)
    stands = {
        (row, column): cell
        for row, line in zip([*today.rows, "*"], today.cells, strict=False)
        for column, cell in zip([*today.columns, "*"], line, strict=False)
    }
    return sum(
        cell.value is not None
        and (now_ := stands.get((row, column))) is not None
        and now_.value is not None
        and now_.value != cell.value
        for row, line in zip([*then.rows, "*"], then.cells, strict=False)
        for column, cell in zip([*then.columns, "*"], line, strict=False)
    )

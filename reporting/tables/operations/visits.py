"""Visits after return: due, done, missed."""

from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from models.base import today
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.charts import Lines
from reporting.tables.operations.spans import Span, office_names, shown
from reporting.tables.panels import Panel, Sheet

Visits = list[tuple[Any, ...]]  # the month or office, then due, in time, late, missed, to come


def follow_ups(span: Span, *, rtl: bool) -> list[Panel]:
    """Visits after return, by the month they are due in and by office."""
    return [_by_month(span, rtl=rtl), _by_office(span, rtl=rtl)]


def _visits(key: str, span: Span) -> Visits:
    question = f"""
        SELECT
            {key},
            count(*),
            count(*) FILTER (done_on IS NOT NULL AND done_on <= due_on),
            count(*) FILTER (done_on > due_on),
            count(*) FILTER (done_on IS NULL AND due_on < $3),
            count(*) FILTER (done_on IS NULL AND due_on >= $3)
        FROM follow_ups
        WHERE due_on >= $1 AND due_on < $2{span.of_offices}
        GROUP BY 1
        ORDER BY 1"""
    return engine().query(question, [span.first, span.end, today()])


def _head() -> list[str]:
    return [_("Due"), _("Done in time"), _("Done late"), _("Missed"), _("To come")]


def _definition() -> list[str]:
    return [
        _(
            "Follow-ups after return by the month they are due in. Done late: after that "
            "day. Missed: past the day and not done until today."
        )
    ]


def _by_month(span: Span, *, rtl: bool) -> Panel:
    visits = _visits("date_trunc('month', due_on)::DATE", span)
    rows = [[format_date(row[0], "LLLL y"), *map(str, row[1:])] for row in visits]
    return Panel(
        "follow-ups-month",
        _("Follow-ups by month"),
        _definition(),
        Sheet([_("Month"), *_head()], rows),
        _done_drawn(visits, rtl=rtl),
        people=False,
    )


def _done_drawn(visits: Visits, *, rtl: bool) -> Lines | None:
    months: list[date] = [row[0] for row in visits]
    done = [
        100 * (row[2] + row[3]) / row[1] if row[1] else None  # in time and late, of those due
        for row in visits
    ]
    return charts.lines(
        [format_date(month, "LLL") for month in months],
        [(_("Done, in percent of due"), done)],
        top=100,
        rtl=rtl,
        form="{:.0f}",
    )


def _by_office(span: Span, *, rtl: bool) -> Panel:
    visits = _visits("office_id", span)
    names = office_names()
    rows = [[names.get(row[0], str(row[0])), *map(str, row[1:])] for row in visits]
    due = [shown(row[1]) for row in visits]
    return Panel(
        "follow-ups-office",
        _("Follow-ups by office"),
        _definition(),
        Sheet([_("Office"), *_head()], rows),
        charts.bars([row[0] for row in rows], due, rtl=rtl),
        people=False,
    )

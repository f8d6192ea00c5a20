"""Visits after return: due, done, missed."""

from datetime import date
from typing import Any

from flask import current_app
from flask_babel import format_date
from flask_babel import gettext as _

from models.base import today
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.charts import Lines
from reporting.tables.operations.spans import Span, office_names, shown
from reporting.tables.panels import Panel, Sheet

# The month or office, then: due, in time, late, tried, not tried, to come, not needed.
Visits = list[tuple[Any, ...]]


def follow_ups(span: Span, *, rtl: bool) -> list[Panel]:
    """Visits after return, by the month they are due in and by office."""
    return [_by_month(span, rtl=rtl), _by_office(span, rtl=rtl)]


def _tolerance() -> int:
    days: int = current_app.config["SETTINGS"].follow_up_tolerance
    return days


def _visits(key: str, span: Span) -> Visits:
    in_time = f"done_on <= due_on + {_tolerance()}"
    question = f"""
        SELECT
            {key},
            count(*) FILTER (state <> 'not_needed'),
            count(*) FILTER (state = 'reached' AND {in_time}),
            count(*) FILTER (state = 'reached' AND NOT {in_time}),
            count(*) FILTER (state = 'tried' AND due_on < $3),
            count(*) FILTER (state = 'untried' AND due_on < $3),
            count(*) FILTER (state IN ('tried', 'untried') AND due_on >= $3),
            count(*) FILTER (state = 'not_needed')
        FROM follow_ups
        WHERE due_on >= $1 AND due_on < $2{span.of_offices}
        GROUP BY 1
        ORDER BY 1"""
    return engine().query(question, [span.first, span.end, today()])


def _head() -> list[str]:
    return [
        _("Due"),
        _("Reached in time"),
        _("Reached late"),
        _("Tried, not reached"),
        _("Not tried"),
        _("To come"),
        _("Not needed"),
    ]


def _definition() -> list[str]:
    return [
        _(
            "Follow-ups after return by the month they are due in. Reached: the person, or "
            "somebody who knows how they are, was spoken with; in time: up to %(days)s days after "
            "the day it was due, late: after that. Tried: only attempts that reached nobody. To "
            "come: its day has not passed. Due is all of these. Not needed: the return had ended "
            "before; they are not among those due. Visits that were not planned are not counted.",
            days=_tolerance(),
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
        100 * (row[2] + row[3]) / (row[1] - row[6]) if row[1] > row[6] else None for row in visits
    ]
    return charts.lines(
        [format_date(month, "LLL") for month in months],
        [(_("Reached, in percent of those whose day has passed"), done)],
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

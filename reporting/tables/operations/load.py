"""Who has how much to do: open cases by office and by worker."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from models.base import db, today
from models.people import User
from models.states import CaseStatus, Sets
from reporting.facts.columns import quoted
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.operations.spans import Span, office_names, shown
from reporting.tables.panels import Panel, Sheet

MOST_WORKERS = 200
_ENDED = quoted(Sets.CASE_ENDED)
_ERASED = quoted([CaseStatus.ERASED])


@dataclass(frozen=True)
class Load:
    """What one worker of one office has to do and did."""

    office_id: int
    owner_id: int | None
    open: int
    at_risk: int
    opened: int
    closed: int
    overdue: int

    def counts(self) -> tuple[int, ...]:
        """The numbers in the order of the columns."""
        return (self.open, self.at_risk, self.overdue, self.opened, self.closed)


def caseload(span: Span, *, rtl: bool) -> list[Panel]:
    """Open cases by office and by worker."""
    loads = _loads(span)
    names = office_names()
    head = [
        _("Open"),
        _("High or extreme risk"),
        _("Overdue tasks"),
        _("Opened in the period"),
        _("Closed in the period"),
    ]
    by_office = Sheet([_("Office"), *head], _of_offices(loads, names))
    by_worker = Sheet([_("Caseworker"), _("Office"), *head], _of_workers(loads, names))
    return [
        _panel("caseload-office", _("Cases by office"), by_office, 1, rtl=rtl),
        _panel("caseload-worker", _("Cases by caseworker"), by_worker, 2, rtl=rtl),
    ]


def _panel(code: str, title: str, sheet: Sheet, column: int, *, rtl: bool) -> Panel:
    """A sheet with the open cases, which stand in ``column``, drawn as bars."""
    definition = _(
        "Open: not closed, whatever the period. Opened and closed: within it. "
        "Overdue tasks: past their day and not done, by who should do them."
    )
    drawn = charts.bars(
        [row[0] for row in sheet.rows], [shown(int(row[column])) for row in sheet.rows], rtl=rtl
    )
    return Panel(code, title, [definition], sheet, drawn, people=False)


def _loads(span: Span) -> list[Load]:
    question = f"""
        SELECT
            office_id,
            owner_id,
            count(*) FILTER (status NOT IN ({_ENDED})),
            count(*) FILTER (risk IN ('high', 'extreme') AND status NOT IN ({_ENDED})),
            count(*) FILTER (opened_on >= $1 AND opened_on < $2),
            count(*) FILTER (closed_on >= $1 AND closed_on < $2)
        FROM cases
        WHERE status <> {_ERASED}{span.of_offices}
        GROUP BY 1, 2"""
    rows = engine().query(question, [span.first, span.end])
    overdue = _overdue(span)
    of_cases = {(office, owner): counts for office, owner, *counts in rows}
    loads = []
    for who in of_cases | overdue:  # an officer has tasks, and no case
        (office, owner), counts = who, of_cases.get(who, [0, 0, 0, 0])
        active, at_risk, opened, closed = counts
        late = overdue.get(who, 0)
        loads.append(Load(office, owner, active, at_risk, opened, closed, late))
    return loads


def _overdue(span: Span) -> dict[tuple[int, int | None], int]:
    """Tasks past their day, by office and by who should do them."""
    question = f"""
        SELECT office_id, owner_id, count(*)
        FROM tasks
        WHERE due_on < ?{span.of_offices}
        GROUP BY 1, 2"""
    rows = engine().query(question, [today()])
    return {(office_id, owner_id): count for office_id, owner_id, count in rows}


def _of_offices(loads: list[Load], names: dict[int, str]) -> list[list[str]]:
    sums: dict[int, list[int]] = {}
    for load in loads:
        before = sums.get(load.office_id, [0] * len(load.counts()))
        sums[load.office_id] = [sum(pair) for pair in zip(before, load.counts(), strict=True)]
    ordered = sorted(sums.items(), key=lambda pair: -pair[1][0])
    return [[names.get(office, str(office)), *map(str, counts)] for office, counts in ordered]


def _of_workers(loads: list[Load], names: dict[int, str]) -> list[list[str]]:
    """The busiest by name, the others together in the last row: the sums are those of all."""
    busy = [load for load in loads if any(load.counts())]
    busy.sort(key=lambda load: (-load.open, str(load.owner_id)))
    named, others = busy[:MOST_WORKERS], busy[MOST_WORKERS:]
    workers = _workers({load.owner_id for load in named if load.owner_id})
    rows = [
        [
            workers.get(load.owner_id or 0, _("Nobody")),
            names.get(load.office_id, ""),
            *map(str, load.counts()),
        ]
        for load in named
    ]
    if others:
        sums = map(sum, zip(*(load.counts() for load in others), strict=True))
        words = ngettext("%(num)d other", "%(num)d others", len(others))
        rows.append([words, "", *map(str, sums)])
    return rows


def _workers(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())

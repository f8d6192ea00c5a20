"""Figures of work: how fast partners answer, who has how much to do, what is due, what is missing,
what money did. All cases, no kind of person.

They count work and not kinds of people, so they are exact; they are for those who run it, not for
publication.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Role
from models.base import db, now, today
from models.money import Fund, LedgerEntry
from models.people import Organisation, User
from models.shelter import Bed, Facility, ShelterRoom
from reporting.facts.checking import CONTRADICTING, LATE, MISSING
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.panels import Panel, Sheet
from reporting.tables.tables import Cell
from standards import lists
from web import template_filters
from web.links import link


@dataclass(frozen=True)
class Span:
    """A year or a quarter of it, and the offices one may see the work of (none: all)."""

    year: int
    quarter: str = ""
    offices: tuple[int, ...] = ()

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 3 * int(self.quarter or 1) - 2, 1)

    @property
    def end(self) -> date:
        """The day after the last."""
        if not self.quarter:
            return date(self.year + 1, 1, 1)
        month = 3 * int(self.quarter) + 1
        return date(self.year, month, 1) if month <= 12 else date(self.year + 1, 1, 1)


def offices_of(actor: Actor) -> tuple[int, ...]:
    """Whose work somebody sees: a manager that of all, a supervisor that of their own offices."""
    if actor.holds(Role.MANAGER) or actor.user is None:
        return ()
    return tuple(
        sorted(
            {
                grant.organisation_id
                for grant in actor.user.grants
                if grant.in_force and grant.role == Role.SUPERVISOR
            }
        )
    ) or (-1,)


def _mine(span: Span, column: str = "o") -> str:
    return (
        f" AND {column} IN ({', '.join(map(str, span.offices))})" if span.offices else ""
    )  # our own whole numbers


def _offices() -> dict[int, str]:
    return dict(db.session.execute(select(Organisation.id, Organisation.name)).all())


def _number(value: float | None, digits: int = 0) -> str:
    return (
        "–"
        if value is None
        else format_decimal(
            round(value, digits), format="#,##0" + ("." + "0" * digits if digits else "")
        )
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def partners(span: Span, *, rtl: bool) -> list[Panel]:
    """How partners answer, by partner and by service."""
    query = """SELECT {key}, count(*), count(*) FILTER (s = 'sent'), count(*) FILTER (s = 'sent' AND b < ?), count(*) FILTER (s IN ('accepted', 'in_service', 'completed')),
        count(*) FILTER (s = 'declined'), count(*) FILTER (s = 'expired'), count(*) FILTER (s = 'completed'),
        median(date_diff('minute', a, n)) FILTER (n IS NOT NULL AND s <> 'expired') / 60.0, count(*) FILTER (n IS NOT NULL AND n <= b AND s <> 'expired'), median(date_diff('hour', n, e)) FILTER (s = 'completed') / 24.0
        FROM refs WHERE a >= ? AND a < ?{mine} GROUP BY 1 ORDER BY 2 DESC, 1"""
    names = _offices()
    head = [
        _("Sent"),
        _("Waiting"),
        _("Late"),
        _("Accepted"),
        _("Declined"),
        _("Not answered"),
        _("Completed"),
        _("Hours to answer (median)"),
        _("Answered in time"),
        _("Days to complete (median)"),
    ]
    panels = []
    for key, title, first in (
        ("q", _("Referrals by partner"), _("Partner")),
        ("v", _("Referrals by service"), _("Service")),
    ):
        rows = engine().query(
            query.format(key=key, mine=_mine(span)),
            [now().replace(tzinfo=None), span.first, span.end],
        )
        named = [
            names.get(row[0], str(row[0])) if key == "q" else lists.label(lists.SERVICES, row[0])
            for row in rows
        ]
        cells = [
            [
                name,
                *map(str, row[1:8]),
                _number(row[8], 1),
                _share(row[9], row[4] + row[5] + row[6]),
                _number(row[10], 1),
            ]
            for name, row in zip(named, rows, strict=True)
        ]
        answering = [(name, row[8]) for name, row in zip(named, rows, strict=True) if row[8]]
        hours = [_("%(hours)s hours", hours=_number(row, 1)) for _name, row in answering]
        drawn = charts.bars(
            [name for name, _hours in answering],
            [Cell("shown", max(1, round(row))) for _name, row in answering],
            rtl=rtl,
            shown=hours,
        )
        definition = [
            _(
                "Referrals sent in the period, by what became of them until now. Hours from "
                "sending to the answer; in time: answered before the time for its urgency "
                "was over, of those answered or past it."
            )
        ]
        panels.append(
            Panel(
                f"referrals-{key}",
                title,
                definition,
                Sheet([first, *head], cells),
                drawn,
                people=False,
                wide=True,
            )
        )
    return panels


def caseload(span: Span, *, rtl: bool) -> list[Panel]:
    """Open cases by office and by worker."""
    late = {
        (row[0], row[1]): row[2]
        for row in engine().query(
            f"SELECT o, w, count(*) FROM todos WHERE b < ?{_mine(span)} GROUP BY 1, 2", [today()]
        )
    }
    query = f"""SELECT o, w, count(*) FILTER (s NOT IN ('closed', 'erased')), count(*) FILTER (r IN ('high', 'extreme') AND s NOT IN ('closed', 'erased')),
        count(*) FILTER (d >= $1 AND d < $2), count(*) FILTER (x >= $1 AND x < $2), median(date_diff('day', d, x)) FILTER (x >= $1 AND x < $2)
        FROM cases WHERE s <> 'erased'{_mine(span)} GROUP BY 1, 2"""
    rows = engine().query(query, [span.first, span.end])
    head = [
        _("Open"),
        _("High or extreme risk"),
        _("Overdue tasks"),
        _("Opened in the period"),
        _("Closed in the period"),
    ]
    names, people = _offices(), _workers({row[1] for row in rows if row[1]})
    by_office: dict[int, list[int]] = {}
    for row in rows:
        sums = by_office.setdefault(row[0], [0] * 5)
        for place, value in enumerate(
            (row[2], row[3], late.get((row[0], row[1]), 0), row[4], row[5])
        ):
            sums[place] += value
    offices = sorted(by_office.items(), key=lambda pair: -pair[1][0])
    first = [[names.get(office, str(office)), *map(str, sums)] for office, sums in offices]
    ordered = sorted(
        (row for row in rows if row[2] or row[4] or row[5]), key=lambda row: (-row[2], str(row[1]))
    )
    second = [
        [
            people.get(row[1], _("Nobody")),
            names.get(row[0], ""),
            str(row[2]),
            str(row[3]),
            str(late.get((row[0], row[1]), 0)),
            str(row[4]),
            str(row[5]),
        ]
        for row in ordered[:200]
    ]
    definition = [
        _(
            "Open: not closed, whatever the period. Opened and closed: within it. "
            "Overdue tasks: past their day and not done, by who should do them."
        )
    ]
    cells = [Cell("shown", sums[0]) for _office, sums in offices]
    return [
        Panel(
            "caseload-office",
            _("Cases by office"),
            definition,
            Sheet([_("Office"), *head], first),
            charts.bars([row[0] for row in first], cells, rtl=rtl),
            people=False,
        ),
        Panel(
            "caseload-worker",
            _("Cases by caseworker"),
            definition,
            Sheet([_("Caseworker"), _("Office"), *head], second),
            charts.bars(
                [row[0] for row in second], [Cell("shown", int(row[2])) for row in second], rtl=rtl
            ),
            people=False,
        ),
    ]


def _workers(numbers: set[int]) -> dict[int, str]:
    return (
        dict(db.session.execute(select(User.id, User.name).where(User.id.in_(numbers))).all())
        if numbers
        else {}
    )


def follow_ups(span: Span, *, rtl: bool) -> list[Panel]:
    """Visits after return, by the month they are due in and by office."""
    query = f"""SELECT {{key}}, count(*), count(*) FILTER (d IS NOT NULL AND d <= b), count(*) FILTER (d > b), count(*) FILTER (d IS NULL AND b < $3),
        count(*) FILTER (d IS NULL AND b >= $3) FROM follows WHERE b >= $1 AND b < $2{_mine(span)} GROUP BY 1 ORDER BY 1"""
    head = [_("Due"), _("Done in time"), _("Done late"), _("Missed"), _("To come")]
    values = [span.first, span.end, today()]
    months = engine().query(query.format(key="date_trunc('month', b)::DATE"), values)
    named = [format_date(row[0], "LLLL y") for row in months]
    definition = [
        _(
            "Follow-ups after return by the month they are due in. Done late: after that "
            "day. Missed: past the day and not done until today."
        )
    ]
    steps = [format_date(row[0], "LLL") for row in months]
    done = [100 * (row[2] + row[3]) / row[1] if row[1] else None for row in months]
    drawn = charts.lines(
        steps, [(_("Done, in percent of due"), done)], top=100, rtl=rtl, form="{:.0f}"
    )
    names = _offices()
    offices = engine().query(query.format(key="o"), values)
    rows = [[name, *map(str, row[1:])] for name, row in zip(named, months, strict=True)]
    others = [[names.get(row[0], str(row[0])), *map(str, row[1:])] for row in offices]
    return [
        Panel(
            "follow-ups-month",
            _("Follow-ups by month"),
            definition,
            Sheet([_("Month"), *head], rows),
            drawn,
            people=False,
        ),
        Panel(
            "follow-ups-office",
            _("Follow-ups by office"),
            definition,
            Sheet([_("Office"), *head], others),
            charts.bars(
                [row[0] for row in others], [Cell("shown", row[1]) for row in offices], rtl=rtl
            ),
            people=False,
        ),
    ]


def shelter(span: Span, *, rtl: bool) -> list[Panel]:
    """How full the houses were."""
    beds_query = (
        select(Facility.id, func.count(Bed.id))
        .join(ShelterRoom, ShelterRoom.facility_id == Facility.id)
        .join(Bed, Bed.room_id == ShelterRoom.id)
    )
    beds = dict(
        db.session.execute(
            beds_query.where(Bed.active, Facility.active).group_by(Facility.id)
        ).all()
    )
    names = dict(db.session.execute(select(Facility.id, Facility.name)).all())
    until = min(span.end, today())
    nights = max(0, (until - span.first).days)
    query = f"""SELECT f, count(DISTINCT c), sum(date_diff('day', greatest(a, $1), least(z, $2))), count(*) FILTER (a <= $3 AND z > $3)
        FROM stays WHERE a < $2 AND z > $1{_mine(span)} GROUP BY 1"""
    found = {
        row[0]: row[1:]
        for row in engine().query(query, [span.first, max(until, span.first), today()])
    }
    rows, shown = [], []
    for house in sorted({*beds, *found}, key=lambda number: names.get(number, "")):
        people, taken, now_in = found.get(house, (0, 0, 0))
        there = beds.get(house, 0) * nights
        rows.append(
            [
                names.get(house, str(house)),
                str(beds.get(house, 0)),
                str(now_in),
                str(people),
                str(taken or 0),
                str(there),
                _share(int(taken or 0), there),
            ]
        )
        shown.append(Cell("shown", round(100 * (taken or 0) / there) if there else 0))
    head = [
        _("House"),
        _("Beds"),
        _("In them now"),
        _("Cases in the period"),
        _("Nights taken"),
        _("Nights there were"),
        _("Occupancy"),
    ]
    definition = [
        _(
            "A night is taken from the first night of a stay up to the morning it ends. "
            "Nights there were: the beds of today times the nights of the period until "
            "today."
        )
    ]
    drawn = charts.bars([row[0] for row in rows], shown, rtl=rtl, shown=[row[-1] for row in rows])
    return [
        Panel(
            "shelter",
            _("Occupancy of shelters"),
            definition,
            Sheet(head, rows),
            drawn,
            people=False,
        )
    ]


def funds(span: Span, *, rtl: bool) -> list[Panel]:
    """What each fund received, promised and paid, whom it helped and what a person cost."""
    at = {row[0]: row[1] for row in db.session.execute(_received(span)).all()}
    spent = {
        row[0]: (row[1], row[2])
        for row in engine().query(
            f"SELECT f, sum(a), count(*) FROM payments WHERE d >= ? AND d < ?{_mine(span)} GROUP BY 1",
            [span.first, span.end],
        )
    }
    helped_query = """SELECT f, count(DISTINCT p) FROM helps WHERE f IS NOT NULL AND d >= ? AND d < ? GROUP BY 1"""
    helped = {row[0]: row[1] for row in engine().query(helped_query, [span.first, span.end])}
    rows, shown = [], []
    everything = list(db.session.execute(select(Fund).order_by(Fund.code)).scalars())
    for fund in everything:
        paid, people = spent.get(fund.id, (0, 0))[0] or 0, helped.get(fund.id, 0)
        cost = (
            template_filters.money(paid // people, fund.currency)
            if people >= 10 and paid > 0
            else "–"
        )
        amounts = [at.get(fund.id, 0), paid, fund.committed_minor, fund.balance_minor]
        rows.append(
            [
                fund.code,
                lists.label(lists.PROGRAMMES, fund.programme),
                *(str(template_filters.money(amount, fund.currency)) for amount in amounts),
                str(cost),
            ]
        )
        shown.append(Cell("shown", max(0, int(paid))))
    head = [
        _("Fund"),
        _("Programme"),
        _("Received in the period"),
        _("Paid in the period"),
        _("Set aside now"),
        _("Available now"),
        _("Paid for one person"),
    ]
    definition = [
        _(
            "Payments of the period less those taken back, in the fund's own currency. "
            "For one person: by the people for whom money of the fund was approved in "
            "the period, who agreed to be counted; only where there are ten or more."
        )
    ]
    drawn = charts.bars([row[0] for row in rows], shown, rtl=rtl, shown=[row[3] for row in rows])
    return [
        Panel("funds", _("Funds"), definition, Sheet(head, rows), drawn, people=False, wide=True),
        *_by_line(span, everything, rtl=rtl),
    ]


def _received(span: Span) -> Any:
    back = LedgerEntry.__table__.alias()
    amount = func.sum(LedgerEntry.amount_minor) - func.coalesce(
        select(func.sum(back.c.amount_minor))
        .where(
            back.c.kind == "correction",
            back.c.fund_id == LedgerEntry.fund_id,
            back.c.debit == "available",
            back.c.credit == "cash",
            back.c.on >= span.first,
            back.c.on < span.end,
        )
        .scalar_subquery(),
        0,
    )
    return (
        select(LedgerEntry.fund_id, amount)
        .where(
            LedgerEntry.kind == "contribution",
            LedgerEntry.on >= span.first,
            LedgerEntry.on < span.end,
        )
        .group_by(LedgerEntry.fund_id)
    )


def _by_line(span: Span, everything: Sequence[Fund], *, rtl: bool) -> list[Panel]:
    known = {fund.id: fund for fund in everything}
    rows = engine().query(
        f"SELECT f, l, sum(a) FROM payments WHERE d >= ? AND d < ?{_mine(span)} GROUP BY 1, 2",
        [span.first, span.end],
    )
    paid = {(row[0], row[1]): row[2] for row in rows}
    lines = [
        (code, label)
        for code, label in lists.FUND_LINES
        if any(line == code for _fund, line in paid)
    ]
    cells = [
        [
            fund.code,
            *(
                str(template_filters.money(paid.get((number, code), 0), fund.currency))
                for code, _label in lines
            ),
        ]
        for number, fund in known.items()
        if any(found == number for found, _line in paid)
    ]
    definition = [_("Payments of the period by line of the budget, less those taken back.")]
    return [
        Panel(
            "funds-lines",
            _("Payments by budget line"),
            definition,
            Sheet([_("Fund"), *(str(label) for _code, label in lines)], cells),
            None,
            people=False,
            wide=True,
        )
    ]


def quality(span: Span, *, rtl: bool) -> list[Panel]:
    """What is missing, late or contradictory, with the way to the cases for those who may mend
    them.
    """
    mine = _mine(span)
    standing = {
        row[0]: row[1:]
        for row in engine().query(
            f"SELECT g1, count(*), count(DISTINCT o) FROM (SELECT unnest(g) AS g1, o FROM cases WHERE s <> 'erased'{mine}) GROUP BY 1"
        )
    }
    total = engine().query(f"SELECT count(*) FROM cases WHERE s <> 'erased'{mine}")[0][0]
    standing |= {
        code: (
            engine().query(
                f"SELECT count(DISTINCT c) FROM ({late_query(code)}) AS x WHERE true{mine}",
                [today()],
            )[0][0],
            0,
        )
        for code in LATE
    }
    panels = []
    for code, title, listed in (
        ("missing", _("Missing"), MISSING),
        ("late", _("Late"), LATE),
        ("contradicting", _("Contradictory"), CONTRADICTING),
    ):
        rows = [
            [
                str(label),
                str(standing.get(name, (0,))[0]),
                _share(standing.get(name, (0,))[0], total),
            ]
            for name, (label, _page) in listed.items()
        ]
        links = {
            number: link("statistics.faulty", name)
            for number, name in enumerate(listed)
            if standing.get(name, (0,))[0]
        }
        definition = [
            _(
                "All cases that are not erased, as they stand now; a case can stand in "
                "several lines. Those who may open the cases can list them from here."
            )
        ]
        drawn = charts.bars(
            [row[0] for row in rows], [Cell("shown", int(row[1])) for row in rows], rtl=rtl
        )
        panels.append(
            Panel(
                f"quality-{code}",
                title,
                definition,
                Sheet([_("What"), _("Cases"), _("Of all cases")], rows, links=links),
                drawn,
                people=False,
            )
        )
    return panels


def late_query(code: str) -> str:
    """The cases (c, o) that are late in one way on a day (the one value)."""
    return {
        "task_late": "SELECT c, o FROM todos WHERE b < ?",
        "follow_up_late": "SELECT c, o FROM follows WHERE d IS NULL AND b < ?",
        "referral_late": "SELECT c, o FROM refs WHERE s = 'sent' AND b < ?",
        "consent_ended": "SELECT c, o FROM cases WHERE s NOT IN ('closed', 'erased') AND cu < ?",
        "review_late": "SELECT c, o FROM cases WHERE rv < ?",
    }[code]


def faulty(code: str, span: Span, after: int, most: int) -> list[int]:
    """Ids of cases with a fault, in order, above ``after``."""
    if code in LATE:
        text = f"SELECT DISTINCT c FROM ({late_query(code)}) AS x WHERE c > ?{_mine(span)} ORDER BY c LIMIT ?"
        return [row[0] for row in engine().query(text, [today(), after, most])]
    return [
        row[0]
        for row in engine().query(
            f"SELECT c FROM cases WHERE list_contains(g, ?) AND c > ?{_mine(span)} ORDER BY c LIMIT ?",
            [code, after, most],
        )
    ]

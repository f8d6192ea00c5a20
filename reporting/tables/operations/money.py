"""What money came, went, and whom it helped."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from models.base import db
from models.money import Fund, LedgerEntry
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.operations.spans import Span, shown
from reporting.tables.panels import Panel, Sheet
from standards import lists
from web import template_filters

LEAST_PEOPLE = 10  # under these, what one person cost could be somebody's


@dataclass(frozen=True)
class FundFigures:
    """What one fund received, paid and whom it helped in a period."""

    fund: Fund
    received: int
    paid: int
    people: int

    def cells(self) -> list[str]:
        """Its line of the sheet."""
        fund = self.fund
        amounts = (self.received, self.paid, fund.committed_minor, fund.balance_minor)
        return [
            fund.code,
            lists.label(lists.PROGRAMMES, fund.programme),
            *(self._money(amount) for amount in amounts),
            self._of_one_person(),
        ]

    def _of_one_person(self) -> str:
        if self.people < LEAST_PEOPLE or self.paid <= 0:
            return "–"
        return self._money(self.paid // self.people)

    def _money(self, minor: int) -> str:
        return str(template_filters.money(minor, self.fund.currency))


def funds(span: Span, *, rtl: bool) -> list[Panel]:
    """What each fund received, promised and paid, whom it helped and what a person cost."""
    all_funds = list(db.session.execute(select(Fund).order_by(Fund.code)).scalars())
    return [_by_fund(span, all_funds, rtl=rtl), _by_line(span, all_funds)]


def _by_fund(span: Span, all_funds: Sequence[Fund], *, rtl: bool) -> Panel:
    head = [
        _("Fund"),
        _("Programme"),
        _("Received in the period"),
        _("Paid in the period"),
        _("Set aside now"),
        _("Available now"),
        _("Paid for one person"),
    ]
    definition = _(
        "Payments of the period less those taken back, in the fund's own currency. "
        "For one person: by the people for whom money of the fund was approved in "
        "the period, who agreed to be counted; only where there are ten or more."
    )
    figures = _figures(span, all_funds)
    rows = [line.cells() for line in figures]
    drawn = charts.bars(
        [row[0] for row in rows],
        [shown(max(0, int(line.paid))) for line in figures],
        rtl=rtl,
        shown=[row[3] for row in rows],
    )
    sheet = Sheet(head, rows)
    return Panel("funds", _("Funds"), [definition], sheet, drawn, people=False, wide=True)


def _figures(span: Span, all_funds: Sequence[Fund]) -> list[FundFigures]:
    received = dict(db.session.execute(_received(span)).all())
    paid = _paid(span)
    people = _people(span)
    return [
        FundFigures(fund, received.get(fund.id, 0), paid.get(fund.id) or 0, people.get(fund.id, 0))
        for fund in all_funds
    ]


def _paid(span: Span) -> dict[int, int]:
    question = f"""
        SELECT fund_id, sum(amount_minor)
        FROM payments
        WHERE paid_on >= ? AND paid_on < ?{span.of_offices}
        GROUP BY 1"""
    return dict(engine().query(question, [span.first, span.end]))


def _people(span: Span) -> dict[int, int]:
    """How many people money of each fund was approved for, whatever the office."""
    question = """
        SELECT fund_id, count(DISTINCT person)
        FROM helps
        WHERE fund_id IS NOT NULL AND given_on >= ? AND given_on < ?
        GROUP BY 1"""
    return dict(engine().query(question, [span.first, span.end]))


def _received(span: Span) -> Select[int, int]:
    """Contributions of the period less those taken back in it, by fund."""
    back = LedgerEntry.__table__.alias()
    taken_back = select(func.sum(back.c.amount_minor)).where(
        back.c.kind == "correction",
        back.c.fund_id == LedgerEntry.fund_id,
        back.c.debit == "available",
        back.c.credit == "cash",
        back.c.on >= span.first,
        back.c.on < span.end,
    )
    given = func.sum(LedgerEntry.amount_minor)
    return (
        select(LedgerEntry.fund_id, given - func.coalesce(taken_back.scalar_subquery(), 0))
        .where(
            LedgerEntry.kind == "contribution",
            LedgerEntry.on >= span.first,
            LedgerEntry.on < span.end,
        )
        .group_by(LedgerEntry.fund_id)
    )


def _by_line(span: Span, all_funds: Sequence[Fund]) -> Panel:
    paid = _paid_by_line(span)
    used = {line for _fund, line in paid}
    lines = [(code, label) for code, label in lists.FUND_LINES if code in used]
    rows = []
    for fund in all_funds:
        if any(fund_id == fund.id for fund_id, _line in paid):
            amounts = [paid.get((fund.id, code), 0) for code, _label in lines]
            in_words = (str(template_filters.money(amount, fund.currency)) for amount in amounts)
            rows.append([fund.code, *in_words])
    return Panel(
        "funds-lines",
        _("Payments by budget line"),
        [_("Payments of the period by line of the budget, less those taken back.")],
        Sheet([_("Fund"), *(str(label) for _code, label in lines)], rows),
        None,
        people=False,
        wide=True,
    )


def _paid_by_line(span: Span) -> dict[tuple[int, str], int]:
    question = f"""
        SELECT fund_id, line, sum(amount_minor)
        FROM payments
        WHERE paid_on >= ? AND paid_on < ?{span.of_offices}
        GROUP BY 1, 2"""
    rows = engine().query(question, [span.first, span.end])
    return {(fund, line): amount for fund, line, amount in rows}

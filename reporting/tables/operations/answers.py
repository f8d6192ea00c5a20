"""How partners answer referrals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from models.base import now
from models.states import ReferralState, Sets
from reporting.facts.columns import quoted
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.charts import Bars
from reporting.tables.operations.spans import Span, decimal, office_names, percent, shown
from reporting.tables.panels import Panel, Sheet
from standards import lists

_SENT = quoted([ReferralState.SENT])
_TAKEN = quoted(Sets.REFERRAL_TAKEN)
_DECLINED = quoted([ReferralState.DECLINED])
_EXPIRED = quoted([ReferralState.EXPIRED])
_COMPLETED = quoted([ReferralState.COMPLETED])
_ANSWERED = f"answered_at IS NOT NULL AND state <> {_EXPIRED}"


@dataclass(frozen=True)
class Answers:
    """How the referrals to one partner, or for one service, were answered."""

    of: Any
    sent: int
    waiting: int
    late: int
    taken: int
    declined: int
    expired: int
    completed: int
    hours: float | None
    in_time: int
    days: float | None

    def cells(self) -> list[str]:
        """What stands behind the name."""
        answered = self.taken + self.declined + self.expired
        counts = (self.sent, self.waiting, self.late, self.taken, self.declined, self.expired)
        return [
            *map(str, (*counts, self.completed)),
            decimal(self.hours, 1),
            percent(self.in_time, answered),
            decimal(self.days, 1),
        ]


def partners(span: Span, *, rtl: bool) -> list[Panel]:
    """How partners answer, by partner and by service."""
    names = office_names()
    by_partner = _named(
        _answers("partner_id", span), lambda partner: names.get(partner, str(partner))
    )
    by_service = _named(
        _answers("service", span), lambda service: lists.label(lists.SERVICES, service)
    )
    return [
        _panel("referrals-q", _("Referrals by partner"), _("Partner"), by_partner, rtl=rtl),
        _panel("referrals-v", _("Referrals by service"), _("Service"), by_service, rtl=rtl),
    ]


def _answers(column: str, span: Span) -> list[Answers]:
    question = f"""
        SELECT
            {column},
            count(*),
            count(*) FILTER (state = {_SENT}),
            count(*) FILTER (state = {_SENT} AND answer_by < ?),
            count(*) FILTER (state IN ({_TAKEN})),
            count(*) FILTER (state = {_DECLINED}),
            count(*) FILTER (state = {_EXPIRED}),
            count(*) FILTER (state = {_COMPLETED}),
            median(date_diff('minute', sent_at, answered_at)) FILTER ({_ANSWERED}) / 60.0,
            count(*) FILTER ({_ANSWERED} AND answered_at <= answer_by),
            median(date_diff('hour', answered_at, ended_at))
                FILTER (state = {_COMPLETED}) / 24.0
        FROM referrals
        WHERE sent_at >= ? AND sent_at < ?{span.of_offices}
        GROUP BY 1
        ORDER BY 2 DESC, 1"""
    values = [now().replace(tzinfo=None), span.first, span.end]
    return [Answers(*row) for row in engine().query(question, values)]


def _named(answers: list[Answers], name: Callable[[Any], str]) -> list[tuple[str, Answers]]:
    return [(name(line.of), line) for line in answers]


def _panel(
    code: str, title: str, first: str, answers: list[tuple[str, Answers]], *, rtl: bool
) -> Panel:
    head = [
        first,
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
    definition = _(
        "Referrals sent in the period, by what became of them until now. Hours from "
        "sending to the answer; in time: answered before the time for its urgency "
        "was over, of those answered or past it."
    )
    sheet = Sheet(head, [[name, *line.cells()] for name, line in answers])
    drawn = _hours_drawn(answers, rtl=rtl)
    return Panel(code, title, [definition], sheet, drawn, people=False, wide=True)


def _hours_drawn(answers: list[tuple[str, Answers]], *, rtl: bool) -> Bars | None:
    hours = [(name, line.hours) for name, line in answers if line.hours]
    return charts.bars(
        [name for name, _hours in hours],
        [shown(max(1, round(median))) for _name, median in hours],
        rtl=rtl,
        shown=[_("%(hours)s hours", hours=decimal(median, 1)) for _name, median in hours],
    )

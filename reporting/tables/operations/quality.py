"""What is missing, late or contradictory in the cases, and which cases these are."""

from collections.abc import Mapping

from flask_babel import gettext as _

from models.base import today
from models.states import CaseStatus, ReferralState, Sets
from reporting.facts.checking import CONTRADICTING, LATE, MISSING
from reporting.facts.columns import quoted
from reporting.facts.engine import engine
from reporting.tables import charts
from reporting.tables.operations.spans import Span, percent, shown
from reporting.tables.panels import Panel, Sheet
from web.links import link

_NOT_ERASED = f"status <> {quoted([CaseStatus.ERASED])}"
# The cases, each with its office, that are late in one way on a day (the one value).
_LATE = {
    "task_late": "FROM tasks WHERE due_on < ?",
    "follow_up_late": "FROM follow_ups WHERE open AND due_on < ?",
    "referral_late": f"""FROM referrals
        WHERE state = {quoted([ReferralState.SENT])} AND answer_by < ?""",
    "consent_ended": f"""FROM cases
        WHERE status NOT IN ({quoted(Sets.CASE_ENDED)}) AND consent_until < ?""",
    "review_late": "FROM cases WHERE review_due_on < ?",
}


def quality(span: Span, *, rtl: bool) -> list[Panel]:
    """What is missing, late or contradictory, with the way to the cases for those who may mend
    them.
    """
    counts = _standing(span) | {code: _late(code, span) for code in LATE}
    total = _total(span)
    subjects: tuple[tuple[str, str, Mapping[str, tuple[object, str]]], ...] = (
        ("missing", _("Missing"), MISSING),
        ("late", _("Late"), LATE),
        ("contradicting", _("Contradictory"), CONTRADICTING),
    )
    return [
        _panel(f"quality-{code}", title, _sheet(faults, counts, total), rtl=rtl)
        for code, title, faults in subjects
    ]


def _sheet(faults: Mapping[str, tuple[object, str]], counts: dict[str, int], total: int) -> Sheet:
    rows = [
        [str(label), str(counts.get(code, 0)), percent(counts.get(code, 0), total)]
        for code, (label, _page) in faults.items()
    ]
    links = {
        row: link("statistics.faulty", code) for row, code in enumerate(faults) if counts.get(code)
    }
    return Sheet([_("What"), _("Cases"), _("Of all cases")], rows, links=links)


def _panel(code: str, title: str, sheet: Sheet, *, rtl: bool) -> Panel:
    definition = _(
        "All cases that are not erased, as they stand now; a case can stand in "
        "several lines. Those who may open the cases can list them from here."
    )
    drawn = charts.bars(
        [row[0] for row in sheet.rows], [shown(int(row[1])) for row in sheet.rows], rtl=rtl
    )
    return Panel(code, title, [definition], sheet, drawn, people=False)


def _total(span: Span) -> int:
    question = f"SELECT count(*) FROM cases WHERE {_NOT_ERASED}{span.of_offices}"
    count: int = engine().query(question)[0][0]
    return count


def _standing(span: Span) -> dict[str, int]:
    """How many cases each fault stands in."""
    question = f"""
        SELECT fault, count(*)
        FROM (
            SELECT unnest(faults) AS fault
            FROM cases
            WHERE {_NOT_ERASED}{span.of_offices}
        )
        GROUP BY 1"""
    return dict(engine().query(question))


def _late(code: str, span: Span) -> int:
    """How many cases are late in one way today."""
    question = f"""
        SELECT count(DISTINCT case_id)
        FROM ({late_query(code)}) AS late
        WHERE true{span.of_offices}"""
    count: int = engine().query(question, [today()])[0][0]
    return count


def late_query(code: str) -> str:
    """The cases (with their offices) that are late in one way on a day (the one value)."""
    return f"SELECT case_id, office_id {_LATE[code]}"


def faulty(code: str, span: Span, after: int, most: int) -> list[int]:
    """Ids of cases with a fault, in order, above ``after``."""
    if code in LATE:
        cases = f"({late_query(code)}) AS late WHERE true"
        value: object = today()
    else:
        cases = "cases WHERE list_contains(faults, ?)"
        value = code
    question = f"""
        SELECT DISTINCT case_id
        FROM {cases} AND case_id > ?{span.of_offices}
        ORDER BY case_id
        LIMIT ?"""
    return [row[0] for row in engine().query(question, [value, after, most])]

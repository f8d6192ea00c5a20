"""The raw rows that the facts of some cases are made from: one question for each kind of row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from models.advances import OperationPerson
from models.assistance import Assistance
from models.base import db
from models.cases import Case, Task
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.referrals import Referral, Service
from models.returns import FollowUp, Return, Survey
from models.shelter import Placement
from models.states import CaseStatus, Sets
from standards import lists

Question = Select[*tuple[Any, ...]]
Row = dict[str, Any]
Rows = dict[str, list[Row]]  # of one case, by their kind

_CASE = (
    "id",
    "person_id",
    "office_id",
    "owner_id",
    "status",
    "risk",
    "channel",
    "opened_on",
    "closed_on",
    "statistics_agreed",
    "sex",
    "age_band",
    "citizenship",
    "categories",
    "exploitation",
    "trafficking_status",
    "consent_until",
    "review_due_at",
    "outcome",
    "closure_reason",
    "profile_sealed",
)
_RETURN = (
    "id",
    "country",
    "from_transit",
    "state",
    "departed_on",
    "arrived_on",
    "closed_on",
    "outcome",
    "receiving_id",
    "handover",
)
_REFERRAL = (
    "partner_id",
    "service",
    "urgency",
    "state",
    "sent_at",
    "answered_at",
    "answer_by",
    "ended_at",
)
_SURVEY = ("return_id", "on", "month", "economic", "social", "psychosocial", "composite")


def cases_with_rows(cases: Sequence[int]) -> list[tuple[Row, Rows]]:
    """Each of ``cases`` with everything that hangs on it, in order of their ids; erased ones are
    left out.
    """
    hanging = {kind: _by_case(query) for kind, query in _queries(cases).items()}
    return [
        (_counted(case), {kind: rows.get(case["id"], []) for kind, rows in hanging.items()})
        for case in list(db.session.execute(_cases(cases)).mappings())
    ]


# What offices may have added to, by the kind of row and the column: it is counted as one of ours.
_GROWN = {
    "channel": lists.CHANNELS,
    "closure_reason": lists.CLOSURE,
    "service": lists.SERVICES,
    "kind": lists.SERVICES,  # of what a partner gave
}


def _counted(row: Mapping[Any, Any]) -> Row:
    grown = {name: each.counted_as(row[name]) for name, each in _GROWN.items() if row.get(name)}
    return {**row, **grown}


def _cases(cases: Sequence[int]) -> Question:
    table = Case.__table__.c
    return (
        select(*[table[name] for name in _CASE])
        .where(table.id.in_(cases), table.status != CaseStatus.ERASED)
        .order_by(table.id)
    )


def _queries(cases: Sequence[int]) -> dict[str, Question]:
    """Everything that hangs on a case; the first column of each says on which."""
    return {
        "granted": _granted(cases),
        "operations": _of(OperationPerson, cases, "sector", "helped_on"),
        "payments": _payments(cases),
        "referrals": _of(Referral, cases, *_REFERRAL),
        "services": _through(Service, Referral, cases, "kind", "given_on", "outcome"),
        "stays": _of(Placement, cases, "facility_id", "from_on", "until_on", "left_on"),
        "tasks": _of(Task, cases, "kind", "due_on", "owner_id", where=[Task.done_at.is_(None)]),
        **_of_returns(cases),
    }


def _of_returns(cases: Sequence[int]) -> dict[str, Question]:
    visits = ("return_id", "month", "due_on", "done_on", "not_needed_on", "outcome")
    return {
        "returns": _of(Return, cases, *_RETURN),
        "assistance": _through(Assistance, Return, cases, "kind", "form", "state", "given_on"),
        "follow_ups": _through(FollowUp, Return, cases, *visits),
        "surveys": _through(Survey, Return, cases, *_SURVEY),
    }


def _payments(cases: Sequence[int]) -> Question:
    """What was paid for a case, and what was taken back of it."""
    reversed_ = aliased(LedgerEntry)
    spent = (LedgerEntry.kind == "expenditure") | (
        (LedgerEntry.kind == "correction") & (reversed_.kind == "expenditure")
    )
    query: Question = (
        select(
            FundRequest.case_id,
            LedgerEntry.fund_id,
            LedgerEntry.line,
            LedgerEntry.on,
            LedgerEntry.amount_minor,
            LedgerEntry.kind,
            FundRequest.people,
        )
        .join(FundRequest, FundRequest.id == LedgerEntry.request_id)
        .outerjoin(reversed_, reversed_.id == LedgerEntry.reverses_id)
        .where(spent, FundRequest.case_id.in_(cases))
        .order_by(LedgerEntry.id)
    )
    return query


def _granted(cases: Sequence[int]) -> Question:
    """Money that was approved, for each person it is for."""
    query: Question = (
        select(
            FundRequestPerson.case_id,
            Fund.programme,
            FundRequest.fund_id,
            FundRequest.answered_at,
            FundRequest.sector,
            FundRequest.at_home,
            FundRequestPerson.return_id,
        )
        .join(FundRequest, FundRequest.id == FundRequestPerson.request_id)
        .join(Fund, Fund.id == FundRequest.fund_id)
        .where(
            FundRequest.state.in_(Sets.FUND_REQUEST_GRANTED),
            FundRequest.answered_at.is_not(None),
            FundRequestPerson.case_id.in_(cases),
        )
        .order_by(FundRequest.answered_at, FundRequest.id)
    )
    return query


def _of(
    model: Any, cases: Sequence[int], *names: str, where: Iterable[ColumnElement[bool]] = ()
) -> Question:
    """Rows that name their case."""
    table = model.__table__.c
    return (
        select(table.case_id, *[table[name] for name in names])
        .where(table.case_id.in_(cases), *where)
        .order_by(table.id)
    )


def _through(model: Any, parent: Any, cases: Sequence[int], *names: str) -> Question:
    """Rows whose ``parent`` (a return, a referral) names their case."""
    table = model.__table__.c
    above = parent.__table__.c
    link = table["return_id" if parent is Return else "referral_id"] == above.id
    return (
        select(above.case_id, *[table[name] for name in names])
        .join(parent.__table__, link)
        .where(above.case_id.in_(cases))
        .order_by(table.id)
    )


def _by_case(query: Question) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in db.session.execute(query).mappings():
        rows[row["case_id"]].append(_counted(row))
    return rows

"""The register of requests of persons: what is read, and what stands on its pages."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Select, select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, visible
from data_protection import request_schemas as schemas
from data_protection import requests_of_persons as requests
from data_protection import trail_pages
from models import numbers
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, today
from models.cases import Case
from models.data_protection import PersonRequest
from models.scope import opened
from models.states import CaseStatus
from standards import languages, lists
from web import paging
from web.errors import NotFound
from web.forms import Form, chosen

ASKED = ("state", "kind", "case")
OVERDUE = "overdue"
# Deeds of the trail that answer a request of each kind.
ANSWERS = {
    "access": ("copy_made",),
    "portability": ("copy_made", "exported"),
    "correction": ("corrected",),
    "objection": ("consent_said", "withdrawn"),
    "erasure": ("erasure_asked", "erasure_refused", "erased"),
}


def request_of(actor: Actor, reference: str, **_: Any) -> PersonRequest:
    """The request with this reference, if the actor may see it; else it does not exist."""
    query = select(PersonRequest).where(
        PersonRequest.reference == numbers.tidy(reference),
        visible(actor, Permission.REQUEST_SEE, PersonRequest),
    )
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def case_of(actor: Actor, number: str, **_: Any) -> Case:
    """A case whose person's requests the actor may write down; the officer of every case."""
    query = select(Case).where(
        Case.number == numbers.tidy(number),
        Case.status != CaseStatus.ERASED,
        visible(actor, Permission.REQUEST_RECEIVE, Case),
    )
    case = db.session.execute(query).scalar_one_or_none()
    if case is None:
        raise NotFound
    return case


def register(actor: Actor, asked: dict[str, str], cursor: str) -> paging.Page:
    """Requests that the actor may see, newest first; ``asked``: state, kind, case (number)."""
    query = select(PersonRequest).where(visible(actor, Permission.REQUEST_SEE, PersonRequest))
    return paging.page(_narrowed(query, asked), (PersonRequest.id,), cursor)


def _narrowed(query: Select[Any], asked: dict[str, str]) -> Select[Any]:
    state, kind, number = (asked.get(name, "").strip() for name in ASKED)
    if state == OVERDUE:
        late = PersonRequest.state.in_(requests.OPEN) & (PersonRequest.due_on < today())
        query = query.where(late)
    elif state in lists.codes(lists.PERSON_REQUEST_STATES):
        query = query.where(PersonRequest.state == state)
    if kind:
        query = query.where(PersonRequest.kind == kind)
    if number:
        cases = select(Case.id).where(Case.number == numbers.tidy(number))
        query = query.where(PersonRequest.case_id.in_(cases))
    return query


def index(actor: Actor, asked: dict[str, str], cursor: str) -> dict[str, object]:
    """The register, narrowed to what was asked."""
    return {"page": register(actor, asked, cursor), "asked": asked, "overdue": OVERDUE}


def of_case(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """What the person of a case asked so far, and the form for another request."""
    query = select(PersonRequest).where(
        PersonRequest.case_id == case.id, visible(actor, Permission.REQUEST_SEE, PersonRequest)
    )
    rows = db.session.execute(query.order_by(PersonRequest.id.desc())).scalars()
    given = {"received_on": today()}
    form = chosen(form, schemas.ReceiveSchema, given)
    return {"case": case, "requests": rows.all(), "form": form}


def one(actor: Actor, request: PersonRequest, form: Form | None) -> dict[str, object]:
    """One request, the deeds that answer it, and the forms that move it on."""
    may_answer = allows(actor, Permission.REQUEST_ANSWER, request)
    return {
        "request": request,
        "case": request.case,
        "deeds": trail_pages.lines(answering(request)),
        "may_answer": may_answer and request.is_open,
        "may_extend": may_answer and request.is_open and request.extended_on is None,
        "answer_form": chosen(form, schemas.AnswerSchema),
        "extend_form": chosen(form, schemas.ExtendSchema),
        "languages": languages.options(),
    }


@opened("trail")
def answering(request: PersonRequest) -> Sequence[AuditRecord]:
    """The deeds since it was received that answer it, by the trail, newest first."""
    query = (
        select(AuditRecord)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(
            AuditRecordCase.case_id == request.case_id,
            AuditRecord.deed.in_(ANSWERS[request.kind]),
            AuditRecord.at >= datetime.combine(request.received_on, time(), UTC),
        )
    )
    return db.session.execute(query.order_by(AuditRecord.id.desc())).scalars().all()

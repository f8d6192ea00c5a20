"""Reading what protects: the trail, erasures, alerts, emergencies."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, select

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import Refused, visible
from models import numbers
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now
from models.cases import Case
from models.data_protection import Alert, Emergency, Erasure, ReadingOn
from models.money import FundRequest, FundRequestPerson
from models.people import Grant, Organisation, User
from models.scope import opened
from models.states import Sets
from web import paging


def case_of_trail(actor: Actor, number: str, **_: Any) -> Case:
    """A case whose trail the actor may read; others do not exist.

    The data protection officer reads the trail of cases that he may not open. A number that
    exists and one that does not are refused alike, and both stand in the trail: time tells nothing.
    """
    query = select(Case).where(
        Case.number == numbers.tidy(number), visible(actor, Permission.TRAIL_OF_CASE, Case)
    )
    case = db.session.execute(query).scalar_one_or_none()
    if case is None:
        raise Refused(Permission.TRAIL_OF_CASE)
    return case


def live_money(case: Case) -> list[str]:
    """Every request of money for the person that is not ended, here or at home, by reference. Who
    let their share go has none in what is left for the others, unless it is kept in their name.
    """
    for_them = select(FundRequestPerson.request_id).where(
        FundRequestPerson.case_id == case.id, FundRequestPerson.let_go_at.is_(None)
    )
    theirs = FundRequest.id.in_(for_them) | (FundRequest.case_id == case.id)
    live = FundRequest.state.in_(Sets.FUND_REQUEST_LIVE), theirs
    return list(db.session.execute(select(FundRequest.reference).where(*live)).scalars())


@opened("trail")
def of_case(case: Case, cursor: str = "") -> paging.Page:
    """Who looked at or changed a case, newest first."""
    query = (
        select(AuditRecord)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(AuditRecordCase.case_id == case.id)
    )
    return paging.page(query, (AuditRecord.id,), cursor)


def trail(cursor: str, asked: dict[str, str]) -> paging.Page:
    """The trail, newest first, narrowed by what was asked.

    ``asked``: person (name, mail, or id), case (number), office (id), since and until (days), deed.
    What fits nobody shows nothing.
    """
    query = select(AuditRecord)
    for name, narrow in _NARROWS.items():
        if value := asked.get(name, "").strip():
            query = narrow(query, value)
    return paging.page(query, (AuditRecord.id,), cursor, 50)


def _of_person(query: Select[Any], value: str) -> Select[Any]:
    """By id, or by a part of the name or the mail; also who has no account any more."""
    if value.isdecimal():
        return query.where(AuditRecord.user_id == int(value))
    wanted = value.lower()
    people = db.session.execute(select(User.id, User.name, User.email)).all()
    found = [each.id for each in people if wanted in each.name.lower() or wanted in each.email]
    return query.where(AuditRecord.user_id.in_(found))


def _about_case(query: Select[Any], value: str) -> Select[Any]:
    entries = (
        select(AuditRecordCase.entry_id)
        .join(Case, Case.id == AuditRecordCase.case_id)
        .where(Case.number == numbers.tidy(value))
    )
    return query.where(AuditRecord.id.in_(entries))


def _from_office(query: Select[Any], value: str) -> Select[Any]:
    return query.where(AuditRecord.organisation_id == int(value)) if value.isdecimal() else query


def _since(query: Select[Any], value: str) -> Select[Any]:
    day = day_of(value)
    return query.where(AuditRecord.at >= _midnight(day)) if day else query


def _until(query: Select[Any], value: str) -> Select[Any]:
    day = day_of(value)
    return query.where(AuditRecord.at < _midnight(day + timedelta(days=1))) if day else query


_NARROWS: dict[str, Callable[[Select[Any], str], Select[Any]]] = {
    "person": _of_person,
    "case": _about_case,
    "office": _from_office,
    "since": _since,
    "until": _until,
    "deed": lambda query, value: query.where(AuditRecord.deed == value),
}
ASKED = tuple(_NARROWS)


def day_of(value: str) -> date | None:
    """A day as a browser sends it; none where it is no day."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def names_of_organisations(ids: set[int]) -> dict[int, str]:
    """Organisations by id, for those who acted."""
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return dict(db.session.execute(query).all())


def numbers_of(entries: Sequence[AuditRecord]) -> dict[int, str]:
    """The numbers of the cases that entries name."""
    case_ids = {int(part) for entry in entries for part in entry.cases.split()[:5]}
    query = select(Case.id, Case.number).where(Case.id.in_(case_ids))
    return dict(db.session.execute(query).all())


def _overseen(actor: Actor) -> Select[Any]:
    """The cases that the actor oversees, whoever they are kept from."""
    return select(Case.id).where(visible(actor, Permission.TRAIL_OF_CASE, Case))


def erasures(actor: Actor, cursor: str = "") -> paging.Page:
    """What waits for a decision, and the tombstones of what was erased, newest first: of the cases
    that the actor oversees.
    """
    query = select(Erasure).where(Erasure.case_id.in_(_overseen(actor)))
    return paging.page(query, (Erasure.asked_at, Erasure.id), cursor)


def erasure_of(case: Case) -> Erasure | None:
    """The erasure of a case, if it was ever asked for."""
    query = select(Erasure).where(Erasure.case_id == case.id)
    return db.session.execute(query).scalar_one_or_none()


def alerts(cursor: str = "") -> paging.Page:
    """Unusual access, newest first."""
    return paging.page(select(Alert), (Alert.at, Alert.id), cursor)


def emergencies_to_review() -> Sequence[Emergency]:
    """Emergency access that nobody judged yet, oldest first."""
    query = select(Emergency).where(Emergency.reviewed_at.is_(None)).order_by(Emergency.id)
    return db.session.execute(query).scalars().all()


def emergencies_now(actor: Actor) -> Sequence[Emergency]:
    """Emergency access that is open now or waits for a supervisor's yes, newest first: to cases
    that the actor oversees, and by the people of their own office.
    """
    people = select(Grant.user_id).where(Grant.organisation_id.in_(actor.at(Role.SUPERVISOR)))
    waits = Emergency.needs_yes & Emergency.allowed_by_id.is_(None)
    query = select(Emergency).where(
        (Emergency.ends_at > now()) | (waits & Emergency.reviewed_at.is_(None))
    )
    theirs = Emergency.case_id.in_(_overseen(actor)) | Emergency.user_id.in_(people)
    query = query.where(theirs).order_by(Emergency.id.desc())
    return db.session.execute(query).scalars().all()


def readings(actor: Actor, cursor: str = "") -> paging.Page:
    """Who read on past the brake, newest first: those that the actor oversees."""
    query = select(ReadingOn).where(visible(actor, Permission.READING_SEE, ReadingOn))
    return paging.page(query, (ReadingOn.id,), cursor)


def organisations() -> Sequence[Organisation]:
    """Every organisation a case can be kept from, by name."""
    return sorted(db.session.execute(select(Organisation)).scalars(), key=attrgetter("name"))

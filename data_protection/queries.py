"""Reading what protects: the trail, erasures, alerts, emergencies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from models import numbers
from models.audit import AuditRecord, AuditRecordCase
from models.base import db
from models.cases import Case
from models.data_protection import Alert, Emergency, Erasure
from models.people import Organisation
from web import paging
from web.errors import NotFound

# What the trail can be narrowed to, as it stands there.
DEEDS = (
    "refused",
    "search",
    "export",
    "sign_in_failed",
    "signed_in",
    "forged_job",
    "identity.read",
    "protection.read",
    "medical.read",
    "legal.read",
)
MOST_EMERGENCIES = 50


def case_of_trail(_actor: Actor, number: str, **_: Any) -> Case:
    """A case by its number, whoever may open it.

    The data protection officer reads the trail of cases that he may not open.
    """
    query = select(Case).where(Case.number == numbers.tidy(number))
    case = db.session.execute(query).scalar_one_or_none()
    if case is None:
        raise NotFound
    return case


def of_case(case: Case, cursor: str = "") -> paging.Page:
    """Who looked at or changed a case, newest first."""
    query = (
        select(AuditRecord)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(AuditRecordCase.case_id == case.id)
    )
    return paging.page(query, (AuditRecord.id,), cursor)


def trail(cursor: str = "", deed: str = "", user: str = "") -> paging.Page:
    """The trail, of all or of one person, newest first."""
    query = select(AuditRecord)
    if user.isdecimal():
        query = query.where(AuditRecord.user_id == int(user))
    if deed:
        query = query.where(AuditRecord.deed == deed)
    return paging.page(query, (AuditRecord.id,), cursor, 50)


def numbers_of(entries: Sequence[AuditRecord]) -> dict[int, str]:
    """The numbers of the cases that entries name."""
    case_ids = {int(part) for entry in entries for part in entry.cases.split()[:5]}
    query = select(Case.id, Case.number).where(Case.id.in_(case_ids))
    return dict(db.session.execute(query).all())


def erasures(cursor: str = "") -> paging.Page:
    """What waits for a decision, and the tombstones of what was erased, newest first."""
    return paging.page(select(Erasure), (Erasure.asked_at, Erasure.id), cursor)


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
    return db.session.execute(query.limit(MOST_EMERGENCIES)).scalars().all()


def organisations() -> Sequence[Organisation]:
    """Every organisation a case can be kept from, by name."""
    return db.session.execute(select(Organisation).order_by(Organisation.name)).scalars().all()

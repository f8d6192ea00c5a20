"""Unusual access as alerts, read from the trail: many cases in an hour, at night, without relation to the case, and what nobody should do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, distinct, func, or_, select

from models.audit import AuditRecord, AuditRecordCase
from models.base import db, insert_if_new, now
from models.cases import Case
from models.data_protection import Alert
from models.people import Grant, Organisation
from notifications import outbox

NIGHT = range(5)
AT_NIGHT, WITHOUT_RELATION = 5, 10
AT_ONCE = {
    "forged_job": "forged_job",
    "unreadable": "altered_content",
    "emergency_access": "emergency",
}


def watch(unusual_cases: int) -> int:
    """Periodic: raise an alert for each thing found, once; data protection officers are told. Gives how many are new."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    return sum(
        _raise(*found)
        for found in [*_many(hour, unusual_cases), *_strangers(hour), *_nights(hour), *_outrages()]
    )


def _raise(kind: str, subject: str, window: str, user_id: int | None, count: int) -> bool:
    row = {
        "kind": kind,
        "subject": subject[:60],
        "window": window,
        "user_id": user_id,
        "count": count,
        "at": now(),
    }
    statement = insert_if_new(Alert).values(row).returning(Alert.id)
    number = db.session.execute(statement).scalar()
    if number is None:
        return False
    outbox.post(
        f"alert.{kind}", reference=f"AL-{number}", path="/alerts", to=outbox.officers(), urgent=True
    )
    return True


def _looks(since: datetime, *where: ColumnElement[bool]) -> Iterator[tuple[int, int]]:
    """How many cases each person read since a moment."""
    query = (
        select(AuditRecord.user_id, func.count(distinct(AuditRecordCase.case_id)))
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .where(
            AuditRecord.at >= since,
            AuditRecord.user_id.is_not(None),
            AuditRecord.deed.like("%.read"),
            *where,
        )
        .group_by(AuditRecord.user_id)
    )
    yield from db.session.execute(query)  # type: ignore[misc]


def _many(hour: datetime, most: int) -> Iterator[tuple[str, str, str, int | None, int]]:
    for user_id, count in _looks(now() - timedelta(hours=1)):
        if count > most:
            yield "many_cases", f"user {user_id}", f"{hour:%Y-%m-%dT%H}", user_id, count


def _strangers(hour: datetime) -> Iterator[tuple[str, str, str, int | None, int]]:
    """Cases of others: neither held by the one who looked nor in a team of theirs."""
    # Of the one who looked: two selects deep nothing is correlated by itself, and the teams of everybody in the trail would count.
    teams = (
        select(Grant.team_id)
        .where(Grant.user_id == AuditRecord.user_id, Grant.team_id.is_not(None))
        .correlate(AuditRecord)
    )
    others = select(Case.id).where(
        Case.id == AuditRecordCase.case_id,
        or_(Case.owner_id.is_(None), Case.owner_id != AuditRecord.user_id),
        or_(Case.team_id.is_(None), Case.team_id.not_in(teams)),
    )
    supervising = select(Grant.id).where(
        Grant.user_id == AuditRecord.user_id,
        Grant.role.in_(("supervisor", "health_officer", "legal_officer")),
    )
    for user_id, count in _looks(
        now() - timedelta(hours=24), others.exists(), ~supervising.exists()
    ):
        if count >= WITHOUT_RELATION:
            yield "without_relation", f"user {user_id}", f"{hour:%Y-%m-%d}", user_id, count


def _nights(hour: datetime) -> Iterator[tuple[str, str, str, int | None, int]]:
    for user_id, count in _looks(now() - timedelta(hours=1)):
        zone = (
            db.session.execute(
                select(Organisation.timezone).join(Grant).where(Grant.user_id == user_id).limit(1)
            ).scalar()
            or "UTC"
        )
        if count >= AT_NIGHT and now().astimezone(ZoneInfo(zone)).hour in NIGHT:
            yield "at_night", f"user {user_id}", f"{hour:%Y-%m-%d}", user_id, count


def _outrages() -> Iterator[tuple[str, str, str, int | None, int]]:
    query = select(AuditRecord).where(
        AuditRecord.at >= now() - timedelta(hours=2), AuditRecord.deed.in_(AT_ONCE)
    )
    for entry in db.session.execute(query).scalars():
        yield (
            AT_ONCE[entry.deed],
            entry.subject or entry.actor,
            f"{entry.organisation_id}/{entry.number}",
            entry.user_id,
            1,
        )


def see(by_id: int | None, alert: Alert) -> None:
    """Somebody looked into it."""
    alert.seen_at, alert.seen_by_id = now(), by_id

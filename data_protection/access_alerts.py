"""Unusual access as alerts, read from the trail: many cases in an hour, at night, without relation
to the case, and what nobody should do.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta, tzinfo

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, distinct, func, or_, select

from access import audit, brake, forged
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require
from data_protection import search_alerts
from data_protection.unusual import Unusual
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, insert_if_new, now, zone_of
from models.cases import Case
from models.data_protection import Alert
from models.people import Grant, User
from models.rules import RuleBroken
from notifications import outbox
from web.links import link

NIGHT = range(5)
AT_NIGHT = 5
WITHOUT_RELATION = 10
AT_ONCE = {
    "forged_job": "forged_job",
    "unreadable": "altered_content",
    "emergency_access": "emergency",
    audit.BROKEN: "broken_trail",
    "second_factor_guessed": "guessed_codes",
    audit.FORCED: "duress",
}


def watch(unusual_cases: int) -> int:
    """Periodic: raise an alert for each thing found, once; data protection officers are told.

    Gives how many are new.
    """
    hour = now().replace(minute=0, second=0, microsecond=0)
    unusual = [
        *_many(hour, unusual_cases),
        *_strangers(hour),
        *_nights(hour),
        *_outrages(),
        *_stopped(hour),
        *_forged(hour),
        *search_alerts.found(hour),
    ]
    return sum(_raise(something) for something in unusual)


def _raise(unusual: Unusual) -> bool:
    """Raise an alert, unless there is one of the same window already; gives whether it is new."""
    row = asdict(unusual) | {"subject": unusual.subject[:60], "at": now()}
    statement = insert_if_new(Alert).values(row).returning(Alert.id)
    alert_id = db.session.execute(statement).scalar()
    if alert_id is None:
        return False
    outbox.post(
        f"alert.{unusual.kind}",
        reference=f"AL-{alert_id}",
        path=link("data_protection.alerts"),
        # Never to whoever is forced: somebody else looks at that screen.
        to=outbox.officers(),
        never=unusual.user_id if unusual.kind == AT_ONCE[audit.FORCED] else None,
        urgent=True,
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


def _many(hour: datetime, most: int) -> Iterator[Unusual]:
    for user_id, count in _looks(now() - timedelta(hours=1)):
        if count > most:
            yield Unusual("many_cases", f"user {user_id}", f"{hour:%Y-%m-%dT%H}", user_id, count)


def _strangers(hour: datetime) -> Iterator[Unusual]:
    """Cases of others: neither held by the one who looked nor in a team of theirs."""
    # Of the one who looked: two selects deep nothing is correlated by itself, and the teams of
    # everybody in the trail would count.
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
        Grant.role.in_((Role.SUPERVISOR, Role.HEALTH, Role.LEGAL)),
    )
    for user_id, count in _looks(
        now() - timedelta(hours=24), others.exists(), ~supervising.exists()
    ):
        if count >= WITHOUT_RELATION:
            yield Unusual("without_relation", f"user {user_id}", f"{hour:%Y-%m-%d}", user_id, count)


def _nights(hour: datetime) -> Iterator[Unusual]:
    for user_id, count in _looks(now() - timedelta(hours=1)):
        if count >= AT_NIGHT and now().astimezone(_zone_of(user_id)).hour in NIGHT:
            yield Unusual("at_night", f"user {user_id}", f"{hour:%Y-%m-%d}", user_id, count)


def _zone_of(user_id: int) -> tzinfo:
    """Where it is night for a person: their own choice, else the zone of their organisation."""
    user = db.session.get(User, user_id)
    return zone_of((user.timezone or user.zone_of_work) if user else "")


def _outrages() -> Iterator[Unusual]:
    query = select(AuditRecord).where(
        AuditRecord.at >= now() - timedelta(hours=2), AuditRecord.deed.in_(AT_ONCE)
    )
    for entry in db.session.execute(query).scalars():
        yield Unusual(
            AT_ONCE[entry.deed],
            entry.subject or entry.actor,
            f"{entry.organisation_id}/{entry.number}",
            entry.user_id,
        )


def _stopped(hour: datetime) -> Iterator[Unusual]:
    """Who was stopped reading on, whether or not they said why."""
    query = select(AuditRecord.user_id, func.count()).where(
        AuditRecord.at >= now() - timedelta(hours=1),
        AuditRecord.deed == brake.STOPPED,
        AuditRecord.user_id.is_not(None),
    )
    for user_id, count in db.session.execute(query.group_by(AuditRecord.user_id)):
        yield Unusual("reading_stopped", f"user {user_id}", f"{hour:%Y-%m-%dT%H}", user_id, count)


def _forged(hour: datetime) -> Iterator[Unusual]:
    """Rows that somebody wrote beside the application, each once a day."""
    query = select(AuditRecord.subject, func.count()).where(
        AuditRecord.at >= now() - timedelta(hours=2), AuditRecord.deed == forged.DEED
    )
    for subject, count in db.session.execute(query.group_by(AuditRecord.subject)):
        yield Unusual("forged_row", subject, f"{hour:%Y-%m-%d}", None, count)


def answer(*, by: Actor, alert: Alert, finding: str, words: str) -> None:
    """Say what was found and done; nobody answers one about themselves, nor twice."""
    require(by, Permission.ALERT_READ)
    if alert.user_id is not None and alert.user_id == by.id:
        raise RuleBroken(_("This is about you. Another data protection officer looks into it."))
    if alert.seen_at is not None:
        raise RuleBroken(_("This was looked into already."))
    alert.seen_at = now()
    alert.seen_by_id = by.id
    alert.finding = finding
    alert.words = words
    audit.record("alert_answered", subject=f"AL-{alert.id} {alert.kind} {finding}")

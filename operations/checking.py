"""What an installation still lacks, looked at part by part: for ``./run check`` and the page
*System*. Nothing of any person is read.
"""

import smtplib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from access.permissions import Role
from models.audit import AuditRecord
from models.base import db, now, today
from models.migrating import migrated, stands_at
from models.people import Grant, Organisation, User, working
from models.scope import opened
from notifications import channels, queue
from operations.keys import lies_beside, source_of
from standards import lists

BACKUP_DAYS = 7
AGREE = timedelta(seconds=5)


class Standing(StrEnum):
    """How a part stands."""

    FINE = "fine"
    MISSING = "missing"  # people can work, something will not be done
    BROKEN = "broken"


@dataclass(frozen=True)
class Check:
    """One part: how it stands, in words, and what to do where it does not stand well."""

    part: Any
    standing: Standing
    words: str


def checks() -> list[Check]:
    """All parts, in the order in which they are needed."""
    return [check for look in _LOOKS for check in look()]


def _keys() -> Iterator[Check]:
    settings = current_app.config["SETTINGS"]
    if "keyring" not in current_app.extensions:
        yield Check(_KEYS, Standing.BROKEN, _("There is no master key: ./run setup makes one."))
    elif settings.production and lies_beside(source_of(settings), settings.database_url):
        words = _("The master key lies on the machine of the database: one theft has both.")
        yield Check(_KEYS, Standing.MISSING, words)
    else:
        yield Check(_KEYS, Standing.FINE, _("In place: %(kind)s.", kind=settings.key_provider))


@opened("oversight")
def _newest_backup() -> datetime | None:
    """When one was made; of the trail a reader of this page learns no more."""
    newest = select(func.max(AuditRecord.at)).where(AuditRecord.deed == "backup_made")
    return db.session.execute(newest).scalar()


def _backup() -> Iterator[Check]:
    at = _newest_backup()
    if at is None:
        words = _("None was made yet: ./run flask backup make, and its keys elsewhere.")
        yield Check(_BACKUP, Standing.MISSING, words)
        return
    days = (now() - at).days
    standing = Standing.FINE if days <= BACKUP_DAYS else Standing.MISSING
    yield Check(_BACKUP, standing, _("The newest is %(days)s days old.", days=days))


def _database() -> Iterator[Check]:
    engine = db.engine
    if stands_at() is None:
        words = _(
            "It is empty: ./run setup begins an installation, ./run migrate makes its tables."
        )
        yield Check(_DATABASE, Standing.BROKEN, words)
        return
    if not migrated():
        yield Check(_DATABASE, Standing.BROKEN, _("It is not at this version: ./run migrate."))
        return
    in_production = current_app.config["SETTINGS"].production
    if in_production and engine.dialect.name == "sqlite":
        words = _("SQLite serves one machine and has no second wall. Use PostgreSQL.")
        yield Check(_DATABASE, Standing.MISSING, words)
        return
    yield Check(
        _DATABASE, Standing.FINE, _("Answers, at this version: %(kind)s.", kind=engine.name)
    )


def _clock() -> Iterator[Check]:
    if db.engine.dialect.name != "postgresql":
        yield Check(_CLOCK, Standing.FINE, _("One machine, one clock."))
        return
    theirs: datetime = db.session.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(datetime.now(UTC) - theirs)
    if apart <= AGREE:
        yield Check(_CLOCK, Standing.FINE, _("The database has the same time."))
    else:
        seconds = round(apart.total_seconds())
        words = _("The database’s clock is %(seconds)s seconds away. Set both by NTP.")
        yield Check(_CLOCK, Standing.BROKEN, words % {"seconds": seconds})


def _queue() -> Iterator[Check]:
    if not queue.answers(current_app):
        yield Check(
            _QUEUE, Standing.BROKEN, _("Valkey does not answer. Pages go on, notices wait.")
        )
        return
    workers = queue.workers(current_app)
    standing = Standing.FINE if workers else Standing.MISSING
    yield Check(_QUEUE, standing, _("Answers; workers: %(count)s.", count=workers))


def _mail() -> Iterator[Check]:
    settings = current_app.config["SETTINGS"]
    if not settings.smtp_host:
        standing = Standing.BROKEN if settings.production else Standing.FINE
        words = _("No server: mails are written into a folder. Set SAFECONDUCT_SMTP_HOST.")
        yield Check(_MAIL, standing, words)
        return
    try:
        channels.knock()
    except (OSError, smtplib.SMTPException) as wrong:
        words = _(
            "%(host)s does not take our mail (%(why)s).",
            host=settings.smtp_host,
            why=_why(wrong),
        )
        yield Check(_MAIL, Standing.BROKEN, words)
        return
    if settings.production and settings.mail_from.endswith(".invalid"):
        words = _("Many servers refuse our sender %(sender)s. Set SAFECONDUCT_MAIL_FROM.")
        yield Check(_MAIL, Standing.MISSING, words % {"sender": settings.mail_from})
        return
    yield Check(_MAIL, Standing.FINE, _("%(host)s lets us in.", host=settings.smtp_host))


def _why(wrong: Exception) -> str:
    """In words, without what the server said: that may hold names."""
    if isinstance(wrong, smtplib.SMTPAuthenticationError):
        return _("user or password refused")
    if isinstance(wrong, ConnectionRefusedError):
        return _("nobody listens there")
    if isinstance(wrong, TimeoutError):
        return _("no answer in time")
    return type(wrong).__name__


# Who must be there, and what does not happen without them.
_NEEDED: dict[str, tuple[tuple[Role, int, Any], ...]] = {
    "mission": (
        (Role.CASEWORKER, 1, _l("nobody can register")),
        (Role.SUPERVISOR, 2, _l("what one supervisor asks nobody approves")),
        (Role.ORIGIN, 1, _l("returns to its country reach nobody")),
    ),
    "partner": ((Role.PARTNER, 1, _l("referrals reach nobody")),),
    "headquarters": (
        (Role.ADMINISTRATOR, 2, _l("what one administrator asks nobody agrees to")),
        (Role.PROTECTION, 1, _l("alerts, emergencies and erasures reach nobody")),
        (Role.MANAGER, 1, _l("nobody keeps funds and statistics")),
    ),
}


@opened("accounts")
def _people() -> list[Check]:
    return list(_who_is_missing())


def _who_is_missing() -> Iterator[Check]:
    held = _held()
    places = [each for kind in _NEEDED for each in db.session.execute(working(kind)).scalars()]
    if not places:
        yield Check(_PEOPLE, Standing.BROKEN, _("There is no organisation yet: ./run setup."))
        return
    missing = {place.name: " ".join(_missing_of(place, held)) for place in places}
    for name, words in missing.items():
        if words:
            yield Check(name, Standing.MISSING, words)
    if not any(missing.values()):
        yield Check(_PEOPLE, Standing.FINE, _("Every organisation has who it needs."))


def _held() -> dict[tuple[int, str], int]:
    query = (
        select(Grant.organisation_id, Grant.role, func.count(func.distinct(Grant.user_id)))
        .join(User)
        .where(User.active, Grant.ends_on.is_(None) | (Grant.ends_on >= today()))
        .group_by(Grant.organisation_id, Grant.role)
    )
    return {(place, role): many for place, role, many in db.session.execute(query).all()}


def _missing_of(place: Organisation, held: dict[tuple[int, str], int]) -> Iterator[str]:
    for role, least, without in _NEEDED[place.kind]:
        many = held.get((place.id, role), 0)
        if many < least:
            word = lists.label(lists.ROLES, role)
            yield f"{word} {many}/{least}: {without}."
    if place.kind == "partner" and not place.services:
        yield _("No services: nobody can refer to it.")
    if place.kind != "headquarters" and place.timezone == "UTC":
        yield _("No time zone of its own.")


_KEYS, _BACKUP, _DATABASE = _l("Keys"), _l("Backup"), _l("Database")
_CLOCK, _QUEUE, _MAIL, _PEOPLE = _l("Clock"), _l("Queue"), _l("Mail"), _l("People")
_LOOKS: tuple[Callable[[], Iterable[Check]], ...] = (
    _keys,
    _database,
    _clock,
    _queue,
    _mail,
    _backup,
    _people,
)
_OF_ROWS = (_backup, _people)  # what asks tables that are there at this version alone


def safely() -> list[Check]:
    """The same where the database may be away, empty or of another version: that is one of the
    answers, and the others are given all the same.
    """
    looks = [look for look in _LOOKS if look not in _OF_ROWS]
    try:
        return checks() if migrated() else [check for look in looks for check in look()]
    except SQLAlchemyError:
        db.session.rollback()
    words = _("It does not answer. DATABASE_URL says where it is looked for.")
    away = [Check(_DATABASE, Standing.BROKEN, words)]
    return away + [check for look in (_queue, _mail) for check in look()]

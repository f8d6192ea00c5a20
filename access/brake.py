"""Reading on stops: past so many cases of others, or people of other offices met, within an hour.

Whoever acts then proves anew who they are and says why in words
(:mod:`data_protection.reading_on`), and counting begins anew. A case counts
once, and one that is in the reader's own hands never.
Tasks and commands read without a stop: nobody sits before them.
"""

from datetime import datetime, timedelta

from flask import current_app, has_request_context
from sqlalchemy import ColumnElement, func, or_, select

from access import audit
from access.actors import Actor
from access.permissions import Role
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now
from models.cases import Case
from models.data_protection import ReadingOn
from models.scope import opened

STOPPED = "reading_stopped"  # the deed of the trail
HOUR = timedelta(hours=1)


class TooMany(Exception):
    """Before anything else is shown, whoever acts must say why."""


def stands_before(actor: Actor) -> bool:
    """Whether reading is counted: by people, in requests."""
    return has_request_context() and actor.id is not None and not actor.forced


def most(actor: Actor) -> int:
    """How many cases of others ``actor`` opens in an hour without a word."""
    bounds = _bounds()
    if actor.only is not None:
        return bounds.get("token", bounds[""])
    return max([bounds[""], *(bounds.get(role, 0) for role in Role if actor.holds(role))])


def _bounds() -> dict[str, int]:
    found: dict[str, int] = current_app.config["SETTINGS"].reading_most
    return found


class Reading:
    """What one request opens of cases of others.

    The page for which somebody just said why is shown whole: a list of two hundred people is
    stopped before once, and not for ever.
    """

    def __init__(self, actor: Actor) -> None:
        self._others = _read_by(actor)
        mine = select(Case.id).where(Case.owner_id == actor.id)
        with db.session.no_autoflush:
            self._mine = set(db.session.execute(mine).scalars())
        is_said = not self._others and actor.only is None and _said(actor) is not None
        self._most = None if is_said else most(actor)

    def stops_before(self, case_id: int) -> bool:
        """Whether words are wanted before this case; if not, it is counted."""
        if case_id in self._mine or case_id in self._others:
            return False
        if self._most is not None and len(self._others) >= self._most:
            return True
        self._others.add(case_id)
        return False


def _read_by(actor: Actor) -> set[int]:
    """The cases of others that ``actor`` opened within the hour, since they last said why."""
    others = or_(Case.owner_id.is_(None), Case.owner_id != actor.id)
    return _cases(actor, AuditRecord.deed.like("%.read"), others)


def stop_at_hits(actor: Actor, hits: set[int], deed: str) -> None:
    """Raise :class:`TooMany` where ``actor`` met too many people of other offices (``deed``)."""
    if not hits or not stands_before(actor):
        return
    most_met = _bounds().get("elsewhere", most(actor)) if actor.only is None else most(actor)
    met = _cases(actor, AuditRecord.deed == deed)
    if hits - met and len(met | hits) > most_met:
        audit.record(STOPPED)
        raise TooMany


@opened("trail")
def _cases(actor: Actor, *where: ColumnElement[bool]) -> set[int]:
    query = (
        select(AuditRecordCase.case_id)
        .join(AuditRecord, AuditRecordCase.entry_id == AuditRecord.id)
        .outerjoin(Case, Case.id == AuditRecordCase.case_id)
        .where(AuditRecord.user_id == actor.id, AuditRecord.at > _since(actor), *where)
    )
    return set(db.session.execute(query.distinct()).scalars())


def _since(actor: Actor) -> datetime:
    """Within the hour, and after they said why."""
    return _said(actor) or now() - HOUR


def _said(actor: Actor) -> datetime | None:
    """When they last said why, within the hour."""
    query = select(func.max(ReadingOn.at)).where(
        ReadingOn.user_id == actor.id, ReadingOn.at > now() - HOUR
    )
    found: datetime | None = db.session.execute(query).scalar()
    return found

"""Ending sessions from elsewhere: by a link made beforehand, without signing in; by a colleague.

For a phone that was taken while it was open.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require, visible
from accounts import strangers
from accounts.ending import end_sessions
from encryption.signing import digest
from models.audit import AuditRecord
from models.base import db, now
from models.people import User
from models.rules import RuleBroken
from models.scope import opened
from notifications import outbox
from web.links import link

OFTEN = 2  # within an hour, by one person; a colleague in danger needs it once


def make(user: User) -> str:
    """The whole address of a new link, shown this once; the one before is worth nothing."""
    token = secrets.token_urlsafe(24)
    user.ending_token = digest(token.encode())
    audit.record("ending_link")
    base: str = current_app.config["SETTINGS"].base_url
    return base + link("accounts_security.ending_link", token)


def use(token: str) -> None:
    """End all sessions of whoever made the link. It may be needed again, so it stays good."""
    query = select(User).where(User.ending_token == digest(token.encode()))
    user = db.session.execute(query).scalar_one_or_none()
    if user is None:
        return
    end_sessions(user)
    _tell(user, 0)
    strangers.note("sessions_ended", user_id=user.id, subject=f"user {user.id} by link")


def end_of_another(*, by: Actor, user: User) -> None:
    """End all sessions of somebody of one's own office, who may be in danger."""
    require(by, Permission.SESSIONS_END, user)
    if _ended_lately(by, user) >= OFTEN:
        raise RuleBroken(_("You ended these sessions again and again. Ask a supervisor to go on."))
    end_sessions(user)
    audit.record("sessions_ended", subject=f"user {user.id}")
    _tell(user, by.id or 0)


@opened("trail")
def _ended_lately(by: Actor, user: User) -> int:
    """How often ``by`` ended the sessions of somebody within the hour, by the trail."""
    query = select(func.count()).where(
        AuditRecord.user_id == by.id,
        AuditRecord.deed == "sessions_ended",
        AuditRecord.subject == f"user {user.id}",
        AuditRecord.at > now() - timedelta(hours=1),
    )
    return db.session.execute(query).scalar() or 0


def colleagues(actor: Actor) -> Sequence[User]:
    """People of the actor's offices, by name."""
    mine = visible(actor, Permission.SESSIONS_END, User)
    query = select(User).where(User.active, mine)
    return sorted(db.session.execute(query).scalars(), key=attrgetter("name", "id"))


def _tell(user: User, by_id: int) -> None:
    """Its owner and the supervisors of its offices; not who did it."""
    offices = {grant.organisation_id for grant in user.grants if grant.in_force}
    over = [each for office in offices for each in outbox.people_of(office, Role.SUPERVISOR)]
    told = {each.id: each for each in (user, *over) if each.id != by_id}
    reference = outbox.occurrence("S", user.id)
    path = link("notifications.index")
    outbox.post("account.ended", reference=reference, path=path, to=told.values(), urgent=True)

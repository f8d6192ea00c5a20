"""People: invited by an administrator, who never learns their password; roles given and ended;
accounts disabled.
"""

import secrets
from datetime import date, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Role
from accounts import signing_in
from encryption.signing import digest
from models.base import db, now
from models.people import Grant, Invitation, Organisation, Team, User
from models.rules import RuleBroken
from web.errors import NotFound
from web.sessions import end_others

DAYS = 3


def invite(
    *, by: Actor, email: str, name: str, role: str, organisation: int, ends_on: date | None = None
) -> str:
    """Make an account with one role; gives the token of the link with which its owner chooses a
    password, once.
    """
    if db.session.execute(select(User.id).where(User.email == email.lower())).first():
        raise RuleBroken(
            _("There is an account with this address already. Give it the role instead."), "email"
        )
    place = _place(by, organisation, role)
    user = User(email=email.lower(), name=name, password_hash="!", active=True)  # noqa: S106 -- no password fits this
    db.session.add(user)
    db.session.flush()
    db.session.add(Grant(user=user, organisation=place, role=role, ends_on=ends_on))
    audit.record("account_made", subject=f"user {user.id} {role} {place.code}")
    return link_for(user, by)


def link_for(user: User, by: Actor) -> str:
    """A new link for choosing a password; older ones of the account end."""
    for older in db.session.execute(
        select(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None))
    ).scalars():
        older.used_at = now()
    token = secrets.token_urlsafe(32)
    db.session.add(
        Invitation(
            user_id=user.id,
            token=digest(token.encode()),
            by_id=by.id,
            expires_at=now() + timedelta(days=DAYS),
        )
    )
    audit.record("link_made", subject=f"user {user.id}")
    return token


def invitation(token: str) -> Invitation:
    """The invitation of a link that may still be used; raises :class:`web.errors.NotFound`."""
    query = select(Invitation).where(Invitation.token == digest(token.encode())).with_for_update()
    row = db.session.execute(query).scalar_one_or_none()
    if row is None or _is_over(row):
        raise NotFound
    return row


def _is_over(row: Invitation) -> bool:
    return row.used_at is not None or row.expires_at <= now() or not row.user.active


def accept(*, token: str, new: str) -> str:
    """Choose the password; the link ends, and every session of the account.

    Gives the secret of the second factor where one is needed here, else nothing. Raises
    :class:`web.errors.NotFound`, or :class:`models.rules.RuleBroken` for a password too weak.
    """
    accepted = invitation(token)
    user = accepted.user
    signing_in.set_password(user, new)
    accepted.used_at = now()
    end_others(user.id)
    audit.append([audit.AuditEntry(user.email, "invitation_accepted", user_id=user.id)])
    return signing_in.enrol_totp(user) if current_app.config["SETTINGS"].totp_required else ""


def give_role(
    *,
    by: Actor,
    user: User,
    role: str,
    organisation: int,
    team: str = "",
    ends_on: date | None = None,
) -> Grant:
    """Give another person a role in an organisation."""
    place = _place(by, organisation, role)
    same = select(Grant).where(
        Grant.user_id == user.id, Grant.organisation_id == place.id, Grant.role == role
    )
    grant = db.session.execute(same).unique().scalar_one_or_none() or Grant(
        user=user, organisation=place, role=role
    )
    grant.team_id = _team_of(place, team)
    grant.ends_on = ends_on
    db.session.add(grant)
    audit.record("role_given", subject=f"user {user.id} {role} {place.code}")
    return grant


def _team_of(place: Organisation, team: str) -> int | None:
    """The id of the team that was chosen, if one was; it must be of ``place``."""
    row = db.session.get(Team, int(team)) if team.isdecimal() else None
    if row is not None and row.organisation_id != place.id:
        raise RuleBroken(_("This team is of another organisation."), "team")
    return row.id if row else None


def end_role(*, by: Actor, grant: Grant) -> None:
    """End a role; it is gone with the person's next click."""
    grant.ends_on = now().date() - timedelta(days=1)
    audit.record("role_ended", subject=f"user {grant.user_id} {grant.role}")


def disable(*, by: Actor, user: User) -> None:
    """Shut an account: sessions end, tokens stop."""
    user.active = False
    end_others(user.id)
    audit.record("account_disabled", subject=f"user {user.id}")


def enable(*, by: Actor, user: User) -> None:
    """Open a shut account again."""
    user.active = True
    audit.record("account_enabled", subject=f"user {user.id}")


# What an administrator of one organisation may make of its people; headquarters may give every
# role.
OWN_ROLES = {
    "partner": {Role.PARTNER, Role.SHELTER, Role.ADMINISTRATOR},
    "mission": {
        Role.CASEWORKER,
        Role.SUPERVISOR,
        Role.HEALTH,
        Role.LEGAL,
        Role.SHELTER,
        Role.ORIGIN,
        Role.ADMINISTRATOR,
    },
}


def organisations(by: Actor) -> list[Organisation]:
    """The organisations whose people this administrator keeps."""
    query = select(Organisation).order_by(Organisation.kind, Organisation.name)
    if not by.administers_all:
        query = query.where(Organisation.id.in_(by.at(Role.ADMINISTRATOR)))
    return list(db.session.execute(query).scalars())


def _place(by: Actor, organisation_id: int, role: str) -> Organisation:
    """The organisation in which ``by`` may give ``role``; raises where it is not theirs to give."""
    place = next((place for place in organisations(by) if place.id == organisation_id), None)
    if place is None:
        raise RuleBroken(_("Choose an organisation of the list."), "organisation")
    if not by.administers_all and role not in OWN_ROLES.get(place.kind, set()):
        raise RuleBroken(_("Only the headquarters give this role."), "role")
    return place

"""What a change of who may act does, once nobody else must agree. Asked by
:mod:`accounts.access_changes` alone, which is the one way to it.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from access.permissions import Role
from accounts import links
from accounts.ending import end_access
from models.access_changes import AccessChange, ChangeKind
from models.base import db, now, today
from models.people import Grant
from notifications import outbox
from web.links import link

MOVED = "account.moved"


def _let_in(made: AccessChange) -> None:
    made.user.active = True
    _give(made)
    links.send(made.user, made.asked_by_id)


def _give(made: AccessChange) -> None:
    assert made.office is not None
    grant = _grant(made) or Grant(user=made.user, organisation=made.office, role=made.role)
    if made.role == Role.PARTNER and (grant.id is None or not grant.in_force):
        grant.since = now()  # what was referred before does not open to somebody new by itself
    grant.team_id, grant.ends_on = made.team_id, made.ends_on
    db.session.add(grant)


def _set_team(made: AccessChange) -> None:
    """Into the team of the change; out of every team where it names none."""
    if grant := _grant(made):
        grant.team_id = made.team_id


def _take(made: AccessChange) -> None:
    if grant := _grant(made):
        grant.ends_on = today() - timedelta(days=1)


def _grant(made: AccessChange) -> Grant | None:
    assert made.office is not None
    query = select(Grant).where(
        Grant.user_id == made.user.id,
        Grant.organisation_id == made.office.id,
        Grant.role == made.role,
    )
    return db.session.execute(query).unique().scalar_one_or_none()


def _open_referrals(made: AccessChange) -> None:
    for grant in made.user.grants:
        if grant.organisation_id == made.office_id:
            grant.since = None


def _shut(made: AccessChange) -> None:
    made.user.active = False
    end_access(made.user)


def _open(made: AccessChange) -> None:
    made.user.active = True


def _send_link(made: AccessChange) -> None:
    links.send(made.user, made.asked_by_id)


def _rename(made: AccessChange) -> None:
    made.user.name = made.wanted or made.user.name


def _move(made: AccessChange) -> None:
    """Sessions stay. It is told at the new address, like every change, and at the old one."""
    made.user.email = made.wanted or made.user.email
    path = link("accounts.sign_in")
    outbox.post_letter(MOVED, reference=made.reference, path=path, to=made.user)


def _take_factor(made: AccessChange) -> None:
    """No factor, no session, nothing else: the owner begins anew by a link of their own."""
    made.user.totp_sealed = None
    end_access(made.user)
    links.send(made.user, made.decided_by_id)


EFFECTS: dict[ChangeKind, Callable[[AccessChange], None]] = {
    ChangeKind.INVITED: _let_in,
    ChangeKind.ROLE_GIVEN: _give,
    ChangeKind.ROLE_ENDED: _take,
    ChangeKind.DISABLED: _shut,
    ChangeKind.ENABLED: _open,
    ChangeKind.LINK_SENT: _send_link,
    ChangeKind.FACTOR_RESET: _take_factor,
    ChangeKind.REFERRALS_OPENED: _open_referrals,
    ChangeKind.TEAM_JOINED: _set_team,
    ChangeKind.TEAM_LEFT: _set_team,
    ChangeKind.NAME_CHANGED: _rename,
    ChangeKind.ADDRESS_CHANGED: _move,
}

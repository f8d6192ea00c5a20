"""People: invited by an administrator, who never learns their password; roles given and ended;
accounts shut and opened.

Each verb says what is wanted; :mod:`accounts.access_changes` does it, now or when a second person
agreed.
"""

from datetime import date
from enum import StrEnum
from operator import attrgetter

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor, person
from access.gate import acting
from access.permissions import Role
from accounts import links, recovery_codes, signing_in
from accounts.access_changes import change
from accounts.ending import end_access
from accounts.open_forms import Counted
from models.access_changes import AccessChange, ChangeKind
from models.base import db, now
from models.people import Grant, Organisation, Team, User
from models.rules import RuleBroken
from models.states import AccessChangeState

NEVER = "!"  # a hash that no password fits


def invite(
    *,
    by: Actor,
    email: str,
    name: str,
    role: str,
    organisation: int,
    team: str = "",
    ends_on: date | None = None,
) -> AccessChange:
    """Make an account with one role; its owner gets a link by mail, once nobody else must agree.

    Raises :class:`models.rules.RuleBroken` where there is such an account already.
    """
    place, team_id = _fitting(by, role, organisation, team)
    user = _never_opened(email.lower())
    user.name = name
    db.session.add(user)
    db.session.flush()
    kind = ChangeKind.INVITED
    return change(kind, user, by=by, place=place, role=role, team_id=team_id, ends_on=ends_on)


def check(*, by: Actor, email: str, role: str, organisation: int, team: str = "") -> None:
    """Raise what forbids to invite this person; nothing is done."""
    _fitting(by, role, organisation, team)
    _never_opened(email.lower())


def _fitting(by: Actor, role: str, organisation: int, team: str) -> tuple[Organisation, int | None]:
    place = _place(by, organisation, role)
    return place, _team_of(place, team)


def _never_opened(email: str) -> User:
    """A new account, shut until it is agreed to; or one whose invitation came to nothing."""
    user = db.session.execute(select(User).where(User.email == email)).scalar_one_or_none()
    if user is None:
        return User(email=email, name="", password_hash=NEVER, active=False)
    if user.active or user.grants or user.password_hash != NEVER or _is_asked_for(user):
        raise RuleBroken(
            _("There is an account with this address already. Give it the role instead."), "email"
        )
    return user


def _is_asked_for(user: User) -> bool:
    query = select(AccessChange.id).where(
        AccessChange.user_id == user.id, AccessChange.state == AccessChangeState.ASKED
    )
    return db.session.execute(query).first() is not None


def send_link(*, by: Actor, user: User) -> AccessChange:
    """A new link for choosing a password, by mail to the owner of the account.

    Raises :class:`models.rules.RuleBroken` for an account that is shut.
    """
    if not user.active:
        raise RuleBroken(_("This account is shut. Open it first."))
    return change(ChangeKind.LINK_SENT, user, by=by)


def reset_factor(*, by: Actor, user: User) -> AccessChange:
    """Ask that the second factor of an account is taken off: somebody else agrees, and its owner
    has time to stop it.
    """
    if not signing_in.has_second_factor(user):
        raise RuleBroken(_("This account has no second factor."))
    return change(ChangeKind.FACTOR_RESET, user, by=by)


def open_referrals(*, by: Actor, user: User) -> AccessChange:
    """Open to a partner's worker what was referred before they came, after a delay in which the
    missions can stop it.
    """
    later = [grant for grant in user.grants if grant.in_force and grant.since is not None]
    if not later:
        raise RuleBroken(_("This person sees all referrals of the organisation already."))
    place = later[0].organisation
    role = later[0].role
    return change(ChangeKind.REFERRALS_OPENED, user, by=by, place=place, role=role)


class Proof(StrEnum):
    """What a link asks for beside the new password."""

    NOTHING = ""
    CODE = "code"  # of the second factor that the account has
    NEW_FACTOR = "new_factor"  # a code of the authenticator app that is set up with the link


def proof_of(user: User) -> Proof:
    """What a link of this account asks for."""
    if signing_in.has_second_factor(user):
        return Proof.CODE
    required = current_app.config["SETTINGS"].totp_required
    return Proof.NEW_FACTOR if required else Proof.NOTHING


def accept(*, token: str, new: str, code: str = "", secret: str = "") -> list[str]:
    """Choose the password by a link. The link ends, and whatever else opened the account.

    The second factor stays: a code of it is asked for, or where there must be one and is none, a
    code of the one whose ``secret`` was shown. Gives recovery codes with a new factor. Raises
    :class:`web.errors.NotFound`, or :class:`models.rules.RuleBroken` for a password too weak or a
    wrong code, of which a link takes a few.
    """
    accepted = links.find(token)
    user, proof = accepted.user, proof_of(accepted.user)
    signing_in.set_password(user, new)
    if not _is_proved(user, proof, code, secret):
        number = accepted.id
        words = _("This code is not right, or was used already.")
        raise Counted(words, "code", lambda: links.count_wrong_code(number))
    accepted.used_at = now()
    end_access(user)
    codes: list[str] = []
    if proof is Proof.NEW_FACTOR:
        signing_in.keep_totp(user, secret, signing_in.step_of(secret, code))
        codes = recovery_codes.renew(user)
    with acting(person(user)) as gate:
        change(ChangeKind.LINK_USED, user, by=gate.actor)
        if proof is Proof.CODE and proof_of(user) is Proof.NEW_FACTOR:
            links.send(user, None)  # passkeys were all there was: another factor is set up first
        audit.append(gate.pending())
    return codes


def _is_proved(user: User, proof: Proof, code: str, secret: str) -> bool:
    if proof is Proof.CODE:
        return signing_in.check_code(user, code) or recovery_codes.use(user, code)
    return proof is Proof.NOTHING or bool(signing_in.step_of(secret, code))


def give_role(
    *,
    by: Actor,
    user: User,
    role: str,
    organisation: int,
    team: str = "",
    ends_on: date | None = None,
) -> AccessChange:
    """Give another person a role in an organisation; roles that open cases need two."""
    place = _place(by, organisation, role)
    return change(
        ChangeKind.ROLE_GIVEN,
        user,
        by=by,
        place=place,
        role=role,
        team_id=_team_of(place, team),
        ends_on=ends_on,
    )


def _team_of(place: Organisation, team: str) -> int | None:
    """The id of the team that was chosen, if one was; it must be of ``place``."""
    row = db.session.get(Team, int(team)) if team.isdecimal() else None
    if row is not None and row.organisation_id != place.id:
        raise RuleBroken(_("This team is of another organisation."), "team")
    if row is not None and row.ended_on is not None:
        raise RuleBroken(_("This team has ended."), "team")
    return row.id if row else None


def end_role(*, by: Actor, grant: Grant) -> AccessChange:
    """End a role; it is gone with the person's next click."""
    place = grant.organisation
    return change(ChangeKind.ROLE_ENDED, grant.user, by=by, place=place, role=grant.role)


def disable(*, by: Actor, user: User) -> AccessChange:
    """Shut an account: sessions end, tokens stop, and whatever else opened it."""
    return change(ChangeKind.DISABLED, user, by=by)


def enable(*, by: Actor, user: User) -> AccessChange:
    """Open a shut account again.

    Raises :class:`models.rules.RuleBroken` for one whose invitation nobody agreed to.
    """
    if user.password_hash == NEVER and not user.grants:
        raise RuleBroken(_("This account was never agreed to. Invite its owner again."))
    return change(ChangeKind.ENABLED, user, by=by)


# Which roles make sense where: another one opens nothing there, or too much.
ROLES_OF = {
    "partner": frozenset({Role.PARTNER, Role.SHELTER, Role.ADMINISTRATOR}),
    "mission": frozenset(Role) - {Role.PARTNER},
    "headquarters": frozenset(Role) - {Role.PARTNER, Role.SHELTER, Role.ORIGIN},
}
# What only the headquarters give: it reaches beyond one office.
BY_HEADQUARTERS = frozenset({Role.MANAGER, Role.PROTECTION})


def organisations(by: Actor) -> list[Organisation]:
    """The organisations whose people this administrator keeps."""
    query = select(Organisation)
    if not (by.administers_all or by.system):
        query = query.where(Organisation.id.in_(by.at(Role.ADMINISTRATOR)))
    return sorted(db.session.execute(query).scalars(), key=attrgetter("kind", "name"))


def _place(by: Actor, organisation_id: int, role: str) -> Organisation:
    """The organisation in which ``by`` may give ``role``; raises where it is not theirs to give."""
    place = next((place for place in organisations(by) if place.id == organisation_id), None)
    if place is None:
        raise RuleBroken(_("Choose an organisation of the list."), "organisation")
    if role not in ROLES_OF[place.kind]:
        raise RuleBroken(_("Nobody has this role in an organisation of this kind."), "role")
    if not (by.administers_all or by.system) and role in BY_HEADQUARTERS:
        raise RuleBroken(_("Only the headquarters give this role."), "role")
    return place

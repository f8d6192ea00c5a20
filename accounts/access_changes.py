"""Change of who may act: the one way to it.

Whatever lets somebody in, gives or takes a role, shuts or opens an account, sends a link, touches a
factor or makes a token passes :func:`change`. It stands in the trail with the person's name and
office; the owner, the supervisors of the office and all data protection officers are told; and
what opens cases or oversees waits until a second person agrees.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor, person, system
from access.gate import acting
from access.permissions import Permission, Role
from access.policy import allows, require
from accounts.access_effects import EFFECTS
from accounts.signals import who_may_act_changed
from models.access_changes import AccessChange, ChangeKind
from models.base import db, now
from models.people import Grant, Organisation, User
from models.rules import RuleBroken
from models.states import ACCESS_CHANGE, AccessChangeState
from notifications import outbox
from web.links import link

OPERATOR = system("command")  # whoever has the machine, and with it the keys
_DAILY = system("accounts")
ASKED_DAYS = 14
OVER_ALL = frozenset({Role.PROTECTION, Role.ADMINISTRATOR})
_LETTING_IN = frozenset(
    {
        ChangeKind.INVITED,
        ChangeKind.ROLE_GIVEN,
        ChangeKind.TEAM_JOINED,
        ChangeKind.ENABLED,
        ChangeKind.LINK_SENT,
        ChangeKind.FACTOR_RESET,
        ChangeKind.REFERRALS_OPENED,
    }
)
# Roles that open cases or oversee: nobody gives them alone.
BY_TWO = OVER_ALL | {
    Role.CASEWORKER,
    Role.SUPERVISOR,
    Role.HEALTH,
    Role.LEGAL,
    Role.SHELTER,
    Role.ORIGIN,
}
BY_ONE = frozenset({Role.MANAGER, Role.PARTNER})  # figures alone; what was referred to them alone


def change(
    kind: ChangeKind,
    user: User,
    *,
    by: Actor,
    place: Organisation | None = None,
    role: str = "",
    team_id: int | None = None,
    ends_on: date | None = None,
    wanted: str | None = None,
) -> AccessChange:
    """Change who may act, at once or with a second person's consent; gives the change as it stands.

    Raises :class:`models.rules.RuleBroken` where somebody else must agree and nobody can.
    """
    place = place or _home(user)
    made = AccessChange(
        kind=kind,
        user=user,
        user_id=user.id,
        office=place,
        office_id=place.id if place else None,
        partner=place is not None and place.kind == "partner",
        headquarters=place is None or place.kind == "headquarters" or role in OVER_ALL,
        role=role,
        team_id=team_id,
        ends_on=ends_on,
        before=_standing(kind, user),
        wanted=wanted,
        asked_by_id=by.id,
    )
    if _needs_another(made, by):
        _ask(made, by)
    elif kind == ChangeKind.REFERRALS_OPENED:
        _announce(made, by)
    else:
        ACCESS_CHANGE.move(made, "make", by=by)
        db.session.add(made)
        _carry(made, by)
    return made


def _standing(kind: ChangeKind, user: User) -> str | None:
    """What a name or mail address is, before it changes."""
    if kind == ChangeKind.NAME_CHANGED:
        return user.name
    return user.email if kind == ChangeKind.ADDRESS_CHANGED else None


def waits(made: AccessChange) -> bool:
    """Whether somebody else must still agree, or its delay is not over."""
    return made.state in (AccessChangeState.ASKED, AccessChangeState.WAITING)


def approve(*, by: Actor, asked: AccessChange) -> None:
    """Agree to what somebody else asked for.

    What could open an account to somebody else waits all the same: its owner is told and can stop
    it.
    """
    if event := _waits_for_its_owner(asked):
        ACCESS_CHANGE.move(asked, "approve_later", by=by)
        asked.due_at = _after_delay()
        _note("access_agreed", asked)
        _tell(event, asked, by, [*_overseers(asked), asked.user])
        return
    ACCESS_CHANGE.move(asked, "approve", by=by)
    _note("access_agreed", asked)
    _carry(asked, by)


def _waits_for_its_owner(asked: AccessChange) -> str:
    """What its owner is told who may still stop it; nothing where the owner asked for it."""
    if asked.kind == ChangeKind.FACTOR_RESET:
        return "access.waiting"
    is_moved = asked.kind == ChangeKind.ADDRESS_CHANGED and asked.asked_by_id != asked.user_id
    return "access.moving" if is_moved else ""


def refuse(*, by: Actor, asked: AccessChange) -> None:
    """Do not agree to it."""
    ACCESS_CHANGE.move(asked, "refuse", by=by)
    _note("access_refused", asked)
    _tell("access.refused", asked, by, [*_overseers(asked), *_asker(asked)])


def stop(*, by: Actor, asked: AccessChange) -> None:
    """Stop what waits: its owner, whoever asked, or whoever oversees."""
    ACCESS_CHANGE.move(asked, "stop", by=by)
    _note("access_stopped", asked)
    _tell("access.stopped", asked, by, [*_overseers(asked), *_asker(asked), asked.user])


@ACCESS_CHANGE.guard("approve", "approve_later", "refuse")
def _by_another(asked: AccessChange, by: Actor) -> None:
    """Never who asked, never who gains or loses by it; and only who may."""
    require(by, Permission.ACCESS_DECIDE, asked)


@ACCESS_CHANGE.guard("make", "ask", "announce", "approve", "approve_later", "carry_out")
def _not_into_what_was_cut_off(asked: AccessChange, _by: Actor) -> None:
    """Nobody comes into an organisation that was cut off, nor anybody who was shut with one."""
    is_cut_off = asked.user.cut_off_at or (asked.office and asked.office.cut_off_at)
    if is_cut_off and asked.kind in _LETTING_IN:
        raise RuleBroken(_("This organisation was cut off. Two people must let it in again first."))


@ACCESS_CHANGE.guard("make", "ask", "announce", "approve", "approve_later", "carry_out")
def _not_into_what_is_closed(asked: AccessChange, _by: Actor) -> None:
    """Nobody comes into an organisation that was closed."""
    if asked.office and asked.office.closed_on and asked.kind in _LETTING_IN:
        raise RuleBroken(_("This organisation was closed. Open it again first."), "organisation")


@ACCESS_CHANGE.guard("make", "ask", "approve", "approve_later")
def _not_somebody_elses_address(asked: AccessChange, _by: Actor) -> None:
    """No two accounts have one mail address."""
    if _is_taken(asked):
        raise RuleBroken(_("Another account has this mail address."), "email")


def _is_taken(asked: AccessChange) -> bool:
    if asked.kind != ChangeKind.ADDRESS_CHANGED:
        return False
    query = select(User.id).where(User.email == asked.wanted, User.id != asked.user.id)
    return db.session.execute(query).first() is not None


@ACCESS_CHANGE.guard("stop")
def _not_their_own_end(asked: AccessChange, by: Actor) -> None:
    """Nobody stops that their own role or account ends."""
    require(by, Permission.ACCESS_SEE, asked)
    if asked.user_id == by.id and asked.kind in (ChangeKind.DISABLED, ChangeKind.ROLE_ENDED):
        raise RuleBroken(_("Somebody else decides about this."))


def carry_out_due() -> None:
    """Periodic: what was agreed to and nobody stopped; what nobody answered lapses."""
    with acting(_DAILY) as gate:
        _carry_out_due()
        audit.append(gate.pending())


def _carry_out_due() -> None:
    due = select(AccessChange).where(
        AccessChange.state == AccessChangeState.WAITING, AccessChange.due_at <= now()
    )
    for agreed in db.session.execute(due.with_for_update(of=AccessChange)).scalars().all():
        if _is_taken(agreed):
            ACCESS_CHANGE.move(agreed, "lapse", by=_DAILY)
            continue
        ACCESS_CHANGE.move(agreed, "carry_out", by=_DAILY)
        _carry(agreed, _DAILY)
    old = select(AccessChange).where(
        AccessChange.state == AccessChangeState.ASKED,
        AccessChange.asked_at <= now() - timedelta(days=ASKED_DAYS),
    )
    for asked in db.session.execute(old.with_for_update(of=AccessChange)).scalars().all():
        ACCESS_CHANGE.move(asked, "lapse", by=_DAILY)


def is_last(user: User, role: str) -> bool:
    """Whether nobody else holds ``role`` today, in a way that does not end by itself.

    The roles are locked, so that two who end the last two at once come one after the other.
    """
    query = select(Grant).where(Grant.role == role).with_for_update(of=Grant)
    others = {
        grant.user_id
        for grant in db.session.execute(query).unique().scalars()
        if grant.ends_on is None and grant.user.active and grant.user_id != user.id
    }
    return not others


def _needs_another(made: AccessChange, by: Actor) -> bool:
    """Whether whoever asks does not decide this alone."""
    if made.kind in (ChangeKind.INVITED, ChangeKind.ROLE_GIVEN, ChangeKind.TEAM_JOINED):
        first = by.system and made.role in OVER_ALL and not outbox.holders(made.role)
        return made.role in BY_TWO and not first
    if made.kind == ChangeKind.ROLE_ENDED:
        return made.role in OVER_ALL and is_last(made.user, made.role)
    if made.kind == ChangeKind.DISABLED:
        held = {grant.role for grant in made.user.grants if grant.in_force} & OVER_ALL
        return made.user.active and any(is_last(made.user, role) for role in sorted(held))
    is_shut = made.kind == ChangeKind.ENABLED and _was_shut_from_above(made, by)
    # By the name others know whom they trust; who has the address gets the links that open it.
    is_own_name = made.kind == ChangeKind.NAME_CHANGED and by.id == made.user.id
    is_of_two = made.kind in (ChangeKind.FACTOR_RESET, ChangeKind.ADDRESS_CHANGED)
    return is_shut or is_own_name or (is_of_two and not _is_way_back(made, by))


def _was_shut_from_above(made: AccessChange, by: Actor) -> bool:
    """Whether somebody shut the account who does not administer the office of whoever would open
    it: what the headquarters shut, a partner does not open alone.
    """
    if by.system or by.administers_all:
        return False
    query = select(AccessChange).where(
        AccessChange.user_id == made.user.id,
        AccessChange.kind == ChangeKind.DISABLED,
        AccessChange.state == AccessChangeState.DONE,
    )
    # All of them, as a newer one that somebody else wrote must not hide what stands.
    shut = db.session.execute(query.order_by(AccessChange.id.desc())).scalars().first()
    if shut is None:
        return False
    places = by.at(Role.ADMINISTRATOR)
    held = shut.asked_by.grants if shut.asked_by else []
    return not any(
        grant.role == Role.ADMINISTRATOR and grant.organisation_id in places for grant in held
    )


def _is_way_back(made: AccessChange, by: Actor) -> bool:
    """Whether the operator of the machine helps the last administrator, and nobody is there who
    could agree: else nobody would ever come in again.
    """
    held = {grant.role for grant in made.user.grants if grant.in_force}
    is_theirs = made.kind == ChangeKind.FACTOR_RESET and by == OPERATOR
    return is_theirs and Role.ADMINISTRATOR in held and not _others(made)


def _others(made: AccessChange) -> list[User]:
    """Who may agree to it."""
    return [user for user in _deciders(made) if allows(person(user), _DECIDE, made)]


def _ask(made: AccessChange, by: Actor) -> None:
    """Wait for a second person, if there is one."""
    others = _others(made)
    if not others:
        raise RuleBroken(
            _(
                "Somebody else must agree to this, and nobody can: first make a data protection "
                "officer who is neither of you two (on the machine: ./run flask user add)."
            )
        )
    ACCESS_CHANGE.move(made, "ask", by=by)
    db.session.add(made)
    db.session.flush()
    _note("access_asked", made)
    _tell("access.asked", made, by, others)


def _announce(made: AccessChange, by: Actor) -> None:
    """Do it after a delay in which those whom it concerns can stop it."""
    ACCESS_CHANGE.move(made, "announce", by=by)
    made.due_at = _after_delay()
    db.session.add(made)
    db.session.flush()
    _note("access_announced", made)
    _tell("access.opening", made, by, [*_overseers(made), made.user])
    who_may_act_changed.send(made, by=by)


def _after_delay() -> datetime:
    return now() + timedelta(hours=current_app.config["SETTINGS"].factor_delay_hours)


_DECIDE = Permission.ACCESS_DECIDE


def _deciders(made: AccessChange) -> Iterable[User]:
    """Who might agree; the policy says who does."""
    if made.headquarters:
        return [*outbox.officers(), *outbox.holders(Role.ADMINISTRATOR)]
    office = made.office.id if made.office else 0
    return [*outbox.officers(), *outbox.people_of(office, Role.SUPERVISOR)]


def _carry(made: AccessChange, by: Actor) -> None:
    """Do it, write it down, tell everybody whom it concerns."""
    effect = EFFECTS.get(ChangeKind(made.kind))
    if effect is not None:
        effect(made)
    db.session.flush()
    _note(made.kind, made)
    _tell(f"access.{made.kind}", made, by, [*_overseers(made), made.user])
    who_may_act_changed.send(made, by=by)


def _note(deed: str, made: AccessChange) -> None:
    """Into the trail, with the number, the office and the name of whom it is about."""
    office = made.before or (made.office.code if made.office else "")
    what = f"{made.kind} " if deed.startswith("access_") else ""
    subject = f"{what}user {made.user_id} {made.role} {office} {made.user.name}"
    audit.record(deed, subject=" ".join(subject.split())[:60])


def _tell(event: str, made: AccessChange, by: Actor, people: Iterable[User]) -> None:
    """Tell each once; whoever did it need not be told, unless it is their own account."""
    others = {user.id: user for user in people if user.id != by.id or user.id == made.user_id}
    path = link("accounts_access.show", made)
    outbox.post(event, reference=made.reference, path=path, to=others.values(), urgent=True)


def _overseers(made: AccessChange) -> list[User]:
    """The supervisors of every office of the person, and all data protection officers."""
    offices = {grant.organisation_id for grant in made.user.grants if grant.in_force}
    offices |= {made.office.id} if made.office else set()
    found = [user for office in offices for user in outbox.people_of(office, Role.SUPERVISOR)]
    return [*found, *outbox.officers()]


def _asker(made: AccessChange) -> list[User]:
    return [made.asked_by] if made.asked_by else []


def _home(user: User) -> Organisation | None:
    """The first office of an account; with headquarters among them, these."""
    places = [grant.organisation for grant in user.grants if grant.in_force]
    places.sort(key=lambda place: (place.kind != "headquarters", place.id))
    return places[0] if places else None

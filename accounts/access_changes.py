"""Change of who may act: the one way to it.

Whatever lets somebody in, gives or takes a role, shuts or opens an account, sends a link, touches a
factor or makes a token passes :func:`change`. It stands in the trail with the person's name and
office; the owner, the supervisors of the office and all data protection officers are told; and
what opens cases or oversees waits until a second person agrees.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor, person, system
from access.gate import acting
from access.permissions import Permission, Role
from access.policy import allows, require
from accounts import links
from accounts.ending import end_access
from accounts.signals import who_may_act_changed
from models.access_changes import AccessChange, ChangeKind
from models.base import db, now, today
from models.messages import Message
from models.people import Grant, Organisation, User
from models.rules import RuleBroken
from models.states import ACCESS_CHANGE, AccessChangeState
from notifications import channels, outbox
from web.links import link

OPERATOR = system("command")  # whoever has the machine, and with it the keys
_DAILY = system("accounts")
ASKED_DAYS = 14
MOVED = "account.moved"
OVER_ALL = frozenset({Role.PROTECTION, Role.ADMINISTRATOR})
_LETTING_IN = frozenset(
    {
        ChangeKind.INVITED,
        ChangeKind.ROLE_GIVEN,
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


def register(_app: Flask) -> None:
    """The mail to an address that somebody has no more is sent there."""
    channels.ADDRESSES[MOVED] = address_before


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
    if made.kind in (ChangeKind.INVITED, ChangeKind.ROLE_GIVEN):
        first = by.system and made.role in OVER_ALL and not outbox.holders(made.role)
        return made.role in BY_TWO and not first
    if made.kind == ChangeKind.ROLE_ENDED:
        return made.role in OVER_ALL and is_last(made.user, made.role)
    if made.kind == ChangeKind.DISABLED:
        held = {grant.role for grant in made.user.grants if grant.in_force} & OVER_ALL
        return made.user.active and any(is_last(made.user, role) for role in sorted(held))
    # By the name others know whom they trust; who has the address gets the links that open it.
    is_own_name = made.kind == ChangeKind.NAME_CHANGED and by.id == made.user.id
    return is_own_name or made.kind in (ChangeKind.FACTOR_RESET, ChangeKind.ADDRESS_CHANGED)


def _ask(made: AccessChange, by: Actor) -> None:
    """Wait for a second person, if there is one."""
    others = [user for user in _deciders(made) if allows(person(user), _DECIDE, made)]
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
    effect = _EFFECTS.get(ChangeKind(made.kind))
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


def address_before(message: Message) -> str:
    """Where the mail goes that tells the owner of an account that it has another address now."""
    made = db.session.get(AccessChange, int(message.reference.removeprefix("AC-")))
    return (made.before if made else None) or message.user.email


def _take_factor(made: AccessChange) -> None:
    """No factor, no session, nothing else: the owner begins anew by a link of their own."""
    made.user.totp_sealed = None
    end_access(made.user)
    links.send(made.user, made.decided_by_id)


_EFFECTS: dict[ChangeKind, Callable[[AccessChange], None]] = {
    ChangeKind.INVITED: _let_in,
    ChangeKind.ROLE_GIVEN: _give,
    ChangeKind.ROLE_ENDED: _take,
    ChangeKind.DISABLED: _shut,
    ChangeKind.ENABLED: _open,
    ChangeKind.LINK_SENT: _send_link,
    ChangeKind.FACTOR_RESET: _take_factor,
    ChangeKind.REFERRALS_OPENED: _open_referrals,
    ChangeKind.NAME_CHANGED: _rename,
    ChangeKind.ADDRESS_CHANGED: _move,
}

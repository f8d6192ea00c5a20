"""Cutting off a partner in which somebody may betray people: one verb, one transaction.

What it has ends, its people are out, each mission is told which of its persons they had read, and
each of these cases gets a task. The partner itself is told nothing: whoever is a danger in it shall
not know earlier than everybody else. Only two let its people in again, and that opens nothing of
what ended.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require
from accounts.ending import end_access
from casework.core import tasks
from models import scope
from models.access_changes import AccessChange
from models.base import db, now, today
from models.cases import Case
from models.cut_offs import CutOff, CutOffCase
from models.people import Grant, Organisation, User
from models.referrals import IncomingReferral, Referral, ReferralLink
from models.rules import RuleBroken
from models.states import (
    ACCESS_CHANGE,
    CUT_OFF,
    AccessChangeState,
    CaseStatus,
    CutOffState,
    IncomingReferralState,
    Sets,
)
from models.witnessed import change_all
from notifications import outbox, webhooks
from referral import incoming, looks_of_partner, sending
from web.links import link

CASES_IN_ENTRY = 200


@contextmanager
def everywhere() -> Iterator[None]:
    """Act in every mission's rows: a partner is cut off from all of them at once."""
    query = select(Organisation.id)
    with scope.everywhere(frozenset(db.session.execute(query).scalars())):
        yield


@everywhere()
def cut_off(*, by: Actor, partner: Organisation, sure: bool = True) -> CutOff:
    """End everything between us and ``partner``, and tell the missions whom it had read of.

    Raises :class:`models.rules.RuleBroken` for one that is no partner, or that was cut off already.
    """
    require(by, Permission.CUT_OFF_MAKE, partner)
    if not sure:
        raise RuleBroken(_("Say that you are sure."), "sure")
    _lock(partner)
    if partner.kind != "partner" or partner.cut_off_at is not None:
        raise RuleBroken(_("Choose a partner that is not cut off yet."), "partner")
    partner.cut_off_at = now()
    made = CutOff(organisation=partner, organisation_id=partner.id)
    CUT_OFF.move(made, "cut", by=by)
    db.session.add(made)
    db.session.flush()
    # Whom it knows of is written down before what says so ends.
    known = _written_down(made, partner)
    _end_referrals(by, partner)
    _shut_out(by, partner)
    webhooks.end(partner.id)
    _make_safe(by, known)
    _note("cut_off", partner, [row.case_id for row in known])
    _tell_missions(made, known)
    return made


@everywhere()
def ask_back(*, by: Actor, cut: CutOff) -> None:
    """Ask that the people of an organisation come in again; somebody else decides."""
    require(by, Permission.CUT_OFF_MAKE, cut)
    CUT_OFF.move(cut, "ask_back", by=by)
    _note("cut_off_asked", cut.organisation)
    _tell("cut_off.asked", cut, _deciders(by))


@everywhere()
def let_in(*, by: Actor, cut: CutOff) -> None:
    """Agree: its people may sign in again, and it may be referred to anew. What ended stays so."""
    CUT_OFF.move(cut, "let_in", by=by)
    cut.organisation.cut_off_at = None
    for user in _people(cut.organisation):
        # Of two cuts the other one still holds somebody who works in both.
        if user.cut_off_at is not None and not _is_cut_off(user):
            user.active, user.cut_off_at = True, None
    _note("cut_off_over", cut.organisation)
    _tell("cut_off.over", cut, [*_deciders(by), *_asker(cut)])


@everywhere()
def keep_out(*, by: Actor, cut: CutOff) -> None:
    """Do not agree."""
    CUT_OFF.move(cut, "keep_out", by=by)
    _note("cut_off_kept", cut.organisation)
    _tell("cut_off.kept", cut, _asker(cut))


@CUT_OFF.guard("let_in", "keep_out")
def _by_another(cut: CutOff, by: Actor) -> None:
    """Never who asked."""
    require(by, Permission.CUT_OFF_END, cut)


def _lock(partner: Organisation) -> None:
    """Of two who cut off at the same moment one does."""
    query = select(Organisation.id).where(Organisation.id == partner.id).with_for_update()
    db.session.execute(query).all()
    db.session.refresh(partner)


def _written_down(made: CutOff, partner: Organisation) -> list[CutOffCase]:
    looks = looks_of_partner.by_case(partner)
    rows = [
        CutOffCase(
            cut_off_id=made.id,
            case_id=case_id,
            first_at=look.first_at,
            last_at=look.last_at,
            fields=sorted(look.fields),
            readers=len(look.readers),
        )
        for case_id, look in sorted(looks.items())
    ]
    db.session.add_all(rows)
    db.session.flush()
    return rows


def _end_referrals(by: Actor, partner: Organisation) -> None:
    """Referrals both ways, and links to them."""
    live = select(Referral).where(
        Referral.partner_id == partner.id, Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    ordered = live.order_by(Referral.id).with_for_update(of=Referral)
    for referral in db.session.execute(ordered).unique().scalars().all():
        sending.end(referral, "revoke", by=by)
        sending.tell_case(by=by, referral=referral, kind="referral_revoked")
        sending.ask_another(by=by, referral=referral)
    told = select(IncomingReferral).where(
        IncomingReferral.partner_id == partner.id,
        IncomingReferral.state == IncomingReferralState.SENT,
    )
    locked = told.order_by(IncomingReferral.id).with_for_update(of=IncomingReferral)
    for incoming_referral in db.session.execute(locked).unique().scalars().all():
        incoming.cut_off(by=by, incoming_referral=incoming_referral)
    of_partner = select(Referral.id).where(Referral.partner_id == partner.id)
    unused = (ReferralLink.referral_id.in_(of_partner), ReferralLink.used_at.is_(None))
    change_all(ReferralLink, *unused, used_at=now())


def _shut_out(by: Actor, partner: Organisation) -> None:
    """Its people are out by every way, and what waits to let somebody in is stopped."""
    people = [user for user in _people(partner) if user.id != by.id]
    for user in people:
        if user.active:
            user.active, user.cut_off_at = False, now()
        end_access(user)
        outbox.end(user)
    concerned = AccessChange.user_id.in_([user.id for user in people])
    waiting = select(AccessChange).where(
        AccessChange.state.in_((AccessChangeState.ASKED, AccessChangeState.WAITING)),
        concerned | (AccessChange.office_id == partner.id),
    )
    for change in db.session.execute(waiting).scalars().all():
        ACCESS_CHANGE.move(change, "lapse", by=by)


def _people(partner: Organisation) -> Sequence[User]:
    """Everybody with a role there today."""
    query = select(Grant).where(Grant.organisation_id == partner.id)
    grants = db.session.execute(query).unique().scalars()
    return list({grant.user_id: grant.user for grant in grants if grant.in_force}.values())


def _is_cut_off(user: User) -> bool:
    return any(grant.organisation.cut_off_at for grant in user.grants if grant.in_force)


def _make_safe(by: Actor, known: Sequence[CutOffCase]) -> None:
    """A task for whoever holds each case; where nobody does, for a supervisor of its office."""
    for row in known:
        case = db.session.get_one(Case, row.case_id)
        if case.status == CaseStatus.ERASED:
            continue
        task = tasks.add(by=by, case=case, kind="safety", due_on=today())
        if case.owner_id is None:
            supervisors = outbox.people_of(case.office_id, Role.SUPERVISOR)
            task.owner_id = supervisors[0].id if supervisors else task.owner_id


def _note(deed: str, partner: Organisation, case_ids: Sequence[int] = ()) -> None:
    """Into the trail; the cases in as many entries as they need."""
    for start in range(0, max(1, len(case_ids)), CASES_IN_ENTRY):
        some = tuple(case_ids[start : start + CASES_IN_ENTRY])
        audit.record(deed, subject=partner.code, cases=some)


def _tell_missions(made: CutOff, known: Sequence[CutOffCase]) -> None:
    """Supervisors of each mission with a person there, and who holds a case; officers too."""
    query = select(Case.office_id, Case.owner_id).where(Case.id.in_([row.case_id for row in known]))
    found = db.session.execute(query).all()
    people = {user.id: user for user in outbox.officers()}
    for office_id in sorted({office_id for office_id, _owner in found}):
        people |= {user.id: user for user in outbox.people_of(office_id, Role.SUPERVISOR)}
    for owner_id in {owner_id for _office, owner_id in found if owner_id is not None}:
        people[owner_id] = db.session.get_one(User, owner_id)
    _tell("cut_off.made", made, people.values())


def _tell(event: str, cut: CutOff, people: Iterable[User]) -> None:
    path = link("cut_offs.show", cut)
    # Asking may come again; the same notice about the same thing would reach nobody twice.
    reference = cut.reference if event == "cut_off.made" else outbox.occurrence("C", cut.id)
    outbox.post(event, reference=reference, path=path, to=people, urgent=True)


def _deciders(by: Actor) -> list[User]:
    """Who may agree: officers, and supervisors at the headquarters; not who asks."""
    query = select(Organisation.id).where(Organisation.kind == "headquarters")
    places = db.session.execute(query).scalars().all()
    over_all = [user for place in places for user in outbox.people_of(place, Role.SUPERVISOR)]
    found = {user.id: user for user in (*outbox.officers(), *over_all)}
    return [user for user in found.values() if user.id != by.id]


def _asker(cut: CutOff) -> list[User]:
    return [cut.asked_by] if cut.asked_by else []


def waits(cut: CutOff) -> bool:
    """Whether somebody asked that its people come in again, and nobody decided."""
    return cut.state == CutOffState.ASKED


def stands(cut: CutOff) -> bool:
    """Whether nobody asked yet that its people come in again."""
    return cut.state == CutOffState.CUT

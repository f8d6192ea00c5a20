"""Every SELECT of referral; each takes the viewer and starts from what is visible to them."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import joinedload, selectinload

from access.actors import Actor
from access.conditions import works_for_partner
from access.kept_from import outside_blocks
from access.permissions import Permission
from access.policy import allows, require, visible, visible_by_clause
from access.told import is_shown, shows
from casework.core import queries as cases
from casework.core import release
from models import numbers
from models.base import db, now
from models.cases import Case
from models.cut_offs import CutOff, CutOffCase
from models.people import Organisation, User, working
from models.referrals import IncomingReferral, Referral, Service
from models.scope import opened
from models.states import IncomingReferralState, ReferralState, Sets
from web import paging
from web.errors import NotFound

Row = TypeVar("Row", IncomingReferral, Organisation, Referral)
LANE = 30  # referrals of one state that the board shows
GROUPS = {
    "waiting": frozenset({ReferralState.SENT}),
    "service": Sets.REFERRAL_SERVING,
    "done": Sets.REFERRAL_ENDED,
}


def referral(actor: Actor, reference: str, **_: Any) -> Referral:
    """The referral with this reference, if the actor may open it; else it does not exist."""
    tidy = numbers.tidy(reference)
    if not numbers.is_valid(tidy, "RF"):
        raise NotFound
    query = select(Referral).where(
        Referral.reference == tidy, visible(actor, Permission.REFERRAL_OPEN, Referral)
    )
    options = (
        selectinload(Referral.services),
        joinedload(Referral.sent_by),
        joinedload(Referral.case).joinedload(Case.owner),
    )
    found = db.session.execute(query.options(*options)).unique().scalar_one_or_none()
    return _there_is(found if is_shown(actor, found) else None)


def _there_is(record: Row | None) -> Row:
    """``record``; raises :class:`web.errors.NotFound` where there is none."""
    if record is None:
        raise NotFound
    return record


def referrals(actor: Actor, group: str = "waiting", cursor: str = "") -> paging.Page:
    """A page of referrals of one group: a partner's inbox or a mission's sent ones."""
    query = select(Referral).where(Referral.state.in_(GROUPS[group]))
    found = paging.page(
        query,
        (Referral.sent_at, Referral.id),
        cursor,
        ways=visible_by_clause(actor, Permission.REFERRAL_OPEN, Referral),
    )
    return found if group == "done" else paging.only(found, shows(actor))


def _own_past(actor: Actor) -> ColumnElement[bool]:
    """What was referred to the actor's own organisation since they came, but what is kept from
    them; nothing for whoever was forced to sign in.
    """
    if actor.forced:
        return false()
    return works_for_partner(actor, Referral) & outside_blocks(actor, Referral)


def ended_of_partner(actor: Actor, cursor: str = "") -> paging.Page:
    """What ended at the actor's own organisation, newest first: its own work, without the person.

    What was released has ended; what was referred before they came is not theirs.
    """
    query = select(Referral).where(Referral.state.in_(Sets.REFERRAL_ENDED), _own_past(actor))
    query = query.options(selectinload(Referral.services))
    return paging.page(query, (Referral.sent_at, Referral.id), cursor)


def ended(actor: Actor, reference: str, **_: Any) -> Referral:
    """One of them; another's does not exist."""
    tidy = numbers.tidy(reference)
    query = select(Referral).where(
        Referral.reference == tidy,
        Referral.state.in_(Sets.REFERRAL_ENDED),
        _own_past(actor),
    )
    query = query.options(selectinload(Referral.services))
    return _there_is(db.session.execute(query).unique().scalar_one_or_none())


def counts(actor: Actor) -> dict[str, int]:
    """How many referrals in each group that is still open."""
    query = select(Referral.state, func.count()).where(
        visible(actor, Permission.REFERRAL_OPEN, Referral), Referral.state.in_(Sets.REFERRAL_LIVE)
    )
    by_state: dict[Any, int] = dict(db.session.execute(query.group_by(Referral.state)).all())
    return {
        name: sum(by_state.get(state, 0) for state in states)
        for name, states in GROUPS.items()
        if name != "done"
    }


def of_case(case: Case, cursor: str = "") -> paging.Page:
    """The referrals of a case the caller has loaded through its own permission, newest first."""
    query = select(Referral).where(Referral.case_id == case.id)
    return paging.page(query.options(selectinload(Referral.services)), (Referral.id,), cursor)


def to_refer_together(actor: Actor, numbers: Iterable[str]) -> list[Case]:
    """The cases with these numbers, each once; the actor must be allowed to refer each."""
    together = [cases.case(actor, number) for number in dict.fromkeys(numbers)]
    for case in together:
        require(actor, Permission.REFERRAL_SEND, case)
    return together


def board(actor: Actor) -> dict[ReferralState, paging.Page]:
    """Open referrals by state, the first to be due first: the first :data:`LANE` of each, with how
    many there are.
    """
    return {
        state: lane(actor, state)
        for state in (ReferralState.SENT, ReferralState.ACCEPTED, ReferralState.IN_SERVICE)
    }


def lane(actor: Actor, state: ReferralState, after: str = "") -> paging.Page:
    """One column of the board, page by page."""
    query = select(Referral).where(
        visible(actor, Permission.REFERRAL_OPEN, Referral), Referral.state == state
    )
    found = paging.counted(query.order_by(Referral.answer_by, Referral.id), after, LANE)
    return paging.only(found, shows(actor))


def log(actor: Actor) -> list[Service]:
    """The services that the actor's own organisation logged, newest first.

    The referral may have ended, the log is theirs; what was referred before they came is not.
    """
    query = select(Service).join(Referral).where(_own_past(actor))
    query = query.order_by(Service.id.desc()).options(joinedload(Service.referral))
    return list(db.session.execute(query).unique().scalars())


def partner(_actor: Actor, code: str, **_: Any) -> Organisation:
    """The partner with this code; the policy decides what the actor may do there."""
    query = select(Organisation).where(Organisation.code == code, Organisation.kind == "partner")
    return _there_is(db.session.execute(query).scalar_one_or_none())


def organisation(organisation_id: int) -> Organisation:
    """One organisation, whoever asks; the verb says what may be done with it."""
    return _there_is(db.session.get(Organisation, organisation_id))


def cut_offs(cursor: str = "") -> paging.Page:
    """Organisations that were cut off, newest first."""
    return paging.page(select(CutOff), (CutOff.id,), cursor)


def known_to(actor: Actor, cut: CutOff, cursor: str = "") -> paging.Page:
    """Whom an organisation knew of: cases that the actor may open, or all of them."""
    query = select(CutOffCase).where(CutOffCase.cut_off_id == cut.id)
    if not allows(actor, Permission.CUT_OFF_MAKE, cut):
        query = query.join(Case).where(visible(actor, Permission.CASE_OPEN, Case))
    return paging.page(query, (CutOffCase.id,), cursor)


def missions() -> list[Organisation]:
    """Every mission, by name."""
    query = working("mission")
    return sorted(db.session.execute(query).scalars(), key=attrgetter("name"))


def incoming_referral(actor: Actor, reference: str, **_: Any) -> IncomingReferral:
    """A person referred to a mission, for that mission and the partner that told.

    For others it does not exist.
    """
    tidy = numbers.tidy(reference)
    if not numbers.is_valid(tidy, "RI"):
        raise NotFound
    query = select(IncomingReferral).where(
        IncomingReferral.reference == tidy, visible(actor, Permission.INWARD_OPEN, IncomingReferral)
    )
    return _there_is(db.session.execute(query).unique().scalar_one_or_none())


def incoming_referrals(actor: Actor, cursor: str = "") -> paging.Page:
    """Persons referred to the actor's missions, or by the actor's organisation."""
    return paging.page(
        select(IncomingReferral),
        (IncomingReferral.sent_at, IncomingReferral.id),
        cursor,
        ways=visible_by_clause(actor, Permission.INWARD_OPEN, IncomingReferral),
    )


def count_incoming(actor: Actor) -> int:
    """How many wait for the answer of the actor's missions."""
    query = (
        select(func.count())
        .select_from(IncomingReferral)
        .where(
            IncomingReferral.state == IncomingReferralState.SENT,
            visible(actor, Permission.INWARD_ANSWER, IncomingReferral),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


def to_answer(actor: Actor) -> int:
    """How many referrals wait for the answer of the actor's organisation."""
    query = (
        select(func.count())
        .select_from(Referral)
        .where(
            visible(actor, Permission.REFERRAL_ANSWER, Referral),
            Referral.state == ReferralState.SENT,
            Referral.answer_by > now(),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


@opened("trail")
def openings(referral: Referral) -> list[release.Opening]:
    """When somebody of the partner opened what was released, by an account or a link, the first
    look first.
    """
    told = release.latest("referral", referral.reference)
    return release.openings(told) if told else []


def account(user_id: int | None) -> User | None:
    """Who wrote something down; None for nobody."""
    return None if user_id is None else db.session.get(User, user_id)

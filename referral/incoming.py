"""Referrals that come to us: a partner tells a mission of a person, a caseworker takes them or not.

What was told is sealed under a key of its own that ends with the answer. The partner learns the
answer and nothing else: not whether the person was known, not the number of the case.
"""

import secrets
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Role
from casework.core import search
from casework.intake import registration
from casework.records import changes
from casework.records.kinds import KINDS
from models import numbering
from models.base import db, now, today
from models.cases import Case
from models.people import Organisation, User
from models.referrals import IncomingReferral
from models.rules import NotPossible, RuleBroken
from models.states import INCOMING_REFERRAL, IncomingReferralState
from notifications import outbox, webhooks
from referral import deadlines
from standards import lists
from web.links import link

PERSON = (
    "call_name",
    "given_names",
    "family_name",
    "birth",
    "sex",
    "citizenship",
    "languages",
    "phone",
    "safe_contact",
)


def send(*, by: Actor, given: dict[str, Any]) -> IncomingReferral:
    """Tell a mission of a person (:class:`referral.schemas.InwardReferralSchema`).

    The same form twice is one referral. Raises a broken rule without the person's leave.
    """
    partner_id = by.office_for(Role.PARTNER)
    token = f"{partner_id}:{given.pop('token', '') or secrets.token_hex(8)}"
    query = select(IncomingReferral).where(IncomingReferral.token == token)
    earlier = db.session.execute(query).scalar_one_or_none()
    if earlier is not None:
        return earlier
    office = check(given)
    urgency = given["urgency"]
    incoming_referral = IncomingReferral(
        partner_id=partner_id,
        office=office,
        sent_by_id=by.id,
        urgency=urgency,
        answer_by=deadlines.answer_by(urgency, now(), office.id),
        token=token,
    )
    INCOMING_REFERRAL.move(incoming_referral, "tell", by=by)
    numbering.add(incoming_referral)
    incoming_referral.told = {name: value for name, value in given.items() if name not in BESIDE}
    outbox.post(
        "inward.sent",
        reference=incoming_referral.reference,
        path=link("incoming.show", incoming_referral),
        to=_who_answers(office),
        urgent=urgency == "emergency",
        office=office.id,
    )
    return incoming_referral


BESIDE = frozenset(("office", "agrees", "urgency", "token"))  # of the form, but not of the person


def check(given: dict[str, Any]) -> Organisation:
    """The mission that is told. Raises where the person has not agreed, or nobody answers there."""
    office = _mission(given["office"])
    if not given.get("agrees", False):
        raise RuleBroken(_("Tell us of a person only after they agreed to it."), "agrees")
    return office


def _mission(office_id: int) -> Organisation:
    office = db.session.get(Organisation, office_id)
    if office is None or office.kind != "mission":
        raise RuleBroken(_("Choose a mission of the list."), "office")
    if not _who_answers(office):
        message = _(
            "Nobody works at %(name)s who could answer. Call them, or choose another mission.",
            name=office.name,
        )
        raise RuleBroken(message, "office")
    return office


def _who_answers(office: Organisation) -> list[User]:
    return outbox.people_of(office.id, Role.CASEWORKER, Role.SUPERVISOR)


def candidates(by: Actor, incoming_referral: IncomingReferral, why: str = "") -> list[search.Found]:
    """Cases that may be of the same person, as far as the caseworker who asks may see them.

    ``why``: the reason for which other offices are named.
    """
    country = incoming_referral.office.country
    return search.duplicates(by=by, person=dict(incoming_referral.told), country=country, why=why)


def accept(
    *,
    by: Actor,
    incoming_referral: IncomingReferral,
    duplicate: str = "",
    duplicate_of: str = "",
) -> Case:
    """Open a case of what was told; whoever accepts holds it.

    Raises where the same person may be known and nobody said whether it is them.
    """
    _lock(incoming_referral)
    disclosed = dict(incoming_referral.told)
    hits = candidates(by, incoming_referral)
    if any(hit.likely and hit.case is not None for hit in hits) and not duplicate:
        raise RuleBroken(_("Say whether it is the same person as the case beside."), "duplicate")
    case = registration.register(
        by=by,
        given=_registration(disclosed) | {"duplicate": duplicate or "cannot_tell"},
        office=incoming_referral.office,
        owner_id=by.id,
        team_id=_team_id(by, incoming_referral.office_id),
        person_id=_same_person(hits, duplicate_of) if duplicate == "same" else None,
    )
    about = {
        "organisation": incoming_referral.partner.name,
        "on": today(),
        "details": disclosed.get("why", ""),
    }
    changes.add(by=by, case=case, kind=KINDS["inward"], given=about)
    _answer(by, incoming_referral, "accept", case_id=case.id)
    return case


def _same_person(hits: list[search.Found], number: str) -> int | None:
    """The person of the case that was said to be the same, among those found."""
    same = (hit.person_id for hit in hits if hit.case is not None and hit.case.number == number)
    return next(same, None)


def _team_id(by: Actor, office_id: int) -> int | None:
    """The team in which ``by`` works at an office."""
    grants = by.user.grants if by.user else []
    teams = (grant.team_id for grant in grants if grant.organisation_id == office_id)
    return next((team_id for team_id in teams if team_id), None)


def _registration(disclosed: dict[str, Any]) -> dict[str, Any]:
    """What was told, as :func:`casework.intake.registration.register` takes it."""
    return {
        "channel": "referral",
        "consent": {
            "assistance": "agrees",
            "manner": disclosed.get("manner", "spoken"),
            "language": disclosed.get("language", ""),
        },
        "person": _filled(disclosed, PERSON),
        "needs": _filled(disclosed, ("needs", "safety_note")),
    }


def _filled(disclosed: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: disclosed[name] for name in names if disclosed.get(name)}


def decline(*, by: Actor, incoming_referral: IncomingReferral, reason: str) -> None:
    """The mission cannot take the person; what was told is destroyed."""
    _lock(incoming_referral)
    _answer(by, incoming_referral, "decline", reason=reason)


def cut_off(*, by: Actor, incoming_referral: IncomingReferral) -> None:
    """The organisation that told was cut off: what it told is destroyed, and it is told nothing."""
    INCOMING_REFERRAL.move(incoming_referral, "cut_off", by=by)
    incoming_referral.decline_reason = "cut_off"
    incoming_referral.forget()
    audit.record("inward_declined", subject=incoming_referral.reference)


def _lock(incoming_referral: IncomingReferral) -> None:
    """Of two who answer at the same moment one does, the other is refused."""
    query = select(IncomingReferral.id).where(IncomingReferral.id == incoming_referral.id)
    db.session.execute(query.with_for_update()).all()
    db.session.refresh(incoming_referral)
    if not incoming_referral.waits_for_answer:
        raise NotPossible(INCOMING_REFERRAL.refusal)


def _answer(
    by: Actor,
    incoming_referral: IncomingReferral,
    verb: str,
    *,
    reason: str = "",
    case_id: int | None = None,
) -> None:
    INCOMING_REFERRAL.move(incoming_referral, verb, by=by)
    incoming_referral.decline_reason = reason
    incoming_referral.case_id = case_id
    incoming_referral.forget()
    reference = incoming_referral.reference
    state = incoming_referral.state
    audit.record(f"inward_{state}", subject=reference, cases=(case_id,) if case_id else ())
    partner_id = incoming_referral.partner_id
    address = link("incoming.show", incoming_referral)
    workers = outbox.people_of(partner_id, Role.PARTNER)
    outbox.post(
        f"inward.{state}",
        reference=reference,
        path=address,
        to=workers,
        office=incoming_referral.office_id,
    )
    webhooks.post(f"inward.{state}", reference=reference, path=address, organisation_id=partner_id)


def escalate_late() -> int:
    """Periodic: what nobody of a mission answered in time goes to its supervisors, once.

    Gives how many are late.
    """
    query = select(IncomingReferral).where(
        IncomingReferral.state == IncomingReferralState.SENT,
        IncomingReferral.answer_by < now(),
        outbox.untold("inward.late", IncomingReferral.reference),
    )
    late = list(db.session.execute(query.order_by(IncomingReferral.answer_by)).unique().scalars())
    for incoming_referral in late:
        outbox.post(
            "inward.late",
            reference=incoming_referral.reference,
            path=link("incoming.show", incoming_referral),
            to=outbox.people_of(incoming_referral.office_id, Role.SUPERVISOR),
            urgent=True,
            office=incoming_referral.office_id,
        )
    return len(late)


def shown(disclosed: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """What was told, in the order of the form: field, label, value."""
    labels = dict((*lists.RELEASABLE, *lists.INWARD_FIELDS))
    return [
        (name, str(label), disclosed[name]) for name, label in labels.items() if disclosed.get(name)
    ]

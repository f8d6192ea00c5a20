"""Referrals that come to us: a partner tells a mission of a person, a caseworker takes them or says why not.

What was told is sealed under a key of its own that ends with the answer. The partner learns the answer and nothing else: not whether the person
was known, not the number of the case.
"""

import secrets
from datetime import timedelta
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
from models.people import Organisation
from models.referrals import IncomingReferral
from models.rules import RuleBroken
from models.states import INCOMING_REFERRAL, IncomingReferralState
from notifications import outbox, webhooks
from referral import states
from standards import lists

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
    """Tell a mission of a person. The same form twice is one referral. Raises a broken rule without the person's leave."""
    partner_id = min(by.at(Role.PARTNER))
    token = f"{partner_id}:{given.pop('token', '') or secrets.token_hex(8)}"
    known = db.session.execute(
        select(IncomingReferral).where(IncomingReferral.token == token)
    ).scalar_one_or_none()
    if known is not None:
        return known
    office = db.session.get(Organisation, given.pop("office"))
    if office is None or office.kind != "mission":
        raise RuleBroken(_("Choose a mission of the list."), "office")
    if not given.pop("agrees", False):
        raise RuleBroken(_("Tell us of a person only after they agreed to it."), "agrees")
    urgency = given.pop("urgency")
    made = IncomingReferral(
        partner_id=partner_id,
        office=office,
        sent_by_id=by.id,
        urgency=urgency,
        answer_by=states.answer_by(urgency, now()),
        token=token,
    )
    INCOMING_REFERRAL.move(made, "tell", by=by)
    numbering.add(made)
    made.told = given
    outbox.post(
        "inward.sent",
        reference=made.reference,
        path=path(made),
        to=_receivers(office),
        urgent=urgency == "emergency",
    )
    return made


def path(inward: IncomingReferral) -> str:
    """Where an inward referral is read."""
    return f"/inward/{inward.reference}"


def _receivers(office: Organisation) -> list[Any]:
    return outbox.people_of(office.id, Role.CASEWORKER, Role.SUPERVISOR)


def known(by: Actor, inward: IncomingReferral) -> list[search.Found]:
    """Cases that may be of the same person, as far as the caseworker who asks may see them."""
    return search.duplicates(by=by, person=dict(inward.told), country=inward.office.country)


def accept(
    *, by: Actor, inward: IncomingReferral, duplicate: str = "", duplicate_of: str = ""
) -> Case:
    """Open a case of what was told; whoever accepts holds it. Raises where the same person may be known and nobody said whether it is them."""
    _hold(inward)
    told = dict(inward.told)
    found = known(by, inward)
    if any(hit.likely and hit.case is not None for hit in found) and not duplicate:
        raise RuleBroken(_("Say whether it is the same person as the case beside."), "duplicate")
    same = next(
        (
            hit.person_id
            for hit in found
            if duplicate == "same" and hit.case is not None and hit.case.number == duplicate_of
        ),
        None,
    )
    team_id = (
        next(
            (
                grant.team_id
                for grant in by.user.grants
                if grant.organisation_id == inward.office_id and grant.team_id
            ),
            None,
        )
        if by.user
        else None
    )
    whole = {
        "channel": "referral",
        "duplicate": duplicate or "cannot_tell",
        "consent": {
            "assistance": "agrees",
            "manner": told.get("manner", "spoken"),
            "language": told.get("language", ""),
        },
        "person": {name: told[name] for name in PERSON if told.get(name)},
        "needs": {name: told[name] for name in ("needs", "safety_note") if told.get(name)},
    }
    case = registration.register(
        by=by, given=whole, office=inward.office, owner_id=by.id, team_id=team_id, person_id=same
    )
    changes.add(
        by=by,
        case=case,
        kind=KINDS["inward"],
        given={"organisation": inward.partner.name, "on": today(), "details": told.get("why", "")},
    )
    _answer(by, inward, "accept", case_id=case.id)
    return case


def decline(*, by: Actor, inward: IncomingReferral, reason: str) -> None:
    """The mission cannot take the person; what was told is destroyed."""
    _hold(inward)
    _answer(by, inward, "decline", reason=reason)


def _hold(inward: IncomingReferral) -> None:
    """Of two who answer at the same moment one does, the other is told."""
    db.session.execute(
        select(IncomingReferral.id).where(IncomingReferral.id == inward.id).with_for_update()
    ).all()
    db.session.refresh(inward)
    if not INCOMING_REFERRAL.can(inward, "accept"):
        raise RuleBroken(_("A colleague answered this already."))


def _answer(
    by: Actor, inward: IncomingReferral, verb: str, *, reason: str = "", case_id: int | None = None
) -> None:
    INCOMING_REFERRAL.move(inward, verb, by=by)
    inward.decline_reason = reason
    inward.case_id = case_id
    inward.forget()
    audit.record(
        f"inward_{inward.state}", subject=inward.reference, cases=(case_id,) if case_id else ()
    )
    outbox.post(
        f"inward.{inward.state}",
        reference=inward.reference,
        path=path(inward),
        to=outbox.people_of(inward.partner_id, Role.PARTNER),
    )
    webhooks.post(
        f"inward.{inward.state}",
        reference=inward.reference,
        path=path(inward),
        organisation_id=inward.partner_id,
    )


def escalate_late() -> int:
    """Periodic: what nobody of a mission answered in time goes to its supervisors, once. Gives how many are late."""
    query = (
        select(IncomingReferral)
        .where(
            IncomingReferral.state == IncomingReferralState.SENT,
            IncomingReferral.answer_by < now(),
            IncomingReferral.answer_by > now() - timedelta(days=14),
        )
        .limit(500)
    )
    late = list(db.session.execute(query).unique().scalars())
    for inward in late:
        outbox.post(
            "inward.late",
            reference=inward.reference,
            path=path(inward),
            to=outbox.people_of(inward.office_id, Role.SUPERVISOR),
            urgent=True,
        )
    return len(late)


def shown(told: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """What was told, in the order of the form: field, label, value."""
    labels = dict((*lists.RELEASABLE, *lists.INWARD_FIELDS))
    return [(name, str(label), told[name]) for name, label in labels.items() if told.get(name)]

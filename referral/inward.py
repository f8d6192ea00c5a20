"""Referrals that come to us: a partner tells a mission of a person, a caseworker takes them or says why not.

What was told is sealed under a key of its own that ends with the answer. The partner learns the answer and nothing else: not whether the person
was known, not the number of the case.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import gate
from access.actors import Actor
from access.permissions import Role
from casework import registering, searching
from casework.records import keeping
from casework.records.kinds import KINDS
from models import numbering
from models.base import db, now, today
from models.cases import Case
from models.people import Organisation
from models.referrals import Inward
from notifications import hooks, outbox
from referral import states
from standards import lists
from web.faults import RuleBroken

PERSON = ("call_name", "given_names", "family_name", "birth", "sex", "citizenship", "languages", "phone", "safe_contact")


def send(*, by: Actor, given: dict[str, Any]) -> Inward:
    """Tell a mission of a person. The same form twice is one referral. Raises a broken rule without the person's leave."""
    partner_id = min(by.at(Role.PARTNER))
    token = f"{partner_id}:{given.pop('token', '') or secrets.token_hex(8)}"
    known = db.session.execute(select(Inward).where(Inward.token == token)).scalar_one_or_none()
    if known is not None:
        return known
    office = db.session.get(Organisation, given.pop("office"))
    if office is None or office.kind != "mission":
        raise RuleBroken(_("Choose a mission of the list."), "office")
    if not given.pop("agrees", False):
        raise RuleBroken(_("Tell us of a person only after they agreed to it."), "agrees")
    urgency = given.pop("urgency")
    made = Inward(partner_id=partner_id, office=office, sent_by_id=by.id, urgency=urgency, answer_by=states.answer_by(urgency, now()), token=token)
    numbering.add(made)
    made.told = given
    outbox.post("inward.sent", reference=made.reference, path=path(made), to=_receivers(office), urgent=urgency == "emergency")
    return made


def path(inward: Inward) -> str:
    """Where an inward referral is read."""
    return f"/inward/{inward.reference}"


def _receivers(office: Organisation) -> list[Any]:
    return outbox.people_of(office.id, Role.CASEWORKER, Role.SUPERVISOR)


def known(by: Actor, inward: Inward) -> list[searching.Found]:
    """Cases that may be of the same person, as far as the caseworker who asks may see them."""
    return searching.duplicates(by=by, person=dict(inward.told), country=inward.office.country)


def accept(*, by: Actor, inward: Inward, duplicate: str = "", duplicate_of: str = "") -> Case:
    """Open a case of what was told; whoever accepts holds it. Raises where the same person may be known and nobody said whether it is them."""
    _hold(inward)
    told = dict(inward.told)
    found = known(by, inward)
    if any(hit.likely and hit.case is not None for hit in found) and not duplicate:
        raise RuleBroken(_("Say whether it is the same person as the case beside."), "duplicate")
    same = next((hit.person_id for hit in found if duplicate == "same" and hit.case is not None and hit.case.number == duplicate_of), None)
    team_id = next((grant.team_id for grant in by.user.grants if grant.organisation_id == inward.office_id and grant.team_id), None) if by.user else None
    whole = {
        "channel": "referral",
        "consent": {"assistance": "agrees", "manner": told.get("manner", "spoken"), "language": told.get("language", "")},
        "person": {name: told[name] for name in PERSON if told.get(name)},
        "needs": {name: told[name] for name in ("needs", "safety_note") if told.get(name)},
    }
    case = registering.register(by=by, given=whole, office=inward.office, owner_id=by.id, team_id=team_id, person_id=same)
    keeping.add(by=by, case=case, kind=KINDS["inward"], given={"organisation": inward.partner.name, "on": today(), "details": told.get("why", "")})
    _answer(by, inward, "accepted", case_id=case.id)
    return case


def decline(*, by: Actor, inward: Inward, reason: str) -> None:
    """The mission cannot take the person; what was told is destroyed."""
    _hold(inward)
    _answer(by, inward, "declined", reason=reason)


def _hold(inward: Inward) -> None:
    """Of two who answer at the same moment one does, the other is told."""
    db.session.execute(select(Inward.id).where(Inward.id == inward.id).with_for_update()).all()
    db.session.refresh(inward)
    if inward.state != "sent":
        raise RuleBroken(_("A colleague answered this already."))


def _answer(by: Actor, inward: Inward, state: str, *, reason: str = "", case_id: int | None = None) -> None:
    inward.state, inward.decline_reason, inward.case_id = state, reason, case_id
    inward.answered_at, inward.answered_by_id = now(), by.id
    inward.forget()
    gate.note(f"inward_{state}", subject=inward.reference, cases=(case_id,) if case_id else ())
    outbox.post(f"inward.{state}", reference=inward.reference, path=path(inward), to=outbox.people_of(inward.partner_id, Role.PARTNER))
    hooks.post(f"inward.{state}", reference=inward.reference, path=path(inward), organisation_id=inward.partner_id)


def escalate_late() -> int:
    """Periodic: what nobody of a mission answered in time goes to its supervisors, once. Gives how many are late."""
    query = select(Inward).where(Inward.state == "sent", Inward.answer_by < now(), Inward.answer_by > now() - timedelta(days=14)).limit(500)
    late = list(db.session.execute(query).unique().scalars())
    for inward in late:
        outbox.post("inward.late", reference=inward.reference, path=path(inward), to=outbox.people_of(inward.office_id, Role.SUPERVISOR), urgent=True)
    return len(late)


def shown(told: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """What was told, in the order of the form: field, label, value."""
    labels = dict((*lists.RELEASABLE, *lists.INWARD_FIELDS))
    return [(name, str(label), told[name]) for name, label in labels.items() if told.get(name)]

"""Referrals in every state: sent, taken back, declined, in service, completed."""

from datetime import datetime, timedelta

from demo import names
from demo.acting import Scene, acts_as, lies_ahead
from models import clock
from models.base import db, today
from models.cases import Case
from models.people import Organisation, User
from models.referrals import Referral
from referral import responses, sending

# Who answers for the partners that have accounts.
HELPERS = {"DARAMEL": "Salma Jaziri", "SAHELAIDE": "Hadiza Oumarou"}
_FIELDS = ["call_name", "languages", "sex", "age_band", "needs", "safety_note"]
_LATELY = timedelta(days=200)


def refer(scene: Scene, moment: datetime, case_id: int, worker: User) -> None:
    """Refer a case to a partner the person agreed to, and let the partner answer."""
    if lies_ahead(moment):
        return
    referral_id = _send(scene, moment, case_id, worker)
    if referral_id is None:
        return
    partner = db.session.get_one(Referral, referral_id).partner
    if partner.code not in HELPERS:
        with acts_as(worker, moment + timedelta(days=1)) as by:
            sending.revoke(by=by, referral=db.session.get_one(Referral, referral_id))
        return
    outcome = scene.chance.random()
    helper = scene.users[HELPERS[partner.code]]
    if outcome >= 0.08 and _answer(scene, moment, referral_id, helper, outcome):
        _serve(scene, moment, referral_id, helper, outcome)


def _send(scene: Scene, moment: datetime, case_id: int, worker: User) -> int | None:
    """Gives the id of the referral; None where the person agreed to no partner."""
    chance = scene.chance
    with acts_as(worker, moment) as by:
        case = db.session.get_one(Case, case_id)
        partner = _partner(scene, case, moment)
        if partner is None:
            return None
        service = chance.choice(partner.services)
        referral = sending.send(
            by=by,
            case=case,
            partner=partner.id,
            service=service,
            urgency=chance.choice(("standard", "urgent", "emergency")),
            fields_=_FIELDS,
            language=names.LANGUAGES.get(case.citizenship, ["en"])[0],
        )
        return referral.id


def _partner(scene: Scene, case: Case, moment: datetime) -> Organisation | None:
    agreed = [
        line.recipient for line in case.consents if line.recipient and line.in_force(moment.date())
    ]
    if not agreed:
        return None
    weights = [8 if partner.code in HELPERS else 1 for partner in agreed]
    return scene.chance.choices(agreed, weights)[0]


def _answer(scene: Scene, moment: datetime, referral_id: int, helper: User, outcome: float) -> bool:
    """Gives whether the partner took the person and goes on to serve them."""
    answered_at = moment + timedelta(hours=scene.chance.randint(1, 20))
    with acts_as(helper, answered_at) as by:
        referral = db.session.get_one(Referral, referral_id)
        if outcome < 0.2:
            reason = scene.chance.choice(("full", "not_ours", "not_safe"))
            responses.decline(by=by, referral=referral, reason=reason)
            return False
        responses.accept(by=by, referral=referral)
    return outcome >= 0.35 or moment <= clock.moment() - _LATELY


def _serve(scene: Scene, moment: datetime, referral_id: int, helper: User, outcome: float) -> None:
    with acts_as(helper, min(moment + timedelta(days=5), clock.moment())) as by:
        referral = db.session.get_one(Referral, referral_id)
        responses.log_service(
            by=by,
            referral=referral,
            kind=referral.service,
            given_on=today(),
            quantity=scene.chance.randint(1, 9),
            outcome="given",
        )
        if outcome > 0.5 or moment < clock.moment() - _LATELY:
            responses.complete(by=by, referral=referral)

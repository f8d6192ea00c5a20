"""Returns in every state, from an application to the last visit after return."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from avrr import (
    assistance_items,
    handover,
    home_consent,
    preparation,
    readiness,
    reintegration,
    steps,
    visits,
)
from casework.core import ages, consent
from casework.core import approvals as agreeing
from demo import names
from demo.acting import Scene, acts_as, lies_ahead
from funds import approvals, payments, requests
from models import clock
from models.assistance import Assistance
from models.base import db, now, today
from models.cases import Case
from models.dates import months_after
from models.money import FundRequest
from models.people import Organisation, User
from models.returns import Return
from models.states import FundRequestState
from models.work import Approval
from standards import places, returning

_MISSIONS = {"CI": "ABJ", "BD": "DAC"}
_OF_ASIA = frozenset({"AF", "BD", "IN", "LK", "MM", "NP", "PK", "PH", "ID", "VN"})
_COUNTRIES = {"CI": ("Aya Kouassi", "Abidjan"), "BD": ("Farhana Islam", "Dhaka")}
_BEGUN = {"application": "", "counselling": "", "eligibility": "eligible", "protection_check": "ok"}
_ANSWERED = dict.fromkeys(returning.GROUNDS_ASKED, "no")
_PLAN = {
    "economic": "A small business with a brother.",
    "social": "A room near the market.",
    "psychosocial": "Meets others who came back.",
}


def begin(scene: Scene, moment: datetime, case_id: int, worker: User, boss: User) -> None:
    """Begin a return and ask money for it; most go on to travel."""
    if moment > clock.moment() - timedelta(days=2):
        return
    chance = scene.chance
    with acts_as(worker, moment) as by:
        case = db.session.get_one(Case, case_id)
        if case.citizenship in {"", case.office.country}:
            return  # nobody is sent to a country that is not theirs
        return_ = _start(by, case, chance)
        return_id, needs_word = return_.id, readiness.needs_approval(return_)
        request_id = _ask(by, case, chance).id
        is_child = ages.counts_as_child(case)
        asked_id = agreeing.ask(by=by, case=case, what="return").id if needs_word else None
    if is_child or chance.random() < 0.1:
        return
    with acts_as(boss, moment + timedelta(days=1)) as by:
        approvals.approve(by=by, request=db.session.get_one(FundRequest, request_id))
        if asked_id is not None:
            asked = db.session.get_one(Approval, asked_id)
            agreeing.answer(by=by, approval=asked, agrees=True, read=agreeing.mark(asked))
    if chance.random() < 0.06:
        with acts_as(worker, moment + timedelta(days=2)) as by:
            preparation.withdraw(by=by, return_=db.session.get_one(Return, return_id))
        return
    _travel(scene, moment, return_id, worker)


def _start(by: Actor, case: Case, chance: random.Random) -> Return:
    """A return home with its first steps done; where no mission is there, one of the region
    receives.
    """
    home = case.citizenship
    from_transit = case.office.country == "NE" or chance.random() < 0.3
    return_ = preparation.start(by=by, case=case, country=home, from_transit=from_transit)
    if home not in _COUNTRIES:
        handover.choose(by=by, return_=return_, mission=_MISSIONS[_region(home)])
    for step, outcome in _BEGUN.items():
        steps.do_step(
            by=by,
            return_=return_,
            step=step,
            done_on=now().date(),
            outcome=outcome,
            language=names.LANGUAGES.get(home, ["en"])[0],
            interpreter=True,
            options=["stay", "asylum", "return"],
            **_ANSWERED,
        )
    return return_


def _region(country: str) -> str:
    """The country whose mission receives people of ``country``."""
    return country if country in _COUNTRIES else "BD" if country in _OF_ASIA else "CI"


def _ask(by: Actor, case: Case, chance: random.Random) -> FundRequest:
    is_eligible = bool(set(case.categories) & {"stranded", "trafficking"})
    fund = "HASM-1" if is_eligible and chance.random() < 0.75 else "AVRR-1"
    lines = {"travel": str(chance.randint(300, 1500))}
    tried = [{"programme": "AVRR-EU", "answer": "not_eligible", "on": today().isoformat()}]
    return requests.ask(by=by, case=case, fund=fund, lines=lines, tried=tried, assessed_on=today())


def _travel(scene: Scene, moment: datetime, return_id: int, worker: User) -> None:
    travel = moment + timedelta(days=12)
    if lies_ahead(travel):
        return
    with acts_as(worker, moment + timedelta(days=2)) as by:
        return_ = db.session.get_one(Return, return_id)
        if not consent.agreed(return_.case, "consulate"):
            return
        region = _region(return_.country)
        mission = scene.places[_MISSIONS[region]]
        _agree(by, return_.case, mission)
        receiver = scene.users[_COUNTRIES[region][0]]
        _prepare(by, return_, travel)
        handover.hand_over(by=by, return_=return_)
    if scene.chance.random() < 0.05:
        return
    with acts_as(receiver, moment + timedelta(days=3)) as by:
        handover.accept(by=by, return_=db.session.get_one(Return, return_id))
    with acts_as(worker, travel) as by:
        return_ = db.session.get_one(Return, return_id)
        preparation.depart(by=by, return_=return_, departed_on=travel.date())
        _account(by, return_, scene.chance)
    _settle(scene, travel + timedelta(days=1), return_id, receiver)


def _agree(by: Actor, case: Case, mission: Organisation) -> None:
    """Asked before anything goes home: the mission there may be told, like those named before."""
    named = [line.recipient_id for line in case.consents if line.recipient_id]
    until = consent.agreed_until(case, "assistance")
    is_child = ages.counts_as_child(case)
    answer = {
        "sharing": "agrees",
        "recipients": sorted({*named, mission.id}),
        "manner": "guardian" if is_child else "spoken",
        "witness": "Hind Belhadj",
        "valid_until": until,
    }
    consent.record(by=by, case=case, given=answer)


def _prepare(by: Actor, return_: Return, travel: datetime) -> None:
    """The last steps, and the journey."""
    said = {
        "language": return_.steps["counselling"].detail["language"],
        "proof": "paper",
        "paper": "laissez_passer",
        "document_number": f"LP {1000 + return_.id}",
        "consulate": True,
        "valid_until": (travel + timedelta(days=20)).date(),
    }
    for step in ("declaration", "travel_documents", "fit_to_travel"):
        said["outcome"] = "fit" if step == "fit_to_travel" else ""
        steps.do_step(by=by, return_=return_, step=step, done_on=now().date(), **said)
    home = _COUNTRIES.get(return_.country)
    leg = {
        "from": return_.case.office.city,
        "to": home[1] if home else places.country_name(return_.country, "en"),
        "carrier": "Invented Air 204",
        "on": travel.date(),
    }
    journey: dict[str, Any] = {"legs": [leg], "onward": "A car to the family."}
    steps.journey(by=by, return_=return_, given=journey)


def _account(by: Actor, return_: Return, chance: random.Random) -> None:
    """The ticket was paid; what is left goes back."""
    query = select(FundRequest).where(
        FundRequest.case_id == return_.case_id, FundRequest.state == FundRequestState.APPROVED
    )
    for request in db.session.execute(query).unique().scalars():
        cents = request.amount_minor * chance.randint(70, 100) // 100
        payments.spend(
            by=by,
            request=request,
            line="travel",
            amount=f"{cents // 100}.{cents % 100:02d}",
            on=now().date(),
            receipt=f"T-{request.id:05d}",
        )
        payments.close(by=by, request=request)


def _give(scene: Scene, planned: datetime, item_id: int, receiver: User) -> None:
    """A manager agrees, and the first instalment is given."""
    with acts_as(scene.users["Claire Morel"], planned + timedelta(hours=5)) as by:
        item = db.session.get_one(Assistance, item_id)
        assistance_items.decide(by=by, item=item, decision="approve")
    given = planned + timedelta(days=1)
    if lies_ahead(given):
        return
    with acts_as(receiver, given) as by:
        assistance_items.pay(
            by=by,
            item=db.session.get_one(Assistance, item_id),
            number=1,
            paid_on=given.date(),
            receipt=f"B-{item_id:05d}",
        )


_ASKED_ON = timedelta(days=550)  # who came home before is not asked any more


def _settle(scene: Scene, arrival: datetime, return_id: int, receiver: User) -> None:
    """Arrival, a plan, something to begin with, visits."""
    chance = scene.chance
    if lies_ahead(arrival):
        return
    with acts_as(receiver, arrival) as by:
        return_ = db.session.get_one(Return, return_id)
        reintegration.arrive(by=by, return_=return_, arrived_on=arrival.date())
    asking = _Asking(return_id, receiver, arrival)
    planned = arrival + timedelta(days=14)
    if lies_ahead(planned):
        return
    with acts_as(receiver, planned) as by:
        return_ = db.session.get_one(Return, return_id)
        reintegration.plan(by=by, return_=return_, given=dict(_PLAN))
        item = assistance_items.assist(
            by=by,
            return_=return_,
            kind=chance.choice(("micro_business", "training", "housing")),
            dimension="economic",
            amount=str(chance.randint(200, 900)),
            fund="AVRR-1",
            parts=chance.choice((1, 2, 3)),
            given_on=planned.date(),
        )
        number = item.id
    _give(scene, planned, number, receiver)
    _visits(chance, arrival, return_id, receiver, asking)
    if arrival > clock.moment() - _ASKED_ON:
        asking.again(clock.moment() - timedelta(days=chance.randint(1, 20)))


class _Asking:
    """The person at home is asked from time to time, before what they said last has ended."""

    EVERY = timedelta(days=175)

    def __init__(self, return_id: int, receiver: User, moment: datetime) -> None:
        self.return_id, self.receiver = return_id, receiver
        self._ask(moment)

    def again(self, moment: datetime) -> None:
        """As often as was needed until this moment."""
        while self.last + self.EVERY < moment:
            self._ask(self.last + self.EVERY)

    def _ask(self, moment: datetime) -> None:
        self.last = moment
        with acts_as(self.receiver, moment) as by:
            return_ = db.session.get_one(Return, self.return_id)
            answer = {"manner": "spoken", "language": "fr"}
            home_consent.ask(by=by, return_=return_, given=answer)


def _visits(
    chance: random.Random, arrival: datetime, return_id: int, receiver: User, asking: _Asking
) -> None:
    """Until today, or until somebody is not visited any more."""
    for month in reintegration.months("avrr"):
        visit = months_after(arrival, month) + timedelta(days=2)
        if lies_ahead(visit) or chance.random() < 0.12:
            break
        asking.again(visit)
        with acts_as(receiver, visit) as by:
            score = 30 + month * 2
            visits.follow_up(
                by=by,
                return_=db.session.get_one(Return, return_id),
                month=str(month),
                done_on=visit.date(),
                manner=chance.choice(("visit", "phone")),
                outcome="reached",
                economic=score + chance.randrange(20),
                social=score + 10 + chance.randrange(20),
                psychosocial=score + 12 + chance.randrange(20),
            )

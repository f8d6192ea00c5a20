"""Shelters, plans, health and legal matters of invented people, and what partners say.

Made through the verbs, as officers would.
"""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, placing
from models import clock
from models.base import db, today
from models.cases import Case
from models.people import Organisation, User
from models.referrals import Referral
from models.rules import RuleBroken
from models.shelter import Bed
from models.states import CaseStatus, ReferralState
from referral import feedback, incoming

ActsAs = Callable[[User, datetime], AbstractContextManager[Actor]]
HOUSES = (
    (
        "TUN",
        "Leila Mansour",
        "House Jasmine",
        "women",
        "any",
        (("Ground floor", 4, True), ("First floor", 6, False)),
    ),
    (
        "TUN",
        "Leila Mansour",
        "House Olive",
        "any",
        "any",
        (("Family room", 4, True), ("Upstairs", 5, False)),
    ),
    (
        "DARAMEL",
        "Youssef Ammar",
        "Dar Amel 1",
        "women",
        "any",
        (("Room 1", 3, True), ("Room 2", 3, False)),
    ),
)
LEFT_FREE = {"Upstairs"}  # so that whoever tries the demo finds a bed for a family
DAY = timedelta(days=1)
_FIRST_RISK: dict[str, Any] = {
    "rating": "high",
    "individual": ["trauma", "status"],
    "structural": ["detention"],
    "protects_community": ["friends"],
    "reason": "First interview.",
}
_SECOND_RISK: dict[str, Any] = {
    "individual": ["status"],
    "protects_household": ["housing"],
    "protects_community": ["friends"],
    "reason": "Calmer since the house.",
}
_SAFE_CONTACT: dict[str, Any] = {
    "ways": ["call"],
    "after": "14:00",
    "before": "17:00",
    "never": "Never leave a message.",
    "by": "A woman",
}
_GOAL: dict[str, Any] = {
    "area": "work",
    "words": "Finish the sewing course and rent a room.",
    "progress": "ongoing",
}
_SERVICE: dict[str, Any] = {
    "area": "legal",
    "what": "Recovery and reflection period",
    "by": "own",
    "progress": "ongoing",
}
_HELP: dict[str, Any] = {
    "kind": "clothes",
    "words": "Winter clothes",
    "quantity": 1,
    "received": True,
}
_REFERRED_TO_US = {
    "agrees": True,
    "manner": "spoken",
    "language": "fr",
    "urgency": "urgent",
    "call_name": "Awa",
    "birth": {"year": 2001, "estimated": True},
    "sex": "Feminine",
    "citizenship": "CI",
    "safe_contact": "Through our house, in the morning.",
    "needs": "Papers, and somebody to talk to.",
    "why": "She came alone three days ago.",
}


def assist(
    chance: random.Random, acts: ActsAs, places: dict[str, Organisation], users: dict[str, User]
) -> None:
    """Houses first, then some of the open cases of Tunis."""
    beds = _houses(acts, places, users)
    _network(acts, places, users)
    moment = clock.moment()
    for place, case_id in enumerate(_open_cases(places["TUN"])):
        owner = db.session.get_one(User, db.session.get_one(Case, case_id).owner_id)
        with acts(owner, moment) as by:
            _by_caseworker(chance, by, db.session.get_one(Case, case_id), place)
        if place < 7:
            _place(acts, owner, moment, case_id, beds)
        if place % 3 == 0:
            with acts(users["Sami Haddad"], moment) as by:
                _by_health(by, db.session.get_one(Case, case_id))
        if place % 3 == 1:
            with acts(users["Ines Gharbi"], moment) as by:
                _by_lawyer(by, db.session.get_one(Case, case_id), place)


def _open_cases(office: Organisation) -> list[int]:
    """The twelve cases opened last."""
    query = (
        select(Case.id)
        .where(
            Case.office_id == office.id,
            Case.status.in_((CaseStatus.OPEN, CaseStatus.ASSISTANCE)),
        )
        .order_by(Case.id.desc())
        .limit(12)
    )
    return list(db.session.execute(query).scalars())


def _by_lawyer(by: Actor, case: Case, place: int) -> None:
    given = {
        "on": today() + timedelta(days=9 + place),
        "place": "Court of first instance",
        "what": "Testimony",
        "at": "10:00",
    }
    changes.add(by=by, case=case, kind=KINDS["hearing"], given=given)


def _network(acts: ActsAs, places: dict[str, Organisation], users: dict[str, User]) -> None:
    """What partners said of themselves, how referrals went, and a person a partner refers to us."""
    for code, contact in (
        ("DARAMEL", "Duty telephone, day and night"),
        ("ELNOUR", "Ask for the social worker"),
        ("SAHELAIDE", "Office by the stadium"),
    ):
        places[code].contact = contact
        places[code].eligibility = "Adults and families; children with a guardian"
    _rate(acts)
    with acts(users["Salma Jaziri"], clock.moment() - timedelta(hours=5)) as by:
        incoming.send(by=by, given={"office": places["TUN"].id, **_REFERRED_TO_US})


def _rate(acts: ActsAs) -> None:
    """How the referrals that were completed last went."""
    completed = (
        select(Referral)
        .where(Referral.state == ReferralState.COMPLETED)
        .order_by(Referral.id.desc())
        .limit(24)
    )
    for place, referral in enumerate(db.session.execute(completed).unique().scalars()):
        if referral.sent_by is not None:
            side = "office" if place % 2 else "person"
            with acts(referral.sent_by, clock.moment()) as by:
                feedback.rate(by=by, referral=referral, side=side, rating=2 + place % 3)


def _houses(acts: ActsAs, places: dict[str, Organisation], users: dict[str, User]) -> list[int]:
    beds: list[int] = []
    for code, who, name, sex, ages, rooms in HOUSES:
        with acts(users[who], clock.moment()) as by:
            made = facilities.add(
                by=by,
                organisation=places[code],
                name=name,
                sex=sex,
                ages=ages,
                address="An invented street, behind the market. Ring twice.",
            )
            for room, count, step_free in rooms:
                added = facilities.add_room(
                    facility=made, name=room, beds=count, step_free=step_free
                )
                if room not in LEFT_FREE:
                    beds += [bed.id for bed in added.beds]
    return beds


def _by_caseworker(chance: random.Random, by: Actor, case: Case, place: int) -> None:
    """Two ratings of the risk, how to reach the person safely, and a plan."""

    def add(code: str, **given: Any) -> None:
        changes.add(by=by, case=case, kind=KINDS[code], given=given)

    add("risk", **_FIRST_RISK, on=today() - 20 * DAY)
    add("risk", **_SECOND_RISK, on=today() - DAY, rating=chance.choice(("low", "medium")))
    if place % 2:
        add("safe_contact", **_SAFE_CONTACT)
    add("need", area="health", words="Glasses", urgency="medium")
    add("goal", **_GOAL, until=today() + 90 * DAY)
    add("service", **_SERVICE, until=today() + (3 + place) * DAY)
    add("help", **_HELP, on=today() - 5 * DAY)


def _by_health(by: Actor, case: Case) -> None:
    def add(code: str, **given: Any) -> None:
        changes.add(by=by, case=case, kind=KINDS[code], given=given)

    add("appointment", kind="doctor", on=today() + 2 * DAY, at="09:30", place="El Nour clinic")
    for days, answers in ((28, (1, 2, 1, 1, 2)), (1, (3, 3, 2, 3, 3))):
        add(
            "session",
            on=today() - days * DAY,
            **dict(
                zip(("cheerful", "calm", "active", "rested", "interested"), answers, strict=True)
            ),
        )
    add("care", kind="diet", words="No nuts.")


def _place(acts: ActsAs, owner: User, moment: datetime, case_id: int, beds: list[int]) -> None:
    """The first free bed whose facility takes the person."""
    for bed_id in list(beds):
        try:
            with acts(owner, moment) as by:
                placing.place(
                    by=by,
                    case=db.session.get_one(Case, case_id),
                    bed=db.session.get_one(Bed, bed_id),
                    from_on=today() - 3 * DAY,
                    until_on=today() + 20 * DAY,
                )
        except RuleBroken:
            db.session.rollback()
        else:
            beds.remove(bed_id)
            return

"""Making the demo: organisations, people and five years of cases, referrals and returns.

Everything goes through the verbs, as the people who would do it, at the time it would have
happened.
"""

import json
import os
import random
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from casework.casefile import closure, contacts
from casework.core import tasks
from casework.intake import callers, registration
from demo import identifying, names, organisations, persons, referrals, returns, seed_assistance
from demo.acting import Scene, acts_as
from demo.organisations import Account
from models import clock
from models.base import db, now
from models.callers import Caller
from models.cases import Case, Task
from models.messages import Message
from models.people import User
from models.states import CaseStatus, MessageState
from operations import rewrapping

CASES = 400
_TASKS = ("safety", "plan_review", "call", "documents", "consent_renewal")
_DUE = (-4, -2, -1, 0, 0, 0, 2, 4, 6)  # days from today: late, today, soon


def make(accounts: Path) -> None:
    """Make the demo in an empty database; write the accounts to ``accounts`` (mode 0600)."""
    chance = random.Random(20130)
    places = organisations.places()
    users, passwords = organisations.people(places)
    db.session.commit()
    rewrapping.give_each_office_its_key()
    organisations.funds(users)
    db.session.commit()
    _write(accounts, passwords)
    scene = Scene(chance, places, users)
    for moment in sorted(_moment(chance) for _ in range(CASES)):
        _one_case(scene, moment)
    seed_assistance.assist(chance, acts_as, places, users)
    _fresh_work(scene)
    _callers(scene)
    _let_time_pass()
    db.session.commit()


def _let_time_pass() -> None:
    """What was told long ago was read long ago, what was due long ago was done."""
    db.session.execute(
        update(Message).values(
            state=MessageState.DELIVERED, delivered_at=Message.created_at, lease_until=None
        )
    )
    long_ago = tasks.due((now() - timedelta(days=7)).date())
    db.session.execute(
        update(Task).where(long_ago).values(done_at=now()),
        execution_options={"synchronize_session": False},
    )
    db.session.execute(
        update(Message)
        .where(Message.created_at < now() - timedelta(days=2))
        .values(read_at=Message.created_at)
    )


def _write(path: Path, accounts: list[Account]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(accounts, file, ensure_ascii=False, indent=1)


def _moment(chance: random.Random) -> datetime:
    """More cases in later years, none in the last week."""
    days = int((chance.random() ** 2.4) * 365 * 5) + 8
    at_work = clock.moment().replace(hour=9 + chance.randrange(7), minute=chance.randrange(60))
    return at_work - timedelta(days=days)


def _one_case(scene: Scene, moment: datetime) -> None:
    """One person's story, from the first talk to the end of the case."""
    chance, users = scene.chance, scene.users
    office = chance.choices(("TUN", "NIA"), (64, 36))[0]
    tunis = ("Nadia Ben Salem", "Karim Trabelsi")
    worker = users[chance.choice(tunis) if office == "TUN" else "Moussa Issoufou"]
    boss = users["Leila Mansour" if office == "TUN" else "Rahila Abdou"]
    case_id, categories = _register(scene, moment, office, worker, boss)
    if chance.random() < 0.5:
        referrals.refer(scene, moment + timedelta(days=4), case_id, worker)
    if "stranded" in categories or chance.random() < 0.6:
        returns.begin(scene, moment + timedelta(days=9), case_id, worker, boss)
    _end(chance, moment, case_id, boss)
    _forget(scene)


def _register(
    scene: Scene, moment: datetime, office: str, worker: User, boss: User
) -> tuple[int, list[str]]:
    """Register a person and screen most; gives the case's id and its categories."""
    chance = scene.chance
    partners = [place for place in scene.places.values() if place.kind == "partner"]
    given = persons.registration(chance, moment, partners)
    with acts_as(worker, moment) as by:
        case = registration.register(
            by=by,
            given=given,
            office=scene.places[office],
            owner_id=worker.id,
            team_id=worker.grants[0].team_id,
        )
    case_id = case.id
    if chance.random() < 0.85:
        on, decision = moment + timedelta(days=2), persons.decision(chance, given)
        identifying.identify(on, case_id, worker, boss, decision)
        with acts_as(worker, on) as by:
            case = db.session.get_one(Case, case_id)
            note = chance.choice(names.NOTES)
            contacts.log(by=by, case=case, given={"kind": "contact_visit", "note": note})
    return case_id, given["needs"]["categories"]


def _end(chance: random.Random, moment: datetime, case_id: int, boss: User) -> None:
    if moment > clock.moment() - timedelta(days=420):
        return
    with acts_as(boss, moment + timedelta(days=400)) as by:
        case = db.session.get_one(Case, case_id)
        if not closure.still_open(case) and chance.random() < 0.8:
            why = chance.choice(("completed", "returned", "lost"))
            closure.close(by=by, case=case, reason=why, words=names.ENDINGS[why])


def _forget(scene: Scene) -> None:
    """Leave the session with people and places alone, so that it does not grow with the cases."""
    db.session.expunge_all()
    db.session.add_all(scene.users.values())
    db.session.add_all(scene.places.values())


def _fresh_work(scene: Scene) -> None:
    """Something to do today, late and soon for each caseworker."""
    for name in ("Nadia Ben Salem", "Karim Trabelsi", "Moussa Issoufou"):
        user = scene.users[name]
        query = (
            select(Case.id)
            .where(Case.owner_id == user.id, Case.status != CaseStatus.CLOSED)
            .order_by(Case.id.desc())
            .limit(len(_DUE))
        )
        with acts_as(user, clock.moment()) as by:
            for days, case_id in zip(_DUE, db.session.execute(query).scalars(), strict=False):
                tasks.add(
                    by=by,
                    case=db.session.get_one(Case, case_id),
                    kind=scene.chance.choice(_TASKS),
                    due_on=now().date() + timedelta(days=days),
                )


def _callers(scene: Scene) -> None:
    """Who called in these weeks and has not agreed to anything yet; the first called twice."""
    with acts_as(scene.users["Nadia Ben Salem"], clock.moment() - timedelta(days=9)) as by:
        first, *_others = [callers.write_down(by=by, given=said) for said in names.CALLERS]
        caller_id = first.id
    with acts_as(scene.users["Karim Trabelsi"], clock.moment() - timedelta(days=2)) as by:
        caller = db.session.get_one(Caller, caller_id)
        callers.write_on(by=by, caller=caller, given=names.CALLED_AGAIN)

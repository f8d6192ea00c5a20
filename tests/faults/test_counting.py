"""Two countings, writers and a reader at the same time: nothing is missed, nothing counted twice,
whoever reads above a number sees all.
"""

import random
import threading
import time

from flask import Flask
from sqlalchemy import select

from models.base import db, writing
from models.cases import Case
from models.facts import CaseFacts, FactState
from reporting.facts import counting
from reporting.facts.engine import Engine
from tests import factories
from tests.reporting.test_facts import everything

SECONDS = 4


def test_countings_side_by_side_lose_nothing(app: Flask) -> None:
    house = factories.World()
    numbers = [factories.case(house, given_names=f"Name {number}").id for number in range(12)]
    db.session.commit()
    db.session.remove()
    stop, faults, read = time.monotonic() + SECONDS, [], {}

    def in_turn(work: object) -> None:
        with app.app_context():
            writing.set(True)
            while time.monotonic() < stop:
                try:
                    work()  # type: ignore[operator]
                except Exception as wrong:
                    db.session.rollback()
                    faults.append(repr(wrong)[:200])
                finally:
                    db.session.remove()

    chance = random.Random(3)

    def write() -> None:
        case = db.session.get_one(Case, chance.choice(numbers))
        case.citizenship = chance.choice(("CI", "BD", "ML", "SN", "GN"))
        db.session.flush()
        time.sleep(chance.random() * 0.02)
        db.session.commit()

    last = [0]

    def follow() -> None:
        """A reader that keeps the newest facts of what it saw, number by number."""
        newest = db.session.execute(select(FactState.batch)).scalar_one()
        query = select(CaseFacts.case_id, CaseFacts.content).where(
            CaseFacts.batch > last[0], CaseFacts.batch <= newest
        )
        read.update(dict(db.session.execute(query).all()))
        last[0] = newest
        db.session.rollback()
        time.sleep(0.01)

    threads = [
        threading.Thread(target=in_turn, args=(work,))
        for work in (write, write, counting.refresh, counting.refresh, follow)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counting.refresh()
    follow()
    assert [fault for fault in faults if "StaleData" not in fault and "locked" not in fault] == []
    stored = dict(db.session.execute(select(CaseFacts.case_id, CaseFacts.content)).all())
    assert read == stored, "the reader missed nothing"
    one, two = Engine(), Engine()
    one.pull()
    assert counting.rebuild()
    two.pull()
    assert everything(one) == everything(two)
    assert counting.waiting() == 0

"""Facts follow the cases by themselves, equal a full recount, and hold nothing that they should
not.
"""

import json
import threading
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from casework.casefile import editing
from casework.core import consent
from casework.records import changes
from casework.records.kinds import KINDS
from data_protection import erasure
from funds import approvals, requests
from models.base import db, today
from models.cases import Case
from models.data_protection import Erasure
from models.facts import CaseFacts, FactChange
from models.returns import FollowUp, Return, Survey
from referral import sending
from reporting.facts import counting, engine, extracting
from reporting.facts.columns import PARTS
from reporting.facts.engine import Engine
from tests import factories

TABLES = ("cases", *PARTS)


def doc_of(number: int) -> dict[str, Any]:
    content = db.session.execute(
        select(CaseFacts.content).where(CaseFacts.case_id == number)
    ).scalar_one()
    found: dict[str, Any] = json.loads(counting.opened(content))
    return found


def everything(store: Engine) -> dict[str, list[str]]:
    return {name: sorted(map(repr, store.query(f"SELECT * FROM {name}"))) for name in TABLES}


def test_every_deed_marks_its_case_and_the_facts_equal_a_recount(app: Flask) -> None:
    house = factories.World()
    case, other = (
        factories.case(house).id,
        factories.case(house, given_names="Musa", sex="Masculine").id,
    )
    code = factories.fund(balance=1_000_000).code
    db.session.commit()
    counting.refresh()
    store = engine.engine()
    engine.freshened()
    assert [help_["y"] for help_ in doc_of(case)["h"]] == ["registered"]

    with factories.acts(house.caseworker) as by:
        request = requests.ask(
            by=by, case=db.session.get_one(Case, case), fund=code, lines={"travel": "10"}
        )
        sending.send(
            by=by,
            case=db.session.get_one(Case, case),
            partner=factories.anew(house.partner).id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
        changes.add(
            by=by,
            case=db.session.get_one(Case, other),
            kind=KINDS["note"],
            given={"words": "A word that is nobody's business"},
        )
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    record = Return(
        case_id=case,
        sending_id=factories.anew(house.here).id,
        receiving_id=factories.anew(house.there).id,
        country="CI",
        state="arrived",
        handover="accepted",
        departed_on=today(),
        arrived_on=today(),
    )
    db.session.add(record)
    db.session.flush()
    db.session.add(FollowUp(return_id=record.id, month=1, due_on=today() + timedelta(days=30)))
    db.session.add(
        Survey(
            return_id=record.id,
            on=today(),
            version="v",
            economic=400,
            social=500,
            psychosocial=600,
            composite=500,
            token="t",
        )
    )
    db.session.commit()
    assert {row.case_id for row in db.session.execute(select(FactChange.case_id))} >= {case}
    counting.refresh()
    assert counting.waiting() == 0
    found = doc_of(case)
    assert sorted(help_["y"] for help_ in found["h"]) == ["avrr", "hasm", "registered", "scored"]
    assert (len(found["rf"]), len(found["u"]), len(found["sv"])) == (1, 1, 1)

    # The engine that was told of changes alone holds what one that reads everything anew holds.
    engine.freshened()
    anew = Engine()
    anew.pull()
    assert everything(store) == everything(anew)
    assert counting.rebuild(), "the stored facts were those of a recount"


def test_a_change_that_bypasses_the_models_is_marked_too(app: Flask) -> None:
    case = factories.case(factories.World()).id
    db.session.commit()
    counting.refresh()
    table = Case.__table__  # of a column that bears no MAC: else the row counts for none
    db.session.execute(update(table).where(table.c.id == case).values(sex="Masculine"))
    db.session.commit()
    counting.refresh()
    assert doc_of(case)["sex"] == "Masculine"


def test_who_did_not_agree_is_work_and_no_kind_of_person(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house).id
    db.session.commit()
    counting.refresh()
    engine.freshened()
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=db.session.get_one(Case, case), purpose="statistics")
    counting.refresh()
    found = doc_of(case)
    assert not found["ok"]
    assert found["h"] == []
    assert {"sex", "ab", "age", "cz", "cats", "exp", "ctl"}.isdisjoint(found)
    engine.freshened()
    assert engine.engine().query("SELECT count(*) FROM helps") == [(0,)]
    assert engine.engine().query("SELECT count(*) FROM cases WHERE sex IS NOT NULL") == [(0,)]


def test_facts_hold_codes_and_the_profile_follows_what_is_written(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house).id
    db.session.commit()
    with factories.acts(house.caseworker) as by:
        given = {
            "account": "They kept her passport in a drawer.",
            "control": ["WithholdsDocuments"],
            "exploitation": ["ForcedLabour"],
            "industry": ["F_Construction"],
        }
        editing.change_section(
            by=by,
            case=db.session.get_one(Case, case),
            compartment="protection",
            given=given,
            fields=("account", "control", "exploitation", "industry"),
        )
        changed = {
            "given_names": "Fatima",
            "sex": "Feminine",
            "birth": {"year": today().year - 40, "estimated": False},
            "citizenship": "CI",
        }
        editing.change_identity(by=by, case=db.session.get_one(Case, case), given=changed)
    counting.refresh()
    found = doc_of(case)
    assert (found["ctl"], found["exp"], found["ind"], found["ab"]) == (
        ["WithholdsDocuments"],
        ["ForcedLabour"],
        ["F_Construction"],
        "35-64",
    )
    assert found["age"] in {39, 40}
    content, number = json.dumps(found), db.session.get_one(Case, case).number
    assert not any(word in content for word in ("Fatima", "Benali", "passport", number))
    stored = db.session.execute(
        select(CaseFacts.content).where(CaseFacts.case_id == case)
    ).scalar_one()
    assert stored is not None
    assert b"Feminine" not in stored, "sealed in the database"
    assert found["p"] != db.session.get_one(Case, case).person_id


def test_what_is_erased_at_its_day_stays_counted_as_nobody_and_what_a_person_asked_for_does_not(
    app: Flask,
) -> None:
    house = factories.World()
    kept, gone = factories.case(house).id, factories.case(house, given_names="Awa").id
    for case, reason in ((kept, "retention"), (gone, "asked_by_person")):
        db.session.get_one(Case, case).status = "closed"
        db.session.add(
            Erasure(case_id=case, reason=reason, asked_by_id=factories.anew(house.supervisor).id)
        )
    db.session.commit()
    counting.refresh()
    engine.freshened()
    numbers = {doc_of(kept)["p"], doc_of(gone)["p"]}
    for case in (kept, gone):
        with factories.acts(house.officer) as by:
            erasure.approve(
                by=by,
                erasure=db.session.execute(
                    select(Erasure).where(Erasure.case_id == case)
                ).scalar_one(),
            )
    counting.refresh()
    engine.freshened()
    rows = engine.engine().query(
        "SELECT case_id, person, given_on, sex FROM helps WHERE measure = 'registered'"
    )
    assert len(rows) == 1
    number, person, day, sex = rows[0]
    assert number < 0
    assert person not in numbers
    assert (day.day, sex) == (1, "Feminine")
    assert counting.rebuild(), "and a recount leaves it"


def test_two_countings_at_once_lose_nothing(app: Flask) -> None:
    """The state's row is locked: numbers come in order, so a reader above one misses none."""
    house = factories.World()
    cases = [factories.case(house, given_names=f"Name {number}").id for number in range(5)]
    db.session.commit()
    counting.refresh()
    first = counting.state().batch
    db.session.get_one(Case, cases[0]).citizenship = "BD"
    db.session.commit()
    counting.refresh()
    assert counting.state().batch == first + 1
    moved = (
        db.session.execute(select(CaseFacts.case_id).where(CaseFacts.batch > first)).scalars().all()
    )
    assert moved == [cases[0]]
    db.session.get_one(Case, cases[1]).next_due_on = today()
    db.session.commit()
    counting.refresh()
    assert (
        cases[1]
        not in db.session.execute(select(CaseFacts.case_id).where(CaseFacts.batch > first + 1))
        .scalars()
        .all()
    ), "no fact follows from it"


def test_the_extraction_asks_a_fixed_number_of_questions(quick_app: Flask) -> None:
    from sqlalchemy import event  # noqa: PLC0415

    house = factories.World()
    numbers = [factories.case(house, given_names=f"Name {number}").id for number in range(12)]
    counts = []
    for part in (numbers[:2], numbers):
        asked: list[str] = []

        def note(
            _connection: Any, _cursor: Any, statement: str, *_more: Any, seen: list[str] = asked
        ) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        extracting.extract(part)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_page_says_that_figures_are_being_prepared_and_comes_back_by_itself(
    quick_app: Flask, monkeypatch: Any
) -> None:
    house = factories.World()
    held = threading.Event()
    pull = Engine.pull
    monkeypatch.setattr(engine, "WAIT", 0.05)
    monkeypatch.setattr(Engine, "pull", lambda self: (held.wait(20), pull(self))[1])
    browser, api = (
        factories.Browser(quick_app, house.manager),
        factories.Api(quick_app, house.manager),
    )
    answer = browser.get("/statistics")
    assert (answer.status_code, answer.headers["Refresh"]) == (503, "4")
    assert "being read into memory" in answer.text
    assert api.get("/statistics/hasm").status_code == 503
    held.set()
    engine.engine().begin(quick_app).join(20)
    assert browser.get("/statistics").status_code == 200

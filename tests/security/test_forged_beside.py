"""A row that somebody else put beside those of the application neither hides these nor lets go what
they hold back.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from accounts import access_changes
from casework.core import approvals, protection, queries, release
from data_protection import access_exceptions
from models.access_changes import AccessChange
from models.base import db, now
from models.cases import Case
from models.data_protection import Block
from models.people import Organisation
from models.records import Record, kind_token
from models.states import AccessChangeState
from models.work import Approval
from tests import factories
from tests.conftest import Clock
from tests.security.test_rows import told, written
from web import paging


def _asylum(case: Case) -> int:
    token = kind_token(case.id, "asylum")
    record = Record(case_id=case.id, compartment="legal", kind_token=token, state="done")
    db.session.add(record)
    db.session.commit()
    return record.id


def _copied(record_id: int) -> None:
    """A copy of a record with its MAC, under another key, as the newest of its kind."""
    table: Any = Record.__table__
    row = dict(db.session.execute(select(table).where(table.c.id == record_id)).mappings().one())
    row |= {"id": record_id + 100, "key": "of-somebody-else", "state": "open"}
    db.session.execute(insert(table).values(row))
    db.session.commit()
    db.session.expire_all()


def _determined(case: Case, decision: str) -> int:
    token = kind_token(case.id, "bid")
    record = Record(case_id=case.id, compartment="protection", kind_token=token, state="done")
    db.session.add(record)
    db.session.flush()
    record.says = {"decision": decision, "country": "CI"}
    db.session.commit()
    return record.id


def _says(case: Case) -> str:
    stands = protection.newest(factories.anew(case), "bid")
    return str((stands.says or {}).get("decision")) if stands is not None else "nothing"


def test_forged_record_beside_lets_nobody_go_where_they_fled_from(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    _copied(_asylum(case))
    assert protection.seeks_protection(factories.anew(case))
    assert any(subject.startswith("records/") for subject in told())


@pytest.mark.parametrize(
    "values", [{"removed": True}, {"state": "removed"}, {"kind_token": b"x" * 32}, {"key": "mine"}]
)
def test_forged_refusal_brings_no_older_yes_back(
    quick_app: Flask, clock: Clock, values: dict[str, Any]
) -> None:
    """What was decided before is history, also where somebody took the newer decision away."""
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker):
        _determined(case, "return")
        newer = _determined(case, "stay")
        assert _says(case) == "stay"
        written(Record, Record.id == newer, **values)
        assert _says(case) == "nothing"
        assert protection.newest_of([case.id]) == {}, "the same for many at once"
        _determined(case, "stay")
        assert _says(case) == "stay", "what is written after it speaks"


@pytest.mark.parametrize("values", [{"what": "closure"}, {"state": "withdrawn"}])
def test_forged_answer_brings_no_older_yes_back(
    quick_app: Flask, clock: Clock, values: dict[str, Any]
) -> None:
    house = factories.World()
    case = factories.case(house)
    for yes in (True, False):
        with factories.acts(house.caseworker) as by:
            asked = approvals.ask(by=by, case=factories.anew(case), what="plan")
        with factories.acts(house.supervisor) as by:
            approvals.decide(
                by=by, approval=factories.anew(asked), yes=yes, note="" if yes else "Not yet."
            )
    latest = approvals.latest(factories.anew(case), "plan")
    assert latest is not None
    assert latest.state == "refused"
    written(Approval, Approval.id == latest.id, **values)
    assert approvals.latest(factories.anew(case), "plan") is None
    assert approvals.latest(factories.anew(case), "closure") is None


def test_forged_case_among_others_ends_no_list(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(5)]
    moment = now()
    for turn, case in enumerate(cases):  # the last is the newest
        same = update(Case).where(Case.id == case.id)
        db.session.execute(same.values(changed_at=moment + timedelta(seconds=turn)))
    db.session.commit()
    written(Case, Case.id == cases[3].id, risk="low")
    with factories.acts(house.caseworker) as by:
        shown, cursor = [], ""
        while True:
            page = queries.cases(by, {}, cursor, size=2)
            shown += [case.id for case in page.items]
            if not (cursor := page.next):
                break
    assert shown == [cases[4].id, cases[2].id, cases[1].id, cases[0].id]


def test_forged_row_on_the_first_page_leaves_the_way_to_the_next(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(4)]
    written(Case, Case.id == cases[3].id, risk="low")
    page = paging.page(select(Case), (Case.id,), size=2)
    assert [case.id for case in page.items] == [cases[2].id]
    page = paging.page(select(Case), (Case.id,), page.next, size=2)
    assert [case.id for case in page.items] == [cases[1].id, cases[0].id]


def test_forged_block_keeps_the_case_from_everybody(quick_app: Flask, clock: Clock) -> None:
    """One that was turned to another organisation: nobody knows from whom the case was kept."""
    house = factories.World()
    case = factories.case(house)
    there = factories.anew(house.there)
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="fear", organisation=str(there.id)
        )
    there_id, far_id = factories.anew(house.there).id, factories.anew(house.far).id
    other = factories.anew(house.headquarters).id

    def why() -> str:
        db.session.expire_all()
        return release.why_not(
            db.session.get_one(Case, case.id), db.session.get_one(Organisation, there_id)
        )

    kept = why()
    assert kept != ""
    written(Block, Block.case_id == case.id, organisation_id=other)
    assert why() == kept
    assert queries.is_kept_from(factories.anew(case), far_id, there_id)
    assert any(subject.startswith("blocks/") for subject in told())


def test_forged_shutting_beside_hides_not_who_shut_an_account(
    quick_app: Flask, clock: Clock
) -> None:
    """What the headquarters shut, a partner does not open alone: also where a newer row says so."""
    house = factories.World()
    common: dict[str, Any] = {
        "kind": access_changes.ChangeKind.DISABLED,
        "user_id": factories.anew(house.helper).id,
        "headquarters": True,
        "partner": True,
        "role": "",
        "state": AccessChangeState.DONE,
        "asked_at": now(),
    }
    shut = AccessChange(**common)
    db.session.add(shut)
    db.session.commit()
    db.session.execute(insert(AccessChange.__table__).values(**common))
    db.session.commit()
    db.session.expire_all()
    with factories.acts(house.caseworker) as by:
        assert access_changes._was_shut_from_above(factories.anew(shut), by)
    assert any(subject.startswith("access_changes/") for subject in told())

"""What is dangerous is answered where it is read, by somebody else than who made it easier, and the
reason of a yes stands beside it.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import preparation, readiness
from casework.core import approvals, ratings
from models import office_settings
from models.base import at, db, now, today
from models.cases import Case
from models.returns import Return
from models.rules import RuleBroken
from models.work import Approval
from tests import factories
from tests.factories import Browser, World, acts, anew

CHILD = {"birth": {"year": today().year - 13}}
WHY = "Zqxread the file and talked to the guardian."


def asked(house: World, **changes: Any) -> tuple[Return, Approval]:
    """A return to which a supervisor is asked to agree."""
    case = factories.case(house, **changes)
    with acts(house.caseworker) as by:
        record = preparation.start(by=by, case=anew(case), country="CI")
    with acts(house.caseworker) as by:
        return record, approvals.ask(by=by, case=anew(case), what="return")


def lower(house: World, case: Case, by_whom: Any) -> None:
    with acts(by_whom) as by:
        there = anew(case)
        with ratings.noted(by=by, case=there):
            ratings.rate(there, risk="low")


def test_a_childs_return_is_not_decided_from_a_list(quick_app: Flask) -> None:
    house = World()
    _record, approval = asked(house, **CHILD)
    boss = Browser(quick_app, house.supervisor)
    page = boss.get("/approvals").text
    assert "Look at it first" in page
    assert f"/approvals/{approval.id}/approve" not in page
    assert boss.post(f"/approvals/{approval.id}/approve").status_code == 422
    with acts(house.supervisor) as by:
        with pytest.raises(RuleBroken):
            approvals.decide(by=by, approval=anew(approval), yes=True)
        with pytest.raises(RuleBroken):
            approvals.answer(by=by, approval=anew(approval), agrees=True)
    own = boss.get(f"/approvals/{approval.id}")
    assert "Counts as a child" in own.text
    assert "Still missing for a child" in own.text
    read = approvals.mark(anew(approval))
    path = f"/approvals/{approval.id}/answer"
    assert boss.post(path, agrees="yes", read="something else").status_code == 422
    assert boss.post(path, agrees="no", read=read).status_code == 422, "a no needs words"
    assert boss.post(path, agrees="yes", read=read, words=WHY).status_code == 303
    assert anew(approval).state == "approved"
    number = anew(anew(approval).case).number
    assert Browser(quick_app, house.caseworker).get(f"/cases/{number}").text.count(WHY) == 2, (
        "beside the answer, and in the timeline"
    )


def test_an_adults_return_may_be_decided_from_the_list(quick_app: Flask) -> None:
    house = World()
    _record, approval = asked(house)
    boss = Browser(quick_app, house.supervisor)
    assert "Look at it first" not in boss.get("/approvals").text
    assert boss.post(f"/approvals/{approval.id}/approve").status_code == 303


def test_a_return_after_a_lowered_risk_is_read_by_who_did_not_lower_it(quick_app: Flask) -> None:
    house = World()
    record, approval = asked(house)
    case = anew(anew(record).case)
    lower(house, case, house.supervisor)
    assert readiness.needs_approval(anew(record)), "though the risk is low now"
    boss = Browser(quick_app, house.supervisor)
    assert "Look at it first" in boss.get("/approvals").text
    assert boss.post(f"/approvals/{approval.id}/approve").status_code == 422
    assert "You rated the risk lower yourself" in boss.get(f"/approvals/{approval.id}").text
    read = approvals.mark(anew(approval))
    mine = boss.post(f"/approvals/{approval.id}/answer", agrees="yes", read=read)
    assert mine.status_code == 422
    with at(now() + timedelta(days=8)):
        assert not readiness.needs_approval(anew(record)), "as the office decides: seven days"
        with acts(house.supervisor) as by:
            assert ratings.lowered_lately(anew(case)) is None
            approvals.decide(by=by, approval=anew(approval), yes=True)


def test_the_office_decides_for_how_long_a_lowered_risk_is_asked_about(quick_app: Flask) -> None:
    house = World()
    office_settings.say(anew(house.here), {"lowered_days": 14}, None)
    record, approval = asked(house)
    lower(house, anew(anew(record).case), house.caseworker)
    with at(now() + timedelta(days=8)):
        assert readiness.needs_approval(anew(record))
        with acts(house.supervisor) as by:
            there = anew(approval)
            approvals.answer(by=by, approval=there, agrees=True, read=approvals.mark(there))
    assert anew(approval).state == "approved"


def test_what_was_changed_since_it_was_read_is_read_again(quick_app: Flask) -> None:
    house = World()
    record, approval = asked(house, **CHILD)
    read = approvals.mark(anew(approval))
    lower(house, anew(anew(record).case), house.caseworker)
    with acts(house.supervisor) as by, pytest.raises(RuleBroken):
        approvals.answer(by=by, approval=anew(approval), agrees=True, read=read)
    waits = select(Approval.id).where(Approval.pending.is_not(None))
    assert db.session.execute(waits).scalars().all() == [approval.id]


def test_nobody_says_no_without_words(quick_app: Flask) -> None:
    house = World()
    record, approval = asked(house, risk="high")
    boss = Browser(quick_app, house.supervisor)
    page = boss.get("/approvals").text
    assert f"/approvals/{approval.id}/approve" in page, "this one may be answered in the list"
    assert boss.post(f"/approvals/{approval.id}/refuse").status_code == 404, "but not with a no"
    with acts(house.supervisor) as by, pytest.raises(RuleBroken):
        approvals.decide(by=by, approval=anew(approval), yes=False)
    said = boss.post(f"/approvals/{approval.id}/answer", agrees="no", words=WHY)
    assert said.status_code == 303
    own = Browser(quick_app, house.caseworker)
    assert WHY in own.get(f"/cases/{anew(record).case.number}").text
    assert "Ask for the approval" in own.get(f"/returns/{record.reference}").text, "anew"


def test_the_page_of_a_return_knows_what_was_asked(quick_app: Flask) -> None:
    house = World()
    record, approval = asked(house, risk="high")
    number = anew(record).case.number
    own, boss = Browser(quick_app, house.caseworker), Browser(quick_app, house.supervisor)
    page = own.get(f"/returns/{record.reference}").text
    assert "Waits for an answer" in page
    assert "Ask for the approval" not in page, "it was asked"
    assert f"/approvals/{approval.id}" not in page, "who asked does not answer"
    assert "Ask: The return" not in own.get(f"/cases/{number}").text
    for place in (f"/returns/{record.reference}", f"/cases/{number}"):
        assert f'href="/approvals/{approval.id}"' in boss.get(place).text


def test_the_page_of_a_return_knows_that_money_was_asked(quick_app: Flask) -> None:
    house = World()
    record, _approval = asked(house, risk="high")
    own = Browser(quick_app, house.caseworker)
    place = f"/returns/{record.reference}"
    assert "Ask for funding" in own.get(place).text
    fund = factories.fund()
    path = f"/cases/{anew(record).case.number}/funding"
    assert own.post(path, fund=fund.code, line_travel="420").status_code == 303
    page = own.get(place).text
    assert "no money was approved yet" not in page
    assert 'href="/funds/requests/' in page

"""Presumed, identified, not a victim: the category follows the decision, and an appeal changes it."""

from typing import Any

import pytest
from flask import Flask

from casework.casefile import screening
from casework.records import changes
from casework.records.kinds import KINDS
from models.cases import Case
from models.records import Record
from tests import factories


def decided(house: factories.World, case: Case, decision: str) -> None:
    with factories.acts(house.caseworker) as by:
        stands = factories.anew(case)
        given: dict[str, Any] = {
            "act": ["recruitment"],
            "decision": decision,
            "decided_by": "NGO",
            "reason": "x",
        }
        screening.decide(by=by, case=stands, given=given)


def shown(case: Case) -> tuple[str, bool]:
    stands = factories.anew(case)
    return stands.trafficking_status, "trafficking" in stands.categories


def test_a_decision_is_taken_back_with_all_it_said(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    for decision, is_victim in (("possible", True), ("not", False), ("actual", True)):
        decided(house, case, decision)
        assert shown(case) == (decision, is_victim)
    assert "stranded" in factories.anew(case).categories, "what else they are stays"


@pytest.mark.parametrize(
    ("decision", "result", "status"),
    [
        ("actual", "changed", "not"),
        ("possible", "changed", "not"),
        ("not", "changed", "possible"),
        ("actual", "confirmed", "actual"),
        ("not", "pending", "not"),
    ],
)
def test_an_appeal_changes_the_status(
    quick_app: Flask, decision: str, result: str, status: str
) -> None:
    house = factories.World()
    case = factories.case(house)
    decided(house, case, decision)
    with factories.acts(house.caseworker) as by:
        record = changes.current(factories.anew(case), "decision")
        assert isinstance(record, Record)
        given = {**record.content, "appeal_result": result, "revision": record.revision}
        loaded = KINDS["decision"].schema().load(given)
        changes.change(by=by, record=record, given=loaded)
    assert shown(case) == (status, status != "not")

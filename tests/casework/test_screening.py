"""Act, means, purpose; for a child the means do not matter (Palermo Protocol, art. 3)."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from casework.casefile import interviewing, screening
from models.base import today
from standards import htcds, palermo
from tests import factories
from tests.factories import identifying


def some(options: Any) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([code for code, _label in options]), max_size=2)


@given(
    some(palermo.ACTS),
    some(palermo.MEANS),
    some([pair for pair in palermo.PURPOSES if pair[0] != "other"]),
    st.booleans(),
)
def test_the_child_rule(act: list[str], means: list[str], purpose: list[str], child: bool) -> None:
    found = screening.elements({"act": act, "means": means, "purpose": purpose}, child=child)
    assert found.complete == (bool(act) and bool(purpose) and (child or bool(means)))


def test_the_means_are_those_of_the_protocol_each_with_a_sign_in_the_standard() -> None:
    assert len(palermo.MEANS) == 9
    assert palermo.SHOWS.keys() <= set(htcds.codes("vic_MethodsOfControl"))
    assert set(palermo.SHOWS.values()) <= {code for code, _label in palermo.MEANS}
    for code, _label in palermo.MEANS:
        shown = palermo.control_of({"means": [code]})
        assert len(shown) == 1, code
        assert set(shown) <= set(htcds.codes("vic_MethodsOfControl")), code
    kinds = palermo.exploitation_of({"purpose": [code for code, _label in palermo.PURPOSES]})
    assert set(kinds) <= set(htcds.codes("vic_TypeOfExploitation"))


@pytest.mark.parametrize(
    ("answers", "means", "purpose"),
    [
        ({"control": ["ExcessiveWorkingHours"]}, False, False),
        ({"control": ["Other"]}, False, False),
        ({"control": ["Other"], "other_words": "Locked in."}, True, False),
        ({"control": ["DebtBondage"]}, True, False),
        ({"exploitation": ["Other"], "purpose": ["other"]}, False, False),
        ({"purpose": ["other"], "other_words": "Forced to beg."}, False, True),
        ({"exploitation": ["ForcedBegging"]}, False, True),
        ({"act": ["a"], "means": ["x"], "purpose": ["y"]}, False, False),
    ],
)
def test_long_hours_and_other_without_words_support_nothing(
    answers: dict[str, Any], means: bool, purpose: bool
) -> None:
    found = screening.elements(answers, child=False)
    assert (found.act, found.means, found.purpose) == (False, means, purpose)


def test_the_worker_decides_and_says_why(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    answers = {
        "act": ["recruitment"],
        "means": [],
        "purpose": ["labour"],
        "decision": "actual",
        "decided_by": "NGO",
        "without_interview": "papers",
        "reason": "Seen.",
    }
    with factories.acts(house.caseworker) as by:
        assert not screening.decide(by=by, case=case, given=answers).complete, (
            "the answers do not bind the worker"
        )
    assert (case.trafficking_status, case.status, case.exploitation) == (
        "possible",
        "assistance",
        ["ForcedLabour"],
    )
    with factories.acts(house.caseworker):
        assert case.protection["reason"] == "Seen."
        assert case.protection["account"] == "It was a house.", "other fields of the section stay"


@pytest.mark.parametrize(
    ("age", "told", "account", "child"),
    [
        (24, {}, {}, False),
        (24, {"child_then": "yes"}, {}, True),
        (24, {"child_then": "no"}, {"age_then": 17}, True),
        (24, {}, {"age_then": 18}, False),
        (24, {"began_in": today().year - 8}, {}, True),
        (24, {"began_in": today().year - 2}, {}, False),
        (15, {"child_then": "no", "alone_because": "Nobody was found."}, {}, True),
    ],
)
def test_a_child_then_needs_no_means(
    quick_app: Flask, age: int, told: dict[str, Any], account: dict[str, Any], child: bool
) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - age, "estimated": False})
    if told:
        identifying.interview(house, case, **told)
    with factories.acts(house.caseworker):
        assert interviewing.was_child(factories.anew(case), account) is child

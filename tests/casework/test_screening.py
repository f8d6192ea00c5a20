"""Act, means, purpose; for a child the means do not matter (Palermo Protocol, art. 3)."""

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from casework.casefile import screening
from tests import factories

some = st.lists(st.sampled_from(["a", "b"]), max_size=2)


@given(some, some, some, st.booleans())
def test_the_child_rule(
    act: list[str], control: list[str], exploitation: list[str], child: bool
) -> None:
    found = screening.elements(
        {"act": act, "control": control, "exploitation": exploitation}, child=child
    )
    assert found.complete == (bool(act) and bool(exploitation) and (child or bool(control)))


def test_the_worker_decides_and_says_why(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    answers = {
        "act": ["recruitment"],
        "control": [],
        "exploitation": ["ForcedLabour"],
        "decision": "actual",
        "decided_by": "NGO",
        "reason": "Seen.",
    }
    with factories.acts(house.caseworker) as by:
        assert not screening.decide(by=by, case=case, given=answers).complete, (
            "the answers do not bind the worker"
        )
    assert (case.trafficking_status, case.status, case.exploitation) == (
        "actual",
        "assistance",
        ["ForcedLabour"],
    )
    with factories.acts(house.caseworker):
        assert case.protection["reason"] == "Seen."
        assert case.protection["account"] == "It was a house.", "other fields of the section stay"

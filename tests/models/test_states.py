"""Each life cycle is a whole: every state is reached, every ending is an end, and nothing moves but
by its table.
"""

import ast
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from models import states
from models.base import at
from models.life_cycles import START, LifeCycle
from models.rules import NotPossible, RuleBroken

SOMEBODY = SimpleNamespace(id=7)


@pytest.mark.parametrize("cycle", states.ALL, ids=lambda cycle: cycle.name)
def test_every_state_can_be_reached(cycle: LifeCycle) -> None:
    reached: set[str] = {START}
    while more := {after for before, _verb, after in cycle.walk() if before in reached} - reached:
        reached |= more
    assert reached - {START} == set(cycle.states)


@pytest.mark.parametrize("cycle", states.ALL, ids=lambda cycle: cycle.name)
def test_steps_know_only_the_states_of_their_own_cycle(cycle: LifeCycle) -> None:
    for before, _verb, after in cycle.walk():
        assert before == START or before in set(cycle.states)
        assert after == START or isinstance(after, cycle.states)
    assert set(cycle.stamps) <= cycle.verbs


@given(data=st.data())
def test_a_record_moves_only_as_the_table_says(data: st.DataObject) -> None:
    cycle = data.draw(st.sampled_from(states.ALL))
    record = SimpleNamespace(**{cycle.column: data.draw(st.sampled_from([START, *cycle.states]))})
    verb = data.draw(st.sampled_from(sorted(cycle.verbs)))
    before = getattr(record, cycle.column)
    wanted = cycle.steps.get((before, verb))
    saved = dict(cycle.guards)
    cycle.guards.clear()
    try:
        if wanted is None:
            with pytest.raises(NotPossible):
                cycle.move(record, verb, by=SOMEBODY)
            assert getattr(record, cycle.column) == before
        else:
            cycle.move(record, verb, by=SOMEBODY)
            assert getattr(record, cycle.column) == wanted
            assert all(hasattr(record, column) for column in cycle.stamps.get(verb, ()))
    finally:
        cycle.guards.update(saved)


def test_who_and_when_are_written_with_the_move() -> None:
    moment = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    erasure = SimpleNamespace(state=states.ErasureState.ASKED)
    with at(moment):
        states.ERASURE.move(erasure, "refuse", by=SOMEBODY)
    assert (erasure.state, erasure.decided_by_id, erasure.decided_at) == ("refused", 7, moment)


def test_a_guard_stops_its_own_verb_and_no_other() -> None:
    cycle = LifeCycle("trial", states.ApprovalState, dict(states.APPROVAL.steps), "decided")

    @cycle.guard("approve")
    def never(_record: object, _by: object) -> None:
        raise RuleBroken("not on a Sunday")

    record = SimpleNamespace(state=states.ApprovalState.ASKED)
    with pytest.raises(RuleBroken, match="RuleBroken"):
        cycle.move(record, "approve", by=SOMEBODY)
    assert record.state == "asked"
    cycle.move(record, "refuse", by=SOMEBODY)
    assert record.state == "refused"
    with pytest.raises(TypeError):
        cycle.guard("no such verb")


def test_verbs_written_in_the_code_stand_in_the_tables() -> None:
    names = {name: value for name, value in vars(states).items() if isinstance(value, LifeCycle)}
    used: set[tuple[str, str]] = set()
    for path in ROOT.glob("*/**/*.py"):
        if path.parts[len(ROOT.parts)] in {"tests", ".venv", "migrations"}:
            continue
        for call in (
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
        ):
            target = call.func
            if (
                isinstance(target, ast.Attribute)
                and target.attr in {"move", "check", "can"}
                and len(call.args) > 1
            ):
                owner = ast.unparse(target.value).rpartition(".")[2]
                if owner in names and isinstance(call.args[1], ast.Constant):
                    used.add((owner, call.args[1].value))
    assert {(owner, verb) for owner, verb in used if verb not in names[owner].verbs} == set()

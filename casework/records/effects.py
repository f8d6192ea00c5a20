"""What follows in other places from a record that was written, removed or taken back."""

from access.actors import Actor
from casework.core import ageing, ages, ratings, release, signals, tasks
from casework.core.protection import newest
from models.cases import Case

# Records of a child's path, and the task that each does.
_DOES = {record: task for task, record in ageing.DONE_BY.items()}
_CLEARS = frozenset(
    (
        "age",
        "guardian",
        "bia",
        "bid",
        "tracing",
        "receives",
        "guardian_consent",
        "asylum",
        "fitness",
    )
)


def follow(by: Actor, case: Case, kind: str) -> None:
    """What a record of a ``kind`` brings about, from what now stands."""
    if kind == "age":
        _decide_age(by, case)
    if kind == "decision":
        _identify(case)
    if kind == "asylum":  # what was told to the country the person fled ends with that word
        release.settle(case, by=by)
    if kind in _DOES and newest(case, kind) is not None:
        tasks.finish_kind(by=by, case=case, kind=_DOES[kind])
    if kind in _CLEARS:
        signals.clearance_changed.send(case, by=by)


def _identify(case: Case) -> None:
    """The newest decision on identification speaks, with what an appeal made of it."""
    stands = newest(case, "decision")
    said = dict(stands.says or {}) if stands is not None else {}
    if said:
        ratings.appealed(case, said["decision"], said.get("appeal_result", ""))


def _decide_age(by: Actor, case: Case) -> None:
    """An age assessment decides before what was stated, everywhere."""
    was_child, stands = ages.counts_as_child(case), newest(case, "age")
    case.age_assessed = dict(stands.says or {}) if stands is not None else None
    ageing.look_at(by=by, case=case)
    if ages.counts_as_child(case) and not was_child:
        ageing.set_tasks(by=by, case=case)

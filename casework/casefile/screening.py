"""Screening for trafficking in persons (Palermo Protocol, art. 3).

The answers support elements; the worker decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from casework.casefile import editing
from casework.core import ages, ratings, timeline
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, now, today
from models.cases import Case, Task
from models.states import CASE


@dataclass(frozen=True)
class Elements:
    """Which elements are there. For a child the means do not matter."""

    act: bool
    means: bool
    purpose: bool
    child: bool

    @property
    def complete(self) -> bool:
        """Whether the answers support trafficking in persons."""
        return self.act and self.purpose and (self.means or self.child)


def elements(answers: Mapping[str, Any], *, child: bool) -> Elements:
    """The elements that ``answers`` (act, control, exploitation) support."""
    return Elements(
        bool(answers.get("act")),
        bool(answers.get("control")),
        bool(answers.get("exploitation")),
        child,
    )


def decide(*, by: Actor, case: Case, given: dict[str, Any]) -> Elements:
    """Keep the answers and the worker's decision with its reason.

    Every decision stays, with the elements that the answers support, and can be appealed.
    """
    fields = ("act", "control", "exploitation", "decision", "decided_by", "reason")
    editing.change_section(by=by, case=case, compartment="protection", given=given, fields=fields)
    ratings.identify(case, given["decision"])
    CASE.move(case, "assist", by=by)
    timeline.add(
        by=by, case=case, kind="screened", note=given["reason"], reference=given["decision"]
    )
    _finish_task(by, case)
    supported = elements(given, child=ages.counts_as_child(case))
    named = [name for name in ("act", "means", "purpose", "child") if getattr(supported, name)]
    history = {
        "decision": given["decision"],
        "decided_by": given["decided_by"],
        "on": today(),
        "elements": named,
        "reason": given["reason"],
    }
    changes.add(by=by, case=case, kind=KINDS["decision"], given=history)
    return supported


def _finish_task(by: Actor, case: Case) -> None:
    undone = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    for task in db.session.execute(undone).scalars():
        if task.kind == "screening":
            task.done_at, task.done_by_id = now(), by.id

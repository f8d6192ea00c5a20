"""Screening for trafficking in persons (Palermo Protocol, art. 3).

The answers support elements; the worker decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from casework.casefile import editing, interviewing
from casework.core import timeline
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, now, today
from models.cases import Case, Task
from models.rules import stated
from models.states import CASE
from standards import lists, palermo


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


@stated("identification: elements")
def elements(answers: Mapping[str, Any], *, child: bool) -> Elements:
    """Act, means and purpose that the answers support; "other" without words supports nothing, and
    long hours are no means.

    Source: Palermo Protocol, art. 3(a), (c).
    """
    return Elements(
        palermo.act_is_there(answers),
        palermo.means_are_there(answers),
        palermo.purpose_is_there(answers),
        child,
    )


def follows() -> dict[str, str]:
    """For each element the inputs that support it when ticked, as the page asks: ``name=code``; one
    that begins with a plus counts with words alone.
    """
    of_means = [f"means={code}" for code, _label in palermo.MEANS]
    of_control = [f"control={code}" for code in palermo.SHOWS]
    listed = [code for code, _label in lists.htcds_options("vic_TypeOfExploitation")]
    of_purpose = [
        *(f"{'+' * (code == 'other')}purpose={code}" for code, _label in palermo.PURPOSES),
        *(f"{'+' * (code == palermo.OTHER)}exploitation={code}" for code in listed),
    ]
    return {
        "act": " ".join(f"act={code}" for code, _label in palermo.ACTS),
        "means": " ".join([*of_means, *of_control, f"+control={palermo.OTHER}"]),
        "purpose": " ".join(of_purpose),
    }


_OF_THE_SECTION = (
    *("act", "means", "purpose", "other_words", "control", "exploitation"),
    *("decision", "decided_by", "reason"),
)


def decide(*, by: Actor, case: Case, given: dict[str, Any]) -> Elements:
    """Keep the answers and the worker's decision with its reason.

    Every decision stays, with the elements that the answers support, and can be appealed. Who is
    decided to be identified counts so once a second reader agrees (:mod:`.core.identification`).
    Raises :class:`models.rules.RuleBroken` where it leans on no interview and does not say why.
    """
    given = {**given, "exploitation": palermo.exploitation_of(given)}
    editing.change_section(
        by=by, case=case, compartment="protection", given=given, fields=_OF_THE_SECTION
    )
    CASE.move(case, "assist", by=by)
    timeline.add(
        by=by, case=case, kind="screened", note=given["reason"], reference=given["decision"]
    )
    _finish_task(by, case)
    supported = elements(given, child=interviewing.was_child(case, case.protection))
    named = [name for name in ("act", "means", "purpose", "child") if getattr(supported, name)]
    history = {
        "decision": given["decision"],
        "decided_by": given["decided_by"],
        "without_interview": given.get("without_interview", ""),
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

"""Beginning a plan from a template, and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from access.actors import Actor
from casework.records import changes, queries
from casework.records.kinds import KINDS
from casework.records.plan import TEMPLATES
from models.base import today
from models.cases import Case
from models.records import Record
from web.errors import NotFound

STEP = KINDS["service"]


@dataclass(frozen=True)
class Begun:
    """What a template added, and what it left out because it stands in the plan already."""

    added: Sequence[Record]
    left_out: Sequence[str]


def begin(*, by: Actor, case: Case, template: str) -> Begun:
    """Add the steps of a template that the plan does not have, due from today on.

    Raises :class:`web.errors.NotFound` where there is no such template.
    """
    if template not in TEMPLATES:
        raise NotFound
    steps = [row.content for row in queries.in_full(case, [STEP.code])]
    standing = {(step.get("area"), step.get("what")) for step in steps}
    added, left_out = [], []
    for area, what, who, days in TEMPLATES[template]:
        if (area, what) in standing:
            left_out.append(what)
            continue
        step = {
            "area": area,
            "what": what,
            "by": who,
            "until": today() + timedelta(days=days),
            "progress": "planned",
        }
        added.append(changes.add(by=by, case=case, kind=STEP, given=step))
    return Begun(added, left_out)


def take_back(*, by: Actor, case: Case, keys: Sequence[str]) -> int:
    """Take back what one press added, as a whole; gives how many steps that were.

    ``keys`` are those of the records. A step that somebody wrote on meanwhile stays.
    """
    rows = queries.in_full(case, [STEP.code])
    steps = [row for row in rows if row.key in keys]
    written_on = queries.written_on(case, (row.key for row in steps))
    untouched = [row for row in steps if row.key not in written_on]
    for row in untouched:
        changes.remove(by=by, record=row)
    return len(untouched)

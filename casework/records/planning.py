"""Beginning a plan from a template."""

from datetime import timedelta

from access.actors import Actor
from casework.records import changes
from casework.records.kinds import KINDS
from casework.records.plan import TEMPLATES
from models.base import today
from models.cases import Case
from web.errors import NotFound


def begin(*, by: Actor, case: Case, template: str) -> None:
    """Add the steps of a template, due from today on. Raises where there is no such template."""
    if template not in TEMPLATES:
        raise NotFound
    for area, what, who, days in TEMPLATES[template]:
        step = {
            "area": area,
            "what": what,
            "by": who,
            "until": today() + timedelta(days=days),
            "progress": "planned",
        }
        changes.add(by=by, case=case, kind=KINDS["service"], given=step)

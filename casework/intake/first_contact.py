"""What was answered about safety before a registration: it acts, and is read on the case."""

from collections.abc import Mapping
from typing import Any

from access.actors import Actor
from casework.core import tasks, timeline
from casework.intake import registration
from casework.intake.schemas import SafetySchema
from models import office_settings
from models.base import today
from models.cases import Case
from standards import lists

ACTS = ("danger", "doctor", "interpreter")  # each is a kind of task for today


def in_an_emergency(by: Actor) -> dict[str, str]:
    """What the worker's office says is to be done, and its telephone; empty where neither is."""
    office, _team = registration.place_of_work(by)
    names = {"phone": "emergency_phone", "procedure": "emergency_procedure"}
    said = {name: office_settings.of(office.id, key) for name, key in names.items()}
    return said if any(said.values()) else {}


def keep(*, by: Actor, case: Case, said: Mapping[str, Any]) -> None:
    """Set a task for each need, and write down what was answered in the words of the form."""
    for need in ACTS:
        if said.get(need):
            tasks.add(by=by, case=case, kind=need, due_on=today())
    answers = SafetySchema().fields
    words = [
        str(field.metadata["label"])
        for name, field in answers.items()
        if name != "channel" and said.get(name)
    ]
    if channel := said.get("channel"):
        words.insert(0, str(lists.label(lists.CHANNELS, channel)))
    if words:
        timeline.add(by=by, case=case, kind="first_contact", note="\n".join(words))

"""What stands on the pages of intake: the steps of a registration, the stages of an import."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from access.actors import Actor
from access.permissions import Role
from casework.core import queries, search
from casework.intake import (
    callers,
    columns,
    drafts,
    first_contact,
    importing,
    registration,
    two_tabs,
)
from casework.intake.file_readers import Row
from casework.intake.rows import Fault
from casework.intake.schemas import BasisSchema, StartSchema
from models.cases import Draft, Import, ImportFault
from models.states import ImportState
from standards import lists
from web.errors import NotFound
from web.forms import Form

_STATES: lists.Options = (
    (ImportState.MAPPING, _l("columns to name")),
    (ImportState.UPLOADED, _l("not started")),
    (ImportState.RUNNING, _l("running")),
    (ImportState.DONE, _l("done")),
    (ImportState.FAILED, _l("failed")),
    (ImportState.CANCELLED, _l("cancelled")),
)
_LOOKS: dict[str, str] = {ImportState.DONE: "ok", ImportState.RUNNING: "info"}
_COMPARED = {3, 6}  # steps of a registration beside which cases that look alike are shown


def step(
    actor: Actor, draft: Draft, number: int, form: Form | None, why: str = ""
) -> dict[str, object]:
    """One step of a registration, with what was typed before; no further than it was reached."""
    number = min(number, draft.step)
    name, schema = drafts.STEPS[number]
    content = drafts.standing(actor, draft, name)
    form = form or Form(schema, content.get(name, {}))
    person = form.data if name == "person" else content.get("person", {})
    compares = number in _COMPARED and person
    hits = search.duplicates(by=actor, person=person, why=why) if compares else []
    return {
        "draft": draft,
        "number": number,
        "step": name,
        "is_last": number == drafts.LAST_STEP,
        "form": form,
        "content": content,
        "checked": _checked(content) if name == "check" else [],
        "found": hits,
        "compares": number in _COMPARED,
        "likely": next((hit for hit in hits if hit.likely and hit.case is not None), None),
        **(_may_be_told(actor) if name == "consent" else {}),
        "emergency": first_contact.in_an_emergency(actor) if name == "safety" else {},
        "shown_here": two_tabs.shown(content.get(name, {})),
        "caller": _caller(actor, content) if name in {"account", "person"} else None,
    }


_LOOKED_AT = {
    "person": ("birth", "languages", "phone", "safe_contact"),
    "needs": ("needs", "safety_note", "categories"),
}


def _checked(content: dict[str, Any]) -> list[tuple[Any, str]]:
    """What does harm where it is wrong, in words, as it was typed: label and answer."""
    schemas = dict(drafts.STEPS.values())
    lines = []
    for step, names in _LOOKED_AT.items():
        form = Form(schemas[step], content.get(step, {}))
        of_the_step = form.schema.fields
        for field in form:
            if field.name in names and field.value:
                with suppress(ValidationError):  # half typed, in another tab: opening refuses it
                    value = of_the_step[field.name].deserialize(field.value)
                    lines.append((field.label, field.as_text(value)))
    return lines


def _may_be_told(actor: Actor) -> dict[str, object]:
    office, _team = registration.place_of_work(actor)
    near, elsewhere = queries.may_be_told(office)
    return {"partners": near, "elsewhere": elsewhere}


def _caller(actor: Actor, content: dict[str, Any]) -> callers.Known | None:
    """What the person said before they agreed, to be read beside the form."""
    key = content.get("caller", {}).get("key", "")
    try:
        return callers.read(callers.of(actor, key)) if key else None
    except NotFound:
        return None


@dataclass(frozen=True)
class ImportLine:
    """An import in the list of those before."""

    job: Import
    state: str
    look: str


def imports(actor: Actor, form: Form | None, after: str = "") -> dict[str, object]:
    """The imports of the actor, and the form to bring in another file."""
    page = queries.imports(actor, after)
    _field, error = _first_error(form)
    lines = [
        ImportLine(job, lists.label(_STATES, job.state), _LOOKS.get(job.state, ""))
        for job in page.items
    ]
    return {"imports": lines, "page": page, "error": error}


def _first_error(form: Form | None) -> tuple[str, str]:
    """The field and the message of what does not fit; empty where all does."""
    for field, messages in form.errors.items() if form else ():
        return field, str(messages[0])
    return "", ""


Stage = tuple[str, dict[str, object]]


def stage(actor: Actor, job: Import, form: Form | None = None) -> Stage:
    """The template of the stage an import is in, and what stands on it."""
    if job.state == ImportState.MAPPING:
        return _mapping(job, None, Form(BasisSchema))
    if job.state == ImportState.UPLOADED:
        return "casework/intake/import_preview.html", _preview(actor, job, form)
    if job.state == ImportState.RUNNING:
        return "casework/intake/import_running.html", {"job": job}
    return "casework/intake/import_report.html", _report(job)


def mapping_again(job: Import, meanings: dict[int, str], form: Form) -> Stage:
    """The columns with what was chosen, and what is wrong with it."""
    return _mapping(job, meanings, form)


def _mapping(job: Import, meanings: dict[int, str] | None, form: Form) -> Stage:
    """Which column is which, with the first values of each; without an answer, suggestions."""
    header = columns.header(job)
    field, error = _first_error(form)
    shown: dict[str, object] = {
        "job": job,
        "columns": header,
        "chosen": columns.suggest(header) if meanings is None else meanings,
        "targets": columns.targets(),
        "basis": form.data.get("basis", ""),
        "error": error,
        "field": field,
    }
    return "casework/intake/columns.html", shown


def _preview(actor: Actor, job: Import, form: Form | None) -> dict[str, object]:
    outcome, faults = importing.preview(importing.rows_of(job))
    becomes = [what for _row, what in outcome]
    new, known = becomes.count("new"), becomes.count("known")
    return {
        "job": job,
        "new": new,
        "known": known,
        "refused": job.total - new - known,
        "form": form or Form(StartSchema, {"gives": "me"}),
        "people": _who_may_get_them(actor, job),
        "first_rows": _first_rows(outcome),
        **_faults(faults),
    }


def _who_may_get_them(actor: Actor, job: Import) -> list[tuple[str, str]]:
    """Whom a supervisor may choose; a caseworker takes the cases, or leaves them open."""
    if job.office_id not in actor.at(Role.SUPERVISOR):
        return []
    return [(str(user.id), user.name) for user in queries.caseworkers(job.office_id)]


def _first_rows(outcome: Sequence[tuple[Row, str]], size: int = 20) -> list[tuple[int, int, str]]:
    """The number of a row in the file, how many cells it fills, and what becomes of it."""
    return [(row.number, len(row.cells), what) for row, what in outcome[:size]]


def _report(job: Import) -> dict[str, object]:
    refused = {fault.row for fault in job.faults if fault.reason not in importing.WARNINGS}
    return {
        "job": job,
        "has_finished": job.state == ImportState.DONE,
        "refused": len(refused),
        **_faults(job.faults),
    }


def _faults(faults: Sequence[Fault] | Sequence[ImportFault]) -> dict[str, Any]:
    return {"faults": faults, "reasons": importing.REASONS}

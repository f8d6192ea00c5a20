"""Pages: bringing in a file: upload, preview, progress, report."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.permissions import Permission
from casework.core import queries
from casework.intake import columns as column_mapping
from casework.intake import importing, registration
from models.cases import Import
from models.rules import RuleBroken
from models.states import ImportState
from notifications import queue
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("imports", __name__)


def _own(actor: Actor, key: str, **_: Any) -> Import:
    return importing.of(actor, key)


_OWN: dict[str, Any] = {"permission": Permission.CASE_IMPORT, "subject": _own}


@blueprint.get("/imports", permission=Permission.CASE_IMPORT)
def index(actor: Actor, error: str = "") -> str:
    """My imports, and the form to upload a file."""
    return render_template(
        "casework/intake/imports.html", imports=queries.imports(actor), error=error
    )


@blueprint.post("/imports", permission=Permission.CASE_IMPORT)
def upload(actor: Actor) -> Any:
    """Take a file in, sealed; show what would become of it."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise RuleBroken(_("Choose a file first."), "file")
        office, _team = registration.place_of_work(actor)
        job = importing.keep(by=actor, content=file.stream.read(), office=office)
    except RuleBroken as wrong:
        return index(actor, error=str(wrong.message)), 422
    return redirect_to("imports.show", key=job.key)


@blueprint.get("/imports/<key>", **_OWN)
def show(_actor: Actor, job: Import) -> str:
    """Which column is which, preview before, progress during, report after."""
    if job.state == ImportState.MAPPING:
        return _mapping(job)
    outcome, faults = (
        importing.preview(importing.rows_of(job)) if job.state == ImportState.UPLOADED else ([], [])
    )
    return render_template(
        "casework/intake/import.html",
        job=job,
        outcome=outcome,
        faults=faults,
        reasons=importing.REASONS,
        warnings=importing.WARNINGS,
    )


def _mapping(job: Import, error: str = "", field: str = "") -> str:
    columns = column_mapping.header(job)
    sent = (
        column_mapping.chosen(request.form)
        if request.method == "POST"
        else column_mapping.suggest(columns)
    )
    shown = {
        "columns": columns,
        "chosen": sent,
        "targets": column_mapping.TARGETS,
        "error": error,
        "field": field,
        "basis": request.form.get("basis", ""),
    }
    return render_template("casework/intake/columns.html", job=job, **shown)


@blueprint.post("/imports/<key>/columns", **_OWN)
def choose_columns(actor: Actor, job: Import) -> Any:
    """Which column is which; then the preview."""
    try:
        column_mapping.choose(
            by=actor,
            job=job,
            columns=column_mapping.chosen(request.form),
            basis=request.form.get("basis", "").strip()[:2000],
        )
    except RuleBroken as wrong:
        return _mapping(job, str(wrong.message), wrong.field), 422
    return redirect_to("imports.show", key=job.key)


@blueprint.get("/imports/<key>/progress", **_OWN)
def progress(_actor: Actor, job: Import) -> Any:
    """How far an import is, for the bar."""
    return {"state": job.state, "position": job.position, "total": job.total}


@blueprint.post("/imports/<key>/start", **_OWN)
def start(actor: Actor, job: Import) -> object:
    """Begin; the worker takes it from here."""
    importing.start(job, by=actor)
    audit.record("import", subject=job.key, fields=(str(job.total),))
    queue.enqueue_after_commit("import", job.id)
    return redirect_to("imports.show", key=job.key)


@blueprint.post("/imports/<key>/cancel", **_OWN)
def cancel(actor: Actor, job: Import) -> object:
    """Stop; cases made so far stay, the file is destroyed."""
    importing.cancel(job, by=actor)
    return redirect_to("imports.show", key=job.key)

"""Pages: bringing in a file: upload, preview, progress, report."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.intake import columns, importing, pages, schemas
from models.cases import Import
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("imports", __name__)


def _own(actor: Actor, key: str, **_: Any) -> Import:
    return importing.of(actor, key)


_OWN: dict[str, Any] = {"permission": Permission.CASE_IMPORT, "subject": _own}


@blueprint.get("/imports", permission=Permission.CASE_IMPORT)
def index(actor: Actor, form: Form | None = None) -> str:
    """My imports, and the form to upload a file."""
    shown = pages.imports(actor, form, request.args.get("after", ""))
    return render_template("casework/intake/imports.html", **shown)


@blueprint.post(
    "/imports",
    permission=Permission.CASE_IMPORT,
    accepts=schemas.UploadSchema,
    page=index,
    ahead=lambda _actor: importing.sent(request.files.get("file")),
)
def upload(actor: Actor, _given: dict[str, Any], looked: importing.Looked) -> object:
    """Take a file in, sealed; show what would become of it."""
    job = importing.receive(by=actor, looked=looked)
    return redirect_to("imports.show", job)


@blueprint.get("/imports/<key>", **_OWN)
def show(actor: Actor, job: Import, form: Form | None = None) -> str:
    """Which column is which, preview before, progress during, report after."""
    if form is not None and isinstance(form.schema, schemas.BasisSchema):
        template, shown = pages.mapping_again(job, columns.chosen(request.form), form)
    else:
        template, shown = pages.stage(actor, job, form)
    return render_template(template, **shown)


def _counted(_actor: Actor, job: Import) -> int:
    meanings, basis = columns.chosen(request.form), request.form.get("basis", "")
    return columns.counted(job=job, columns=meanings, basis=basis)


@blueprint.post(
    "/imports/<key>/columns", **_OWN, accepts=schemas.BasisSchema, page=show, ahead=_counted
)
def choose_columns(actor: Actor, job: Import, given: dict[str, str], total: int) -> object:
    """Which column is which; then the preview."""
    meanings, basis = columns.chosen(request.form), given.get("basis", "")
    columns.choose(by=actor, job=job, columns=meanings, basis=basis, total=total)
    return redirect_to("imports.show", job)


@blueprint.get("/imports/<key>/progress", **_OWN)
def progress(_actor: Actor, job: Import) -> Any:
    """How far an import is, for the bar."""
    return {"state": job.state, "position": job.position, "total": job.total}


@blueprint.post("/imports/<key>/start", **_OWN, accepts=schemas.StartSchema, page=show)
def start(actor: Actor, job: Import, given: dict[str, Any]) -> object:
    """Begin; the worker takes it from here."""
    chosen = [int(text) for text in given.get("owners", []) if text.isdecimal()]
    owners = {"me": None, "nobody": []}.get(given.get("gives", "me"), chosen)
    importing.start_in_worker(job, by=actor, owners=owners)
    return redirect_to("imports.show", job)


@blueprint.post("/imports/<key>/cancel", **_OWN)
def cancel(actor: Actor, job: Import) -> object:
    """Stop; cases made so far stay, the file is destroyed."""
    importing.cancel(job, by=actor)
    return redirect_to("imports.show", job)

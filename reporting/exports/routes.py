"""Pages: saved reports, files of the field's standards, and files while they are made and when they
are ready.
"""

from typing import Any

from flask import Response, jsonify, render_template, request

from access import audit
from access.actors import Actor
from access.permissions import Permission
from models.base import now
from models.facts import Delivery, SavedReport
from models.states import Sets
from reporting.exports import deliveries
from reporting.pages import renderings, showing
from reporting.pages.pages import PAGES
from reporting.pages.schemas import CtdcSchema, ExportSchema, SaveSchema
from reporting.pages.tabs import tabs
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("exports", __name__)
_READS: dict[str, Any] = {"permission": Permission.STATISTICS_READ}
_FILE: dict[str, Any] = {**_READS, "subject": deliveries.of}


def _path() -> str:
    """The page a report is of, as the address brings it: one of ours, with its filters."""
    path = request.values.get("of", "")[:400]
    return path if path.partition("?")[0] in PAGES else ""


def _password() -> str:
    return request.form.get("password", "")


@blueprint.get("/statistics/reports", **_READS)
def reports(actor: Actor, form: Form | None = None) -> str:
    """My reports, and the form to keep one."""
    path = _path()
    name = str(PAGES[path.partition("?")[0]].title) if path else ""
    return render_template(
        "reporting/exports/reports.html",
        reports=deliveries.reports_of(actor),
        form=form or Form(SaveSchema, {"of": path, "name": name, "every": ""}),
        path=path,
        password=_password() or deliveries.new_password(),
        files=deliveries.files_of(actor, ("report",), request.args.get("after", "")),
        tabs=tabs(actor, "reports"),
    )


@blueprint.post("/statistics/reports", **_READS, accepts=SaveSchema, page=reports)
def save(actor: Actor, given: dict[str, Any]) -> object:
    """Keep a report, and say when it is sent."""
    path = _path()
    if not path:
        raise NotFound
    every = given.get("every", "")
    deliveries.save(by=actor, name=given["name"], path=path, every=every, password=_password())
    audit.record("report_kept", subject=path[:60])
    return redirect_to("exports.reports")


@blueprint.post("/statistics/reports/<key>/remove", **_READS, subject=deliveries.report_of)
def remove(_actor: Actor, report: SavedReport) -> object:
    """Keep it no longer, send it no longer."""
    deliveries.remove(report)
    return redirect_to("exports.reports")


@blueprint.get("/statistics/exports", permission=Permission.DATA_EXPORT, fresh=True)
def exports(actor: Actor, form: Form | None = None) -> str:
    """Files of the field's standards, and the forms to ask for one."""
    shown: dict[Any, Form] = {
        ExportSchema: Form(ExportSchema, {"format": "xlsx"}),
        CtdcSchema: Form(CtdcSchema, {"from_year": now().year, "to_year": now().year}),
    }
    if form is not None:
        shown[type(form.schema)] = form
    return render_template(
        "reporting/exports/exports.html",
        htcds=shown[ExportSchema],
        ctdc=shown[CtdcSchema],
        password=_password() or deliveries.new_password(),
        recipients=deliveries.recipients(),
        files=deliveries.files_of(actor, ("htcds", "ctdc"), request.args.get("after", "")),
        tabs=tabs(actor, "exports"),
        may=showing.may(actor),
    )


@blueprint.post(
    "/statistics/exports/htcds",
    permission=Permission.DATA_EXPORT,
    fresh=True,
    accepts=ExportSchema,
    page=exports,
)
def ask_htcds(actor: Actor, given: dict[str, Any]) -> object:
    """Ask for cases as a file of the HTCDS."""
    identities = bool(given.get("identities"))
    delivery = deliveries.ask_htcds(
        by=actor,
        format_=given["format"],
        identities=identities,
        password=_password(),
        recipient=given.get("recipient", ""),
    )
    return redirect_to("exports.file", delivery)


@blueprint.post(
    "/statistics/exports/ctdc",
    permission=Permission.STATISTICS_PUBLISH,
    fresh=True,
    accepts=CtdcSchema,
    page=exports,
)
def ask_ctdc(actor: Actor, given: dict[str, Any]) -> object:
    """Ask for victims as rows of the CTDC's variables."""
    return redirect_to(
        "exports.file", deliveries.ask_ctdc(by=actor, wanted=given, password=_password())
    )


@blueprint.get("/statistics/files/<key>", **_FILE)
def file(actor: Actor, delivery: Delivery) -> str:
    """How far a file is; the way to fetch it."""
    here = "reports" if delivery.kind == "report" else "exports"
    return render_template("reporting/exports/file.html", file=delivery, tabs=tabs(actor, here))


@blueprint.get("/statistics/files/<key>/progress", **_FILE)
def progress(_actor: Actor, delivery: Delivery) -> Response:
    """For the bar."""
    ended = delivery.state in Sets.DELIVERY_ENDED
    return jsonify(position=delivery.position, total=max(delivery.total, 1), done=ended)


@blueprint.get("/statistics/files/<key>.zip", **_FILE)
def fetch(actor: Actor, delivery: Delivery) -> Response:
    """The encrypted file."""
    name = f"{delivery.kind}-{delivery.key[:6]}.zip"
    return renderings.sent(deliveries.fetched(actor, delivery), "application/zip", name)

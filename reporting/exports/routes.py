"""Pages: saved reports, files of the field's standards, and the files themselves while they are made and when they are ready."""

from typing import Any

from flask import Response, jsonify, render_template, request
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from models.base import db, now
from models.facts import Delivery, SavedReport
from models.states import Sets
from reporting.exports import deliveries
from reporting.pages.pages import PAGES
from reporting.pages.routes import sent
from reporting.pages.schemas import CtdcSchema, ExportSchema, SaveSchema
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("exports", __name__)
_NAV: dict[str, Any] = {"pages": PAGES.values(), "page": None, "period": ""}


def _files(actor: Actor, kinds: tuple[str, ...]) -> list[Delivery]:
    query = (
        select(Delivery)
        .where(Delivery.user_id == actor.id, Delivery.kind.in_(kinds), Delivery.expires_at > now())
        .order_by(Delivery.id.desc())
        .limit(25)
    )
    return list(db.session.execute(query).scalars())


def _path() -> str:
    """The page a report is of, as the address brings it: one of ours, with its filters."""
    path = request.values.get("of", "")[:400]
    return path if path.partition("?")[0] in PAGES else ""


@blueprint.get("/statistics/reports", permission=Permission.STATISTICS_READ)
def reports(actor: Actor, form: Form | None = None) -> str:
    """My reports, and the form to keep one."""
    kept = list(
        db.session.execute(
            select(SavedReport).where(SavedReport.user_id == actor.id).order_by(SavedReport.name)
        ).scalars()
    )
    path = _path()
    shown = form or Form(
        SaveSchema,
        {"of": path, "name": str(PAGES[path.partition("?")[0]].title) if path else "", "every": ""},
    )
    return render_template(
        "reporting/exports/reports.html",
        reports=kept,
        form=shown,
        path=path,
        password=request.form.get("password") or deliveries.new_password(),
        files=_files(actor, ("report",)),
        titles=PAGES,
        here="reports",
        **_NAV,
    )


@blueprint.post(
    "/statistics/reports", permission=Permission.STATISTICS_READ, accepts=SaveSchema, page=reports
)
def save(actor: Actor, given: dict[str, Any]) -> object:
    """Keep a report, and say when it is sent."""
    if not _path():
        raise NotFound
    deliveries.save(
        by=actor,
        name=given["name"],
        path=_path(),
        every=given.get("every", ""),
        password=request.form.get("password", ""),
    )
    audit.record("report_kept", subject=_path()[:60])
    return redirect_to(".reports")


def _report(actor: Actor, key: str, **_more: Any) -> SavedReport:
    found = db.session.execute(
        select(SavedReport).where(SavedReport.key == key, SavedReport.user_id == actor.id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


@blueprint.post(
    "/statistics/reports/<key>/remove", permission=Permission.STATISTICS_READ, subject=_report
)
def remove(_actor: Actor, report: SavedReport) -> object:
    """Keep it no longer, send it no longer."""
    db.session.delete(report)
    return redirect_to(".reports")


@blueprint.get("/statistics/exports", permission=Permission.DATA_EXPORT, fresh=True)
def exports(actor: Actor, form: Form | None = None) -> str:
    """Files of the field's standards, and the forms to ask for one."""
    ours: dict[Any, Form] = {
        ExportSchema: Form(ExportSchema, {"format": "xlsx"}),
        CtdcSchema: Form(CtdcSchema, {"from_year": now().year, "to_year": now().year}),
    }
    if form is not None:
        ours[type(form.schema)] = form
    return render_template(
        "reporting/exports/exports.html",
        htcds=ours[ExportSchema],
        ctdc=ours[CtdcSchema],
        password=request.form.get("password") or deliveries.new_password(),
        files=_files(actor, ("htcds", "ctdc")),
        here="exports",
        **_NAV,
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
    wanted = {"format": given["format"], "identities": bool(given.get("identities"))}
    made = deliveries.ask(
        by=actor,
        kind="htcds",
        wanted=wanted,
        name=f"HTCDS {given['format']}",
        password=request.form.get("password", ""),
    )
    audit.record(
        "export_asked",
        subject=f"htcds {given['format']} {'identities' if wanted['identities'] else 'pseudonyms'}",
    )
    return redirect_to(".file", key=made.key)


@blueprint.post(
    "/statistics/exports/ctdc",
    permission=Permission.STATISTICS_PUBLISH,
    fresh=True,
    accepts=CtdcSchema,
    page=exports,
)
def ask_ctdc(actor: Actor, given: dict[str, Any]) -> object:
    """Ask for victims as rows of the CTDC's variables."""
    made = deliveries.ask(
        by=actor,
        kind="ctdc",
        wanted=given,
        name=f"CTDC {given['from_year']}-{given['to_year']}",
        password=request.form.get("password", ""),
    )
    audit.record("export_asked", subject=made.name)
    return redirect_to(".file", key=made.key)


_FILE: dict[str, Any] = {"permission": Permission.STATISTICS_READ, "subject": deliveries.of}


@blueprint.get("/statistics/files/<key>", **_FILE)
def file(_actor: Actor, delivery: Delivery) -> str:
    """How far a file is; the way to fetch it."""
    return render_template(
        "reporting/exports/file.html",
        file=delivery,
        here="reports" if delivery.kind == "report" else "exports",
        **_NAV,
    )


@blueprint.get("/statistics/files/<key>/progress", **_FILE)
def progress(_actor: Actor, delivery: Delivery) -> Response:
    """For the bar."""
    return jsonify(
        position=delivery.position,
        total=max(delivery.total, 1),
        done=delivery.state in Sets.DELIVERY_ENDED,
    )


@blueprint.get("/statistics/files/<key>.zip", **_FILE)
def fetch(_actor: Actor, delivery: Delivery) -> Response:
    """The encrypted file."""
    return sent(
        deliveries.fetched(delivery), "application/zip", f"{delivery.kind}-{delivery.key[:6]}.zip"
    )

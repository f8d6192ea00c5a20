"""Pages: erasure by two, blocks, emergency access, alerts."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries as casework_queries
from data_protection import access_alerts, access_exceptions, pages, register, schemas, yearly
from data_protection import erasure as erasing
from models.cases import Case
from models.data_protection import Alert, Emergency, Erasure
from web.errors import NotFound
from web.finding import by_id
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("data_protection", __name__)
_BLOCK: dict[str, Any] = {"permission": Permission.BLOCK_SET, "subject": casework_queries.case}
_DECIDE: dict[str, Any] = {
    "permission": Permission.ERASURE_DECIDE,
    "subject": by_id(Erasure, "erasure_id"),
    "fresh": True,
}


@blueprint.get("/erasures", permission=Permission.ERASURE_LIST)
def erasures(actor: Actor) -> str:
    """What waits for a decision, and the tombstones of what was erased."""
    shown = pages.erasures(actor, request.args.get("after", ""))
    return render_template("data_protection/erasures.html", **shown)


@blueprint.get("/cases/<number>/guard", **_BLOCK)
def guard(_actor: Actor, case: Case, form: Form | None = None) -> str:
    """Blocks of a case, and asking for its erasure."""
    return render_template("data_protection/guard.html", **pages.guard(case, form))


@blueprint.post("/cases/<number>/blocks", **_BLOCK, accepts=schemas.BlockSchema, page=guard)
def block(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Keep the case from somebody."""
    access_exceptions.block(by=actor, case=case, **given)
    return redirect_to("data_protection.guard", case)


@blueprint.post("/cases/<number>/blocks/end", **_BLOCK, accepts=schemas.UnblockSchema)
def unblock(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """End a block."""
    access_exceptions.unblock(by=actor, case=case, block=given["block"])
    return redirect_to("data_protection.guard", case)


@blueprint.post(
    "/cases/<number>/erasure",
    permission=Permission.ERASURE_ASK,
    subject=casework_queries.case,
    accepts=schemas.ErasureSchema,
    page=guard,
    fresh=True,
)
def ask_erasure(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Ask that the case is erased."""
    erasing.ask(by=actor, case=case, reason=given["reason"])
    return redirect_to("data_protection.guard", case)


@blueprint.get("/erasures/<int:erasure_id>", **_DECIDE)
def erasure(_actor: Actor, asked: Erasure) -> str:
    """The last question before nothing is left."""
    return render_template("data_protection/erasure.html", **pages.erasure(asked))


@blueprint.post("/erasures/<int:erasure_id>/approve", **_DECIDE)
def approve_erasure(actor: Actor, asked: Erasure) -> object:
    """Erase."""
    erasing.approve(by=actor, erasure=asked)
    return redirect_to("data_protection.erasures")


@blueprint.post("/erasures/<int:erasure_id>/refuse", **_DECIDE)
def refuse_erasure(actor: Actor, asked: Erasure) -> object:
    """Keep."""
    erasing.refuse(by=actor, erasure=asked)
    return redirect_to("data_protection.erasures")


@blueprint.get("/emergency", permission=Permission.EMERGENCY_ASK)
def emergency_form(_actor: Actor, form: Form | None = None) -> str:
    """Ask to open one case in an emergency."""
    return render_template("data_protection/emergency.html", **pages.emergency(form))


@blueprint.post(
    "/emergency",
    permission=Permission.EMERGENCY_ASK,
    accepts=schemas.EmergencySchema,
    page=emergency_form,
    fresh=True,
)
def open_in_emergency(actor: Actor, given: dict[str, str]) -> object:
    """Open it; supervisors and data protection officers are told at once."""
    opened = access_exceptions.open_in_emergency(by=actor, **given)
    if opened.waits_for_yes:
        return redirect_to("data_protection.waiting")
    return redirect_to("casefile.show", opened.case)


@blueprint.get("/emergency/waiting", permission=Permission.EMERGENCY_ASK)
def waiting(_actor: Actor) -> str:
    """A supervisor was asked; a notice comes when they say yes."""
    return render_template("data_protection/waiting.html")


@blueprint.get("/emergencies", permission=Permission.EMERGENCY_LIST)
def emergencies(actor: Actor) -> str:
    """Which cases are open to whom in an emergency, and who waits for a yes."""
    return render_template("data_protection/emergencies.html", **pages.emergencies(actor))


@blueprint.post(
    "/emergencies/<int:emergency_id>/allow",
    permission=Permission.EMERGENCY_ALLOW,
    subject=by_id(Emergency, "emergency_id"),
)
def allow(actor: Actor, emergency: Emergency) -> object:
    """Say yes to another case at once."""
    access_exceptions.allow(by=actor, emergency=emergency)
    return redirect_to("data_protection.emergencies")


@blueprint.get("/alerts", permission=Permission.ALERT_READ)
def alerts(_actor: Actor, _alert: Alert | None = None, form: Form | None = None) -> str:
    """Unusual access, and emergencies to review."""
    shown = pages.alerts(request.args.get("after", ""))
    return render_template("data_protection/alerts.html", **shown, form=form)


@blueprint.post(
    "/alerts/<int:alert_id>/answer",
    permission=Permission.ALERT_READ,
    subject=by_id(Alert, "alert_id"),
    accepts=schemas.AlertSchema,
    page=alerts,
)
def answer(actor: Actor, alert: Alert, given: dict[str, str]) -> object:
    """Say what was found, and what was done."""
    access_alerts.answer(by=actor, alert=alert, **given)
    return redirect_to("data_protection.alerts")


@blueprint.get("/register", permission=Permission.ALERT_READ)
def register_of_processing(_actor: Actor) -> str:
    """Which data are kept and who opens them, how long, and who holds which role since when."""
    return render_template(
        "data_protection/register.html",
        processing=register.processing(),
        retention=register.retention(),
        roles=register.roles(),
    )


@blueprint.get("/register/year", permission=Permission.ALERT_READ)
def year_of_officer(_actor: Actor) -> str:
    """A year in figures, for whoever the officer answers to."""
    years = yearly.years()
    year = request.args.get("year", years[0], type=int)
    if year not in years:
        raise NotFound
    return render_template(
        "data_protection/year.html", year=year, years=years, sections=yearly.of(year)
    )


@blueprint.post(
    "/emergencies/<int:emergency_id>/review",
    permission=Permission.EMERGENCY_REVIEW,
    subject=by_id(Emergency, "emergency_id"),
    accepts=schemas.ReviewSchema,
)
def review(actor: Actor, emergency: Emergency, given: dict[str, str]) -> object:
    """Judge an emergency access."""
    access_exceptions.review(by=actor, emergency=emergency, **given)
    return redirect_to("data_protection.alerts")

"""Pages: erasure by two, blocks, emergency access, alerts."""

from typing import Any

from flask import render_template, request
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries as casework_queries
from data_protection import access_alerts, access_exceptions, schemas
from data_protection import erasure as erasing
from models import numbers
from models.base import db
from models.cases import Case
from models.data_protection import Alert, Emergency, Erasure
from models.people import Organisation
from web import paging
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("data_protection", __name__)
_CASE: dict[str, Any] = {"subject": casework_queries.case}


def _one(model: Any) -> Any:
    def find(_actor: Actor, number: int, **_: Any) -> Any:
        found = db.session.get(model, number)
        if found is None:
            raise NotFound
        return found

    return find


@blueprint.get("/erasures", permission=Permission.ERASURE_LIST)
def erasures(actor: Actor) -> str:
    """What waits for a decision, and the tombstones of what was erased."""
    page = paging.page(
        select(Erasure), (Erasure.asked_at, Erasure.id), request.args.get("after", "")
    )
    return render_template("data_protection/erasures.html", page=page)


@blueprint.get("/cases/<number>/guard", permission=Permission.BLOCK_SET, **_CASE)
def guard(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Blocks of a case, and asking for its erasure."""
    return render_template(
        "data_protection/guard.html",
        case=case,
        blocks=access_exceptions.blocks(case),
        form=form
        if form and isinstance(form.schema, schemas.BlockSchema)
        else Form(schemas.BlockSchema),
        erasure_form=form
        if form and isinstance(form.schema, schemas.ErasureSchema)
        else Form(schemas.ErasureSchema),
        erasure=db.session.execute(
            select(Erasure).where(Erasure.case_id == case.id)
        ).scalar_one_or_none(),
        organisations=db.session.execute(select(Organisation).order_by(Organisation.name))
        .scalars()
        .all(),
    )


@blueprint.post(
    "/cases/<number>/blocks",
    permission=Permission.BLOCK_SET,
    **_CASE,
    accepts=schemas.BlockSchema,
    page=guard,
)
def block(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the case from somebody."""
    access_exceptions.block(by=actor, case=case, **given)
    return redirect_to("data_protection.guard", number=case.number)


@blueprint.post(
    "/cases/<number>/blocks/end",
    permission=Permission.BLOCK_SET,
    **_CASE,
    accepts=schemas.UnblockSchema,
)
def unblock(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """End a block."""
    access_exceptions.unblock(
        by=actor, case=case, number=int(given["block"]) if given["block"].isdecimal() else 0
    )
    return redirect_to("data_protection.guard", number=case.number)


@blueprint.post(
    "/cases/<number>/erasure",
    permission=Permission.ERASURE_ASK,
    **_CASE,
    accepts=schemas.ErasureSchema,
    page=guard,
    fresh=True,
)
def ask_erasure(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Ask that the case is erased."""
    erasing.ask(by=actor, case=case, reason=given["reason"])
    return redirect_to("data_protection.guard", number=case.number)


@blueprint.get(
    "/erasures/<int:number>",
    permission=Permission.ERASURE_DECIDE,
    subject=_one(Erasure),
    fresh=True,
)
def erasure(_actor: Actor, found: Erasure) -> str:
    """The last question before nothing is left."""
    return render_template("data_protection/erasure.html", erasure=found)


@blueprint.post(
    "/erasures/<int:number>/approve",
    permission=Permission.ERASURE_DECIDE,
    subject=_one(Erasure),
    fresh=True,
)
def approve_erasure(actor: Actor, found: Erasure) -> object:
    """Erase."""
    erasing.approve(by=actor, erasure=found)
    return redirect_to("data_protection.erasures")


@blueprint.post(
    "/erasures/<int:number>/refuse",
    permission=Permission.ERASURE_DECIDE,
    subject=_one(Erasure),
    fresh=True,
)
def refuse_erasure(actor: Actor, found: Erasure) -> object:
    """Keep."""
    erasing.refuse(by=actor, erasure=found)
    return redirect_to("data_protection.erasures")


@blueprint.get("/emergency", permission=Permission.EMERGENCY_ASK)
def emergency_form(_actor: Actor, form: Form | None = None) -> str:
    """Ask to open one case in an emergency."""
    return render_template(
        "data_protection/emergency.html",
        form=form or Form(schemas.EmergencySchema),
        hours=access_exceptions.HOURS,
    )


@blueprint.post(
    "/emergency",
    permission=Permission.EMERGENCY_ASK,
    accepts=schemas.EmergencySchema,
    page=emergency_form,
    fresh=True,
)
def open_in_emergency(actor: Actor, given: dict[str, Any]) -> object:
    """Open it; supervisors and data protection officers are told at once."""
    made = access_exceptions.open_in_emergency(
        by=actor, number=numbers.tidy(given["number"]), reason=given["reason"]
    )
    return redirect_to("casefile.show", number=made.case.number)


@blueprint.get("/alerts", permission=Permission.ALERT_READ)
def alerts(_actor: Actor) -> str:
    """Unusual access, and emergencies to review."""
    page = paging.page(select(Alert), (Alert.at, Alert.id), request.args.get("after", ""))
    waiting = (
        db.session.execute(
            select(Emergency)
            .where(Emergency.reviewed_at.is_(None))
            .order_by(Emergency.id)
            .limit(50)
        )
        .scalars()
        .all()
    )
    return render_template(
        "data_protection/alerts.html",
        page=page,
        emergencies=waiting,
        form=Form(schemas.ReviewSchema),
    )


@blueprint.post("/alerts/<int:number>/seen", permission=Permission.ALERT_READ, subject=_one(Alert))
def seen(actor: Actor, alert: Alert) -> object:
    """Somebody looked into it."""
    access_alerts.see(actor.id, alert)
    return redirect_to("data_protection.alerts")


@blueprint.post(
    "/emergencies/<int:number>/review",
    permission=Permission.EMERGENCY_REVIEW,
    subject=_one(Emergency),
    accepts=schemas.ReviewSchema,
)
def review(actor: Actor, emergency: Emergency, given: dict[str, Any]) -> object:
    """Judge an emergency access."""
    access_exceptions.review(by=actor, emergency=emergency, finding=given["finding"])
    return redirect_to("data_protection.alerts")

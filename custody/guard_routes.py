"""Pages: erasure by two, blocks, emergency access, alerts."""

from typing import Any

from flask import render_template, request
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from casework import queries as casework_queries
from custody import erasing, guarding, schemas, watching
from models import numbers
from models.base import db
from models.cases import Case
from models.custody import Alert, Emergency, Erasure
from models.people import Organisation
from web import paging
from web.faults import Absent
from web.forms import Form
from web.room import Room, see

room = Room("custody_guard", __name__)
_CASE: dict[str, Any] = {"subject": casework_queries.case}


def _one(model: Any) -> Any:
    def find(_actor: Actor, number: int, **_: Any) -> Any:
        found = db.session.get(model, number)
        if found is None:
            raise Absent
        return found

    return find


@room.get("/erasures", permission=Permission.ERASURE_LIST)
def erasures(actor: Actor) -> str:
    """What waits for a decision, and the tombstones of what was erased."""
    page = paging.page(select(Erasure), (Erasure.asked_at, Erasure.id), request.args.get("after", ""))
    return render_template("custody/erasures.html", page=page)


@room.get("/cases/<number>/guard", permission=Permission.BLOCK_SET, **_CASE)
def guard(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Blocks of a case, and asking for its erasure."""
    return render_template(
        "custody/guard.html",
        case=case,
        blocks=guarding.blocks(case),
        form=form if form and isinstance(form.schema, schemas.BlockSchema) else Form(schemas.BlockSchema),
        erasure_form=form if form and isinstance(form.schema, schemas.ErasureSchema) else Form(schemas.ErasureSchema),
        erasure=db.session.execute(select(Erasure).where(Erasure.case_id == case.id)).scalar_one_or_none(),
        organisations=db.session.execute(select(Organisation).order_by(Organisation.name)).scalars().all(),
    )


@room.post("/cases/<number>/blocks", permission=Permission.BLOCK_SET, **_CASE, accepts=schemas.BlockSchema, page=guard)
def block(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Keep the case from somebody."""
    guarding.block(by=actor, case=case, **given)
    return see("custody_guard.guard", number=case.number)


@room.post("/cases/<number>/blocks/end", permission=Permission.BLOCK_SET, **_CASE, accepts=schemas.UnblockSchema)
def unblock(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """End a block."""
    guarding.unblock(by=actor, case=case, number=int(given["block"]) if given["block"].isdecimal() else 0)
    return see("custody_guard.guard", number=case.number)


@room.post("/cases/<number>/erasure", permission=Permission.ERASURE_ASK, **_CASE, accepts=schemas.ErasureSchema, page=guard, fresh=True)
def ask_erasure(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Ask that the case is erased."""
    erasing.ask(by=actor, case=case, reason=given["reason"])
    return see("custody_guard.guard", number=case.number)


@room.get("/erasures/<int:number>", permission=Permission.ERASURE_DECIDE, subject=_one(Erasure), fresh=True)
def erasure(_actor: Actor, found: Erasure) -> str:
    """The last question before nothing is left."""
    return render_template("custody/erasure.html", erasure=found)


@room.post("/erasures/<int:number>/approve", permission=Permission.ERASURE_DECIDE, subject=_one(Erasure), fresh=True)
def approve_erasure(actor: Actor, found: Erasure) -> object:
    """Erase."""
    erasing.approve(by=actor, erasure=found)
    return see("custody_guard.erasures")


@room.post("/erasures/<int:number>/refuse", permission=Permission.ERASURE_DECIDE, subject=_one(Erasure), fresh=True)
def refuse_erasure(actor: Actor, found: Erasure) -> object:
    """Keep."""
    erasing.refuse(by=actor, erasure=found)
    return see("custody_guard.erasures")


@room.get("/emergency", permission=Permission.EMERGENCY_ASK)
def emergency_form(_actor: Actor, form: Form | None = None) -> str:
    """Ask to open one case in an emergency."""
    return render_template("custody/emergency.html", form=form or Form(schemas.EmergencySchema), hours=guarding.HOURS)


@room.post("/emergency", permission=Permission.EMERGENCY_ASK, accepts=schemas.EmergencySchema, page=emergency_form, fresh=True)
def open_in_emergency(actor: Actor, given: dict[str, Any]) -> object:
    """Open it; supervisors and data protection officers are told at once."""
    made = guarding.open_in_emergency(by=actor, number=numbers.tidy(given["number"]), reason=given["reason"])
    return see("casework.show", number=made.case.number)


@room.get("/alerts", permission=Permission.ALERT_READ)
def alerts(_actor: Actor) -> str:
    """Unusual access, and emergencies to review."""
    page = paging.page(select(Alert), (Alert.at, Alert.id), request.args.get("after", ""))
    waiting = db.session.execute(select(Emergency).where(Emergency.reviewed_at.is_(None)).order_by(Emergency.id).limit(50)).scalars().all()
    return render_template("custody/alerts.html", page=page, emergencies=waiting, form=Form(schemas.ReviewSchema))


@room.post("/alerts/<int:number>/seen", permission=Permission.ALERT_READ, subject=_one(Alert))
def seen(actor: Actor, alert: Alert) -> object:
    """Somebody looked into it."""
    watching.see(actor.id, alert)
    return see("custody_guard.alerts")


@room.post("/emergencies/<int:number>/review", permission=Permission.EMERGENCY_REVIEW, subject=_one(Emergency), accepts=schemas.ReviewSchema)
def review(actor: Actor, emergency: Emergency, given: dict[str, Any]) -> object:
    """Judge an emergency access."""
    guarding.review(by=actor, emergency=emergency, finding=given["finding"])
    return see("custody_guard.alerts")

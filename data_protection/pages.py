"""What stands on each page of data protection; the templates of the same name show it."""

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from data_protection import access_exceptions, queries, schemas
from models.cases import Case
from models.data_protection import Erasure
from models.states import CASE, ERASURE
from web.forms import Form, chosen


def erasures(actor: Actor, cursor: str) -> dict[str, object]:
    """Erasures asked for and decided; those that the actor may decide lead on."""
    page = queries.erasures(actor, cursor)
    return {
        "page": page,
        "to_decide": frozenset(
            erasure.id
            for erasure in page.items
            if _is_open(erasure) and allows(actor, Permission.ERASURE_DECIDE, erasure)
        ),
    }


def _is_open(erasure: Erasure) -> bool:
    """Whether it waits for a decision, whichever it will be."""
    return ERASURE.can(erasure, "refuse")


def erasure(erasure: Erasure) -> dict[str, object]:
    """The last question before nothing is left."""
    return {"erasure": erasure, "is_open": _is_open(erasure)}


def guard(case: Case, form: Form | None) -> dict[str, object]:
    """From whom a case is kept, and its erasure; ``form`` may be the one that did not fit."""
    asked = queries.erasure_of(case)
    return {
        "case": case,
        "blocks": access_exceptions.blocks(case),
        "form": chosen(form, schemas.BlockSchema),
        "erasure_form": chosen(form, schemas.ErasureSchema),
        "asked": asked if asked and _is_open(asked) else None,
        "may_ask": CASE.can(case, "erase"),
        "organisations": queries.organisations(),
    }


def emergency(form: Form | None) -> dict[str, object]:
    """Asking to open one case in an emergency."""
    return {"form": form or Form(schemas.EmergencySchema), "hours": access_exceptions.HOURS}


def emergencies(actor: Actor) -> dict[str, object]:
    """Which cases are open to whom in an emergency, and who waits for a yes."""
    shown = queries.emergencies_now(actor)
    return {
        "emergencies": shown,
        "may_allow": frozenset(
            emergency.id
            for emergency in shown
            if emergency.waits_for_yes and allows(actor, Permission.EMERGENCY_ALLOW, emergency)
        ),
    }


def alerts(cursor: str) -> dict[str, object]:
    """Unusual access, and emergencies to review."""
    return {"page": queries.alerts(cursor), "emergencies": queries.emergencies_to_review()}

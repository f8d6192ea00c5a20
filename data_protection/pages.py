"""What stands on each page of data protection; the templates of the same name show it."""

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from data_protection import access_exceptions, queries, schemas
from models.cases import Case
from models.data_protection import Erasure
from models.states import CASE, ERASURE
from web.forms import Form, FormSchema


def erasures(actor: Actor, cursor: str) -> dict[str, object]:
    """Erasures asked for and decided; those that the actor may decide lead on."""
    page = queries.erasures(cursor)
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
        "form": _chosen(form, schemas.BlockSchema),
        "erasure_form": _chosen(form, schemas.ErasureSchema),
        "asked": asked if asked and _is_open(asked) else None,
        "may_ask": CASE.can(case, "erase"),
        "organisations": queries.organisations(),
    }


def _chosen(form: Form | None, schema: type[FormSchema]) -> Form:
    return form if form and isinstance(form.schema, schema) else Form(schema)


def emergency(form: Form | None) -> dict[str, object]:
    """Asking to open one case in an emergency."""
    return {"form": form or Form(schemas.EmergencySchema), "hours": access_exceptions.HOURS}


def alerts(cursor: str) -> dict[str, object]:
    """Unusual access, and emergencies to review."""
    return {"page": queries.alerts(cursor), "emergencies": queries.emergencies_to_review()}


def trail_of_case(case: Case, cursor: str) -> dict[str, object]:
    """Who looked at a case."""
    return {"case": case, "page": queries.of_case(case, cursor)}


def trail(cursor: str, deed: str, user: str) -> dict[str, object]:
    """The whole trail, narrowed to a deed or a person."""
    page = queries.trail(cursor, deed, user)
    return {
        "page": page,
        "deeds": queries.DEEDS,
        "deed": deed,
        "user": user,
        "numbers": queries.numbers_of(page.items),
    }

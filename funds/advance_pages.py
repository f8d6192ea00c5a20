"""What stands on the pages of operations and advances: gathered here, shown by their templates."""

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from funds import advances, operations, schemas
from models.advances import Advance, CrisisOperation
from models.base import today
from models.states import ADVANCE
from standards import crises
from web.forms import Form, FormSchema, chosen

_FORMS: dict[str, type[FormSchema]] = {
    "advance": schemas.AdvanceSchema,
    "draw": schemas.DrawSchema,
    "repay": schemas.RepaySchema,
    "helped": schemas.HelpedSchema,
    "end": schemas.EndOperationSchema,
}


def listed(actor: Actor, after: str, form: Form | None) -> dict[str, object]:
    """Operations with what they are lent, how many people each crisis counts, and a form."""
    page = operations.operations(actor, after)
    return {
        "page": page,
        "crises": advances.by_crisis(page.items),
        "may_begin": allows(actor, Permission.OPERATION_BEGIN),
        "form": form or Form(schemas.OperationSchema),
    }


def overview(actor: Actor, operation: CrisisOperation, form: Form | None) -> dict[str, object]:
    """One operation: advances with what may be done, people by sector, entries of the books."""
    total, by_sector = advances.people(operation)
    titles = dict(crises.sector_options())
    return {
        "operation": operation,
        "may_run": allows(actor, Permission.OPERATION_RUN, operation),
        "advances": [_line(actor, each) for each in operation.advances],
        "people": total,
        "by_sector": [(titles.get(sector, sector), count) for sector, count in by_sector],
        "sector_options": [(code, titles.get(code, code)) for code in operation.sectors],
        "entries": operations.entries(operation),
        "lenders": [(fund.code, f"{fund.code} {fund.name}") for fund in operations.lenders()],
        "form": form,
        "form_of": {name: chosen(form, schema, None) for name, schema in _FORMS.items()},
    }


def _line(actor: Actor, advance: Advance) -> dict[str, object]:
    books = allows(actor, Permission.ADVANCE_BOOK, advance)
    return {
        "advance": advance,
        "may_answer": advance.waits_for_answer
        and allows(actor, Permission.ADVANCE_ANSWER, advance),
        "may_draw": books and ADVANCE.can(advance, "draw") and advance.undrawn_minor > 0,
        "may_repay": books and ADVANCE.can(advance, "repay") and advance.outstanding_minor > 0,
        "may_cancel": books
        and (ADVANCE.can(advance, "cancel") or (advance.undrawn_minor and advance.drawn_minor)),
        "is_late": advance.outstanding_minor > 0 and advance.repay_by < today(),
    }

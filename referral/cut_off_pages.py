"""What stands on the pages of organisations that were cut off."""

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.cut_offs import CutOff
from referral import cutting_off, directory, queries, schemas
from web.forms import Form


def index(actor: Actor, cursor: str, form: Form | None) -> dict[str, object]:
    """Organisations that were cut off, newest first; and the form for another."""
    may_cut = allows(actor, Permission.CUT_OFF_MAKE)
    return {
        "page": queries.cut_offs(cursor),
        "may_cut": may_cut,
        "partners": directory.partners() if may_cut else [],
        "form": form or Form(schemas.CutOffSchema),
    }


def show(actor: Actor, cut: CutOff, cursor: str) -> dict[str, object]:
    """Whom its people had read of: the reader's own cases, or all for whoever cuts off."""
    with cutting_off.everywhere():
        page = queries.known_to(actor, cut, cursor)
    opens = {row.id for row in page.items if allows(actor, Permission.CASE_OPEN, row.case)}
    return {
        "cut": cut,
        "page": page,
        "opens": opens,
        "may_ask": cutting_off.stands(cut) and allows(actor, Permission.CUT_OFF_MAKE, cut),
        "may_decide": cutting_off.waits(cut) and allows(actor, Permission.CUT_OFF_END, cut),
        "waits": cutting_off.waits(cut),
    }

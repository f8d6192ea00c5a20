"""Pages: operations in a crisis, the advances they are lent, the people they help."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from funds import advance_pages as pages
from funds import advances, operations, schemas
from models.advances import Advance, CrisisOperation
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("advances", __name__)
_SEE: dict[str, Any] = {"permission": Permission.OPERATION_SEE, "subject": operations.operation}
_RUN: dict[str, Any] = {"permission": Permission.OPERATION_RUN, "subject": operations.operation}
_BOOK: dict[str, Any] = {"permission": Permission.ADVANCE_BOOK, "subject": operations.advance}


def _page_of(actor: Actor, advance: Advance, form: Form | None = None) -> str:
    return show(actor, advance.operation, form)


@blueprint.get("/operations", permission=Permission.OPERATION_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """Operations, whom they help, what they are lent."""
    shown = pages.listed(actor, request.args.get("after", ""), form)
    return render_template("funds/operations.html", **shown)


@blueprint.post(
    "/operations",
    permission=Permission.OPERATION_BEGIN,
    accepts=schemas.OperationSchema,
    page=index,
)
def begin(actor: Actor, given: dict[str, Any]) -> object:
    """An operation of my mission."""
    office = operations.office_of(actor)
    return redirect_to("advances.show", advances.begin(by=actor, office=office, **given))


@blueprint.get("/operations/<reference>", **_SEE)
def show(actor: Actor, operation: CrisisOperation, form: Form | None = None) -> str:
    """One operation: its advances, its people by sector."""
    return render_template("funds/operation.html", **pages.overview(actor, operation, form))


@blueprint.post(
    "/operations/<reference>/end", **_RUN, accepts=schemas.EndOperationSchema, page=show
)
def end(_actor: Actor, operation: CrisisOperation, given: dict[str, Any]) -> object:
    """It is over."""
    advances.end(operation=operation, on=given["ended_on"])
    return redirect_to("advances.show", operation)


@blueprint.post("/operations/<reference>/people", **_RUN, accepts=schemas.HelpedSchema, page=show)
def helped(actor: Actor, operation: CrisisOperation, given: dict[str, Any]) -> object:
    """People whom it helped."""
    given["movement"] = given.get("movement") or ""
    cases = operations.cases(actor, given.pop("cases", ""), given["movement"])
    advances.count_people(by=actor, operation=operation, cases=cases, **given)
    return redirect_to("advances.show", operation)


@blueprint.post(
    "/operations/<reference>/advances", **_RUN, accepts=schemas.AdvanceSchema, page=show
)
def ask(actor: Actor, operation: CrisisOperation, given: dict[str, Any]) -> object:
    """Ask for an advance."""
    advances.ask(by=actor, operation=operation, **given)
    return redirect_to("advances.show", operation)


@blueprint.post(
    "/advances/<reference>",
    permission=Permission.ADVANCE_ANSWER,
    subject=operations.advance,
    accepts=schemas.AnswerSchema,
    page=_page_of,
)
def answer(actor: Actor, advance: Advance, given: dict[str, str]) -> object:
    """Approve or refuse."""
    advances.answer(by=actor, advance=advance, **given)
    return redirect_to("advances.show", advance.operation)


@blueprint.post("/advances/<reference>/draw", **_BOOK, accepts=schemas.DrawSchema, page=_page_of)
def draw(actor: Actor, advance: Advance, given: dict[str, Any]) -> object:
    """Money goes out to the operation."""
    advances.draw(by=actor, advance=advance, **given)
    return redirect_to("advances.show", advance.operation)


@blueprint.post("/advances/<reference>/repay", **_BOOK, accepts=schemas.RepaySchema, page=_page_of)
def repay(actor: Actor, advance: Advance, given: dict[str, Any]) -> object:
    """A donor's money pays it back."""
    advances.repay(by=actor, advance=advance, **given)
    return redirect_to("advances.show", advance.operation)


@blueprint.post("/advances/<reference>/cancel", **_BOOK, page=_page_of)
def cancel(actor: Actor, advance: Advance) -> object:
    """What was not drawn is not needed."""
    advances.cancel(by=actor, advance=advance)
    return redirect_to("advances.show", advance.operation)

"""Pages: the six steps of a registration, over a sealed draft."""

from typing import Any

from flask import render_template, request, session

from access.actors import Actor
from access.permissions import Permission
from casework.core import schemas, search
from casework.core.schemas import ElsewhereSchema
from casework.intake import drafts, pages
from models.base import now
from models.cases import Draft
from web.forms import Form, typed
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("registrations", __name__)
_REGISTER: dict[str, Any] = {"permission": Permission.CASE_REGISTER}


@blueprint.post("/registrations", **_REGISTER)
def begin(actor: Actor) -> object:
    """Start a registration; where the office wants it, only after a search."""
    has_searched = session.get("searched_until", 0) >= now().timestamp()
    draft = drafts.begin(by=actor, has_searched=has_searched)
    return redirect_to("registrations.step", draft, 1)


def _draft(actor: Actor) -> tuple[Draft, int]:
    address = request.view_args or {}
    number = address.get("number", 1)
    drafts.schema_of(number)
    return drafts.of(actor, address["key"]), number


def _typed(number: int) -> dict[str, Any]:
    return typed(drafts.schema_of(number), request.form)


@blueprint.get("/registrations/<key>/<int:number>", **_REGISTER)
def step(actor: Actor, form: Form | None = None) -> str:
    """One step, with what was typed before."""
    draft, number = _draft(actor)
    shown = pages.step(actor, draft, number, form)
    return render_template("casework/intake/registration.html", **shown)


@blueprint.post("/registrations/<key>/<int:number>", **_REGISTER)
def keep(actor: Actor) -> Any:
    """Keep what was typed and go on; the last step opens the case."""
    draft, number = _draft(actor)
    sent = _typed(number)
    taken = drafts.take(by=actor, draft=draft, step=number, typed=sent)
    if taken.errors:
        return step(actor, form=Form(drafts.schema_of(number), sent, taken.errors)), 422
    if taken.case is not None:
        return redirect_to("casefile.show", taken.case)
    following = number if request.form.get("stay") else number + 1
    return redirect_to("registrations.step", draft, following)


@blueprint.post("/registrations/<key>/<int:number>/autosave", **_REGISTER)
def autosave(actor: Actor) -> Any:
    """Keep what was typed so far, unchecked; nothing is lost when the line breaks."""
    draft, number = _draft(actor)
    if number <= draft.step:
        drafts.keep(draft, number, _typed(number))
    return "", 204


@blueprint.post("/registrations/<key>/duplicates", **_REGISTER)
def duplicates(actor: Actor) -> str:
    """Cases that may be of the same person, while typing. A fragment."""
    draft, number = _draft(actor)
    hits = search.duplicates(by=actor, person=typed(schemas.IdentitySchema, request.form))
    return render_template(
        "casework/intake/duplicates.html", found=hits, draft=draft, number=number
    )


@blueprint.post("/registrations/<key>/<int:number>/elsewhere", **_REGISTER, accepts=ElsewhereSchema)
def elsewhere(actor: Actor, given: dict[str, str]) -> str:
    """The step again, with the offices that may know the person: they hear who asked and why."""
    draft, number = _draft(actor)
    shown = pages.step(actor, draft, number, None, given["why"])
    return render_template("casework/intake/registration.html", **shown)


@blueprint.post("/registrations/<key>/stop", **_REGISTER)
def stop(actor: Actor) -> object:
    """Stop and keep nothing."""
    draft, _number = _draft(actor)
    drafts.discard(draft)
    return redirect_to("work.index")

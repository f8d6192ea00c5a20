"""Pages: the six steps of a registration, over a sealed draft."""

from typing import Any

from flask import render_template, request, session

from access.actors import Actor
from access.permissions import Permission
from casework.core import schemas, search
from casework.core.schemas import ElsewhereSchema
from casework.intake import drafts, pages, two_tabs
from models.base import now
from models.cases import Draft
from web import form_tokens, refusals
from web.errors import StaleEdit
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


@blueprint.get("/registrations", **_REGISTER)
def unfinished(actor: Actor) -> str:
    """All registrations that I have not finished."""
    page = drafts.unfinished(actor, request.args.get("after", ""))
    return render_template("casework/intake/unfinished.html", page=page)


def _draft(actor: Actor, *, to_change: bool = False) -> tuple[Draft, int]:
    """The draft of the address and the step."""
    address = request.view_args or {}
    number = address.get("number", 1)
    drafts.schema_of(number)
    return drafts.of(actor, address["key"], to_change=to_change), number


def _came(by: Actor) -> two_tabs.Opened:
    """The form that this request brings, and what it showed when it was opened."""
    token = form_tokens.sent()
    shown = request.form.get(two_tabs.FIELD, "")
    return two_tabs.opened(token.text if token else "", shown, by.id)


def _typed(number: int) -> dict[str, Any]:
    sent = typed(drafts.schema_of(number), request.form)
    return {name: value for name, value in sent.items() if name != "revision"}


@blueprint.get("/registrations/<key>/<int:number>", **_REGISTER)
def step(actor: Actor, form: Form | None = None) -> Any:
    """One step, with what was typed before; the case, where it has become one."""
    try:
        draft, number = _draft(actor)
    except drafts.Became as became:
        return redirect_to("casefile.show", became.case)
    shown = pages.step(actor, draft, number, form)
    return render_template("casework/intake/registration.html", **shown)


@blueprint.post("/registrations/<key>/<int:number>", **_REGISTER)
def keep(actor: Actor) -> Any:
    """Keep what was typed and go on; the last step opens the case."""
    draft, number = _draft(actor, to_change=True)
    schema, sent = drafts.schema_of(number), _typed(number)
    try:
        taken = drafts.take(by=actor, draft=draft, step=number, typed=sent, came=_came(actor))
    except StaleEdit as wrong:
        name = drafts.STEPS[number][0]
        stands = two_tabs.shown(drafts.standing(actor, draft, name).get(name, {}))
        return refusals.both_changed(Form(schema, sent), wrong, [(two_tabs.FIELD, stands)]), 409
    if taken.errors:
        return step(actor, form=Form(schema, taken.typed, taken.errors)), 422
    if taken.case is not None:
        return redirect_to("casefile.show", taken.case)
    following = number if request.form.get("stay") else number + 1
    return redirect_to("registrations.step", draft, following)


@blueprint.post("/registrations/<key>/<int:number>/autosave", **_REGISTER)
def autosave(actor: Actor) -> Any:
    """Keep what was typed so far, unchecked; nothing is lost when the line breaks."""
    draft, number = _draft(actor, to_change=True)
    if number <= draft.step:
        came = _came(actor)
        drafts.keep(by=actor, draft=draft, step=number, typed=_typed(number), came=came)
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
    is_listed = request.form.get("back") == "unfinished"
    return redirect_to("registrations.unfinished" if is_listed else "work.index")

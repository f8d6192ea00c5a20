"""Pages: the six steps of a registration, over a sealed draft."""

from typing import Any

from flask import current_app, render_template, request, session
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from casework.core import consent as consent_ledger
from casework.core import queries, schemas, search
from casework.intake import registration
from casework.intake import schemas as intake_schemas
from models.base import db, now
from models.cases import Case, Draft
from models.rules import RuleBroken
from web.errors import NotFound
from web.forms import Form, load, typed
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("registrations", __name__)
STEPS: dict[int, type[Any]] = {
    1: intake_schemas.SafetySchema,
    2: schemas.ConsentSchema,
    3: schemas.IdentitySchema,
    4: schemas.AccountSchema,
    5: schemas.NeedsSchema,
    6: intake_schemas.CheckSchema,
}
_REGISTER: dict[str, Any] = {"permission": Permission.CASE_REGISTER}


@blueprint.post("/registrations", **_REGISTER)
def begin(actor: Actor) -> object:
    """Start a registration; where the office wants it, only after a search."""
    if (
        current_app.config["SETTINGS"].search_first
        and session.get("searched_until", 0) < now().timestamp()
    ):
        raise RuleBroken(
            _("Search for the person first, by name, phone or number: they may be known already.")
        )
    draft = registration.begin_draft(by=actor)
    return redirect_to("registrations.step", key=draft.key, number=1)


def _draft(actor: Actor) -> tuple[Draft, int]:
    given = request.view_args or {}
    number = given.get("number", 1)
    if number not in STEPS:
        raise NotFound
    return registration.draft_of(actor, given["key"]), number


@blueprint.get("/registrations/<key>/<int:number>", **_REGISTER)
def step(actor: Actor, form: Form | None = None) -> str:
    """One step, with what was typed before."""
    draft, number = _draft(actor)
    number = min(number, draft.step)
    kept = registration.contents(draft)
    form = form or Form(STEPS[number], kept.get(registration.step_name(number), {}))
    person = form.data if number == 3 else kept.get("person", {})
    found = search.duplicates(by=actor, person=person) if number in (3, 6) and person else []
    likely = next((hit for hit in found if hit.likely and hit.case is not None), None)
    return render_template(
        "casework/intake/registration.html",
        draft=draft,
        number=number,
        form=form,
        kept=kept,
        found=found,
        likely=likely,
        partners=queries.partners(),
    )


@blueprint.post("/registrations/<key>/<int:number>", **_REGISTER)
def keep(actor: Actor) -> Any:
    """Keep what was typed and go on; the last step opens the case."""
    draft, number = _draft(actor)
    if number > draft.step:
        raise NotFound
    sent = typed(STEPS[number], request.form)
    try:
        given = load(STEPS[number], sent, lenient=True)
        if number == 2 and not consent_ledger.may_be_kept(given):
            raise RuleBroken(
                _(
                    "Nothing may be stored before the person agrees to be assisted. If they refuse, choose “Stop and keep nothing”."
                ),
                "assistance",
            )
        if number == 6:
            return _open(actor, draft, given)
    except (ValidationError, RuleBroken) as wrong:
        registration.keep(draft, number, sent, done=False)
        errors = (
            wrong.normalized_messages()
            if isinstance(wrong, ValidationError)
            else {wrong.field: [str(wrong.message)]}
        )
        return step(actor, form=Form(STEPS[number], sent, errors)), 422
    registration.keep(draft, number, sent)
    following = number if request.form.get("stay") else number + 1
    return redirect_to("registrations.step", key=draft.key, number=following)


@blueprint.post("/registrations/<key>/<int:number>/autosave", **_REGISTER)
def autosave(actor: Actor) -> Any:
    """Keep what was typed so far, unchecked; nothing is lost when the line breaks."""
    draft, number = _draft(actor)
    if number <= draft.step:
        registration.keep(draft, number, typed(STEPS[number], request.form), done=False)
    return "", 204


@blueprint.post("/registrations/<key>/duplicates", **_REGISTER)
def duplicates(actor: Actor) -> str:
    """Cases that may be of the same person, while typing. A fragment."""
    _draft(actor)
    found = search.duplicates(by=actor, person=typed(schemas.IdentitySchema, request.form))
    return render_template("casework/intake/duplicates.html", found=found)


@blueprint.post("/registrations/<key>/stop", **_REGISTER)
def stop(actor: Actor) -> object:
    """Stop and keep nothing."""
    draft, _number = _draft(actor)
    registration.discard(draft)
    return redirect_to("work.index")


def _open(actor: Actor, draft: Draft, check: dict[str, Any]) -> Any:
    kept = registration.contents(draft)
    consent = load(schemas.ConsentSchema, kept.get("consent", {}))
    whole = {
        "channel": kept.get("safety", {}).get("channel", "walk_in"),
        "consent": consent,
        "person": load(schemas.IdentitySchema, kept.get("person", {})),
        "account": load(schemas.AccountSchema, kept.get("account", {})),
        "needs": load(schemas.NeedsSchema, kept.get("needs", {})),
    }
    found = search.duplicates(by=actor, person=kept.get("person", {}))
    if (
        any(hit.likely and hit.case is not None for hit in found)
        and not check.get("duplicate")
        and "again" not in kept
    ):
        raise RuleBroken(_("Say whether it is the same person as the case beside."), "duplicate")
    office, team_id = registration.place_of_work(actor)
    same = _again(actor, kept) or _same_person(found, check)
    case = registration.register(
        by=actor, given=whole, office=office, owner_id=actor.id, team_id=team_id, person_id=same
    )
    registration.discard(draft)
    return redirect_to("casefile.show", number=case.number)


def _again(actor: Actor, kept: dict[str, Any]) -> int | None:
    """The person of the case this registration was begun from, if the worker may still open it."""
    number = kept.get("again", {}).get("case")
    return queries.case(actor, number).person_id if number else None


def _same_person(found: list[search.Found], check: dict[str, Any]) -> int | None:
    """The person of the case the worker recognised: only one of those that were shown."""
    if check.get("duplicate") != "same":
        return None
    for hit in found:
        if hit.case is not None and hit.case.number == check.get("duplicate_of"):
            return db.session.execute(select(Case.person_id).where(Case.id == hit.case.id)).scalar()
    return None

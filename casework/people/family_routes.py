"""Pages: the family or group of a case; a further case of the same person."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import queries
from casework.intake import registration
from casework.people import families, schemas
from models import numbers
from models.base import db
from models.cases import Case
from models.rules import RuleBroken
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("families", __name__)
_IDENTITY: dict[str, Any] = {"permission": Permission.IDENTITY_WRITE, "subject": queries.case}


@blueprint.get("/cases/<number>/family", permission=Permission.IDENTITY_READ, subject=queries.case)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Who belongs together."""
    household = families.household_of(case)
    members = families.members(actor, household) if household else []
    return render_template(
        "casework/people/family.html",
        **head(actor, case, "family"),
        members=members,
        form=form or Form(schemas.RelativeSchema),
    )


@blueprint.post("/cases/<number>/family", **_IDENTITY, accepts=schemas.RelativeSchema, page=show)
def join(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Join another case to the family or group."""
    number = numbers.tidy(given["number"])
    other = db.session.execute(select(Case).where(Case.number == number)).scalar_one_or_none()
    if other is None or not allows(actor, Permission.IDENTITY_WRITE, other):
        raise RuleBroken(_("There is no such case, or it is not yours to change."), "number")
    families.join(by=actor, case=case, other=other, relation=given["relation"])
    return redirect_to("families.show", number=case.number)


@blueprint.post("/cases/<number>/family/leave", **_IDENTITY)
def leave(actor: Actor, case: Case) -> object:
    """Take this person out."""
    families.leave(by=actor, case=case)
    return redirect_to("families.show", number=case.number)


@blueprint.post("/cases/<number>/again", **_IDENTITY)
def again(actor: Actor, case: Case) -> object:
    """A further case of the same person: a registration that begins with what is known, and asks consent anew."""
    draft = registration.begin_draft(by=actor)
    known = {**case.identity, "sex": case.sex, "citizenship": case.citizenship}
    registration.keep(draft, 3, known, done=False)
    registration.of_person(draft, case)
    return redirect_to("registrations.step", key=draft.key, number=1)

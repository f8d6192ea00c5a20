"""Pages: the family or group of a case; a further case of the same person."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries
from casework.intake import drafts
from casework.people import families, pages, schemas
from models.cases import Case
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.telling import tell

blueprint = GuardedBlueprint("families", __name__)
_IDENTITY: dict[str, Any] = {"permission": Permission.IDENTITY_WRITE, "subject": queries.case}


@blueprint.get("/cases/<number>/family", permission=Permission.IDENTITY_READ, subject=queries.case)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Who belongs together."""
    return render_template("casework/people/family.html", **pages.family(actor, case, form))


@blueprint.post("/cases/<number>/family", **_IDENTITY, accepts=schemas.RelativeSchema, page=show)
def join(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Join another case to the family or group."""
    other = families.other_case(given["number"])
    families.join(by=actor, case=case, other=other, relation=given["relation"])
    return redirect_to("families.show", case)


@blueprint.post("/cases/<number>/family/leave", **_IDENTITY)
def leave(actor: Actor, case: Case) -> object:
    """Take this person out."""
    left = families.leave(by=actor, case=case)
    undo = link("families.come_back", case) if left else ""
    tell(_("No longer in this family."), undo=undo, given=left)
    return redirect_to("families.show", case)


@blueprint.post("/cases/<number>/family/back", **_IDENTITY, accepts=schemas.LeftSchema, page=show)
def come_back(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Put this person back where they were taken out of."""
    families.come_back(by=actor, case=case, **given)
    return redirect_to("families.show", case)


@blueprint.post("/cases/<number>/again", **_IDENTITY)
def again(actor: Actor, case: Case) -> object:
    """A further case of the same person: a registration that begins with what is known."""
    draft = drafts.begin_again(by=actor, case=case)
    return redirect_to("registrations.step", draft, 1)

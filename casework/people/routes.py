"""Pages: the person behind a case, cases that may be of the same person, merging and undoing it."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries
from casework.core.schemas import ElsewhereSchema
from casework.people import merging, pages, schemas
from models.cases import Case
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("persons", __name__)
_MERGE: dict[str, Any] = {"permission": Permission.PERSON_MERGE, "subject": queries.case}


@blueprint.get("/cases/<number>/person", **_MERGE)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Other cases of the person, and those that may be."""
    return render_template("casework/people/person.html", **pages.person(actor, case, form))


@blueprint.post("/cases/<number>/person/elsewhere", **_MERGE, accepts=ElsewhereSchema, page=show)
def elsewhere(actor: Actor, case: Case, given: dict[str, str]) -> str:
    """The same, with the offices that may know the person: they hear who asked and why."""
    shown = pages.person(actor, case, None, given["why"])
    return render_template("casework/people/person.html", **shown)


@blueprint.post("/cases/<number>/person", **_MERGE, accepts=schemas.JudgementSchema, page=show)
def judge(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Say whether another case is of the same person."""
    merging.judge(by=actor, case=case, other_number=given["number"], answer=given["answer"])
    return redirect_to("persons.show", case)


@blueprint.post("/cases/<number>/person/merges/<int:merge_id>/undo", **_MERGE)
def undo(actor: Actor, case: Case) -> object:
    """Take a merge back."""
    merging.undo(by=actor, case=case, merge_id=(request.view_args or {})["merge_id"])
    return redirect_to("persons.show", case)

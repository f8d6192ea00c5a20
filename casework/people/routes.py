"""Pages: the person behind a case, the cases that may be of the same person, merging and taking it back."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import queries, search
from casework.people import merging, schemas
from models.cases import Case
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("persons", __name__)
_MERGE: dict[str, Any] = {"permission": Permission.PERSON_MERGE, "subject": queries.case}


@blueprint.get("/cases/<number>/person", **_MERGE)
def show(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Other cases of the person, and those that may be."""
    identity = dict(case.identity)
    near = [
        found
        for found in search.duplicates(
            by=actor, person=identity, country=case.office.country, skip=case.id
        )
        if found.person_id != case.person_id
    ]
    apart = merging.judged_apart(
        case.person_id, {found.person_id for found in near if found.person_id}
    )
    cases = [other for other in merging.of_person(case) if other.id not in actor.blocked]
    return render_template(
        "casework/people/person.html",
        **head(actor, case, "person"),
        near=near,
        apart=apart,
        others=[(other, allows(actor, Permission.CASE_OPEN, other)) for other in cases],
        merges=merging.merges(case),
        form=form or Form(schemas.JudgementSchema),
    )


@blueprint.post("/cases/<number>/person", **_MERGE, accepts=schemas.JudgementSchema, page=show)
def judge(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Say whether another case is of the same person."""
    merging.judge(by=actor, case=case, other_number=given["number"], answer=given["answer"])
    return redirect_to("persons.show", number=case.number)


@blueprint.post("/cases/<number>/person/merges/<int:merge_id>/undo", **_MERGE)
def undo(actor: Actor, case: Case) -> object:
    """Take a merge back."""
    merging.undo(by=actor, case=case, number=(request.view_args or {})["merge_id"])
    return redirect_to("persons.show", number=case.number)

"""Pages for administrators: what an office adds to the lists its people choose from."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.code_entries import CodeEntry
from models.people import Organisation
from organisations import code_lists, queries
from organisations.code_list_schemas import CodeEntrySchema, CodeWordsSchema
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.telling import as_left, left

blueprint = GuardedBlueprint("code_lists", __name__)
_ABOUT: dict[str, Any] = {
    "permission": Permission.ORGANISATION_CHANGE,
    "subject": queries.organisation,
}


def _entry(place: Organisation) -> CodeEntry:
    return queries.row_of(CodeEntry, place, (request.view_args or {})["entry_id"])


@blueprint.get("/organisations/<code>/lists", **_ABOUT)
def index(_actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """What the office added to each list, and the form to add more."""
    return render_template(
        "organisations/lists.html",
        place=place,
        entries=code_lists.of_office(place),
        lists_={each.name: (each, label) for each, label in code_lists.LISTS},
        form=form or Form(CodeEntrySchema),
        counted_as=code_lists.options(place),
    )


@blueprint.post("/organisations/<code>/lists", **_ABOUT, accepts=CodeEntrySchema, page=index)
def add(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Add one."""
    code_lists.add(by=actor, place=place, given=given)
    return redirect_to("code_lists.index", place)


@blueprint.get("/organisations/<code>/lists/<int:entry_id>", **_ABOUT)
def show(_actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """One of them."""
    entry = _entry(place)
    stands = {f"label_{code}": text for code, text in entry.labels.items()}
    form = form or Form(CodeWordsSchema, stands)
    return render_template("organisations/list_entry.html", place=place, entry=entry, form=form)


@blueprint.post(
    "/organisations/<code>/lists/<int:entry_id>", **_ABOUT, accepts=CodeWordsSchema, page=show
)
def rename(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Call it otherwise."""
    code_lists.rename(by=actor, entry=_entry(place), given=given)
    return redirect_to("code_lists.index", place)


@blueprint.post("/organisations/<code>/lists/<int:entry_id>/end", **_ABOUT, page=show)
def end(actor: Actor, place: Organisation) -> object:
    """Offer it no longer."""
    _offer(actor, _entry(place), offered=False)
    return redirect_to("code_lists.index", place)


@blueprint.post("/organisations/<code>/lists/<int:entry_id>/offer", **_ABOUT, page=show)
def offer(actor: Actor, place: Organisation) -> object:
    """Offer it again."""
    _offer(actor, _entry(place), offered=True)
    return redirect_to("code_lists.index", place)


def _offer(actor: Actor, entry: CodeEntry, *, offered: bool) -> None:
    changed = code_lists.offer(by=actor, entry=entry, offered=offered, as_left=as_left())
    left(*code_lists.stands(entry), changed=changed)

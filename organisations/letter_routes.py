"""Pages for administrators: the letters of an office in its own words."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.letter_templates import LetterTemplate
from models.people import Organisation
from organisations import letters, queries
from organisations.schemas import LetterTemplateSchema
from standards.letters import PLACES
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.telling import as_left, left

blueprint = GuardedBlueprint("own_letters", __name__)
_ABOUT: dict[str, Any] = {
    "permission": Permission.ORGANISATION_CHANGE,
    "subject": queries.organisation,
}


def _letter(place: Organisation) -> LetterTemplate:
    return queries.row_of(LetterTemplate, place, (request.view_args or {})["letter_id"])


@blueprint.get("/organisations/<code>/letters", **_ABOUT)
def index(_actor: Actor, place: Organisation) -> str:
    """The letters of the office; those offered no longer last."""
    listed = letters.of_office(place)
    return render_template("organisations/letters.html", place=place, letters=listed)


@blueprint.get("/organisations/<code>/letters/new", **_ABOUT)
def new(_actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """The form for a new one."""
    form = form or Form(LetterTemplateSchema, {"language": "en"})
    shown = {"place": place, "form": form, "letter": None, "fills": PLACES}
    return render_template("organisations/letter.html", **shown)


@blueprint.post("/organisations/<code>/letters", **_ABOUT, accepts=LetterTemplateSchema, page=new)
def make(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Make it."""
    made = letters.make(by=actor, place=place, given=given)
    return redirect_to("own_letters.show", place, made)


@blueprint.get("/organisations/<code>/letters/<int:letter_id>", **_ABOUT)
def show(_actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """One letter: what it says, what it said before."""
    letter = _letter(place)
    stands = {name: getattr(letter, name) for name in letters.SAYS}
    form = form or Form(LetterTemplateSchema, stands)
    shown = {"place": place, "form": form, "letter": letter, "fills": PLACES}
    return render_template("organisations/letter.html", **shown)


@blueprint.post(
    "/organisations/<code>/letters/<int:letter_id>",
    **_ABOUT,
    accepts=LetterTemplateSchema,
    page=show,
)
def change(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Say it otherwise."""
    letter = _letter(place)
    letters.change(by=actor, letter=letter, given=given)
    return redirect_to("own_letters.show", place, letter)


@blueprint.post("/organisations/<code>/letters/<int:letter_id>/end", **_ABOUT, page=show)
def end(actor: Actor, place: Organisation) -> object:
    """Offer it no longer."""
    _offer(actor, _letter(place), offered=False)
    return redirect_to("own_letters.index", place)


@blueprint.post("/organisations/<code>/letters/<int:letter_id>/offer", **_ABOUT, page=show)
def offer(actor: Actor, place: Organisation) -> object:
    """Offer it again."""
    _offer(actor, _letter(place), offered=True)
    return redirect_to("own_letters.index", place)


def _offer(actor: Actor, letter: LetterTemplate, *, offered: bool) -> None:
    changed = letters.offer(by=actor, letter=letter, offered=offered, as_left=as_left())
    left(*letters.stands(letter), changed=changed)

"""Pages for administrators: what an office asks on the forms of its cases besides."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.extra_fields import ExtraField
from models.people import Organisation
from organisations import extra_field_pages, extra_fields, queries
from organisations.extra_field_schemas import ChangeFieldSchema, ExtraFieldSchema
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.telling import as_left, left

blueprint = GuardedBlueprint("extra_fields", __name__)
_ABOUT: dict[str, Any] = {
    "permission": Permission.ORGANISATION_CHANGE,
    "subject": queries.organisation,
}


def _field(place: Organisation) -> ExtraField:
    return queries.row_of(ExtraField, place, (request.view_args or {})["field_id"])


@blueprint.get("/organisations/<code>/fields", **_ABOUT)
def index(actor: Actor, place: Organisation) -> str:
    """What the office asks, what waits for a second administrator, what is hidden."""
    return render_template("organisations/fields.html", **extra_field_pages.listed(actor, place))


@blueprint.get("/organisations/<code>/fields/new", **_ABOUT)
def new(_actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """The form for a new one."""
    form = form or Form(ExtraFieldSchema)
    return render_template("organisations/field_form.html", place=place, form=form, field=None)


@blueprint.post("/organisations/<code>/fields", **_ABOUT, accepts=ExtraFieldSchema, page=new)
def ask(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Ask for it."""
    extra_fields.ask(by=actor, place=place, given=given)
    return redirect_to("extra_fields.index", place)


@blueprint.get("/organisations/<code>/fields/<int:field_id>", **_ABOUT)
def show(actor: Actor, place: Organisation, form: Form | None = None) -> str:
    """One field: what it says, what it said before, who asked for it and who agreed."""
    shown = extra_field_pages.one(actor, place, _field(place), form)
    return render_template("organisations/field.html", **shown)


@blueprint.post(
    "/organisations/<code>/fields/<int:field_id>", **_ABOUT, accepts=ChangeFieldSchema, page=show
)
def change(actor: Actor, place: Organisation, given: dict[str, Any]) -> object:
    """Ask for other words."""
    extra_fields.ask_change(by=actor, field=_field(place), given=given)
    return redirect_to("extra_fields.index", place)


@blueprint.post("/organisations/<code>/fields/<int:field_id>/approve", **_ABOUT, page=show)
def approve(actor: Actor, place: Organisation) -> object:
    """Agree to it."""
    extra_fields.approve(by=actor, field=_field(place))
    return redirect_to("extra_fields.index", place)


@blueprint.post("/organisations/<code>/fields/<int:field_id>/refuse", **_ABOUT, page=show)
def refuse(actor: Actor, place: Organisation) -> object:
    """Leave it as it stands."""
    extra_fields.refuse(by=actor, field=_field(place))
    return redirect_to("extra_fields.index", place)


@blueprint.post("/organisations/<code>/fields/<int:field_id>/hide", **_ABOUT, page=show)
def hide(actor: Actor, place: Organisation) -> object:
    """Ask it no longer."""
    field = _field(place)
    extra_fields.hide(by=actor, field=field, as_left=as_left())
    left(*extra_fields.stands(field))
    return redirect_to("extra_fields.index", place)


@blueprint.post("/organisations/<code>/fields/<int:field_id>/show", **_ABOUT, page=show)
def show_again(actor: Actor, place: Organisation) -> object:
    """Ask it again."""
    field = _field(place)
    extra_fields.show(by=actor, field=field, as_left=as_left())
    left(*extra_fields.stands(field))
    return redirect_to("extra_fields.index", place)

"""Pages of shelter: houses, the board, who is in, cards, handouts; and a person's bed on the page of their case."""

from datetime import timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import queries as cases
from casework.shelter import facilities, placing, presence, queries, schemas
from models.base import db, today
from models.cases import Case
from models.people import Organisation
from models.rules import RuleBroken
from models.shelter import Bed, Facility, Placement
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("shelter", __name__)
_PLACE: dict[str, Any] = {"permission": Permission.SHELTER_PLACE, "subject": cases.case}
_STAY: dict[str, Any] = {
    "permission": Permission.SHELTER_PLACE,
    "subject": queries.placement_of_case,
}
_HOUSE: dict[str, Any] = {"permission": Permission.SHELTER_OPEN, "subject": queries.house}
_RUN: dict[str, Any] = {"permission": Permission.SHELTER_RUN, "subject": queries.house}


def _key() -> str:
    return str((request.view_args or {})["key"])


def _own(actor: Actor) -> list[Organisation]:
    places = actor.at(Role.SHELTER, Role.SUPERVISOR)
    return [db.session.get_one(Organisation, number) for number in sorted(places)]


@blueprint.get("/shelter", permission=Permission.SHELTER_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """The houses, and what is free tonight."""
    found = queries.houses(actor)
    shown = {
        "houses": found,
        "free": queries.free_tonight(found),
        "own": _own(actor),
        "today": today(),
        "form": form or Form(schemas.HouseSchema),
    }
    return render_template("casework/shelter/index.html", **shown)


@blueprint.post(
    "/shelter", permission=Permission.SHELTER_LIST, accepts=schemas.HouseSchema, page=index
)
def add_house(actor: Actor, given: dict[str, Any]) -> object:
    """A new house of the organisation one keeps houses for."""
    own = _own(actor)
    if not own:
        raise NotFound
    made = facilities.add(by=actor, organisation=own[0], **given)
    return redirect_to("shelter.show", key=made.key)


@blueprint.get("/shelter/<key>", **_HOUSE)
def show(actor: Actor, house: Facility, form: Form | None = None) -> str:
    """The board of a house: beds by night, who is in, notes."""
    staying = queries.staying(house)
    nights, taken = queries.board(house, today())
    names = {row.id: _name(actor, row) for row in staying}
    runs = allows(actor, Permission.SHELTER_RUN, house)
    forms = {
        "room": Form(schemas.RoomSchema),
        "note": Form(schemas.HouseNoteSchema),
        "scan": Form(schemas.ScanSchema),
    }
    for name, empty in forms.items():
        forms[name] = (
            form if form is not None and isinstance(form.schema, type(empty.schema)) else empty
        )
    notes = facilities.notes(house) if runs else []
    shown = {
        "staying": staying,
        "names": names,
        "nights": nights,
        "taken": taken,
        "figures": queries.figures(staying),
        "runs": runs,
        "notes": notes,
    }
    return render_template(
        "casework/shelter/facility.html", house=house, forms_=forms, today=today(), **shown
    )


def _name(actor: Actor, placement: Placement) -> str:
    """How the person is called, for those who may know; else the number; for others nothing."""
    if allows(actor, Permission.CARE_READ, placement.case):
        return str(placement.told.get("name") or placement.case.number)
    return placement.case.number if allows(actor, Permission.CASE_OPEN, placement.case) else ""


@blueprint.get("/shelter/<key>/change", **_RUN)
def house_form(_actor: Actor, house: Facility, form: Form | None = None) -> str:
    """Change a house; opens the address."""
    known = {
        "name": house.name,
        "sex": house.sex,
        "ages": house.ages,
        "address": facilities.address(house),
    }
    return render_template(
        "casework/shelter/change.html", house=house, form=form or Form(schemas.HouseSchema, known)
    )


@blueprint.post("/shelter/<key>/change", **_RUN, accepts=schemas.HouseSchema, page=house_form)
def change_house(actor: Actor, house: Facility, given: dict[str, Any]) -> object:
    """Keep it."""
    facilities.change(by=actor, house=house, **given)
    return redirect_to("shelter.show", key=house.key)


@blueprint.post("/shelter/<key>/rooms", **_RUN, accepts=schemas.RoomSchema, page=show)
def add_room(_actor: Actor, house: Facility, given: dict[str, Any]) -> object:
    """A room with beds."""
    facilities.add_room(house=house, **given)
    return redirect_to("shelter.show", key=house.key)


@blueprint.post("/shelter/<key>/notes", **_RUN, accepts=schemas.HouseNoteSchema, page=show)
def add_note(actor: Actor, house: Facility, given: dict[str, Any]) -> object:
    """An incident or an inspection."""
    facilities.note(by=actor, house=house, **given)
    return redirect_to("shelter.show", key=house.key)


@blueprint.post("/shelter/<key>/scan", **_HOUSE, accepts=schemas.ScanSchema, page=show)
def scan(actor: Actor, house: Facility, given: dict[str, str]) -> str:
    """A card was read: who it is, whether they are in, what they can be given."""
    return _desk(actor, house, presence.by_card(house, given["card"]))


def _desk(
    actor: Actor, house: Facility, placement: Placement, said: str = "", wrong: str = ""
) -> str:
    knows = allows(actor, Permission.CARE_READ, placement.case)
    shown = {
        "told": placement.told if knows else {},
        "given": presence.given_since(placement),
        "said": said,
        "wrong": wrong,
        "today": today(),
    }
    return render_template(
        "casework/shelter/desk.html",
        house=house,
        stay=placement,
        name=_name(actor, placement),
        **shown,
    )


def _stay_here(house: Facility) -> Placement:
    return queries.stay(str((request.view_args or {})["stay"]), of_house=house)


@blueprint.post("/shelter/<key>/stays/<stay>/presence", **_HOUSE, accepts=schemas.PresenceSchema)
def tell(actor: Actor, house: Facility, given: dict[str, str]) -> str:
    """In, out or missing."""
    placement = _stay_here(house)
    presence.tell(by=actor, placement=placement, state=given["state"])
    return _desk(actor, house, placement, said=_("Noted."))


@blueprint.post("/shelter/<key>/stays/<stay>/handouts", **_HOUSE, accepts=schemas.HandoutSchema)
def hand_out(actor: Actor, house: Facility, given: dict[str, str]) -> Any:
    """Give something out, once."""
    placement = _stay_here(house)
    try:
        presence.hand_out(by=actor, placement=placement, **given)
    except RuleBroken as broken:
        words = str(broken.message)
        db.session.rollback()
        return _desk(
            actor,
            house,
            queries.stay(str((request.view_args or {})["stay"]), of_house=house),
            wrong=words,
        ), 422
    return _desk(actor, house, placement, said=_("Given."))


@blueprint.get("/cases/<number>/shelter", **_PLACE)
def of_case(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Where the person sleeps, and the form to give a bed."""
    first = {"from_on": today(), "until_on": today() + timedelta(days=30)}
    forms = {
        name: Form(schema, first if schema is schemas.PlaceSchema else {"left_on": today()})
        for name, schema in _FORMS.items()
    }
    for name, empty in forms.items():
        forms[name] = (
            form if form is not None and isinstance(form.schema, type(empty.schema)) else empty
        )
    beds = [
        (bed.id, _bed_words(bed, free=free))
        for bed, free in queries.beds_for(case, first["from_on"], first["until_on"])
    ]
    stays = queries.of_case(case)
    return render_template(
        "casework/shelter/of_case.html",
        **head(actor, case, "shelter"),
        stays=stays,
        beds=beds,
        forms_=forms,
        today=today(),
    )


_FORMS = {
    "place": schemas.PlaceSchema,
    "leave": schemas.LeaveSchema,
    "extend": schemas.ExtendSchema,
}


def _bed_words(bed: Bed, *, free: bool) -> str:
    marks = [_("no stairs")] if bed.room.step_free else []
    marks += [] if free else [_("taken in some of these nights")]
    return f"{bed.room.facility.name}, {bed.room.name}, {bed.name}" + (
        f" ({', '.join(marks)})" if marks else ""
    )


@blueprint.post("/cases/<number>/shelter", **_PLACE, accepts=schemas.PlaceSchema, page=of_case)
def place(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Give the bed."""
    bed = db.session.get(Bed, int(given["bed"])) if str(given["bed"]).isdecimal() else None
    if bed is None:
        raise RuleBroken(_("Choose one of the list."), "bed")
    placing.place(
        by=actor, case=case, bed=bed, from_on=given["from_on"], until_on=given["until_on"]
    )
    return redirect_to("shelter.of_case", number=case.number)


@blueprint.post(
    "/cases/<number>/shelter/<key>/extend", **_STAY, accepts=schemas.ExtendSchema, page=of_case
)
def extend(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """A longer or shorter stay."""
    placing.extend(by=actor, placement=queries.stay(_key(), of_case=case), **given)
    return redirect_to("shelter.of_case", number=case.number)


@blueprint.post(
    "/cases/<number>/shelter/<key>/leave", **_STAY, accepts=schemas.LeaveSchema, page=of_case
)
def leave(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """The person left."""
    placing.leave(by=actor, placement=queries.stay(_key(), of_case=case), **given)
    return redirect_to("shelter.of_case", number=case.number)


@blueprint.get("/cases/<number>/shelter/<key>/address", **_STAY)
def address(actor: Actor, case: Case) -> str:
    """Where the house is, for whoever brings the person there."""
    found = queries.stay(_key(), of_case=case)
    return render_template(
        "casework/shelter/address.html",
        **head(actor, case, "shelter"),
        stay=found,
        address=facilities.address(found.facility),
    )


@blueprint.get("/cases/<number>/shelter/<key>/card", **_STAY)
def card(actor: Actor, case: Case) -> str:
    """The card, to print: a code and nothing that says whose it is."""
    stay = queries.stay(_key(), of_case=case)
    drawing = Markup(presence.qr(stay))  # noqa: S704 -- drawn by segno from a text of hex digits
    return render_template("casework/shelter/card.html", stay=stay, case=case, qr=drawing)


@blueprint.post("/cases/<number>/shelter/<key>/card", **_STAY)
def renew_card(actor: Actor, case: Case) -> object:
    """The card was lost."""
    presence.renew_card(by=actor, placement=queries.stay(_key(), of_case=case))
    return redirect_to("shelter.card", number=case.number, key=_key())

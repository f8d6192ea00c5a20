"""Pages of shelter: houses, the board, who is in, cards, handouts; and the beds of a case."""

from typing import Any

from flask import render_template, request
from flask_babel import format_date
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries as cases
from casework.shelter import closing, facilities, pages, placing, presence, queries, schemas
from models import taking_back
from models.cases import Case
from models.shelter import Bed, Facility, Placement, ShelterRoom
from web import telling
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.telling import as_left, left

blueprint = GuardedBlueprint("shelter", __name__)
_PLACE: dict[str, Any] = {"permission": Permission.SHELTER_PLACE, "subject": cases.case}
_STAY: dict[str, Any] = {
    "permission": Permission.SHELTER_PLACE,
    "subject": queries.placement_of_case,
}
_OPEN: dict[str, Any] = {"permission": Permission.SHELTER_OPEN, "subject": queries.facility}
_RUN: dict[str, Any] = {"permission": Permission.SHELTER_RUN, "subject": queries.facility}


def _args() -> dict[str, Any]:
    return dict(request.view_args or {})


@blueprint.get("/shelter", permission=Permission.SHELTER_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """The houses, and what is free tonight."""
    return render_template("casework/shelter/index.html", **pages.houses(actor, form))


@blueprint.post(
    "/shelter", permission=Permission.SHELTER_LIST, accepts=schemas.FacilitySchema, page=index
)
def add_facility(actor: Actor, given: dict[str, Any]) -> object:
    """A new house of the organisation one keeps houses for."""
    facility = facilities.add_own(by=actor, **given)
    return redirect_to("shelter.show", facility)


@blueprint.get("/shelter/<key>", **_OPEN)
def show(actor: Actor, facility: Facility, form: Form | None = None) -> str:
    """The board of a house: beds by night, who is in, notes."""
    shown = pages.board(actor, facility, form, after=request.args.get("after", ""))
    return render_template("casework/shelter/facility.html", **shown)


@blueprint.post("/shelter/<key>/names", **_OPEN)
def with_names(actor: Actor, facility: Facility) -> str:
    """The same board with names; that they were shown is in the trail."""
    shown = pages.board(actor, facility, None, in_full=True)
    return render_template("casework/shelter/facility.html", **shown)


@blueprint.get("/shelter/<key>/change", **_RUN)
def facility_form(_actor: Actor, facility: Facility, form: Form | None = None) -> str:
    """Change a house; opens the address."""
    return render_template("casework/shelter/change.html", **pages.change(facility, form))


@blueprint.post("/shelter/<key>/change", **_RUN, accepts=schemas.FacilitySchema, page=facility_form)
def change_facility(actor: Actor, facility: Facility, given: dict[str, Any]) -> object:
    """Keep it."""
    facilities.change(by=actor, facility=facility, **given)
    return redirect_to("shelter.show", facility)


def _close(actor: Actor, part: closing.Part, given: dict[str, Any]) -> None:
    """Close it; the way back opens it, or puts back the day that was moved."""
    before = part.closed_from
    closing.close(by=actor, part=part, as_left=as_left(), **given)
    if before is None or before == part.closed_from:
        left(*closing.stands(part), changed=before is None)
        return
    mark = {taking_back.FIELD: taking_back.mark(*closing.stands(part))}
    night = format_date(part.closed_from, "d MMMM y")
    moved = _("It is closed from the night of %(day)s on.", day=night)
    telling.tell(moved, undo=request.path, given={"closed_from": before.isoformat(), **mark})


@blueprint.post("/shelter/<key>/close", **_RUN, accepts=schemas.CloseSchema, page=facility_form)
def close(actor: Actor, facility: Facility, given: dict[str, Any]) -> object:
    """Close the house."""
    _close(actor, facility, given)
    return redirect_to("shelter.show", facility)


@blueprint.post("/shelter/<key>/open", **_RUN, page=facility_form)
def open_again(actor: Actor, facility: Facility) -> object:
    """Open it again."""
    closing.open_again(by=actor, part=facility, as_left=as_left())
    return redirect_to("shelter.show", facility)


def _part(facility: Facility) -> ShelterRoom | Bed:
    """The room or bed that the address names."""
    kind, number = _args()["kind"], _args()["part_id"]
    if kind not in {"rooms", "beds"}:
        raise NotFound
    find = closing.room_of if kind == "rooms" else closing.bed_of
    return find(facility, number)


@blueprint.get("/shelter/<key>/<kind>/<int:part_id>", **_RUN)
def part(_actor: Actor, facility: Facility, form: Form | None = None) -> str:
    """A room or a bed: its name, and from when on it is closed."""
    shown = pages.part(facility, _part(facility), form)
    return render_template("casework/shelter/part.html", **shown)


def _to_part(facility: Facility) -> object:
    named = _args()
    return redirect_to("shelter.part", facility, named["kind"], named["part_id"])


@blueprint.post(
    "/shelter/<key>/<kind>/<int:part_id>",
    **_RUN,
    accepts=schemas.PartSchema,
    page=part,
)
def rename_part(actor: Actor, facility: Facility, given: dict[str, Any]) -> object:
    """Another name."""
    closing.rename(by=actor, part=_part(facility), **given)
    return _to_part(facility)


@blueprint.post(
    "/shelter/<key>/<kind>/<int:part_id>/close",
    **_RUN,
    accepts=schemas.CloseSchema,
    page=part,
)
def close_part(actor: Actor, facility: Facility, given: dict[str, Any]) -> object:
    """Close it."""
    _close(actor, _part(facility), given)
    return _to_part(facility)


@blueprint.post("/shelter/<key>/<kind>/<int:part_id>/open", **_RUN, page=part)
def open_part(actor: Actor, facility: Facility) -> object:
    """Open it again."""
    closing.open_again(by=actor, part=_part(facility), as_left=as_left())
    return _to_part(facility)


@blueprint.post("/shelter/<key>/rooms", **_RUN, accepts=schemas.RoomSchema, page=show)
def add_room(_actor: Actor, facility: Facility, given: dict[str, Any]) -> object:
    """A room with beds."""
    facilities.add_room(facility=facility, **given)
    return redirect_to("shelter.show", facility)


@blueprint.post("/shelter/<key>/notes", **_RUN, accepts=schemas.NoteSchema, page=show)
def add_note(actor: Actor, facility: Facility, given: dict[str, Any]) -> object:
    """An incident or an inspection."""
    facilities.note(by=actor, facility=facility, **given)
    return redirect_to("shelter.show", facility)


def _desk(actor: Actor, facility: Facility, stay: Placement, **words: str) -> str:
    shown = pages.desk(actor, facility, stay, **words)
    return render_template("casework/shelter/desk.html", **shown)


@blueprint.post("/shelter/<key>/scan", **_OPEN, accepts=schemas.ScanSchema, page=show)
def scan(actor: Actor, facility: Facility, given: dict[str, str]) -> str:
    """A card was read: who it is, whether they are in, what they can be given."""
    return _desk(actor, facility, presence.by_card(facility, given["card"]))


def _stay_here(actor: Actor, facility: Facility) -> Placement:
    return queries.stay_here(actor, _args()["stay"], facility)


@blueprint.post("/shelter/<key>/stays/<stay>/presence", **_OPEN, accepts=schemas.PresenceSchema)
def tell(actor: Actor, facility: Facility, given: dict[str, str]) -> str:
    """In, out or missing."""
    stay = _stay_here(actor, facility)
    presence.tell(by=actor, placement=stay, state=given["state"])
    return _desk(actor, facility, stay, said=_("Noted."))


def _refused(actor: Actor, facility: Facility, form: Form) -> str:
    """The desk again, with why nothing was given out."""
    messages = [str(message) for texts in form.errors.values() for message in texts]
    return _desk(actor, facility, _stay_here(actor, facility), wrong=" ".join(messages))


@blueprint.post(
    "/shelter/<key>/stays/<stay>/handouts", **_OPEN, accepts=schemas.HandoutSchema, page=_refused
)
def hand_out(actor: Actor, facility: Facility, given: dict[str, str]) -> str:
    """Give something out, once."""
    stay = _stay_here(actor, facility)
    presence.hand_out(by=actor, placement=stay, **given)
    return _desk(actor, facility, stay, said=_("Given."))


@blueprint.get("/cases/<number>/shelter", **_PLACE)
def of_case(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Where the person sleeps, and the form to give a bed."""
    return render_template("casework/shelter/of_case.html", **pages.of_case(actor, case, form))


@blueprint.post("/cases/<number>/shelter", **_PLACE, accepts=schemas.PlaceSchema, page=of_case)
def place(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Give the bed."""
    bed = placing.chosen_bed(str(given["bed"]))
    nights = {"from_on": given["from_on"], "until_on": given["until_on"]}
    placing.place(by=actor, case=case, bed=bed, **nights)
    return redirect_to("shelter.of_case", case)


@blueprint.post(
    "/cases/<number>/shelter/<key>/extend", **_STAY, accepts=schemas.ExtendSchema, page=of_case
)
def extend(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """A longer or shorter stay."""
    placing.extend(by=actor, placement=_stay_of(case), **given)
    return redirect_to("shelter.of_case", case)


@blueprint.post(
    "/cases/<number>/shelter/<key>/leave", **_STAY, accepts=schemas.LeaveSchema, page=of_case
)
def leave(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """The person left."""
    placing.leave(by=actor, placement=_stay_of(case), **given)
    return redirect_to("shelter.of_case", case)


def _stay_of(case: Case) -> Placement:
    return queries.stay(_args()["key"], of_case=case)


@blueprint.get("/cases/<number>/shelter/<key>/address", **_STAY)
def address(actor: Actor, case: Case) -> str:
    """Where the house is, for whoever brings the person there."""
    shown = pages.address(actor, case, _stay_of(case))
    return render_template("casework/shelter/address.html", **shown)


@blueprint.get("/cases/<number>/shelter/<key>/card", **_STAY)
def card(_actor: Actor, case: Case) -> str:
    """The card, to print: a code and nothing that says whose it is."""
    return render_template("casework/shelter/card.html", **pages.card(case, _stay_of(case)))


@blueprint.post("/cases/<number>/shelter/<key>/card", **_STAY)
def renew_card(actor: Actor, case: Case) -> object:
    """The card was lost."""
    stay = _stay_of(case)
    presence.renew_card(by=actor, placement=stay)
    return redirect_to("shelter.card", case, stay)

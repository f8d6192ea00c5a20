"""What stands on the pages of shelter: houses, the board of one, the desk, a case's beds."""

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import gettext as _
from markupsafe import Markup

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import histories
from casework.core import queries as cases
from casework.shelter import facilities, presence, queries, schemas
from models.base import db, today
from models.cases import Case
from models.people import Organisation
from models.rules import NoOffice
from models.shelter import Bed, Facility, Placement, ShelterRoom
from web.forms import Form
from web.links import link

FIRST_STAY = 30  # days that the form to give a bed begins with


def houses(actor: Actor, form: Form | None) -> dict[str, object]:
    """The houses, and what is free tonight."""
    opened = queries.facilities(actor)
    return {
        "facilities": opened,
        "free_tonight": queries.free_tonight(opened),
        "is_closed": queries.is_closed,
        "own": facilities.kept_by(actor),
        "place": _place_of(actor),
        "today": today(),
        "form": form or Form(schemas.FacilitySchema),
    }


def _place_of(actor: Actor) -> Organisation | None:
    """Whose house a new one is; none where that has to be chosen first."""
    try:
        office = actor.office_for(Role.SHELTER, Role.SUPERVISOR)
    except NoOffice:
        return None
    return db.session.get(Organisation, office) if office else None


def _forms(empty: Mapping[str, Form], sent: Form | None) -> dict[str, Form]:
    """The forms of a page, with the one that was sent and did not fit in its place."""
    return {
        name: sent if sent and isinstance(sent.schema, type(form.schema)) else form
        for name, form in empty.items()
    }


def board(
    actor: Actor,
    facility: Facility,
    form: Form | None,
    *,
    in_full: bool = False,
    after: str = "",
) -> dict[str, object]:
    """A house: beds by night, who is in, notes for those who run it.

    A board hangs where everybody passes: people stand there by their initials, until somebody asks
    for names, which is noted.
    """
    staying = queries.staying(facility)
    if in_full:
        # Sealed: who sleeps in one house, and in which, stands in no column that a copy tells.
        audit.record("names_shown", fields=(facility.key, *(stay.case.number for stay in staying)))
    nights, taken = queries.board(facility, today())
    may_run = allows(actor, Permission.SHELTER_RUN, facility)
    empty = {
        "room": Form(schemas.RoomSchema),
        "note": Form(schemas.NoteSchema),
        "scan": Form(schemas.ScanSchema),
    }
    return {
        "facility": facility,
        "forms_": _forms(empty, form),
        "staying": staying,
        "names": {stay.id: _on_board(actor, stay, in_full=in_full) for stay in staying},
        "in_full": in_full,
        "nights": nights,
        "taken": taken,
        "figures": queries.figures(staying),
        "may_run": may_run,
        "notes": facilities.notes(facility, after) if may_run else None,
    }


def _on_board(actor: Actor, placement: Placement, *, in_full: bool) -> str:
    name = _name(actor, placement)
    if in_full or name == placement.case.number:
        return name
    return " ".join(f"{part[0]}." for part in name.split())


def _name(actor: Actor, placement: Placement) -> str:
    """How the person is called, for those who may know; else the number; for others nothing."""
    if allows(actor, Permission.CARE_READ, placement.case):
        return str(placement.told.get("name") or placement.case.number)
    return placement.case.number if allows(actor, Permission.CASE_OPEN, placement.case) else ""


def change(facility: Facility, form: Form | None) -> dict[str, object]:
    """The form of a house as it stands; opens the address."""
    history = facilities.history_of(facility).versions()
    stands = {
        "name": facility.name,
        "sex": facility.sex,
        "ages": facility.ages,
        "address": facilities.address(facility),
        "revision": histories.revision_after(history),
    }
    is_closing = form is not None and isinstance(form.schema, schemas.CloseSchema)
    return {
        "facility": facility,
        "form": form if form and not is_closing else Form(schemas.FacilitySchema, stands),
        "close_form": form if is_closing else _to_close(),
        "part": facility,
        "close_deed": link("shelter.close", facility),
        "open_deed": link("shelter.open_again", facility),
        "history": history,
        "writers": cases.names(version.by_id for version in history),
    }


def part(facility: Facility, part: ShelterRoom | Bed, form: Form | None) -> dict[str, object]:
    """A room or a bed, to be called otherwise or closed; with a room its beds."""
    kind = "rooms" if isinstance(part, ShelterRoom) else "beds"
    is_closing = form is not None and isinstance(form.schema, schemas.CloseSchema)
    named = Form(schemas.PartSchema, {"name": part.name})
    return {
        "facility": facility,
        "part": part,
        "room": None if isinstance(part, ShelterRoom) else part.room,
        "beds": part.beds if isinstance(part, ShelterRoom) else [],
        "form": form if form and not is_closing else named,
        "close_form": form if is_closing else _to_close(),
        "close_deed": link("shelter.close_part", facility, kind, part.id),
        "open_deed": link("shelter.open_part", facility, kind, part.id),
    }


def _to_close() -> Form:
    return Form(schemas.CloseSchema, {"closed_from": today()})


def desk(
    actor: Actor, facility: Facility, stay: Placement, *, said: str = "", wrong: str = ""
) -> dict[str, object]:
    """A card was read: who it is, whether they are in, what they were given."""
    knows = allows(actor, Permission.CARE_READ, stay.case)
    return {
        "facility": facility,
        "stay": stay,
        "name": _name(actor, stay),
        "disclosed": stay.told if knows else {},
        "given": presence.given_since(stay),
        "said": said,
        "wrong": wrong,
    }


def of_case(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """Where a person sleeps, and the form to give a bed."""
    first, last = today(), today() + timedelta(days=FIRST_STAY)
    left = {"left_on": first}
    empty = {
        "place": Form(schemas.PlaceSchema, {"from_on": first, "until_on": last}),
        "leave": Form(schemas.LeaveSchema, left),
        "extend": Form(schemas.ExtendSchema, left),
    }
    beds = queries.beds_for(case, first, last)
    return {
        **head(actor, case, "shelter"),
        "stays": queries.of_case(case),
        "beds": [(bed.id, _bed_words(bed, is_free=is_free)) for bed, is_free in beds],
        "forms_": _forms(empty, form),
    }


def _bed_words(bed: Bed, *, is_free: bool) -> str:
    """A bed in a list: house, room, bed, and what to know before it is chosen."""
    marks = [_("no stairs")] if bed.room.step_free else []
    marks += [] if is_free else [_("taken in some of these nights")]
    words = f"{bed.room.facility.name}, {bed.room.name}, {bed.name}"
    return f"{words} ({', '.join(marks)})" if marks else words


def address(actor: Actor, case: Case, stay: Placement) -> dict[str, object]:
    """Where the house of a stay is; opens the address."""
    return {
        **head(actor, case, "shelter"),
        "stay": stay,
        "address": facilities.address(stay.facility),
    }


def card(case: Case, stay: Placement) -> dict[str, object]:
    """The card of a stay: a code and nothing that says whose it is."""
    # Drawn by segno from a text of hex digits: nothing that anybody typed.
    drawing = Markup(presence.qr(stay))  # noqa: S704  # nosec B704
    return {"case": case, "stay": stay, "qr": drawing}

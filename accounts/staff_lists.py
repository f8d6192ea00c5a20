"""Many people invited at once, from the rows of a table: seen before they are invited, all or none.

Each is invited as on the page for one: a mail to its owner, a second person where one must agree.
"""

from typing import Any, TypedDict

from flask_babel import gettext as _
from marshmallow import ValidationError

from access.actors import Actor
from accounts import invitations, queries
from accounts.schemas import StaffRowSchema
from models.access_changes import AccessChange
from models.people import Organisation
from models.rules import RuleBroken
from standards import lists
from standards.lists import label
from web import forms
from web import rows as tables
from web.looking import Look

MOST = 500
# Other words for the columns.
_ALSO = {"mail": "email", "e-mail": "email", "until": "ends_on", "ends on": "ends_on"}


class Wanted(TypedDict):
    """What one row asks for, as :func:`accounts.invitations.invite` takes it."""

    name: str
    email: str
    role: str
    organisation: int
    team: str
    ends_on: Any


def take(*, by: Actor, rows: str) -> list[AccessChange]:
    """Invite everybody of the rows; nobody where ``ValidationError`` says what is wrong."""
    return [invitations.invite(by=by, **wanted) for wanted in checked(by, rows)]


def look(actor: Actor, _nobody: None, given: dict[str, str]) -> Look:
    """What would become of the rows, before anybody gets a mail."""
    wanted = checked(actor, given["rows"])
    places = {place.id: place.name for place in invitations.organisations(actor)}
    return Look(
        title=_("People to invite: %(many)s", many=len(wanted)),
        template="accounts/_look_staff.html",
        what=wanted,
        go=_("Invite all of them"),
        shown={"wanted": wanted, "places": places, "teams": dict(_teams(actor))},
    )


def checked(by: Actor, content: str) -> list[Wanted]:
    """What the rows ask for. Raises ``ValidationError`` with a line for each fault."""
    try:
        found = tables.read(content.strip(), StaffRowSchema().fields.keys(), _ALSO)
    except tables.BadHeads as wrong:
        raise ValidationError({"_form": [str(wrong)]}) from None
    if not 0 < len(found) <= MOST:
        words = _("From 1 to %(most)s people at once, below a line of heads.", most=MOST)
        raise ValidationError({"_form": [str(words)]})
    faults: list[str] = []
    wanted = [each for line, cells in found if (each := _of_row(by, line, cells, faults))]
    faults += _twice(found)
    if faults:
        raise ValidationError({"_form": faults})
    return wanted


def _of_row(by: Actor, line: int, cells: dict[str, str], faults: list[str]) -> Wanted | None:
    try:
        given = StaffRowSchema().load(cells | {"role": _role(cells.get("role", ""))})
        place = _place(by, given["organisation"])
        team = _team(place, given)
        email, role = given["email"], given["role"]
        invitations.check(by=by, email=email, role=role, organisation=place.id, team=team)
    except ValidationError as wrong:
        faults += [_in_line(line, one) for one in forms.in_lines(wrong)]
        return None
    except RuleBroken as wrong:
        faults.append(_in_line(line, wrong.message))
        return None
    return {
        "name": given["name"],
        "email": email,
        "role": role,
        "organisation": place.id,
        "team": team,
        "ends_on": given.get("ends_on"),
    }


def _in_line(line: int, fault: Any) -> str:
    return str(_("Line %(line)s: %(fault)s", line=line, fault=fault))


def _role(word: str) -> str:
    """The code of a role, by its code or its word in the reader's language."""
    named = {label(lists.ROLES, code).casefold(): code for code, _words in lists.ROLES}
    return named.get(word.casefold(), word)


def _place(by: Actor, code: str) -> Organisation:
    every = invitations.organisations(by)
    found = next((place for place in every if place.code.casefold() == code.casefold()), None)
    if found is None:
        raise RuleBroken(_("There is no organisation with the code %(code)s.", code=code))
    return found


def _team(place: Organisation, given: dict[str, Any]) -> str:
    name = given.get("team") or ""
    names = {words.casefold(): team_id for team_id, words in queries.teams([place])}
    if name and name.casefold() not in names:
        raise RuleBroken(_("%(place)s has no team %(name)s.", place=place.name, name=name))
    return str(names[name.casefold()]) if name else ""


def _teams(actor: Actor) -> list[tuple[str, str]]:
    every = invitations.organisations(actor)
    return [(str(number), name) for place in every for number, name in queries.teams([place])]


def _twice(found: tables.Rows) -> list[str]:
    """Mail addresses that stand in more than one row: a second role is given afterwards."""
    seen: dict[str, int] = {}
    faults = []
    for line, cells in found:
        email = cells.get("email", "").lower()
        if email in seen and email:
            words = _("this address stands in line %(first)s already.", first=seen[email])
            faults.append(_in_line(line, words))
        seen.setdefault(email, line)
    return faults

"""Many people invited at once, from the rows of a table: seen before they are invited, all or none.

Each is invited as on the page for one: a mail to its owner, a second person where one must agree.
"""

import re
from typing import Any, TypedDict

from babel.dates import get_month_names
from flask_babel import get_locale
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
# The columns as a table heads them; their labels in the reader's language and our own names do too.
HEADS = {
    "name": "name",
    "mail": "email",
    "role": "role",
    "organisation": "organisation",
    "team": "team",
    "until": "ends_on",
}
_BY_NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_BY_WORDS = re.compile(r"(\d{1,2})\.?\s+(\w+)\.?\s+(\d{4})")


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
        found = tables.read(content.strip(), StaffRowSchema().fields.keys(), _also())
    except tables.BadHeads as wrong:
        words = _("There may be: %(names)s.", names=", ".join(HEADS))
        raise ValidationError({"_form": [f"{wrong} {words}"]}) from None
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
        read = {"role": _role(cells.get("role", ""))}
        if until := cells.get("ends_on"):
            read["ends_on"] = _day(until)
        given = StaffRowSchema().load(cells | read)
        place = _place(by, given["organisation"])
        team = _team(place, given)
        email, role = given["email"], given["role"]
        invitations.check(by=by, email=email, role=role, organisation=place.id, team=team)
    except ValidationError as wrong:
        heads = {field: head for head, field in HEADS.items()}
        faults += [_in_line(line, one) for one in forms.in_lines(wrong, heads)]
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


def _also() -> dict[str, str]:
    """Other words for the columns, in small letters."""
    labels = {
        str(field.metadata["label"]).lower(): name
        for name, field in StaffRowSchema().fields.items()
        if "label" in field.metadata
    }
    return labels | HEADS | {"e-mail": "email", "ends on": "ends_on"}


def _day(text: str) -> str:
    """A day as tables write it (31.12.2030, 31/12/2030, 31 December 2030), in the form of ISO 8601;
    what is none as it stands.
    """
    if by_numbers := _BY_NUMBERS.fullmatch(text):
        day, month, year = by_numbers.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    if by_words := _BY_WORDS.fullmatch(text):
        day, word, year = by_words.groups()
        number = _months().get(word.casefold().rstrip("."))
        return f"{year}-{number:02}-{day:0>2}" if number else text
    return text


def _months() -> dict[str, int]:
    """The number of each month by its name, whole or short, in the reader's language and ours."""
    return {
        name.casefold().rstrip("."): number
        for locale in ("en", str(get_locale() or "en"))
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=locale).items()  # type: ignore[arg-type]
    }


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

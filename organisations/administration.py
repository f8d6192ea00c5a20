"""Organisations are made, changed, closed and opened again: one verb each, for pages, commands and
lists alike. Each stands in the trail.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require
from accounts import access_changes
from models import office_settings
from models.access_changes import ChangeKind
from models.base import db, today
from models.people import Grant, Organisation
from models.rules import RuleBroken
from models.scope import opened
from organisations import closing, queries
from standards import zones

# What no organisation says of itself: by its name others know it and what was told to it, and its
# services open what is sent to it.
_OF_HEADQUARTERS = ("name", "services", "agreement_until")
_NAME_TAKEN = _l("There is an organisation of this name already.")
_EMPTY: dict[str, Any] = {"services": [], "languages": [], "agreement_until": None}
CHANGED = (
    *("city", "timezone", "address", "email", "contact", "languages"),
    *("area", "hours", "eligibility", *_OF_HEADQUARTERS),
)


@opened("accounts")
def make(*, by: Actor, given: dict[str, Any]) -> Organisation:
    """Make an organisation (:class:`organisations.schemas.OrganisationSchema`).

    Without a time zone it has that of its country. Raises ``ValidationError`` where code or name
    are taken, also by one that was closed.
    """
    require(by, Permission.ORGANISATION_OPEN)
    if faults := taken(given):
        raise ValidationError(faults)
    zone = given.get("timezone") or zones.of_country(given["country"])[0]
    place = Organisation(**{**given, "timezone": zone})
    db.session.add(place)
    db.session.flush()
    audit.record("organisation_made", subject=place.code, fields=tuple(sorted(given)))
    return place


@opened("accounts")
def taken(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What another organisation bears already, by the field: asked by the form too, so that it
    says all at once.
    """
    faults = {}
    if queries.by_code(str(given.get("code", ""))) is not None:
        faults["code"] = [_("There is an organisation with this code already.")]
    if _is_a_name_of_another(str(given.get("name", ""))):
        faults["name"] = [str(_NAME_TAKEN)]
    return faults


@opened("accounts")
def change(*, by: Actor, place: Organisation, given: dict[str, Any]) -> list[str]:
    """Change what is said of an organisation; what ``given`` leaves out is empty from now on.

    Gives the names of what changed. Only the headquarters' administrators say how long an
    agreement stands; for others it stays.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    theirs = CHANGED if may_say_all(by) else CHANGED[: -len(_OF_HEADQUARTERS)]
    wanted = {name: given.get(name, _EMPTY.get(name, "")) for name in theirs}
    wanted["timezone"] = wanted["timezone"] or place.timezone
    if "name" in theirs and _is_a_name_of_another(wanted["name"], place):
        raise RuleBroken(str(_NAME_TAKEN), "name")
    changed = [name for name, value in wanted.items() if getattr(place, name) != value]
    names = (place.name, wanted["name"]) if "name" in changed else ()
    for name in changed:
        if name == "name":
            place.rename(wanted["name"])
        else:
            setattr(place, name, wanted[name])
    if "services" in changed:  # places of a service that is not offered any more are nobody's
        offered = {code: many for code, many in place.capacity.items() if code in place.services}
        place.capacity = offered
    if changed:
        told = (*sorted(changed), *(audit.from_to(*names) if names else ()))
        audit.record("organisation_changed", subject=place.code, fields=told)
    return changed


def _is_a_name_of_another(name: str, place: Organisation | None = None) -> bool:
    """No two bear the same name, nor one that another had: by it people choose whom they refer to,
    and read who was told something.
    """
    every = db.session.execute(select(Organisation)).scalars()
    return any(each is not place and each.was_called(name) for each in every)


@opened("accounts")
def decide(*, by: Actor, place: Organisation, given: dict[str, Any]) -> list[str]:
    """What an office decides for itself (:class:`organisations.schemas.SettingsSchema`); what
    ``given`` leaves out is as the headquarters decide. Gives the names of what changed.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    changed = office_settings.say(place, given, by.id)
    if changed:
        audit.record("office_decided", subject=place.code, fields=tuple(sorted(changed)))
    return changed


def may_say_all(by: Actor) -> bool:
    """Whether ``by`` is of the headquarters' administrators, or has the machine."""
    return by.administers_all or by.system


@opened("accounts")
def close(*, by: Actor, place: Organisation) -> None:
    """Close an organisation: its people's roles end, nothing is sent to it any more.

    Raises :class:`models.rules.RuleBroken`, naming what still hangs on it: whoever is cared for
    there goes elsewhere first.
    """
    require(by, Permission.ORGANISATION_CLOSE, place)
    if place.closed_on is not None:
        raise RuleBroken(_("%(name)s is closed already.", name=place.name))
    if by.id is not None and place.id in by.at(Role.ADMINISTRATOR):
        raise RuleBroken(_("You work here yourself. Another administrator closes it."))
    if left := closing.what_is_left(place):
        raise RuleBroken(closing.in_words(place, left))
    for grant in _in_force(place):
        kind = ChangeKind.ROLE_ENDED
        access_changes.change(kind, grant.user, by=by, place=place, role=grant.role)
    place.closed_on = today()
    audit.record("organisation_closed", subject=place.code)


def _in_force(place: Organisation) -> list[Grant]:
    query = select(Grant).where(Grant.organisation_id == place.id).order_by(Grant.id)
    return [each for each in db.session.execute(query).unique().scalars() if each.in_force]


@opened("accounts")
def open_again(*, by: Actor, place: Organisation) -> None:
    """Open a closed one again. The roles in it stay ended: whoever comes back is given theirs."""
    require(by, Permission.ORGANISATION_CLOSE, place)
    if place.closed_on is None:
        raise RuleBroken(_("%(name)s is open.", name=place.name))
    place.closed_on = None
    audit.record("organisation_opened", subject=place.code)

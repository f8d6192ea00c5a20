"""What an authority asks a data protection officer for, made of the code and of what stands: which
data are kept and who opens them, how long each kind of thing stays, who holds which role since when
(R46).
"""

from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from access.permissions import Permission, Role
from accounts import access_changes, links
from casework.intake import drafts
from casework.records import kinds
from data_protection import permissions_page
from models import office_settings
from models.access_changes import AccessChange, ChangeKind
from models.base import db
from models.people import Grant, User
from models.states import AccessChangeState
from standards import lists
from web import keeping


@dataclass(frozen=True)
class Kept:
    """One compartment: what lies in it, which roles ever open it."""

    label: Any
    records: list[Any]
    roles: list[str]


@dataclass(frozen=True)
class Held:
    """One role of one person, in force today."""

    person: str
    role: str
    office: str
    since: date | None
    until: date | None


def processing() -> list[Kept]:
    """The compartments of a case, the records in each, and whom the policy ever lets open it."""
    return [
        Kept(
            label,
            [kind.label for kind in kinds.KINDS.values() if kind.compartment == code],
            _opened_by(code),
        )
        for code, label in lists.COMPARTMENTS
    ]


def _opened_by(compartment: str) -> list[str]:
    """Roles that open it in some relation to the case, by the map of docs/permissions.md."""
    permission = Permission(f"{compartment}.read")
    with db.session.no_autoflush:
        answers = permissions_page.outcomes_of(permission)
    roles = {permissions_page.PEOPLE[who][1] for who, may in answers.items() if may}
    return [lists.label(lists.ROLES, role) for role in Role if role in roles]


def retention() -> list[tuple[str, str, str]]:
    """What is kept how long, and where that is decided."""
    settings = current_app.config["SETTINGS"]
    office, machine, fixed = _("Settings of the office"), _("The machine"), _("Fixed")
    years = office_settings.of(None, "retention_years")
    consent, access = (office_settings.of(None, name) for name in ("consent_days", "access_days"))
    return [
        (_("A closed case, all of it; then it is proposed for erasure"), _years(years), office),
        (_("A consent, until it is asked for again"), _days(consent), office),
        (_("What a partner was released"), _days(access), office),
        (_("What a caller said who agreed to nothing yet"), _days(settings.caller_days), machine),
        (_("A registration that nobody finished"), _days(drafts.DRAFT_DAYS), fixed),
        (_("A form that could not be saved"), _days(keeping.KEPT_DAYS), fixed),
        (_("A link for choosing a password"), _days(links.DAYS), fixed),
        (_("A role asked for that nobody agreed to"), _days(access_changes.ASKED_DAYS), fixed),
        (_("The trail; of an erased case without what leads to it"), _("no end"), fixed),
    ]


def _days(many: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", many)


def _years(many: int) -> str:
    return ngettext("%(num)s year", "%(num)s years", many)


def roles() -> list[Held]:
    """Who holds which role today, since when, by organisation and name."""
    since = _since()
    grants = db.session.execute(select(Grant).join(User).where(User.active)).unique().scalars()
    held = [
        Held(
            grant.user.name,
            lists.label(lists.ROLES, grant.role),
            grant.organisation.name,
            since.get((grant.user_id, grant.organisation_id, grant.role)),
            grant.ends_on,
        )
        for grant in grants
        if grant.in_force
    ]
    return sorted(held, key=attrgetter("office", "person", "role"))


def _since() -> dict[tuple[int, int | None, str], date]:
    """The day on which each role was given last; of the first accounts none is written down."""
    given = (ChangeKind.INVITED, ChangeKind.ROLE_GIVEN)
    which = (AccessChange.user_id, AccessChange.office_id, AccessChange.role)
    at = func.max(func.coalesce(AccessChange.decided_at, AccessChange.asked_at))
    query = (
        select(*which, at)
        .where(AccessChange.state == AccessChangeState.DONE, AccessChange.kind.in_(given))
        .group_by(*which)
    )
    rows = db.session.execute(query).all()
    return {(user_id, office_id, role): at.date() for user_id, office_id, role, at in rows}

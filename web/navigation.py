"""The main navigation: which pages a person finds there, by what they may do."""

from dataclasses import dataclass
from typing import Any

from flask import g, request, session
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from access.permissions import Permission as P  # noqa: N817 -- stands in every line
from access.policy import allows
from models.base import db
from models.cases import Case
from web.links import link


@dataclass(frozen=True)
class Place:
    """One entry: a page, its drawing and its word."""

    page: str
    permission: P
    icon: str
    word: Any

    @property
    def address(self) -> str:
        """Where it leads."""
        return link(self.page)

    @property
    def is_here(self) -> bool:
        """Whether the page on the screen is this one, or stands below it."""
        return request.path == self.address or request.path.startswith(self.address + "/")

    @property
    def counts_notices(self) -> bool:
        """Whether the number of unread notices stands beside it."""
        return self.page == "notifications.index"


MAIN = (
    Place("work.index", P.CASE_LIST, "list-checks", _l("My work")),
    Place("casefile.index", P.CASE_LIST, "folder", _l("Cases")),
    Place("referral.index", P.REFERRAL_LIST, "inbox", _l("Referrals")),
    Place("avrr.index", P.RETURN_LIST, "plane", _l("Returns")),
    Place("notifications.index", P.ACCOUNT_USE, "bell", _l("Notices")),
)
FURTHER = (
    Place("callers.index", P.CALLER_LIST, "phone", _l("Callers")),
    Place("team.calendar", P.CASE_LIST, "calendar", _l("Calendar")),
    Place("shelter.index", P.SHELTER_LIST, "bed", _l("Shelter")),
    Place("team.board", P.TEAM_SEE, "users", _l("Team")),
    Place("funds.index", P.FUND_LIST, "wallet", _l("Funds")),
    Place("statistics.index", P.STATISTICS_READ, "chart-column", _l("Statistics")),
    Place("imports.index", P.CASE_IMPORT, "upload", _l("Import")),
    Place("trail.whole", P.TRAIL_READ, "scroll-text", _l("Trail")),
    Place("data_protection.alerts", P.ALERT_READ, "triangle-alert", _l("Alerts")),
    Place("data_protection.erasures", P.ERASURE_LIST, "x", _l("Erasures")),
    Place("reading_on.index", P.READING_LIST, "eye", _l("Read very many cases")),
    Place("requests.index", P.REQUEST_LIST, "message-square", _l("Requests of persons")),
    Place("data_protection.register_of_processing", P.ALERT_READ, "file-text", _l("What is kept")),
    Place(
        "data_protection.emergency_form",
        P.EMERGENCY_ASK,
        "heart-handshake",
        _l("Emergency access"),
    ),
    Place("data_protection.emergencies", P.EMERGENCY_LIST, "clock", _l("Open in an emergency")),
    Place("partners.partners", P.REFERRAL_LIST, "heart-handshake", _l("Partners")),
    Place("cut_offs.index", P.CUT_OFF_LIST, "lock", _l("Cut off")),
    Place("notifications.undelivered", P.MESSAGE_RESEND, "message-square", _l("Undelivered")),
    Place("accounts_people.index", P.USER_LIST, "users", _l("People")),
    Place("system.show", P.SYSTEM_SEE, "settings", _l("System")),
    Place("organisations.index", P.ORGANISATION_LIST, "folder", _l("Organisations")),
    Place("accounts_access.index", P.ACCESS_LIST, "badge-check", _l("Who may act")),
)


def groups() -> tuple[list[Place], list[Place]]:
    """What whoever acts finds in the navigation: the main pages, and the rest."""
    return _allowed(MAIN), _allowed(FURTHER)


def in_order() -> list[Place]:
    """All of it in one row, as a phone shows it."""
    main, further = groups()
    return main + further


def works_on_cases() -> bool:
    """Whether whoever acts has cases to look for."""
    return allows(g.actor, P.CASE_LIST)


def recent() -> list[str]:
    """The cases opened last, by number, without those that are kept away since."""
    numbers: list[str] = session.get("recent", [])
    if not numbers or not g.actor.blocked:
        return numbers
    query = select(Case.number).where(Case.number.in_(numbers), Case.id.in_(g.actor.blocked))
    kept_away = set(db.session.execute(query).scalars())
    return [number for number in numbers if number not in kept_away]


def _allowed(places: tuple[Place, ...]) -> list[Place]:
    return [place for place in places if allows(g.actor, place.permission)]

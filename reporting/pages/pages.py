"""The pages of statistics: what each is for, what it may be filtered by, what stands on it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from reporting.pages import people
from reporting.pages.asking import Asked, asked, period_of
from reporting.pages.schemas import FILTERS
from reporting.tables import operations
from reporting.tables.panels import Panel

__all__ = ["PAGES", "Asked", "Page", "asked", "period_of"]

_PEOPLE = tuple(
    name for name in FILTERS if name not in {"fund", "transit", "country", "return_region"}
)
_RETURNS = tuple(name for name in FILTERS if name != "fund")
_FUNDED = tuple(name for name in FILTERS if name != "transit")


@dataclass(frozen=True)
class Page:
    """A page: its title, what it is for, what it may be filtered by, what stands on it."""

    code: str
    title: object
    about: object
    filters: tuple[str, ...]
    build: Callable[[Asked], list[Panel]]
    divides: bool = False
    people: bool = True


PAGES: dict[str, Page] = {
    page.code: page
    for page in (
        Page(
            "assisted",
            _l("People assisted"),
            _l("All programmes, divided as you like."),
            FILTERS,
            people.assisted,
            divides=True,
        ),
        Page(
            "hasm",
            _l("HASM"),
            _l("Humanitarian Assistance to Stranded Migrants"),
            _FUNDED,
            lambda ask: people.programme(ask, "hasm"),
        ),
        Page("mefm", _l("MEFM"), _l("Migration Emergency Funding Mechanism"), _FUNDED, people.mefm),
        Page(
            "avrr",
            _l("AVRR"),
            _l(
                "Assisted voluntary return and reintegration, from host and from transit countries "
                "apart"
            ),
            _RETURNS,
            people.avrr,
        ),
        Page(
            "trafficking",
            _l("Counter-trafficking"),
            _l("Victims of trafficking, and what was done to them"),
            _PEOPLE,
            people.victims,
        ),
        Page(
            "assistance",
            _l("Kinds of assistance"),
            _l("Who was registered, and what was given"),
            _PEOPLE,
            people.assistance,
        ),
        Page(
            "reintegration",
            _l("Reintegration"),
            _l("How people fare after return"),
            tuple(name for name in _RETURNS if name != "transit"),
            people.reintegration,
        ),
        Page(
            "referrals",
            _l("Referral network"),
            _l("How fast partners answer and how it goes on"),
            ("office",),
            lambda ask: operations.partners(ask.span, rtl=ask.rtl),
            people=False,
        ),
        Page(
            "caseload",
            _l("Caseload"),
            _l("Who has how much to do"),
            ("office",),
            lambda ask: operations.caseload(ask.span, rtl=ask.rtl),
            people=False,
        ),
        Page(
            "follow-ups",
            _l("Follow-ups"),
            _l("Visits after return: due, done, missed"),
            ("office",),
            lambda ask: operations.follow_ups(ask.span, rtl=ask.rtl),
            people=False,
        ),
        Page(
            "shelter",
            _l("Shelter"),
            _l("How full the houses are"),
            ("office",),
            lambda ask: operations.shelter(ask.span, rtl=ask.rtl),
            people=False,
        ),
        Page(
            "funds",
            _l("Funds"),
            _l("What money came, went, and whom it helped"),
            ("office",),
            lambda ask: operations.funds(ask.span, rtl=ask.rtl),
            people=False,
        ),
        Page(
            "quality",
            _l("Data quality"),
            _l("What is missing, late or contradictory in the cases"),
            ("office",),
            lambda ask: operations.quality(ask.span, rtl=ask.rtl),
            people=False,
        ),
    )
}

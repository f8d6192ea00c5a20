"""The pages of statistics: which figures stand on which, and what they may be filtered by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from access.actors import Actor
from models.base import today
from reporting.pages.schemas import FILTERS
from reporting.tables import measures, operations, panels, scores, tables, trafficking
from reporting.tables.panels import Panel
from reporting.tables.questions import Question
from standards import lists
from web.errors import NotFound

_PEOPLE = tuple(
    name for name in FILTERS if name not in {"fund", "transit", "country", "return_region"}
)
_RETURNS = tuple(name for name in FILTERS if name != "fund")
_FUNDED = tuple(name for name in FILTERS if name != "transit")


@dataclass(frozen=True)
class Asked:
    """A request for a page, checked: period, filters, how to divide, and for whom."""

    actor: Actor
    year: int
    quarter: str
    filters: tuple[tuple[str, str], ...]
    rows: str
    columns: str
    round_to: int
    programme: str = ""

    @property
    def limit(self) -> int:
        """Counts under this are hidden."""
        found: int = current_app.config["SETTINGS"].small_cell
        return found

    @property
    def bands(self) -> str:
        """Which age groups the installation uses."""
        return str(current_app.config["SETTINGS"].age_bands)

    @property
    def rtl(self) -> bool:
        """Whether the reader's language runs from right to left."""
        locale = get_locale()
        return bool(locale and locale.text_direction == "rtl")

    @property
    def span(self) -> operations.Span:
        """The period, for figures of work."""
        offices = operations.offices_of(self.actor)
        wanted = dict(self.filters).get("office", "")
        if wanted.isdecimal():
            offices = (int(wanted),) if not offices or int(wanted) in offices else (-1,)
        return operations.Span(self.year, self.quarter, offices)

    def question(
        self, measure: str, rows: str, columns: str, more: Mapping[str, str] | None = None
    ) -> Question:
        """A question about people with the filters that the measure knows."""
        if measure not in measures.MEASURES:
            raise NotFound
        known = measures.MEASURES[measure].dimensions
        filters = {name: value for name, value in self.filters if name in known} | dict(more or {})
        if self.quarter:
            filters["quarter"] = self.quarter
        return Question(
            measure,
            self.year,
            rows,
            columns,
            tuple(sorted(filters.items())),
            round_to=self.round_to,
        )

    def table(self, measure: str, rows: str, columns: str, **more: str) -> tables.Table:
        """The protected answer."""
        return tables.ask(self.question(measure, rows, columns, more), self.limit, self.bands)

    def panel(
        self, code: str, title: str, measure: str, rows: str, columns: str, **more: str
    ) -> Panel:
        """A panel of people."""
        return panels.of_people(
            code, title, self.table(measure, rows, columns, **more), self.limit, rtl=self.rtl
        )


def asked(actor: Actor, given: Mapping[str, Any]) -> Asked:
    """What :class:`reporting.pages.schemas.AskSchema` loaded, as a request for a page."""
    filters = tuple(sorted((name, str(given[name])) for name in FILTERS if given.get(name)))
    settings = current_app.config["SETTINGS"]
    return Asked(
        actor,
        given.get("year") or today().year,
        given.get("quarter", ""),
        filters,
        given.get("rows") or "country",
        given.get("columns") or "sex",
        max(int(given.get("round") or 0), settings.round_to),
        given.get("programme", ""),
    )


def period_of(ask: Asked) -> str:
    """The period in words."""
    return (
        _("quarter %(quarter)s of %(year)s", quarter=ask.quarter, year=ask.year)
        if ask.quarter
        else str(ask.year)
    )


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


def _programme(ask: Asked, code: str) -> list[Panel]:
    name = lists.label(lists.PROGRAMMES, code)
    country = "country" if code != "registered" else "citizenship"
    found = [
        ask.panel(
            f"{code}-months",
            _("%(name)s: people by month and category", name=name),
            code,
            "month",
            "category",
        ),
        ask.panel(
            f"{code}-countries",
            _("%(name)s: people by country of return and sex", name=name),
            code,
            country,
            "sex",
        ),
        ask.panel(
            f"{code}-ages",
            _("%(name)s: people by host country and age", name=name),
            code,
            "host",
            "age_band",
        ),
    ]
    if "fund" in measures.MEASURES[code].dimensions:
        found.append(
            ask.panel(
                f"{code}-funds",
                _("%(name)s: people by fund and quarter", name=name),
                code,
                "fund",
                "quarter",
            )
        )
    return found


def _assisted(ask: Asked) -> list[Panel]:
    """The four programmes, divided as asked."""
    wanted = [code for code, _label in lists.PROGRAMMES if ask.programme in {code, ""}]
    found = []
    for code in wanted:
        known = measures.MEASURES[code].dimensions
        rows, columns = (
            name if name in known else other
            for name, other in ((ask.rows, "country"), (ask.columns, "sex"))
        )
        if rows == columns:
            rows = "citizenship" if columns != "citizenship" else "sex"
        found.append(
            ask.panel(f"{code}-divided", lists.label(lists.PROGRAMMES, code), code, rows, columns)
        )
    return found


def _mefm(ask: Asked) -> list[Panel]:
    sectors = ask.panel(
        "mefm-sectors", _("MEFM: people by sector of assistance and sex"), "mefm", "kind", "sex"
    )
    return [sectors, *_programme(ask, "mefm")]


def _avrr(ask: Asked) -> list[Panel]:
    found = [ask.panel("avrr-months", _("Returns by month and route"), "avrr", "month", "transit")]
    if not dict(ask.filters).get("transit"):
        found += [
            ask.panel(
                "avrr-transit",
                _("From transit countries: people by country of return and sex"),
                "avrr",
                "country",
                "sex",
                transit="1",
            ),
            ask.panel(
                "avrr-host",
                _("From host countries: people by country of return and sex"),
                "avrr",
                "country",
                "sex",
                transit="0",
            ),
        ]
    flow = panels.flow_panel(
        "avrr-flows",
        _("From host country to country of return"),
        ask.table("avrr", "host", "country"),
        ask.limit,
        rtl=ask.rtl,
    )
    ended = ask.panel("avrr-ended", _("How returns ended"), "ended", "kind", "sex")
    return [
        *found,
        flow,
        ask.panel("avrr-ages", _("Returns by age and sex"), "avrr", "age_band", "sex"),
        ended,
    ]


def _trafficking(ask: Asked) -> list[Panel]:
    found = [
        ask.panel(
            "trafficked-months",
            _("Victims registered, by month and sex"),
            "trafficked",
            "month",
            "sex",
        ),
        ask.panel(
            "trafficked-origins",
            _("Victims by country of origin and age"),
            "trafficked",
            "citizenship",
            "age_band",
        ),
        panels.flow_panel(
            "trafficked-flows",
            _("From country of origin to host country"),
            ask.table("trafficked", "citizenship", "host"),
            ask.limit,
            rtl=ask.rtl,
        ),
    ]
    question = ask.question("trafficked", "sex", "age_band")
    definition = [str(measures.MEASURES["trafficked"].definition), str(trafficking.RULE)]
    told = trafficking.answers(question, ask.limit, ask.bands)
    for group, title in trafficking.GROUPS.items():
        found.append(
            panels.shares(
                f"trafficked-{group}",
                str(title),
                told[group],
                ask.limit,
                definition=definition,
                rtl=ask.rtl,
            )
        )
    return found


def _assistance(ask: Asked) -> list[Panel]:
    found = []
    for code, title, kinds in (
        ("service", _("People by kind of service and sex"), lists.SERVICES),
        (
            "reintegration",
            _("People by kind of reintegration assistance and sex"),
            lists.ASSISTANCE,
        ),
    ):
        table = tables.by_kind(ask.question(code, "host", "sex"), kinds, ask.limit, ask.bands)
        found.append(panels.of_people(f"{code}-kinds", title, table, ask.limit, rtl=ask.rtl))
    return [
        *found,
        ask.panel(
            "registered-months",
            _("People registered, by month and sex"),
            "registered",
            "month",
            "sex",
        ),
        ask.panel(
            "registered-categories",
            _("People registered, by category and age"),
            "registered",
            "category",
            "age_band",
        ),
        ask.panel(
            "registered-channels",
            _("People registered, by how they came and sex"),
            "registered",
            "kind",
            "sex",
        ),
    ]


def _reintegration(ask: Asked) -> list[Panel]:
    table = tables.by_kind(
        ask.question("scored", "host", "sex"), scores.STEPS, ask.limit, ask.bands
    )
    return [
        scores.panel(ask.question("scored", "host", "sex"), ask.limit, ask.bands, rtl=ask.rtl),
        panels.of_people(
            "scored-people",
            _("People surveyed, by follow-up and sex"),
            table,
            ask.limit,
            rtl=ask.rtl,
        ),
        ask.panel(
            "reintegration-ended", _("How returns ended, by country"), "ended", "country", "kind"
        ),
    ]


PAGES: dict[str, Page] = {
    one.code: one
    for one in (
        Page(
            "assisted",
            _l("People assisted"),
            _l("All programmes, divided as you like."),
            FILTERS,
            _assisted,
            divides=True,
        ),
        Page(
            "hasm",
            _l("HASM"),
            _l("Humanitarian Assistance to Stranded Migrants"),
            _FUNDED,
            lambda ask: _programme(ask, "hasm"),
        ),
        Page("mefm", _l("MEFM"), _l("Migration Emergency Funding Mechanism"), _FUNDED, _mefm),
        Page(
            "avrr",
            _l("AVRR"),
            _l(
                "Assisted voluntary return and reintegration, from host and from transit countries apart"
            ),
            _RETURNS,
            _avrr,
        ),
        Page(
            "trafficking",
            _l("Counter-trafficking"),
            _l("Victims of trafficking, and what was done to them"),
            _PEOPLE,
            _trafficking,
        ),
        Page(
            "assistance",
            _l("Kinds of assistance"),
            _l("Who was registered, and what was given"),
            _PEOPLE,
            _assistance,
        ),
        Page(
            "reintegration",
            _l("Reintegration"),
            _l("How people fare after return"),
            tuple(name for name in _RETURNS if name != "transit"),
            _reintegration,
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

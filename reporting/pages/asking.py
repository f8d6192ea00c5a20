"""A request for a page of statistics, checked, and the answers it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from access.actors import Actor
from models.base import today
from reporting.pages.schemas import FILTERS
from reporting.tables import measures, operations, panels, tables
from reporting.tables.panels import Panel
from reporting.tables.questions import Question
from web.errors import NotFound


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
        limit: int = current_app.config["SETTINGS"].small_cell
        return limit

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
        dimensions = measures.MEASURES[measure].dimensions
        filters = {name: value for name, value in self.filters if name in dimensions}
        filters |= more or {}
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

"""What stands on a page of statistics: its panels, the strip of totals, filters, and what may be
done from there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.base import now
from models.cases import Case
from reporting.facts import counting
from reporting.facts.checking import CONTRADICTING, LATE, MISSING
from reporting.facts.engine import freshened
from reporting.pages import queries
from reporting.pages.filtering import options_of
from reporting.pages.pages import PAGES, Asked, Page, asked, period_of
from reporting.pages.schemas import AskSchema
from reporting.pages.tabs import tabs
from reporting.tables import measures, operations, tables
from reporting.tables.panels import Panel
from web.errors import NotFound
from web.forms import load
from web.links import link

FEW = 3  # filters that stand open; the others are folded


@dataclass(frozen=True)
class May:
    """What the reader may do from a page of statistics."""

    publish: bool
    list_cases: bool


def may(actor: Actor) -> May:
    """The flags of :class:`May` for one reader."""
    return May(allows(actor, Permission.STATISTICS_PUBLISH), allows(actor, Permission.CASE_LIST))


def asked_for() -> dict[str, Any]:
    """What the address asks for, checked."""
    sent = {name: value[:80] for name, value in request.args.items() if value}
    return load(AskSchema, sent, lenient=True)


def ask_of(actor: Actor) -> Asked:
    """The same, as a request for a page."""
    return asked(actor, asked_for())


def page_of(code: str) -> Page:
    """A page of statistics, or nothing there."""
    if code not in PAGES:
        raise NotFound
    return PAGES[code]


def page(actor: Actor, code: str) -> dict[str, Any]:
    """Everything a page shows."""
    page_, ask, as_of = page_of(code), ask_of(actor), freshened()
    panels = page_.build(ask)
    query = urlencode([(name, value) for name, value in request.args.items() if value])
    chosen = dict.fromkeys(page_.filters, "") | dict(ask.filters)
    folded = any(chosen[name] for name in page_.filters[FEW:]) or bool(ask.round_to)
    return {
        "page": page_,
        "tabs": tabs(actor, page_, ask),
        "asked": ask,
        "panels": panels,
        "as_of": as_of,
        "late": _is_behind(as_of),
        "limit": ask.limit,
        "options": options_of(page_, ask),
        "chosen": chosen,
        "more_chosen": folded,
        "strip": _strip(page_, ask, panels),
        "query": query,
        "here_path": f"{page_.code}?{query}",
        "may": may(actor),
    }


def _is_behind(as_of: datetime) -> bool:
    late = now() - as_of > timedelta(seconds=counting.LAG_SECONDS)
    return late and counting.waiting() > 0


def _strip(page_: Page, ask: Asked, panels: list[Panel]) -> list[tuple[str, str, str]]:
    """The totals of the programmes on the page, with the period before."""
    if page_.code != "assisted":
        return []
    words = {
        "hasm": _("assisted by HASM"),
        "gaf": _("helped by the Global Assistance Fund"),
        "avrr": _("returned through AVRR"),
        "mefm": _("helped by MEFM"),
        "victims": _("helped as victims"),
    }
    totals = []
    for table in (panel.table for panel in panels if panel.table is not None):
        code = table.question.measure
        totals.append(_total(table, words[code], ask.limit))
        if code == "avrr" and not dict(ask.filters).get("transit"):
            transit = ask.table("avrr", "sex", "age_band", transit="1")
            totals.append(_total(transit, _("AVRR from transit countries"), ask.limit))
    return totals


def _total(table: tables.Table, word: str, limit: int) -> tuple[str, str, str]:
    before = _("%(number)s before", number=table.before[-1].text(limit)) if table.before else ""
    return (table.total.text(limit) if table.total else "–", word, before)


def panel(actor: Actor, page_code: str, figure: str) -> tuple[Page, Asked, Panel, datetime]:
    """The one figure that a file is of. Raises :class:`web.errors.NotFound` where it is empty."""
    page_, ask, as_of = page_of(page_code), ask_of(actor), freshened()
    for candidate in page_.build(ask):
        if candidate.code == figure and candidate.sheet.rows:
            return page_, ask, candidate, as_of
    raise NotFound


def behind_a_figure(actor: Actor) -> dict[str, Any]:
    """The cases that are counted in a figure, as far as the reader may open them."""
    given = asked_for()
    ask = asked(actor, given)
    freshened()
    measure = measures.MEASURES.get(given.get("measure", ""))
    if measure is None:
        raise NotFound
    question, kind = ask.question(measure.code, "sex", "age_band"), given.get("kind", "")

    def more(last: int, most: int) -> list[int]:
        return tables.cases_of(question, ask.bands, kind, last, most, queries.offices_of(actor))

    return _cases(actor, more, "casefile.show") | {
        "title": str(measure.label),
        "about": period_of(ask),
        "tabs": tabs(actor, ""),
    }


def with_a_fault(actor: Actor, code: str) -> dict[str, Any]:
    """The cases with one fault, as far as the reader may open them, with the way to mend them."""
    listed = MISSING | LATE | CONTRADICTING
    if code not in listed:
        raise NotFound
    ask = ask_of(actor)
    freshened()
    label, mended_at = listed[code]
    span = operations.Span(ask.year, offices=queries.offices_of(actor))

    def more(last: int, most: int) -> list[int]:
        return operations.faulty(code, span, last, most)

    return _cases(actor, more, mended_at) | {
        "title": str(label),
        "about": "",
        "tabs": tabs(actor, PAGES["quality"]),
    }


def _cases(actor: Actor, more: Callable[[int, int], list[int]], leads_to: str) -> dict[str, Any]:
    after = request.args.get("after", "0")
    cases, last = queries.behind(actor, more, int(after) if after.isdecimal() else 0)
    rest = {name: value for name, value in request.args.items() if name != "after"}
    return {
        "cases": [(case, _where(case, leads_to)) for case in cases],
        "older": "?" + urlencode(rest | {"after": last}) if last else "",
    }


def _where(case: Case, leads_to: str) -> str:
    return link(leads_to, case)

"""Pages: statistics, their files, and the cases behind them for those who may see them."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from models.base import db, now
from models.cases import Case
from reporting.facts import counting
from reporting.facts.checking import CONTRADICTING, LATE, MISSING
from reporting.facts.engine import freshened
from reporting.pages import renderings
from reporting.pages.filtering import options_of
from reporting.pages.pages import PAGES, Asked, Page, asked, period_of
from reporting.pages.schemas import AskSchema
from reporting.tables import measures, operations, tables
from reporting.tables.panels import Panel
from web.errors import NotFound
from web.forms import load
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("statistics", __name__)
PAGE = 25


def ask_of(actor: Actor) -> Asked:
    """What the address asks for, checked."""
    return asked(
        actor,
        load(
            AskSchema,
            {name: value[:80] for name, value in request.args.items() if value},
            lenient=True,
        ),
    )


def page_of(code: str) -> Page:
    """A page of statistics, or nothing there."""
    if code not in PAGES:
        raise NotFound
    return PAGES[code]


@blueprint.get("/statistics", permission=Permission.STATISTICS_READ)
def index(actor: Actor) -> str:
    """People assisted."""
    return _show(actor, "assisted")


@blueprint.get("/statistics/<page>", permission=Permission.STATISTICS_READ)
def show(actor: Actor) -> str:
    """A page of statistics."""
    return _show(actor, (request.view_args or {})["page"])


def _show(actor: Actor, code: str) -> str:
    page, ask, as_of = page_of(code), ask_of(actor), freshened()
    found = page.build(ask)
    query = urlencode([(name, value) for name, value in request.args.items() if value])
    options = options_of(page, ask)
    chosen = dict.fromkeys(page.filters, "") | dict(ask.filters)
    return render_template(
        "reporting/pages/page.html",
        page=page,
        pages=PAGES.values(),
        asked=ask,
        panels=found,
        as_of=as_of,
        late=_is_behind(as_of),
        limit=ask.limit,
        options=options,
        chosen=chosen,
        more_chosen=any(chosen[name] for name in page.filters[3:]) or ask.round_to,
        strip=_strip(page, ask, found),
        query=query,
        here_path=f"{page.code}?{query}",
        period=urlencode(
            [("year", ask.year), *([("quarter", ask.quarter)] if ask.quarter else [])]
        ),
        here="",
    )


def _is_behind(as_of: datetime) -> bool:
    return now() - as_of > timedelta(seconds=counting.LAG_SECONDS) and counting.waiting() > 0


def _strip(page: Page, ask: Asked, found: list[Panel]) -> list[tuple[str, str, str]]:
    """The totals of the programmes on the page, with the period before."""
    if page.code != "assisted":
        return []
    words = {
        "hasm": _("assisted by HASM"),
        "avrr": _("returned through AVRR"),
        "mefm": _("helped by MEFM"),
        "victims": _("helped as victims"),
    }
    shown = []
    for panel in found:
        if panel.table is None:
            continue
        code = panel.table.question.measure
        shown.append(_total(panel.table, words[code], ask.limit))
        if code == "avrr" and not dict(ask.filters).get("transit"):
            shown.append(
                _total(
                    ask.table("avrr", "sex", "age_band", transit="1"),
                    _("AVRR from transit countries"),
                    ask.limit,
                )
            )
    return shown


def _total(table: tables.Table, word: str, limit: int) -> tuple[str, str, str]:
    before = _("%(number)s before", number=table.before[-1].text(limit)) if table.before else ""
    return (table.total.text(limit) if table.total else "–", word, before)


def _panel(actor: Actor) -> tuple[Page, Asked, Panel, datetime]:
    """The one figure that a file is of."""
    arguments = request.view_args or {}
    page, ask, as_of = page_of(arguments["page"]), ask_of(actor), freshened()
    found = next(
        (
            panel
            for panel in page.build(ask)
            if panel.code == arguments["figure"] and panel.sheet.rows
        ),
        None,
    )
    if found is None:
        raise NotFound
    return page, ask, found, as_of


def sent(content: bytes, kind: str, name: str) -> Response:
    """A file to keep."""
    return Response(
        content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.get("/statistics/<page>/<figure>.csv", permission=Permission.STATISTICS_READ)
def as_csv(actor: Actor) -> Response:
    """One figure as CSV."""
    _page, ask, panel, as_of = _panel(actor)
    audit.record("export", subject=f"statistics {panel.code} {ask.year} csv")
    return sent(
        renderings.as_csv(panel, as_of, period_of(ask)), "text/csv", f"{panel.code}-{ask.year}.csv"
    )


@blueprint.get("/statistics/<page>/<figure>.svg", permission=Permission.STATISTICS_READ)
def as_svg(actor: Actor) -> Response:
    """One chart as a drawing."""
    _page, ask, panel, _as_of = _panel(actor)
    if panel.chart is None:
        raise NotFound
    return sent(renderings.as_svg(panel), "image/svg+xml", f"{panel.code}-{ask.year}.svg")


@blueprint.get("/statistics/<page>/<figure>.png", permission=Permission.STATISTICS_READ)
def as_png(actor: Actor) -> Response:
    """One chart as pixels."""
    _page, ask, panel, _as_of = _panel(actor)
    if panel.chart is None:
        raise NotFound
    return sent(
        renderings.as_png(renderings.as_svg(panel)), "image/png", f"{panel.code}-{ask.year}.png"
    )


@blueprint.get("/statistics/<page>.xlsx", permission=Permission.STATISTICS_READ)
def as_workbook(actor: Actor) -> Response:
    """A page as a workbook."""
    page, ask, as_of = page_of((request.view_args or {})["page"]), ask_of(actor), freshened()
    audit.record("export", subject=f"statistics {page.code} {ask.year} xlsx")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return sent(
        renderings.as_workbook(page.build(ask), as_of, period_of(ask)),
        kind,
        f"{page.code}-{ask.year}.xlsx",
    )


@blueprint.get("/statistics/cases", permission=Permission.CASE_LIST)
def cases(actor: Actor) -> str:
    """The cases behind a figure, those alone that the reader may open."""
    given = load(
        AskSchema, {name: value[:80] for name, value in request.args.items() if value}, lenient=True
    )
    ask = asked(actor, given)
    freshened()
    measure = measures.MEASURES.get(given.get("measure", ""))
    if measure is None:
        raise NotFound
    question = ask.question(measure.code, "sex", "age_band")
    found, after = _behind(
        actor,
        lambda last, most: tables.cases_of(
            question, ask.bands, given.get("kind", ""), last, most, _offices_of(actor)
        ),
    )
    return render_template(
        "reporting/pages/cases.html",
        title=str(measure.label),
        about=period_of(ask),
        cases=found,
        after=after,
        pages=PAGES.values(),
        page=None,
        period="",
        here="",
    )


@blueprint.get("/statistics/quality/<fault>", permission=Permission.CASE_LIST)
def faulty(actor: Actor) -> str:
    """The cases with one fault, those alone that the reader may open, with the way to mend them."""
    code = (request.view_args or {})["fault"]
    listed = MISSING | LATE | CONTRADICTING
    if code not in listed:
        raise NotFound
    ask = ask_of(actor)
    freshened()
    label, mend = listed[code]
    found, after = _behind(
        actor,
        lambda last, most: operations.faulty(
            code, operations.Span(ask.year, offices=_offices_of(actor)), last, most
        ),
    )
    return render_template(
        "reporting/pages/cases.html",
        title=str(label),
        about="",
        cases=found,
        after=after,
        mend=mend,
        pages=PAGES.values(),
        page=PAGES["quality"],
        period="",
        here="",
    )


def _offices_of(actor: Actor) -> tuple[int, ...]:
    """Where somebody works: the cases they may open are there (what they may open elsewhere for hours is found under its number)."""
    return tuple(
        sorted(
            {
                grant.organisation_id
                for grant in (actor.user.grants if actor.user else [])
                if grant.in_force
            }
        )
    ) or (-1,)


def _behind(actor: Actor, more: Any) -> tuple[list[Case], str]:
    """A page of the cases that ``more`` names and the reader may open; the engine is asked in lots, so that no list grows with the cases."""
    last = int(request.args.get("after", "0")) if request.args.get("after", "0").isdecimal() else 0
    found: list[Case] = []
    for _lot in range(20):
        numbers = more(last, 400)
        if not numbers:
            return found, ""
        query = (
            select(Case)
            .where(Case.id.in_(numbers), visible(actor, Permission.CASE_OPEN, Case))
            .order_by(Case.id)
            .limit(PAGE + 1 - len(found))
        )
        found += db.session.execute(query).scalars()
        if len(found) > PAGE:
            return found[:PAGE], str(found[PAGE - 1].id)
        last = numbers[-1]
    return found, str(last)

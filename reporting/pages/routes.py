"""Pages: statistics, their files, and the cases behind them for those who may see them."""

from flask import Response, render_template, request

from access import audit
from access.actors import Actor
from access.permissions import Permission
from reporting.facts.engine import freshened
from reporting.pages import renderings, showing
from reporting.pages.pages import period_of
from web.errors import NotFound
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("statistics", __name__)


def _named(name: str) -> str:
    return str((request.view_args or {})[name])


@blueprint.get("/statistics", permission=Permission.STATISTICS_READ)
def index(actor: Actor) -> str:
    """People assisted."""
    return render_template("reporting/pages/page.html", **showing.page(actor, "assisted"))


@blueprint.get("/statistics/<page>", permission=Permission.STATISTICS_READ)
def show(actor: Actor) -> str:
    """A page of statistics."""
    return render_template("reporting/pages/page.html", **showing.page(actor, _named("page")))


@blueprint.get("/statistics/<page>/<figure>.csv", permission=Permission.STATISTICS_READ)
def as_csv(actor: Actor) -> Response:
    """One figure as CSV."""
    _page, ask, panel, as_of = showing.panel(actor, _named("page"), _named("figure"))
    audit.record("export", subject=f"statistics {panel.code} {ask.year} csv")
    content = renderings.as_csv(panel, as_of, period_of(ask))
    return renderings.sent(content, "text/csv", f"{panel.code}-{ask.year}.csv")


@blueprint.get("/statistics/<page>/<figure>.svg", permission=Permission.STATISTICS_READ)
def as_svg(actor: Actor) -> Response:
    """One chart as a drawing."""
    _page, ask, panel, _as_of = showing.panel(actor, _named("page"), _named("figure"))
    if panel.chart is None:
        raise NotFound
    name = f"{panel.code}-{ask.year}.svg"
    return renderings.sent(renderings.as_svg(panel), "image/svg+xml", name)


@blueprint.get("/statistics/<page>/<figure>.png", permission=Permission.STATISTICS_READ)
def as_png(actor: Actor) -> Response:
    """One chart as pixels."""
    _page, ask, panel, _as_of = showing.panel(actor, _named("page"), _named("figure"))
    if panel.chart is None:
        raise NotFound
    content = renderings.as_png(renderings.as_svg(panel))
    return renderings.sent(content, "image/png", f"{panel.code}-{ask.year}.png")


@blueprint.get("/statistics/<page>.xlsx", permission=Permission.STATISTICS_READ)
def as_workbook(actor: Actor) -> Response:
    """A page as a workbook."""
    page, ask, as_of = showing.page_of(_named("page")), showing.ask_of(actor), freshened()
    audit.record("export", subject=f"statistics {page.code} {ask.year} xlsx")
    content = renderings.as_workbook(page.build(ask), as_of, period_of(ask))
    return renderings.sent(content, renderings.WORKBOOK, f"{page.code}-{ask.year}.xlsx")


@blueprint.get("/statistics/cases", permission=Permission.CASE_LIST)
def cases(actor: Actor) -> str:
    """The cases behind a figure, those alone that the reader may open."""
    return render_template("reporting/pages/cases.html", **showing.behind_a_figure(actor))


@blueprint.get("/statistics/quality/<word:fault>", permission=Permission.CASE_LIST)
def faulty(actor: Actor) -> str:
    """The cases with one fault, those alone that the reader may open, with the way to mend them."""
    shown = showing.with_a_fault(actor, _named("fault"))
    return render_template("reporting/pages/cases.html", **shown)

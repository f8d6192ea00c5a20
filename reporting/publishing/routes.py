"""Pages: publishing a table, and what was published."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Response, current_app, render_template, request
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from models.base import db
from models.facts import PublishedTable
from reporting.facts.engine import freshened
from reporting.pages import renderings
from reporting.pages.pages import PAGES, Asked, asked
from reporting.pages.routes import sent
from reporting.pages.schemas import AskSchema, PublishSchema, WithdrawSchema
from reporting.publishing import publishing
from reporting.tables import panels
from reporting.tables.panels import Panel
from web.errors import NotFound
from web.forms import Form, load
from web.guard import GuardedBlueprint, redirect_to
from web.paging import page as paged

blueprint = GuardedBlueprint("publishing", __name__)
_NAV: dict[str, Any] = {"pages": PAGES.values(), "page": None, "period": "", "here": "published"}


def _wanted(actor: Actor) -> tuple[str, Asked, Panel]:
    """The figure that the address names: page, filters and, after ``#``, which."""
    path = request.values.get("of", "")[:400]
    rest, _hash, code = path.partition("#")
    name, _mark, query = rest.partition("?")
    page = PAGES.get(name)
    if page is None or not page.people:
        raise NotFound
    ask = asked(
        actor, load(AskSchema, {key: value[:80] for key, value in parse_qsl(query)}, lenient=True)
    )
    freshened()
    found = next(
        (panel for panel in page.build(ask) if panel.code == code and panel.table is not None), None
    )
    if found is None:
        raise NotFound
    return path, ask, found


@blueprint.get("/statistics/publish", permission=Permission.STATISTICS_PUBLISH)
def form(actor: Actor, form: Form | None = None) -> str:
    """Look at the table once more, give it a title."""
    path, ask, panel = _wanted(actor)
    shown = form or Form(PublishSchema, {"of": path, "title": f"{panel.title}, {ask.year}"[:160]})
    return render_template("reporting/publishing/publish.html", form=shown, panel=panel, **_NAV)


@blueprint.post(
    "/statistics/publish",
    permission=Permission.STATISTICS_PUBLISH,
    accepts=PublishSchema,
    page=form,
)
def publish(actor: Actor, given: dict[str, Any]) -> object:
    """Publish it as it stands."""
    _path, ask, panel = _wanted(actor)
    assert panel.table is not None
    made = publishing.publish(
        by=actor,
        question=panel.table.question,
        title=given["title"],
        limit=ask.limit,
        bands=ask.bands,
    )
    return redirect_to(".show", key=made.key)


@blueprint.get("/statistics/published", permission=Permission.STATISTICS_READ)
def index(_actor: Actor) -> str:
    """All published tables, the newest first."""
    found = paged(
        select(PublishedTable),
        (PublishedTable.published_at, PublishedTable.id),
        request.args.get("after", ""),
    )
    return render_template("reporting/publishing/published.html", tables=found, **_NAV)


def _one(_actor: Actor, key: str, **_more: Any) -> PublishedTable:
    found = db.session.execute(
        select(PublishedTable).where(PublishedTable.key == key)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


_ONE: dict[str, Any] = {"subject": _one}


def _panel(published: PublishedTable) -> Panel:
    content = published.content
    sheet = panels.sheet(publishing.table_of(content), int(content["limit"]))
    return Panel("published", published.title, list(content["definition"]), sheet)


@blueprint.get("/statistics/published/<key>", permission=Permission.STATISTICS_READ, **_ONE)
def show(_actor: Actor, published: PublishedTable, form: Form | None = None) -> str:
    """A table as it was published, and whether the data say otherwise now."""
    freshened()
    settings = current_app.config["SETTINGS"]
    moved = publishing.differences(published, settings.small_cell, settings.age_bands)
    shown = form or Form(WithdrawSchema, {})
    return render_template(
        "reporting/publishing/published_table.html",
        published=published,
        panel=_panel(published),
        moved=moved,
        whole=publishing.unaltered(published),
        form=shown,
        **_NAV,
    )


@blueprint.get("/statistics/published/<key>.csv", permission=Permission.STATISTICS_READ, **_ONE)
def as_csv(_actor: Actor, published: PublishedTable) -> Response:
    """A published table as CSV, the same bytes at any later day."""
    return sent(
        renderings.as_csv(_panel(published), published.published_at, f"{published.period}"),
        "text/csv",
        f"published-{published.key}.csv",
    )


@blueprint.post(
    "/statistics/published/<key>/withdraw",
    permission=Permission.STATISTICS_PUBLISH,
    accepts=WithdrawSchema,
    page=show,
    **_ONE,
)
def withdraw(actor: Actor, published: PublishedTable, given: dict[str, str]) -> object:
    """Take it back, with a reason."""
    publishing.withdraw(by=actor, published=published, why=given["why"])
    return redirect_to(".show", key=published.key)

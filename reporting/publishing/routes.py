"""Pages: publishing a table, and what was published."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.facts import PublishedTable
from reporting.pages import renderings
from reporting.pages.schemas import PublishSchema, WithdrawSchema
from reporting.pages.tabs import tabs
from reporting.publishing import publishing, queries
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("publishing", __name__)
_READS: dict[str, Any] = {"permission": Permission.STATISTICS_READ}
_PUBLISHES: dict[str, Any] = {"permission": Permission.STATISTICS_PUBLISH}
_TABLE: dict[str, Any] = {"subject": queries.published}
HERE = "published"


def _wanted() -> str:
    return request.values.get("of", "")[:400]


@blueprint.get("/statistics/publish", **_PUBLISHES)
def form(actor: Actor, form: Form | None = None) -> str:
    """Look at the table once more, give it a title."""
    ask, panel = queries.figure(actor, _wanted())
    title = f"{panel.title}, {ask.year}"[:160]
    shown = form or Form(PublishSchema, {"of": _wanted(), "title": title})
    return render_template(
        "reporting/publishing/publish.html", form=shown, panel=panel, tabs=tabs(actor, HERE)
    )


@blueprint.post("/statistics/publish", **_PUBLISHES, accepts=PublishSchema, page=form)
def publish(actor: Actor, given: dict[str, Any]) -> object:
    """Publish it as it stands."""
    ask, panel = queries.figure(actor, _wanted())
    assert panel.table is not None
    published = publishing.publish(
        by=actor,
        question=panel.table.question,
        title=given["title"],
        limit=ask.limit,
        bands=ask.bands,
    )
    return redirect_to("publishing.show", published)


@blueprint.get("/statistics/published", **_READS)
def index(actor: Actor) -> str:
    """All published tables, the newest first."""
    tables = queries.all_published(request.args.get("after", ""))
    return render_template(
        "reporting/publishing/published.html", tables=tables, tabs=tabs(actor, HERE)
    )


@blueprint.get("/statistics/published/<key>", **_READS, **_TABLE)
def show(actor: Actor, published: PublishedTable, form: Form | None = None) -> str:
    """A table as it was published, and whether the data say otherwise now."""
    may_publish = allows(actor, Permission.STATISTICS_PUBLISH)
    return render_template(
        "reporting/publishing/published_table.html",
        published=published,
        panel=publishing.panel_of(published),
        moved=publishing.differences_today(published),
        unaltered=publishing.unaltered(published),
        form=form or Form(WithdrawSchema, {}),
        may_withdraw=may_publish and published.withdrawn_at is None,
        tabs=tabs(actor, HERE),
    )


@blueprint.get("/statistics/published/<key>.csv", **_READS, **_TABLE)
def as_csv(_actor: Actor, published: PublishedTable) -> Response:
    """A published table as CSV, the same bytes at any later day."""
    panel = publishing.panel_of(published)
    content = renderings.as_csv(panel, published.published_at, f"{published.period}")
    return renderings.sent(content, "text/csv", f"published-{published.key}.csv")


@blueprint.post(
    "/statistics/published/<key>/withdraw",
    **_PUBLISHES,
    **_TABLE,
    accepts=WithdrawSchema,
    page=show,
)
def withdraw(actor: Actor, published: PublishedTable, given: dict[str, str]) -> object:
    """Take it back, with a reason."""
    publishing.withdraw(by=actor, published=published, why=given["why"])
    return redirect_to("publishing.show", published)

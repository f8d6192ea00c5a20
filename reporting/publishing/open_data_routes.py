"""Pages: open data. Who asked, who approved, what it cost, how good and how safe it is."""

from typing import Any

from flask import Response, render_template

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.base import now
from models.facts import Release
from reporting.pages import renderings
from reporting.pages.schemas import RELEASES, ReleaseSchema
from reporting.pages.tabs import tabs
from reporting.publishing import open_data, queries, reports
from standards import lists
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("open_data", __name__)
_RELEASE: dict[str, Any] = {"subject": queries.release}
_NAMES: dict[str, Any] = {"kinds": RELEASES, "states": lists.RELEASE_STATES}
HERE = "releases"


@blueprint.get("/statistics/releases", permission=Permission.RELEASE_LIST)
def index(actor: Actor, form: Form | None = None) -> str:
    """All releases, the budget, and the form to ask for one."""
    last_year = now().year - 1
    usual = {"from_year": last_year, "to_year": last_year, "kind": "synthetic", "epsilon": "2"}
    return render_template(
        "reporting/publishing/open_data.html",
        releases=queries.releases(),
        form=form or Form(ReleaseSchema, usual),
        spending=open_data.spending(),
        budget=open_data.budget(),
        may_ask=allows(actor, Permission.RELEASE_ASK),
        tabs=tabs(actor, HERE),
        **_NAMES,
    )


@blueprint.post(
    "/statistics/releases", permission=Permission.RELEASE_ASK, accepts=ReleaseSchema, page=index
)
def ask(actor: Actor, given: dict[str, Any]) -> object:
    """Ask for a release."""
    return redirect_to("open_data.show", open_data.ask(by=actor, **given))


@blueprint.get("/statistics/releases/<key>", permission=Permission.RELEASE_LIST, **_RELEASE)
def show(actor: Actor, release: Release) -> str:
    """One release with its reports."""
    return render_template(
        "reporting/publishing/open_data_release.html",
        release=release,
        budget=open_data.budget(),
        tabs=tabs(actor, HERE),
        may=open_data.may(actor, release),
        **reports.of(release),
        **_NAMES,
    )


@blueprint.post(
    "/statistics/releases/<key>/approve",
    permission=Permission.RELEASE_APPROVE,
    fresh=True,
    **_RELEASE,
)
def approve(actor: Actor, release: Release) -> object:
    """Approve it; the second approval spends the budget and makes it."""
    open_data.approve(by=actor, release=release)
    return redirect_to("open_data.show", release)


@blueprint.post(
    "/statistics/releases/<key>/refuse", permission=Permission.RELEASE_APPROVE, **_RELEASE
)
def refuse(actor: Actor, release: Release) -> object:
    """Refuse it."""
    open_data.refuse(by=actor, release=release)
    return redirect_to("open_data.show", release)


@blueprint.get(
    "/statistics/releases/<key>.zip", permission=Permission.RELEASE_LIST, fresh=True, **_RELEASE
)
def fetch(_actor: Actor, release: Release) -> Response:
    """The files, as they may be given to anybody."""
    name = f"open-data-{release.key}.zip"
    return renderings.sent(open_data.fetched(release), "application/zip", name)

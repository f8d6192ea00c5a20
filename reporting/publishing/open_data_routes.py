"""Pages: open data. Who asked, who approved, what it cost, how good and how safe it is."""

from typing import Any

from flask import Response, render_template
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from models.base import db, now
from models.facts import Release
from reporting.pages.pages import PAGES
from reporting.pages.routes import sent
from reporting.pages.schemas import RELEASES, ReleaseSchema
from reporting.publishing import open_data
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("open_data", __name__)
_NAV: dict[str, Any] = {
    "pages": PAGES.values(),
    "page": None,
    "period": "",
    "here": "releases",
    "kinds": RELEASES,
}


@blueprint.get("/statistics/releases", permission=Permission.RELEASE_LIST)
def index(_actor: Actor, form: Form | None = None) -> str:
    """All releases, the budget, and the form to ask for one."""
    found = list(
        db.session.execute(select(Release).order_by(Release.id.desc()).limit(100)).scalars()
    )
    shown = form or Form(
        ReleaseSchema,
        {
            "from_year": now().year - 1,
            "to_year": now().year - 1,
            "kind": "synthetic",
            "epsilon": "2",
        },
    )
    return render_template(
        "reporting/publishing/open_data.html",
        releases=found,
        form=shown,
        spending=open_data.spending(),
        budget=open_data.budget(),
        **_NAV,
    )


@blueprint.post(
    "/statistics/releases", permission=Permission.RELEASE_ASK, accepts=ReleaseSchema, page=index
)
def ask(actor: Actor, given: dict[str, Any]) -> object:
    """Ask for a release."""
    return redirect_to(".show", key=open_data.ask(by=actor, **given).key)


def _one(_actor: Actor, key: str, **_more: Any) -> Release:
    found = db.session.execute(select(Release).where(Release.key == key)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


_ONE: dict[str, Any] = {"subject": _one}


@blueprint.get("/statistics/releases/<key>", permission=Permission.RELEASE_LIST, **_ONE)
def show(_actor: Actor, release: Release) -> str:
    """One release with its reports."""
    return render_template(
        "reporting/publishing/open_data_release.html",
        release=release,
        budget=open_data.budget(),
        **_NAV,
    )


@blueprint.post(
    "/statistics/releases/<key>/approve", permission=Permission.RELEASE_APPROVE, fresh=True, **_ONE
)
def approve(actor: Actor, release: Release) -> object:
    """Approve it; the second approval spends the budget and makes it."""
    open_data.approve(by=actor, release=release)
    return redirect_to(".show", key=release.key)


@blueprint.post("/statistics/releases/<key>/refuse", permission=Permission.RELEASE_APPROVE, **_ONE)
def refuse(actor: Actor, release: Release) -> object:
    """Refuse it."""
    open_data.refuse(by=actor, release=release)
    return redirect_to(".show", key=release.key)


@blueprint.get(
    "/statistics/releases/<key>.zip", permission=Permission.RELEASE_LIST, fresh=True, **_ONE
)
def fetch(_actor: Actor, release: Release) -> Response:
    """The files, as they may be given to anybody."""
    return sent(open_data.fetched(release), "application/zip", f"open-data-{release.key}.zip")

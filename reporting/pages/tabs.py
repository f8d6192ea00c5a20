"""The tabs above every page of statistics, by what the reader may see."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from reporting.pages.pages import PAGES, Asked, Page
from web.links import link


@dataclass(frozen=True)
class Tab:
    """One tab."""

    address: str
    word: Any
    is_here: bool


def tabs(actor: Actor, here: str | Page, ask: Asked | None = None) -> list[Tab]:
    """The pages, for the same period; then published tables, reports, standards and open data."""
    period = {"year": ask.year, "quarter": ask.quarter} if ask else {}
    own = [
        Tab(link("statistics.show", page.code, **period), page.title, page is here)
        for page in PAGES.values()
    ]
    return own + [
        Tab(link(page), word, name == here)
        for name, page, permission, word in _others()
        if permission is None or allows(actor, permission)
    ]


def _others() -> tuple[tuple[str, str, Permission | None, str], ...]:
    return (
        ("published", "publishing.index", None, _("Published")),
        ("reports", "exports.reports", None, _("My reports")),
        ("exports", "exports.exports", Permission.DATA_EXPORT, _("Standards")),
        ("releases", "open_data.index", Permission.RELEASE_LIST, _("Open data")),
    )

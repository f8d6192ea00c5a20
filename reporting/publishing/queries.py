"""What was published and released, and the figure that somebody wants to publish."""

from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import select

from access.actors import Actor
from models.base import db
from models.facts import PublishedTable, Release
from reporting.facts.engine import freshened
from reporting.pages.pages import PAGES, Asked, asked
from reporting.pages.schemas import AskSchema
from reporting.tables.panels import Panel
from web import paging
from web.errors import NotFound
from web.forms import load


def figure(actor: Actor, path: str) -> tuple[Asked, Panel]:
    """The figure that ``path`` names: page, filters and, after ``#``, which.

    Raises :class:`web.errors.NotFound` for what cannot be published.
    """
    rest, _hash, code = path.partition("#")
    name, _mark, query = rest.partition("?")
    page = PAGES.get(name)
    if page is None or not page.people:
        raise NotFound
    given = {key: value[:80] for key, value in parse_qsl(query)}
    ask = asked(actor, load(AskSchema, given, lenient=True))
    freshened()
    for panel in page.build(ask):
        if panel.code == code and panel.table is not None:
            return ask, panel
    raise NotFound


def all_published(cursor: str) -> paging.Page:
    """A page of published tables, the newest first."""
    newest = (PublishedTable.published_at, PublishedTable.id)
    return paging.page(select(PublishedTable), newest, cursor)


def published(_actor: Actor, key: str, **_more: Any) -> PublishedTable:
    """A published table by its key."""
    query = select(PublishedTable).where(PublishedTable.key == key)
    table = db.session.execute(query).scalar_one_or_none()
    if table is None:
        raise NotFound
    return table


def release(_actor: Actor, key: str, **_more: Any) -> Release:
    """A release of open data by its key."""
    query = select(Release).where(Release.key == key)
    release_ = db.session.execute(query).scalar_one_or_none()
    if release_ is None:
        raise NotFound
    return release_


def releases() -> list[Release]:
    """Releases, the newest first."""
    query = select(Release).order_by(Release.id.desc())
    return list(db.session.execute(query).scalars())

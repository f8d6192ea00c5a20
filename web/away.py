"""When the database is away, full or held by somebody else: a page that needs nothing of it, with
what was typed given back, and the status that says *try again*.
"""

import logging
import time
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFree

from models.base import db
from standards import languages
from web import keeping
from web.links import link
from web.product import product

log = logging.getLogger("safeconduct")
AGAIN_AFTER = 10  # seconds
_LOST_TRANSACTION = "8s2b"  # SQLAlchemy: a statement in a transaction without a connection
QUIET = 60.0  # between two lines of the log about the same
_said: dict[str, float] = {}


def is_away(error: BaseException | None) -> bool:
    """Whether the database gave no answer, or not in time: what comes back by itself. So is what
    broke only because of that: on the way out of a transaction whose connection is lost.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if _is_lost(error):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _is_lost(error: BaseException) -> bool:
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    unfinished = isinstance(error, PendingRollbackError) and error.code == _LOST_TRANSACTION
    return lost or unfinished or isinstance(error, OperationalError | InterfaceError | NoneFree)


def page(error: BaseException) -> Response:
    """503, with what was typed. One line in the log a minute and kind: a thousand say no more."""
    kind = f"{type(error).__module__}.{type(error).__name__}"
    if time.monotonic() - _said.get(kind, -QUIET) >= QUIET:
        _said[kind] = time.monotonic()
        log.error("database away: %s at %s %s", kind, request.method, request.url_rule)
    db.end()
    answer = _problem() if request.path.startswith("/api/") else _page()
    answer.headers["Retry-After"] = str(AGAIN_AFTER)
    return answer


def _problem() -> Response:
    words = '{"type":"about:blank","title":"Busy at the moment","status":503}'
    return Response(words, 503, content_type="application/problem+json")


def broken(reference: str) -> Response:
    """500, with the reference to tell."""
    return _page(500, _("Something went wrong"), reference)


def too_big() -> tuple[str, str]:
    """What is said of more than is taken in one request: title and what to do."""
    most = current_app.config["SETTINGS"].upload_limit // 1024**2
    return _("Too big"), _(
        "One form or file may have %(most)s MB. Split it and try again, or add large files on the "
        "page of files, which takes them in parts. Nothing was stored.",
        most=most,
    )


def refused(status: int) -> str:
    """The page for what the server refuses before anybody is known: too much, or unreadable."""
    title, advice = _("This request cannot be read"), _("Go back and try again.")
    if status == 413:
        title, advice = too_big()
    asked = request.accept_languages.best_match(languages.LANGUAGES) or ""
    return _text(title, advice, locale=languages.known(asked), home=link("work.home"))


def _page(status: int = 503, title: str = "", reference: str = "") -> Response:
    advice = _("The system is busy. Everything saved before is kept. Try again in a minute.")
    title = title or _("One moment, please")
    back = keeping.given_back()
    return Response(_text(title, advice, reference=reference, back=back), status)


def _text(title: str, advice: str, *, locale: str = "", **more: Any) -> str:
    template = current_app.jinja_env.get_template("away.html")
    locale = locale or str(g.get("locale") or "en")
    return template.render(
        lang=locale,
        dir="rtl" if locale.startswith(("ar", "fa")) else "ltr",
        product=product().name,
        title=title,
        advice=advice,
        kept=_("What you typed could not be stored. Leave this page open and send it again."),
        **more,
    )


def register(app: Flask) -> None:
    """Answer whatever the database does not."""
    for kind in (OperationalError, InterfaceError, NoneFree):
        app.register_error_handler(kind, _answer)


def _answer(error: Any) -> Response:
    return page(error)

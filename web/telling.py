"""What happened, in words, on the page that follows a deed, with a way back where there is one; and
the question before a deed that cannot be taken back.

The words travel in a sealed cookie of a minute, for the one page that follows: no address, log or
history holds them, and nothing is written to the database for it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import gettext as _
from marshmallow import Schema

from models import taking_back
from models.base import db
from models.sealed import Unreadable, open_system, seal_system
from standards.deeds import ASKS, SAID, UNDONE_BY
from web import form_tokens
from web import shown as going_back
from web.forms import Form, typed
from web.keeping import NOT_KEPT
from web.links import link

COOKIE = "told"
SECONDS = 60
SURE = "asked_and_sure"  # the field by which a question is answered
AROUND = frozenset(("csrf_token", form_tokens.FIELD, SURE))


@dataclass(frozen=True)
class Told:
    """A sentence, the address of the deed that takes back what it tells of (or nothing), and what
    that deed is given.
    """

    text: str
    undo: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


def tell(text: Any, *, undo: str = "", given: Mapping[str, str] | None = None) -> None:
    """Say ``text`` on the page that follows; ``undo`` is the address of the deed against it, which
    is sent ``given``.
    """
    g.told = Told(str(text), undo, given or {})


def left(*stands: Hashable, changed: bool = True) -> None:
    """Of what the plain way back from this deed (:data:`standards.deeds.UNDONE_BY`) brings the
    mark. Where nothing was ``changed`` it was another one's deed: there is no way back from it.
    """
    g.left = {taking_back.FIELD: taking_back.mark(*stands)} if changed else None


def as_left() -> str:
    """The mark that a way back brings of what the deed left; empty where the deed is done for
    itself.
    """
    return request.form.get(taking_back.FIELD, "")


def told(response: Response) -> Response:
    """The response of a deed, with what is said of it: by its verb, else by its route."""
    if response.status_code != 303 or request.path.startswith("/api/"):
        return response
    said = str(SAID.get(request.endpoint or "", _("Saved.")))
    found: Told = g.get("told") or _plainly(said)
    if not found.text:
        return response
    content = json.dumps([found.text, found.undo, dict(found.given)]).encode()
    response.set_cookie(
        COOKIE,
        urlsafe_b64encode(seal_system("told", content)).decode(),
        max_age=SECONDS,
        secure=current_app.config["SETTINGS"].production,
        httponly=True,
        samesite="Lax",
    )
    return response


def _plainly(said: str) -> Told:
    """With the deed against this one, where that needs no words, and the mark that it brings."""
    against, given = UNDONE_BY.get(request.endpoint or ""), g.get("left")
    if not against or given is None:
        return Told(said)
    return Told(said, link(against, **(request.view_args or {})), given)


def heard() -> Told | None:
    """What the deed before says to this page; for templates. It is said once."""
    cookie = request.cookies.get(COOKIE, "")
    if not cookie or request.method != "GET":
        return None
    g.heard = True
    try:
        return Told(*json.loads(open_system("told", urlsafe_b64decode(cookie))))
    except (Unreadable, ValueError, TypeError):
        return None


class Question(Exception):
    """Asked before a deed is done; ``text`` says what will follow, ``accepts`` what was sent."""

    def __init__(self, text: str, accepts: type[Schema] | None) -> None:
        self.text, self.accepts = text, accepts
        super().__init__("question")


def ask_first(deed: str, accepts: type[Schema] | None) -> None:
    """Raise :class:`Question` before a deed that cannot be taken back, until it was answered.

    A program that calls the API knows what it does.
    """
    if deed in ASKS and not request.path.startswith("/api/") and SURE not in request.form:
        raise Question(str(ASKS[deed]), accepts)


def question(asked: Question) -> Response:
    """The page that asks; nothing was done, and what was sent goes with the answer."""
    db.session.rollback()
    token = form_tokens.sent()
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in AROUND]
    shown = _in_words(asked.accepts) if asked.accepts else []
    back = token.page if token else ""
    page = render_template("question.html", asks=asked.text, fields=fields, shown=shown, back=back)
    return going_back.instead(Response(page), g.actor, anew=False)


def _in_words(accepts: type[Schema]) -> list[tuple[Any, str]]:
    """What was sent, as its form says it: labels and values. A choice whose list comes from the
    database has no words here.
    """
    return [
        (field.label, words)
        for field in Form(accepts, typed(accepts, request.form))
        if field.label and field.name not in NOT_KEPT and (words := field.as_text(field.value))
        if field.options or "options" not in field.about
    ]


def register(app: Flask) -> None:
    """Give templates what was told, and forget it when a page has said it."""
    app.jinja_env.globals["heard"] = heard
    app.register_error_handler(Question, question)

    @app.after_request
    def _forget(response: Response) -> Response:
        if g.get("heard"):
            response.delete_cookie(COOKIE)
        return response

"""What can go wrong in words a person can act on.

Pages get a page, the API a problem (RFC 9457).
"""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from access import audit
from access.policy import Refused
from models.base import begin_writing, db
from models.coded import Plain
from models.office_pairs import DirectoryBroken
from models.party_keys import BundleRefused
from models.sealed import HeldElsewhere, Shut, Unreadable
from web import away, form_tokens, keeping
from web.links import link

log = logging.getLogger("safeconduct")


class StaleEdit(Exception):
    """Somebody changed the same fields after the form was opened.

    Holds them: field → (theirs, yours); the newest revision; ``merged``, the form with what only
    others changed; ``by``, who changed last and when; ``authors``, all who changed them.
    """

    def __init__(
        self,
        differences: dict[str, tuple[Any, Any]],
        revision: int,
        merged: dict[str, Any] | None = None,
        by: tuple[str, Any] = ("", None),
        authors: frozenset[int | None] = frozenset(),
    ) -> None:
        self.differences, self.revision = differences, revision
        self.merged, self.by, self.authors = merged or {}, by, authors
        super().__init__("stale edit")

    def is_own(self, who: int | None) -> bool:
        """Whether nobody but ``who`` did so: in another tab, or a moment before."""
        return self.authors == {who}


class NoRevision(Exception):
    """A change does not say which revision it is of; ``revision`` is the newest."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__("no revision")


class NotYet(Exception):
    """What is asked for is on its way; ``message`` says what it is.

    The page comes back by itself.
    """

    def __init__(self, message: Any, seconds: int = 4) -> None:
        self.message, self.seconds = message, seconds
        super().__init__(type(self).__name__)


class NotFound(Exception):
    """There is no such record for the one who asks."""


class Over(NotFound):
    """A link that was good once, opened by somebody who holds it: ``what`` it was and when it
    ended, ``advice`` what to do now, ``ways`` where that is done (address and words).
    """

    def __init__(
        self, what: Any, advice: Any, ways: Sequence[tuple[str, Any]] = (), *, head: Any = ""
    ) -> None:
        self.what, self.advice, self.ways = what, advice, tuple(ways)
        self.head = head or _("This link is over")
        super().__init__(type(self).__name__)


SIGNED_OUT = (401, 403)
UNREAD = (400, 413)  # the form that came could not be read
_WORDS = {
    400: (_l("This request cannot be read"), _l("Go back and try again. Nothing was changed.")),
    401: (_l("Please sign in"), _l("Your session has ended. What was saved is kept.")),
    403: (
        _l("This form is too old"),
        _l("It was opened before you last signed in. Load its page again and send it once more."),
    ),
    404: (
        _l("Nothing here"),
        _l("There is no such page, or it is not yours to open. Check the number."),
    ),
    405: (
        _l("Nothing here"),
        _l("There is no such page, or it is not yours to open. Check the number."),
    ),
    409: (
        _l("This was saved meanwhile"),
        _l("Load the page again to see the newest version, then make your change."),
    ),
    415: (_l("This kind of content is not taken"), _l("Send a form, or JSON to the API.")),
    429: (_l("Too many tries"), _l("Wait a few minutes, then try again.")),
    503: (_l("Busy at the moment"), _l("Try again in a minute. What was saved is kept.")),
}


def is_api() -> bool:
    """Whether the answer goes to a program."""
    return request.path.startswith("/api/")


def problem(
    status: int, title: str, detail: str = "", errors: Any = None, **members: Any
) -> Response:
    """An answer as RFC 9457 problem; ``members`` are what this kind of problem says besides."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, **members}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    return answer


def page_for(status: int, reference: str = "") -> Response:
    """The page or problem for a status.

    The same bytes for everyone, so that refused looks like absent.
    """
    title, advice = _WORDS.get(
        status, (_l("Something went wrong"), _l("Nothing half-done was kept. Try again."))
    )
    if status == 413:
        title, advice = away.too_big()
    if status == 403 and not _is_signed_in():
        title, advice = _l("You are signed out"), _l("Sign in, then do it again.")
    return _answer(status, title, advice, reference)


def sent_before() -> Response:
    """The form of a page was sent before with other words: those stand; these are kept."""
    db.session.rollback()
    title = _l("Sent before")
    advice = _l(
        "This form was saved already, as you sent it first. What you changed since is kept and is "
        "not saved: send it as one more, or put right what stands."
    )
    return _answer(409, title, advice, why=keeping.CHANGED)


def of_somebody_else() -> Response:
    """The page was opened by somebody who is signed in here no more."""
    title = _l("Somebody else is signed in")
    advice = _l(
        "This form was opened while another person was signed in here. Nothing was saved in your "
        "name; what was typed is below."
    )
    return _answer(409, title, advice, "")


def held_elsewhere(_error: HeldElsewhere) -> Response:
    """The keys of the office that holds it are on another machine: that is no fault."""
    db.session.rollback()
    title = _("Kept by another office")
    advice = _(
        "The keys of the office that holds this are not on this machine. Ask that office, or open "
        "it where that office works. Nothing was changed."
    )
    return _answer(409, title, advice)


def bundle_refused(error: BundleRefused | DirectoryBroken) -> Response:
    """What came from another office is not what it sealed, or has ended: somebody altered it."""
    db.session.rollback()
    current_app.logger.error("a bundle was refused: %s", error)
    title = _("Not as it was sent")
    advice = _(
        "What another office sent was altered on the way, was sent before, or has ended. Nothing "
        "was opened and nothing was changed. Ask that office to send it again, and tell the data "
        "protection officer."
    )
    return _answer(409, title, advice)


def _answer(
    status: int, title: Any, advice: Any, reference: str = "", *, why: str = "refused"
) -> Response:
    if is_api():
        return problem(
            status, str(title), str(advice) + (f" Reference {reference}." if reference else "")
        )
    if is_script():
        return stopped(status, "refused", str(advice))
    kept = keeping.keep_sent(why)
    shown = {
        "kept": kept,
        "back": [] if kept else keeping.given_back(),
        "sign_in": status in SIGNED_OUT and not _is_signed_in(),
        "page": came_from(status),
    }
    text = render_template("error.html", title=title, advice=advice, reference=reference, **shown)
    return Response(text, status)


def _is_signed_in() -> bool:
    """By the session alone: a form is checked before it is known who acts."""
    return g.get("actor") is not None or bool(session.get("_user_id"))


def came_from(status: int = 422) -> str:
    """The page on which the form stood that was sent; empty where nobody knows."""
    if status in UNREAD:
        return ""
    token = form_tokens.sent()
    return token.page if token else ""


def is_script() -> bool:
    """Whether a script of ours asks, which draws no page into a page."""
    return request.headers.get("X-Requested-With") == "fetch"


def stopped(status: int, why: str, *words: str) -> Response:
    """What a script is told that cannot go on: ``why`` is locked, ended, factor or refused;
    ``words`` is what it shows.
    """
    answer = jsonify({"why": why} | ({"words": words} if words else {}))
    answer.status_code = status
    return answer


def of_another_session(_error: CSRFError) -> Response:
    """The session that the form was opened in is over. What was typed waits for its owner, who
    signs in (or is signed in anew) and goes on.
    """
    if is_script():
        return stopped(401, "ended")
    if is_api() or not (kept := keeping.keep_sent("ended")):
        return page_for(403)
    return redirect(link("unfinished.take_up", kept), 303)  # type: ignore[return-value]


def unexpected(error: Exception) -> Response:
    """A fault of ours: the reader gets a reference, the log everything but personal data under the
    same reference.
    """
    if away.is_away(error):
        return away.page(error)
    db.session.rollback()
    reference = secrets.token_hex(4).upper()
    log.error(
        "fault %s: %s at %s %s", reference, whereabouts(error), request.method, request.url_rule
    )
    if current_app.testing:
        raise error
    return page_for(500, reference) if _is_known_who_asks() else away.broken(reference)


def not_kept(error: DataError) -> Response:
    """A number or a word that no column holds: what was sent is no fault of ours."""
    db.session.rollback()
    log.warning("not kept: %s at %s", whereabouts(error), request.url_rule)
    return page_for(400)


def _is_known_who_asks() -> bool:
    """Whether the session of this request was opened: pages say who is signed in."""
    try:
        return session.get("_user_id", "") is not None
    except (AssertionError, AttributeError, RuntimeError):
        return False


def whereabouts(error: BaseException) -> str:
    """The kind of an error and the lines it passed; never its message, which may quote a value."""
    frames, step = [], error.__traceback__
    while step is not None:
        frames.append(f"{step.tb_frame.f_code.co_name}:{step.tb_lineno}")
        step = step.tb_next
    return f"{type(error).__module__}.{type(error).__name__} [{' > '.join(frames[-8:])}]"


def refused(error: Refused) -> Response:
    """Looks like absent; enters the trail in a transaction of its own."""
    begin_writing()
    actor = g.get("actor")
    if actor is not None:
        audit.append(
            [
                audit.AuditEntry(
                    actor.name, "refused", actor.home, actor.id, subject=error.permission.value
                )
            ]
        )
        db.session.commit()
    return page_for(404)


def no_revision(error: NoRevision) -> Response:
    """428: a program reads again what stands, and sends its change of that."""
    db.session.rollback()
    title = _("Say which revision you change")
    detail = _(
        "Send the field revision as you read it. The newest is %(revision)s: read it again, and "
        "send your change of that.",
        revision=error.revision,
    )
    return problem(428, title, detail, revision=error.revision)


def not_yet(error: NotYet) -> Response:
    """Come back in some seconds: browsers do by themselves, programs are told when."""
    db.session.rollback()
    if is_api():
        answer = problem(503, str(_("One moment")), str(error.message))
    else:
        answer = Response(
            render_template(
                "error.html", title=_("One moment"), advice=error.message, reference=""
            ),
            503,
        )
        answer.headers["Refresh"] = str(error.seconds)
    answer.headers["Retry-After"] = str(error.seconds)
    return answer


def over(error: Over) -> Response:
    """410: this link did what it was for, or its time has passed. What was sent to it is kept."""
    shown = {"over": error, "kept": keeping.keep_sent("refused")}
    return Response(render_template("over.html", **shown), 410)


def register(app: Flask) -> None:
    """Answer every exception in words."""
    app.register_error_handler(NotYet, not_yet)
    app.register_error_handler(NoRevision, no_revision)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        # What breaks before the session is there comes wrapped.
        wrapped = getattr(error, "original_exception", None)
        if wrapped is not None:
            return unexpected(wrapped)
        return page_for(error.code or 500) if error.response is None else error.response  # type: ignore[return-value]

    away.register(app)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(Over, over)
    app.register_error_handler(NotFound, lambda _error: page_for(404))
    app.register_error_handler(Plain, lambda _error: page_for(404))  # a row somebody else wrote
    app.register_error_handler(HeldElsewhere, held_elsewhere)
    app.register_error_handler(BundleRefused, bundle_refused)
    app.register_error_handler(DirectoryBroken, bundle_refused)
    app.register_error_handler(CSRFError, of_another_session)
    app.register_error_handler(DataError, not_kept)
    app.register_error_handler(StaleDataError, lambda _error: page_for(409))
    app.register_error_handler(Exception, unexpected)

    @app.errorhandler(Unreadable)
    @app.errorhandler(Shut)
    def _sealed(error: Exception) -> Response:
        return unexpected(error)


def wrong_answers(errors: dict[str, Any]) -> Response:
    """Problem 422: which fields, why."""
    return problem(422, _("Some answers need another look"), errors=errors)

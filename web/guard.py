"""A guarded blueprint.

Every route declares who may use it; the guard does the rest in this order:

session or token → person → record within what the person may see → permission → parsing → view →
trail → commit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import (
    Blueprint,  # noqa: TID251 -- the one place
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    request,
    session,
    url_for,
)
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from access import audit
from access.actors import Actor
from access.brake import TooMany
from access.gate import Acting, acting
from access.permissions import Permission
from access.policy import allows, require
from models import scope
from models.base import begin_writing, db, writing
from models.cases import Case
from models.rules import RuleBroken
from web import keeping, looking, once, refusals, shown, telling
from web.barring import barred, stop_at
from web.errors import (
    StaleEdit,
    is_script,
    of_somebody_else,
    page_for,
    problem,
    sent_before,
    stopped,
)
from web.extra_fields import turn_to_office
from web.forms import load, typed
from web.later import finished
from web.links import link
from web.sessions import SAFE_METHODS

View = Callable[..., Any]
Finder = Callable[..., Any]
# What a deed takes: a schema, or what finds it from the address (one deed for many kinds).
Accepts = type[Schema] | Callable[..., type[Schema]]


@dataclass(frozen=True)
class Route:
    """What a route declared, for the guard, the tests and the API's description."""

    endpoint: str
    rule: str
    method: str
    permission: Permission | None
    doc: str
    api: bool
    accepts: type[Schema] | None = None
    returns: type[Schema] | None = None
    many: bool = False
    status: int = 200
    subject: Finder | None = None
    fresh: bool = False  # asks for a second factor of the last minutes
    secret: bool = False  # answers with what is shown once
    # Sends something out: gives what will go, which is shown before it goes.
    look: Callable[..., looking.Look] | None = None
    ahead: View | None = None  # what takes long: done by a reader, before the deed takes a lock


ROUTES: dict[str, Route] = {}


class GuardedBlueprint:
    """A blueprint whose routes cannot be declared without a permission."""

    def __init__(self, name: str, import_name: str, *, api: bool = False) -> None:
        self.name, self.api = name, api
        self.blueprint = Blueprint(name, import_name, url_prefix="/api/v1" if api else None)

    def get(
        self, rule: str, *, permission: Permission, subject: Finder | None = None, **more: Any
    ) -> Callable[[View], View]:
        """A page or an answer that changes nothing."""
        return self._route("GET", rule, permission, subject, **more)

    def post(
        self,
        rule: str,
        *,
        permission: Permission,
        subject: Finder | None = None,
        accepts: Accepts | None = None,
        page: View | None = None,
        **more: Any,
    ) -> Callable[[View], View]:
        """A deed.

        ``accepts`` checks what was sent; ``page`` shows the form again, with what was typed, where
        it does not fit. ``ahead``: what takes long (a password to be proved, a file to be read) is
        done with the actor and the record before the deed begins to write; the view gets what it
        gave, if anything.
        """
        return self._route("POST", rule, permission, subject, accepts=accepts, page=page, **more)

    def open_get(self, rule: str, *, writes: bool = False) -> Callable[[View], View]:
        """A page for everyone.

        Listed in a test. ``writes``: something is kept although the browser only came by (back from
        a sign-in elsewhere).
        """
        return self._open("GET", rule, writes=writes)

    def open_post(self, rule: str, *, ahead: View | None = None) -> Callable[[View], View]:
        """A deed for everyone (sign-in). Listed in a test. ``ahead``: see :meth:`post`."""
        return self._open("POST", rule, writes=True, ahead=ahead)

    def _open(
        self, method: str, rule: str, *, writes: bool = False, ahead: View | None = None
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            route = Route(self._endpoint(view), rule, method, None, _doc(view), self.api)
            return self._add(route, view, _committing(view, writes=writes, ahead=ahead))

        return declare

    def _route(
        self,
        method: str,
        rule: str,
        permission: Permission,
        subject: Finder | None = None,
        accepts: Accepts | None = None,
        page: View | None = None,
        *,
        bare: bool = False,
        **more: Any,
    ) -> Callable[[View], View]:
        """``more`` is what a :class:`Route` says besides; ``bare`` stays open while the screen is
        locked.
        """

        def declare(view: View) -> View:
            route = Route(
                self._endpoint(view),
                rule,
                method,
                permission,
                _doc(view),
                self.api,
                accepts=accepts if isinstance(accepts, type) else None,
                subject=subject,
                **more,
            )
            run = _guarded(view, route, accepts, page)
            return self._add(route, view, run if bare else barred(run, fresh=route.fresh))

        return declare

    def _endpoint(self, view: View) -> str:
        return f"{self.name}.{view.__name__}"

    def _add(self, route: Route, view: View, guarded: View) -> View:
        if route.endpoint in ROUTES:
            raise TypeError(f"two routes are called {route.endpoint}")
        ROUTES[route.endpoint] = route
        self.blueprint.add_url_rule(route.rule, view.__name__, guarded, methods=[route.method])
        return view


def _doc(view: View) -> str:
    return (view.__doc__ or "").strip()


def refuse_unguarded(app: Flask) -> None:
    """Answer 404 to whatever came into the application by another way than a
    :class:`GuardedBlueprint`.
    """

    @app.before_request
    def _refuse() -> Response | None:
        guarded = (
            request.endpoint is None or request.endpoint == "static" or request.endpoint in ROUTES
        )
        return None if guarded else page_for(404)


def _committing(view: View, *, writes: bool, ahead: View | None) -> View:
    @wraps(view)
    def run(**arguments: Any) -> Any:
        if ahead is not None:
            ahead(**arguments)
        if not writes:
            answer = view(**arguments)
            _finish([])
            return answer
        begin_writing()
        answer = view(**arguments)
        db.session.commit()
        return finished(answer)

    return run


def may_visit(page: str, subject: Any = None) -> bool:
    """Whether whoever acts may open ``page``, which is about ``subject``: no page shows a link that
    leads nowhere.
    """
    actor: Actor | None = g.get("actor")
    permission = ROUTES[page].permission
    return permission is None or (actor is not None and allows(actor, permission, subject))


def _guarded(view: View, route: Route, takes: Accepts | None, page: View | None) -> View:
    """The order of the guard: person, record, permission, parsing, view, trail, commit.

    A deed reads until all is done that takes long; then it begins to write, and everything it is
    decided by is read anew.
    """

    @wraps(view)
    def run(**arguments: Any) -> Any:
        actor: Actor | None = g.get("actor")
        if actor is None:
            return _please_sign_in()
        accepts = takes if takes is None or isinstance(takes, type) else takes(**arguments)
        with acting(actor, purpose=request.endpoint or "") as gate:
            try:
                before = _ahead(actor, route, arguments, gate)
                if again := _answered_before(actor, route):
                    _finish(gate)
                    return telling.told(again)  # the first answer may never have come
                subjects = _subjects(actor, route, arguments)
                given = [_given(accepts)] if accepts else []
                telling.ask_first(route.endpoint, accepts)
                look = _unseen(route, actor, *subjects, *given)
                response = look or _done(view(actor, *subjects, *given, *before), actor, route)
                _finish(gate, anew=bool(look))
            except (ValidationError, RuleBroken, StaleEdit, TooMany) as wrong:
                db.session.rollback()
                response = _say_again(wrong, actor, (route.subject, arguments), accepts, page)
                # Looks that happened before the refusal are looks all the same.
                _finish(gate, anew=True)
            except IntegrityError:
                if not actor.forced:
                    raise
                # Under force one writes in nobody's name; what cannot be is not there.
                db.session.rollback()
                return page_for(404)
            return _shown(response, actor, route)

    return run


def _unseen(route: Route, *about: Any) -> str:
    """The page of what will go out, where that was not seen yet; else nothing."""
    if route.look is None:
        return ""
    look = route.look(*(dict(each) if isinstance(each, dict) else each for each in about))
    if looking.was_seen(look):
        return ""
    g.looked = True  # the form on it is the one that was sent, and counts once
    return looking.page(look)


def _ahead(actor: Actor, route: Route, arguments: dict[str, Any], gate: Acting) -> list[Any]:
    """What takes long, done by a reader; then the deed begins to write. A page goes on reading."""
    if route.method in SAFE_METHODS:
        return []
    found: Any = None
    if route.ahead is not None:
        found = route.ahead(actor, *_subjects(actor, route, arguments, reading=True))
        gate.decide_anew()
    begin_writing()
    return [] if found is None else [found]


def _subjects(
    actor: Actor, route: Route, arguments: dict[str, Any], *, reading: bool = False
) -> list[Any]:
    """The record that the address names, within what the actor may see and do."""
    subjects = [route.subject(actor, **arguments)] if route.subject else []
    _may(actor, route, subjects, reading=reading)
    turn_to_office(subjects, actor)
    return subjects


def _shown(response: Any, actor: Actor, route: Route) -> Any:
    """What is done once nothing waits for it: slow content, and keeping a page that a form showed,
    so that one can go back to it.
    """
    if route.method in SAFE_METHODS or route.secret:
        return response
    return shown.instead(
        finished(current_app.make_response(response)), actor, anew="looked" not in g
    )


def _say_again(wrong: Exception, actor: Actor, *about: Any) -> Any:
    return (
        _asked_for_words()
        if isinstance(wrong, TooMany)
        else refusals.say_again(wrong, actor, *about)
    )


def _asked_for_words() -> Any:
    """Reading on stops here, until whoever acts says why, with a proof of now."""
    if request.path.startswith("/api/"):
        detail = "Its owner says why on the page of this address, signed in."
        return problem(429, "Very many cases within an hour", detail, page=link("reading_on.form"))
    session.pop("fresh_until", None)
    return stop_at("reading_on.form", "factor")


def _answered_before(actor: Actor, route: Route) -> Response | None:
    """The answer of a deed that was sent before; each is done once."""
    beyond_its_token = actor.only is not None and route.permission not in actor.only
    if route.method in SAFE_METHODS or beyond_its_token:
        return None
    if keeping.is_of_somebody_else():
        return of_somebody_else()
    try:
        return once.answered(actor)
    except once.AnotherRequest:
        words = ("This key was used for something else", "Send another key.")
        return problem(422, *words) if request.path.startswith("/api/") else sent_before()


def _done(answer: Any, actor: Actor, route: Route) -> Any:
    """The response of a view. What was sent is done: kept no longer, and answered alike if it comes
    again.
    """
    if route.method in SAFE_METHODS:
        return _answer(answer, route)
    response = current_app.make_response(_answer(answer, route))
    once.finish(response, actor, secret=route.secret)
    keeping.done(actor)
    return telling.told(response)


def _may(actor: Actor, route: Route, subjects: list[Any], *, reading: bool) -> None:
    """Refuse what the policy does not give. A deed leaves its entry with the case it is about."""
    assert route.permission is not None
    require(actor, route.permission, subjects[0] if subjects else None)
    if reading or route.method in SAFE_METHODS:
        return
    for subject in subjects:
        scope.touch(subject.id if isinstance(subject, Case) else getattr(subject, "case_id", None))


def _given(accepts: type[Schema]) -> dict[str, Any]:
    if request.path.startswith("/api/"):
        if not request.is_json and request.content_length:
            raise UnsupportedMediaType
        sent = request.get_json(silent=True) if request.content_length else {}
        if not isinstance(sent, dict):
            raise BadRequest
        return load(accepts, sent)
    return load(accepts, typed(accepts, request.form), lenient=True)


def _answer(answer: Any, route: Route) -> Any:
    if route.returns is None or isinstance(answer, Response):
        return answer
    if route.many:
        items = route.returns(many=True).dump(answer.items)
        return jsonify({"items": items, "next": answer.next or None}), route.status
    return jsonify(route.returns().dump(answer)), route.status


def _finish(gate: "Acting | list[Any]", *, anew: bool = False) -> None:
    """Write the trail and commit.

    A reading request only now becomes a writer, so that readers never wait for each other.
    """
    pending = gate.pending() if isinstance(gate, Acting) else []
    # Whoever forced somebody to sign in changes nothing, whatever they are answered.
    forced = isinstance(gate, Acting) and gate.actor.forced
    reading = request.method in SAFE_METHODS or forced
    if reading or anew:
        db.session.rollback()
        if not pending:
            return
        writing.set(True)
    elif db.session.new or db.session.dirty or db.session.deleted:
        db.session.flush()
    if pending:
        audit.append(pending)
    db.session.commit()


def _please_sign_in() -> Any:
    if request.path.startswith("/api/"):
        answer = problem(401, "Please sign in", "Send a bearer token that is valid.")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if is_script():
        return stopped(401, "ended")
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(
        url_for("accounts.sign_in", next=back if back != "/" else None)
        if back
        else url_for("accounts.sign_in")
    )


def redirect_to(page: str, *about: Any, **arguments: Any) -> Response:
    """Send the browser on to a page (see :func:`web.links.link`), after a deed."""
    return cast("Response", redirect(link(page, *about, **arguments), 303))

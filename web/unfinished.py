"""Forms that somebody did not finish: kept while typing, taken up again, left."""

from typing import Any

from flask import Response, redirect, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import RequestEntityTooLarge

from access.actors import Actor
from access.permissions import Permission
from web import form_tokens, keeping, once
from web.barring import is_fresh
from web.errors import NotFound, stopped
from web.guard import GuardedBlueprint, redirect_to
from web.keeping import Typed
from web.links import deed_at

blueprint = GuardedBlueprint("unfinished", __name__)
_MINE: dict[str, Any] = {"permission": Permission.ACCOUNT_USE}
AT_ONCE = "factor"  # a deed that only wanted a second factor goes on as soon as there is one


def _found(actor: Actor, key: str) -> Typed:
    found = keeping.take(actor, key)
    if found is None:
        raise NotFound
    return found


@blueprint.post("/unfinished", **_MINE)
def keep(actor: Actor) -> Response:
    """Keep what stands in a form, while somebody types."""
    token = form_tokens.sent()
    action = request.form.get("form_action", "")
    if token is None or token.user_id != actor.id or not deed_at(action):
        return stopped(403, "refused")
    if actor.forced or once.is_done(token.text, action):
        return Response(status=204)
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != "form_action"]
    try:
        keeping.keep(token, action, "typing", fields)
    except ValueError:
        raise RequestEntityTooLarge from None
    return Response(status=204)


@blueprint.get("/unfinished/renew", **_MINE)
def renew(_actor: Actor) -> dict[str, str]:
    """The token of the session of now, for a page that was opened in the one before."""
    return {"csrf_token": generate_csrf()}


@blueprint.get("/unfinished", **_MINE)
def index(actor: Actor) -> str:
    """All that is not finished."""
    return render_template("unfinished/index.html", kept=keeping.unfinished(actor))


@blueprint.get("/unfinished/<key>", **_MINE, subject=_found)
def take_up(_actor: Actor, kept: Typed) -> object:
    """Back to the form, filled as it was; a deed that only wanted a factor goes on from here, but
    only on the way from giving it.
    """
    at_once = kept.why == AT_ONCE and "now" in request.args and is_fresh()
    if at_once or not kept.place:
        return render_template("unfinished/words.html", kept=kept, at_once=at_once)
    return redirect(kept.place, 303)


@blueprint.get("/unfinished/<key>/words", **_MINE, subject=_found)
def words(_actor: Actor, kept: Typed) -> str:
    """What was typed, by itself: its page has no such form any more."""
    return render_template("unfinished/words.html", kept=kept, at_once=False)


@blueprint.post("/unfinished/<key>/drop", **_MINE, subject=_found)
def drop(actor: Actor, kept: Typed) -> Response:
    """Erase what was typed."""
    keeping.drop(actor, kept.key)
    return redirect_to("unfinished.index")

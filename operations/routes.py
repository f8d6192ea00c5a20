"""Pages: how the parts of the installation stand; the first account of an empty one."""

from flask import Flask, Response, g, redirect, render_template, request

from access.actors import Actor
from access.permissions import Permission
from accounts import open_forms
from operations import checking, first_start, trials
from organisations.schemas import FirstSchema
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("system", __name__)


@blueprint.get("/system", permission=Permission.SYSTEM_SEE)
def show(actor: Actor) -> str:
    """Keys, database, queue, mail, backup, people: how each stands, and what to do."""
    assert actor.user is not None
    return render_template(
        "operations/system.html",
        checks=checking.checks(),
        tried=trials.last(actor.user),
        can_sms=trials.can_sms(actor.user),
    )


@blueprint.post("/system/test/<word:channel>", permission=Permission.SYSTEM_SEE)
def try_message(actor: Actor) -> object:
    """Send a message to oneself, to see whether it arrives."""
    channel = str((request.view_args or {})["channel"])
    if channel not in trials.CHANNELS:
        raise NotFound
    trials.send(by=actor, channel=channel)
    return redirect_to("system.show")


@blueprint.open_get("/first-start")
def begin() -> str:
    """The form for the first organisation and account, where there is nobody yet."""
    if not first_start.is_empty():
        raise NotFound
    return render_template("operations/first_start.html", form=Form(FirstSchema))


@blueprint.open_post("/first-start")
def make() -> object:
    """Make them, and lead to the choice of a password."""
    if not first_start.is_empty():
        raise NotFound
    given = open_forms.tried(FirstSchema, first_start.begin_by_code)
    if isinstance(given, Form):
        return render_template("operations/first_start.html", form=given), 422
    return redirect(given)


def register(app: Flask) -> None:
    """Whoever comes to sign in where nobody has an account yet is led to the first start."""

    @app.before_request
    def _lead() -> Response | None:
        begins = request.endpoint == "accounts.sign_in" and request.method == "GET"
        if not begins or app.extensions.get("begun") or g.get("actor"):
            return None
        if first_start.is_empty():
            return redirect_to("system.begin")
        app.extensions["begun"] = True
        return None

"""Pages: callers who have not agreed yet that anything is kept about them."""

from typing import Any

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries
from casework.intake import callers, drafts, schemas
from models.callers import Caller
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("callers", __name__)
_LIST: dict[str, Any] = {"permission": Permission.CALLER_LIST}
_ONE: dict[str, Any] = {"permission": Permission.CALLER_OPEN, "subject": callers.of}


def _listed(actor: Actor, asked: str) -> str:
    page = callers.listed(actor, asked, request.values.get("after", ""))
    return render_template("casework/intake/callers.html", page=page, asked=asked)


@blueprint.get("/callers", **_LIST)
def index(actor: Actor) -> str:
    """Callers of my offices, newest talk first."""
    return _listed(actor, "")


@blueprint.post("/callers/search", **_LIST)
def find(actor: Actor) -> str:
    """Those in which a word stands. A POST, so that it stands in no address."""
    return _listed(actor, request.form.get("words", "")[:100].strip())


@blueprint.get("/callers/new", **_LIST)
def form(_actor: Actor, form: Form | None = None) -> str:
    """A form for a first talk."""
    return render_template(
        "casework/intake/caller_form.html", form=form or Form(schemas.CallerSchema)
    )


@blueprint.post("/callers", **_LIST, accepts=schemas.CallerSchema, page=form)
def write_down(actor: Actor, given: dict[str, Any]) -> object:
    """Keep it."""
    caller = callers.write_down(by=actor, given=given)
    return redirect_to("callers.show", caller)


@blueprint.get("/callers/<key>", **_ONE)
def show(_actor: Actor, caller: Caller, form: Form | None = None) -> str:
    """All that was said, and a form for a further talk."""
    known = callers.read(caller)
    return render_template(
        "casework/intake/caller.html",
        known=known,
        names=queries.names(talk.by_id for talk in known.talks),
        form=form or Form(schemas.TalkSchema),
    )


@blueprint.post("/callers/<key>/talks", **_ONE, accepts=schemas.TalkSchema, page=show)
def write_on(actor: Actor, caller: Caller, given: dict[str, Any]) -> object:
    """The person called again."""
    callers.write_on(by=actor, caller=caller, given=given)
    return redirect_to("callers.show", caller)


@blueprint.post("/callers/<key>/erase", **_ONE)
def erase(actor: Actor, caller: Caller) -> object:
    """Nothing of it stays."""
    callers.erase(by=actor, caller=caller)
    return redirect_to("callers.index")


@blueprint.post("/callers/<key>/register", **_ONE)
def register(actor: Actor, caller: Caller) -> object:
    """The person agrees: a registration begins, and takes over what was said."""
    draft = drafts.begin_for_caller(by=actor, caller=caller)
    return redirect_to("registrations.step", draft, 1)

"""Pages: saying why very many cases are read, and who said so."""

from flask import redirect, render_template, request

from access.actors import Actor
from access.permissions import Permission
from data_protection import queries, reading_on, schemas
from web.forms import Form
from web.guard import GuardedBlueprint
from web.links import link, path_of_ours

blueprint = GuardedBlueprint("reading_on", __name__)


@blueprint.get("/reading-on", permission=Permission.ACCOUNT_USE, fresh=True)
def form(_actor: Actor, form: Form | None = None) -> str:
    """Asks why very many cases are opened, before the next one."""
    return render_template(
        "data_protection/reading_on.html",
        form=form or Form(schemas.ReadingOnSchema),
        next=path_of_ours(request.values.get("next", "")),
    )


@blueprint.post(
    "/reading-on",
    permission=Permission.ACCOUNT_USE,
    fresh=True,
    accepts=schemas.ReadingOnSchema,
    page=form,
)
def go_on(actor: Actor, given: dict[str, str]) -> object:
    """Keep why, tell who oversees, and back to where it stopped."""
    reading_on.go_on(by=actor, words=given["words"])
    return redirect(path_of_ours(request.values.get("next", "")) or link("work.home"), 303)


@blueprint.get("/readings", permission=Permission.READING_LIST)
def index(actor: Actor) -> str:
    """Who read very many cases within an hour, and why."""
    page = queries.readings(actor, request.args.get("after", ""))
    return render_template("data_protection/readings.html", page=page)

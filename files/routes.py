"""Pages: files of a case."""

from typing import Any

from flask import Response, render_template, request

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries as casework_queries
from files import pages, queries, receiving, schemas, serving
from files.content import kinds
from models.cases import Case
from standards import lists
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("files", __name__)
_CASE: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": casework_queries.case}
_FILE: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": queries.case_of}
PART = 4 * receiving.PART  # what a browser sends in one request


def _key() -> str:
    """The key of the file that the address names."""
    return str((request.view_args or {})["key"])


@blueprint.get("/cases/<number>/files", **_CASE)
def index(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The files of the sections I may open."""
    return render_template("files/index.html", **pages.index(actor, case, form))


@blueprint.post("/cases/<number>/files", **_CASE, accepts=schemas.FileSchema, page=index)
def add(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """A file in one request (without JavaScript)."""
    queries.require_section(actor, case, given["compartment"])
    sent = request.files.get("file")
    receiving.take_whole(
        by=actor,
        case=case,
        name=sent.filename or "" if sent else "",
        content=sent.read() if sent else b"",
        compartment=given["compartment"],
        shows_person=given.get("shows_person", ""),
    )
    return redirect_to("files.index", case)


@blueprint.post("/cases/<number>/files/begin", **_CASE, accepts=schemas.BeginSchema)
def begin(actor: Actor, case: Case, given: dict[str, Any]) -> dict[str, object]:
    """Announce a file that comes in parts."""
    queries.require_section(actor, case, given["compartment"])
    file = receiving.begin(by=actor, case=case, **given)
    return {"key": file.key, "received": 0, "part": PART}


@blueprint.get("/files/<key>/state", **_FILE)
def state(_actor: Actor, _case: Case) -> dict[str, object]:
    """How much is here, and what became of it."""
    file = queries.file(_key())
    words = lists.label(lists.FILE_REFUSALS, file.refusal) if file.refusal else ""
    return {
        "state": file.state,
        "words": words or lists.label(lists.FILE_STATES, file.state),
        "received": file.received,
        "size": file.size,
        "part": PART,
    }


def _stored(actor: Actor, case: Case) -> receiving.Stored:
    """The part is sealed and stored before the deed takes a lock."""
    file = queries.writable(actor, case, _key())
    content = request.get_data(cache=False)
    start = request.args.get("start", "")
    return receiving.store_part(attachment=file, start=start, content=content)


@blueprint.post("/files/<key>/parts", **_FILE, ahead=_stored)
def part(actor: Actor, case: Case, stored: receiving.Stored) -> dict[str, object]:
    """Some more of it: the raw bytes from ``?start=``."""
    file = queries.writable(actor, case, _key())
    receiving.take_part(by=actor, attachment=file, stored=stored)
    return {"received": file.received, "state": file.state}


@blueprint.get("/files/<key>", **_FILE)
def download(actor: Actor, _case: Case) -> Response:
    """The file, as attachment; a download that broke off goes on where it stopped."""
    return serving.attached(queries.kept(actor, _key()))


@blueprint.get("/files/<key>/thumbnail", **_FILE)
def thumbnail(actor: Actor, _case: Case) -> Response:
    """A small picture of a picture."""
    file = queries.kept(actor, _key())
    if not file.thumbnail:
        raise NotFound
    return Response(receiving.thumbnail(file), content_type="image/jpeg")


@blueprint.post("/files/<key>/facts", **_FILE, accepts=schemas.FileFactsSchema)
def say(actor: Actor, case: Case, given: receiving.Said) -> object:
    """Tags, and which file it is a newer version of."""
    receiving.describe(by=actor, attachment=queries.writable(actor, case, _key()), said=given)
    return redirect_to("files.index", case)


@blueprint.get("/files/<key>/sound", **_FILE)
def sound(actor: Actor, _case: Case) -> Response:
    """A voice note, to be played on the page."""
    file = queries.kept(actor, _key())
    if not kinds.is_sound(file.kind):
        raise NotFound
    return serving.played(file)


@blueprint.post("/files/<key>/remove", **_FILE)
def remove(actor: Actor, case: Case) -> object:
    """Remove a file; what was stored of it is gone."""
    receiving.remove(by=actor, attachment=queries.writable(actor, case, _key()))
    return redirect_to("files.index", case)

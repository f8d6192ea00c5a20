"""Pages: files of a case."""

import re
from typing import Any
from urllib.parse import quote

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, require
from casework.casefile.case_header import head
from casework.core import queries as casework_queries
from files import inspecting, receiving, schemas
from models.base import db
from models.cases import Case
from models.files import Attachment
from models.rules import RuleBroken
from models.states import FileState
from standards import lists
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("files", __name__)
_CASE: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": casework_queries.case}
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


def _case_of(actor: Actor, key: str, **_: Any) -> Case:
    """The case of a file, if the actor may open both; a file of another's case does not exist."""
    number = db.session.execute(
        select(Case.number)
        .join(Attachment, Attachment.case_id == Case.id)
        .where(Attachment.key == key)
    ).scalar()
    if number is None:
        raise NotFound
    case = casework_queries.case(actor, number)
    if not allows(actor, Permission(f"{_file().compartment}.read"), case):
        raise NotFound
    return case


def _file() -> Attachment:
    """The file that the address names."""
    found = db.session.execute(
        select(Attachment).where(Attachment.key == (request.view_args or {})["key"])
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


_FILE: dict[str, Any] = {"permission": Permission.CASE_OPEN, "subject": _case_of}


def _may_add(actor: Actor, case: Case) -> list[tuple[str, object]]:
    return [
        (code, words)
        for code, words in lists.COMPARTMENTS
        if code in receiving.COMPARTMENTS and allows(actor, Permission(f"{code}.write"), case)
    ]


@blueprint.get("/cases/<number>/files", **_CASE)
def index(actor: Actor, case: Case, form: Form | None = None) -> str:
    """The files of the sections I may open."""
    mine = [
        code for code in receiving.COMPARTMENTS if allows(actor, Permission(f"{code}.read"), case)
    ]
    query = (
        select(Attachment)
        .where(Attachment.case_id == case.id, Attachment.compartment.in_(mine))
        .order_by(Attachment.id.desc())
        .limit(100)
    )
    return render_template(
        "files/index.html",
        **head(actor, case, "files"),
        files=_newest(list(db.session.execute(query).scalars())),
        form=form or Form(schemas.FileSchema, {"compartment": "protection"}),
        may_add=_may_add(actor, case),
    )


def _newest(found: list[Attachment]) -> list[tuple[Attachment, list[Attachment]]]:
    """Files with the versions before them, newest first."""
    by_key, older = (
        {file.key: file for file in found},
        {file.replaces for file in found if file.replaces},
    )
    rows = []
    for file in found:
        if file.key not in older:
            chain: list[Attachment] = []
            seen = {file.key}
            while (
                before := by_key.get((chain[-1] if chain else file).replaces)
            ) and before.key not in seen:
                chain.append(before)
                seen.add(before.key)
            rows.append((file, chain))
    return rows


@blueprint.post("/cases/<number>/files", **_CASE, accepts=schemas.FileSchema, page=index)
def add(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """A file in one request (without JavaScript)."""
    require(actor, Permission(f"{given['compartment']}.write"), case)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise RuleBroken(_("Choose a file."), "file")
    receiving.take_whole(
        by=actor,
        case=case,
        name=sent.filename,
        content=sent.read(),
        compartment=given["compartment"],
    )
    return redirect_to("files.index", number=case.number)


@blueprint.post("/cases/<number>/files/begin", **_CASE, accepts=schemas.BeginSchema)
def begin(actor: Actor, case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """Announce a file that comes in parts."""
    require(actor, Permission(f"{given['compartment']}.write"), case)
    made = receiving.begin(by=actor, case=case, **given)
    return {"key": made.key, "received": 0, "part": 4 * receiving.PART}


@blueprint.get("/files/<key>/state", **_FILE)
def state(_actor: Actor, _case: Case) -> dict[str, Any]:
    """How much is here, and what became of it."""
    found = _file()
    return {
        "state": found.state,
        "received": found.received,
        "size": found.size,
        "part": 4 * receiving.PART,
    }


@blueprint.post("/files/<key>/parts", **_FILE)
def part(actor: Actor, case: Case) -> dict[str, Any]:
    """Some more of it: the raw bytes from ``?start=``."""
    found = _file()
    require(actor, Permission(f"{found.compartment}.write"), case)
    start = request.args.get("start", "")
    receiving.add(
        attachment=found,
        start=int(start) if start.isdecimal() else -1,
        content=request.get_data(cache=False),
    )
    if found.received == found.size:
        receiving.finish(by=actor, attachment=found)
    return {"received": found.received, "state": found.state}


@blueprint.get("/files/<key>", **_FILE)
def download(_actor: Actor, case: Case) -> Response:
    """The file, as attachment; a download that broke off goes on where it stopped."""
    found = _file()
    if found.state != FileState.KEPT:
        raise NotFound
    start, end, status = _wanted(found.size)
    if status == 416:
        return Response(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    audit.record("file_download", subject=found.key, cases=(case.id,))
    answer = Response(
        receiving.read(found, start, end), status, content_type=inspecting.KINDS[found.kind]
    )
    name = (
        found.name
        if found.name.lower().endswith("." + found.kind)
        else f"{found.name}.{found.kind}"
    )
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Content-Length"] = str(end - start)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = f'"{found.key}-{found.revision}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if status == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    return answer


def _wanted(size: int) -> tuple[int, int, int]:
    """First and last byte (exclusive) and status, by the Range header (RFC 9110, one range)."""
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not found:
        return 0, size, 200
    start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
    return (start, end, 206) if start < end else (0, 0, 416)


@blueprint.get("/files/<key>/thumbnail", **_FILE)
def thumbnail(_actor: Actor, _case: Case) -> Response:
    """A small picture of a picture."""
    found = _file()
    if not found.thumbnail or found.state != FileState.KEPT:
        raise NotFound
    return Response(receiving.thumbnail(found), content_type="image/jpeg")


@blueprint.post("/files/<key>/facts", **_FILE, accepts=schemas.FileFactsSchema)
def say(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Tags, and which file it is a newer version of."""
    found = _file()
    require(actor, Permission(f"{found.compartment}.write"), case)
    found.tags = given.get("tags", "")
    if given.get("replaces"):
        receiving.replace_version(attachment=found, older=given["replaces"])
    return redirect_to("files.index", number=case.number)


@blueprint.get("/files/<key>/sound", **_FILE)
def sound(_actor: Actor, case: Case) -> Response:
    """A voice note, to be played on the page; opened part by part as the player asks."""
    found = _file()
    if found.state != FileState.KEPT or not inspecting.KINDS[found.kind].startswith("audio/"):
        raise NotFound
    start, end, status = _wanted(found.size)
    if status == 416:
        return Response(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    audit.record("file_played", subject=found.key, cases=(case.id,))
    headers = {
        "Content-Length": str(end - start),
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
    }
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    return Response(
        receiving.read(found, start, end),
        status,
        content_type=inspecting.KINDS[found.kind],
        headers=headers,
    )


@blueprint.post("/files/<key>/remove", **_FILE)
def remove(actor: Actor, case: Case) -> object:
    """Remove a file; what was stored of it is gone."""
    found = _file()
    require(actor, Permission(f"{found.compartment}.write"), case)
    audit.record("file_removed", subject=found.key, cases=(case.id,))
    receiving.remove_parts(found)
    db.session.delete(found)
    return redirect_to("files.index", number=case.number)

"""Files of a case: received in parts, each sealed before it is stored, so that neither a file nor a
piece of one is ever in clear outside memory.

A part that did not arrive is sent again; an upload goes on where it stopped, on another day or
another machine.
"""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import exists, or_, select

from access import audit
from access.actors import Actor
from encryption import cipher
from files import photographs
from files.storing import store
from models.base import db, now
from models.cases import Case, Consent
from models.files import Attachment
from models.returns import Return
from models.rules import RuleBroken, stated
from models.states import FILE, FileState
from notifications import queue

PART = 1024 * 1024
UNFINISHED_DAYS = 3
COMPARTMENTS = ("protection", "identity", "medical", "legal")


def begin(
    *,
    by: Actor,
    case: Case,
    name: str,
    size: int,
    compartment: str,
    shows_person: str = "",
    return_id: int | None = None,
    paper: str | None = None,
) -> Attachment:
    """Announce a file of ``size`` bytes; its name and key are sealed under ``compartment``.

    ``shows_person`` is yes, no, or nothing where it was not asked. ``return_id``: of a return,
    under its own key; ``paper``: what it is there.
    """
    photographs.refuse_shown(case, shows_person)
    _refuse_size(size)
    attachment = Attachment(
        key=secrets.token_hex(16),
        case=case,
        compartment=compartment,
        shows_person=shows_person,
        size=size,
        by_id=by.id,
        received=0,
        parts=0,
        return_id=return_id,
        paper=paper,
    )
    db.session.add(attachment)
    db.session.flush()
    attachment.name = name.replace("\\", "/").rpartition("/")[2][:200] or "file"
    _keep_facts(attachment, {"key": base64.b64encode(cipher.new_key()).decode()})
    audit.record("file_begun", subject=attachment.key, cases=(case.id,))
    return attachment


def _refuse_size(size: int) -> None:
    most = current_app.config["SETTINGS"].file_limit
    if size < 1:
        raise RuleBroken(_("There is nothing in this file. Choose another one."), "file")
    if size > most:
        raise RuleBroken(
            _("A file may have %(most)s MB at most. Split it, or send less.", most=most // 1024**2),
            "file",
        )


@dataclass(frozen=True)
class Stored:
    """Parts of a file that lie in the store and are not counted yet: from which, how many, how
    many bytes.
    """

    first: int
    parts: int = 0
    size: int = 0


def store_part(*, attachment: Attachment, start: str, content: bytes) -> Stored:
    """Seal and store the bytes from ``start`` (as text); the row is not changed.

    What was taken already is passed over, so that sending twice does no harm.
    """
    return _store(attachment, int(start) if start.isdecimal() else -1, content)


def _store(attachment: Attachment, start: int, content: bytes) -> Stored:
    if attachment.state != FileState.RECEIVING:
        raise RuleBroken(_("This file is whole already."))
    taken = attachment.received - start
    if taken < 0 or start % PART:
        raise _go_on(attachment)
    if start + len(content) > attachment.size:
        raise RuleBroken(_("This is more than was announced. Begin again."))
    if taken >= len(content):
        return Stored(attachment.parts)
    return _store_rest(attachment, start, content, taken)


def _store_rest(attachment: Attachment, start: int, content: bytes, taken: int) -> Stored:
    """Store what stands in ``content`` behind the bytes that were taken already."""
    if taken % PART:
        raise _go_on(attachment)
    key, parts, size = _key(attachment), 0, 0
    for offset in range(taken, len(content), PART):
        piece = content[offset : offset + PART]
        if len(piece) < PART and start + offset + len(piece) != attachment.size:
            break  # a cut piece: the sender goes on from the last whole one
        _put(attachment, key, attachment.parts + parts, piece)
        parts, size = parts + 1, size + len(piece)
    return Stored(attachment.parts, parts, size)


def count(*, attachment: Attachment, stored: Stored) -> None:
    """What was stored belongs to the file from now on; raises where others came before."""
    if attachment.state != FileState.RECEIVING or attachment.parts != stored.first:
        raise _go_on(attachment)
    attachment.parts += stored.parts
    attachment.received += stored.size


def _go_on(attachment: Attachment) -> RuleBroken:
    return RuleBroken(_("Go on at byte %(at)s.", at=attachment.received))


def finish(*, by: Actor, attachment: Attachment) -> None:
    """Everything is there: inspection begins."""
    if attachment.state != FileState.RECEIVING:
        return
    if attachment.received != attachment.size:
        raise _go_on(attachment)
    keep_fact(attachment, size=attachment.size, parts=attachment.parts)
    FILE.move(attachment, "finish", by=by)
    audit.record("file_received", subject=attachment.key, cases=(attachment.case_id,))
    queue.enqueue_after_commit("inspect_file", attachment.id, urgent=True)


def take_part(*, by: Actor, attachment: Attachment, stored: Stored) -> None:
    """Some more of a file, which is stored; the last part ends it."""
    count(attachment=attachment, stored=stored)
    if attachment.received == attachment.size:
        finish(by=by, attachment=attachment)


def take_whole(
    *,
    by: Actor,
    case: Case,
    name: str,
    content: bytes,
    compartment: str,
    shows_person: str = "",
    return_id: int | None = None,
    paper: str | None = None,
) -> Attachment:
    """A small file in one request; raises where none was chosen."""
    if not name:
        raise RuleBroken(_("Choose a file."), "file")
    attachment = begin(
        by=by,
        case=case,
        name=name,
        size=len(content),
        compartment=compartment,
        shows_person=shows_person,
        return_id=return_id,
        paper=paper,
    )
    count(attachment=attachment, stored=_store(attachment, 0, content))
    finish(by=by, attachment=attachment)
    return attachment


def read(attachment: Attachment, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from ``start`` up to ``end``, part by part.

    Opens the key now and the parts as they are asked for.
    """
    _refuse_altered(attachment)
    place = attachment.key
    key = _key(attachment)
    shelf = store()
    last = attachment.size if end is None else min(end, attachment.size)

    def stream() -> Iterator[bytes]:
        for position in range(start // PART, -(-last // PART)):
            sealed = shelf.get(_name(place, position))
            piece = cipher.unseal(key, sealed, bound=_place(place, position))
            yield piece[max(0, start - position * PART) : last - position * PART]

    return stream()


def _refuse_altered(attachment: Attachment) -> None:
    """What stands in the row must be what stands under the file's own seal."""
    facts = _facts(attachment)
    size, parts = facts.get("size", attachment.size), facts.get("parts", attachment.parts)
    if (size, parts) != (attachment.size, attachment.parts):
        raise cipher.Unreadable(f"files/{attachment.key}")


def replace(attachment: Attachment, content: bytes) -> None:
    """Put other content in the place of what was received (an image without its metadata)."""
    before = attachment.parts
    key = _key(attachment)
    pieces = [content[offset : offset + PART] for offset in range(0, len(content), PART)]
    for position, piece in enumerate(pieces):
        _put(attachment, key, position, piece)
    attachment.size = attachment.received = len(content)
    attachment.parts = len(pieces)
    store().remove([_name(attachment.key, position) for position in range(len(pieces), before)])
    keep_fact(attachment, size=len(content), parts=len(pieces))


def overwrite(attachment: Attachment, place: int, content: bytes) -> None:
    """Put other bytes where some lie; the parts they lie in are sealed anew."""
    key = _key(attachment)
    end = place + len(content)
    for position in range(place // PART, -(-end // PART)):
        start = position * PART
        piece = bytearray(b"".join(read(attachment, start, start + PART)))
        first, last = max(place, start), min(end, start + len(piece))
        piece[first - start : last - start] = content[first - place : last - place]
        _put(attachment, key, position, bytes(piece))


class Said(TypedDict, total=False):
    """What the form about a file gives: words to find it by, the key of the version before,
    whether it shows the person.
    """

    tags: str
    replaces: str
    shows_person: str


def describe(*, by: Actor, attachment: Attachment, said: Said) -> None:
    """Keep the tags of a file, which file it is a newer version of, whether it shows the person."""
    attachment.tags = said.get("tags", "")
    if said.get("shows_person"):
        attachment.shows_person = said["shows_person"]
        photographs.remind(by=by, case=attachment.case)
    if said.get("replaces"):
        replace_version(attachment=attachment, older=said["replaces"])


def replace_version(*, attachment: Attachment, older: str) -> None:
    """Say that a file is a newer version of another one of the same case and section."""
    query = select(Attachment.id).where(
        Attachment.key == older,
        Attachment.case_id == attachment.case_id,
        Attachment.compartment == attachment.compartment,
    )
    if older == attachment.key or db.session.execute(query).first() is None:
        raise RuleBroken(_("Choose a file of the same section."), "replaces")
    attachment.replaces = older


def keep_thumbnail(attachment: Attachment, content: bytes) -> None:
    """A small picture of a picture, sealed like a part."""
    store().put(
        f"{attachment.key}/thumbnail",
        cipher.seal(_key(attachment), content, bound=f"files/{attachment.key}/thumbnail"),
    )
    attachment.thumbnail = True


def thumbnail(attachment: Attachment) -> bytes:
    """The small picture."""
    return cipher.unseal(
        _key(attachment),
        store().get(f"{attachment.key}/thumbnail"),
        bound=f"files/{attachment.key}/thumbnail",
    )


def keep_fact(attachment: Attachment, **facts: Any) -> None:
    """Remember something about the content under the file's own seal."""
    _keep_facts(attachment, {**_facts(attachment), **facts})


def fact(attachment: Attachment, name: str) -> Any:
    """What :func:`keep_fact` kept."""
    return _facts(attachment).get(name)


def remove_parts(attachment: Attachment) -> None:
    """Remove everything stored of a file."""
    names = [_name(attachment.key, position) for position in range(attachment.parts)]
    store().remove([*names, f"{attachment.key}/thumbnail"])


def remove(*, by: Actor, attachment: Attachment) -> None:
    """Remove a file; what was stored of it is gone. Raises :class:`models.rules.RuleBroken` for one
    by which a consent is shown.
    """
    _refuse_proof(attachment)
    audit.record("file_removed", subject=attachment.key, cases=(attachment.case_id,))
    remove_parts(attachment)
    case = attachment.case
    db.session.delete(attachment)
    photographs.remind(by=by, case=case)


@stated("file: remove")
def _refuse_proof(attachment: Attachment) -> None:
    """What shows that the person agreed stays as long as a line of the ledger names it.

    Source: ours; who must show a consent cannot show one that anybody could take away.
    """
    named = select(Consent.id).where(
        Consent.case_id == attachment.case_id, Consent.proof == attachment.key
    )
    if db.session.execute(named.limit(1)).first() is not None:
        raise RuleBroken(_("A consent is shown by this file: it stays with the consent."))


def forget_ended() -> None:
    """Periodic: files that ended, whose job was lost; those of a return without a key among them,
    which nobody can open either.
    """
    without_key = exists().where(Return.id == Attachment.return_id, Return.own_key.is_(None))
    query = select(Attachment.id).where(or_(Attachment.has_ended, without_key)).limit(100)
    for attachment_id in db.session.execute(query).scalars():
        queue.enqueue_after_commit("forget_file", attachment_id)


def forget_unfinished() -> None:
    """Periodic: files that were begun and never became whole; content that was refused."""
    since = now() - timedelta(days=UNFINISHED_DAYS)
    query = (
        select(Attachment)
        .where(Attachment.state == FileState.RECEIVING, Attachment.created_at < since)
        .limit(100)
    )
    for attachment in db.session.execute(query).scalars():
        remove_parts(attachment)
        db.session.delete(attachment)


def look_again() -> None:
    """Periodic: files whose inspection did not come to an end (the scanner was away, a worker
    died).
    """
    query = (
        select(Attachment.id)
        .where(
            Attachment.state == FileState.QUARANTINE,
            ~Attachment.has_ended,
            Attachment.created_at < now() - timedelta(minutes=5),
        )
        .limit(100)
    )
    for attachment_id in db.session.execute(query).scalars():
        queue.enqueue_after_commit("inspect_file", attachment_id)


def _facts(attachment: Attachment) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(attachment.content_key)
    return facts


def _keep_facts(attachment: Attachment, facts: dict[str, Any]) -> None:
    attachment.content_key = json.dumps(facts)


def _key(attachment: Attachment) -> bytes:
    return base64.b64decode(_facts(attachment)["key"])


def _name(key: str, position: int) -> str:
    return f"{key}/{position:06d}"


def _place(key: str, position: int) -> str:
    return f"files/{key}/{position}"


def _put(attachment: Attachment, key: bytes, position: int, piece: bytes) -> None:
    sealed = cipher.seal(key, piece, bound=_place(attachment.key, position))
    store().put(_name(attachment.key, position), sealed)

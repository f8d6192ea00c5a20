"""A form that is sent twice counts once, and so does what a program sends twice.

The first one takes the place of its token in the transaction of the deed: a second one waits for
it, and is answered as the first was. What was refused or broke frees the place.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, current_app, g, render_template, request
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from access import audit
from access.actors import Actor
from encryption.signing import keyed_digest
from models.base import db, now
from models.sealed import keyring
from models.sent import SentForm
from web import form_tokens, keeping, remembered
from web.errors import NotFound
from web.form_tokens import keyed, sent_key

HEADER = "Idempotency-Key"
PROGRAMS_WAIT = timedelta(hours=24)  # and not longer, until they send the same again
# As long as its token says anything: a machine that slept sends its form again days later.
FORMS_WAIT = timedelta(seconds=form_tokens.OLDEST)


class AnotherRequest(Exception):
    """A program sent something else under a key that it had used."""


_LONGEST = 40  # what a column of such tokens holds


def token_of(record_id: int, token: str = "") -> str:
    """What makes a row of a record one row, however often the same ``token`` comes; of a token that
    is too long for its column, a digest.
    """
    text = f"{record_id}:{token or secrets.token_hex(8)}"
    if len(text) <= _LONGEST:
        return text
    return hashlib.blake2s(text.encode(), digest_size=_LONGEST // 2).hexdigest()


def answered(by: Actor) -> Response | None:
    """What this deed was answered before; None where it is to be done now.

    Raises :class:`AnotherRequest`.
    """
    token = _token(by)
    if token is None or by.forced:
        return None
    while True:
        if (found := _found(token)) is not None:
            return _again(found, by)
        if _takes_place(token, by):
            return None


def _takes_place(token: str, by: Actor) -> bool:
    """Waits, where somebody is doing the same, until it is done or has failed."""
    about = keeping.about(request.path)
    row = SentForm(key=token, user_id=by.id, asked=_asked(), about=about, at=now())
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return False
    g.sent_form = row
    return True


def _found(token: str) -> SentForm | None:
    row = db.session.execute(select(SentForm).filter_by(key=token)).scalar_one_or_none()
    waits = PROGRAMS_WAIT if request.path.startswith("/api/") else FORMS_WAIT
    if row is not None and row.at <= now() - waits:
        db.session.delete(row)
        db.session.flush()
        return None
    return row


def finish(response: Response, by: Actor, *, secret: bool) -> None:
    """Keep what the deed is answered with; a page that only shows something is not a deed.

    ``secret``: the page shows what is seen once (a token, a code): it is never shown again.
    """
    row: SentForm | None = g.pop("sent_form", None)
    if row is None:
        return
    is_redirect = response.status_code in range(300, 400)
    if not (is_redirect or secret or request.path.startswith("/api/")):
        db.session.delete(row)
        return
    body = "" if is_redirect or secret else response.get_data(as_text=True)
    answer = {
        "status": response.status_code,
        "location": response.location if is_redirect else None,
        "type": response.content_type,
        "body": body,
        "about": sorted(remembered.openable(by, remembered.named_in(request.path, body))),
    }
    row.answered = json.dumps(answer).encode()


def forget_old() -> None:
    """Periodic: erase what is too old to be sent again."""
    db.session.execute(delete(SentForm).where(SentForm.at <= now() - FORMS_WAIT))


def _token(by: Actor) -> str | None:
    """Who sends what where: the token of a form, or the key of a program."""
    where = (request.method.encode(), request.path.encode())
    if request.path.startswith("/api/"):
        key = request.headers.get(HEADER, "")  # whole, however long: what is kept is its digest
        return keyed(b"api", str(by.id).encode(), key.encode(), *where) if key else None
    token = form_tokens.sent()
    if token is None or token.user_id != by.id:
        return None
    return sent_key(token.text, request.path)


def led_to(deed: str) -> str:
    """Where the deed of this key (:func:`web.form_tokens.sent_key`) led, once it was done; empty
    where it was not, or led nowhere.
    """
    row = _found(deed)
    return str(_opened(row).get("location") or "") if row is not None else ""


def is_done(token: str, action: str) -> bool:
    """Whether the deed of a form was done: a script that is late has nothing to keep."""
    return _found(sent_key(token, action)) is not None


def _asked() -> bytes:
    """What is asked: the same key or token with something else is another request."""
    if request.path.startswith("/api/"):
        return keyed_digest(keyring().derive("sent/asked"), request.get_data())
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] not in keeping.NOT_KEPT]
    files = [[name, *_of_file(file)] for name, file in request.files.items(multi=True) if file]
    asked = json.dumps([pairs, files] if files else pairs).encode()
    return keyed_digest(keyring().derive("sent/asked"), asked)


def _of_file(file: FileStorage) -> tuple[str, str]:
    """What a file is called, and what is in it: another one is another request."""
    read = file.stream.tell()
    file.stream.seek(0)
    content = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(read)
    return file.filename or "", content


def _again(row: SentForm, by: Actor) -> Response:
    if row.asked and row.asked != _asked():
        raise AnotherRequest
    answer = _opened(row)
    if request.path.startswith("/api/"):
        if not remembered.may_still(by, answer.get("about", ())):
            raise NotFound
        audit.record("answered_again", subject=request.path.removeprefix("/api/v1")[:60])
        return Response(answer["body"], answer["status"], content_type=answer["type"])
    if answer.get("location"):
        return Response("", answer["status"], {"Location": answer["location"]})
    return current_app.make_response(render_template("unfinished/done_before.html"))


def _opened(row: SentForm) -> Mapping[str, Any]:
    if row.answer is None:
        return {"status": 409, "body": "", "type": "text/plain"}
    found: Mapping[str, Any] = json.loads(row.answered)
    return found

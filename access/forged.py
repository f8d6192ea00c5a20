"""A row that somebody else wrote (:mod:`models.witnessed`) goes into the trail; alerts follow."""

from flask import Flask, Response, current_app, g, has_request_context
from sqlalchemy import event
from sqlalchemy.orm import Session

from access import audit
from models import witnessed
from models.base import db, writing

DEED = "forged_row"


def register(app: Flask) -> None:
    """Told of within a request, it is written after it, in a transaction of its own."""
    app.after_request(_write)


@witnessed.on_forged
def note(table: str, name: str, case_id: int | None) -> None:
    """Keep for the end of the request, or write at once; a job that is taken back writes it after
    all (:func:`write_what_was_lost`).
    """
    cases = (case_id,) if case_id is not None else ()
    entry = audit.AuditEntry("system", DEED, subject=f"{table}/{name}"[:60], cases=cases)
    if not has_request_context():
        if entry.subject not in {each.subject for each in _not_kept_yet()}:
            _not_kept_yet().append(entry)
            audit.append([entry])
    elif entry.subject not in {each.subject for each in g.get("forged", ())}:
        g.forged = [*g.get("forged", ()), entry]


def _not_kept_yet() -> list[audit.AuditEntry]:
    found: list[audit.AuditEntry] = current_app.extensions.setdefault(DEED, [])
    return found


@event.listens_for(Session, "after_commit")
def _is_kept(_session: Session) -> None:
    if current_app and not has_request_context():
        _not_kept_yet().clear()


def write_what_was_lost() -> None:
    """At the end of a job: what it found in a transaction that was taken back. Commits."""
    if lost := list(_not_kept_yet()):
        audit.append(lost)
        db.session.commit()


def _write(response: Response) -> Response:
    if entries := g.pop("forged", None):
        db.session.rollback()
        writing.set(True)
        audit.append(entries)
        db.session.commit()
    return response

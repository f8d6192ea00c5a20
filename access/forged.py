"""A row that somebody else wrote (:mod:`models.witnessed`) goes into the trail; alerts follow."""

from flask import Flask, Response, g, has_request_context

from access import audit
from models import witnessed
from models.base import db, writing

DEED = "forged_row"


def register(app: Flask) -> None:
    """Told of within a request, it is written after it, in a transaction of its own."""
    app.after_request(_write)


@witnessed.on_forged
def note(table: str, name: str, case_id: int | None) -> None:
    """Keep for the end of the request, or write at once."""
    cases = (case_id,) if case_id is not None else ()
    entry = audit.AuditEntry("system", DEED, subject=f"{table}/{name}"[:60], cases=cases)
    if not has_request_context():
        audit.append([entry])
    elif entry.subject not in {each.subject for each in g.get("forged", ())}:
        g.forged = [*g.get("forged", ()), entry]


def _write(response: Response) -> Response:
    if entries := g.pop("forged", None):
        db.session.rollback()
        writing.set(True)
        audit.append(entries)
        db.session.commit()
    return response

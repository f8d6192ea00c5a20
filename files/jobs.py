"""Work on files outside a request. An edge: commits."""

from access import audit
from access.actors import system
from access.gate import acting
from files import inspecting, receiving
from models.base import db
from models.files import Attachment
from models.states import FileState


def forget_file(attachment_id: int) -> None:
    """Remove the stored parts of a file whose case was erased. Safe to run twice."""
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None:
        return
    receiving.remove_parts(attachment)
    db.session.delete(attachment)
    db.session.commit()


def inspect_file(attachment_id: int) -> None:
    """Look into a file that was received, and keep or refuse it. Safe to run twice."""
    with acting(system("inspection"), purpose="inspection") as gate:
        attachment = db.session.get(Attachment, attachment_id)
        if attachment is None or attachment.state != FileState.QUARANTINE:
            db.session.rollback()
            return
        inspecting.inspect(attachment)
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


def tidy() -> None:
    """Every ten minutes: files that never became whole."""
    receiving.forget_unfinished()
    receiving.look_again()
    db.session.commit()

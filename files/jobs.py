"""Work on files outside a request. An edge: commits."""

from access import audit
from access.actors import system
from access.gate import acting
from files import inspecting, receiving
from models.base import begin_reading, begin_writing, db
from models.files import Attachment
from models.states import FileState


def forget_file(attachment_id: int) -> None:
    """Remove the stored parts of a file whose key is destroyed. Safe to run twice."""
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None:
        return
    receiving.remove_parts(attachment)
    db.session.delete(attachment)
    db.session.commit()


def inspect_file(attachment_id: int) -> None:
    """Look into a file that was received, and keep or refuse it. Safe to run twice."""
    with acting(system("inspection"), purpose="inspection") as gate:
        begin_reading()  # a scanner may take a minute; others write meanwhile
        attachment = _waiting(attachment_id)
        verdict = inspecting.look(attachment) if attachment else None
        begin_writing()
        attachment = _waiting(attachment_id)
        if attachment is None or verdict is None:
            db.session.rollback()
            return
        inspecting.settle(attachment, verdict)
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


def _waiting(attachment_id: int) -> Attachment | None:
    """A file that waits for its inspection."""
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None or attachment.has_ended:
        return None
    return attachment if attachment.state == FileState.QUARANTINE else None


def tidy() -> None:
    """Every ten minutes: files that never became whole, and those that ended and still lie here."""
    receiving.forget_ended()
    receiving.forget_unfinished()
    receiving.look_again()
    db.session.commit()

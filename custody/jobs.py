"""Work of custody outside a request. An edge: commits."""

from flask import current_app

from access import trail
from access.actors import system
from access.gate import acting
from custody import erasing, inspecting, receiving, rotating, watching
from models.base import db
from models.custody import Attachment


def watch(_number: int) -> None:
    """Every minute: alerts on unusual access."""
    watching.watch(current_app.config["SETTINGS"].unusual_cases)
    db.session.commit()


def seal_trail(_number: int) -> None:
    """Every hour: sign the ends of the chains."""
    trail.seal_heads()
    db.session.commit()


def propose_erasures(_number: int) -> None:
    """Every six hours: cases past their day are proposed for erasure."""
    erasing.propose_expired()
    db.session.commit()


def forget_file(number: int) -> None:
    """Remove the stored parts of a file whose case was erased. Safe to run twice."""
    attachment = db.session.get(Attachment, number)
    if attachment is None:
        return
    receiving.remove_parts(attachment)
    db.session.delete(attachment)
    db.session.commit()


def inspect_file(number: int) -> None:
    """Look into a file that was received, and keep or refuse it. Safe to run twice."""
    with acting(system("inspection"), purpose="inspection") as gate:
        attachment = db.session.get(Attachment, number)
        if attachment is None or attachment.state != "quarantine":
            db.session.rollback()
            return
        inspecting.inspect(attachment)
        db.session.flush()
        trail.append(gate.pending())
        db.session.commit()


def tidy() -> None:
    """Every ten minutes: keys nothing needs any more, files that never became whole."""
    rotating.settle()
    receiving.forget_unfinished()
    receiving.look_again()
    db.session.commit()

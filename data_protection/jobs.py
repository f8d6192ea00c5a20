"""Work of data protection outside a request. An edge: commits."""

from flask import current_app

from access import audit, audit_seals, forged
from data_protection import access_alerts, requests_of_persons, retention
from models import marks, witnessed
from models.base import db
from notifications import outbox
from web.links import link


def watch(_number: int) -> None:
    """Every minute: alerts on unusual access."""
    access_alerts.watch(current_app.config["SETTINGS"].unusual_cases)
    db.session.commit()


def seal_trail(_number: int) -> None:
    """Every hour: sign the ends of the chains."""
    audit_seals.seal_heads()
    db.session.commit()


def mail_heads(_number: int) -> None:
    """Every day: the newest seal of the trail leaves the building, to the officers' mailboxes.

    The reference of the notice is the line that ``flask audit verify --line`` compares.
    """
    audit_seals.seal_heads()
    db.session.flush()
    if line := audit_seals.line():
        outbox.post("trail.heads", reference=line, path=link("trail.whole"), to=outbox.officers())
    db.session.commit()


def key_links() -> int:
    """Once, after the upgrade that brings keyed links: take the chains into them."""
    count = audit_seals.key_links()
    db.session.commit()
    return count


def cover_rows(layer: int = marks.SECOND) -> int:
    """At each start, before and after codes are sealed (:mod:`models.marks`): rows of who may act,
    and of what decides, of the version before get their MAC, once. Where anything shows that this
    was done and the mark is gone, nothing is covered: that is an alert.
    """
    if marks.is_marked(layer):
        return 0
    if not marks.is_before(layer):
        forged.note("marks", marks.NAMES[layer], None)
        db.session.commit()
        return 0
    count = witnessed.cover_all(layer)
    audit.append([audit.AuditEntry("system", marks.NAMES[layer])])
    db.session.commit()
    return count


def give_days() -> int:
    """At each start: closed cases without a day until which they are kept get one, lot by lot, and
    officers are told how many. Gives how many.
    """
    count = 0
    while lot := retention.give_days():
        count += lot
        db.session.commit()
    if count:
        retention.tell_given(count)
        db.session.commit()
    return count


def propose_erasures(_number: int) -> None:
    """Every six hours: cases past their day are proposed for erasure."""
    retention.propose_expired()
    db.session.commit()


def remind_of_requests(_number: int) -> None:
    """Every six hours: who must answer a person hears of it a week before its day, and after."""
    requests_of_persons.remind()
    db.session.commit()

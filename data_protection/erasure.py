"""Erasing a case: asked by one person (or by the retention job), decided by another.

What is left is a tombstone: number, reason, who, when.
"""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table, delete, or_, select, update

from access import audit
from access.actors import Actor
from data_protection import queries
from models import enrolling, witnessed
from models import erasure as erasure_of
from models import files as attachments
from models.base import db
from models.cases import Case, ImportFault
from models.data_protection import Erasure
from models.files import Attachment
from models.messages import HookMessage, Message
from models.rules import RuleBroken
from models.scope import opened, reaching
from models.states import CASE, ERASURE, ErasureState
from notifications import outbox, queue
from web import keeping
from web.links import link


@ERASURE.guard("ask")
def _is_closed(erasure: Erasure, _by: Actor) -> None:
    """What is still open with partners would hang in the air."""
    if not CASE.can(erasure.case, "erase"):
        raise RuleBroken(
            _("Close the case first: what is still open with partners would hang in the air."),
            "reason",
        )


@ERASURE.guard("ask", "erase")
def _no_money_is_set_aside(erasure: Erasure, _by: Actor) -> None:
    """Money that is asked for or set aside for the person is paid or let go first: after the
    erasure nobody could say whom it was for.
    """
    if references := queries.live_money(erasure.case):
        raise RuleBroken(
            _(
                "Money for the person is not ended: %(references)s. Pay it or let it go first.",
                references=", ".join(references),
            ),
            "reason",
        )


@ERASURE.guard("erase")
def _is_still_closed(erasure: Erasure, _by: Actor) -> None:
    """The case may have been opened again since its erasure was asked for."""
    if not CASE.can(erasure.case, "erase"):
        raise RuleBroken(_("The case was opened again since. Keep it, or close it first."))


def ask(*, by: Actor, case: Case, reason: str) -> Erasure:
    """Ask that a closed case is erased; data protection officers are told."""
    before = queries.erasure_of(case)
    if before is not None and before.state == ErasureState.ASKED:
        raise RuleBroken(_("The erasure of this case has been asked for already."), "reason")
    erasure = before or Erasure(case=case)
    ERASURE.move(erasure, "ask", by=by)
    erasure.reason = reason
    erasure.decided_by_id = None
    erasure.decided_at = None
    db.session.add(erasure)
    audit.record("erasure_asked", subject=reason, cases=(case.id,))
    tell_officers(case)
    return erasure


def tell_officers(case: Case) -> None:
    """Data protection officers are told that an erasure waits for a decision."""
    outbox.post(
        "erasure.asked",
        reference=outbox.occurrence("E", case.id),
        path=link("data_protection.erasures"),
        to=outbox.officers(),
    )


def refuse(*, by: Actor, erasure: Erasure) -> None:
    """Keep the case."""
    ERASURE.move(erasure, "refuse", by=by)
    audit.record("erasure_refused", cases=(erasure.case_id,))


def approve(*, by: Actor, erasure: Erasure) -> None:
    """Destroy the keys of a case and all that points at it. Nothing can undo this."""
    case = erasure.case
    ERASURE.move(erasure, "erase", by=by)
    audit.record("erased", subject=erasure.reason, cases=(case.id,))
    for attachment_id in attachments.end(Attachment.case_id == case.id):
        queue.enqueue_after_commit("forget_file", attachment_id)
    with reaching(case.id), opened("post"):
        enrolling.remove(case.id)
        names = _names(case)
        _forget_notices(names)
        keeping.forget_about(names)
        for model, table in erasure_of.tables():
            _erase_rows(model, table, case.id)
        db.session.expire_all()


def _erase_rows(model: Any, table: Table, case_id: int) -> None:
    """What was decided on a table and its columns, done to the rows of a case."""
    rows = erasure_of.rows_of(table, case_id)
    changed = erasure_of.changes(table)
    if erasure_of.decision(model) == erasure_of.GONE:
        db.session.execute(delete(table).where(rows))
    elif changed:
        held = _held(model, rows) if issubclass(model, witnessed.Witnessed) else []
        db.session.execute(update(table).where(rows).values(**changed))
        for record in held:
            witnessed.renew(record)


def _held(model: Any, rows: Any) -> list[Any]:
    return list(db.session.execute(select(model).where(rows)).unique().scalars())


def _names(case: Case) -> list[str]:
    """The public numbers of a case and of what hangs on it."""
    found = [case.number]
    for _model, table in erasure_of.tables():
        for column in table.columns:
            if "prefix" in column.info and table.name != "cases":
                rows = select(column).where(erasure_of.rows_of(table, case.id))
                found += db.session.execute(rows).scalars()
    return found


def _forget_notices(names: list[str]) -> None:
    """What was told of it, and the faults of an import that name it."""
    for model in (Message, HookMessage):
        about = or_(model.reference.in_(names), *(model.path.contains(name) for name in names))
        db.session.execute(delete(model).where(about))
    faults = update(ImportFault).where(ImportFault.case_number.in_(names))
    db.session.execute(faults.values(case_number=""))

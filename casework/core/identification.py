"""Presumed, identified, not identified, not a victim: four different things, and what follows from
the newest decision.

Who is decided to be a victim is presumed to be one until somebody else has read the decision; the
category, lists, funds, statistics and exports follow what counts, not what was typed.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from casework.core import ages, approvals, ratings
from casework.core.protection import newest
from models import office_settings
from models.base import db
from models.cases import Case
from models.records import Record
from models.rules import RuleBroken, stated
from models.sealed import Version
from models.states import ApprovalState
from models.work import Approval

WHAT = approvals.IDENTIFIED
_AFTER_APPEAL = {"possible": "not", "actual": "not", "not": "possible", "unclear": "possible"}

_KEEPS = frozenset(("pending", "confirmed"))


def settle(*, by: Actor, case: Case) -> None:
    """Bring a case to what its newest decision says, with what an appeal made of it."""
    stands = newest(case, "decision")
    if stands is None:
        _call_off(by, case)
        case.trafficking_status = ""  # nothing is decided any more
        return
    said = dict(stands.says or {})
    if not said:  # of a version before: it was settled when it was written
        return
    decision = decided(said)
    if decision == "actual" and not _counts(case, stands, said):
        ratings.identify(case, "possible")
        _ask(by, case, stands)
        return
    _call_off(by, case)
    ratings.identify(case, decision)


@stated("identification: appeal")
def decided(said: Mapping[str, Any]) -> str:
    """What a decision says now: an appeal that changed it takes its place, in all that follows.

    Source: practice of national referral mechanisms; to be verified with the country's own.
    """
    decision = str(said.get("decision", ""))
    if said.get("appeal_result") != "changed":
        return decision
    return str(said.get("appeal_decision") or _AFTER_APPEAL.get(decision, decision))


@stated("identification: identified")
def needs_second_reader(case: Case, said: Mapping[str, Any]) -> bool:
    """Who is decided to be a victim is presumed to be one until another person has read the
    decision and agrees. Without act, means and purpose (for a child act and purpose) always.

    Source: ours; that a second person reads it is the practice of national mechanisms and is to be
    verified. Elements: Palermo Protocol, art. 3(a), (c).

    Set aside: by the office, as a setting, where the elements were found.
    """
    found = set(said.get("elements") or ())
    is_child = "child" in found and ages.counts_as_child(case)
    is_complete = {"act", "purpose"} <= found and ("means" in found or is_child)
    return not is_complete or office_settings.of(case.office_id, "second_reader") == "on"


def _counts(case: Case, record: Record, said: Mapping[str, Any]) -> bool:
    """Whether the person counts as identified: another reader agreed to what stands now, or none
    is needed. An appeal that is pending, or confirmed the decision, takes nothing away.
    """
    if case.trafficking_status == "actual" and said.get("appeal_result") in _KEEPS:
        return True
    asked = _newest_of(record)
    if asked is not None and asked.state == ApprovalState.APPROVED:
        return True
    return not needs_second_reader(case, said)


def mark(record: Record) -> str:
    """What a reader reads: the decision as it stands after its last change. Who agreed to what
    stood before has not read this.
    """
    query = select(func.max(Version.id)).where(
        Version.case_id == record.case_id, Version.subject == record.key
    )
    return f"{record.key}/{db.session.execute(query).scalar() or 0}"


def _writers(record: Record) -> set[int | None]:
    query = select(Version.by_id).where(
        Version.case_id == record.case_id, Version.subject == record.key
    )
    before = db.session.execute(query).scalars()
    return {record.made_by_id, record.changed_by_id, *before}


def _newest_of(record: Record) -> Approval | None:
    wanted = WHAT, mark(record)
    query = select(Approval).where(Approval.case_id == record.case_id).order_by(Approval.id.desc())
    rows = db.session.execute(query).unique().scalars()
    return next((row for row in rows if (row.what, row.record_key) == wanted), None)


def waiting(case: Case) -> Approval | None:
    """The question to a second reader that is open, if there is one."""
    asked = approvals.latest(case, WHAT)
    return asked if asked is not None and asked.state == ApprovalState.ASKED else None


def read_by(case: Case) -> Approval | None:
    """The answer of the second reader to the newest decision."""
    stands = newest(case, "decision")
    asked = _newest_of(stands) if stands is not None else None
    answers = {ApprovalState.APPROVED, ApprovalState.REFUSED}
    return asked if asked is not None and asked.state in answers else None


def reader_agrees(case: Case) -> bool:
    """Whether the second reader of the newest decision agrees."""
    asked = read_by(case)
    return asked is not None and asked.state == ApprovalState.APPROVED


def _ask(by: Actor, case: Case, record: Record) -> None:
    open_ = waiting(case)
    if open_ is not None and open_.record_key == mark(record):
        return
    before = _newest_of(record)
    if open_ is None and before is not None and before.state == ApprovalState.REFUSED:
        return  # read, and not agreed with: it has to be decided anew
    _call_off(by, case)
    approvals.ask(by=by, case=case, what=WHAT, record_key=mark(record))


def _call_off(by: Actor, case: Case) -> None:
    """A question about a decision that does not stand any more waits for nobody."""
    open_ = waiting(case)
    if open_ is not None:
        approvals.withdraw(by=by, approval=open_)


@stated("identification: second reading")
def may_read(by: Actor, approval: Approval, record: Record | None) -> bool:
    """The second reader is somebody else than who decided, and than whoever wrote it down.

    Source: ours.
    """
    wrote = _writers(record) if record is not None else ()
    return by.id is not None and by.id not in {approval.asked_by_id, *wrote}


def answer(*, by: Actor, case: Case, agrees: bool, words: str = "", read: str = "") -> None:
    """The second reader agrees, and the person counts as identified; or not, and stays presumed.
    ``read``: the :func:`mark` of what they had before them, where they say it.

    Raises :class:`models.rules.RuleBroken` where nothing waits, for who decided, for who read
    something else, and for a reader who does not agree and does not say why.
    """
    open_, stands = waiting(case), newest(case, "decision")
    if not case.is_active or open_ is None or stands is None:
        raise RuleBroken(_("Nothing waits for a second reader here."))
    if open_.record_key != mark(stands) or (read and read != open_.record_key):
        raise RuleBroken(_("The decision was changed since you read it. Read it again."))
    if not may_read(by, open_, stands):
        raise RuleBroken(_("Who decided is not the second reader. Somebody else reads it."))
    if not agrees and not words:
        raise RuleBroken(_("Say why you do not agree."), "words")
    approvals.decide(by=by, approval=open_, yes=agrees, has_read=True, note=words)
    settle(by=by, case=case)

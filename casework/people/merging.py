"""Two cases of one person: said by a worker, remembered, undone.

Cases stay apart with their own access; the person behind them becomes one.
"""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, visible
from casework.core import held_ages, release, timeline
from models.base import db, now
from models.cases import Case
from models.merging import Judgement, Merge
from models.rules import RuleBroken
from models.states import CaseStatus
from models.witnessed import change_all


def judge(*, by: Actor, case: Case, other_number: str, answer: str) -> Merge | None:
    """Keep what the worker says about two persons: same, not the same, cannot tell.

    "Same" makes them one person.
    """
    other = db.session.execute(select(Case).where(Case.number == other_number)).scalar_one_or_none()
    if other is None or not allows(by, Permission.PERSON_MERGE, other):
        raise RuleBroken(_("There is no such case, or it is not yours to open."), "number")
    if other.person_id == case.person_id:
        raise RuleBroken(_("These cases are of one person already."), "number")
    first, second = sorted((case.person_id, other.person_id))
    judgement = db.session.get(Judgement, (first, second)) or Judgement(
        first_id=first, second_id=second
    )
    judgement.answer = answer
    judgement.by_id = by.id
    judgement.at = now()
    db.session.add(judgement)
    audit.record("judged", subject=answer, cases=(case.id, other.id))
    return _merge(by, case, other) if answer == "same" else None


def _merge(by: Actor, case: Case, other: Case) -> Merge:
    """The person of the older case stays.

    Both rows are locked in one order, so that two workers at once merge once.
    """
    older, newer = sorted((case.person_id, other.person_id))
    _lock_cases_of(older, newer)
    moved = list(db.session.execute(select(Case.id).where(Case.person_id == newer)).scalars())
    if not moved:
        raise RuleBroken(_("Somebody merged these just now."), "number")
    merge = Merge(kept_id=older, merged_id=newer, case_ids=" ".join(map(str, moved)), by_id=by.id)
    db.session.add(merge)
    _move(moved, older)
    timeline.add(by=by, case=case, kind="merged", reference=other.number)
    timeline.add(by=by, case=other, kind="merged", reference=case.number)
    held_ages.of_one_person(by=by, case=case, others=of_person(case))
    release.settle_person(case, by=by)
    return merge


def _lock_cases_of(*person_ids: int) -> None:
    cases = select(Case.id).where(Case.person_id.in_(person_ids)).order_by(Case.id)
    db.session.execute(cases.with_for_update()).all()


def undo(*, by: Actor, case: Case, merge_id: int) -> None:
    """Take a merge back: the cases that moved go back to the person they had. As with merging, one
    of each side must be the actor's to change. Raises :class:`models.rules.RuleBroken`.
    """
    merge = db.session.execute(
        select(Merge).where(Merge.id == merge_id).with_for_update()
    ).scalar_one_or_none()
    if merge is None or merge.kept_id != case.person_id or merge.undone_at is not None:
        raise RuleBroken(_("There is nothing to take back."))
    moved = [int(part) for part in merge.case_ids.split()]
    if not (_has_one(by, Case.id.in_(moved)) and _has_one(by, _stayed(merge, moved))):
        raise RuleBroken(_("The other case is not yours to change: its office takes this back."))
    merge.undone_at = now()
    merge.undone_by_id = by.id
    _move(moved, merge.merged_id)
    first, second = sorted((merge.kept_id, merge.merged_id))
    judgement = db.session.get(Judgement, (first, second))
    if judgement is not None:
        judgement.answer = "cannot_tell"
    timeline.add(by=by, case=case, kind="merge_undone")
    audit.record("merge_undone", cases=(case.id, *moved))


def _stayed(merge: Merge, moved: list[int]) -> ColumnElement[bool]:
    """The cases that the person had to whom others came."""
    return (Case.person_id == merge.kept_id) & Case.id.not_in(moved)


def _has_one(by: Actor, which: ColumnElement[bool]) -> bool:
    """Whether one of some cases is the actor's to merge."""
    theirs = select(Case.id).where(which, visible(by, Permission.PERSON_MERGE, Case))
    return db.session.execute(theirs.limit(1)).first() is not None


def _move(cases: list[int], person_id: int) -> None:
    db.session.flush()
    same = {"changed_at": Case.changed_at}
    change_all(Case, Case.id.in_(cases), person_id=person_id, **same)
    db.session.expire_all()


def of_person(case: Case) -> list[Case]:
    """The other cases of the same person."""
    query = (
        select(Case)
        .where(
            Case.person_id == case.person_id, Case.id != case.id, Case.status != CaseStatus.ERASED
        )
        .order_by(Case.id.desc())
    )
    return list(db.session.execute(query).scalars())


def merges(case: Case) -> list[Merge]:
    """What was merged into the person of a case and not taken back."""
    query = (
        select(Merge)
        .where(Merge.kept_id == case.person_id, Merge.undone_at.is_(None))
        .order_by(Merge.id.desc())
    )
    return list(db.session.execute(query).scalars())


def judged_apart(person_id: int, others: set[int]) -> set[int]:
    """Those of ``others`` that a worker said are not this person."""
    query = select(Judgement.first_id, Judgement.second_id).where(
        Judgement.answer == "not_same",
        ((Judgement.first_id == person_id) & Judgement.second_id.in_(others))
        | ((Judgement.second_id == person_id) & Judgement.first_id.in_(others)),
    )
    return {first if second == person_id else second for first, second in db.session.execute(query)}

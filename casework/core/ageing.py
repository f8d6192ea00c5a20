"""What a child's age brings with it: the tasks of a child's case, the review before the 18th
birthday, and what ends on it.
"""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from access.actors import Actor
from casework.core import ages, approvals, consent, held_ages, signals, tasks, timeline
from casework.core.protection import newest
from models.base import db, today
from models.cases import Case
from models.rules import RuleBroken

# Until when what every child needs is done; tracing where they came without their family.
DAYS = {"guardian": 7, "best_interests": 14, "tracing": 30}
DONE_BY = {"guardian": "guardian", "best_interests": "bia", "tracing": "tracing"}  # which record
TURNED = 400  # days back that are looked through: after so long a stop each is still found
SOME = 200  # cases an hour at most that an older version wrote; the rest in the next


def set_tasks(*, by: Actor, case: Case) -> None:
    """Guardian, best-interests assessment and, for a child alone, tracing become tasks, each once;
    and the review before the 18th birthday where that is near.
    """
    if not ages.counts_as_child(case):
        return
    alone = "child" in case.categories
    for kind, days in DAYS.items():
        is_done = tasks.stands(case, kind) or newest(case, DONE_BY[kind]) is not None
        if (alone or kind != "tracing") and not is_done:
            tasks.add(by=by, case=case, kind=kind, due_on=today() + timedelta(days=days))
    _review_before(by, case, ages.known_of(case))


def _review_before(by: Actor, case: Case, known: ages.Known) -> None:
    until = ages.review_before(known, today())
    if until is not None and case.is_active and not tasks.stands(case, "ageing_out"):
        tasks.add(by=by, case=case, kind="ageing_out", due_on=until)


def to_look_at() -> list[int]:
    """Ids of cases of whoever had a birthday that changes something since somebody last looked.

    Of those that an older version wrote some, at random: what is held elsewhere holds up no others.
    """
    turned = select(Case.id).where(Case.age_turns.in_(ages.past(TURNED)))
    unseen = select(Case.id).where(Case.age_turns.is_(None)).order_by(func.random()).limit(SOME)
    return [*db.session.execute(turned).scalars(), *db.session.execute(unseen).scalars()]


def look_at(*, by: Actor, case: Case) -> None:
    """Write down the age of today, and what follows from it."""
    known = ages.keep_anew(case)
    if not known.is_held(today()):
        held_ages.let_go(by, case)
    held_ages.ask_if_near(by, case)
    _review_before(by, case, known)
    if case.childhood == ages.Childhood.GROWN:
        _grown(by, case)


def _grown(by: Actor, case: Case) -> None:
    """An adult from now on: what was decided for the child stays as history."""
    if "child" in case.categories:
        # The code alone: what the section says stays as it was written, and a task opens none.
        case.categories = [code for code in case.categories if code != "child"]
        timeline.add(by=by, case=case, kind="grown_up")
    if not case.is_active:
        return
    for kind in (*DAYS, "ageing_out"):
        tasks.finish_kind(by=by, case=case, kind=kind)
    _ask_them_anew(by, case)
    signals.grown_up.send(case, by=by)


def _ask_them_anew(by: Actor, case: Case) -> None:
    """What a guardian answered for the child is asked of the adult."""
    if consent.stands_by_guardian(case) and not tasks.stands(case, "consent_renewal"):
        tasks.add(by=by, case=case, kind="consent_renewal", due_on=today())


def answer(*, by: Actor, case: Case, agrees: bool, words: str = "", read: str = "") -> None:
    """A second person agrees that a child is an adult; or not, and they go on to count as a child.
    ``read``: the :func:`casework.core.held_ages.mark` of what they had before them.

    Raises :class:`models.rules.RuleBroken` where nothing waits, for who changed it, for who read
    something else, and for somebody who does not agree and does not say why.
    """
    open_ = held_ages.waiting(case)
    if not case.is_active or open_ is None or case.age_held is None:
        raise RuleBroken(_("Nothing about the age waits for a second person here."))
    if read and read != held_ages.mark(case):
        raise RuleBroken(
            _("What is known of the age was changed since you read it. Read it again.")
        )
    if not held_ages.may_answer(by, case, open_):
        raise RuleBroken(_("Who changed the age is not the second person. Somebody else agrees."))
    if not agrees and not words:
        raise RuleBroken(_("Say why you do not agree."), "words")
    approvals.decide(by=by, approval=open_, yes=agrees, has_read=True, note=words)
    if not agrees:
        held_ages.refused(case)
    else:
        case.age_held = None
        look_at(by=by, case=case)
        if case.childhood == ages.Childhood.STATED:  # never was a child, as it is known now
            _grown(by, case)
        signals.clearance_changed.send(case, by=by)

"""Nobody alone makes a child an adult: what would, by a change of the birth, of an assessment or of
a category, counts once a second person agreed to it. Until then the child is treated as one.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from access.actors import Actor
from casework.core import ages, approvals
from casework.core.protection import newest
from encryption.signing import keyed_digest
from models.base import today
from models.cases import Case
from models.rules import stated
from models.sealed import keyring
from models.states import ApprovalState
from models.work import Approval

WHAT = approvals.GROWN
_BY_BIRTH = frozenset({ages.Childhood.CHILD, ages.Childhood.MAYBE})


@dataclass(frozen=True)
class Stood:
    """Before a change: whether somebody counted as a child, and until when by what was known."""

    was_child: bool
    until: date = ages.NEVER


def stood(case: Case) -> Stood:
    """What stands now, before it is changed."""
    if not ages.counts_as_child(case):
        return Stood(was_child=False)
    known, on = ages.known_of(case), today()
    if known.held_until is not None and known.is_held(on):
        return Stood(was_child=True, until=known.held_until)
    grown = ages.grows_up(known)
    is_by_birth = ages.childhood(known, on) in _BY_BIRTH and grown is not None and grown > on
    return Stood(was_child=True, until=grown if is_by_birth and grown else ages.NEVER)


@stated("age")
def settle(*, by: Actor, case: Case, before: Stood, anew: bool = False) -> None:
    """Who counted as a child goes on to, until somebody else agrees that they are an adult, or
    until they are one by what was known before: nobody makes a child an adult alone. What was not
    agreed to is asked once more where something else is known, or it was written ``anew``.

    Source: ours; in doubt a child: Council of Europe Convention on Action against Trafficking in
    Human Beings, art. 10(3).
    """
    asked = _asked(case)
    if not before.was_child or _is_child_by(case):
        let_go(by, case)
    elif anew or (case.age_held or {}).get("asked") != asked:
        case.age_held = {"until": before.until.isoformat(), "asked": asked}
        _call_off(by, case)
        approvals.ask(by=by, case=case, what=WHAT)
    ages.keep_anew(case)


def _is_child_by(case: Case) -> bool:
    """Whether what is known makes the person a child, without what nobody agreed to."""
    known = replace(ages.known_of(case), held_until=None)
    return ages.is_child(ages.childhood(known, today()), case)


def _asked(case: Case) -> list[Any]:
    """What a second person agrees to: the days of birth, the assessment, the category."""
    known = ages.known_of(case)
    born = [known.born.first.isoformat(), known.born.last.isoformat()] if known.born else []
    return [born, dict(known.assessed), "child" in case.categories]


def let_go(by: Actor, case: Case) -> None:
    """Nothing is held any more: a child by all that is known, agreed to, or grown up by now."""
    if case.age_held is None:
        return
    case.age_held = None
    _call_off(by, case)


def _call_off(by: Actor, case: Case) -> None:
    open_ = waiting(case)
    if open_ is not None:
        approvals.withdraw(by=by, approval=open_)


def waiting(case: Case) -> Approval | None:
    """The question to a second person that is open, if there is one."""
    asked = approvals.latest(case, WHAT)
    return asked if asked is not None and asked.state == ApprovalState.ASKED else None


def is_held(case: Case) -> bool:
    """Whether somebody counts as a child today only because nobody else agreed to the contrary."""
    return case.childhood == ages.Childhood.DOUBTED and case.age_held is not None


def mark(case: Case) -> str:
    """What a page shows of an age, in a word that tells nothing of it."""
    content = json.dumps([_asked(case), case.age_held], sort_keys=True).encode()
    return keyed_digest(keyring().derive("looks"), content).hex()[:32]


@stated("age: second person")
def may_answer(by: Actor, case: Case, asked: Approval) -> bool:
    """The second person is somebody else than who changed it, and than who assessed the age.

    Source: ours.
    """
    assessment = newest(case, "age")
    wrote = {assessment.made_by_id, assessment.changed_by_id} if assessment else set()
    return by.id is not None and by.id not in {asked.asked_by_id, *wrote}

"""Nobody alone makes a child an adult: what would, by a change of the birth, of an assessment or of
a category, counts once a second person agreed to it. Until then the child is treated as one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from access.actors import Actor
from casework.core import ages, approvals
from casework.core.protection import newest
from encryption.signing import keyed_digest
from models.base import today
from models.cases import Case
from models.dates import months_after
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
    ends, held = _ends(case), ages.known_of(case).held_until
    if held is not None and held > today():
        return Stood(was_child=True, until=max(held, ends))
    # A child today by what cannot be read here is one for as long as nobody says otherwise.
    return Stood(was_child=True, until=ends if ends > today() else ages.NEVER)


@stated("age")
def settle(*, by: Actor, case: Case, before: Stood, anew: bool = False) -> None:
    """Who counted as a child goes on to as long as they would have by what was known before, unless
    somebody else agrees that they are an adult earlier: nobody makes a child an adult alone, today
    or tomorrow. What was not agreed to is asked once more where something else is known, or it was
    written ``anew``.

    Source: ours; in doubt a child: Council of Europe Convention on Action against Trafficking in
    Human Beings, art. 10(3).
    """
    if not before.was_child:
        let_go(by, case)
    elif _ends(case) < before.until:
        _hold(by, case, before.until, anew=anew)
    elif case.age_held is None or _plain(case) in _BY_BIRTH:
        let_go(by, case)
    else:  # a child by a word, or while an age is assessed: who wrote what before stays known
        _call_off(by, case)
    ages.keep_anew(case)
    ask_if_near(by, case)


def _hold(by: Actor, case: Case, until: date, *, anew: bool) -> None:
    held, asked = case.age_held or {}, _asked(case)
    if not anew and held.get("asked") == asked:
        if until > date.fromisoformat(held["until"]):  # another case of theirs says longer
            case.age_held = {**held, "until": until.isoformat()}
        return
    _call_off(by, case)
    wrote = sorted({*held.get("by", ()), *([by.id] if by.id is not None else [])})
    case.age_held = {"until": until.isoformat(), "asked": asked, "by": wrote, "open": True}


def ask_if_near(by: Actor, case: Case) -> None:
    """Ask for a second person where what is written makes an adult by now, or within two months."""
    held = case.age_held
    if held is None or not held["open"] or not case.is_active or waiting(case) is not None:
        return
    if date.fromisoformat(held["until"]) <= today():
        return
    if _ends(case) <= months_after(today(), ages.BEFORE[0]):
        approvals.ask(by=by, case=case, what=WHAT)


def of_one_person(*, by: Actor, case: Case, others: Sequence[Case]) -> None:
    """Who is a child in one case is one in each: nobody grows up by being registered again."""
    every = (case, *others)
    until = [before.until for each in every if (before := stood(each)).was_child]
    for each in every if until else ():
        if each.office_id == case.office_id:
            settle(by=by, case=each, before=Stood(was_child=True, until=max(until)))


def _plain(case: Case) -> ages.Childhood:
    """What is known today, without what nobody agreed to."""
    return ages.childhood(replace(ages.known_of(case), held_until=None), today())


def _ends(case: Case) -> date:
    """From which day the person is no child any more by what is written; today where they are none,
    :data:`ages.NEVER` where no day ends it.
    """
    stands = _plain(case)
    if not ages.is_child(stands, case):
        return today()
    grown = ages.grows_up(replace(ages.known_of(case), held_until=None))
    return grown if stands in _BY_BIRTH and grown and grown > today() else ages.NEVER


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
    if case.childhood != ages.Childhood.DOUBTED or case.age_held is None:
        return False
    return not ages.is_child(_plain(case), case)


def was_refused(case: Case) -> bool:
    """Whether a second person did not agree, and nothing else is known since."""
    return case.age_held is not None and not case.age_held["open"]


def adult_on(case: Case) -> date:
    """The day of adulthood by what is written now."""
    return _ends(case)


def refused(case: Case) -> None:
    """A second person did not agree: nobody is asked again before something else is known."""
    case.age_held = {**(case.age_held or {}), "open": False}


def mark(case: Case) -> str:
    """What a page shows of an age, in a word that tells nothing of it."""
    content = json.dumps([_asked(case), case.age_held], sort_keys=True).encode()
    return keyed_digest(keyring().derive("looks"), content).hex()[:32]


@stated("age: second person")
def may_answer(by: Actor, case: Case, asked: Approval) -> bool:
    """The second person is somebody else than everybody who wrote what makes an adult of a child,
    and than who assessed the age.

    Source: ours.
    """
    assessment, wrote = newest(case, "age"), set((case.age_held or {}).get("by", ()))
    if assessment is not None:
        wrote |= {assessment.made_by_id, assessment.changed_by_id}
    return by.id is not None and by.id not in {asked.asked_by_id, *wrote}

"""How old a person is on a day, as far as it is known: the one place that protection, shelter,
screening, return and letters ask.

In this order: the newest age assessment; what is known of the birth; the caseworker's word. The
youngest possible age decides what protects a person: whose age is uncertain, and who may be a
child, is treated as one until it is verified (Council of Europe Convention on Action against
Trafficking in Human Beings, art. 10(3)). Statistics count otherwise: :mod:`.coded_fields`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from casework.core import gathered
from models import births, name_cards
from models.base import db, today
from models.births import ADULT, BANDS, Days, band_of, birthday
from models.cases import Case
from models.dates import months_after
from models.rules import stated
from models.witnessed import change_all

CHILD_BANDS = frozenset({"0-13", "14-17"})
NEVER = date(9999, 12, 31)  # nothing changes any more
UNCERTAIN = "maybe"  # in place of an age group: may be under 18, and is treated so
BEFORE = (2, 1)  # months before the 18th birthday: the review is set, and falls due


class Childhood(StrEnum):
    """What is known of whether somebody is a child, on a day."""

    CHILD = "child"
    MAYBE = "maybe"  # may be under 18, and may be older: treated as a child
    DOUBTED = "doubted"  # an assessment waits, or left it in doubt: treated as a child
    GROWN = "grown"  # was a child when the case was opened, or an assessment found an adult
    STATED = "stated"  # an adult by what was stated: the caseworker's word may stand against it
    UNKNOWN = ""  # the caseworker's word alone


_CHILDREN = frozenset({Childhood.CHILD, Childhood.MAYBE, Childhood.DOUBTED})
_BY_WORD = frozenset({Childhood.STATED, Childhood.UNKNOWN})


@dataclass(frozen=True)
class Known:
    """What is known of a person's age: the days of birth that fit, the assessment, the day on which
    the case was opened; until when a child still counts as one, whatever else was written since.

    ``assessed``: ``status``, ``result``, ``on`` (ISO), ``least`` and ``most`` years then found.
    """

    born: Days | None
    assessed: Mapping[str, Any]
    opened_on: date
    held_until: date | None = None

    def is_held(self, on: date) -> bool:
        """Whether nobody else agreed yet that who was a child is an adult."""
        return self.held_until is not None and on < self.held_until

    @property
    def found(self) -> str:
        """What the assessment found: child, adult, doubt; open while it waits; empty without."""
        status = self.assessed.get("status", "")
        if status == "done":
            return str(self.assessed.get("result") or "")
        return "open" if status in {"needed", "ongoing"} else ""

    @property
    def days(self) -> Days | None:
        """The days of birth that count: by the assessment where it gives an age."""
        least, most = self.assessed.get("least"), self.assessed.get("most")
        if self.found not in {"child", "adult", "doubt"} or (least is None and most is None):
            return self.born
        low = int(least if least is not None else most or 0)
        high = int(most if most is not None else low)
        return births.aged(low, max(low, high), date.fromisoformat(self.assessed["on"]))

    @property
    def is_by_assessment(self) -> bool:
        """Whether the days of birth come from the assessment."""
        return self.days is not self.born


@stated("age")
def childhood(known: Known, on: date) -> Childhood:
    """Whether a person is a child on a day: the newest age assessment decides before what was
    stated, the youngest possible age where a part is not known; in doubt, a child.

    Source: Council of Europe Convention on Action against Trafficking in Human Beings, art. 10(3);
    Convention on the Rights of the Child, art. 1.

    Set aside: by an age assessment that finds an adult, by more than a medical examination, once a
    second person agreed.
    """
    stands = _plainly(known, on)
    return Childhood.DOUBTED if known.is_held(on) and stands not in _CHILDREN else stands


def _plainly(known: Known, on: date) -> Childhood:
    if known.found == "open":
        return Childhood.DOUBTED
    if known.found == "adult":
        return Childhood.GROWN
    if known.found in {"child", "doubt"} and not _agrees(known):
        return Childhood.CHILD if known.found == "child" else Childhood.DOUBTED
    return _by_birth(known, on)


def _agrees(known: Known) -> bool:
    """Whether the days of birth fit what the assessment found: then they say when it is over."""
    if known.is_by_assessment:
        return True
    on = date.fromisoformat(known.assessed["on"]) if known.assessed.get("on") else known.opened_on
    return known.born is not None and known.born.youngest(on) < ADULT


def _by_birth(known: Known, on: date) -> Childhood:
    days = known.days
    if days is None:
        return Childhood.UNKNOWN
    if days.youngest(on) < ADULT:
        return Childhood.CHILD if days.oldest(on) < ADULT else Childhood.MAYBE
    was_child = days.youngest(known.opened_on) < ADULT or known.is_by_assessment
    return Childhood.GROWN if was_child else Childhood.STATED


def band(known: Known, on: date) -> str:
    """The age group of the youngest possible age on a day; empty where no age is known."""
    if known.days is None:
        return ""
    return band_of(known.days.youngest(on))


def known_of(case: Case) -> Known:
    """What is known of the person of a case. Opens the card of the index, no compartment."""
    card = gathered.answer(
        "cards", case.id, case.id, lambda: name_cards.opened([case.id]).get(case.id)
    )
    return _known(case, (card or {}).get("birth"))


def _known(case: Case, birth: Mapping[str, Any] | None) -> Known:
    held = date.fromisoformat(case.age_held["until"]) if case.age_held else None
    return Known(births.possible(birth), case.age_assessed or {}, case.opened_on, held)


def counts_as_child(case: Case, on: date | None = None) -> bool:
    """Whether a person is to be treated as a child on a day; today where none is given.

    Today opens nothing.
    """
    if case.childhood is None:  # of before: not looked at yet
        return case.age_band in CHILD_BANDS or "child" in case.categories
    if on is None or on == today():
        stands = Childhood(case.childhood)
    else:
        stands = childhood(known_of(case), on)
    return is_child(stands, case)


def is_child(stands: Childhood, case: Case) -> bool:
    """Whether who stands so is treated as a child, where nothing is known by the worker's word."""
    return stands in _CHILDREN or (stands in _BY_WORD and "child" in case.categories)


@stated("identification: elements")
def was_child(case: Case, *, told: str, age_then: int | None, began_in: int | None) -> bool:
    """Whether a person was a child at any time while it was done to them: is one today, was one by
    what they tell, or by the youngest possible age in the year in which it began. Then the means
    do not matter.

    Source: Palermo Protocol, art. 3(c), (d).
    """
    if counts_as_child(case) or told == "yes" or (age_then is not None and age_then < ADULT):
        return True
    if began_in is None:
        return False
    days = known_of(case).days
    return days is not None and days.youngest(date(began_in, 1, 1)) < ADULT


def keep(case: Case, birth: Mapping[str, Any] | None) -> None:
    """Write down what lists show of an age today, and the day on which that changes."""
    for name, value in _shown(_known(case, birth)).items():
        setattr(case, name, value)


def keep_anew(case: Case) -> Known:
    """The same, from what is known of the birth already; gives all that is known.

    Nobody worked on the case for it: its place in lists and its revision stay. Where its card is
    held elsewhere, what stands stays as it is.
    """
    card = name_cards.opened([case.id]).get(case.id)
    known = _known(case, (card or {}).get("birth"))
    if card is not None:
        db.session.flush()
        quietly = {"changed_at": Case.changed_at, "revision": Case.revision}
        change_all(Case, Case.id == case.id, **_shown(known), **quietly)
    return known


def _shown(known: Known) -> dict[str, Any]:
    on = today()
    stands = childhood(known, on)
    is_uncertain = stands in {Childhood.MAYBE, Childhood.DOUBTED}
    return {
        "age_band": UNCERTAIN if is_uncertain else band(known, on),
        "childhood": stands.value,
        "age_turns": turns(known, on),
    }


def turns(known: Known, on: date) -> date:
    """The next day on which group, childhood or what is due before the 18th birthday changes."""
    days, changes = known.days, [known.held_until or NEVER]
    if days is not None:
        changes += [birthday(days.last, top + 1) for top, _name in BANDS[:-1]]
        changes += [birthday(days.first, ADULT), *_before(days)]
    return min((day for day in changes if day > on), default=NEVER)


def grows_up(known: Known) -> date | None:
    """The day from which a person is certainly an adult; None where that is not known."""
    return birthday(known.days.last, ADULT) if known.days else None


def _before(days: Days) -> list[date]:
    grown = birthday(days.last, ADULT)
    return [months_after(grown, -count) for count in BEFORE]


def review_before(known: Known, on: date) -> date | None:
    """Until when the plan is reviewed before the 18th birthday; None where it is not near."""
    grown = grows_up(known)
    if grown is None or not months_after(grown, -BEFORE[0]) <= on < grown:
        return None
    return max(on, months_after(grown, -BEFORE[1]))


def past(days: int) -> list[date]:
    """Today and so many days before: on which ages may have changed without anybody looking."""
    return [today() - timedelta(days=count) for count in range(days)]

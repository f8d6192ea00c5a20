"""Where an interview, the signs found and the decision say opposite things: named on the page, so
that whoever reads asks again. Nothing is decided by it, and nothing is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from casework.core.protection import newest
from models.cases import Case
from standards import first_signs, indicators
from standards.lists import label

Said = Mapping[str, Any]
# Signs that somebody could not go where they wished, by the question under which they stand.
_KEPT_IN = (
    ("coerced", "isolation"),
    ("held", "isolation"),
    ("general", "cannot_leave"),
    ("general", "movements"),
    ("domestic", "never_out"),
    ("labour", "watched"),
)
_FIRST = {
    "general": first_signs.GENERAL,
    "domestic": first_signs.DOMESTIC,
    "labour": first_signs.LABOUR,
}


def of(case: Case) -> list[str]:
    """What contradicts itself in the newest interview and the newest signs. Opens both."""
    interview, signs = (_content(case, kind) for kind in ("interview", "indicators"))
    return list(found(interview, signs, case.protection))


def _content(case: Case, kind: str) -> Said:
    record = newest(case, kind)
    return dict(record.content) if record is not None else {}


def found(interview: Said, signs: Said, decided: Said) -> Iterator[str]:
    """The same, of what is given."""
    yield from _free_and_kept_in(interview, signs)
    if interview.get("still_in") == "yes" and interview.get("safe_to_write") == "yes":
        yield _("Still in the situation, and safe to write or call: ask who reads what is sent.")
    present = set(interview.get("present") or ())
    if "nobody" in present and present - {"nobody"}:
        yield _("“Nobody else” was there, and somebody is ticked beside it.")
    if interview.get("child_then") == "no":
        if signs.get("children"):
            yield _("Never under 18 while it was done, and signs of children are ticked.")
        if _below_18(decided.get("age_then")):
            yield _(
                "Never under 18 while it was done, and the age when it began is written as "
                "%(age)s.",
                age=decided["age_then"],
            )
    if interview.get("others") == "no" and interview.get("others_words"):
        yield _("Nobody else is at risk, and it is written who is.")
    if decided.get("decision") == "not" and len(indicators.supported(signs, child=False)) == 3:
        yield _("Decided not to be a victim, and the signs support act, means and purpose.")


def _below_18(age: Any) -> bool:
    return isinstance(age, int) and age < 18


def _free_and_kept_in(interview: Said, signs: Said) -> Iterator[str]:
    if signs.get("could_leave") != "yes":
        return
    kept_in = [_word(part, code) for part, code in _KEPT_IN if code in (signs.get(part) or ())]
    if "locked" in (interview.get("hindered") or ()):
        kept_in.append(_("Locked in or watched"))
    if kept_in:
        yield _("Free to leave, and at the same time: %(signs)s.", signs="; ".join(kept_in))


def _word(part: str, code: str) -> str:
    if part in _FIRST:
        return label(_FIRST[part], code)
    of_part = next(each for each in indicators.PARTS if each.code == part)
    return str(next(sign.label for sign in of_part.signs if sign.code == code))

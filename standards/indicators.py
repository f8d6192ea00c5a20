"""The operational indicators of trafficking in human beings: which sign stands in which part of the
definition, and how strong it is.

After: International Labour Office and European Commission, "Operational indicators of trafficking
in human beings. Results from a Delphi survey" (2009; ilo.org, WCMS_105023), in our own words, with
thanks. Its record gives 10, 10, 16, 9, 15 and 7 signs for adults in labour, as stand here. The
strengths for labour were read in a copy by others, those for sexual exploitation are known in part:
all are to be verified (:data:`VERIFIED`), and the pages say so.

Signs explain what supports an element. They are no measure of a person, and nothing is added up
beyond the source's own rule for one part of the definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from standards.lists import Options

SOURCE = "ILO and European Commission, Operational indicators of trafficking in human beings, 2009"
VERIFIED = False
STRONG, MEDIUM, WEAK = "S", "M", "W"
STRENGTHS: Options = ((STRONG, _l("strong")), (MEDIUM, _l("medium")), (WEAK, _l("weak")))
FIELDS: Options = (
    ("labour", _l("Labour")),
    ("sexual", _l("Sexual exploitation")),
)


@dataclass(frozen=True)
class Sign:
    """One indicator. ``child``: its strength for children; empty where their list lacks it."""

    code: str
    label: Any
    adult: str
    child: str


@dataclass(frozen=True)
class Part:
    """One of the six parts of the definition: what it supports, and the signs of it."""

    code: str
    label: Any
    supports: tuple[str, ...]
    signs: tuple[Sign, ...]

    def options(self) -> list[tuple[str, str]]:
        """The signs with their strength, to tick."""
        return [(sign.code, f"{sign.label} ({_strength(sign)})") for sign in self.signs]


def _strength(sign: Sign) -> str:
    names = {code: str(word) for code, word in STRENGTHS}
    if sign.adult == sign.child:
        return names[sign.adult]
    if not sign.child:
        return _("%(strength)s; for a child not listed", strength=names[sign.adult])
    return _(
        "%(strength)s; for a child %(other)s", strength=names[sign.adult], other=names[sign.child]
    )


def _signs(*rows: tuple[str, Any, str]) -> tuple[Sign, ...]:
    """``strengths``: of adults, then of children; a dash where their list lacks it."""
    return tuple(
        Sign(code, label, strengths[0], strengths[1].strip("-")) for code, label, strengths in rows
    )


PARTS: tuple[Part, ...] = (
    Part(
        "deceived",
        _l("Deceptive recruitment"),
        ("act", "means"),
        _signs(
            ("job", _l("Deceived about the work, the place or the employer"), "SS"),
            ("wages", _l("Deceived about pay"), "MM"),
            ("conditions", _l("Deceived about conditions of work"), "MM"),
            ("contract", _l("Deceived about the contract, or whether it was lawful"), "MM"),
            ("housing", _l("Deceived about housing and living conditions"), "MM"),
            ("documents", _l("Deceived about documents or lawful migration status"), "MM"),
            ("travel", _l("Deceived about the journey and the terms of recruitment"), "MM"),
            ("family", _l("Deceived about joining the family"), "MM"),
            ("marriage", _l("Deceived by a promise of marriage or adoption"), "MM"),
            ("education", _l("Deceived about access to education"), "WS"),
        ),
    ),
    Part(
        "coerced",
        _l("Coercive recruitment"),
        ("act", "means"),
        _signs(
            ("violence", _l("Violence against the person"), "SS"),
            ("abduction", _l("Abducted, sold, or forced into marriage or adoption"), "MS"),
            ("papers", _l("Documents taken away"), "MM"),
            ("debt", _l("Bound by a debt"), "MS"),
            ("isolation", _l("Isolated, locked in or watched"), "MM"),
            ("denounce", _l("Threat to denounce them to the authorities"), "MM"),
            ("threats", _l("Threats of violence against the person"), "MS"),
            ("shame", _l("Threat to tell family, community or the public"), "MM"),
            ("family", _l("Violence against the family, threatened or real"), "MM"),
            ("money", _l("Money withheld"), "MM"),
        ),
    ),
    Part(
        "vulnerable",
        _l("Recruitment by abuse of vulnerability"),
        ("act", "means"),
        _signs(
            ("family_abused", _l("A difficult family situation was abused"), "MM"),
            ("status", _l("Lack of lawful status was abused"), "MM"),
            ("education", _l("Lack of education or of the language was abused"), "MM"),
            ("information", _l("Lack of information was abused"), "MM"),
            ("controlled", _l("Under the control of those who exploit"), "MM"),
            ("economic", _l("Economic reasons"), "MM"),
            ("law", _l("False information about law and authorities"), "M-"),
            ("success", _l("False information about successful migration"), "MM"),
            ("family", _l("Family situation"), "MM"),
            ("personal", _l("Personal situation"), "MM"),
            ("emotional", _l("Dependent in feelings or mind"), "MM"),
            ("authorities", _l("Relation to the authorities, legal status"), "MM"),
            ("past", _l("Difficulties in the past"), "MM"),
            ("travel", _l("Unable to arrange the journey themselves"), "MM"),
            ("belief", _l("Beliefs or culture were abused"), "WM"),
            ("context", _l("General situation: conflict, disaster, politics"), "WM"),
        ),
    ),
    Part(
        "exploited",
        _l("Exploitation"),
        ("purpose",),
        _signs(
            ("hours", _l("Excessive days or hours of work"), "SS"),
            ("living", _l("Bad living conditions"), "MM"),
            ("hazards", _l("Dangerous work"), "MM"),
            ("pay", _l("Low pay or none"), "MM"),
            ("law", _l("Labour law or contract not respected"), "MM"),
            ("social", _l("No social protection"), "M-"),
            ("working", _l("Very bad conditions of work"), "MM"),
            ("deductions", _l("Pay manipulated: fines, deductions, middlemen"), "MM"),
            ("education", _l("No access to education"), "WM"),
        ),
    ),
    Part(
        "held",
        _l("Coercion at destination"),
        ("means",),
        _signs(
            ("papers", _l("Documents taken away"), "SS"),
            ("debt", _l("Bound by a debt"), "SS"),
            ("isolation", _l("Isolated, locked in or watched"), "SS"),
            ("violence", _l("Violence against the person"), "SS"),
            ("crime", _l("Forced into unlawful acts"), "MS"),
            ("tasks", _l("Forced tasks or clients"), "MS"),
            ("peers", _l("Forced to act against others in the same situation"), "MM"),
            ("lies", _l("Forced to lie to authorities or family"), "MM"),
            ("denounce", _l("Threat to denounce them to the authorities"), "MM"),
            ("worse", _l("Threat of even worse conditions"), "MM"),
            ("threats", _l("Threats of violence against the person"), "MS"),
            ("influence", _l("Under strong influence"), "MS"),
            ("family", _l("Violence against the family, threatened or real"), "MM"),
            ("wages", _l("Wages withheld"), "MM"),
            ("shame", _l("Threat to tell family, community or the public"), "WM"),
        ),
    ),
    Part(
        "dependent",
        _l("Abuse of vulnerability at destination"),
        ("means",),
        _signs(
            ("dependency", _l("Dependent on those who exploit"), "MM"),
            ("unknown", _l("Unable to live in an unknown place"), "MM"),
            ("economic", _l("Economic reasons"), "MM"),
            ("family", _l("Family situation"), "MM"),
            ("authorities", _l("Relation to the authorities, legal status"), "MM"),
            ("past", _l("Difficulties in the past"), "WM"),
            ("personal", _l("Personal characteristics"), "WM"),
        ),
    ),
)
# Where the lists for sexual exploitation say otherwise than those for labour, as far as known.
_SEXUAL: Mapping[tuple[str, str], tuple[str, str]] = {
    ("exploited", "hours"): (MEDIUM, MEDIUM),
    ("exploited", "hazards"): (MEDIUM, STRONG),
    ("held", "tasks"): (STRONG, STRONG),
}


def strength(part: Part, sign: Sign, *, child: bool, field: str) -> str:
    """How strong a sign is in the list that fits the person; empty where that list lacks it."""
    of_labour = (sign.adult, sign.child)
    adult, young = (
        _SEXUAL.get((part.code, sign.code), of_labour) if field == "sexual" else of_labour
    )
    return young if child else adult


@dataclass(frozen=True)
class Found:
    """What was ticked of one part, by strength, and whether that is enough by the source's rule."""

    part: Part
    strong: int
    medium: int
    weak: int

    @property
    def ticked(self) -> bool:
        """Whether anything was."""
        return bool(self.strong or self.medium or self.weak)

    @property
    def is_there(self) -> bool:
        """Two strong signs; or a strong one and another; or three medium; or two and a weak one."""
        others = self.medium + self.weak
        return (
            self.strong >= 2
            or (self.strong == 1 and others >= 1)
            or self.medium >= 3
            or (self.medium == 2 and self.weak >= 1)
        )


def found(answers: Mapping[str, Any], *, child: bool) -> list[Found]:
    """What the ticked signs show, part by part, in the order of the list."""
    field = answers.get("field") or "labour"
    results = []
    for part in PARTS:
        ticked = set(answers.get(part.code) or ())
        marks = [
            strength(part, sign, child=child, field=field)
            for sign in part.signs
            if sign.code in ticked
        ]
        results.append(Found(part, *(marks.count(one) for one in (STRONG, MEDIUM, WEAK))))
    return results


def supported(answers: Mapping[str, Any], *, child: bool) -> list[str]:
    """Which of act, means and purpose the parts that were found support."""
    there = {
        element
        for one in found(answers, child=child)
        if one.is_there
        for element in one.part.supports
    }
    return [element for element in ("act", "means", "purpose") if element in there]

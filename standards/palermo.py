"""Trafficking in persons as the Palermo Protocol defines it (art. 3): acts, means, purposes; and how
its words stand in the standard's lists (HTCDS), which know methods of control and types of
exploitation, not the Protocol's means and purposes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from standards.lists import Options

ACTS: Options = (
    ("recruitment", _l("Recruited")),
    ("transport", _l("Transported")),
    ("transfer", _l("Transferred")),
    ("harbouring", _l("Harboured")),
    ("receipt", _l("Received")),
)
MEANS: Options = (
    ("threat", _l("Threat of force")),
    ("force", _l("Use of force")),
    ("coercion", _l("Other coercion")),
    ("abduction", _l("Abduction")),
    ("fraud", _l("Fraud")),
    ("deception", _l("Deception")),
    ("power", _l("Abuse of power")),
    ("vulnerability", _l("Abuse of a position of vulnerability")),
    ("payments", _l("Payments or benefits to somebody who controls the person")),
)
PURPOSES: Options = (
    ("prostitution", _l("Exploitation of their prostitution")),
    ("sexual", _l("Another form of sexual exploitation")),
    ("labour", _l("Forced labour or services")),
    ("slavery", _l("Slavery, or practices similar to slavery")),
    ("servitude", _l("Servitude")),
    ("organs", _l("Removal of organs")),
    ("other", _l("Another exploitation that the law here names")),
)
# What the standard calls a method of control, and which of the Protocol's means it shows. Long
# hours, and what nobody put in words, are no means.
SHOWS: Mapping[str, str] = {
    "PhysicalThreats": "threat",
    "ThreatsLawEnforcement": "coercion",
    "ThreatensChildrenFamily": "threat",
    "DebtBondage": "coercion",
    "FalsePromises": "deception",
    "PhysicalAbuse": "force",
    "SexualAbuse": "force",
    "TakesEarnings": "coercion",
    "RestrictsFinancialAccess": "coercion",
    "RestrictsMedicalCare": "coercion",
    "WithholdsNecessities": "coercion",
    "PsychologicalAbuse": "coercion",
    "PsychoactiveSubstance": "vulnerability",
    "WithholdsDocuments": "coercion",
}
# How means and purposes go out in the standard's lists, where nothing nearer was ticked there.
_CONTROL = {
    "threat": "PhysicalThreats",
    "force": "PhysicalAbuse",
    "fraud": "FalsePromises",
    "deception": "FalsePromises",
}
_EXPLOITATION = {
    "prostitution": "SexualExploitation",
    "sexual": "SexualExploitation",
    "labour": "ForcedLabour",
    "servitude": "Servitude",
    "organs": "OrganRemoval",
}
OTHER = "Other"


def control_of(answers: Mapping[str, Any]) -> list[str]:
    """The standard's methods of control: what was ticked there, and what the means say of it."""
    ticked = list(answers.get("control") or ())
    shown = {SHOWS.get(code) for code in ticked}
    meant = [means for means in answers.get("means") or () if means not in shown]
    ticked += [_CONTROL.get(means, OTHER) for means in meant]
    return list(dict.fromkeys(ticked))


def exploitation_of(answers: Mapping[str, Any]) -> list[str]:
    """The standard's types of exploitation: what was ticked there, and what the purposes say."""
    ticked = list(answers.get("exploitation") or ())
    meant = [purpose for purpose in answers.get("purpose") or () if purpose in _EXPLOITATION]
    ticked += [_EXPLOITATION[purpose] for purpose in meant]
    return list(dict.fromkeys(ticked))


def act_is_there(answers: Mapping[str, Any]) -> bool:
    """Whether one of the Protocol's acts was found."""
    return bool(_known(answers.get("act"), ACTS))


def means_are_there(answers: Mapping[str, Any]) -> bool:
    """Whether one of the Protocol's means was found; "other" counts with words alone."""
    controlled = set(answers.get("control") or ())
    shown = controlled & SHOWS.keys()
    in_words = OTHER in controlled and answers.get("other_words")
    return bool(_known(answers.get("means"), MEANS) or shown or in_words)


def purpose_is_there(answers: Mapping[str, Any]) -> bool:
    """Whether exploitation was found; "other" counts with words alone."""
    meant = _known(answers.get("purpose"), PURPOSES)
    exploited = set(answers.get("exploitation") or ())
    in_words = (OTHER in exploited or "other" in meant) and answers.get("other_words")
    return bool(meant - {"other"} or exploited - {OTHER} or in_words)


def _known(codes: Iterable[str] | None, options: Options) -> set[str]:
    return set(codes or ()) & {code for code, _label in options}

"""The variables of the CTDC Global Synthetic Data (codebook version 2, February 2024), and how a
case of the HTCDS becomes a row of them.

Three lists of the HTCDS are finer than the CTDC's, or have no place there; what does not fit is
missing (null), never guessed.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.core import get_global

from standards import places

DATA = Path(__file__).parent / "data" / "ctdc_2024.json"
AGE_TOPS = (
    (8, "0--8"),
    (17, "9--17"),
    (20, "18--20"),
    (23, "21--23"),
    (26, "24--26"),
    (29, "27--29"),
    (38, "30--38"),
    (47, "39--47"),
    (200, "48+"),
)
GENDER = {
    "Feminine": "Woman", "Masculine": "Man", "TransgenderFeminine": "Trans/Transgender/NonConforming", "TransgenderMasculine": "Trans/Transgender/NonConforming",
    "NonConforming": "Trans/Transgender/NonConforming",
}  # fmt: skip
# Binary variable → codes of an HTCDS list, any of which makes it 1 (the codebook's merges, in the
# names of the HTCDS).
MEANS: dict[str, tuple[str, ...]] = {
    "meansDebtBondageEarnings": ("DebtBondage", "TakesEarnings"),
    "meansThreats": ("PhysicalThreats", "ThreatensChildrenFamily", "ThreatsLawEnforcement"),
    "meansAbusePsyPhySex": ("PsychologicalAbuse", "PhysicalAbuse", "SexualAbuse"),
    "meansFalsePromises": ("FalsePromises",),
    "meansDrugsAlcohol": ("PsychoactiveSubstance",),
    "meansDenyBasicNeeds": (
        "RestrictsFinancialAccess",
        "RestrictsMedicalCare",
        "WithholdsNecessities",
    ),
    "meansExcessiveWorkHours": ("ExcessiveWorkingHours",),
    "meansWithholdDocs": ("WithholdsDocuments",),
}
TYPES: dict[str, tuple[str, ...]] = {
    "isForcedLabour": ("ForcedLabour",),
    "isSexualExploit": ("SexualExploitation",),
    # The codebook names the first three and "other"; what has no variable of its own there is
    # other.
    "isOtherExploit": (
        "ForcedMarriage", "ForcedMilitaryByNonStateActors", "OrganRemoval", "Other", "ChildLabour", "Servitude", "ForcedBegging", "ForcedAdoption", "Surrogacy",
    ),
}  # fmt: skip
# By ISIC division, or by section where the variable is a whole one.
LABOUR: dict[str, tuple[str, ...]] = {
    "typeOfLabourAgriculture": ("01",),
    "typeOfLabourConstruction": ("41", "42", "43", "F_Construction"),
    "typeOfLabourDomesticWork": ("97", "98", "T_ActivitiesOfHouseholdsAsEmployers"),
    "typeOfLabourHospitality": ("55", "56", "I_AccommodationAndFoodServiceActivities"),
}
SEXUAL: dict[str, tuple[str, ...]] = {
    "typeOfSexProstitution": ("Prostitution",),
    "typeOfSexPornography": ("Pornography",),
}
# The HTCDS tells family, acquaintance, stranger. An acquaintance may be friend or partner: missing.
RECRUITER: dict[str, tuple[str, ...]] = {
    "recruiterRelationIntimatePartner": (), "recruiterRelationFriend": (), "recruiterRelationFamily": ("Familial",), "recruiterRelationOther": ("Unaquainted",),
}  # fmt: skip
GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "means": MEANS,
    "type": TYPES,
    "labour": LABOUR,
    "sexual": SEXUAL,
    "recruiter": RECRUITER,
}
Row = dict[str, str | int | None]


@lru_cache
def codebook() -> dict[str, Any]:
    """The codebook as shipped in ``data/ctdc_2024.json``."""
    loaded: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return loaded


@lru_cache
def names() -> tuple[str, ...]:
    """The names of the 27 variables, in the order of the codebook."""
    return tuple(variable["name"] for variable in codebook()["variables"])


@lru_cache
def values(name: str) -> tuple[str | int | None, ...]:
    """What a variable may hold; empty for years and countries."""
    return next(
        tuple(variable.get("values", ()))
        for variable in codebook()["variables"]
        if variable["name"] == name
    )


_FORMER = {"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD"}  # codes of states and names that ended


@lru_cache
def _alpha3() -> dict[str, str]:
    """ISO 3166-1 alpha-2 → alpha-3, from CLDR.

    Serbia includes Kosovo, as the codebook says (UN guidelines).
    """
    aliases = get_global("territory_aliases")
    found = {
        codes[0]: alias
        for alias, codes in aliases.items()
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and alias not in _FORMER
    }
    return found | {"XK": "SRB"}


def alpha3(country: str) -> str | None:
    """The three letters of a country; None where there is none, or somebody has none."""
    return None if country in places.NO_COUNTRY else _alpha3().get(country)


def age_band(age: int | None) -> str | None:
    """The broad age of the codebook."""
    return None if age is None else next(band for top, band in AGE_TOPS if age <= top)


def row(case: Mapping[str, Any]) -> Row:
    """The 27 variables of one person.

    ``case``: year (of registration), sex, age, citizenship and host (alpha-2), exploitation,
    control, industry, division, sexual, relation (HTCDS codes).
    Missing is None; binary variables are 1 or None, never 0 (codebook).
    """
    ticked = {
        "means": set(case["control"]), "type": set(case["exploitation"]), "labour": {*case["industry"], *case["division"]}, "sexual": set(case["sexual"]),
        "recruiter": {case["relation"]} - {""},
    }  # fmt: skip
    found: Row = {
        "yearOfRegistration": case["year"], "gender": GENDER.get(case["sex"]), "ageBroad": age_band(case["age"]), "citizenship": alpha3(case["citizenship"]),
        "CountryOfExploitation": alpha3(case["host"]), "traffickMonths": None,
    }  # fmt: skip
    for group, variables in GROUPS.items():
        found |= {
            name: 1 if ticked[group] & set(codes) else None for name, codes in variables.items()
        }
    return {name: found[name] for name in names()}


def percentages(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> tuple[int, dict[str, float]]:
    """The codebook's percentage rule for a group of binary variables: how many persons have at
    least one 1, and what share of them has each.

    Within these a missing value counts as 0; persons without any 1 are not in the denominator.
    Shares may add up to more than 100.
    """
    counted = [one for one in rows if any(one[name] == 1 for name in columns)]
    if not counted:
        return 0, dict.fromkeys(columns, 0.0)
    return len(counted), {
        name: 100 * sum(one[name] == 1 for one in counted) / len(counted) for name in columns
    }

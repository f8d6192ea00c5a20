"""Human Trafficking Case Data Standard 2.0 (IOM, CC BY 4.0): its fields and lists, and how its
toolkits spell them.

The toolkit workbooks carry a hidden row of field names above the visible row of labels. The two
disagree in places (one name is misspelt, one is missing, five address columns are in another order
than their labels). People fill in by the label they see, so where there is a row of labels, labels
win.
"""

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@lru_cache
def standard() -> dict[str, Any]:
    """The standard as shipped in ``data/htcds_2_0.json``."""
    loaded: dict[str, Any] = json.loads((DATA / "htcds_2_0.json").read_text("utf-8"))
    return loaded


def folded(text: str) -> str:
    """``text`` for comparing: letters and digits of its ASCII form, in lower case."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^a-z0-9]", "", plain.casefold())


@lru_cache
def options(field: str) -> tuple[tuple[str, str], ...]:
    """The list of ``field`` as (code, label), as printed in the standard."""
    for entry in standard()["fields"]:
        if entry["name"] == field:
            labels = entry["value_labels"] or entry["value_names"]
            return tuple(
                (code.strip(), label.strip())
                for code, label in zip(entry["value_names"], labels, strict=True)
            )
    raise KeyError(field)


@lru_cache
def codes(field: str) -> tuple[str, ...]:
    """The codes of ``field``."""
    return tuple(code for code, _ in options(field))


@lru_cache
def _spellings(field: str) -> dict[str, str]:
    return {folded(text): code for code, label in options(field) for text in (code, label)}


def code_of(field: str, text: str) -> str | None:
    """The code that ``text`` (code or label, any case and punctuation) stands for, or None."""
    return _spellings(field).get(folded(text))


@lru_cache
def _country_spellings() -> dict[str, str]:
    lists = standard()["toolkit_lists"]
    spelt = {
        folded(name): code
        for code, name in zip(lists["Country Code"], lists["Country"], strict=True)
    }
    spelt |= {folded(code): code for code in lists["Country Code"]}
    return spelt


def country_of(text: str) -> str | None:
    """The alpha-2 code of a country written as code or as the standard's name, or None."""
    return _country_spellings().get(folded(text))


# The columns of the toolkits, in their order there; both spellings of the header lead here.
TOOLKIT = {
    "cas_CaseOwner": "Case Owner",
    "prs_Salutation": "Salutation",
    "prs_FirstName": "First Name",
    "prs_SecondName": "Second Name",
    "con_Consent": "Consent",
    "prs_Birthdate": "Birthdate",
    "prs_Gender": "Gender",
    "prs_Citizenship": "Citizenship",
    "prs_Title": "Title",
    "prs_Email": "Email",
    "prs_HomePhone": "Home Phone",
    "prs_MobilePhone": "Mobile Phone",
    "prs_MailingStreet": "Mailing Street",
    "prs_MailingCity": "Mailing City",
    "prs_MailingState": "Mailing State/Province",
    "prs_MailingPostalCode": "Mailing Zip/Postal Code",
    "prs_MailingCountry": "Mailing Country",
    "vic_TraffickingStatus": "Trafficking Status",
    "vic_TraffickingStatusDecisionMakingOrg": "Trafficking Status Decision Making Organization",
    "vic_MethodOfRecruitment": "Method of Recruitment",
    "vic_LocationOfRecruitment": "Location of Recruitment",
    "vic_MethodsOfControl": "Methods of Control",
    "vic_TypeOfExploitation": "Type of Exploitation",
    "vic_ForcedLabourIndustry": "Forced Labour Industry",
    "vic_TypeOfSexExploitation": "Type of Sex Exploitation",
    "vic_LocationOfExploitation": "Location of Exploitation",
    "cas_Status": "Status",
    "cas_ReferringOrganisation": "Referring Organisation",
    "cas_IncomingReferralDate": "Incoming Referral Date",
    "cas_ReferringPrimaryCaseWorker": "Referring Primary Case Worker",
    "cas_ReasonForIncomingReferral": "Reason for Incoming Referral",
    "cas_IncomingReferralDetails": "Incoming Referral Details",
    "cas_ReferredOrganisation": "Referred Organisation",
    "cas_ReferredPrimaryCaseWorker": "Referred Primary Case Worker",
    "cas_ReasonForOutgoingReferral": "Reason for Outgoing Referral",
    "cas_OutgoingReferralDate": "Outgoing Referral Date",
    "cas_OutgoingReferralDetails": "Outgoing Referral Details",
    "cas_ReasonForCaseClosure": "Reason for Case Closure",
}
# Fields of the standard that have a home here and no column in the toolkits: they follow after
# those.
BEYOND = {
    "prs_MiddleName": "Middle Name",
    "prs_Deceased": "Deceased",
    "prs_MaritalStatus": "Marital Status",
    "prs_NumberOfChildren": "Number of Children",
    "prs_PrimaryLanguage": "Primary Language",
    "prs_SecondaryLanguage": "Secondary Language",
    "prs_HighestLevelOfEducation": "Highest Level of Education",
    "prs_IdentityNumber": "Identity Number",
    "vic_RelationshipToTrafficker": "Relationship to Trafficker",
    "vic_AgeWhenTrafficked": "Age when Trafficked",
    "vic_RecruitmentWebsitesAndApps": "Recruitment Websites and Apps",
    "vic_ExploitationWebsitesAndApps": "Exploitation Websites and Apps",
}
# What a case has several of: group → its fields. In a table the second and further ones carry a
# number, such as hte_City.2.
GROUPS: dict[str, tuple[str, ...]] = {
    "hte": (
        "hte_Type", "hte_Date", "hte_Street", "hte_City", "hte_State", "hte_PostalCode", "hte_Country", "hte_Latitude", "hte_Longitude", "hte_Description",
    ),
    "per": ("per_RoleInProcess", "per_RoleDetails"),
    "spl": ("spl_Objectives", "spl_ActionPlan", "spl_Type", "spl_PlannedEndDate"),
    "cco": ("cco_CaseComment",),
}  # fmt: skip
COLUMNS = TOOLKIT | BEYOND
MOST_IN_GROUP = 50
_MISSPELT = {"vic_TraffickinStatusDecisionMakingOrg": "vic_TraffickingStatusDecisionMakingOrg"}


@lru_cache
def _headers() -> dict[str, str]:
    spelt = {folded(label): name for name, label in COLUMNS.items()}
    spelt |= {folded(name): name for name in COLUMNS}
    return spelt | {folded(wrong): right for wrong, right in _MISSPELT.items()}


def column_of(header: str) -> str | None:
    """The field that a column header names (field name or label; survey groups before a slash are
    dropped), or None.
    """
    return (
        _headers().get(folded(header))
        or _headers().get(folded(header.rsplit("/", 1)[-1]))
        or _grouped(header)
    )


@lru_cache
def _group_fields() -> dict[str, str]:
    return {folded(name): name for fields in GROUPS.values() for name in fields}


def _grouped(header: str) -> str | None:
    """``hte_City`` or ``hte_City.2``, if that is what a header names."""
    name, _dot, number = header.strip().partition(".")
    known = _group_fields().get(folded(name))
    if known is None or (number and not (number.isdecimal() and 1 <= int(number) <= MOST_IN_GROUP)):
        return None
    return known if number in {"", "1"} else f"{known}.{int(number)}"


def in_groups(cells: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The cells of repeated groups of a row: group → its entries in order."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for column, cell in cells.items():
        name, _dot, number = column.partition(".")
        for group, fields in GROUPS.items():
            if name in fields:
                found.setdefault(group, {}).setdefault(int(number or 1), {})[name] = cell
    return {
        group: [entries[number] for number in sorted(entries)] for group, entries in found.items()
    }

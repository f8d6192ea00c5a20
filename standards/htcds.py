"""Human Trafficking Case Data Standard 2.0 (IOM, CC BY 4.0): its fields and lists, and how its toolkits spell them.

The toolkit workbooks carry a hidden row of field names above the visible row of labels. The two disagree in places
(one name is misspelt, one is missing, five address columns are in another order than their labels). People fill in by
the label they see, so where there is a row of labels, labels win.
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
    """``text`` for comparing names and labels: letters and digits of its ASCII form, in lower case."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^a-z0-9]", "", plain.casefold())


@lru_cache
def options(field: str) -> tuple[tuple[str, str], ...]:
    """The list of ``field`` as (code, label), as printed in the standard."""
    for entry in standard()["fields"]:
        if entry["name"] == field:
            labels = entry["value_labels"] or entry["value_names"]
            return tuple((code.strip(), label.strip()) for code, label in zip(entry["value_names"], labels, strict=True))
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
    spelt = {folded(name): code for code, name in zip(lists["Country Code"], lists["Country"], strict=True)}
    spelt |= {folded(code): code for code in lists["Country Code"]}
    return spelt


def country_of(text: str) -> str | None:
    """The alpha-2 code of a country written as code or as the standard's name, or None."""
    return _country_spellings().get(folded(text))


# The columns of the toolkits that Safeconduct has a home for; both spellings of the header lead here.
COLUMNS = {
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
_MISSPELT = {"vic_TraffickinStatusDecisionMakingOrg": "vic_TraffickingStatusDecisionMakingOrg"}


@lru_cache
def _headers() -> dict[str, str]:
    spelt = {folded(label): name for name, label in COLUMNS.items()}
    spelt |= {folded(name): name for name in COLUMNS}
    return spelt | {folded(wrong): right for wrong, right in _MISSPELT.items()}


def column_of(header: str) -> str | None:
    """The field that a column header names (field name or label; survey groups before a slash are dropped), or None."""
    return _headers().get(folded(header)) or _headers().get(folded(header.rsplit("/", 1)[-1]))

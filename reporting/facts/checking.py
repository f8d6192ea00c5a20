"""What is missing in a case, or contradicts itself, as codes.

What is late depends on the day and is asked of the engine.
"""

from flask_babel import lazy_gettext as _l

from models.states import CaseStatus, ReturnState, Sets
from reporting.facts.raw_rows import Row, Rows

# Code → what is wrong, and the page of the case where it is mended.
MISSING: dict[str, tuple[object, str]] = {
    "no_sex": (_l("Sex or gender is not recorded"), "sections.identity"),
    "no_age": (_l("No birth date or age"), "sections.identity"),
    "no_citizenship": (_l("Citizenship is not recorded"), "sections.identity"),
    "no_category": (_l("No category"), "sections.protection"),
    "no_risk": (_l("The risk is not assessed"), "sections.protection"),
    "no_owner": (_l("Nobody holds the case"), "casefile.show"),
    "no_decision": (
        _l("Victim of trafficking by category, but no decision after screening"),
        "sections.protection",
    ),
    "no_exploitation": (
        _l("Identified as a victim, but no type of exploitation"),
        "sections.protection",
    ),
    "no_reason": (_l("Closed without a reason"), "casefile.show"),
}
CONTRADICTING: dict[str, tuple[object, str]] = {
    "child_is_adult": (_l("Unaccompanied child by category, adult by age"), "sections.identity"),
    "not_a_victim": (_l("Victim by category, not a victim by decision"), "sections.protection"),
    "arrived_first": (_l("Arrived before departure"), "avrr.start"),
    "closed_before_opened": (_l("Closed before it was opened"), "casefile.show"),
    "closed_with_referral": (_l("Closed with a referral still open"), "referral.of_case"),
    "closed_with_return": (_l("Closed while a return is in preparation"), "avrr.start"),
    "visited_before_arrival": (_l("A follow-up before the arrival"), "avrr.start"),
}
LATE: dict[str, tuple[object, str]] = {
    "task_late": (_l("A task is past its day"), "casefile.show"),
    "follow_up_late": (_l("A follow-up visit is past its day"), "avrr.start"),
    "referral_late": (_l("A referral is past its time to be answered"), "referral.of_case"),
    "consent_ended": (_l("Consent has ended"), "casefile.consent"),
    "review_late": (_l("The review after 72 hours is late"), "casefile.show"),
}
_ADULT = {"18-34", "35-64", "65+"}


def faults(case: Row, rows: Rows) -> list[str]:
    """The codes of what is missing or contradictory in a case with its rows, in the order of the
    lists above.
    """
    there = _missing(case) | _contradicting(case, rows)
    return [code for code in (*MISSING, *CONTRADICTING) if there.get(code)]


def _missing(case: Row) -> dict[str, bool]:
    active = case["status"] != CaseStatus.CLOSED
    victim = "trafficking" in (case["categories"] or [])
    decision = case["trafficking_status"]
    return {
        "no_sex": case["sex"] in {"", "not_asked"},
        "no_age": not case["age_band"],
        "no_citizenship": not case["citizenship"],
        "no_category": not case["categories"],
        "no_risk": active and not case["risk"],
        "no_owner": active and case["owner_id"] is None,
        "no_decision": victim and not decision,
        "no_exploitation": decision == "actual" and not case["exploitation"],
        "no_reason": not active and not case["closure_reason"],
    }


def _contradicting(case: Row, rows: Rows) -> dict[str, bool]:
    categories = case["categories"] or []
    closed = case["status"] == CaseStatus.CLOSED
    referred = any(referral["state"] in Sets.REFERRAL_LIVE for referral in rows["referrals"])
    in_preparation = any(return_["state"] == ReturnState.PREPARING for return_ in rows["returns"])
    return {
        "child_is_adult": "child" in categories and case["age_band"] in _ADULT,
        "not_a_victim": "trafficking" in categories and case["trafficking_status"] == "not",
        "arrived_first": any(_arrived_first(return_) for return_ in rows["returns"]),
        "closed_before_opened": bool(case["closed_on"]) and case["closed_on"] < case["opened_on"],
        "closed_with_referral": closed and referred,
        "closed_with_return": closed and in_preparation,
        "visited_before_arrival": _visited_early(rows),
    }


def _arrived_first(return_: Row) -> bool:
    departed, arrived = return_["departed_on"], return_["arrived_on"]
    return bool(arrived) and (not departed or arrived < departed)


def _visited_early(rows: Rows) -> bool:
    arrivals = {
        return_["id"]: return_["arrived_on"] for return_ in rows["returns"] if return_["arrived_on"]
    }
    return any(
        visit["done_on"]
        and visit["return_id"] in arrivals
        and visit["done_on"] < arrivals[visit["return_id"]]
        for visit in rows["follow_ups"]
    )

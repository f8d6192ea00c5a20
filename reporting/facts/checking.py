"""What is missing in a case, or contradicts itself, as codes.

What is late depends on the day and is asked of the engine.
"""

from typing import Any

from flask_babel import lazy_gettext as _l

# Code → what is wrong, and the page of the case where it is mended.
MISSING: dict[str, tuple[object, str]] = {
    "no_sex": (_l("Sex or gender is not recorded"), "casefile.identity"),
    "no_age": (_l("No birth date or age"), "casefile.identity"),
    "no_citizenship": (_l("Citizenship is not recorded"), "casefile.identity"),
    "no_category": (_l("No category"), "casefile.protection"),
    "no_risk": (_l("The risk is not assessed"), "casefile.protection"),
    "no_owner": (_l("Nobody holds the case"), "casefile.show"),
    "no_decision": (
        _l("Victim of trafficking by category, but no decision after screening"),
        "casefile.protection",
    ),
    "no_exploitation": (
        _l("Identified as a victim, but no type of exploitation"),
        "casefile.protection",
    ),
    "no_reason": (_l("Closed without a reason"), "casefile.show"),
}
CONTRADICTING: dict[str, tuple[object, str]] = {
    "child_is_adult": (_l("Unaccompanied child by category, adult by age"), "casefile.identity"),
    "not_a_victim": (_l("Victim by category, not a victim by decision"), "casefile.protection"),
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
_UNDER_WAY = {"sent", "accepted", "in_service"}
_ADULT = {"18-34", "35-64", "65+"}


def faults(row: Any, rest: dict[str, list[dict[str, Any]]]) -> list[str]:
    """The codes of what is missing or contradictory in a case with its rows, in the order of the
    lists above.
    """
    has, open_ = row["categories"] or [], row["status"] != "closed"
    victim, status = "trafficking" in has, row["trafficking_status"]
    found = {
        "no_sex": row["sex"] in {"", "not_asked"},
        "no_age": not row["age_band"],
        "no_citizenship": not row["citizenship"],
        "no_category": not has,
        "no_risk": open_ and not row["risk"],
        "no_owner": open_ and row["owner_id"] is None,
        "no_decision": victim and not status,
        "no_exploitation": status == "actual" and not row["exploitation"],
        "no_reason": not open_ and not row["closure_reason"],
        "child_is_adult": "child" in has and row["age_band"] in _ADULT,
        "not_a_victim": victim and status == "not",
        "closed_before_opened": bool(row["closed_on"]) and row["closed_on"] < row["opened_on"],
        "closed_with_referral": not open_
        and any(one["state"] in _UNDER_WAY for one in rest["referrals"]),
        **_of_returns(rest, closed=not open_),
    }
    return [code for code in (*MISSING, *CONTRADICTING) if found.get(code)]


def _of_returns(rest: dict[str, list[dict[str, Any]]], *, closed: bool) -> dict[str, bool]:
    returns = rest["returns"]
    arrived = {one["id"]: one["arrived_on"] for one in returns if one["arrived_on"]}
    early = [
        one
        for one in rest["follow_ups"]
        if one["done_on"]
        and one["return_id"] in arrived
        and one["done_on"] < arrived[one["return_id"]]
    ]
    return {
        "arrived_first": any(
            one["arrived_on"] and (not one["departed_on"] or one["arrived_on"] < one["departed_on"])
            for one in returns
        ),
        "closed_with_return": closed and any(one["state"] == "preparing" for one in returns),
        "visited_before_arrival": bool(early),
    }

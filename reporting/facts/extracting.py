"""The facts of some cases, made from their raw rows: codes, days and numbers under the names of
:mod:`reporting.facts.columns`.

Who did not agree to be counted is there as work alone: no sex, no age, no country, no kind of help.
"""

from collections.abc import Sequence

from models.births import BANDS, band_of
from models.sealed import keyring
from models.states import HandoverState, Sets
from reporting.facts import profiles
from reporting.facts.checking import faults
from reporting.facts.columns import Facts
from reporting.facts.helps import helps
from reporting.facts.raw_rows import Row, Rows, cases_with_rows
from reporting.facts.surveys import day, moment, return_of, survey
from standards import lists

# The category that counts where a person has several: the first of these.
PRECEDENCE = ("trafficking", "child", "medical", "vulnerable", "smuggled", "stranded", "other")
_SEX = frozenset(code for code, _label in lists.SEX)

_BANDS = frozenset(name for _top, name in BANDS)


def extract(cases: Sequence[int]) -> list[Facts]:
    """The facts of ``cases`` (not more than some thousands), in order of their ids; erased cases
    give none.
    """
    secret = keyring().derive("facts/persons")
    return [
        _facts(case, rows, profiles.person_number(secret, case["person_id"]))
        for case, rows in cases_with_rows(cases)
    ]


def _facts(case: Row, rows: Rows, person: int) -> Facts:
    agreed = bool(case["statistics_agreed"])
    of_person = _of_person(case, rows) if agreed else {"helps": [], "surveys": []}
    return {
        "case_id": case["id"],
        "person": person,
        "office_id": case["office_id"],
        "owner_id": case["owner_id"],
        "status": case["status"],
        "risk": case["risk"],
        "opened_on": day(case["opened_on"]),
        "closed_on": day(case["closed_on"]),
        "agreed": agreed,
        "channel": case["channel"],
        "consent_until": day(case["consent_until"]),
        "review_due_on": day(case["review_due_at"]),
        "closure_reason": case["closure_reason"],
        "outcome": case["outcome"],
        "faults": faults(case, rows),
        **_work(case, rows),
        **of_person,
    }


def _work(case: Row, rows: Rows) -> dict[str, list[Facts]]:
    """What was done and is to do, whoever it was for."""
    return {
        "referrals": [_referral(referral) for referral in rows["referrals"]],
        "stays": [_stay(stay) for stay in rows["stays"]],
        "follow_ups": [_follow_up(visit, rows["returns"], case) for visit in rows["follow_ups"]],
        "payments": [_payment(entry) for entry in rows["payments"]],
        "tasks": [_task(task) for task in rows["tasks"] if task["kind"]],
    }


def _of_person(case: Row, rows: Rows) -> Facts:
    """What is counted of a person who agreed to it."""
    profile = profiles.opened(case["id"], case["profile_sealed"])
    categories = case["categories"] or []
    surveys = [survey(taken, rows["returns"]) for taken in rows["surveys"]]
    return {
        "sex": case["sex"] if case["sex"] in _SEX else "",
        "age_band": _band(profile, case["age_band"]),
        "age": profile.get("age"),
        "citizenship": case["citizenship"],
        "trafficking_status": case["trafficking_status"],
        "category": next((code for code in PRECEDENCE if code in categories), ""),
        "categories": categories,
        "exploitation": case["exploitation"] or [],
        "methods_of_control": profile.get("control", []),
        "industry": profile.get("industry", []),
        "division": profile.get("division", []),
        "sexual_exploitation": profile.get("sexual_exploitation", []),
        "act": profile.get("act", []),
        "recruitment": profile.get("recruitment", []),
        "relation_to_trafficker": profile.get("relation", ""),
        "helps": helps(case, rows),
        "surveys": [scores for scores in surveys if scores],
    }


def _band(profile: Facts, today: str) -> str:
    """Of the day the case was opened: what a year counted does not grow older afterwards. Cases
    older than the profile have but the group of today.
    """
    if "age" not in profile:
        return today if today in _BANDS else ""
    return "" if profile["age"] is None else band_of(profile["age"])


def _referral(referral: Row) -> Facts:
    return {
        "partner_id": referral["partner_id"],
        "service": referral["service"],
        "urgency": referral["urgency"],
        "state": referral["state"],
        "sent_at": moment(referral["sent_at"]),
        "answered_at": moment(referral["answered_at"]),
        "answer_by": moment(referral["answer_by"]),
        "ended_at": moment(referral["ended_at"]),
    }


def _stay(stay: Row) -> Facts:
    return {
        "facility_id": stay["facility_id"],
        "from_on": day(stay["from_on"]),
        "until_on": day(stay["left_on"] or stay["until_on"]),
    }


def _follow_up(visit: Row, returns: list[Row], case: Row) -> Facts:
    """A visit is the work of the mission that took the return over, else of the case's office."""
    return_ = return_of(visit, returns)
    taken_over = return_.get("handover") == HandoverState.ACCEPTED
    office = return_.get("receiving_id") if taken_over else None
    return {
        "office_id": office or case["office_id"],
        "month": visit["month"],
        "due_on": day(visit["due_on"]),
        "done_on": day(visit["done_on"]) if _reached(visit) else None,
        "outcome": visit["outcome"],
        "state": _state_of(visit),
        "open": return_.get("state") in Sets.RETURN_HOME and not _reached(visit),
    }


def _reached(visit: Row) -> bool:
    return bool(visit["done_on"]) and visit["outcome"] in lists.FOLLOW_UP_REACHED


def _state_of(visit: Row) -> str:
    if _reached(visit):
        return "reached"
    if visit["not_needed_on"]:
        return "not_needed"
    return "tried" if visit["outcome"] else "untried"


def _payment(entry: Row) -> Facts:
    paid = entry["kind"] == "expenditure"
    return {
        "fund_id": entry["fund_id"],
        "line": entry["line"],
        "paid_on": day(entry["on"]),
        "amount_minor": entry["amount_minor"] if paid else -entry["amount_minor"],
        "people": entry["people"],
    }


def _task(task: Row) -> Facts:
    return {"kind": task["kind"], "due_on": day(task["due_on"]), "owner_id": task["owner_id"]}

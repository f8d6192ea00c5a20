"""Which fields of a case stand in which compartment, and which a kind of service needs: the third
term of every release.
"""

from typing import Any

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.cases import Case
from models.referrals import Referral

# Fields a referral may release, and where each is kept. "coded" ones stand in the clear on the
# case.
RELEASABLE = {
    "call_name": "identity",
    "given_names": "identity",
    "family_name": "identity",
    "birth": "identity",
    "phone": "identity",
    "languages": "identity",
    "safe_contact": "identity",
    "citizenship": "coded",
    "sex": "coded",
    "age_band": "coded",
    "needs": "protection",
    "safety_note": "protection",
    "account": "protection",
}

_BASIC = ("call_name", "languages", "sex", "age_band", "needs", "safety_note", "safe_contact")
NEEDED_BY = {
    "shelter": _BASIC,
    "counselling": (*_BASIC, "account"),
    "medical": (*_BASIC, "given_names", "family_name", "birth"),
    "legal_aid": (
        *_BASIC,
        "given_names",
        "family_name",
        "birth",
        "citizenship",
        "account",
        "phone",
    ),
    "education": (*_BASIC, "birth"),
    "training": _BASIC,
    "job_placement": (*_BASIC, "given_names", "family_name", "phone"),
    "material_help": _BASIC,
    "family_tracing": (*_BASIC, "given_names", "family_name", "birth", "citizenship"),
    "interpretation": ("call_name", "languages", "sex"),
}

# What a return handover releases to the mission in the country of return.
HANDOVER = (
    "call_name",
    "given_names",
    "family_name",
    "birth",
    "phone",
    "languages",
    "safe_contact",
    "sex",
    "citizenship",
    "needs",
    "safety_note",
)


def visible_fields(actor: Actor, case: Case, referral: Referral | None = None) -> frozenset[str]:
    """The releasable fields of ``case`` that ``actor`` may see: by role and compartment, or as a
    referral released them.
    """
    if referral is not None and allows(actor, Permission.REFERRAL_RELEASED, referral):
        return frozenset(referral.fields)
    if not allows(actor, Permission.CASE_OPEN, case):
        return frozenset()
    may = {"coded"} | {
        name
        for name in ("identity", "protection")
        if allows(actor, Permission(f"{name}.read"), case)
    }
    return frozenset(field for field, compartment in RELEASABLE.items() if compartment in may)


def gather(case: Case, fields: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """The values of ``fields``, read through the gate; empty ones left out."""
    identity = case.identity if any(RELEASABLE[field] == "identity" for field in fields) else {}
    protection = (
        case.protection if any(RELEASABLE[field] == "protection" for field in fields) else {}
    )
    coded = {"citizenship": case.citizenship, "sex": case.sex, "age_band": case.age_band}
    found = {
        field: {"identity": identity, "protection": protection, "coded": coded}[
            RELEASABLE[field]
        ].get(field)
        for field in fields
    }
    return {field: value for field, value in found.items() if value}

"""Invented persons, as a caseworker would register and screen them. Nobody in here exists."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from demo import names
from models import clock
from models.people import Organisation

_KINDS = ("stranded", "trafficking", "vulnerable", "smuggled", "medical")
_CHANNELS = ("walk_in", "referral", "hotline", "outreach", "border", "detention")
_CONTACT = ("Call only 14:00 to 17:00, no messages.", "Through the shelter.", "")


def registration(
    chance: random.Random, moment: datetime, partners: list[Organisation]
) -> dict[str, Any]:
    """A registration as :func:`casework.intake.registration.register` takes it."""
    country = chance.choices(list(names.PLACES), list(names.PLACES.values()))[0]
    woman = chance.random() < 0.46
    given_names = chance.choice(names.GIVEN[country][0 if woman else 1])
    age = _age(chance)
    birth = _birth(chance, moment, age)
    categories = _categories(chance, age)
    until = _consent_until(chance, moment)
    return {
        "duplicate": "not_same",
        "channel": chance.choice(_CHANNELS),
        "consent": _consent(chance, country, age, partners, until),
        "person": {
            "given_names": given_names,
            "family_name": chance.choice(names.FAMILY[country]),
            "call_name": given_names,
            "birth": birth,
            "sex": "Feminine" if woman else "Masculine",
            "citizenship": country,
            "languages": names.LANGUAGES[country],
            "phone": f"+2167{chance.randrange(10**7):07d}" if chance.random() < 0.5 else "",
            "safe_contact": chance.choice(_CONTACT),
        },
        "account": {
            "account": chance.choice(names.ACCOUNTS),
            **(_exploitation(woman) if "trafficking" in categories else {}),
        },
        "needs": {
            "needs": chance.choice(names.NEEDS),
            "safety_note": chance.choice(names.SAFETY),
            "risk": chance.choices(("low", "medium", "high"), (45, 38, 17))[0],
            "categories": categories,
        },
    }


def _age(chance: random.Random) -> int:
    ages = (
        chance.randint(4, 13),
        chance.randint(14, 17),
        chance.randint(18, 34),
        chance.randint(35, 60),
    )
    return chance.choices(ages, (4, 9, 66, 21))[0]


def _birth(chance: random.Random, moment: datetime, age: int) -> dict[str, Any]:
    birth: dict[str, Any] = {"year": moment.year - age, "estimated": chance.random() < 0.3}
    if chance.random() < 0.6:
        birth |= {"month": chance.randint(1, 6), "day": chance.randint(1, 28)}
    return birth


def _categories(chance: random.Random, age: int) -> list[str]:
    categories = chance.choices(_KINDS, (42, 24, 20, 9, 5))
    if age < 18 and chance.random() < 0.7:
        categories.append("child")
    return categories


def _consent_until(chance: random.Random, moment: datetime) -> date:
    is_long_ago = moment < clock.moment() - timedelta(days=300)
    days = 182 if is_long_ago else chance.randint(190, 500)
    return moment.date() + timedelta(days=days)


def _given(chance: random.Random, age: int) -> dict[str, Any]:
    """How the answers were given: a child's by a guardian."""
    manner = chance.choice(("signed", "spoken", "thumbprint"))
    return {
        "manner": "guardian" if age <= 18 else manner,  # before their birthday they are a year less
        "witness": chance.choice(("Amel Gharsalli", "Olivier Bationo", "Hind Belhadj")),
    }


def _consent(
    chance: random.Random, country: str, age: int, partners: list[Organisation], until: date
) -> dict[str, Any]:
    return {
        "assistance": "agrees",
        "sharing": "agrees",
        "consulate": "agrees" if chance.random() < 0.85 else "refuses",
        "statistics": "agrees" if chance.random() < 0.95 else "refuses",
        **_given(chance, age),
        "language": names.LANGUAGES[country][0],
        "recipients": [
            partner.id
            for partner in partners
            if partner.code in {"DARAMEL", "SAHELAIDE"} or chance.random() < 0.4
        ],
        "valid_until": until,
    }


def _exploitation(woman: bool) -> dict[str, Any]:
    return {
        "exploitation": ["SexualExploitation"] if woman else ["ForcedLabour"],
        "control": ["DebtBondage", "WithholdsDocuments"],
    }


def decision(chance: random.Random, given: dict[str, Any]) -> dict[str, Any]:
    """What the screening of a person registered as ``given`` decides."""
    exploited = "trafficking" in given["needs"]["categories"]
    elements = {
        "act": ["recruitment", "harbouring"],
        "means": ["deception", "coercion"],
        "control": ["DebtBondage", "WithholdsDocuments"],
        "exploitation": given["account"].get("exploitation", []),
    }
    return {
        **(elements if exploited else {}),
        "decision": chance.choice(("actual", "possible")) if exploited else "not",
        "decided_by": "NGO",
        "reason": "From two interviews and what the person showed us.",
    }

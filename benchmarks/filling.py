"""Invented people for measurements, registered through the verbs."""

import random
from typing import Any

from casework.intake import registration
from demo import names
from models.people import Organisation


def one(chance: random.Random, by: Any, office: Organisation, owner: int, team: int) -> str:
    """Register one invented person; some are counted."""
    country = chance.choice(list(names.GIVEN))
    whole = {
        "duplicate": "not_same",
        "consent": {"assistance": "agrees", "statistics": "agrees", "manner": "recorded"},
        "person": {
            "given_names": chance.choice(names.GIVEN[country][chance.randrange(2)])
            + " "
            + chance.choice("ABDEGHKLMNRST")
            + chance.choice("aeiou")
            + chance.choice("lmnrst"),
            "family_name": chance.choice(names.FAMILY[country]),
            "sex": chance.choice(("Feminine", "Masculine")),
            "birth": {"year": chance.randint(1960, 2015), "estimated": False},
            "citizenship": country,
            "phone": f"+2167{chance.randrange(10**7):07d}",
        },
        "account": {"account": chance.choice(names.ACCOUNTS)},
        "needs": {
            "needs": chance.choice(names.NEEDS),
            "risk": chance.choice(("low", "medium", "high")),
            "categories": ["stranded"],
        },
    }
    return registration.register(
        by=by, given=whole, office=office, owner_id=owner, team_id=team
    ).number

"""A journey as its form takes it: legs under numbered names, so that two who change it are joined
field by field; and as it is kept: legs in a list.
"""

from collections.abc import Mapping
from typing import Any

MOST_LEGS = 3
_OF_A_LEG = ("from", "to", "carrier", "on")
_OTHERS = (
    "via",
    "escort_needed",
    "escorts",
    "escort_name",
    "needs",
    "airline",
    "onward",
)
NAMES = (
    *(f"{name}_{number}" for number in range(1, MOST_LEGS + 1) for name in _OF_A_LEG),
    *_OTHERS,
)


def as_typed(journey: Mapping[str, Any], via: str) -> dict[str, Any]:
    """A journey that is kept, as its form takes it; days as they are written."""
    legs = {
        f"{name}_{number}": leg.get(name)
        for number, leg in enumerate(journey.get("legs", []), 1)
        for name in _OF_A_LEG
    }
    return {**{name: journey.get(name) for name in _OTHERS}, **legs, "via": via}


def kept(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse: legs in a list, without the mission on the way, which is a column."""
    legs = [
        {name: typed.get(f"{name}_{number}") or "" for name in _OF_A_LEG}
        for number in range(1, MOST_LEGS + 1)
        if all(typed.get(f"{name}_{number}") for name in ("from", "to", "on"))
    ]
    others = {name: typed[name] for name in _OTHERS if typed.get(name) and name != "via"}
    return {**others, "legs": legs}

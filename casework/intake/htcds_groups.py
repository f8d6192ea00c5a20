"""The repeated groups of the HTCDS as records of a case, and back.

Events, perpetrators, support plans, comments.

A support plan's objectives become a goal, its action plan a step. What our forms ask beyond the
standard gets a neutral answer on the way in.
"""

from collections.abc import Mapping
from typing import Any

from standards import htcds

Values = dict[str, Any]

EVENT = {
    "hte_Type": "type",
    "hte_Date": "on",
    "hte_Street": "street",
    "hte_City": "city",
    "hte_State": "state",
    "hte_PostalCode": "postal_code",
    "hte_Country": "country",
    "hte_Latitude": "latitude",
    "hte_Longitude": "longitude",
    "hte_Description": "description",
}
STEP = {"spl_ActionPlan": "what", "spl_Type": "type", "spl_PlannedEndDate": "until"}
GOAL = {"spl_Objectives": "words", "spl_PlannedEndDate": "until"}
# Kind of record → group, its fields, and what must be there to be of this kind.
HOMES: dict[str, tuple[str, dict[str, str], str]] = {
    "event": ("hte", EVENT, ""),
    "involved": ("per", {"per_RoleInProcess": "roles", "per_RoleDetails": "details"}, ""),
    "goal": ("spl", GOAL, "spl_Objectives"),
    "service": ("spl", STEP, "spl_ActionPlan"),
    "note": ("cco", {"cco_CaseComment": "words"}, ""),
}
_NEUTRAL: dict[str, Values] = {
    "involved": {"called": "?"},
    "goal": {"area": "other", "progress": "planned"},
    "service": {"area": "other", "by": "own", "progress": "planned"},
}
_LISTED = {"hte_Type", "spl_Type"}


def records_of(group: str, entry: Mapping[str, str]) -> list[tuple[str, Values]]:
    """The records (kind and what its form takes) that an entry of a group becomes."""
    records = []
    for kind, (of, fields, wanted) in HOMES.items():
        if of == group and (not wanted or entry.get(wanted)):
            values = {
                field: _in(name, entry[name]) for name, field in fields.items() if entry.get(name)
            }
            records.append((kind, {**_NEUTRAL.get(kind, {}), **values}))
    return records


def _in(name: str, text: str) -> Any:
    if name in _LISTED:
        return htcds.code_of(name, text) or text
    if name == "per_RoleInProcess":
        return [htcds.code_of(name, part) or part for part in text.split(";") if part.strip()]
    return text


def entry_of(kind: str, content: Mapping[str, Any]) -> tuple[str, Values]:
    """The group and entry that a record becomes; lists stay lists."""
    group, fields, _wanted = HOMES[kind]
    return group, {
        name: content[field]
        for name, field in fields.items()
        if content.get(field) not in (None, "", [])
    }


def column_of(group: str, field: str, number: int) -> str:
    """The column that a field of the ``number``-th entry stands in."""
    names = {
        ours: name
        for of, fields, _wanted in HOMES.values()
        if of == group
        for name, ours in fields.items()
    }
    name = names.get(field, htcds.GROUPS[group][0])
    return name if number == 1 else f"{name}.{number}"

"""Victims of trafficking as rows of the CTDC's 27 variables, from facts alone: nothing sealed in a
case is opened.

Who is in it: people registered in the years asked for whom the case shows to be victims, and who
agreed to be counted; each person once, with the first case of the period. Serbia includes Kosovo,
as the codebook says.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from reporting.facts.engine import VICTIM, engine
from standards import ctdc

# What stands in a row, in the words of the standard: the year it was opened in and these columns.
_COLUMNS = {
    "year": "year(cases.opened_on)",
    "sex": "cases.sex",
    "age": "cases.age",
    "citizenship": "cases.citizenship",
    "host": "places.host",
    "exploitation": "cases.exploitation",
    "control": "cases.methods_of_control",
    "industry": "cases.industry",
    "division": "cases.division",
    "sexual": "cases.sexual_exploitation",
    "relation": "cases.relation_to_trafficker",
}
_LISTS = {"exploitation", "control", "industry", "division", "sexual"}


def rows(first: int, last: int) -> list[ctdc.Row]:
    """The rows of victims registered from year ``first`` to ``last``, in an order that tells
    nothing (by their content).
    """
    question = f"""
        SELECT DISTINCT ON (cases.person) {", ".join(_COLUMNS.values())}
        FROM cases
        JOIN places ON places.office_id = cases.office_id
        WHERE cases.agreed
            AND cases.opened_on BETWEEN ? AND ?
            AND {VICTIM}
        ORDER BY cases.person, cases.opened_on, cases.case_id"""
    victims = engine().query(question, [f"{first}-01-01", f"{last}-12-31"])
    in_words = [ctdc.row(_filled(dict(zip(_COLUMNS, victim, strict=True)))) for victim in victims]
    return sorted(in_words, key=lambda row: json.dumps(row, sort_keys=True, default=str))


def _filled(facts: dict[str, Any]) -> dict[str, Any]:
    """What is missing is empty; of an age it is said that it is not known."""
    empty = {name: [] if name in _LISTS else "" for name in facts if name != "age"}
    return {name: empty.get(name) if value is None else value for name, value in facts.items()}


def as_csv(rows: Sequence[ctdc.Row], names: Sequence[str] = ()) -> bytes:
    """Rows as CSV; what is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(names or ctdc.names())
    writer.writerow(columns)
    writer.writerows(["" if row[name] is None else row[name] for name in columns] for row in rows)
    return text.getvalue().encode()


def codebook(rows: Sequence[ctdc.Row]) -> dict[str, Any]:
    """What a reader must know: source of the variables, how many rows, what is missing in how
    many.
    """
    missing = {name: sum(row[name] is None for row in rows) for name in ctdc.names()}
    return {
        "variables": ctdc.codebook()["source"],
        "version": ctdc.codebook()["version"],
        "rows": len(rows),
        "missing": missing,
        "not_recorded": [
            "traffickMonths",
            "recruiterRelationIntimatePartner",
            "recruiterRelationFriend",
        ],
        "percentage_rule": ctdc.codebook()["percentage_rule"]["text"],
    }

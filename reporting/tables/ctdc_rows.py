"""Victims of trafficking as rows of the CTDC's 27 variables, from facts alone: nothing sealed in a case is opened.

Who is in it: people registered in the years asked for whom the case shows to be victims, and who agreed to be counted; each person once, with the
first case of the period. Serbia includes Kosovo, as the codebook says.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from reporting.facts.engine import VICTIM, engine
from standards import ctdc


def rows(first: int, last: int) -> list[ctdc.Row]:
    """The rows of victims registered from year ``first`` to ``last``, in an order that tells nothing (by their content)."""
    query = f"""SELECT * FROM (SELECT DISTINCT ON (c.p) year(c.d) AS y, c.sex, c.age, c.cz, pl.host, c.exp, c.ctl, c.ind, c.div, c.sx, c.rel
        FROM cases c JOIN places pl ON pl.o = c.o WHERE c.ok AND c.d BETWEEN ? AND ? AND {VICTIM} ORDER BY c.p, c.d, c.c)"""
    names = (
        "year",
        "sex",
        "age",
        "citizenship",
        "host",
        "exploitation",
        "control",
        "industry",
        "division",
        "sexual",
        "relation",
    )
    found = engine().query(query, [f"{first}-01-01", f"{last}-12-31"])
    made = [
        ctdc.row(
            {
                name: value
                if value is not None or name == "age"
                else ([] if name in _LISTS else "")
                for name, value in zip(names, row, strict=True)
            }
        )
        for row in found
    ]
    return sorted(made, key=lambda row: json.dumps(row, sort_keys=True, default=str))


_LISTS = {"exploitation", "control", "industry", "division", "sexual"}


def as_csv(found: Sequence[ctdc.Row], names: Sequence[str] = ()) -> bytes:
    """Rows as CSV; what is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(names or ctdc.names())
    writer.writerow(columns)
    writer.writerows(["" if row[name] is None else row[name] for name in columns] for row in found)
    return text.getvalue().encode()


def codebook(found: Sequence[ctdc.Row]) -> dict[str, Any]:
    """What a reader must know: source of the variables, how many rows, what is missing in how many."""
    missing = {name: sum(row[name] is None for row in found) for name in ctdc.names()}
    return {
        "variables": ctdc.codebook()["source"],
        "version": ctdc.codebook()["version"],
        "rows": len(found),
        "missing": missing,
        "not_recorded": [
            "traffickMonths",
            "recruiterRelationIntimatePartner",
            "recruiterRelationFriend",
        ],
        "percentage_rule": ctdc.codebook()["percentage_rule"]["text"],
    }

"""For a data warehouse: the coded facts of people who agreed to be counted, under pseudonyms; page by page, and from then on only what changed.

A reader keeps the last ``next`` it was given and comes back with it. A case that changed comes again whole; one that is gone, or whose person took back
their consent, comes as ``gone``. Pseudonyms are the same at every call, and lead nowhere else.
"""

import json
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from models.base import db
from models.facts import CaseFacts, FactState
from models.people import Organisation
from reporting.facts import counting, profiles
from reporting.pages.schemas import FactOut
from standards import ctdc
from web.errors import NotFound
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("warehouse", __name__, api=True)
PAGE = 1000
# Names in the warehouse for the short ones of the facts.
_CODES = {
    "sex": "sex",
    "ab": "age_band",
    "cz": "citizenship",
    "cat": "category",
    "cats": "categories",
    "t": "trafficking_status",
    "exp": "exploitation",
    "ctl": "methods_of_control",
    "ind": "industry",
    "sx": "sexual_exploitation",
    "rel": "relation_to_trafficker",
    "rec": "recruitment",
    "s": "status",
    "d": "opened_on",
    "x": "closed_on",
    "ch": "channel",
}


@dataclass(frozen=True)
class Found:
    """A page of facts and where the next one begins."""

    items: list[dict[str, Any]]
    next: str


def _after() -> tuple[int, int]:
    text = request.args.get("after", "0.0")
    counting_, _dot, number = text.partition(".")
    if not (counting_.isdecimal() and number.isdecimal() and len(text) < 40):
        raise NotFound
    return int(counting_), int(number)


@blueprint.get("/warehouse/facts", permission=Permission.WAREHOUSE_READ, returns=FactOut, many=True)
def facts(_actor: Actor) -> Found:
    """Facts of cases, in order of their countings. Query: after (the ``next`` of the page before)."""
    batch, number = _after()
    newest = db.session.execute(select(FactState.batch)).scalar_one()
    above = (CaseFacts.batch > batch) | ((CaseFacts.batch == batch) & (CaseFacts.id > number))
    query = (
        select(CaseFacts.id, CaseFacts.batch, CaseFacts.content)
        .where(above, CaseFacts.batch <= newest)
        .order_by(CaseFacts.batch, CaseFacts.id)
        .limit(PAGE)
    )
    rows = db.session.execute(query).all()
    offices = dict(db.session.execute(select(Organisation.id, Organisation.code)).all())
    audit.record("export", subject=f"warehouse {len(rows)} after {batch}.{number}")
    items = [_item(row, offices) for row in rows]
    last = f"{rows[-1].batch}.{rows[-1].id}" if rows else f"{batch}.{number}"
    return Found(items, last)


def _item(row: Any, offices: dict[int, str]) -> dict[str, Any]:
    doc = json.loads(counting.opened(row.content)) if row.content else {}
    item = {"case": profiles.pseudonym("warehouse/cases", row.id), "counting": row.batch}
    if not doc.get("ok"):
        return item | {"person": "", "gone": True, "facts": None}
    codes = {long: doc.get(short) for short, long in _CODES.items()}
    helps = [
        {
            "help": one["y"],
            "on": one["d"],
            "kind": one["k"],
            "country": one["to"],
            "from_transit": one["v"],
        }
        for one in doc["h"]
    ]
    more = {
        "office": offices.get(doc["o"], ""),
        "age_band_ctdc": ctdc.age_band(doc.get("age")),
        "helps": helps,
    }
    return item | {
        "person": profiles.pseudonym("warehouse/persons", doc["p"]),
        "gone": False,
        "facts": codes | more,
    }

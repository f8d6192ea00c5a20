"""For a data warehouse: the coded facts of people who agreed to be counted, under pseudonyms; page
by page, and from then on only what changed.

A reader keeps the last ``next`` it was given and comes back with it. A case that changed comes
again whole; one that is gone, or whose person took back their consent, comes as ``gone``.
Pseudonyms are the same at every call, and lead nowhere else.
"""

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
from reporting.facts.columns import Facts
from reporting.pages.schemas import FactOut
from standards import ctdc
from web.errors import NotFound
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("warehouse", __name__, api=True)
PAGE = 1000
# Which facts of a case go into the warehouse, under the names they have here.
_CODES = (
    "sex",
    "age_band",
    "citizenship",
    "category",
    "categories",
    "trafficking_status",
    "exploitation",
    "methods_of_control",
    "industry",
    "sexual_exploitation",
    "relation_to_trafficker",
    "recruitment",
    "status",
    "opened_on",
    "closed_on",
    "channel",
)


@dataclass(frozen=True)
class FactsPage:
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
def facts(_actor: Actor) -> FactsPage:
    """Facts of cases, in order of their countings. Query: after (``next`` of the page before)."""
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
    return FactsPage(items, last)


def _item(row: Any, offices: dict[int, str]) -> dict[str, Any]:
    facts = counting.facts_of(row.content)
    item = {"case": profiles.pseudonym("warehouse/cases", row.id), "counting": row.batch}
    if not facts.get("agreed"):
        return item | {"person": "", "gone": True, "facts": None}
    codes = {name: facts.get(name) for name in _CODES}
    more = {
        "office": offices.get(facts["office_id"], ""),
        "age_band_ctdc": ctdc.age_band(facts.get("age")),
        "helps": [_help(help_) for help_ in facts["helps"]],
    }
    return item | {
        "person": profiles.pseudonym("warehouse/persons", facts["person"]),
        "gone": False,
        "facts": codes | more,
    }


def _help(help_: Facts) -> dict[str, Any]:
    return {
        "help": help_["measure"],
        "on": help_["given_on"],
        "kind": help_["kind"],
        "country": help_["country"],
        "from_transit": help_["from_transit"],
    }

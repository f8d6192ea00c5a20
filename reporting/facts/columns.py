"""The columns of the facts: their whole names, and the keys under which a document keeps them.

There are millions of documents, so their keys are short. They stand here and nowhere else: the
extraction, the engine, its questions and the warehouse know the whole names alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.life_cycles import State

Facts = dict[str, Any]
TEXTS = "VARCHAR[]"


@dataclass(frozen=True)
class Column:
    """One fact: its key in a document, and its type in the engine."""

    key: str
    kind: str


@dataclass(frozen=True)
class Part:
    """What a case has several of: its key in a document and its columns.

    ``carried`` are the columns each row takes over from its case, so that no table is joined;
    ``order`` is what questions ask for first, so that one about a year reads that year alone.
    """

    key: str
    columns: dict[str, Column]
    carried: tuple[str, ...]
    order: str = ""


# fmt: off
PERSON = {
    "sex": Column("sex", "VARCHAR"),
    "age_band": Column("ab", "VARCHAR"),
    "age": Column("age", "SMALLINT"),
    "citizenship": Column("cz", "VARCHAR"),
    "category": Column("cat", "VARCHAR"),
}
CASE = {
    "case_id": Column("c", "BIGINT"),
    "person": Column("p", "BIGINT"),  # a keyed number that is nobody's id
    "office_id": Column("o", "INTEGER"),
    "owner_id": Column("w", "INTEGER"),
    "status": Column("s", "VARCHAR"),
    "risk": Column("r", "VARCHAR"),
    "opened_on": Column("d", "DATE"),
    "closed_on": Column("x", "DATE"),
    "agreed": Column("ok", "BOOLEAN"),  # to be counted
    "channel": Column("ch", "VARCHAR"),
    "consent_until": Column("cu", "DATE"),
    "review_due_on": Column("rv", "DATE"),
    "closure_reason": Column("why", "VARCHAR"),
    "outcome": Column("out", "VARCHAR"),
    **PERSON,
    "trafficking_status": Column("t", "VARCHAR"),
    "relation_to_trafficker": Column("rel", "VARCHAR"),
    "categories": Column("cats", TEXTS),
    "exploitation": Column("exp", TEXTS),
    "methods_of_control": Column("ctl", TEXTS),
    "industry": Column("ind", TEXTS),
    "division": Column("div", TEXTS),
    "sexual_exploitation": Column("sx", TEXTS),
    "act": Column("act", TEXTS),
    "recruitment": Column("rec", TEXTS),
    "faults": Column("g", TEXTS),  # what is missing or contradicts itself
}
PARTS = {
    "helps": Part("h", {
        "measure": Column("y", "VARCHAR"),
        "given_on": Column("d", "DATE"),
        "fund_id": Column("f", "INTEGER"),
        "country": Column("to", "VARCHAR"),
        "from_transit": Column("v", "BOOLEAN"),
        "kind": Column("k", "VARCHAR"),
    }, ("case_id", "person", "office_id", *PERSON), "measure, given_on"),
    "referrals": Part("rf", {
        "partner_id": Column("q", "INTEGER"),
        "service": Column("v", "VARCHAR"),
        "urgency": Column("u", "VARCHAR"),
        "state": Column("s", "VARCHAR"),
        "sent_at": Column("a", "TIMESTAMP"),
        "answered_at": Column("n", "TIMESTAMP"),
        "answer_by": Column("b", "TIMESTAMP"),
        "ended_at": Column("e", "TIMESTAMP"),
    }, ("case_id", "office_id"), "sent_at"),
    "stays": Part("b", {
        "facility_id": Column("f", "INTEGER"),
        "from_on": Column("a", "DATE"),
        "until_on": Column("z", "DATE"),  # the night before it was the last
    }, ("case_id", "office_id"), "from_on"),
    "follow_ups": Part("u", {
        "office_id": Column("o", "INTEGER"),
        "month": Column("m", "SMALLINT"),
        "due_on": Column("b", "DATE"),
        "done_on": Column("d", "DATE"),  # somebody was reached
        "outcome": Column("s", "VARCHAR"),
        "state": Column("z", "VARCHAR"),  # reached, tried, untried, not_needed
        "open": Column("x", "BOOLEAN"),  # somebody is still to be reached
    }, ("case_id",), "due_on"),
    "surveys": Part("sv", {
        "taken_on": Column("d", "DATE"),
        "months": Column("m", "SMALLINT"),  # since arrival
        "country": Column("to", "VARCHAR"),
        "office_id": Column("o", "INTEGER"),
        "economic": Column("e", "SMALLINT"),  # scores, per mille
        "social": Column("so", "SMALLINT"),
        "psychosocial": Column("ps", "SMALLINT"),
        "composite": Column("co", "SMALLINT"),
    }, ("case_id", "person", "sex", "age_band")),
    "payments": Part("m", {
        "fund_id": Column("f", "INTEGER"),
        "line": Column("l", "VARCHAR"),
        "paid_on": Column("d", "DATE"),
        "amount_minor": Column("a", "BIGINT"),
        "people": Column("n", "INTEGER"),
    }, ("case_id", "office_id"), "paid_on"),
    "tasks": Part("k", {
        "kind": Column("y", "VARCHAR"),
        "due_on": Column("b", "DATE"),
        "owner_id": Column("w", "INTEGER"),
    }, ("case_id", "office_id")),
}
# fmt: on


def shortened(facts: Facts) -> Facts:
    """The document of some facts: the same under its keys. What is not there stays away."""
    document = {CASE[name].key: value for name, value in facts.items() if name not in PARTS}
    for name, part in PARTS.items():
        if name in facts:
            keys = {column: held.key for column, held in part.columns.items()}
            document[part.key] = [
                {keys[column]: value for column, value in row.items()} for row in facts[name]
            ]
    return document


def named(document: Facts) -> Facts:
    """The facts of a document, under their names."""
    facts = {name: document[column.key] for name, column in CASE.items() if column.key in document}
    for name, part in PARTS.items():
        if part.key in document:
            facts[name] = [
                {column: row.get(held.key) for column, held in part.columns.items()}
                for row in document[part.key]
            ]
    return facts


def quoted(states: Iterable[State]) -> str:
    """States for a question of the engine: between the brackets of ``IN``, or one after ``=``."""
    return ", ".join(f"'{state.value}'" for state in sorted(states))

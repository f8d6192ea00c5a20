"""Case 7: a thief has a dump of 100,000 cases and knows exactly how common each name is.

Fewer than 1 in 100 names may be read.
"""

import random
from collections import Counter

from flask import Flask
from sqlalchemy import func, select

from benchmarks import search
from encryption import names
from models import index_keys
from models.base import db
from models.index_filling import fill
from models.index_rows import NameCard, NameRow

CASES = 100_000


def test_07_a_dump_and_the_true_distribution_of_names_give_nearly_nothing(quick_app: Flask) -> None:
    people = list(enumerate(search.mixed(CASES, random.Random(5)), start=1))
    _without_foreign_keys()
    fill(people)
    db.session.flush()
    _guess_by_length_and_frequency(
        {number: f"{one['given_names']} {one['family_name']}" for number, one in people}
    )
    _guess_terms_by_size(people)
    db.session.rollback()


def _without_foreign_keys() -> None:
    """The cards' cases are not needed for what a thief looks at."""
    db.session.rollback()
    db.session.connection().connection.driver_connection.executescript("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]


def _guess_by_length_and_frequency(truth: dict[int, str]) -> None:
    """For each case the thief names the likeliest name among those whose card has this length."""
    lengths = dict(
        db.session.execute(select(NameCard.case_id, func.length(NameCard.content))).all()
    )
    by_length: dict[int, Counter[str]] = {}
    for number, name in truth.items():
        by_length.setdefault(lengths[number], Counter())[name] += 1
    likeliest = {length: counts.most_common(1)[0][0] for length, counts in by_length.items()}
    right = sum(likeliest[lengths[number]] == name for number, name in truth.items())
    assert len(set(lengths.values())) <= 2, "cards of a few lengths only"
    assert right < len(truth) / 100, f"{right} names of {len(truth)}"


def _guess_terms_by_size(people: list[tuple[int, dict[str, object]]]) -> None:
    """The thief orders rows by size (and then by label, the order they lie in), terms by how common
    they are, and matches them.
    """
    rows = db.session.execute(
        select(NameRow.label, func.length(NameRow.content)).order_by(
            func.length(NameRow.content).desc(), NameRow.label
        )
    ).all()
    common: Counter[str] = Counter()
    for _, one in people[:20_000]:
        common.update(names.keys(f"{one['given_names']} {one['family_name']}"))
    assert len({size for _, size in rows}) == 2, "heads and blocks, each of one size"
    code = index_keys.standing().common[0].cipher()
    ranked = [f"n:{term}" for term, _ in common.most_common()]
    smallest = rows[-1][1]
    heads = [label for label, size in rows if size == smallest]
    right = sum(code.label(term) == label for term, label in zip(ranked, heads, strict=False))
    assert right < len(ranked) / 100, f"{right} terms of {len(ranked)}"

"""What erasing leaves: decided on every column of every table with a person's path, and done."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, Table, select, update

from data_protection import erasure as erasing
from models import erasure, marks
from models.base import Base, db
from models.cases import Case
from notifications import worker
from tests import factories
from tests.security.test_13_matrix import story

TABLES = list(erasure.tables())
NAMES = [table.name for _model, table in TABLES]


@pytest.mark.parametrize(("model", "table"), TABLES, ids=NAMES)
def test_every_column_with_a_persons_path_is_decided_once(model: Any, table: Table) -> None:
    decision = erasure.decision(model)
    if decision in {erasure.GONE, erasure.WITH_ITS_FILE}:
        assert erasure.changes(table).keys() <= {"own_key", "seal", "seal_more"}, (
            "rows that go have nothing to become"
        )
        return
    assert decision is not None, f"say __erasure__ in {model.__name__}: what stays of it?"
    columns, changed = {column.name for column in table.columns}, set(erasure.changes(table))
    assert set(decision) <= columns, "a column that is no more"
    assert set(decision) & changed == set(), "both"
    assert columns - set(decision) - changed == set(), "nobody decided what becomes of these"


def test_no_table_that_names_a_case_is_overlooked() -> None:
    named = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column.table.name == "cases" for key in table.foreign_keys)
        or "case_id" in table.columns
    }
    assert named | {"cases", "services", "follow_ups", "instalments", "handouts"} <= set(NAMES)
    assert not {"users", "organisations", "persons", "funds", "movements"} & set(NAMES)


def test_what_is_sealed_never_stays() -> None:
    staying = [
        f"{table.name}.{name}"
        for model, table in TABLES
        if isinstance(erasure.decision(model), tuple)
        for name in erasure.decision(model)
        if name.endswith("_sealed") or name == "own_key"
    ]
    assert staying == []


Rows = dict[str, list[Row[Any]]]
# What erasing writes as a deed of its own, or what triggers and the trail write at every deed.
DEEDS = {"erasures", "trail_cases", "fact_changes", "case_facts"}


def rows_about(case_id: int) -> Rows:
    """Every row with a path to a case, by table."""
    found = {}
    for _model, table in TABLES:
        query = select(table).where(erasure.rows_of(table, case_id))
        found[table.name] = list(db.session.execute(query.order_by(*table.primary_key)))
    return found


def test_what_was_decided_is_done_and_to_no_other_case(app: Flask) -> None:
    house = factories.World()
    told, other = story(house), factories.case(house, given_names="Luz")
    erased_id = db.session.execute(
        select(Case.id).where(Case.number == told["number"])
    ).scalar_one()
    other_id = other.id
    db.session.execute(update(Case).where(Case.id == erased_id).values(status="closed"))
    db.session.commit()
    before, others_before = rows_about(erased_id), rows_about(other_id)
    assert len([name for name, rows in before.items() if rows]) > 15, "a story with much in it"
    with factories.acts(house.supervisor) as by:
        asked = erasing.ask(
            by=by, case=db.session.get_one(Case, erased_id), reason="asked_by_person"
        )
    with factories.acts(house.officer) as by:
        erasing.approve(by=by, erasure=factories.anew(asked))
    worker.run_worker(worker.own_connection(), burst=True)
    after, others_after = rows_about(erased_id), rows_about(other_id)
    for model, table in TABLES:
        if table.name not in DEEDS:
            compare(model, table, before[table.name], after[table.name])
            assert others_after[table.name] == others_before[table.name], table.name


def compare(model: Any, table: Table, before: list[Row[Any]], after: list[Row[Any]]) -> None:
    """What is left of the rows of a table is what was decided."""
    if not isinstance(erasure.decision(model), tuple):
        assert after == [], table.name
        return
    assert len(after) == len(before), table.name
    changed = erasure.changes(table)
    for was, became in zip(before, after, strict=True):
        for column in table.columns:
            value = getattr(became, column.name)
            if column.name not in changed:
                assert value == getattr(was, column.name), column
            elif column.name == "changed_at":
                assert value > was.changed_at
            elif marks.LAYER in column.info:
                assert value != getattr(was, column.name), "made anew, over what is left"
            else:
                assert value == changed[column.name], column

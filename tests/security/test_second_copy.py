"""What a thief of one copy, or of two from different days, reads of one person without any key: the
ways that were found by trying, each closed. Beside :mod:`tests.security.test_dump`.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.core import approvals
from casework.records import changes
from casework.records.kinds import KINDS
from config import Settings
from encryption import codes
from models import coded
from models.base import db, today
from models.cases import Case
from tests import factories

Row = dict[str, Any]
Copy = Callable[[], dict[str, list[Row]]]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@pytest.fixture
def copy(quick_app: Flask, sqlite_settings: Settings) -> Copy:
    """Gives the rows of all tables as they lie on the disk now."""

    def made() -> dict[str, list[Row]]:
        db.session.commit()
        with sqlite3.connect(sqlite_settings.data / "safeconduct.sqlite") as connection:
            connection.row_factory = sqlite3.Row
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = [row["name"] for row in tables]
            return {
                name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
                for name in names
            }

    return made


def days(row: Row) -> set[str]:
    """Days in the clear that are no first of a month and no moment."""
    texts = [text for text in row.values() if isinstance(text, str)]
    return {text for text in texts if _DAY.fullmatch(text) and not text.endswith("-01")}


def in_the_clear(rows: list[Row]) -> Iterator[str]:
    """Every text that a thief can read."""
    for row in rows:
        texts = (text for text in row.values() if isinstance(text, str) and text)
        yield from (text for text in texts if not codes.is_sealed(text))


def born(years: int) -> Row:
    day = today() - timedelta(days=366 * years)
    return {"year": day.year, "month": day.month, "day": day.day}


def test_no_day_of_a_birth_or_of_a_hearing_is_told(copy: Copy) -> None:
    world = factories.World()
    case = factories.case(world)
    for who, kind, given in (
        (world.health, "pregnancy", {"due_on": today() + timedelta(days=140)}),
        (world.legal, "hearing", {"on": today() + timedelta(days=40), "what": "Her word"}),
    ):
        with factories.acts(who) as by:
            case = factories.anew(case)
            changes.add(by=by, case=case, kind=KINDS[kind], given=given)
    rows = copy()
    assert len(rows["tasks"]) >= 3
    of_cases = [{**row, "consent_until": ""} for row in rows["cases"]]
    assert not set.union(*map(days, rows["tasks"] + of_cases + rows["records"]))
    keys = {row["key"] for row in rows["records"]}
    assert not keys & {row["record_key"] for row in rows["tasks"]}
    shown = [row["record_key"] for row in rows["tasks"]]
    assert len(set(shown)) == len(shown), "nor which tasks come from records at all"


def test_a_child_has_no_more_tasks_than_anybody(copy: Copy) -> None:
    world = factories.World()
    people = {"grown": {}, "child": {"birth": born(14)}, "alone": {"birth": born(12)}}
    found = {}
    for name, changes_ in people.items():
        case = factories.case(world, **changes_)
        rows = [row for row in copy()["tasks"] if row["case_id"] == case.id]
        told = [(row["owner_id"], row["due_month"], row["done_by_id"]) for row in rows]
        found[name] = told[:4], len(told), {row["told_id"] for row in rows}
    assert found["child"] == found["alone"] == found["grown"]


def test_no_state_of_a_record_tells_a_claim(copy: Copy) -> None:
    """In the compartment of the law one kind alone settles: who seeks protection."""
    world = factories.World()
    case = factories.case(world)
    with factories.acts(world.legal) as by:
        for kind, given in (
            ("asylum", {"state": "lodged", "country": "TN", "on": today()}),
            ("proceeding", {"kind": "criminal"}),
        ):
            changes.add(by=by, case=factories.anew(case), kind=KINDS[kind], given=given)
    seen = {(row["compartment"], *in_the_clear([{"": row["state"]}])) for row in copy()["records"]}
    assert seen == {("legal",)}


def test_no_question_tells_who_is_identified_or_was_a_child(copy: Copy) -> None:
    world = factories.World()
    with factories.acts(world.caseworker) as by:
        for what, key in (("plan", ""), ("identified", "a1b2c3/7"), ("grown", "")):
            case = factories.case(world)
            asked = approvals.ask(by=by, case=factories.anew(case), what=what, record_key=key)
            if what != "plan":
                approvals.withdraw(by=by, approval=asked)
    rows = copy()["approvals"]
    told = set(in_the_clear([{**row, "asked_at": "", "decided_at": ""} for row in rows]))
    assert not told
    assert all(row["record_key"] for row in rows), "where there is none, it is sealed"


# Sealed columns that may be empty, and why that tells nothing else.
EMPTY_TELLS = {
    "approvals.pending": "nothing waits: keyed, one of several kinds",
    "cases.age_turns": "of a version before; filled within hours",
    "cases.childhood": "of a version before; filled within hours",
    "cases.retain_until": "closed, as the status says",
    "follow_ups.done_on": "done, which queries ask",
    "follow_ups.not_needed_on": "not needed, which queries ask",
    "organisations.former_names": "of an organisation, no person",
    "access_changes.before": "of accounts: what changes stands beside it",
    "access_changes.wanted": "of accounts: what changes stands beside it",
    "placements.left_on": "left, which queries ask",
    "records.says": "of a version before; emptied by the start",
    "tasks.done_at": "done, which queries ask",
    "visit_attempts.next_on": "a next step, whose month stands beside it",
}


def test_no_column_is_sealed_for_some_alone(quick_app: Flask) -> None:
    """A value that only some have tells who they are, sealed or not."""
    empty = {str(each) for each in coded.columns() if each.nullable and not each.type.filled}
    assert empty == set(EMPTY_TELLS)


def test_nothing_tells_a_child_whose_age_is_in_doubt(copy: Copy) -> None:
    world = factories.World()
    for birth in (born(30), {"year": today().year - 18}, born(14)):
        factories.case(world, birth=birth)
    rows = copy()
    for name in ("age_assessed", "age_held"):
        assert len({len(row[name]) for row in rows["cases"]}) == 1
    assert len({len(row["alone_sealed"]) for row in rows["consents"]}) == 1
    case = anew_case()
    assert (case.age_assessed or {}) == {}
    with pytest.raises(TypeError):
        Case.age_held.is_(None)


def anew_case() -> Case:
    return db.session.execute(select(Case).order_by(Case.id).limit(1)).scalar_one()

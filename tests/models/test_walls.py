"""The second wall around every table: no context, no row; another office's context, none of its
rows; nothing of theirs can be written.
"""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from config import Settings
from models import migrating, scope, walls
from models.base import db
from models.scope import NOBODY, WHOLE, Scope
from tests.conftest import create_app
from tests.factories.house import TABLES, House

KINDS = {"by case", "by office", "by recipient", "own account", "common"}
ONLY_BY_AN_OPENING = {
    "alerts",
    "done_jobs",
    "fact_changes",
    "trail",
    "trail_heads",
    "trail_seals",
}
WRITTEN_BY_ALL = {name for name, wall in walls.WALLS.items() if wall.kind == "common"}
READ_BY_ALL = (WRITTEN_BY_ALL - {"done_jobs", "fact_changes"}) | {
    "cases",
    "users",
    "grants",
    "access_changes",
}


def frozen() -> dict[str, tuple[str, ...]]:
    """The rules that the migrations put up, newest last."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((migrating.MIGRATIONS / "versions").glob("*.py")):
        made: Any = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(made)
        made.loader.exec_module(module)
        for table, rules in getattr(module, "WALLS", {}).items():
            found[table] = tuple(rule.format_map(module.SETTINGS) for rule in rules)
    return found


def test_every_table_is_in_the_list_and_says_why_where_it_is_common() -> None:
    assert walls.WALLS.keys() == TABLES.keys(), "say in models/walls.py whose rows these are"
    for name, wall in walls.WALLS.items():
        assert wall.kind in KINDS, name
        assert wall.kind != "common" or wall.why, name


def test_the_migrations_put_up_what_the_list_says() -> None:
    assert frozen() == {name: wall.rules for name, wall in walls.WALLS.items()}, (
        "a changed rule needs a migration that puts it up anew"
    )


def test_no_rule_lets_a_request_read_or_write_all_by_itself() -> None:
    for name, wall in walls.WALLS.items():
        assert wall.write != walls.ALWAYS, name
        assert wall.read != walls.ALWAYS or name == "system_keys", name


@pytest.fixture
def walled(postgres_settings: Settings) -> Iterator[House]:
    made = create_app(postgres_settings)
    with made.app_context():
        with db.engine.begin() as connection:
            house = House(connection)
        yield house
        db.session.remove()
        db.engine.dispose()


def seen(table: str) -> int:
    query = select(func.count()).select_from(TABLES[table])
    return int(db.session.execute(query).scalar() or 0)


def refused(statement: Any) -> bool:
    """Whether the database let a statement change nothing."""
    point = db.session.begin_nested()
    try:
        done: Any = db.session.execute(statement)
        return bool(done.rowcount == 0)
    except DBAPIError as wrong:
        return "row-level security" in str(wrong) or "permission denied" in str(wrong)
    finally:
        point.rollback()


def test_without_context_there_is_no_row_in_any_table(walled: House) -> None:
    scope.enter(NOBODY)
    found = {table for table in TABLES if seen(table)}
    # Opened, or asked, before anybody acts; neither tells of anybody.
    assert found == {"marks", "system_keys"}
    scope.enter(WHOLE)
    assert all(seen(table) for table in TABLES), "and the row was there"


def test_another_office_sees_no_row_that_is_not_common(walled: House) -> None:
    scope.enter(Scope("somebody", frozenset({walled.there}), user=99))
    assert {table for table in TABLES if seen(table)} == READ_BY_ALL
    scope.enter(Scope("somebody", frozenset({walled.here}), user=walled.rows["users"]["id"]))
    unseen = {table for table in TABLES if not seen(table)}
    assert unseen == ONLY_BY_AN_OPENING, "one's own rows are there"


@pytest.mark.parametrize("verb", ["insert", "update", "delete"])
def test_another_office_writes_no_row_of_this_one(walled: House, verb: str) -> None:
    scope.enter(Scope("somebody", frozenset({walled.there}), user=99))
    let = {
        name
        for name, table in TABLES.items()
        if not refused(statement_of(verb, table, walled.rows[name]))
    }
    assert let <= WRITTEN_BY_ALL


def statement_of(verb: str, table: Table, row: dict[str, Any]) -> Any:
    """A statement that would write a row of this office anew, change it, or remove it."""
    first = next(iter(table.columns))
    if verb == "delete":
        return delete(table)
    if verb == "update":
        return update(table).values({first.name: row[first.name]})
    return insert(table).values(row)


@pytest.mark.parametrize("table", ["users", "grants", "recovery_codes", "passkeys", "invitations"])
def test_who_somebody_is_changes_behind_its_opening_alone(walled: House, table: str) -> None:
    row = walled.rows[table]
    change = update(TABLES[table]).values(id=row["id"])
    mine = Scope("somebody", frozenset({walled.here}), user=walled.rows["users"]["id"])
    scope.enter(mine)
    assert refused(change)
    with scope.opened("accounts"):
        assert not refused(change)
    assert refused(change)


def test_a_request_never_becomes_the_whole(walled: House) -> None:
    with current_app.test_request_context("/"):
        assert scope.standing() == NOBODY
        with pytest.raises(RuntimeError, match="never acts"):
            scope.enter(WHOLE)
        with pytest.raises(ValueError, match="no such opening"), scope.opened("everything"):
            pass
    assert scope.standing() == WHOLE


def test_what_touches_a_case_writes_beside_it_and_opens_nothing_of_it(walled: House) -> None:
    case_id = walled.rows["cases"]["id"]
    scope.enter(Scope("somebody", frozenset({walled.there}), user=99))
    scope.touch(case_id)
    assert seen("events") == seen("tasks") == 1
    assert {seen(name) for name in ("case_keys", "case_documents", "records", "versions")} == {0}
    with scope.reaching(case_id):
        assert {seen(name) for name in ("case_keys", "case_documents", "records")} == {1}
    assert seen("case_documents") == 0

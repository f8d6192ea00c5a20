"""What the database shows to whom, and what a stolen copy of it tells."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from access.actors import system
from access.gate import acting
from application import create_app
from config import Settings
from data_protection import erasure as erasing
from models import columns, erasure, marks
from models.base import db
from models.data_protection import Erasure
from models.states import CaseStatus, ErasureState, FundRequestState
from tests import factories
from tests.factories import house
from tests.security.test_13_matrix import story


class Raw:
    """The application's own role on the bare database, with the settings a query forgot."""

    def __init__(self, connection: psycopg.Connection, world: factories.World) -> None:
        self.connection = connection
        self.here, self.there = factories.anew(world.here).id, factories.anew(world.there).id
        self.stranger = factories.anew(world.far).id

    def acts(self, who: str = "", offices: str = "", user: str = "") -> None:
        self.connection.rollback()
        self.connection.execute("SET ROLE safeconduct_app")
        settings = {"sc.who": who, "sc.offices": offices, "sc.user": user}
        for name, value in settings.items():
            self.connection.execute("SELECT set_config(%s, %s, false)", (name, value))

    def rows(self, table: str) -> int:
        found = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def may(self, statement: str) -> bool:
        """Whether a statement changes something."""
        try:
            with self.connection.transaction():
                return self.connection.execute(statement).rowcount > 0
        except psycopg.errors.InsufficientPrivilege:
            return False


@pytest.fixture
def told(postgres_settings: Settings) -> Iterator[Raw]:
    """A case with much on it, and the database as the application's role meets it."""
    made: Flask = create_app(postgres_settings)
    with made.app_context():
        world = factories.World()
        story(world)
        address = postgres_settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            yield Raw(connection, world)
        db.session.remove()
        db.engine.dispose()


OF_A_CASE = (
    "case_keys",
    "case_documents",
    "records",
    "events",
    "tasks",
    "consents",
    "name_cards",
    "referrals",
    "returns",
    "fund_requests",
)


def test_p45_a_query_without_bounds_finds_no_row_of_another_mission(told: Raw) -> None:
    told.acts("far@example.org", f"{{{told.there}}}", str(told.stranger))
    foreign = "(SELECT id FROM cases WHERE office_id <> " + str(told.there) + ")"
    shared = {"returns"}  # the mission in the country of return is a party to it
    found = [
        table
        for table in OF_A_CASE
        if table not in shared and told.rows(f"{table} WHERE case_id IN {foreign}")
    ]
    assert found == []
    told.acts("somebody", f"{{{told.here}}}")
    assert all(told.rows(table) for table in ("case_keys", "referrals", "consents", "events"))


def test_p46_without_context_no_table_shows_a_row(told: Raw) -> None:
    told.acts()
    names = told.connection.execute(
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE nspname = 'public' AND relkind = 'r' AND relname <> 'alembic_version'"
    ).fetchall()
    # Wrapped keys, and what was done once, under a MAC: every process asks before it knows anybody.
    assert {name for (name,) in names if told.rows(name)} == {"system_keys", "marks"}
    assert len(names) > 80


NOTE = (
    "INSERT INTO events (case_id, kind, compartment, at, reference) "
    "VALUES (1, 'note', 'protection', now(), '')"
)
CONTENT = (
    "INSERT INTO case_documents (case_id, compartment, revision, content) "
    "VALUES (1, 'medical', 1, 'x')"
)


def test_p47_nothing_is_written_into_another_mission_and_nobody_makes_himself_somebody(
    told: Raw,
) -> None:
    told.acts("far@example.org", f"{{{told.there}}}", str(told.stranger))
    for statement in (
        NOTE,
        CONTENT,
        f"UPDATE cases SET office_id = {told.there}",
        "UPDATE referrals SET state = 'revoked'",
        "UPDATE users SET password_hash = 'mine'",
        "UPDATE users SET totp_sealed = NULL",
        "UPDATE grants SET role = 'supervisor'",
        "DELETE FROM recovery_codes",
        "UPDATE system_keys SET content = 'x'",
        "DELETE FROM trail",
    ):
        assert not told.may(statement), statement
    told.acts("worker", f"{{{told.here}}}", "1")
    assert not told.may("UPDATE users SET password_hash = 'mine' WHERE id = 1")
    assert told.may(f"UPDATE cases SET office_id = {told.here}"), "one's own is written"
    assert not told.may(f"UPDATE cases SET office_id = {told.there}"), "and not given away"


NOT_FILLED = {"name_rows", "name_cards", "blind_tokens"}  # the index refuses bytes at random
# Written by the erasing itself, or a trail that only grows; docs/security.md tells of them.
WRITTEN_BY_IT = {"erasures", "trail", "trail_cases", "trail_heads", "fact_changes", "case_facts"}


def test_p44_of_a_case_with_a_row_in_every_table_nothing_is_left_but_what_is_told(
    postgres_settings: Settings,
) -> None:
    made: Flask = create_app(postgres_settings)
    with made.app_context():
        with db.engine.begin() as connection:
            told = house.House(connection)
        case_id, number = told.rows["cases"]["id"], told.rows["cases"]["number"]
        for name in sorted(NOT_FILLED):
            db.session.execute(delete(house.TABLES[name]))
        about = update(house.TABLES["messages"])
        db.session.execute(about.values(reference=told.rows["referrals"]["reference"]))
        db.session.execute(update(house.TABLES["import_faults"]).values(case_number=number))
        db.session.execute(update(house.TABLES["cases"]).values(status=CaseStatus.CLOSED))
        ended = update(house.TABLES["fund_requests"]).values(state=FundRequestState.CLOSED)
        db.session.execute(ended)
        db.session.execute(update(house.TABLES["erasures"]).values(state=ErasureState.ASKED))
        db.session.commit()
        with acting(system("demo")) as gate, marks.unmarked():  # rows at random bear no MAC
            asked = db.session.execute(select(Erasure)).scalar_one()
            erasing.approve(by=gate.actor, erasure=asked)
            db.session.commit()
        left: dict[str, set[str]] = {}
        for _model, table in erasure.tables():
            if table.name in WRITTEN_BY_IT or table.name == "attachments":
                continue  # files go with the job
            found = db.session.execute(select(table).where(erasure.rows_of(table, case_id))).all()
            before = told.rows[table.name]
            for row in found:
                left[table.name] = kept(dict(row._mapping), before)
        assert left.keys() == TOLD.keys()
        assert {
            name: names - TOLD[name] for name, names in left.items() if names - TOLD[name]
        } == {}
        for name, column in (("messages", "reference"), ("import_faults", "case_number")):
            value = house.TABLES[name].columns[column]
            assert not [each for each in db.session.execute(select(value)).scalars() if each]
        db.session.remove()
        db.engine.dispose()


def kept(row: dict[str, Any], before: dict[str, Any]) -> set[str]:
    """The columns that hold a value of before: numbers of the row itself aside."""
    same = {
        name
        for name, value in row.items()
        if value not in (None, "", [], False) and value == before[name]
    }
    return same - {"id", "revision", "key", "token", "own_key_version"}


# What docs/security.md says stays: the tombstone, and what the books must show.
TOLD = {
    "cases": {"number", "person_id", "office_id"},
    "person_requests": {
        "reference",
        "case_id",
        "kind",
        "received_on",
        "due_on",
        "state",
        "extended_on",
        "answered_on",
        "received_by_id",
        "extended_by_id",
        "answered_by_id",
    },
    "returns": {"reference", "case_id", "sending_id", "state"},
    "assistance": {
        "return_id",
        "state",
        "planned_by_id",
        "decided_by_id",
        "amount_minor",
        "currency",
        "given_on",
    },
    "instalments": {
        "assistance_id",
        "number",
        "due_on",
        "paid_on",
        "amount_minor",
        "receipt",
        "paid_by_id",
    },
    "fund_requests": {
        "reference",
        "fund_id",
        "case_id",
        "office_id",
        "amount_minor",
        "currency",
        "state",
        "asked_by_id",
        "asked_at",
        "answered_by_id",
        "answered_at",
        "second_by_id",
    },
    "fund_request_lines": {"request_id", "line", "amount_minor", "spent_minor", "released_minor"},
    "ledger": {
        "why",
        "fund_id",
        "number",
        "kind",
        "debit",
        "credit",
        "amount_minor",
        "balance_minor",
        "request_id",
        "line",
        "donor",
        "paid_minor",
        "paid_currency",
        "rate",
        "on",
        "receipt",
        "reverses_id",
        "by_id",
        "at",
    },
}


def test_p44_the_list_of_columns_is_what_the_models_say() -> None:
    assert columns.PAGE.read_text("utf-8") == columns.page(), (
        "a column came or went: decide on it, then python -m models.columns --write"
    )

"""What the database shows to whom, and what a stolen copy of it tells: findings P40 to P47."""

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask

from application import create_app
from config import Settings
from models.base import db
from tests import factories
from tests.security.test_13_matrix import story


class Raw:
    """The application's own role on the bare database, with the settings a query forgot."""

    def __init__(self, connection: psycopg.Connection, house: factories.World) -> None:
        self.connection = connection
        self.here, self.there = factories.anew(house.here).id, factories.anew(house.there).id
        self.stranger = factories.anew(house.far).id

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
        house = factories.World()
        story(house)
        address = postgres_settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            yield Raw(connection, house)
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
    assert {name for (name,) in names if told.rows(name)} == {"system_keys"}
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

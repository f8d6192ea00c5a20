"""DuckDB in the memory of this process: coded facts, columns side by side, so that a table over a
million cases costs milliseconds.

Nothing of it touches the disk: no file, no spilling, no extension, no access to anything outside. A
process that starts reads all facts once, in a thread of its own; from then on it reads what is
above the number it knows.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from loading import later
from models.base import db, now, writing
from models.facts import CaseFacts, FactState
from models.people import Organisation
from reporting.facts import counting
from reporting.facts.columns import CASE, PARTS, Column
from standards.places import country_codes
from standards.regions import region_of
from web.errors import NotYet

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = later("duckdb")

CHUNK = 10_000
WAIT = 2.5  # seconds a page waits for the first load before it says that figures are being prepared
# A victim of trafficking: decided to be a possible or actual one, or of that category and not
# decided otherwise.
VICTIM = """coalesce(
    trafficking_status IN ('possible', 'actual')
    OR (trafficking_status <> 'not' AND list_contains(categories, 'trafficking')),
    false
)"""
# Presumed or identified: two things, told apart wherever victims are counted. Whose category alone
# says it is presumed to be one.
STANDING = f"""CASE
    WHEN trafficking_status = 'actual' THEN 'actual'
    WHEN {VICTIM} THEN 'possible'
    ELSE ''
END"""
# What stands beside the facts of each help: whether the person counts by it in its year.
_OF_HELPS = {"is_victim": "BOOLEAN", "is_first": "BOOLEAN", "is_first_of_kind": "BOOLEAN"}
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "temp_directory": "",
    "lock_configuration": True,
}


class BeingPrepared(NotYet):
    """The facts are on their way into memory; the page comes back by itself."""


class Engine:
    """The facts in memory, and the number of the counting they are of."""

    def __init__(self) -> None:
        self._base = duckdb.connect(":memory:", config=_SETTINGS)
        self._loading = threading.Lock()
        self._thread: threading.Thread | None = None
        self.batch = -1
        self.loaded_in = 0.0
        self.places_version = 0
        self._places: list[tuple[int, str, str]] = []
        self._make_tables()

    def _make_tables(self) -> None:
        self._base.execute("CREATE TABLE places (office_id INTEGER, host VARCHAR, region VARCHAR)")
        self._base.execute("CREATE TABLE regions (country VARCHAR, region VARCHAR)")
        self._base.executemany(
            "INSERT INTO regions VALUES (?, ?)",
            [[country, region_of(country)] for country in country_codes()],
        )
        self._base.execute(f"CREATE TABLE cases ({_declared(_kinds(CASE))})")
        for name in PARTS:
            self._base.execute(f"CREATE TABLE {name} ({_declared(_columns_of(name))})")

    def query(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a question; ``values`` go where ``?`` stands. Thread-safe."""
        with self._base.cursor() as cursor:
            return cursor.execute(text, list(values)).fetchall()

    def freshened(self, app: Flask) -> datetime:
        """Bring in what was counted since; gives the moment the figures are of. Raises
        :class:`BeingPrepared` while the first load lasts.
        """
        if self.batch < 0:
            self._first_load(app)
        state = db.session.execute(select(FactState.batch, FactState.counted_at)).one()
        if state.batch > self.batch:
            self.pull()
        self._know_places()
        return state.counted_at or now()

    def load_now(self) -> None:
        """Bring everything in, however long it takes: for the worker."""
        self.pull()
        self._know_places()

    def _know_places(self) -> None:
        """Where the offices are: few rows, read anew each time."""
        rows = [
            (office_id, country, region_of(country))
            for office_id, country in db.session.execute(
                select(Organisation.id, Organisation.country).order_by(Organisation.id)
            )
        ]
        if rows == self._places:
            return
        with self._loading, self._base.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("DELETE FROM places")
            cursor.executemany("INSERT INTO places VALUES (?, ?, ?)", [list(row) for row in rows])
            cursor.execute("COMMIT")
            self._places = rows
            self.places_version += 1

    def begin(self, app: Flask) -> threading.Thread:
        """Start the first load, once, in a thread of its own."""
        with self._loading:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._load, args=(app,), daemon=True, name="statistics"
                )
                self._thread.start()
            return self._thread

    def _first_load(self, app: Flask) -> None:
        thread = self.begin(app)
        thread.join(WAIT)
        if self.batch < 0:
            if not thread.is_alive():
                self._thread = None
            raise BeingPrepared(
                _l(
                    "The figures are being read into memory. This page comes back by itself in a "
                    "few seconds."
                )
            )

    def _load(self, app: Flask) -> None:
        with app.app_context():
            began = time.perf_counter()
            writing.set(False)
            self.pull()
            self.loaded_in = time.perf_counter() - began
            db.session.remove()

    def pull(self) -> int:
        """Read what is above the number we know, in one transaction of the engine; gives how many
        cases.
        """
        with self._loading if self.batch >= 0 else threading.Lock():
            newest = db.session.execute(select(FactState.batch)).scalar_one()
            count = 0
            first = self.batch < 0
            with self._base.cursor() as cursor:
                cursor.execute("BEGIN")
                for rows in _chunks(self.batch, newest):
                    _take(cursor, rows, first=first)
                    count += len(rows)
                if first:
                    _mark_firsts(cursor, "")
                    _in_order(cursor)
                cursor.execute("COMMIT")
            self.batch = newest
        return count


def _chunks(above: int, newest: int) -> Iterator[Sequence[Any]]:
    """Sealed documents of the countings after ``above`` up to ``newest``, some at a time."""
    table = CaseFacts.__table__.c
    batch, row_id = above, 0
    while True:
        later_ones = (table.batch > batch) | ((table.batch == batch) & (table.id > row_id))
        query = (
            select(table.id, table.case_id, table.batch, table.content)
            .where(later_ones, table.batch <= newest)
            .order_by(table.batch, table.id)
            .limit(CHUNK)
        )
        rows = db.session.execute(query).all()
        if not rows:
            return
        yield rows
        batch, row_id = rows[-1].batch, rows[-1].id


def _take(cursor: "duckdb.DuckDBPyConnection", rows: Sequence[Any], *, first: bool) -> None:
    """Put documents in, in the place of what stands of their cases."""
    documents = [counting.opened(row.content) for row in rows if row.content]
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT {_named("document")}
        FROM (SELECT unnest(from_json(?, '{_shape()}')) AS document)""",
        [(b"[" + b",".join(documents) + b"]").decode()],
    )
    if not first:
        _take_out(cursor, [row.case_id for row in rows if row.case_id is not None])
    cursor.execute(f"INSERT INTO cases SELECT {', '.join(CASE)} FROM incoming")
    for name in PARTS:
        _put_in(cursor, name)
    if not first:
        _mark_firsts(cursor, "WHERE person IN (SELECT person FROM concerned)")


def _take_out(cursor: "duckdb.DuckDBPyConnection", case_ids: list[int]) -> None:
    """Remove what stands of some cases; the people concerned are remembered."""
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE outdated AS SELECT unnest(?::BIGINT[]) AS case_id", [case_ids]
    )
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE concerned AS
        SELECT DISTINCT person FROM incoming
        UNION SELECT person FROM cases SEMI JOIN outdated USING (case_id)"""
    )
    for name in ("cases", *PARTS):
        cursor.execute(f"DELETE FROM {name} WHERE case_id IN (SELECT case_id FROM outdated)")


def _put_in(cursor: "duckdb.DuckDBPyConnection", name: str) -> None:
    """The rows of one part of the incoming documents, each with what it carries of its case."""
    part = PARTS[name]
    carried = ", ".join(part.carried)
    columns = ", ".join(f'part."{column.key}"' for column in part.columns.values())
    if name == "helps":
        carried += f", {VICTIM} AS is_victim, {STANDING} AS standing"
        columns += ", false, false"
    cursor.execute(
        f"""INSERT INTO {name} SELECT * EXCLUDE (part), {columns}
        FROM (SELECT {carried}, unnest({name}) AS part FROM incoming)"""
    )


def _mark_firsts(cursor: "duckdb.DuckDBPyConnection", which: str) -> None:
    """Mark the help by which a person counts in a year: the first of its measure, and the first of
    its measure and kind.

    First is by day, then case, fund and kind, so that a recount marks the same.
    """
    order = "ORDER BY given_on, case_id, coalesce(fund_id, 0), kind, country, rowid"
    cursor.execute(
        f"""UPDATE helps
        SET is_first = firsts.is_first, is_first_of_kind = firsts.is_first_of_kind
        FROM (
            SELECT
                rowid AS row_id,
                row_number() OVER (
                    PARTITION BY person, measure, year(given_on) {order}
                ) = 1 AS is_first,
                row_number() OVER (
                    PARTITION BY person, measure, kind, year(given_on) {order}
                ) = 1 AS is_first_of_kind
            FROM helps
            {which}
        ) firsts
        WHERE helps.rowid = firsts.row_id
            AND (
                helps.is_first <> firsts.is_first
                OR helps.is_first_of_kind <> firsts.is_first_of_kind
            )"""
    )


def _in_order(cursor: "duckdb.DuckDBPyConnection") -> None:
    """Lay rows down by what questions ask for first: a question about one year then reads the
    blocks of that year alone.
    """
    orders = {"cases": "opened_on"} | {name: part.order for name, part in PARTS.items()}
    for name, order in orders.items():
        if order:
            cursor.execute(f"CREATE TABLE ordered AS SELECT * FROM {name} ORDER BY {order}")
            cursor.execute(f"DROP TABLE {name}")
            cursor.execute(f"ALTER TABLE ordered RENAME TO {name}")


def _kinds(columns: dict[str, Column]) -> dict[str, str]:
    return {name: column.kind for name, column in columns.items()}


def _columns_of(name: str) -> dict[str, str]:
    """The columns of a part in the order of :func:`_put_in`, with their types."""
    part = PARTS[name]
    columns = {column: CASE[column].kind for column in part.carried}
    if name != "helps":
        return columns | _kinds(part.columns)
    victim = {"is_victim": _OF_HELPS["is_victim"], "standing": "VARCHAR"}
    return columns | victim | _kinds(part.columns) | _OF_HELPS


def _declared(kinds: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in kinds.items())


def _named(document: str) -> str:
    """The columns of a document under their whole names."""
    keys = {name: column.key for name, column in CASE.items()}
    keys |= {name: part.key for name, part in PARTS.items()}
    return ", ".join(f'{document}."{key}" AS {name}' for name, key in keys.items())


def _shape() -> str:
    """What a list of documents looks like, for the engine's JSON reader."""
    shape: dict[str, Any] = {
        column.key: [column.kind.removesuffix("[]")] if column.kind.endswith("[]") else column.kind
        for column in CASE.values()
    }
    for part in PARTS.values():
        shape[part.key] = [{column.key: column.kind for column in part.columns.values()}]
    return json.dumps([shape])


def engine() -> Engine:
    """The engine of this application."""
    extensions = current_app.extensions
    if "statistics" not in extensions:
        extensions.setdefault("statistics", Engine())
    store: Engine = extensions["statistics"]
    return store


def freshened() -> datetime:
    """Bring the engine up to the newest counting; gives the moment the figures are of."""
    # Flask's proxy; the thread needs the application itself.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return engine().freshened(app)

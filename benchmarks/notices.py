"""One event told to many: ``./run bench notices [--notices 10000] [--workers 2]``.

Real processes over an embedded Valkey, mails to an SMTP server of this machine. Prints how long the
deed took, how long until the last mail was taken, and the memory of each worker at its first and
last look.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from application import create_app
from config import ROOT, from_environment
from models.base import db
from models.messages import Message
from models.people import User
from notifications import outbox
from serve import embedded_valkey, prepare

PORT = 18_825


class Counting:
    """A mail server that counts what it takes."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Take one."""
        self.taken += 1
        return "250 taken"


def run(words: list[str]) -> None:
    """Tell many people of one event and watch it go out."""
    options = argparse.ArgumentParser(prog="./run bench notices")
    options.add_argument("--notices", type=int, default=10_000)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args(words)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server tells every line it hears
    sink = Counting()
    server = Controller(sink, hostname="127.0.0.1", port=PORT)
    server.start()
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
        environ = {
            "SAFECONDUCT_ENV": "test",
            "SAFECONDUCT_DATA": str(Path(folder) / "data"),
            "SAFECONDUCT_SMTP_HOST": "127.0.0.1",
            "SAFECONDUCT_SMTP_PORT": str(PORT),
            "SAFECONDUCT_SMTP_TLS": "off",
            "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
        }
        settings = from_environment(environ)
        prepare(settings)
        valkey = embedded_valkey(settings)
        workers = [_worker(environ) for _ in range(given.workers)]
        try:
            _measure(create_app(settings), sink, workers, given.notices)
        finally:
            for process in workers:
                process.terminate()
            for process in workers:
                process.wait(20)
            if valkey is not None:
                valkey.stop()
    server.stop()


def _worker(environ: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "serve.py"), "worker-1"],
        cwd=ROOT,
        env={**os.environ, **environ},
    )


def _measure(app: Any, sink: Counting, workers: list[subprocess.Popen[bytes]], count: int) -> None:
    with app.app_context():
        people = [
            User(email=f"person{number}@bench.example", name=f"Person {number}", password_hash="!")
            for number in range(count)
        ]
        db.session.add_all(people)
        db.session.commit()
        time.sleep(4)  # the workers are up
        first = [_memory(process) for process in workers]
        began = time.perf_counter()
        outbox.post("referral.sent", reference="RF-1", path="/referrals", to=people)
        db.session.commit()
        print(
            f"{count} notices promised, and shown in the app, "
            f"in {time.perf_counter() - began:.1f} s"
        )
        while sink.taken < count and time.perf_counter() - began < 600:
            time.sleep(0.2)
        print(
            f"{sink.taken} mails taken after {time.perf_counter() - began:.1f} s "
            f"by {len(workers)} workers"
        )
        last = [_memory(process) for process in workers]
        time.sleep(1)
        db.session.rollback()
        states = (
            select(Message.state, func.count())
            .where(Message.channel == "mail")
            .group_by(Message.state)
        )
        recorded = {str(state): count for state, count in db.session.execute(states)}
        print(
            f"recorded: {recorded}; memory of the workers in MB: "
            f"{first} at the start, {last} at the end"
        )


def _memory(process: subprocess.Popen[bytes]) -> int:
    """Resident memory in MB."""
    text = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return (
        int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024
    )

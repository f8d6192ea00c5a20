"""The web process over a test's database, as ``./run`` starts it: a real server, real threads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.visitor import Visitor
from config import ROOT, Settings
from tests import waiting
from tests.browser.conftest import free_port


@contextmanager
def served(settings: Settings, log: Path, **more: str) -> Iterator[str]:
    """The address of a web process over the database, key and queue of ``settings``."""
    port = free_port()
    environ = {
        **os.environ,
        "SAFECONDUCT_ENV": "test",
        "SAFECONDUCT_DATA": str(settings.data),
        "SAFECONDUCT_KEY_FILE": str(settings.key_file),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PORT": str(port),
        **more,
    }
    with log.open("wb") as lines:
        command = [sys.executable, str(ROOT / "serve.py"), "web"]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=lines, stderr=lines)
    url = f"http://127.0.0.1:{port}"
    try:
        waiting.until(
            lambda: Visitor(url).get("/readyz").status == 200,
            moves=lambda: (log.stat().st_size, waiting.work_of(process.pid)),
            told=log.read_text,
        )
        yield url
    finally:
        process.terminate()
        waiting.ended(process)

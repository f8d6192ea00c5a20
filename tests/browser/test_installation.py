"""An installation as ``./run`` serves it: killed parts come back, a wrong key is refused,
everything is kept.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from config import ROOT
from encryption import providers
from tests import waiting
from tests.browser.conftest import Installation, start


def children(installation: Installation) -> dict[str, int]:
    """The process ids of web, worker, the worker for webhooks, and schedule."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue
        if parent == installation.process.pid and len(words) > 2 and words[1].endswith(b"serve.py"):
            found[words[2].decode()] = int(folder.name)
    return found


def test_a_killed_worker_and_web_process_come_back(
    installation: Installation, enter: Callable[..., Page]
) -> None:
    before = children(installation)
    assert set(before) == {"web", "worker-1", "hooks", "schedule"}
    page = enter("Leila Mansour")
    for name in ("worker-1", "web"):
        os.kill(before[name], signal.SIGKILL)

    def back() -> bool:
        now = children(installation)
        return set(now) == set(before) and all(
            now[name] != before[name] for name in ("worker-1", "web")
        )

    def opens() -> bool:
        try:
            page.goto("/notices")
        except Exception:
            return False
        return True

    for holds in (back, opens):
        waiting.until(
            holds,
            moves=lambda: waiting.work_of(installation.process.pid),
            told=installation.log.read_text,
        )
    expect(page.locator("h1")).to_contain_text("Notices")


def test_the_data_directory_is_private_and_lists_an_account_for_each_role(
    installation: Installation,
) -> None:
    assert installation.data.stat().st_mode & 0o777 == 0o700
    for name in ("master.key", "demo-accounts.json"):
        assert (installation.data / name).stat().st_mode & 0o777 == 0o600
    assert len(installation.accounts) == 15
    assert len({account["role"] for account in installation.accounts}) == 10
    assert len({account["password"] for account in installation.accounts}) == 15


def run(data: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Try to start; it must end by itself."""
    environ = {**os.environ, "SAFECONDUCT_DATA": str(data), "PORT": "1", **more}
    return subprocess.run(
        [sys.executable, "serve.py"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        timeout=waiting.MOST,
        check=False,
    )


def test_with_a_wrong_or_missing_key_it_refuses_to_start_and_says_what_to_do(
    installation: Installation, tmp_path: Path
) -> None:
    copy = tmp_path / "data"
    copy.mkdir(mode=0o700)
    for file in installation.data.glob("safeconduct.sqlite*"):
        shutil.copy(file, copy)
    missing = run(copy)
    assert missing.returncode != 0
    assert b"Restore it from your key backup" in missing.stderr
    assert not (copy / "master.key").exists(), "no new key for old data"
    providers.create_file(copy / "master.key")
    wrong = run(copy)
    assert wrong.returncode != 0
    assert b"does not fit this database" in wrong.stderr


def test_production_with_nothing_set_names_everything(tmp_path: Path) -> None:
    refused = run(tmp_path, SAFECONDUCT_ENV="production")
    assert refused.returncode != 0
    for name in (b"DATABASE_URL", b"REDIS_URL", b"SAFECONDUCT_SMTP_HOST"):
        assert name in refused.stderr


def test_a_second_start_keeps_everything(installation: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(installation.data, copy, ignore=shutil.ignore_patterns("*.sock", "valkey"))
    copy.chmod(0o700)
    process, url = start(copy, tmp_path / "log")
    assert url
    assert (copy / "demo-accounts.json").read_bytes() == (
        installation.data / "demo-accounts.json"
    ).read_bytes()
    assert "making the demo" not in (tmp_path / "log").read_text()
    process.send_signal(signal.SIGINT)
    assert waiting.ended(process) == 0


def test_52_slow_clients_hold_up_nobody(installation: Installation) -> None:
    """Sixty that send their heads and bodies letter by letter, more than there are threads;
    everybody else is answered.
    """
    port = int(installation.url.rpartition(":")[2])
    alone = waiting.seconds_of(
        lambda: urllib.request.urlopen(f"{installation.url}/sign-in", timeout=waiting.STILL)
    )
    slow = []
    for number in range(60):
        line = socket.create_connection(("127.0.0.1", port))
        line.sendall(
            b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
            + (b"\r\nemail=" if number % 2 else b"X-Slow: ")
        )
        slow.append(line)

    def others() -> None:
        for path in ("/healthz", "/sign-in"):
            address = f"{installation.url}{path}"
            with urllib.request.urlopen(address, timeout=max(3, 20 * alone)) as answer:
                assert answer.status == 200

    def together() -> None:
        for _ in range(20):
            for line in slow[:20]:
                line.sendall(b"a")
            others()

    assert waiting.seconds_of(together) < max(15, 20 * 8 * alone)
    for line in slow:
        line.close()

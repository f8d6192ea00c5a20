"""The clock that can be moved: one for all processes, and never in production."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from config import BadSettings, from_environment
from models import clock
from models.base import now, today
from tests import factories

LATER = datetime(2031, 5, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clock.follow(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def back() -> object:
    """What comes after lives by the machine's clock."""
    yield
    clock.follow(None)


@pytest.mark.parametrize(
    ("words", "far"),
    [
        ("+3 days", timedelta(days=3)),
        ("-2 weeks", -timedelta(weeks=2)),
        ("+ 1 hour", timedelta(hours=1)),
        ("+90MINUTES", timedelta(minutes=90)),
        ("now", timedelta(0)),
    ],
)
def test_a_time_from_now_is_told_in_words(folder: Path, words: str, far: timedelta) -> None:
    found = clock.meant(words) - datetime.now(UTC)
    assert abs(found - far) < timedelta(seconds=5)


def test_months_and_years_are_those_of_the_calendar(folder: Path) -> None:
    clock.move(folder, datetime(2028, 2, 29, 8, tzinfo=UTC))
    assert clock.meant("+1 year").date().isoformat() == "2029-02-28"
    assert clock.meant("+6 months").date().isoformat() == "2028-08-29"


def test_a_moment_may_have_a_zone_and_need_not(folder: Path) -> None:
    assert clock.meant("2031-05-04T11:30+02:00") == LATER
    assert clock.meant("2031-05-04T09:30") == LATER
    assert clock.meant("2031-05-04").hour == 0


@pytest.mark.parametrize(
    "words", ["", "soon", "+9 moons", "+99999 years", "2031-13-01", "6 months"]
)
def test_what_names_no_moment_is_refused(folder: Path, words: str) -> None:
    with pytest.raises(clock.NoMoment):
        clock.meant(words)


def test_what_one_process_moves_all_see_and_it_goes_on_from_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move(folder, LATER)
    assert abs(now() - LATER) < timedelta(seconds=5)
    assert today() == LATER.date()
    moved = json.loads((folder / clock.NAME).read_text())
    other = {"seconds": moved["seconds"] + 86400}  # as another process writes it
    (folder / clock.NAME).write_text(json.dumps(other))
    monkeypatch.setattr(clock, "LOOKS", 0)
    assert today() == LATER.date() + timedelta(days=1)
    clock.move(folder, clock.meant("now"))
    assert not (folder / clock.NAME).exists()
    assert not clock.moved_by()


@pytest.mark.parametrize("said", ['{"seconds": "many"', "null", "[]", '{"seconds": 1e300}', "{}"])
def test_a_file_that_is_broken_moves_nothing(folder: Path, said: str) -> None:
    (folder / clock.NAME).write_text(said)
    assert not clock.moved_by()


def test_a_time_from_now_in_the_setting_is_told_from_the_machines_clock(folder: Path) -> None:
    for _start in range(2):
        clock.begin(folder, "+10 days")
        assert clock.moved_by() == timedelta(days=10), "not twenty at the second start"


def test_production_refuses_it_and_reads_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        from_environment({"SAFECONDUCT_ENV": "production", "SAFECONDUCT_NOW": "+1 day"})
    assert any("SAFECONDUCT_NOW" in fault for fault in refused.value.faults)
    with pytest.raises(BadSettings) as unclear:
        from_environment({"SAFECONDUCT_NOW": "soon"})
    assert "must be a moment" in str(unclear.value)


def test_each_page_says_that_the_clock_was_moved(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    assert "clock of this installation" not in browser.get("/work").text
    clock.move(quick_app.config["SETTINGS"].data, LATER)
    stranger = factories.Browser(quick_app)
    assert "The clock of this installation was moved" in stranger.get("/sign-in").text
    again = factories.Browser(quick_app, house.caseworker)
    assert "2031" in again.get("/work").text.split("clock of this installation")[1][:60]


def test_the_command_moves_it_and_what_is_due_is_done(quick_app: Flask) -> None:
    run = quick_app.test_cli_runner()
    said = run.invoke(args=["clock", "set", "+6", "months"])
    assert "moved by 18" in said.output, said.output
    assert run.invoke(args=["clock", "set", "soon"]).exit_code == 1
    assert "moved by" in run.invoke(args=["clock", "show"]).output
    run.invoke(args=["clock", "set", "now"])
    assert "the machine's own" in run.invoke(args=["clock", "show"]).output

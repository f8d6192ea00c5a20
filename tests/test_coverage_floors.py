"""The floors: a file stands under its longest prefix, and what falls under a floor is named with
its lines.
"""

from pathlib import Path

import pytest
from coverage import Coverage
from coverage.exceptions import NoDataError

from tests import coverage_floors

SOURCE = "def one(x):\n    if x:\n        return 1\n    return 2\n\n\none(True)\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """What was measured of two small files, of which a branch was not reached."""
    for name in ("room", "room/deep"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "small.py").write_text(SOURCE)
    measured = Coverage(
        data_file=str(tmp_path / "data"), branch=True, source=[str(tmp_path)], config_file=False
    )
    with measured.collect():
        for name in ("room", "room/deep"):
            path = str(tmp_path / name / "small.py")
            exec(compile(SOURCE, path, "exec"), {})
    measured.save()
    return tmp_path / "data"


def test_a_file_stands_under_its_longest_prefix() -> None:
    floors = ("models/", "models/sealed.py", "model")
    assert coverage_floors.prefix_of("models/sealed.py", floors) == "models/sealed.py"
    assert coverage_floors.prefix_of("models/base.py", floors) == "models/"
    assert coverage_floors.prefix_of("tests/x.py", floors) is None


def test_what_falls_under_its_floor_is_named_with_the_lines_nobody_reached(data: Path) -> None:
    floors = {"room/": 70.0, "room/deep/": 90.0, "none/": 100.0}
    found = coverage_floors.reached(data, floors, data.parent)
    assert found["room/"].share == found["room/deep/"].share == 71.4
    assert coverage_floors.report(found, floors) == [
        "ok  none/                  100.0 of 100.0",
        "ok  room/                   71.4 of 70.0",
        "LOW room/deep/              71.4 of 90.0",
        "    room/deep/small.py: 4 and 1 branches in part",
    ]


def test_without_a_measurement_nothing_is_right(tmp_path: Path) -> None:
    with pytest.raises(NoDataError):
        coverage_floors.reached(tmp_path / "nothing", {"models/": 1.0})

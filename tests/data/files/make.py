"""Makes the corpus anew: ``./run corpus``.

``good/<kind that is kept>/<name>`` and ``bad/<reason>/<name>``; README.md says how each is made.
Everybody in it is invented.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
MAKERS: dict[str, Callable[[], bytes]] = {}


def makes(*places: str) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    """This function makes the files at ``places``; where there are several it is told which."""

    def keep(make: Callable[..., bytes]) -> Callable[..., bytes]:
        for place in places:
            MAKERS[place] = (
                make if len(places) == 1 else (lambda place=place: make(Path(place).stem))
            )
        return make

    return keep


def main(wanted: list[str]) -> None:
    """Make all files, or those whose place has one of the words."""
    from tests.data.files import bad_files, good_files, recordings  # noqa: F401, PLC0415

    for folder in () if wanted else ("good", "bad"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    for place, make in MAKERS.items():
        if not wanted or any(word in place for word in wanted):
            path = HERE / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(make())
    files = [path for folder in ("good", "bad") for path in (HERE / folder).rglob("*.*")]
    print(len(files), "files,", sum(path.stat().st_size for path in files), "bytes")


if __name__ == "__main__":
    sys.modules["tests.data.files.make"] = sys.modules["__main__"]
    main(sys.argv[1:])

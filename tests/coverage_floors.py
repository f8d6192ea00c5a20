"""Which share of the branches of each package the tests must reach:

``python -m tests.coverage_floors [coverage data]``.

Reads what a run with ``--cov`` left behind. A package stands under the longest prefix of
:data:`FLOORS` that fits its files. Fails, naming the package and its lines that no test reached,
where a package falls under its floor. A floor is what is reached today; it is raised with the tests
and never lowered.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from coverage import Coverage
from coverage.exceptions import NoDataError, NoSource

ROOT = Path(__file__).resolve().parent.parent
# Prefix of files → least share of lines and branches, in per cent. The goals: 100 for what guards,
# 90 elsewhere.
FLOORS: dict[str, float] = {
    "access/": 98.0,
    "accounts/": 90.0,
    "avrr/": 94.0,
    "casework/": 93.0,
    "data_protection/": 90.0,
    "files/": 90.0,
    "operations/": 90.0,
    "organisations/": 90.0,
    "funds/": 94.0,
    "funds/ledger.py": 100.0,
    "models/": 97.0,
    "models/sealed.py": 95.0,
    "notifications/": 90.0,
    "referral/": 95.0,
    "reporting/": 93.0,
    "standards/": 95.0,
    "encryption/": 97.0,
    "web/": 96.0,
    "web/guard.py": 100.0,
}


@dataclass
class Reached:
    """What the tests reached of the files under one prefix."""

    whole: int = 0
    part: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of lines and branches, in per cent, rounded down to a tenth."""
        return int(1000 * self.part / self.whole) / 10 if self.whole else 100.0


def prefix_of(name: str, floors: Iterable[str]) -> str | None:
    """The longest prefix that a file stands under; none where it has no floor."""
    return max((prefix for prefix in floors if name.startswith(prefix)), key=len, default=None)


def reached(data: Path, floors: Iterable[str], root: Path = ROOT) -> dict[str, Reached]:
    """What a run reached, by prefix.

    Raises :class:`coverage.exceptions.NoDataError` where there was none.
    """
    coverage = Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    if not coverage.get_data().measured_files():
        raise NoDataError(f"nothing was measured: {data}")
    found = {prefix: Reached() for prefix in floors}
    for path in sorted(coverage.get_data().measured_files()):
        name = str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path
        prefix = prefix_of(name, found)
        if prefix is not None:
            _add(found[prefix], coverage, path, name)
    return found


def _add(to: Reached, coverage: Coverage, path: str, name: str) -> None:
    try:
        numbers = coverage._analyze(
            path
        ).numbers  # the public report prints, and gives no figures of branches
        _name, _lines, _excluded, _missing, missing = coverage.analysis2(path)
    except NoSource:  # a file that has gone
        return
    to.whole += numbers.n_statements + numbers.n_branches
    to.part += numbers.n_executed + numbers.n_executed_branches
    if missing or numbers.n_missing_branches:
        partly = (
            f" and {numbers.n_partial_branches} branches in part"
            if numbers.n_partial_branches
            else ""
        )
        to.missing.append(f"    {name}: {missing or 'all lines'}{partly}")


def report(found: dict[str, Reached], floors: dict[str, float]) -> list[str]:
    """A line for each prefix, and what is missing of those under their floor."""
    lines = []
    for prefix, floor in sorted(floors.items()):
        one = found[prefix]
        low = one.share < floor
        lines.append(f"{'LOW ' if low else 'ok  '}{prefix:<22}{one.share:>6.1f} of {floor:.1f}")
        lines += one.missing if low else []
    return lines


def main(words: list[str]) -> int:
    """Compare a run with the floors; gives 1 where a package fell under its own."""
    data = Path(words[0]) if words else ROOT / ".coverage"
    try:
        found = reached(data, FLOORS)
    except NoDataError as wrong:
        sys.stdout.write(f"{wrong}\n")
        return 1
    lines = report(found, FLOORS)
    sys.stdout.write("\n".join(lines) + "\n")
    low = sum(line.startswith("LOW") for line in lines)
    sys.stdout.write(f"{len(FLOORS) - low} passed, {low} failed\n")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

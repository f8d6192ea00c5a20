"""Each part of ``./run bench`` runs to its end with few rows: nothing is measured here, but none of
it can rot.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT


def run_bench(*words: str) -> str:
    """What ``./run bench`` with ``words`` prints; it must end well."""
    command = [sys.executable, "-m", "benchmarks", *words]
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout


def test_pages_are_measured_beside_their_floors(tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    run_bench("--cases", "60", "--rounds", "3", "--json", str(kept))
    figures = json.loads(kept.read_text("utf-8"))
    assert figures["cases"] == 60
    assert list(figures["measures"]) == ["list", "search", "open", "register", "statistics"]
    assert all(measure["floor_ms"] > 0 for measure in figures["measures"].values())


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("search", "--cases", "310"), "'pairs': 304"),
        (("trail", "--entries", "50"), ", 0 breaks"),
        (("file", "--megabytes", "5"), "memory above the ready application"),
        (
            ("load", "--people", "4", "--minutes", "0.5", "--every", "8"),
            "of these missing: 0, there twice: 0",
        ),
        (("notices", "--notices", "10", "--workers", "1"), "recorded: {'delivered': 10}"),
        (("statistics", "--cases", "200"), "found the facts right"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_a_part_alone(words: tuple[str, ...], printed: str) -> None:
    assert printed in run_bench(*words)

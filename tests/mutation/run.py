"""Change one rule at a time in a copy of the tree and run the tests that should notice:

``./run test mutation [word …]``.

Words pick changes by what they say or where they stand. A change that no test notices has survived.
A change whose old text does not stand exactly once, and tests that do not run, fail too, so that
the table cannot rot. Ends with 1 where anything failed.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.change import Change
from tests.mutation.changes import CHANGES

ROOT = Path(__file__).resolve().parents[2]
COPIES = 2
SECONDS = 900  # a change that makes a test wait for ever is noticed
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "instance", "screenshots", "__pycache__", "node_modules"
)
NOTICED, PASSED = 1, 0  # what pytest ends with


def rotten(changes: list[Change]) -> list[str]:
    """Changes whose old text does not stand exactly once in its file."""
    found = []
    for change in changes:
        path = ROOT / change.file
        count = path.read_text("utf-8").count(change.old) if path.exists() else 0
        if count != 1:
            found.append(f"{change.says}: {change.file} has the old text {count} times")
    return found


def copied(folder: Path) -> Path:
    """A copy of the tree, with the same environment."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT, symlinks=True)
    (tree / ".venv").symlink_to((ROOT / ".venv").resolve())
    return tree


def ends_with(tree: Path, words: str, *, keep: bool = False) -> int:
    """Run tests in a copy; gives what pytest ends with.

    ``keep``: bytecode is kept, of what is not changed alone.
    """
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "" if keep else "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", *shlex.split(words)]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environ, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return NOTICED
    return done.returncode


def outcome(tree: Path, change: Change) -> str:
    """What became of one change: empty where a test noticed, else what is wrong."""
    path = tree / change.file
    before, times = path.read_text("utf-8"), path.stat()
    path.write_text(before.replace(change.old, change.new), "utf-8")
    try:
        ended = ends_with(tree, change.tests)
    finally:
        path.write_text(before, "utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    said = {NOTICED: "", PASSED: "survived"}
    return said.get(ended, f"its tests did not run (pytest ended with {ended}): {change.tests}")


def gathered(changes: list[Change]) -> list[str]:
    """The tests of all changes, a run for each file: what is picked of it, or the whole."""
    picked: dict[str, set[str]] = {}
    for change in changes:
        file, *words = shlex.split(change.tests)
        picked.setdefault(file, set()).add(f"({words[1]})" if words else "")
    return [
        file if "" in names else shlex.join([file, "-k", " or ".join(sorted(names))])
        for file, names in sorted(picked.items())
    ]


def unchanged(tree: Path, changes: list[Change]) -> list[str]:
    """Tests that fail where nothing is changed: a change is noticed only by tests that pass without
    it.
    """
    return [words for words in gathered(changes) if ends_with(tree, words, keep=True) != PASSED]


def judge(changes: list[Change], tree: Path, folder: Path) -> list[str]:
    """Make every change, in copies of ``tree`` side by side; gives what is wrong, a line each."""
    free: SimpleQueue[Path] = SimpleQueue()
    for number in range(COPIES):
        free.put(Path(shutil.copytree(tree, folder / str(number), symlinks=True)))

    def one(change: Change) -> str:
        copy = free.get()
        try:
            wrong = outcome(copy, change)
        finally:
            free.put(copy)
        sys.stdout.write(f"{'FAILED ' if wrong else 'noticed'}  {change.file}: {change.says}\n")
        sys.stdout.flush()
        return f"{change.file}: {change.says}: {wrong}" if wrong else ""

    with ThreadPoolExecutor(COPIES) as pool:
        return [wrong for wrong in pool.map(one, changes) if wrong]


def main(words: list[str]) -> int:
    """Run the table, or what one of ``words`` picks of it; gives 0 where every change was noticed."""
    changes = [
        one
        for one in CHANGES
        if not words or any(word.lower() in f"{one.file} {one.says}".lower() for word in words)
    ]
    if not changes:
        sys.stdout.write("no change is picked\n0 passed, 1 failed\n")
        return 1
    wrong = rotten(changes)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = copied(Path(folder))
        wrong = wrong or [
            f"fails without any change: {words}" for words in unchanged(tree, changes)
        ]
        wrong = wrong or judge(changes, tree, Path(folder))
    for line in wrong:
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"{max(0, len(changes) - len(wrong))} passed, {len(wrong)} failed\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

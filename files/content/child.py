"""A process that looks into one file and ends: content in by a pipe, verdict out by another.

It has no key, no database and no settings; it may write no file and use so much memory and time,
so that a file made to break a decoder breaks this process and nothing else.
"""

import json
import resource
import sys

from files.content.kinds import Looked, NotKept
from files.content.looking import look

MEMORY_MOST = 3 * 1024**3
SECONDS_MOST = 60


def main() -> None:
    """Read what the kind (first argument) is of, and write the verdict."""
    _within_bounds()
    content = sys.stdin.buffer.read()
    try:
        answer(look(sys.argv[1], content))
    except NotKept as wrong:
        answer(wrong)


def answer(verdict: Looked | NotKept) -> None:
    """One line that says what follows, then the new content and the small picture."""
    kept = verdict if isinstance(verdict, Looked) else Looked("")
    head = {
        "kind": kept.kind,
        "reason": verdict.reason if isinstance(verdict, NotKept) else "",
        "content": len(kept.content),
    }
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n" + kept.content + kept.thumbnail)
    out.flush()


def _within_bounds() -> None:
    for bound, most in (
        (resource.RLIMIT_AS, MEMORY_MOST),
        (resource.RLIMIT_CPU, SECONDS_MOST),
        (resource.RLIMIT_FSIZE, 0),  # nothing in clear on a disk, whatever a library does
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(bound, (most, most))


if __name__ == "__main__":
    main()

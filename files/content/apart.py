"""Looking into a file in a process of its own, within bounds of memory and time.

The content goes through pipes and never touches a disk.
"""

import json
import os
import subprocess  # we start ourselves, with no word of a user in the line
import sys
from pathlib import Path

from files.content.kinds import Looked, NotKept

SECONDS_MOST = 90
_HERE = Path(__file__).resolve().parents[2]


class LookingFailed(Exception):
    """The process could not look (a library is missing): nothing is said about the file."""


def look(kind: str, content: bytes) -> Looked:
    """As :func:`files.content.looking.look`; what takes too long or too much is a bomb.

    Raises :class:`NotKept`, or :class:`LookingFailed` where the file is not to blame.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "files.content.child", kind],
            input=content,
            capture_output=True,
            timeout=SECONDS_MOST,
            cwd=_HERE,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotKept("bomb") from None
    if done.returncode < 0:  # ended by the bounds, or broken by the file
        raise NotKept("bomb")
    if done.returncode:
        raise LookingFailed(f"looking into a {kind} ended with {done.returncode}")
    return _verdict(done.stdout)


def _environment() -> dict[str, str]:
    """No setting and no secret of ours; threads of decoders would only take memory."""
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _verdict(answer: bytes) -> Looked:
    line, _, rest = answer.partition(b"\n")
    head = json.loads(line)
    if head["reason"]:
        raise NotKept(str(head["reason"]))
    size = int(head["content"])
    return Looked(str(head["kind"]), rest[:size], rest[size:])

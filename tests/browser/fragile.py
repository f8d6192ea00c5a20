"""An installation as ``./run`` starts it, whose web process does at a form what it is told to:

``python -m tests.browser.fragile``. The file ``fault`` of the data directory names a fault and the
path of a form: ``before`` and ``after`` kill the process (SIGKILL) at the commit of the deed sent
there, before and after it; ``factor`` asks for a second factor before it. Without the file it is an
installation like any other.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import event

import serve
import web.barring
from models.base import db
from models.sent import SentForm

FAULT = "fault"


class Children(serve.Children):
    """The web process of ours, and the others."""

    def start(self, name: str) -> None:
        """Start one."""
        super().start(name) if name != "web" else self.start_ours()

    def start_ours(self) -> None:
        """As the others are started."""
        self.began["web"] = time.monotonic()
        command = [sys.executable, "-m", "tests.browser.fragile", "web"]
        self.running["web"] = subprocess.Popen(command, cwd=serve.ROOT, start_new_session=True)


def told(fault: str) -> bool:
    """Whether this fault is to happen at the form that was sent just now; it happens once."""
    path = Path(os.environ["SAFECONDUCT_DATA"], FAULT)
    if not has_request_context() or request.method != "POST" or not path.exists():
        return False
    is_here = path.read_text() == f"{fault} {request.path}"
    if is_here:
        path.unlink()
    return is_here


def break_at_commits() -> None:
    """Die at the commit of a deed."""

    def answered(_row: SentForm, value: object, _before: object, _by: object) -> None:
        g.is_deed = value is not None and has_request_context()

    def die(fault: str) -> Callable[[Any], None]:
        def at_commit(_session: Any) -> None:
            if has_request_context() and g.get("is_deed") and told(fault):
                os.kill(os.getpid(), signal.SIGKILL)

        return at_commit

    event.listen(SentForm.answer, "set", answered)
    event.listen(db.session, "before_commit", die("before"))
    event.listen(db.session, "after_commit", die("after"))


def ask_for_factors() -> None:
    """Ask for a second factor before a deed, as those do that are not taken back."""
    stop = web.barring._stop

    def wanted(user: Any, *, fresh: bool) -> Any:
        return stop(user, fresh=fresh or told("factor"))

    web.barring._stop = wanted


if __name__ == "__main__":
    if sys.argv[1:] == ["web"]:
        break_at_commits()
        ask_for_factors()
        serve.child("web")
    else:
        serve.Children = Children  # type: ignore[misc]
        serve.main()

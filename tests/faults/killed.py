"""A process of ours that kills itself (SIGKILL) at a chosen step:

``python -m tests.faults.killed STEP AT [FIRST LAST]``.

Steps of the web: ``before_commit``, ``before_enqueue``. Steps of a worker: ``before_claim``,
``claimed``, ``some_claimed``, ``sending``, ``sent``.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from application import create_app
from models.base import db
from models.people import User
from notifications import channels, jobs, outbox, queue, webhooks, worker


def die(*_arguments: Any, **_named: Any) -> None:
    """As the kernel's out-of-memory killer would."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_call(number: int, real: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    """``real``, but the process dies at the call of this number: before it, or after it."""
    calls = 0

    def run(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == number:
            die()
        answer = real(*arguments, **named)
        if not before and calls == number:
            die()
        return answer

    return run


def web(step: str, number: int, first: int, last: int) -> None:
    """Post notices one transaction each, and die on the way."""
    people = [
        db.session.execute(select(User).where(User.email == "helper@example.org"))
        .unique()
        .scalar_one()
    ]
    if step == "before_enqueue":
        queue.push = at_call(number, queue.push, before=True)
    for place in range(first, last):
        outbox.post("referral.sent", reference=f"RF-{place}", path="/referrals", to=people)
        if step == "before_commit" and place == first + number:
            die()
        db.session.commit()


def work(step: str, number: int) -> None:
    """Work as a worker does, and die at a message."""
    if step == "before_claim":
        jobs._claim = at_call(number, jobs._claim, before=True)
    elif step == "some_claimed":
        jobs._claim_some = at_call(number, jobs._claim_some, before=False)
    elif step == "claimed":
        jobs._claim = at_call(number, jobs._claim, before=False)
    elif step == "sending":
        channels.send = at_call(number, channels.send, before=True)
        webhooks._send = at_call(number, webhooks._send, before=True)
    else:
        channels.send = at_call(number, channels.send, before=False)
        webhooks._send = at_call(number, webhooks._send, before=False)
    worker.run_worker(worker.own_connection(), burst=True)


if __name__ == "__main__":
    with create_app().app_context():
        name, count, *places = sys.argv[1], *map(int, sys.argv[2:])
        if name in {"before_commit", "before_enqueue"}:
            web(name, count, *places)
        else:
            work(name, count)

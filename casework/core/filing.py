"""What a referral or a return leaves behind when it ends: sealed in the case, before its own key is
destroyed.

What partners and other missions could read is gone with the key. What they said of the person is
the case's, and stays for those who may read there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from access import audit
from access.actors import system
from access.gate import acting, for_the_ledger
from models.base import db
from models.referrals import Referral
from models.returns import Return
from models.scope import reaching
from models.sealed import packed

FILING = system("filing")


@contextmanager
def filing(case_id: int) -> Iterator[None]:
    """Within the block a task of the system files for a case, whoever brought the end about: a
    partner who may not read there, the clock, or the person who takes back their yes.
    """
    with reaching(case_id), acting(FILING, purpose="filing") as gate, for_the_ledger():
        yield
        db.session.flush()
        audit.append(gate.pending())


def put_away(record: Referral | Return, gathered: Callable[[], dict[str, Any]]) -> None:
    """Seal in the case what ``gathered`` gives of ``record``; nothing where it gives nothing.

    What was put away before, where something ended more than once, stays beneath it.
    """
    with filing(record.case_id):
        left_now = {name: value for name, value in gathered().items() if value}
        if left_now:
            record.left = packed({"all": [left_now, *left(record)]}).decode()


def left(record: Referral | Return) -> list[dict[str, Any]]:
    """What was put away, the newest end first; whoever acts must be allowed to read there."""
    found: list[dict[str, Any]] = json.loads(record.left)["all"] if record.left_sealed else []
    return found

"""Work that comes back: tasks of many packages done one after the other, each in a transaction of
its own. An edge: commits.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from models.base import db
from web.errors import whereabouts

log = logging.getLogger("safeconduct.periodic")


def job(tasks: Iterable[Callable[[], Any]]) -> Callable[[int], None]:
    """A job that does ``tasks`` in order.

    One that fails holds up none of the others; the job then fails as it did.
    """
    in_order = tuple(tasks)

    def run(_id: int = 0) -> None:
        failures: list[Exception] = []
        for task in in_order:
            try:
                task()
                db.session.commit()
            except Exception as failure:  # noqa: BLE001 -- whatever it is, the others go on
                db.session.rollback()
                log.error("periodic work of %s failed: %s", task.__module__, whereabouts(failure))  # noqa: TRY400 -- a traceback quotes values
                failures.append(failure)
        if failures:
            raise failures[0]

    return run

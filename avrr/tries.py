"""When contact counts as lost: tries that reached nobody, and how many the programme asks."""

from datetime import date
from typing import NamedTuple

from flask import current_app

from models.returns import Return
from models.visits import VisitAttempt
from standards import lists


class Tries(NamedTuple):
    """What was tried since somebody was last reached."""

    made: int
    ways: int
    since: date | None
    enough: bool  # by the programme's own rule


def since_reached(return_: Return) -> Tries:
    """The attempts since the last one that reached anybody."""
    since: list[VisitAttempt] = []
    for attempt in sorted(return_.attempts, key=lambda each: (each.on, each.id)):
        since = [] if attempt.outcome in lists.FOLLOW_UP_REACHED else [*since, attempt]
    ways = {attempt.manner for attempt in since}
    count, different = asked(return_.programme)
    return Tries(
        len(since),
        len(ways),
        since[0].on if since else None,
        len(since) >= count and len(ways) >= different,
    )


def asked(programme: str) -> tuple[int, ...]:
    """How many tries a programme asks before contact counts as lost, by how many ways."""
    rule: dict[str, tuple[int, ...]] = current_app.config["SETTINGS"].lost_after
    return rule.get(programme, rule[""])

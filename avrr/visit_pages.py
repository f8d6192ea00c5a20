"""What a page shows of follow-ups: each with its attempts, visits not planned, how it may end."""

from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _

from access.actors import Actor
from avrr import endings, tries, visits
from models.base import today
from models.returns import FollowUp, Return
from models.visits import VisitAttempt
from standards import lists


@dataclass(frozen=True)
class Line:
    """A follow-up with its attempts, and whether it is past its day."""

    follow_up: FollowUp
    attempts: list[VisitAttempt]
    is_late: bool


def shown(
    actor: Actor, return_: Return, *, may_receive: bool, may_reintegrate: bool
) -> dict[str, object]:
    """Follow-ups, attempts and the end, for the mission at home, which reads on after the end."""
    may_read = may_receive and return_.own_key is not None
    tried = sorted(return_.attempts, key=lambda each: (each.on, each.id))
    return {
        "visits": [_line(return_, each) for each in return_.follow_ups],
        "unplanned": [each for each in tried if each.follow_up_id is None],
        "seen": dict(return_.seen) if may_read and return_.seen_sealed else {},
        "months": [*months(return_), (visits.UNPLANNED, _("Not planned"))],
        "attempts": [(str(each.id), _said(each)) for each in tried],
        "vain": tries.since_reached(return_),
        "lacking": endings.lacks(return_, endings.COMPLETED) if may_reintegrate else [],
        "ending": endings.in_words(return_) if may_read else {},
        "may_agree": return_.ending_by_id not in {None, actor.id},
    }


def _line(return_: Return, follow_up: FollowUp) -> Line:
    made = [each for each in return_.attempts if each.follow_up_id == follow_up.id]
    return Line(follow_up, made, follow_up.is_open and follow_up.due_on < today())


def months(return_: Return) -> list[tuple[str, str]]:
    """The follow-ups to choose from."""
    return [
        (str(each.month), _("Month %(month)s", month=each.month)) for each in return_.follow_ups
    ]


def _said(attempt: VisitAttempt) -> str:
    month = attempt.month
    words = [
        format_date(attempt.on, "d MMMM y"),
        _("Month %(month)s", month=month) if month else _("Not planned"),
        lists.label(lists.FOLLOW_UP_MANNERS, attempt.manner),
        lists.label(lists.FOLLOW_UP_OUTCOMES, attempt.outcome),
    ]
    return ", ".join(words)

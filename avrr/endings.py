"""How a return ends: completed, lost to contact, migrated again, withdrew, died.

Nothing ends by itself. *Completed* says that there was a plan, that what was promised was given and
that the person was reached at the end; where one of these is missing it takes a reason and a second
person. *Lost to contact* is proposed after the tries that the programme asks, and otherwise takes a
reason.
"""

from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from access.actors import Actor
from avrr import assistance_items, events, recipients, tries, visits
from casework.core import holding
from models.base import today
from models.life_cycles import Someone
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from models.states import RETURN
from notifications import outbox
from standards import lists
from web.links import link

COMPLETED, LOST = "completed", "lost"
_PROMISED = _l(
    "An instalment that was promised has not been given. Give it, or close for another reason."
)
_NO_PLAN = _l("There is no plan of reintegration.")
_NOT_SEEN = _l("The last follow-up has reached nobody, and there is no survey of it.")
_HOW = _l("Write down why all the same: a second person of the mission then agrees, or not.")


def lacks(return_: Return, outcome: str) -> list[str]:
    """What keeps a return from ending so without more, in words."""
    if outcome == COMPLETED:
        return [
            *([str(_PROMISED)] if _is_owed(return_) else []),
            *([] if return_.plan_sealed else [str(_NO_PLAN)]),
            *([] if _was_seen_at_the_end(return_) else [str(_NOT_SEEN)]),
        ]
    if outcome == LOST and not tries.since_reached(return_).enough:
        count, ways = tries.asked(return_.programme)
        return [
            _(
                "The programme asks for %(count)s tries by %(ways)s ways before contact counts as "
                "lost (to be verified with the programme).",
                count=count,
                ways=ways,
            )
        ]
    return []


def _is_owed(return_: Return) -> bool:
    """Whether an instalment that was approved has not been given."""
    return any(
        instalment.paid_on is None
        for item in return_.assistance
        if item.is_approved
        for instalment in item.instalments
    )


def _was_seen_at_the_end(return_: Return) -> bool:
    """Whether the last follow-up reached somebody, or a survey was taken for it."""
    last = max(return_.follow_ups, key=lambda each: each.due_on, default=None)
    if last is None:
        return bool(return_.surveys) or any(
            each.outcome in lists.FOLLOW_UP_REACHED for each in return_.attempts
        )
    return last.done_on is not None or any(each.month == last.month for each in return_.surveys)


@RETURN.guard("close")
def _as_its_outcome_says(return_: Return, by: Someone) -> None:
    """Completed without all that makes it so: somebody else asked for it."""
    missing = lacks(return_, COMPLETED) if return_.outcome == COMPLETED else []
    if missing and return_.ending_by_id in (None, by.id):
        raise RuleBroken(" ".join([*missing, str(_HOW)]), "ending")


def close(
    *, by: Actor, return_: Return, outcome: str, ended_on: date | None = None, why: str = ""
) -> bool:
    """End a return as it ended on a day; gives whether it is closed, or waits for a second person.

    Raises :class:`RuleBroken` where something is missing and ``why`` does not say why all the same.
    """
    visits.must_be_home(return_)
    on = ended_on or today()
    if not (return_.arrived_on or on) <= on <= today():
        raise RuleBroken(_("It ended between the arrival and today."), "ended_on")
    missing = lacks(return_, outcome)
    if missing and not why.strip():
        how = [str(_HOW)] if outcome == COMPLETED else [_("Write down why all the same.")]
        raise RuleBroken(" ".join([*missing, *how]), "ending")
    return_.ending = {"outcome": outcome, "on": on.isoformat(), "why": why.strip()}
    if missing and outcome == COMPLETED:
        _ask_a_second(by, return_)
        return False
    return_.ending_by_id = None
    _end(by, return_, outcome, on)
    return True


def _ask_a_second(by: Actor, return_: Return) -> None:
    return_.ending_by_id = by.id
    events.add(by=by, return_=return_, kind="ending_asked")
    staff = recipients.seconds(return_)
    outbox.post(
        "return.ending",
        reference=f"{len(return_.events)}-{return_.reference}",
        path=link("avrr.show", return_),
        to=[user for user in staff if user.id != by.id],
        office=return_.home_id or return_.sending_id,
    )


def agree(*, by: Actor, return_: Return, decision: str) -> None:
    """A second person agrees that a return is closed as completed, or does not."""
    visits.must_be_home(return_)
    if return_.ending_by_id is None:
        raise NotPossible(_("Nobody asks to close this return."))
    if return_.ending_by_id == by.id:
        raise RuleBroken(_("Somebody else than who asked agrees."))
    if decision == "approve":
        asked: dict[str, Any] = dict(return_.ending)
        _end(by, return_, asked["outcome"], date.fromisoformat(asked["on"]))
        return
    return_.ending_by_id = None
    events.add(by=by, return_=return_, kind="ending_refused")


def _end(by: Actor, return_: Return, outcome: str, on: date) -> None:
    return_.outcome = outcome
    RETURN.move(return_, "close", by=by)
    return_.ended_on = on
    visits.not_needed(return_, on)
    assistance_items.stop_all(by=by, return_=return_)
    events.add(by=by, return_=return_, kind="closed")
    if not return_.is_kept:
        outbox.post(
            "return.closed",
            reference=return_.reference,
            path=link("avrr.show", return_),
            to=holding.told_of(return_.case),
            office=return_.sending_id,
        )


def in_words(return_: Return) -> dict[str, str]:
    """What was said of the end, for the mission at home."""
    said = dict(return_.ending) if return_.own_key and return_.ending_sealed else {}
    if "outcome" not in said:  # of a version before, which kept the words alone
        return {}
    return {
        "outcome": str(said["outcome"]),
        "why": str(said["why"]),
        "on": format_date(date.fromisoformat(said["on"]), "d MMMM y"),
    }

"""Between missions: a return notice with what is released; accepted, or sent back with questions.

The missions write in one thread, and a third may help on the way.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from access.actors import Actor
from access.fields import HANDOVER as RELEASED_BY_HANDOVER
from access.fields import gather
from access.permissions import Role
from avrr import events
from casework.core import consent, tasks
from models.base import db, now, today
from models.life_cycles import Someone
from models.people import Organisation, User
from models.returns import Return
from models.rules import NotPossible, RuleBroken
from models.states import HANDOVER
from notifications import outbox
from web.links import link

_HANDED_OVER = _l("This return was handed over already.")
MOST = 100  # words in a thread


@HANDOVER.guard("hand_over")
def _the_person_has_not_left(return_: Return, _by: Someone) -> None:
    if not return_.is_in_preparation:
        raise RuleBroken(_HANDED_OVER)


@HANDOVER.guard("hand_over")
def _the_person_still_wants_it(return_: Return, _by: Someone) -> None:
    """Nothing is released for somebody who does not agree to be assisted any more."""
    consent.lock(return_.case)
    if not consent.agreed(return_.case, "assistance"):
        raise RuleBroken(_("Return is voluntary: the person has not agreed to be assisted."))


def hand_over(*, by: Actor, return_: Return) -> None:
    """Release what reception needs to the mission of the country of return, and tell it."""
    if not HANDOVER.can(return_, "hand_over"):
        raise NotPossible(_HANDED_OVER)
    HANDOVER.check(return_, "hand_over", by=by)
    mission = _mission_in(return_.country)
    return_.receiving = mission
    return_.released = gather(return_.case, RELEASED_BY_HANDOVER)
    HANDOVER.move(return_, "hand_over", by=by)
    db.session.flush()
    events.add(by=by, return_=return_, kind="handed_over")
    staff = outbox.people_of(mission.id, Role.ORIGIN)
    _notify(return_, "handover.sent", staff, urgent=True)


def accept(*, by: Actor, return_: Return) -> None:
    """The receiving mission takes the person on."""
    HANDOVER.move(return_, "accept", by=by)
    events.add(by=by, return_=return_, kind="accepted")
    _notify(return_, "handover.accepted", _senders(return_))


def send_back(*, by: Actor, return_: Return, words: str = "") -> None:
    """The receiving mission has questions; the sender answers and hands over again."""
    HANDOVER.check(return_, "send_back", by=by)
    if words:
        _write(by, return_, words)
    HANDOVER.move(return_, "send_back", by=by)
    events.add(by=by, return_=return_, kind="questions")
    _notify(return_, "handover.questions", _senders(return_))
    tasks.add(by=by, case=return_.case, kind="handover_questions", due_on=today())


def say(*, by: Actor, return_: Return, words: str) -> None:
    """A word of either mission to the other; sealed with the return.

    The row is locked first, so that two who speak at once are both heard.
    """
    db.session.execute(select(Return.id).where(Return.id == return_.id).with_for_update()).all()
    db.session.refresh(return_)
    count = _write(by, return_, words)
    events.add(by=by, return_=return_, kind="answered")
    is_of_sender = return_.sending_id in by.at(Role.CASEWORKER, Role.SUPERVISOR)
    recipients = _receivers(return_) if is_of_sender else _senders(return_)
    _notify(return_, "handover.words", recipients, count=count)


def _write(by: Actor, return_: Return, words: str) -> int:
    thread: list[dict[str, Any]] = list(return_.thread.get("items", []))
    if len(thread) >= MOST:
        raise RuleBroken(_("This thread is full. Talk to each other."), "words")
    thread.append(
        {"at": now().isoformat(), "name": by.user.name if by.user else "", "words": words}
    )
    return_.thread = {"items": thread}
    return len(thread)


def items(return_: Return) -> list[dict[str, Any]]:
    """The thread, oldest first."""
    return [
        {**item, "at": datetime.fromisoformat(item["at"])}
        for item in return_.thread.get("items", [])
    ]


def passed(*, by: Actor, return_: Return, outcome: str) -> None:
    """The transit mission says how it went on the way.

    The others are notified where somebody is held up.
    """
    events.add(by=by, return_=return_, kind=f"transit_{outcome}")
    if outcome == "stopped":
        people = {user.id: user for user in [*_senders(return_), *_receivers(return_)]}
        count = len(return_.events)
        _notify(return_, "return.stopped", people.values(), count=count, urgent=True)


def _mission_in(country: str) -> Organisation:
    query = (
        select(Organisation)
        .where(Organisation.kind == "mission", Organisation.country == country)
        .order_by(Organisation.id)
    )
    mission = db.session.execute(query).scalars().first()
    if mission is None:
        raise RuleBroken(
            _("There is no mission in the country of return. Ask headquarters who receives.")
        )
    return mission


def _senders(return_: Return) -> list[User]:
    if return_.case.owner:
        return [return_.case.owner]
    return outbox.people_of(return_.sending_id, Role.SUPERVISOR)


def _receivers(return_: Return) -> list[User]:
    return outbox.people_of(return_.receiving_id or 0, Role.ORIGIN)


def _notify(
    return_: Return, event: str, to: Iterable[User], *, count: int = 0, urgent: bool = False
) -> None:
    """Tell people of an event; ``count`` tells events of one kind about one return apart."""
    reference = f"{count}-{return_.reference}" if count else return_.reference
    address = link("avrr.show", return_)
    outbox.post(event, reference=reference, path=address, to=to, urgent=urgent)

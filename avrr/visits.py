"""After return: each attempt to see or call a person, and what follow-ups these make done.

An attempt is not a visit: a follow-up is done when the person, or somebody who knows how they are,
was reached. It is made within its window; beside it a visit is kept as one that was not planned.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import format_date
from flask_babel import gettext as _

from access.actors import Actor
from avrr import early_warnings, events, tries
from casework.core import histories, revisions
from models.base import db, now, today
from models.dates import months_after
from models.returns import FollowUp, Return
from models.rules import NotPossible, RuleBroken
from models.states import Sets
from models.visits import VisitAttempt
from standards import lists

UNPLANNED = "0"  # in place of the month of a follow-up
_SAID = ("manner", "outcome", "business", "economic", "social", "psychosocial")
_OF_AN_ATTEMPT = ("on", *_SAID)
_WORDS = {"words": "seen", "next_step": "next_step"}  # as they are kept, and as they are typed
_EMPTY = {"manner": "", "outcome": "", "business": ""}


class Window(NamedTuple):
    """From which day until which a visit counts for a follow-up."""

    first: date
    last: date


def must_be_home(return_: Return) -> None:
    """Raises where the person has not arrived, or the return has ended."""
    if return_.state not in Sets.RETURN_HOME:
        raise NotPossible(_("The person has not arrived yet, or the return is closed."))


def window(return_: Return, follow_up: FollowUp) -> Window:
    """From a part of the time since the one before it (or the arrival) until the day before the
    next one is due; the last has as long after its day as before.
    """
    planned = sorted(return_.follow_ups, key=lambda each: each.due_on)
    place = planned.index(follow_up)
    earlier = planned[place - 1] if place else None
    begins = earlier.due_on if earlier else (return_.arrived_on or follow_up.due_on)
    percent = current_app.config["SETTINGS"].follow_up_early
    early = timedelta(days=(follow_up.due_on - begins).days * percent // 100)
    if place + 1 < len(planned):
        following = planned[place + 1].due_on
    else:
        months = follow_up.month - (earlier.month if earlier else 0)
        following = months_after(follow_up.due_on, months)
    return Window(follow_up.due_on - early, following - timedelta(days=1))


def follow_up(
    *, by: Actor, return_: Return, month: str, done_on: date, corrects: str = "", **given: Any
) -> VisitAttempt:
    """Write down an attempt: for the follow-up of ``month``, or one that was not planned
    (:data:`UNPLANNED`). With ``corrects``, the id of an attempt, that one is corrected, and what
    stood before is kept. The same attempt twice is one.
    """
    must_be_home(return_)
    histories.OfReturn(return_, "tries").lock()
    db.session.expire(return_, ["attempts", "follow_ups"])
    meant = _meant(return_, month)
    _check_day(return_, meant, done_on)
    attempt = _attempt(return_, corrects, meant)
    says = {name: given.get(name) or _EMPTY.get(name) for name in _SAID} | {"on": done_on}
    if attempt is None and (same := _same(return_, meant, says)) is not None:
        return same
    if attempt is None:
        _still_to_reach(meant)
        attempt = VisitAttempt(return_id=return_.id, by_id=by.id)
        return_.attempts.append(attempt)
    else:
        _keep_what_stood(by, return_, attempt, says)
    _set(return_, attempt, meant, says)
    _note(by, return_, attempt, given)
    reached = attempt.outcome in lists.FOLLOW_UP_REACHED
    events.add(by=by, return_=return_, kind="followed_up" if reached else "tried")
    early_warnings.look(return_, visit=attempt)
    _propose_lost(return_)
    return attempt


def _propose_lost(return_: Return) -> None:
    """After the tries that the programme asks it is proposed, never done."""
    vain = tries.since_reached(return_)
    if vain.enough and vain.since is not None:
        early_warnings.lost(return_, vain.since, vain.made, vain.ways)


def _meant(return_: Return, month: str) -> FollowUp | None:
    if month == UNPLANNED:
        return None
    found = next((each for each in return_.follow_ups if each.month == int(month)), None)
    if found is None:
        raise RuleBroken(_("There is no such follow-up."), "month")
    return found


def _check_day(return_: Return, meant: FollowUp | None, on: date) -> None:
    if on > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    if return_.arrived_on and on < return_.arrived_on:
        raise RuleBroken(_("This day lies before the arrival."), "done_on")
    if meant is None:
        return
    counts = window(return_, meant)
    if not counts.first <= on <= counts.last:
        message = _(
            "The follow-up of month %(month)s is made from %(first)s to %(last)s. Choose another, "
            "or keep it as a visit that was not planned.",
            month=meant.month,
            first=format_date(counts.first, "d MMMM y"),
            last=format_date(counts.last, "d MMMM y"),
        )
        raise RuleBroken(message, "done_on")


def _attempt(return_: Return, corrects: str, meant: FollowUp | None) -> VisitAttempt | None:
    """The one to be corrected, if any; it stays with its follow-up."""
    if not corrects:
        return None
    found = next((each for each in return_.attempts if str(each.id) == corrects), None)
    if found is None or found.follow_up is not meant:
        raise RuleBroken(_("There is no such visit of this follow-up."), "corrects")
    return found


def _same(return_: Return, meant: FollowUp | None, says: Mapping[str, Any]) -> VisitAttempt | None:
    """What was written down already, word for word."""
    return next(
        (
            each
            for each in return_.attempts
            if each.follow_up is meant
            and all(getattr(each, name) == says[name] for name in _OF_AN_ATTEMPT)
        ),
        None,
    )


def _still_to_reach(meant: FollowUp | None) -> None:
    if meant is not None and meant.done_on is not None:
        message = _(
            "The person was reached for this follow-up on %(day)s. Say below what you correct, or "
            "keep it as a visit that was not planned.",
            day=format_date(meant.done_on, "d MMMM y"),
        )
        raise RuleBroken(message, "corrects")


def _keep_what_stood(
    by: Actor, return_: Return, attempt: VisitAttempt, says: Mapping[str, Any]
) -> None:
    plain = {name: revisions.plain(says[name]) for name in _OF_AN_ATTEMPT}
    stands = {name: revisions.plain(getattr(attempt, name)) for name in _OF_AN_ATTEMPT}
    history = histories.OfReturn(return_, f"tries/{attempt.id}")
    histories.changed(by=by, history=history, given=plain, names=_OF_AN_ATTEMPT, stands=stands)


def _set(
    return_: Return, attempt: VisitAttempt, meant: FollowUp | None, says: Mapping[str, Any]
) -> None:
    for name, value in says.items():
        setattr(attempt, name, value)
    attempt.follow_up = meant
    db.session.flush()
    if meant is not None:
        _sum_up(meant, [each for each in return_.attempts if each.follow_up is meant])


def _sum_up(follow_up: FollowUp, attempts: list[VisitAttempt]) -> None:
    """A follow-up says what the attempt says that reached somebody, else what the newest says."""
    ordered = sorted(attempts, key=lambda each: (each.on, each.id))
    reached = [each for each in ordered if each.outcome in lists.FOLLOW_UP_REACHED]
    speaks = reached[0] if reached else ordered[-1]
    follow_up.done_on = speaks.on if reached else None
    for name in _SAID:
        setattr(follow_up, name, getattr(speaks, name))


def _note(by: Actor, return_: Return, attempt: VisitAttempt, given: Mapping[str, Any]) -> None:
    """What was seen and the next step, in words: sealed with the return, under the attempt's id.
    The day of the next step is a day to be reminded of. What a correction leaves empty stays.
    """
    stands = dict(Return.seen.standing(return_))
    place = str(attempt.id)
    before = stands.get(place, {})
    words = {
        name: str(given.get(typed) or "").strip() or before.get(name, "")
        for name, typed in _WORDS.items()
    }
    on: date | None = given.get("next_on") or attempt.next_on
    if words["next_step"] and on is None:
        raise RuleBroken(_("Say by when the next step is to be done."), "next_on")
    if on is not None and not words["next_step"]:
        raise RuleBroken(_("Say what the next step is."), "next_step")
    if on != attempt.next_on:
        attempt.next_on, attempt.next_done_at, attempt.next_done_by_id = on, None, None
    if before == words or not any(words.values()):
        return
    if before:
        _keep_words(by, return_, attempt, before, words)
    return_.seen = {**stands, place: words}


def _keep_words(
    by: Actor,
    return_: Return,
    attempt: VisitAttempt,
    before: Mapping[str, str],
    words: Mapping[str, str],
) -> None:
    history = histories.OfReturn(return_, f"tries/{attempt.id}")
    stands, given = ({_WORDS[name]: said[name] for name in _WORDS} for said in (before, words))
    histories.changed(by=by, history=history, given=given, names=list(given), stands=stands)


def step_done(*, by: Actor, return_: Return, attempt_id: int) -> None:
    """The next step that an attempt asked for was done. Saying it twice changes nothing."""
    attempt = next((each for each in return_.attempts if each.id == attempt_id), None)
    if attempt is None or attempt.next_on is None:
        raise RuleBroken(_("There is no such step."))
    if attempt.next_done_at is None:
        attempt.next_done_at, attempt.next_done_by_id = now(), by.id


def not_needed(return_: Return, since: date) -> None:
    """The return ended on a day: what was due on it or later is neither due nor missed; what was
    tried on that day stays tried.
    """
    for each in return_.follow_ups:
        is_over = each.due_on > since or (each.due_on == since and not each.outcome)
        if each.is_open and is_over:
            each.not_needed_on = since

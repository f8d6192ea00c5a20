"""The receiving mission's side: arrival and reception, plan, follow-up, closure.

Items of assistance are in :mod:`avrr.assistance_items`.
"""

from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from access.actors import Actor
from avrr import early_warnings, events
from casework.core import release, timeline
from models.base import today
from models.dates import months_after
from models.life_cycles import Someone
from models.returns import FollowUp, Return
from models.rules import NotPossible, RuleBroken
from models.states import RETURN, Sets
from notifications import outbox
from web.links import link

_PROMISED = _l(
    "An instalment that was promised has not been given. Give it, or close for another reason."
)


def arrive(
    *, by: Actor, return_: Return, arrived_on: date, met: bool = False, onward: bool = False
) -> None:
    """The person is here; follow-ups are scheduled, as the programme wants them."""
    if not RETURN.can(return_, "arrive"):
        raise NotPossible(_("Arrival comes after departure, once."))
    if not (return_.departed_on or today()) <= arrived_on <= today():
        raise RuleBroken(_("Arrival lies between departure and today."), "arrived_on")
    RETURN.move(return_, "arrive", by=by)
    return_.arrived_on = arrived_on
    return_.follow_ups = [
        FollowUp(month=month, due_on=months_after(arrived_on, month))
        for month in months(return_.programme)
    ]
    release.end_of(by=by, kind="transit", reference=return_.reference, because="completed")
    _note_arrival(by, return_, met=met, onward=onward)


def _note_arrival(by: Actor, return_: Return, *, met: bool, onward: bool) -> None:
    """In the file of the case, in the shared timeline, and to the caseworker."""
    timeline.add(
        by=by, case=return_.case, kind="arrived", reference=return_.reference, compartment="return"
    )
    for kind, happened in (("arrived", True), ("received", met), ("onward", onward)):
        if happened:
            events.add(by=by, return_=return_, kind=kind)
    owner = [return_.case.holder] if return_.case.holder else []
    address = link("avrr.show", return_)
    outbox.post("return.arrived", reference=return_.reference, path=address, to=owner)


def months(programme: str) -> tuple[int, ...]:
    """After how many months people of a programme are followed up."""
    schedule: dict[str, tuple[int, ...]] = current_app.config["SETTINGS"].follow_up_months
    return schedule.get(programme, schedule[""])


def plan(*, by: Actor, return_: Return, given: dict[str, Any]) -> None:
    """Write the assessment and the plan on its levels and dimensions."""
    must_be_home(return_)
    return_.plan = given
    RETURN.move(return_, "plan", by=by)
    events.add(by=by, return_=return_, kind="planned")


def follow_up(*, by: Actor, return_: Return, month: str, **given: Any) -> FollowUp:
    """Write down a visit, call or report. Doing it again corrects it.

    When all were made the return is completed.
    """
    must_be_home(return_)
    visit = next((visit for visit in return_.follow_ups if visit.month == int(month)), None)
    if visit is None:
        raise RuleBroken(_("There is no such follow-up."), "month")
    if given["done_on"] > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    for name, value in given.items():
        setattr(visit, name, value)
    events.add(by=by, return_=return_, kind="followed_up")
    early_warnings.look(return_, visit=visit)
    if all(visit.done_on for visit in return_.follow_ups) and not _is_owed(return_):
        close(by=by, return_=return_, outcome="completed")
    return visit


@RETURN.guard("close")
def _what_was_promised_is_given(return_: Return, _by: Someone) -> None:
    if return_.outcome == "completed" and _is_owed(return_):
        raise RuleBroken(_PROMISED, "ending")


def close(*, by: Actor, return_: Return, outcome: str) -> None:
    """The end of a return: completed, lost, migrated again, withdrew, died."""
    must_be_home(return_)
    return_.outcome = outcome
    RETURN.move(return_, "close", by=by)
    events.add(by=by, return_=return_, kind="closed")


def _is_owed(return_: Return) -> bool:
    """Whether an instalment that was approved has not been given."""
    return any(
        instalment.paid_on is None
        for item in return_.assistance
        if item.is_approved
        for instalment in item.instalments
    )


def must_be_home(return_: Return) -> None:
    """Raises where the person has not arrived, or the return has ended."""
    if return_.state not in Sets.RETURN_HOME:
        raise NotPossible(_("The person has not arrived yet, or the return is closed."))

"""The receiving mission's side: arrival and reception, plan.

What follows is in :mod:`avrr.visits`, :mod:`avrr.assistance_items` and :mod:`avrr.endings`.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from access.actors import Actor
from avrr import events
from avrr.visits import must_be_home
from casework.core import histories, holding, release, timeline
from models import numbers
from models.base import db, today
from models.dates import months_after
from models.returns import FollowUp, Return
from models.rules import NotPossible, RuleBroken
from models.states import RETURN
from notifications import outbox
from web.links import link


def arrive(
    *, by: Actor, return_: Return, arrived_on: date, met: bool = False, onward: bool = False
) -> None:
    """The person is here; follow-ups are scheduled, as the programme wants them."""
    if not RETURN.can(return_, "arrive"):
        raise NotPossible(_("Arrival comes after departure, once."))
    if not (return_.departed_on or today()) <= arrived_on <= today():
        raise RuleBroken(_("Arrival lies between departure and today."), "arrived_on")
    RETURN.move(return_, "arrive", by=by)
    schedule(return_, arrived_on)
    release.end_of(by=by, kind="transit", reference=return_.reference, because="completed")
    _note_arrival(by, return_, met=met, onward=onward)


def arrive_together(
    *, by: Actor, return_: Return, others: Sequence[Return], together: bool, but: str, **given: Any
) -> None:
    """The person is here; with ``together``, ``others`` too, who left with the same movement,
    ``but`` for those whose numbers are named. ``given``: see :func:`arrive`.
    """
    away = {numbers.tidy(word) for word in re.split(r"[\s,;]+", but) if word}
    known = {other.reference for other in others}
    if unknown := sorted(away - known):
        raise RuleBroken(
            _(
                "These did not leave with the same movement, or are here already: %(numbers)s.",
                numbers=", ".join(unknown),
            ),
            "but",
        )
    here = [other for other in others if together and other.reference not in away]
    for each in (return_, *here):
        arrive(by=by, return_=each, **given)


def schedule(return_: Return, arrived_on: date) -> None:
    """The person is home since that day; follow-ups are due as the programme wants them."""
    return_.arrived_on = arrived_on
    return_.follow_ups = [
        FollowUp(month=month, due_on=months_after(arrived_on, month))
        for month in months(return_.programme)
    ]


def _note_arrival(by: Actor, return_: Return, *, met: bool, onward: bool) -> None:
    """In the file of the case, in the shared timeline, and to the caseworker."""
    timeline.add(
        by=by, case=return_.case, kind="arrived", reference=return_.reference, compartment="return"
    )
    for kind, happened in (("arrived", True), ("received", met), ("onward", onward)):
        if happened:
            events.add(by=by, return_=return_, kind=kind)
    outbox.post(
        "return.arrived",
        reference=return_.reference,
        path=link("avrr.show", return_),
        to=holding.told_of(return_.case),
        office=return_.sending_id,
    )


def months(programme: str) -> tuple[int, ...]:
    """After how many months people of a programme are followed up."""
    schedule: dict[str, tuple[int, ...]] = current_app.config["SETTINGS"].follow_up_months
    return schedule.get(programme, schedule[""])


def plan(*, by: Actor, return_: Return, given: dict[str, Any]) -> None:
    """Write the assessment and the plan on its levels and dimensions.

    What stood before is kept. Raises :class:`web.errors.StaleEdit` where somebody changed the same
    meanwhile.
    """
    must_be_home(return_)
    history = histories.OfReturn(return_, "plan")
    history.lock()
    db.session.refresh(return_, ["plan_sealed", "own_key"])
    stands = dict(Return.plan.standing(return_))
    names = sorted({*stands, *given} - {"revision"})
    return_.plan = histories.changed(
        by=by, history=history, given=given, names=names, stands=stands
    )
    RETURN.move(return_, "plan", by=by)
    events.add(by=by, return_=return_, kind="planned")

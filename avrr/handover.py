"""Between missions: a return notice with what is released; accepted, or sent back with questions.

The missions write in one thread, and a third may help on the way.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from access.actors import Actor
from access.fields import HANDOVER as RELEASED_BY_HANDOVER
from access.fields import gather
from access.permissions import Role
from avrr import assistance_items, checklist, events, papers, readiness, visits
from casework.core import filing, histories, holding, release, tasks, timeline
from models import office_settings, sharing
from models.base import db, end_of_day, now, today
from models.life_cycles import Someone
from models.people import Organisation, User, working
from models.releases import CaseRelease
from models.returns import Return, ReturnEvent
from models.rules import NotPossible, RuleBroken
from models.states import HANDOVER, RETURN, HandoverState, Sets
from notifications import outbox
from standards import lists, places, returning
from web.links import link

_HANDED_OVER = _l("This return was handed over already.")
MOST = 100  # words in a thread


@HANDOVER.guard("hand_over")
def _the_person_has_not_left(return_: Return, _by: Someone) -> None:
    if not return_.is_in_preparation:
        raise RuleBroken(_("The person has left already: a handover comes before."))


@HANDOVER.guard("hand_over")
def _the_person_agreed(return_: Return, _by: Someone) -> None:
    """To be assisted, and that this mission is told; never while they seek protection from it."""
    release.check(return_.case, receiver(return_))


@HANDOVER.guard("hand_over")
def _it_is_their_informed_wish(return_: Return, _by: Someone) -> None:
    """Counselled, and declared after the time to think: before that nobody at home hears of it."""
    needed = {"counselling", "declaration", "protection_check"}
    lines = [line for line in readiness.shown(return_, own=True) if line.step in needed]
    lacking = [
        line
        for line in checklist.missing(lines)
        if line.is_blocked or line.step != "protection_check"
    ]
    if lacking:
        what = ", ".join(lists.label(lists.RETURN_STEPS, line.step) for line in lacking)
        raise RuleBroken(_("Not handed over yet. Missing first: %(what)s.", what=what))


@HANDOVER.guard("accept", "send_back", "say")
def _it_still_stands(return_: Return, _by: Someone) -> None:
    release.must_stand("handover", return_.reference)


@HANDOVER.guard("hand_over")
def _somebody_there_answers(return_: Return, _by: Someone) -> None:
    """What nobody reads is not handed over: the person would arrive unexpected."""
    mission = receiver(return_)
    if not outbox.people_of(mission.id, Role.ORIGIN):
        message = _(
            "Nobody at %(name)s receives people who return: there is nobody to hand over to. Ask "
            "headquarters to name somebody there.",
            name=mission.name,
        )
        raise RuleBroken(message)


def keeps_back(return_: Return, by: Actor) -> str:
    """Why the return cannot be handed over now, in words; empty where it can."""
    try:
        HANDOVER.check(return_, "hand_over", by=by)
    except RuleBroken as rule:
        return str(rule.message)
    return ""


def hand_over(*, by: Actor, return_: Return) -> None:
    """Release what reception needs to the mission of the country of return, and tell it."""
    mission, released = prepared(by=by, return_=return_)
    if return_.handover in Sets.HANDOVER_SHARED and return_.receiving_id != mission.id:
        # What was written with the first that was asked is not the second one's, nor is its key.
        end(by=by, return_=return_, because="replaced")
    return_.receiving = mission
    return_.begin_anew()
    _bring_the_journey(return_)
    return_.released = released
    return_.age_band = return_.case.age_band
    _grant(by, return_, mission, released)
    HANDOVER.move(return_, "hand_over", by=by)
    db.session.flush()
    events.add(by=by, return_=return_, kind="handed_over")
    staff = outbox.people_of(mission.id, Role.ORIGIN)
    _notify(return_, "handover.sent", staff, urgent=True)


def _bring_the_journey(return_: Return) -> None:
    """The journey that was put away when the handover before ended still is the person's."""
    if return_.journey_sealed:
        return
    put_away = (each["journey"] for each in filing.left(return_) if each.get("journey"))
    if journey := next(put_away, None):
        return_.journey = journey


def prepared(*, by: Actor, return_: Return) -> tuple[Organisation, dict[str, Any]]:
    """The mission that is to receive, and what it would be told: nothing has gone yet.

    Raises what forbids to hand over.
    """
    if not HANDOVER.can(return_, "hand_over"):
        raise NotPossible(_HANDED_OVER)
    HANDOVER.check(return_, "hand_over", by=by)
    return receiver(return_), gather(return_.case, RELEASED_BY_HANDOVER)


def _grant(by: Actor, return_: Return, mission: Organisation, released: dict[str, Any]) -> None:
    """A second handing over, after questions, replaces the first."""
    reference = return_.reference
    release.end_of(by=by, kind="handover", reference=reference, because="replaced")
    granted = release.grant(
        by=by,
        case=return_.case,
        kind="handover",
        reference=reference,
        to=mission,
        fields=tuple(released),
    )
    return_.access_until = end_of_day(granted.until) if granted.until else None


def release_changed(granted: CaseRelease, by: Any) -> None:
    """Listens: a release to another mission goes on to another day, or has ended."""
    if granted.kind not in {"handover", "transit"}:
        return
    query = select(Return).where(Return.reference == granted.reference)
    return_ = db.session.execute(query).unique().scalar_one()
    if granted.kind == "handover" and granted.stands:
        return_.access_until = end_of_day(granted.until) if granted.until else None
    elif granted.kind == "handover":
        end(by=by, return_=return_, because=granted.ended_because)
    elif not granted.stands:
        _leave_transit_out(by, return_)


def end(*, by: Any, return_: Return, because: str) -> None:
    """What was handed over ends. The missions are told that it ended, and nothing else. Where the
    person has left, whoever holds the case goes on (:func:`keep`).
    """
    was_shared = return_.handover in Sets.HANDOVER_SHARED
    people = shut(by=by, return_=return_, because=because)
    if was_shared and nobody_goes_on(return_):
        tasks.add(by=by, case=return_.case, kind="follow_up", due_on=today())
    if was_shared:
        events.add(by=by, return_=return_, kind="handover_ended")
        address = link("avrr.index")
        outbox.post(
            "handover.ended",
            reference=reference_of(return_),
            path=address,
            to=people,
            urgent=True,
            office=return_.sending_id,
        )


def shut(*, by: Any, return_: Return, because: str) -> list[User]:
    """Destroy what was handed over, as if the return did not exist for the other missions.

    Gives whom to tell.
    """
    people = missions(return_)
    for kind in ("handover", "transit"):
        release.end_of(by=by, kind=kind, reference=return_.reference, because=because)
    return_.transit_id, return_.access_until = None, None
    if return_.own_key is not None:
        filing.put_away(return_, lambda: _of_the_sender(return_))
    papers.end(return_)
    sharing.end_of_teller(return_.case_id, return_.receiving_id)
    return_.forget()
    histories.end_with_key(return_)
    visits.not_needed(return_, today())  # nobody at home is told any more whom to visit
    assistance_items.stop_all(by=by, return_=return_)
    HANDOVER.move(return_, "end", by=by)
    db.session.flush()
    return people


def _of_the_sender(return_: Return) -> dict[str, Any]:
    """What its office wrote and was told: the thread and the journey, kept in its own file."""
    said = {"thread": list(return_.thread.get("items", [])), "journey": dict(return_.journey)}
    return said | {"at": now().isoformat()} if any(said.values()) else {}


def _leave_transit_out(by: Any, return_: Return) -> None:
    place = return_.transit_id or 0
    people = outbox.people_of(place, Role.ORIGIN, Role.CASEWORKER, Role.SUPERVISOR)
    return_.transit_id = None
    events.add(by=by, return_=return_, kind="handover_ended")
    outbox.post(
        "handover.ended",
        reference=reference_of(return_),
        path=link("avrr.index"),
        to=people,
        office=return_.sending_id,
    )


def accept(*, by: Actor, return_: Return) -> None:
    """The receiving mission takes the person on, and what was sealed to it under its own key."""
    HANDOVER.move(return_, "accept", by=by)
    sharing.take(return_, return_.receiving_id)
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
    HANDOVER.check(return_, "say", by=by)
    _write(by, return_, words)
    events.add(by=by, return_=return_, kind="answered")
    is_of_sender = return_.sending_id in by.at(Role.CASEWORKER, Role.SUPERVISOR)
    recipients = _receivers(return_) if is_of_sender else _senders(return_)
    _notify(return_, "handover.words", recipients)


def _write(by: Actor, return_: Return, words: str) -> None:
    thread: list[dict[str, Any]] = list(return_.thread.get("items", []))
    if len(thread) >= MOST:
        raise RuleBroken(_("This thread is full. Talk to each other."), "words")
    thread.append(
        {"at": now().isoformat(), "name": by.user.name if by.user else "", "words": words}
    )
    return_.thread = {"items": thread}


def items(words: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was said, oldest first, as pages show it."""
    return [{**item, "at": datetime.fromisoformat(item["at"])} for item in words]


def passed(*, by: Actor, return_: Return, outcome: str) -> None:
    """The transit mission says how it went on the way.

    The others are notified where somebody is held up.
    """
    events.add(by=by, return_=return_, kind=f"transit_{outcome}")
    if outcome == "stopped":
        people = {user.id: user for user in [*_senders(return_), *_receivers(return_)]}
        _notify(return_, "return.stopped", people.values(), urgent=True)


def receiver(return_: Return) -> Organisation:
    """The mission that receives: the one that was chosen, else the only one in that country, else
    the only one that receives for it. Raises where there is none, or several and none was chosen.
    """
    if return_.mission is not None and return_.mission.closed_on is None:
        return return_.mission
    missions_ = all_missions()
    there = [each for each in missions_ if each.country == return_.country] or [
        each for each in missions_ if _receives_for(each, return_.country)
    ]
    if len(there) == 1:
        return there[0]
    if there:
        raise RuleBroken(
            _("Several missions are in this country, or receive for it. Choose which does.")
        )
    raise RuleBroken(
        _(
            "There is no mission in the country of return. Choose a mission of the region, or "
            "write down that nobody there receives, and why."
        )
    )


def _receives_for(mission: Organisation, country: str) -> bool:
    """Whether a mission said that it receives people who return to a country beside its own."""
    said = office_settings.said_by(mission.id).get("receives_for", "")
    return country in places.in_text(said)[0]


def all_missions() -> list[Organisation]:
    """Every mission that works."""
    return list(db.session.execute(working("mission").order_by(Organisation.id)).scalars())


def who_can_receive(return_: Return) -> list[Organisation]:
    """Missions with people who receive, other than the sender; those in the country come first,
    then those that receive for it.
    """
    staffed = outbox.places_of(Role.ORIGIN)
    able = [each for each in all_missions() if each.id != return_.sending_id and each.id in staffed]
    near = {each.id: _receives_for(each, return_.country) for each in able}
    return sorted(
        able, key=lambda each: (each.country != return_.country, not near[each.id], each.name)
    )


def choose(*, by: Actor, return_: Return, mission: str) -> None:
    """A mission of the region, or one of several in a country, is to receive."""
    if not HANDOVER.can(return_, "hand_over"):
        raise NotPossible(_HANDED_OVER)
    found = next((each for each in who_can_receive(return_) if each.code == mission), None)
    if found is None:
        raise RuleBroken(_("Choose a mission of the list."), "mission")
    _set_receiver(return_, found.id)
    if return_.handover == HandoverState.KEPT:
        HANDOVER.move(return_, "end", by=by)


def _set_receiver(return_: Return, mission_id: int | None) -> None:
    return_.mission_id = mission_id
    db.session.flush()
    db.session.expire(return_, ["mission"])


def nobody_goes_on(return_: Return) -> bool:
    """Whether the person has left and nobody records an arrival, follows up or ends it: what was
    told to the mission there has ended since.
    """
    return return_.state in Sets.RETURN_TRAVELLED and return_.handover not in Sets.HANDOVER_ANY


def keep(*, by: Actor, return_: Return, because: str, in_hand: str) -> None:
    """Nobody there receives, or nobody any more: the sending mission goes on by itself. Before a
    departure with the agreement of a supervisor (:func:`avrr.readiness.needs_approval`).

    ``in_hand``: what the person has instead.
    """
    if not return_.is_in_preparation and not nobody_goes_on(return_):
        raise NotPossible(RETURN.refusal)
    if return_.handover in Sets.HANDOVER_SHARED:  # it was asked, and cannot take the person on
        end(by=by, return_=return_, because="replaced")
    HANDOVER.move(return_, "keep", by=by)
    return_.begin_anew()
    _set_receiver(return_, None)
    return_.receiving = None
    timeline.add(
        by=by,
        case=return_.case,
        kind="nobody_receives",
        note=f"{lists.label(returning.NOBODY, because)}. {in_hand}",
        reference=return_.reference,
        compartment="return",
    )
    events.add(by=by, return_=return_, kind="kept")


def missions(return_: Return) -> list[User]:
    """Whom of the other missions to notify: the staff of the receiving and the transit one."""
    if return_.handover not in Sets.HANDOVER_SHARED:
        return []
    places = [place for place in (return_.receiving_id, return_.transit_id) if place is not None]
    people = {user.id: user for place in places for user in outbox.people_of(place, Role.ORIGIN)}
    return list(people.values())


def _senders(return_: Return) -> list[User]:
    return holding.told_of(return_.case)


def _receivers(return_: Return) -> list[User]:
    return outbox.people_of(return_.receiving_id or 0, Role.ORIGIN)


def reference_of(return_: Return) -> str:
    """A return is handed over, ends and is handed over anew: each event is counted that its
    missions see, and none is ever taken off.
    """
    query = select(ReturnEvent.kind).where(ReturnEvent.return_id == return_.id)
    kinds = db.session.execute(query).scalars()
    count = sum(kind not in events.OF_THE_SENDER for kind in kinds)
    return f"{count}-{return_.reference}"


def _notify(return_: Return, event: str, to: Iterable[User], *, urgent: bool = False) -> None:
    """Tell people of what was just written into the events of a return."""
    address = link("avrr.show", return_)
    outbox.post(
        event,
        reference=reference_of(return_),
        path=address,
        to=to,
        urgent=urgent,
        office=return_.sending_id,
        instead=_senders(return_),
    )

"""The steps to departure: what each asks, and the journey, which is the step of the itinerary."""

import itertools
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from access.actors import Actor
from avrr import checklist, events, journeys, readiness, step_drafts
from casework.casefile import child_safeguards
from casework.core import ages, consent, histories, protection, release, timeline
from casework.records.health import MOST_FIT
from models.base import db, now, today
from models.people import Organisation, working
from models.returns import Return, ReturnStep, ReturnStepEntry
from models.rules import NotPossible, RuleBroken, stated
from models.states import RETURN
from standards import lists, returning


def do_step(*, by: Actor, return_: Return, step: str, done_on: date, **given: Any) -> None:
    """A step was done. Doing it again takes the place of what stood there; both stay on record.

    ``given``: see :class:`avrr.schemas.StepSchema`. What kept the person from leaving is taken back
    only with words, and by somebody else than who found it.
    """
    _still_preparing(return_)
    if done_on > today():
        raise RuleBroken(_("This day is in the future."), "done_on")
    outcomes = returning.OUTCOMES_OF_STEP.get(step, ())
    outcome = given.get("outcome") or ""
    if outcome and outcome not in outcomes:
        raise RuleBroken(_("This outcome does not belong to this step."), "outcome")
    if step in _RULES:
        _RULES[step](return_, {**given, "done_on": done_on})
    entry = ReturnStepEntry(
        step=step,
        done_on=done_on,
        outcome=outcome,
        valid_until=given.get("valid_until") if step in _HAS_AN_END else None,
        detail=_detail(step, given),
    )
    _take_back(by, return_, entry, given.get("why", ""))
    put(by=by, return_=return_, entry=entry)
    if step == "counselling" and was_before(return_, done_on):
        timeline.add(
            by=by,
            case=return_.case,
            kind="counselled_before",
            note=given["before_because"],
            reference=return_.reference,
            compartment="return",
        )
    if outcome == GROUNDS:
        release.settle_person(return_.case, by=by)


GROUNDS = "grounds"
_HAS_AN_END = frozenset({"fit_to_travel", "travel_documents"})
KEEPS_FROM_LEAVING = frozenset({GROUNDS, "not_eligible", "not_fit"})


def _take_back(by: Actor, return_: Return, entry: ReturnStepEntry, why: str) -> None:
    """Whether an earlier entry that kept the person from leaving may be undone by this one."""
    before = _standing(return_, entry.step)
    if before is None or not _undoes(before, entry):
        return
    if not why:
        raise RuleBroken(
            _("This kept the person from leaving. Say why it does not hold any more."), "why"
        )
    if by.id is not None and by.id == before.by_id:
        raise RuleBroken(_("Somebody else must take back what you found."), "step")
    timeline.add(
        by=by,
        case=return_.case,
        kind="step_taken_back",
        note=why,
        reference=return_.reference,
        compartment="return",
    )
    events.add(by=by, return_=return_, kind="step_taken_back")


def _standing(return_: Return, step: str) -> ReturnStepEntry | None:
    """The newest entry of a step that was not taken back; grounds go with the person, from one
    return to the next.
    """
    if step == "protection_check":
        return protection.newest_check(return_.case)
    if step not in return_.steps:
        return None
    return max(
        (entry for entry in return_.entries if entry.step == step),
        key=lambda entry: entry.id,
        default=None,
    )


def _undoes(before: ReturnStepEntry, after: ReturnStepEntry) -> bool:
    if before.outcome in KEEPS_FROM_LEAVING:
        return after.outcome != before.outcome
    thinks, thinks_now = (str(each.detail.get("think_until", "")) for each in (before, after))
    return bool(thinks) and thinks_now < thinks


def put(*, by: Actor, return_: Return, entry: ReturnStepEntry) -> None:
    """Keep an entry for good, and let the checklist show it."""
    entry.by_id, entry.at = by.id, now()
    entry.outcome, entry.detail = entry.outcome or "", entry.detail or {}
    return_.entries.append(entry)
    return_.steps[entry.step] = ReturnStep(
        step=entry.step,
        done_on=entry.done_on,
        outcome=entry.outcome,
        valid_until=entry.valid_until,
        detail=dict(entry.detail),
        by_id=by.id,
    )
    db.session.flush()
    if by.id is not None:
        step_drafts.forget(by, return_, entry.step)


# What is kept of each step besides day, outcome and end: codes, and the number of a document.
_DETAILS: dict[str, tuple[str, ...]] = {
    "application": ("language",),
    "counselling": ("language", "options", "interpreter", "think_until"),
    "protection_check": returning.GROUNDS_ASKED,
    "declaration": ("language", "options", "interpreter", "proof", "guardian"),
    "fit_to_travel": ("proof",),
    "travel_documents": ("paper", "document_number", "consulate"),
    "itinerary": ("travel_on",),
}


def _detail(step: str, given: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in _DETAILS.get(step, ()) if given.get(name)]
    return {
        name: given[name].isoformat() if isinstance(given[name], date) else given[name]
        for name in names
    }


@stated("step of a return: application")
def _applied(_return: Return, given: dict[str, Any]) -> None:
    """The person asked for it, in a language that is named."""
    _must_say(given, "language", _("Say in which language the person asked for it."))


@stated("step of a return: counselling")
def _counselled(return_: Return, given: dict[str, Any]) -> None:
    """In a language that the person speaks, or with an interpreter; return is explained beside
    other choices. Each counselling is kept. One from before the case was opened here, or before
    the person asked to return, says why it counts.

    Source: IOM, practice of assisted voluntary return and reintegration; to be verified against the
    framework of 2018.
    """
    _must_say(given, "language", _("Say in which language the person was counselled."))
    if "return" not in given.get("options", ()) or len(given["options"]) < 2:
        raise RuleBroken(
            _("Tick what was explained: return is a choice only beside others."), "options"
        )
    if was_before(return_, given["done_on"]) and not given.get("before_because"):
        raise RuleBroken(
            _(
                "The case was opened on %(opened)s, the person asked on %(asked)s: say below why "
                "it was held before, or give another day.",
                opened=format_date(return_.case.opened_on, "d MMMM y"),
                asked=format_date(_asked_on(return_), "d MMMM y") if _asked_on(return_) else "–",
            ),
            "before_because",
        )
    spoken = return_.case.identity.get("languages") or []
    if spoken and given["language"] not in spoken and not given.get("interpreter"):
        raise RuleBroken(
            _("The person does not speak this language: with an interpreter, or in one of theirs."),
            "language",
        )


def was_before(return_: Return, day: date) -> bool:
    """Whether a day lies before the case was opened here, or before the person asked to return."""
    asked = _asked_on(return_)
    return day < return_.case.opened_on or (asked is not None and day < asked)


def _asked_on(return_: Return) -> date | None:
    application = return_.steps.get("application")
    return application.done_on if application is not None else None


@stated("step of a return: eligibility")
def _eligible(_return: Return, given: dict[str, Any]) -> None:
    """The programme covers the person, or not: a step without an answer is not done.

    Set aside: by somebody else than who wrote "not eligible", with a reason.
    """
    _must_say(given, "outcome", _("Say whether the programme covers the person."))


@stated("step of a return: check for grounds against return")
def _checked(_return: Return, given: dict[str, Any]) -> None:
    """Four questions, each asked: an unasked one is no "no". Who says yes to a wish for asylum, to
    danger or to a risk of trafficking has grounds against return.

    Set aside: by somebody else than who found the grounds, with a reason.
    """
    _must_say(given, "outcome", _("Say what came out."))
    for name in returning.GROUNDS_ASKED:
        _must_say(given, name, _("Ask it, and say what the person answered."))
    yes = [name for name in returning.GROUNDS_ASKED[:3] if given[name] == "yes"]
    if yes and given["outcome"] != GROUNDS:
        raise RuleBroken(
            _("Who answers yes to one of the questions has grounds against return."), "outcome"
        )


@stated("step of a return: declaration")
def _declared(return_: Return, given: dict[str, Any]) -> None:
    """Signed after the counselling and the time to think (as the office decides; 24 hours are to be
    verified), in a language, with the paper; a child with the guardian.
    """
    counselled = return_.steps.get("counselling")
    if counselled is None:
        raise RuleBroken(_("Counselling comes before the declaration."), "step")
    _must_say(given, "language", _("Say in which language it was read out."))
    _must_say(given, "proof", _("Say where the signed declaration is."))
    case = return_.case
    if ages.counts_as_child(case) and not given.get("guardian"):
        raise RuleBroken(_("This is a child: the guardian signs too."), "guardian")
    done = checklist.Done(counselled.done_on, detail=counselled.detail)
    earliest = checklist.end_of_thinking(done, readiness.think_days(case))
    if earliest and given["done_on"] < earliest:
        raise RuleBroken(
            _(
                "The time to think lasts until %(day)s: nothing is signed before.",
                day=format_date(earliest, "d MMMM y"),
            ),
            "done_on",
        )


@stated("step of a return: travel documents")
def _documents(return_: Return, given: dict[str, Any]) -> None:
    """A document that is valid on the day of the journey, with its number, which the carrier asks
    for. A consulate is asked only where the
    person agreed, and never while they seek protection; their own document needs nobody.
    """
    _must_say(given, "paper", _("Say which document the person travels with."))
    _must_say(given, "document_number", _("Write its number: the carrier’s list needs it."))
    _must_say(given, "valid_until", _("Say until when it is valid."))
    if given["valid_until"] < max(today(), return_.travel_on or today()):
        message = _("It ended already, or ends before the journey: nobody travels with it.")
        raise RuleBroken(message, "valid_until")
    if not given.get("consulate"):
        return  # their own, in hand: nobody was asked for it
    consent.lock_to_read(return_.case)
    if not consent.agreed(return_.case, "consulate"):
        raise RuleBroken(
            _(
                "The person has not agreed that the consulate is contacted. No travel "
                "document without it."
            ),
            "consulate",
        )
    if protection.stands(return_.case):
        raise RuleBroken(
            _("The person seeks protection: the consulate of their country is never contacted."),
            "consulate",
        )


@stated("step of a return: best interests")
def _best_interests(return_: Return, _given: dict[str, Any]) -> None:
    """Everything that a child needs for this journey is there."""
    if lacking := child_safeguards.missing(return_.case, return_, return_.travel_on):
        what = ", ".join(lists.label(child_safeguards.MISSING, code) for code in lacking)
        raise RuleBroken(_("Still missing for a child: %(what)s.", what=what), "step")


@stated("step of a return: fit to travel")
def _fit(return_: Return, given: dict[str, Any]) -> None:
    """Where the health officer wrote the examination down, that is the step; else a certificate
    with its paper, which counts 90 days at most (to be verified with carriers).

    Set aside: "not fit" by another examination.
    """
    examined = protection.newest(return_.case, "fitness")
    if examined is not None and examined.says:
        raise RuleBroken(
            _("It stands in the medical record: the health officer changes it there."), "step"
        )
    _must_say(given, "outcome", _("Say what the doctor found."))
    _must_say(given, "proof", _("Say where the certificate is."))
    if given["outcome"] == "not_fit":
        return
    _must_say(given, "valid_until", _("Say until when the certificate is valid."))
    last = given["done_on"] + timedelta(days=MOST_FIT)
    if not given["done_on"] <= given["valid_until"] <= last:
        raise RuleBroken(
            _("It ends after the examination, and at most %(days)s days later.", days=MOST_FIT),
            "valid_until",
        )
    if given["outcome"] == "fit_escort":
        return_.escort_needed = True


@stated("step of a return: itinerary")
def _itinerary(return_: Return, given: dict[str, Any]) -> None:
    """The journey has a day."""
    if given.get("travel_on") is None:
        raise RuleBroken(_("Give the day of travel."), "travel_on")
    return_.travel_on = given["travel_on"]


def _must_say(given: dict[str, Any], name: str, words: str) -> None:
    if given.get(name) in (None, "", []):
        raise RuleBroken(words, name)


_RULES = {
    "application": _applied,
    "counselling": _counselled,
    "eligibility": _eligible,
    "protection_check": _checked,
    "declaration": _declared,
    "travel_documents": _documents,
    "best_interests": _best_interests,
    "fit_to_travel": _fit,
    "itinerary": _itinerary,
}


def journey(*, by: Actor, return_: Return, given: dict[str, Any]) -> None:
    """Legs, escorts, needs, notes, onward transport: sealed with the return, open to its missions.

    The first leg gives the day of travel. What stood before is kept. Raises
    :class:`web.errors.StaleEdit` where somebody changed the same meanwhile.
    """
    _still_preparing(return_)
    legs = [{**leg, "on": leg["on"].isoformat()} for leg in given.get("legs", [])]
    _in_order(legs)
    return_.begin_anew()
    typed = journeys.as_typed({**given, "legs": legs}, given.get("via") or "")
    if "revision" in given:
        typed["revision"] = given["revision"]
    whole = _joined(by, return_, typed)
    via = whole.get("via")
    _ask_for_help(by, return_, _mission(via) if via else None)
    standing = journeys.kept(whole)
    _in_order(standing["legs"])
    return_.journey = standing
    return_.escort_given = bool(standing.get("escorts"))
    return_.escort_needed = return_.escort_needed or bool(standing.get("escort_needed"))
    first_on = date.fromisoformat(standing["legs"][0]["on"])
    do_step(by=by, return_=return_, step="itinerary", done_on=today(), travel_on=first_on)


def _in_order(legs: list[dict[str, Any]]) -> None:
    if not legs:
        raise RuleBroken(_("Give at least one leg: from, to, and the day."), "from_1")
    if any(later["on"] < earlier["on"] for earlier, later in itertools.pairwise(legs)):
        raise RuleBroken(_("A leg begins before the one before it."), f"on_{len(legs)}")


def _joined(by: Actor, return_: Return, typed: dict[str, Any]) -> dict[str, Any]:
    """The form, with what others changed of the journey after it was opened."""
    history = histories.OfReturn(return_, "journey")
    history.lock()
    db.session.refresh(return_, ["journey_sealed", "own_key", "transit_id"])
    journey_ = Return.journey.standing(return_)
    stands = journeys.as_typed(journey_, return_.transit.code if return_.transit else "")
    return histories.changed(
        by=by, history=history, given=typed, names=journeys.NAMES, stands=stands
    )


def _ask_for_help(by: Actor, return_: Return, mission: Organisation | None) -> None:
    """The mission on the way learns the journey: by the same rule as everybody outside."""
    reference = return_.reference
    standing = release.of("transit", reference)
    if mission is not None and standing is not None and standing.recipient_id == mission.id:
        return
    release.end_of(by=by, kind="transit", reference=reference, because="replaced")
    if mission is not None:
        release.check(return_.case, mission, "via")
        release.grant(
            by=by,
            case=return_.case,
            kind="transit",
            reference=reference,
            to=mission,
            fields=("journey",),
        )
    return_.transit = mission


def _mission(code: str) -> Organisation:
    query = working("mission").where(Organisation.code == code)
    mission = db.session.execute(query).scalar_one_or_none()
    if mission is None:
        raise RuleBroken(_("Choose a mission of the list."), "via")
    return mission


def _still_preparing(return_: Return) -> None:
    if not return_.is_in_preparation:
        raise NotPossible(RETURN.refusal)

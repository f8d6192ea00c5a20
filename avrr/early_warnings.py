"""Early warnings: rules that look at surveys and visits and say why they warn.

Each is raised once and stays until somebody looked into it.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from sqlalchemy import String, cast, literal, select

from access.actors import Actor
from avrr import recipients, visits_open
from models import taking_back
from models.base import db, insert_if_new, now, today
from models.returns import FollowUp, Return, ReturnWarning, Survey
from models.states import Sets
from models.visits import VisitAttempt
from notifications import outbox
from standards import lists, sustainability
from web.links import link

FALL = 150  # per mille by which a score falls from one survey to the next
LATE = timedelta(days=14)
_UNSAFE = {"unsafe", "very unsafe"}


class Reason(NamedTuple):
    """What raises a warning: its kind, what it is about, the figures that explain it."""

    kind: str
    about: str
    figures: dict[str, Any]


def look(
    return_: Return,
    *,
    answers: Mapping[str, int] | None = None,
    survey: Survey | None = None,
    used: sustainability.Instrument | None = None,
    visit: VisitAttempt | None = None,
) -> int:
    """Apply the rules to what was just written down; gives how many warnings are new."""
    reasons: list[Reason] = []
    if survey is not None:
        used = used or sustainability.instrument()
        reasons += _of_survey(return_, survey, answers or {}, used)
    if visit is not None:
        reasons += _of_visit(visit)
    return sum(_raise(return_, reason) for reason in reasons)


def _of_survey(
    return_: Return, survey: Survey, answers: Mapping[str, int], used: sustainability.Instrument
) -> Iterator[Reason]:
    yield from _of_scores(return_, survey, round(used.low_below * 1000))
    yield from _of_answers(survey, answers, used)


def _of_scores(return_: Return, survey: Survey, low: int) -> Iterator[Reason]:
    """A score that fell since the survey before by the same version, and a low composite."""
    last = _before(return_, survey)
    for name in (*sustainability.DIMENSIONS, "composite"):
        before = getattr(last, name) if last else None
        after = getattr(survey, name)
        if before is not None and after is not None and before - after >= FALL:
            figures = {"score": name, "from": before, "to": after}
            yield Reason("falls", f"survey {survey.id} {name}", figures)
    if survey.composite is not None and survey.composite < low:
        figures = {"score": "composite", "to": survey.composite, "limit": low}
        yield Reason("low", f"survey {survey.id}", figures)


def _before(return_: Return, survey: Survey) -> Survey | None:
    comparable = [
        other
        for other in return_.surveys
        if other.id != survey.id and other.on <= survey.on and other.version == survey.version
    ]
    return comparable[-1] if comparable else None


def _of_answers(
    survey: Survey, answers: Mapping[str, int], used: sustainability.Instrument
) -> Iterator[Reason]:
    if used.answer("physical_safety", answers) in _UNSAFE:
        yield Reason("unsafe", f"survey {survey.id}", {})
    if used.answer("able_to_stay", answers) == "no":
        yield Reason("migrate", f"survey {survey.id}", {})


def _of_visit(visit: VisitAttempt) -> Iterator[Reason]:
    about = f"attempt {visit.id}" if visit.month is None else f"visit {visit.month}"
    if visit.outcome == "migrate_again":
        yield Reason("migrate", about, {"month": visit.month})
    if visit.business in {"struggles", "closed"}:
        yield Reason("business", about, {"month": visit.month, "business": visit.business})


def lost(return_: Return, since: date, count: int, ways: int) -> bool:
    """Nobody was reached in as many tries as the programme asks; warns once, until somebody is
    reached again. Gives whether it is new.
    """
    figures = {"since": since.isoformat(), "count": count, "ways": ways}
    return _raise(return_, Reason("lost", f"tries since {since.isoformat()}", figures))


def missed(most: int = 500) -> int:
    """Periodic: visits that reached nobody within two weeks, of people of whom a mission at home
    still knows: their handover has not ended. Each warns once; what is over ``most`` comes next
    time.
    """
    raised = select(ReturnWarning.id).where(
        ReturnWarning.return_id == FollowUp.return_id,
        ReturnWarning.kind == "missed",
        ReturnWarning.about == literal("visit ") + cast(FollowUp.month, String),
    )
    late_ones = visits_open.due(today() - LATE)
    query = (
        select(FollowUp)
        .join(Return)
        .where(
            late_ones,
            Return.state.in_(Sets.RETURN_HOME),
            Return.handover.in_(Sets.HANDOVER_ANY),
            ~raised.exists(),
        )
        .order_by(FollowUp.due_month, FollowUp.id)
    )
    late = db.session.execute(query.limit(most)).unique().scalars().all()
    return sum(_raise(visit.record, _of_missed(visit)) for visit in late)


def _of_missed(visit: FollowUp) -> Reason:
    tried = [each for each in visit.record.attempts if each.follow_up_id == visit.id]
    figures = {"month": visit.month, "due": visit.due_on.isoformat(), "tries": len(tried)}
    return Reason("missed", f"visit {visit.month}", figures)


def _raise(return_: Return, reason: Reason) -> bool:
    """Keep a warning and tell the mission; gives whether it is new."""
    row = {"return_id": return_.id, **reason._asdict(), "at": now()}
    warning_id = db.session.execute(
        insert_if_new(ReturnWarning).values(row).returning(ReturnWarning.id)
    ).scalar()
    if warning_id is None:
        return False
    db.session.expire(return_, ["warnings"])
    staff = recipients.of(return_)
    address = link("avrr.show", return_)
    outbox.post(
        "return.warning",
        reference=f"EW-{warning_id}",
        path=address,
        to=staff,
        office=return_.home_id,
    )
    return True


def explained(warning: ReturnWarning) -> str:
    """Why a warning was raised, in a sentence with its figures."""
    if warning.kind in _EXPLAINED:
        return _EXPLAINED[warning.kind](warning.figures)
    return _("The person said that they do not feel able to stay, or wish to migrate again.")


def _fell(figures: Mapping[str, Any]) -> str:
    return _(
        "%(name)s fell from %(before)s to %(after)s; a fall of 0.15 warns.",
        name=_name(figures["score"]),
        before=_score(figures["from"]),
        after=_score(figures["to"]),
    )


def _low(figures: Mapping[str, Any]) -> str:
    return _(
        "%(name)s is %(score)s; under %(limit)s warns.",
        name=_name(figures["score"]),
        score=_score(figures["to"]),
        limit=_score(figures["limit"]),
    )


def _unvisited(figures: Mapping[str, Any]) -> str:
    if tries := figures.get("tries"):
        return ngettext(
            "The visit of month %(month)s was due on %(day)s: tried %(num)d time, nobody was "
            "reached.",
            "The visit of month %(month)s was due on %(day)s: tried %(num)d times, nobody was "
            "reached.",
            tries,
            month=figures["month"],
            day=format_date(date.fromisoformat(figures["due"]), "d MMMM y"),
        )
    return _(
        "The visit of month %(month)s was due on %(day)s and two weeks have passed.",
        month=figures["month"],
        day=format_date(date.fromisoformat(figures["due"]), "d MMMM y"),
    )


def _unsafe(_figures: Mapping[str, Any]) -> str:
    return _("In the survey the person said that they or their family do not feel safe.")


def _troubled(figures: Mapping[str, Any]) -> str:
    if figures["month"] is None:
        return _("The business that was helped is in trouble or closed.")
    return _(
        "At month %(month)s the business that was helped is in trouble or closed.",
        month=figures["month"],
    )


def _not_reached(figures: Mapping[str, Any]) -> str:
    return _(
        "Since %(day)s nobody was reached in %(count)s tries by %(ways)s ways. Ask others who may "
        "know; then close it as lost to contact.",
        day=format_date(date.fromisoformat(figures["since"]), "d MMMM y"),
        count=figures["count"],
        ways=figures["ways"],
    )


_EXPLAINED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "falls": _fell,
    "low": _low,
    "missed": _unvisited,
    "lost": _not_reached,
    "unsafe": _unsafe,
    "business": _troubled,
}


def _name(score: str) -> str:
    return lists.label((*lists.DIMENSIONS, ("composite", _("Composite"))), score)


def _score(per_mille: int) -> str:
    return f"{per_mille / 1000:.2f}"


def done(*, by: Actor, warning: ReturnWarning) -> bool:
    """Somebody looked into it; gives whether nobody had before."""
    if warning.done_at is not None:
        return False
    warning.done_at, warning.done_by_id = now(), by.id
    return True


def stands(warning: ReturnWarning) -> tuple[Hashable, ...]:
    """Whether somebody looked into it, for the mark of a way back."""
    return warning.id, warning.done_at, warning.done_by_id


def not_done(*, warning: ReturnWarning, as_left: str = "") -> None:
    """It was pressed by mistake: it waits again. ``as_left``: the mark of what was pressed. Raises
    :class:`models.taking_back.ChangedSince`.
    """
    taking_back.only_as_left(as_left, *stands(warning))
    warning.done_at = warning.done_by_id = None

"""Early warnings: rules that look at surveys and visits and say why they warn. Each is raised once and stays until somebody looked into it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from models.base import db, insert_if_new, now, today
from models.returns import FollowUp, Return, ReturnWarning, Survey
from models.states import Sets
from notifications import outbox
from standards import lists, sustainability

FALL = 150  # per mille by which a score falls from one survey to the next
LATE = timedelta(days=14)
_UNSAFE = {"unsafe", "very unsafe"}


def look(
    record: Return,
    *,
    answers: Mapping[str, int] | None = None,
    survey: Survey | None = None,
    used: sustainability.Instrument | None = None,
    visit: FollowUp | None = None,
) -> int:
    """Apply the rules to what was just written down; gives how many warnings are new."""
    found = [
        *(
            _of_survey(record, survey, answers or {}, used or sustainability.instrument())
            if survey
            else ()
        ),
        *(_of_visit(visit) if visit else ()),
    ]
    return sum(_raise(record, *warning) for warning in found)


def _of_survey(
    record: Return, survey: Survey, answers: Mapping[str, int], used: sustainability.Instrument
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    low = round(used.low_below * 1000)
    before = [
        one
        for one in record.surveys
        if one.id != survey.id and one.on <= survey.on and one.version == survey.version
    ]
    for name in (*sustainability.DIMENSIONS, "composite"):
        value = getattr(survey, name)
        last = getattr(before[-1], name) if before else None
        if value is not None and last is not None and last - value >= FALL:
            yield "falls", f"survey {survey.id} {name}", {"score": name, "from": last, "to": value}
    if survey.composite is not None and survey.composite < low:
        yield (
            "low",
            f"survey {survey.id}",
            {"score": "composite", "to": survey.composite, "limit": low},
        )
    if used.answer("physical_safety", answers) in _UNSAFE:
        yield "unsafe", f"survey {survey.id}", {}
    if used.answer("able_to_stay", answers) == "no":
        yield "migrate", f"survey {survey.id}", {}


def _of_visit(visit: FollowUp) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if visit.outcome == "migrate_again":
        yield "migrate", f"visit {visit.month}", {"month": visit.month}
    if visit.business in {"struggles", "closed"}:
        yield "business", f"visit {visit.month}", {"month": visit.month, "business": visit.business}


def missed(most: int = 500) -> int:
    """Periodic: visits that nobody made within two weeks."""
    query = select(FollowUp).where(
        FollowUp.done_on.is_(None),
        FollowUp.due_on.between(today() - timedelta(days=60), today() - LATE),
    )
    rows = db.session.execute(query.order_by(FollowUp.due_on).limit(most)).unique().scalars()
    late = [visit for visit in rows if visit.record.state in Sets.RETURN_HOME]
    return sum(
        _raise(
            visit.record,
            "missed",
            f"visit {visit.month}",
            {"month": visit.month, "due": visit.due_on.isoformat()},
        )
        for visit in late
    )


def _raise(record: Return, kind: str, about: str, figures: dict[str, Any]) -> bool:
    row = {"return_id": record.id, "kind": kind, "about": about, "figures": figures, "at": now()}
    number = db.session.execute(
        insert_if_new(ReturnWarning).values(row).returning(ReturnWarning.id)
    ).scalar()
    if number is None:
        return False
    db.session.expire(record, ["warnings"])
    staff = outbox.people_of(record.receiving_id or 0, Role.ORIGIN)
    outbox.post(
        "return.warning", reference=f"EW-{number}", path=f"/returns/{record.reference}", to=staff
    )
    return True


def explained(warning: ReturnWarning) -> str:
    """Why a warning was raised, in a sentence with its figures."""
    figures = warning.figures
    name = lists.label(
        (*lists.DIMENSIONS, ("composite", _("Composite"))), str(figures.get("score", ""))
    )
    if warning.kind == "falls":
        return _(
            "%(name)s fell from %(before)s to %(after)s; a fall of 0.15 warns.",
            name=name,
            before=_score(figures["from"]),
            after=_score(figures["to"]),
        )
    if warning.kind == "low":
        return _(
            "%(name)s is %(score)s; under %(limit)s warns.",
            name=name,
            score=_score(figures["to"]),
            limit=_score(figures["limit"]),
        )
    if warning.kind == "missed":
        return _(
            "The visit of month %(month)s was due on %(day)s and two weeks have passed.",
            month=figures["month"],
            day=figures["due"],
        )
    if warning.kind == "unsafe":
        return _("In the survey the person said that they or their family do not feel safe.")
    if warning.kind == "business":
        return _(
            "At month %(month)s the business that was helped is in trouble or closed.",
            month=figures["month"],
        )
    return _("The person said that they do not feel able to stay, or wish to migrate again.")


def _score(per_mille: int) -> str:
    return f"{per_mille / 1000:.2f}"


def done(*, by: Actor, warning: ReturnWarning) -> None:
    """Somebody looked into it."""
    warning.done_at, warning.done_by_id = warning.done_at or now(), by.id

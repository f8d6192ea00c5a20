"""Taking a Reintegration Sustainability Survey: scores by the instrument in force, answers sealed with the return, several compared."""

from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from avrr import early_warnings, events
from models.base import db, today
from models.returns import Return, Survey
from models.rules import RuleBroken
from models.states import Sets
from standards import sustainability


def instrument() -> sustainability.Instrument:
    """The survey of this installation: the file it set, or the provisional one that is shipped."""
    path = current_app.config["SETTINGS"].survey_file
    return sustainability.instrument(path or sustainability.SHIPPED)


def take(*, by: Actor, record: Return, on: date, answers: dict[str, int], token: str) -> Survey:
    """Keep a survey with its scores and the version they were made by. The same ``token`` twice is the same survey."""
    token = f"{record.id}:{token}"
    known = db.session.execute(select(Survey).where(Survey.token == token)).scalar_one_or_none()
    if known is not None:
        return known
    if record.state not in Sets.RETURN_HOME:
        raise RuleBroken(_("The person has not arrived yet, or the return is closed."))
    if on > today():
        raise RuleBroken(_("This day is in the future."), "on")
    if not answers:
        raise RuleBroken(_("Nothing was answered. Ask at least some of the questions."), "on")
    used = instrument()
    found = used.scores(answers)
    made = Survey(return_id=record.id, on=on, version=used.version, by_id=by.id, token=token)
    for name in (*sustainability.DIMENSIONS, "composite"):
        setattr(made, name, _per_mille(getattr(found, name)))
    record.surveys.append(made)
    db.session.flush()
    record.answers = {**record.answers, str(made.id): answers}
    events.add(by=by, record=record, kind="surveyed")
    early_warnings.look(record, answers=answers, survey=made, used=used)
    return made


def _per_mille(value: float | None) -> int | None:
    return None if value is None else round(value * 1000)


def told(record: Return, survey: Survey) -> list[tuple[str, str]]:
    """Questions and answers of one survey, in words. Opens the sealed answers."""
    answers: dict[str, Any] = record.answers.get(str(survey.id), {})
    used = instrument()
    return [
        (str(question["question"]), used.answer(question["key"], answers))
        for question in used.questions
        if question["key"] in answers
    ]

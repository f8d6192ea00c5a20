"""Taking a Reintegration Sustainability Survey: scores by the instrument in force, answers sealed
with the return, several compared.
"""

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
from web import once


def instrument() -> sustainability.Instrument:
    """The survey of this installation: the file it set, or the provisional one that is shipped."""
    path = current_app.config["SETTINGS"].survey_file
    return sustainability.instrument(path or sustainability.SHIPPED)


def take(
    *,
    by: Actor,
    return_: Return,
    on: date,
    answers: dict[str, int],
    month: str = "",
    token: str = "",
) -> Survey:
    """Keep a survey with its scores and the version they were made by, for the follow-up of
    ``month`` or beside them.

    The same ``token`` twice is the same survey.
    """
    token = once.token_of(return_.id, token)
    earlier = db.session.execute(select(Survey).where(Survey.token == token)).scalar_one_or_none()
    if earlier is not None:
        return earlier
    _check(return_, on, answers)
    named = _named(return_, month)
    used = instrument()
    survey = _scored(return_, on, used, answers)
    survey.token, survey.month = token, named
    survey.by_id = by.id
    return_.surveys.append(survey)
    db.session.flush()
    return_.answers = {**return_.answers, str(survey.id): answers}
    events.add(by=by, return_=return_, kind="surveyed")
    early_warnings.look(return_, answers=answers, survey=survey, used=used)
    return survey


def _check(return_: Return, on: date, answers: dict[str, int]) -> None:
    if return_.state not in Sets.RETURN_HOME:
        raise RuleBroken(_("The person has not arrived yet, or the return is closed."))
    if on > today():
        raise RuleBroken(_("This day is in the future."), "on")
    if return_.arrived_on and on < return_.arrived_on:
        raise RuleBroken(_("This day lies before the arrival."), "on")
    if not answers:
        raise RuleBroken(_("Nothing was answered. Ask at least some of the questions."), "on")


def _named(return_: Return, month: str) -> int | None:
    """The follow-up that it is taken for; none where it is beside them."""
    if not month:
        return None
    known = {str(each.month): each.month for each in return_.follow_ups}
    if month not in known:
        raise RuleBroken(_("There is no such follow-up."), "month")
    return known[month]


def _scored(
    return_: Return, on: date, used: sustainability.Instrument, answers: dict[str, int]
) -> Survey:
    scores = used.scores(answers)
    survey = Survey(return_id=return_.id, on=on, version=used.version)
    for name in (*sustainability.DIMENSIONS, "composite"):
        setattr(survey, name, _per_mille(getattr(scores, name)))
    return survey


def _per_mille(value: float | None) -> int | None:
    return None if value is None else round(value * 1000)


def in_words(return_: Return, survey: Survey) -> list[tuple[str, str]]:
    """Questions and answers of one survey, in words. Opens the sealed answers."""
    answers: dict[str, Any] = return_.answers.get(str(survey.id), {})
    used = instrument()
    return [
        (str(question["question"]), used.answer(question["key"], answers))
        for question in used.questions
        if question["key"] in answers
    ]

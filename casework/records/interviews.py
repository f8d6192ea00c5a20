"""The interview on which an identification leans, the indicators found, and the referral to the
national mechanism.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from casework.core.schemas import language_options
from standards import assistance, first_signs, indicators, interviewing
from web import forms
from web.forms import FormSchema, choice, day, several, text, textarea, whole

BEFORE = _l("Before it began")
TOLD = _l("What they tell, in their own words")
KEPT_SILENT = _l("What kept them from telling")
REACHED = _l("How they can be reached")
# What the person tells: kept only where they agreed, and where nobody else could hear.
TOLD_FIELDS = (
    *("left", "way", "there", "began_in", "ended", "fear"),
    *("still_in", "others", "others_words", "child_then", "hindered", "hindered_words"),
)


class InterviewSchema(FormSchema):
    """One interview. Each question may be skipped; what is known already is not asked again."""

    on = day(_l("On"), required=True, past=True)
    language = choice(_l("Language used"), language_options, required=True)
    interpreter = choice(_l("Interpreter"), interviewing.INTERPRETERS, required=True)
    present = several(_l("Who else was there"), interviewing.PRESENT)
    agreed = choice(
        _l("The person, to this interview"), assistance.CONSENTS, required=True, widget="radio"
    )
    safe_place = choice(
        _l("The place was safe, and nobody else could hear"),
        interviewing.YES_OR_NO,
        required=True,
        widget="radio",
    )
    child_then = choice(
        _l("Under 18 at any time while it was done to them"), assistance.YES_NO, widget="radio"
    )
    still_in = choice(
        _l("Are they still in the situation?"),
        assistance.YES_NO,
        hint=_l("Yes: somebody must act today. A task is set."),
        widget="radio",
    )
    others = choice(
        _l("Are others at risk?"),
        assistance.YES_NO,
        hint=_l("Yes: somebody must act today. A task is set."),
        widget="radio",
    )
    safe_to_write = choice(_l("Is it safe to write or call?"), assistance.YES_NO, widget="radio")
    interviewer = text(_l("Who held it"), hint=_l("Empty: who writes this."), group=BEFORE)
    asked_for = text(
        _l("Whom they asked for"),
        hint=_l("A woman or a man, for the interview and for the interpreter."),
        group=BEFORE,
    )
    interpreter_words = text(
        _l("Interpreter: who, and why this one"),
        hint=_l("Where it is somebody of the family or community: why nobody else."),
        most=300,
        group=BEFORE,
    )
    alone_because = textarea(
        _l("A child without a guardian: why it could not wait"), most=1000, group=BEFORE
    )
    explained = several(_l("What was explained"), interviewing.EXPLAINED, group=BEFORE)
    breaks = choice(_l("Breaks"), interviewing.BREAKS, group=BEFORE)
    left = textarea(_l("How they left home, and who arranged it"), group=TOLD)
    way = textarea(_l("The way"), group=TOLD)
    there = textarea(_l("What happened there"), group=TOLD)
    began_in = whole(_l("In which year it began"), least=1920, most=2200, group=TOLD)
    ended = textarea(_l("How it ended"), group=TOLD)
    fear = textarea(_l("What they fear now"), group=TOLD)
    hindered = several(
        _l("What kept them from telling anybody"), interviewing.HINDERED, group=KEPT_SILENT
    )
    hindered_words = textarea(_l("In their words"), most=3000, group=KEPT_SILENT)
    others_words = textarea(_l("Who else is at risk, and where"), most=3000, group=KEPT_SILENT)
    reach_words = textarea(
        _l("How, when, and what must never be done"),
        hint=_l("What everybody must know goes into “Safe contact”."),
        most=1000,
        group=REACHED,
    )
    revision = forms.revision()


def held(said: dict[str, Any]) -> bool:
    """Whether an interview was held: agreed to, in a safe place."""
    return said.get("agreed") == "agrees" and said.get("safe_place") == "yes"


_BY_STRENGTH = _l(
    "In brackets: how strong the source calls a sign. To be verified: its text could not be read."
)
_WITHOUT_STRENGTH = _l("The source gives no strength. Signs to be verified.")
FIRST_SIGNS = _l("Signs for first contact (UNODC)")


def _part(code: str) -> Any:
    part = next(part for part in indicators.PARTS if part.code == code)
    return several(part.label, part.options, hint=_BY_STRENGTH, group=part.label)


def _first(label: Any, options: Any) -> Any:
    return several(label, options, hint=_WITHOUT_STRENGTH, group=FIRST_SIGNS)


class IndicatorsSchema(FormSchema):
    """Signs of trafficking that were found, by the part of the definition that each belongs to.

    They explain what supports an element. Nothing is added up; the worker decides.
    """

    on = day(_l("On"), required=True, past=True)
    field = choice(
        _l("What they were made to do"), indicators.FIELDS, required=True, widget="radio"
    )
    words = textarea(_l("What was seen or told"), most=5000)
    could_leave = choice(
        _l("Were they free to leave, and to come and go?"), assistance.YES_NO, widget="radio"
    )
    deceived = _part("deceived")
    coerced = _part("coerced")
    vulnerable = _part("vulnerable")
    exploited = _part("exploited")
    held = _part("held")
    dependent = _part("dependent")
    general = _first(_l("In general"), first_signs.GENERAL)
    children = _first(_l("Children"), first_signs.CHILDREN)
    domestic = _first(_l("Work in a household"), first_signs.DOMESTIC)
    sexual = _first(_l("Sexual exploitation"), first_signs.SEXUAL)
    labour = _first(_l("Labour"), first_signs.LABOUR)
    begging = _first(_l("Begging and petty crime"), first_signs.BEGGING)
    revision = forms.revision()


class MechanismSchema(FormSchema):
    """A referral to the national referral mechanism, and its answer."""

    on = day(_l("Referred on"), required=True, past=True)
    to = text(_l("To whom"), required=True)
    agreed = choice(_l("The person"), assistance.CONSENTS, required=True, widget="radio")
    guardian = text(_l("A child: which guardian or authority was told"))
    reference = text(_l("Their reference"), most=60, direction="ltr")
    answer = choice(_l("Their answer"), interviewing.MECHANISM, required=True)
    answer_on = day(_l("Answered on"), past=True, not_before="on")
    answer_until = day(_l("Answer expected until"), not_before="on")
    recovery_until = day(_l("Recovery and reflection period until"), not_before="on")
    words = textarea(_l("What they say"), most=3000)
    revision = forms.revision()

    @validates_schema
    def _an_answer_has_a_day(self, data: dict[str, Any], **_named: object) -> None:
        if data.get("answer") not in {None, "waiting"} and not data.get("answer_on"):
            raise ValidationError(_("Say on which day they answered."), "answer_on")
        if data.get("answer") == "waiting" and data.get("answer_on"):
            raise ValidationError(_("There is a day, but no answer."), "answer")

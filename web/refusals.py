"""What was wrong with what was sent, in words: on a page of its own, or as a problem."""

from typing import Any

from flask import Response, render_template
from marshmallow import ValidationError

from models.rules import RuleBroken, Undecided
from web.errors import StaleEdit, problem, wrong_answers


def plain_refusal(errors: dict[str, Any]) -> Any:
    """A page that says why, where no form stands to be shown again."""
    messages = [
        str(text)
        for texts in errors.values()
        for text in (texts if isinstance(texts, list) else [texts])
    ]
    return render_template("refusal.html", messages=messages), 422


def problem_of(wrong: Exception) -> Response:
    """What was wrong, for a program."""
    if isinstance(wrong, StaleEdit):
        return problem(
            409, "Somebody saved this before you", f"The newest revision is {wrong.revision}."
        )
    if isinstance(wrong, Undecided):
        detail = f"Send it again with an answer in {wrong.field!r}."
        errors = {wrong.field: [str(wrong.message)]}
        return problem(409, "A choice is needed", detail, errors, candidates=wrong.candidates)
    if isinstance(wrong, RuleBroken):
        return wrong_answers({wrong.field: [str(wrong.message)]})
    assert isinstance(wrong, ValidationError)
    return wrong_answers(wrong.normalized_messages())

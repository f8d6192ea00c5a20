"""What does not fit or may not be: the form again, with what was typed, or a problem."""

from collections.abc import Callable
from typing import Any

from flask import Response, g, render_template, request, session
from markupsafe import escape
from marshmallow import Schema, ValidationError

from access import audit
from access.actors import Actor
from models.rules import NoOffice, ProofWrong, RuleBroken, Undecided
from web import keeping
from web.barring import stop_at
from web.errors import StaleEdit, came_from, is_script, problem, stopped, wrong_answers
from web.form_pairs import OPENED, pairs, put_back
from web.forms import Form, typed
from web.sessions import Session, wrong_proof

View = Callable[..., Any]
Finder = Callable[..., Any]


def say_again(
    wrong: Exception,
    actor: Actor,
    subject: tuple[Finder | None, dict[str, Any]],
    accepts: type[Schema] | None,
    page: View | None,
) -> Any:
    """The form again with what was typed, or a problem.

    The record is found anew: what was changed is undone.
    """
    if request.path.startswith("/api/"):
        return _problem(wrong)
    if isinstance(wrong, ProofWrong) and isinstance(session, Session):
        audit.record("confirm_failed")
        wrong_proof(session)
    errors = wrong.normalized_messages() if isinstance(wrong, ValidationError) else {}
    if isinstance(wrong, RuleBroken):
        errors = {wrong.field: [str(wrong.message)]}
    if page is None or accepts is None or is_script() or isinstance(wrong, NoOffice):
        return _without_a_form(wrong, errors)
    form = Form(accepts, typed(accepts, put_back(request.form)), errors)
    g.refused = True  # the title says so, whatever the form is called on the page
    find, arguments = subject
    subjects = [find(actor, **arguments)] if find else []
    if isinstance(wrong, StaleEdit):
        form.stale = wrong  # type: ignore[attr-defined]
        form.data["revision"] = wrong.revision
        return (_what_both_changed(form, wrong) or page(actor, *subjects, form=form)), 409
    drawn = page(actor, *subjects, form=form)
    return (drawn, 422) if _says_why(drawn, errors) else _plain_refusal(errors)


def _says_why(drawn: Any, errors: dict[str, Any]) -> bool:
    """Whether the page shows the form that was refused: what changed since it was opened may have
    taken the form off the page, and the refusal with it.
    """
    if not isinstance(drawn, str):
        return True
    return 'class="summary-fault"' in drawn or any(
        str(escape(message)) in drawn for message in _messages(errors)
    )


def _without_a_form(wrong: Exception, errors: dict[str, Any]) -> Any:
    if isinstance(wrong, NoOffice):  # what was sent is kept until they said for which they work
        return stop_at("accounts.offices", "typing")
    return _plain_refusal(errors)


def _what_both_changed(form: Form, wrong: StaleEdit) -> str:
    """As :func:`both_changed`, with what came beside the fields. Empty where the verb did not join
    the two.
    """
    if not wrong.merged:
        return ""
    names = {field.data_key or name for name, field in form.schema.fields.items()}
    ours = {"csrf_token", "form_token", OPENED, *names, *wrong.differences}
    beside = [
        (name, wrong.merged.get(name, value))
        for name, value in request.form.items(multi=True)
        if name not in ours and name.partition("__")[0] not in ours
    ]
    # It is one form with what was sent: its draft goes with the answer.
    return both_changed(form, wrong, beside, kept=keeping.keep_sent("conflict"))


def both_changed(
    form: Form, wrong: StaleEdit, beside: list[tuple[str, str]], *, kept: str = ""
) -> str:
    """The page that shows what both changed and nothing else; the rest of the form, with what only
    others changed, and ``beside`` go with it unseen. ``kept``: the draft that leads back to it.
    """
    rest = {name: value for name, value in wrong.merged.items() if name not in wrong.differences}
    hidden = [*pairs(form.schema, rest | {"revision": wrong.revision}), *beside]
    if opened := request.form.get(OPENED) or request.form.get("revision"):
        hidden.append((OPENED, opened))
    about = {
        "wrong": wrong,
        "kept": kept,
        "number": keeping.number_in(request.path),
        "page": came_from(),
    }
    return render_template("conflict.html", form=form, hidden=hidden, **about)


def _messages(errors: dict[str, Any]) -> list[str]:
    return [
        str(text)
        for texts in errors.values()
        for text in (texts if isinstance(texts, list) else [texts])
    ]


def _plain_refusal(errors: dict[str, Any]) -> Any:
    messages = _messages(errors)
    if is_script():  # it shows them where the form stands
        return stopped(422, "refused", *messages)
    kept = keeping.keep_sent("refused")
    return render_template("refusal.html", messages=messages, kept=kept, page=came_from()), 422


def _problem(wrong: Exception) -> Response:
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

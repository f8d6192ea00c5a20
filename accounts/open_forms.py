"""Forms that everybody may send: read and refused here, because the guard knows nobody yet."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from marshmallow import Schema, ValidationError

from models.base import db
from models.rules import RuleBroken
from web.forms import Form, load, typed

Made = TypeVar("Made")
_SECRET = frozenset({"password", "new"})  # never sent back to a page


class Counted(RuleBroken):
    """A refusal that is counted: ``count`` runs when all else of the form was taken back."""

    def __init__(self, message: Any, field: str, count: Callable[[], None]) -> None:
        self.count = count
        super().__init__(message, field)


def again(schema: type[Schema], errors: dict[str, Any]) -> Form:
    """The form with what was typed, but for passwords, and with what was wrong."""
    typed_before = typed(schema, request.form)
    shown = {name: value for name, value in typed_before.items() if name not in _SECRET}
    return Form(schema, shown, errors)


def tried(schema: type[Schema], verb: Callable[[dict[str, Any]], Made]) -> Made | Form:
    """What ``verb`` makes of the form that was sent.

    Where the form does not fit, or the verb refuses, nothing is kept, and the form comes back with
    what was wrong.
    """
    try:
        return verb(load(schema, typed(schema, request.form), lenient=True))
    except ValidationError as wrong:
        errors, refused = wrong.normalized_messages(), None
    except RuleBroken as wrong:
        errors, refused = {wrong.field: [str(wrong.message)]}, wrong
    db.session.rollback()
    if isinstance(refused, Counted):
        refused.count()
    return again(schema, errors)

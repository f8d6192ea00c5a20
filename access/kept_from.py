"""Whether a record is about a case that is kept from whoever acts.

A record says of which case it is (``case_id``), and, where it is about several, of which others
(``others_about``, and ``about_one_of`` as a WHERE clause): one of them that is kept away keeps the
whole record away, whichever stands first.
"""

from typing import Any

from sqlalchemy import ColumnElement, true

from access.actors import Actor
from models.cases import Case


def is_blocked(actor: Actor, subject: Any) -> bool:
    """Whether a case that ``subject`` is, or is about, is kept from this actor.

    Stands before every permission.
    """
    if not actor.blocked or subject is None:
        return False
    return not actor.blocked.isdisjoint(_cases_of(subject))


def _cases_of(subject: Any) -> set[int | None]:
    if isinstance(subject, Case):
        return {subject.id}
    return {getattr(subject, "case_id", None), *getattr(subject, "others_about", ())}


def outside_blocks(actor: Actor, model: Any) -> ColumnElement[bool]:
    """The same as a WHERE clause."""
    kept = list(actor.blocked)
    column = model.id if model is Case else getattr(model, "case_id", None)
    outside = true() if column is None else column.not_in(kept) | column.is_(None)
    return outside & ~model.about_one_of(kept) if hasattr(model, "about_one_of") else outside

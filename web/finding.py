"""Finders for routes: the record whose key stands in the address."""

from collections.abc import Callable
from typing import Any, TypeVar

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from models.base import db
from web.errors import NotFound

Model = TypeVar("Model")


def by_id(
    model: type[Model], variable: str, *, seen_with: Permission | None = None
) -> Callable[..., Model]:
    """What finds the ``model`` whose row id stands in the address as ``variable``.

    The finder raises :class:`web.errors.NotFound` where there is no such record, and where
    ``seen_with`` names a permission that the one who asks does not have for it: both look alike.
    """

    def find(actor: Actor, **address: Any) -> Model:
        record = db.session.get(model, address[variable])
        if record is None or (seen_with is not None and not allows(actor, seen_with, record)):
            raise NotFound
        return record

    return find

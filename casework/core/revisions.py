"""Two people who change the same thing: the second is shown both versions, and nothing is lost."""

from collections.abc import Iterable, Mapping
from typing import Any

from web.errors import StaleEdit


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def refuse_stale(
    stands: Mapping[str, Any], given: Mapping[str, Any], names: Iterable[str], *, revision: int
) -> None:
    """Refuse a form that was opened before the last change, where it says something else.

    ``stands`` is what was stored at ``revision``; ``given`` is the form, with the revision that it
    was opened at; ``names`` are the fields to compare. Without a revision nothing is compared.
    Raises :class:`web.errors.StaleEdit` with both versions of each field that differs.
    """
    if given.get("revision") in (None, revision):
        return
    differing = {
        name: (stands.get(name), plain(given.get(name)))
        for name in names
        if stands.get(name) != plain(given.get(name))
    }
    if differing:
        raise StaleEdit(differing, revision)

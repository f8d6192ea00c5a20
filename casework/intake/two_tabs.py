"""Two tabs on one registration: what only one of them changed is taken over, what both changed is
asked about.

What a form showed when it was opened goes with it, sealed. What a form sent while somebody typed
is kept in the draft, so that a tab is never its own second writer.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casework.core import revisions
from models.base import now
from models.sealed import Unreadable, open_system, seal_system
from web.errors import StaleEdit

FIELD = "shown"  # the field of a form in which it brings what it showed
SEEN = "seen"  # where a draft keeps what forms sent while somebody typed
_PURPOSE = "draft/shown"
_FORMS = 4  # that a draft remembers
_APART = frozenset(("revision", "unanswered"))  # belongs to other answers, is compared by none


@dataclass(frozen=True)
class Opened:
    """A form that came back: which one it is, what it showed, and since when."""

    form: str = ""
    state: Mapping[str, Any] | None = None
    since: float = 0
    by: int | None = None  # the author of the draft, who alone has forms of it


@dataclass(frozen=True)
class _Before:
    """What stood when a form was opened, as :func:`casework.core.revisions.joined` reads it."""

    before: Mapping[str, Any]
    by_id: int | None
    at: Any = None


def shown(state: Mapping[str, Any]) -> str:
    """What a form brings back of what it shows."""
    content = json.dumps([now().timestamp(), dict(state)]).encode()
    return urlsafe_b64encode(seal_system(_PURPOSE, content)).decode()


def opened(form: str, text: str, by: int | None) -> Opened:
    """A form by its token, with what it brings; nothing where we did not seal it."""
    try:
        since, state = json.loads(open_system(_PURPOSE, urlsafe_b64decode(text)))
    except (Unreadable, ValueError, TypeError):
        return Opened(form, by=by)
    return Opened(form, state, since, by)


def joined(
    content: Mapping[str, Any], name: str, typed: Mapping[str, Any], came: Opened
) -> dict[str, Any]:
    """What is to be kept of a step. Raises :class:`web.errors.StaleEdit` with what both changed."""
    stands: Mapping[str, Any] = content.get(name, {})
    was = _was(content, name, came)
    if was is None:
        return dict(typed)
    names = {*stands, *typed, *was} - _APART
    before = _Before({each: was.get(each) for each in names}, came.by)
    given = {**typed, "revision": 0}
    later: Any = [before]
    result = revisions.joined(given, sorted(names), stands, later, revision=1)
    return {each: value for each, value in result.items() if each != "revision"}


def joined_unasked(
    content: Mapping[str, Any], name: str, typed: Mapping[str, Any], came: Opened
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same while somebody types, when nobody can be asked: of what both changed the other's
    stays until the form is sent. Gives what is to be kept, and what the form is to be compared
    with then.
    """
    try:
        return joined(content, name, typed, came), dict(typed)
    except StaleEdit as wrong:
        theirs = {each: both[0] for each, both in wrong.differences.items()}
        was = _was(content, name, came) or {}
        seen = {**typed, **{each: was.get(each) for each in theirs}}
        kept = {**wrong.merged, **theirs}
        kept.pop("revision", None)
        return kept, seen


def _was(content: Mapping[str, Any], name: str, came: Opened) -> Mapping[str, Any] | None:
    """What a form last showed or sent, whichever came later; None where that is not known."""
    seen = content.get(SEEN, {}).get(f"{name} {came.form}") if came.form else None
    if seen is not None and seen[0] >= came.since:
        return dict(seen[1])
    return came.state


def remember(
    content: Mapping[str, Any], name: str, came: Opened, state: Mapping[str, Any]
) -> dict[str, Any]:
    """What a draft keeps of the forms that sent something, the latest few."""
    if not came.form:
        return dict(content.get(SEEN, {}))
    seen = {**content.get(SEEN, {}), f"{name} {came.form}": [now().timestamp(), dict(state)]}
    latest = sorted(seen.items(), key=lambda each: each[1][0])[-_FORMS:]
    return dict(latest)

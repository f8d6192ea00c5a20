"""Two people who change the same thing: three versions are compared, and nothing is lost.

What stood when the form was opened, what stands now, and what the form says: what only one of the
two changed is taken over; lists are joined entry by entry; what both changed is asked about.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models import extra_fields
from models.base import db
from models.cases import Case
from models.earlier import OfficeVersion, ReturnVersion
from models.people import User
from models.sealed import Version
from web.errors import NoRevision, StaleEdit

Kept = OfficeVersion | ReturnVersion | Version
EMPTY: tuple[Any, ...] = (None, "", [], {})


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same; nothing is nothing, however it is written."""
    return bool(one == other) or (one in EMPTY and other in EMPTY)


def required(given: Mapping[str, Any], newest: int) -> dict[str, Any]:
    """What a program sent to change what stands at revision ``newest``.

    Raises :class:`web.errors.NoRevision` where it does not say which revision it read: it would
    write over what others saved.
    """
    if newest and given.get("revision") is None:
        raise NoRevision(newest)
    return dict(given)


def merged(
    case: Case,
    place: tuple[str, str],
    given: Mapping[str, Any],
    names: Iterable[str],
    stands: Mapping[str, Any],
    *,
    revision: int,
    revive: Callable[[str, Any], Any] = lambda _name, value: value,
) -> dict[str, Any]:
    """What a form says, with what others saved of ``names`` after it was opened.

    ``place`` is the compartment and the key of the record (empty for a section of the case itself);
    ``stands`` is what is stored at ``revision``; ``given`` the form, with the revision that it was
    opened at. ``revive`` makes of a stored value what the form would have given. Without a revision
    the form says all there is to say. Raises :class:`web.errors.StaleEdit` with the fields that
    both changed, who changed them last and when. Revision 0: the form was opened when there was
    nothing yet.
    """
    given = {**given, **extra_fields.kept_aside(stands)}
    opened = given.get("revision")
    later = [] if opened in (None, revision) else _since(case, place, int(opened))
    return joined(given, names, stands, later, revision=revision, revive=revive)


def joined(
    given: Mapping[str, Any],
    names: Iterable[str],
    stands: Mapping[str, Any],
    later: Sequence[Kept],
    *,
    revision: int,
    revive: Callable[[str, Any], Any] = lambda _name, value: value,
) -> dict[str, Any]:
    """As :func:`merged`, where ``later`` says what stood before each change since the form was
    opened, newest change first.
    """
    if given.get("revision") in (None, revision):
        return dict(given)
    base = dict(stands) if given.get("revision") else {}
    for version in later:  # the oldest of them says what stood at the beginning
        base.update(version.before)
    result, both = dict(given), {}
    for name in names:
        mine, now, was = plain(given.get(name)), stands.get(name), base.get(name)
        if same(mine, now) or same(now, was):
            continue
        if same(mine, was):
            _put(result, name, revive(name, now) if now not in EMPTY else None)
        elif (entries := _entries(was, now, mine)) is not None:
            _put(result, name, revive(name, entries))
        else:
            both[name] = (now, mine)
    if both:
        theirs = [each for each in later if not both.keys().isdisjoint(each.before)]
        authors = frozenset(each.by_id for each in theirs)
        raise StaleEdit(both, revision, result, _by(theirs), authors)
    return result


def _since(case: Case, place: tuple[str, str], opened: int) -> list[Version]:
    """What stood before each change since a form was opened, newest change first."""
    compartment, subject = place
    query = select(Version).where(
        Version.case_id == case.id,
        Version.compartment == compartment,
        Version.subject == subject,
        Version.revision >= opened,
    )
    return list(db.session.execute(query.order_by(Version.id.desc())).scalars())


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    if value in EMPTY:
        values.pop(name, None)
    else:
        values[name] = value


def _entries(was: Any, theirs: Any, mine: Any) -> Any:
    """Lists that both changed, entry by entry; None for anything else."""
    kinds = {type(value) for value in (was, theirs, mine) if value not in EMPTY}
    if kinds == {list}:
        was, theirs, mine = was or [], theirs or [], mine or []
        gone = [entry for entry in was if entry not in theirs or entry not in mine]
        every = [*was, *theirs, *mine]
        return [each for place, each in enumerate(every) if each not in (*gone, *every[:place])]
    return None


def _by(later: Sequence[Kept]) -> tuple[str, Any]:
    """Who changed last, and when."""
    newest = next(iter(later), None)
    if newest is None:
        return "", None
    user = db.session.get(User, newest.by_id) if newest.by_id else None
    return (user.name if user else ""), newest.at

"""Changing what lies in no compartment of a case, as sections and records are changed: what stood
before is kept, with who and when, and two who change it at the same time are joined
(:mod:`casework.core.revisions`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import delete, select

from access.actors import Actor
from casework.core import revisions
from models import earlier
from models.base import db
from models.earlier import OfficeVersion, ReturnVersion
from models.returns import Return


class History(Protocol):
    """Where versions of one thing are kept."""

    def lock(self) -> None:
        """Let nobody else change it until this transaction is over."""

    def versions(self) -> Sequence[revisions.Kept]:
        """What stood before each change, newest first."""

    def keep(self, by: Actor, revision: int, before: Mapping[str, Any]) -> None:
        """Keep what stood."""


class OfReturn:
    """A part of a return."""

    def __init__(self, return_: Return, part: str) -> None:
        self.return_, self.part = return_, part

    def lock(self) -> None:
        """The row of the return."""
        query = select(Return.id).where(Return.id == self.return_.id)
        db.session.execute(query.with_for_update()).all()

    def versions(self) -> Sequence[ReturnVersion]:
        """Newest first; none once the return's own key is gone."""
        if self.return_.own_key is None:
            return ()
        query = select(ReturnVersion).where(
            ReturnVersion.return_id == self.return_.id, ReturnVersion.part == self.part
        )
        return db.session.execute(query.order_by(ReturnVersion.id.desc())).scalars().all()

    def keep(self, by: Actor, revision: int, before: Mapping[str, Any]) -> None:
        """Under the return's own key."""
        made = earlier.of_return(self.return_, self.part, revision, before, by.id)
        db.session.add(made)


def end_with_key(return_: Return) -> None:
    """The return's own key is gone: what stood before in any part of it is unreadable, and goes."""
    db.session.execute(delete(ReturnVersion).where(ReturnVersion.return_id == return_.id))


class OfOffice:
    """Something of an office: ``record`` is its row."""

    def __init__(self, organisation_id: int, name: str, record: Any) -> None:
        self.organisation_id, self.record = organisation_id, record
        self.about = f"{name}/{record.id}"

    def lock(self) -> None:
        """Its row."""
        model = type(self.record)
        query = select(model.id).where(model.id == self.record.id)
        db.session.execute(query.with_for_update()).all()

    def versions(self) -> Sequence[OfficeVersion]:
        """Newest first."""
        query = select(OfficeVersion).where(
            OfficeVersion.organisation_id == self.organisation_id,
            OfficeVersion.about == self.about,
        )
        return db.session.execute(query.order_by(OfficeVersion.id.desc())).scalars().all()

    def keep(self, by: Actor, revision: int, before: Mapping[str, Any]) -> None:
        """Under a key of the office."""
        made = OfficeVersion(
            organisation_id=self.organisation_id,
            about=self.about,
            revision=revision,
            by_id=by.id,
        )
        db.session.add(made)
        db.session.flush()
        made.words = json.dumps(dict(before))


def revision_after(versions: Sequence[revisions.Kept]) -> int:
    """Which version stands now, for the form that is to change it; ``versions`` newest first."""
    return versions[0].revision + 1 if versions else 1


def changed(
    *,
    by: Actor,
    history: History,
    given: Mapping[str, Any],
    names: Iterable[str],
    stands: Mapping[str, Any],
) -> dict[str, Any]:
    """What is to stand from now on: the form, with what others changed since it was opened. What
    stood before is kept. Values are plain, as JSON keeps them.

    Raises :class:`web.errors.StaleEdit` where both changed the same.
    """
    history.lock()
    names = list(names)
    versions = history.versions()
    revision = revision_after(versions)
    opened = given.get("revision")
    later: list[Any] = [each for each in versions if opened and each.revision >= int(opened)]
    result = revisions.joined(given, names, stands, later, revision=revision)
    result.pop("revision", None)
    before = {
        name: stands.get(name)
        for name in names
        if not revisions.same(stands.get(name), result.get(name))
    }
    if before:
        history.keep(by, revision, before)
    return result

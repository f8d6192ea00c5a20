"""What stood in a return before: versions of its journey, its plan and its follow-ups, and what was
put into the file when a handover ended.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import handover
from casework.core import filing
from casework.core import queries as cases
from models.base import db
from models.earlier import ReturnVersion
from models.returns import Return

_READ = {
    "journey": Permission.RETURN_JOURNEY,
    "plan": Permission.RETURN_RECEIVE,
    "visits": Permission.RETURN_RECEIVE,
    "tries": Permission.RETURN_RECEIVE,
    "home": Permission.RETURN_RECEIVE,
}


def shown(actor: Actor, return_: Return) -> dict[str, Any]:
    """Versions by part, newest first, as far as the actor may read the part; who wrote them."""
    may_read = [
        part
        for part, permission in _READ.items()
        if return_.own_key is not None and allows(actor, permission, return_)
    ]
    parts: dict[str, list[ReturnVersion]] = {part: [] for part in _READ}
    query = select(ReturnVersion).where(ReturnVersion.return_id == return_.id)
    rows = db.session.execute(query.order_by(ReturnVersion.id.desc())).scalars().all()
    for row in rows:
        if row.part.partition("/")[0] in may_read:
            parts.setdefault(row.part, []).append(row)
    names = cases.names(row.by_id for row in rows) if may_read else {}
    return {"history": parts, "writers": names}


def left(actor: Actor, return_: Return) -> list[dict[str, Any]]:
    """What was put into the file whenever a handover ended, newest first, for whoever may read it
    there.
    """
    if not allows(actor, Permission.RETURN_READ, return_.case):
        return []
    return [
        {
            "at": datetime.fromisoformat(each["at"]),
            "thread": handover.items(each.get("thread", [])),
            "journey": each.get("journey", {}),
        }
        for each in filing.left(return_)
    ]

"""The timeline of a case: what happened, coded.

Its words are sealed in the compartment they belong to.
"""

from typing import Any

from sqlalchemy import select, update

from access.actors import Actor
from models.base import db, now
from models.cases import Case, Event


def add(
    *,
    by: Actor,
    case: Case,
    kind: str,
    note: str = "",
    compartment: str = "protection",
    reference: str = "",
) -> Event:
    """Write one entry; ``note`` is sealed under the compartment's key."""
    event = Event(
        case=case, kind=kind, compartment=compartment, by_id=by.id, reference=reference, at=now()
    )
    db.session.add(event)
    db.session.flush()
    if note:
        event.note = note
    # Not through the case's revision: two entries at the same moment are no conflict.
    db.session.execute(
        update(Case).where(Case.id == case.id).values(changed_at=now()),
        execution_options={"synchronize_session": False},
    )
    db.session.expire(case, ["changed_at"])
    return event


def newest(case: Case, kind: str, reference: str = "") -> Event | None:
    """The last entry of a kind in a case, about ``reference`` where one is given; kinds are sealed,
    so each is looked at.
    """
    query = select(Event).where(Event.case_id == case.id).order_by(Event.at.desc(), Event.id.desc())
    rows = db.session.execute(query).unique().scalars()
    of_kind = (event for event in rows if event.kind == kind)
    return next((event for event in of_kind if reference in ("", event.reference)), None)


def words_of(events: list[Event], open_compartments: frozenset[str]) -> list[dict[str, Any]]:
    """Entries for the page.

    Neighbouring ones in shut compartments merge into one that tells a day and nothing else.
    """
    rows: list[dict[str, Any]] = []
    for event in events:
        if event.compartment in open_compartments:
            rows.append({"event": event, "note": event.note})
        elif not rows or "locked_on" not in rows[-1]:
            rows.append({"locked_on": event.at.date()})
    return rows

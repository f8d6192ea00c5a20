"""Bringing cases in: HTCDS toolkit workbooks (single and multi select) and survey exports as CSV.

Every row becomes a case or is reported with row, column and reason. A row is known again by a
blind token over all its values, so that running a file twice makes no second case. The file lies
sealed in the database until its last row is done.
"""

import secrets
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from access import audit
from access.actors import Actor, person, system
from access.gate import acting
from access.permissions import Role
from casework.core import ageing, queries, search, tasks
from casework.intake import registration
from casework.intake.carrying_over import carry_over
from casework.intake.file_readers import Row, UnknownColumns, empty, lines, read, text_of
from casework.intake.rows import NOTES, Fault, given, stopping
from models import office_at_hand
from models.base import db
from models.cases import Case, Import, ImportedRow, ImportFault
from models.people import Grant, Organisation, User
from models.rules import RuleBroken
from models.states import IMPORT, ImportState
from notifications import queue
from standards import htcds
from web.errors import NotFound

REASONS: tuple[tuple[str, object], ...] = (
    ("no_consent", _l("There is no consent to keep this person’s data. The row was not stored.")),
    ("not_in_list", _l("This value is not in the list of the standard.")),
    ("no_date", _l("This is not a date. Write it as year-month-day.")),
    ("future", _l("This date is in the future.")),
    ("no_name", _l("There is no name to call the person by.")),
    ("too_long", _l("This text is too long.")),
    ("characters", _l("This has characters that cannot be kept.")),
    ("invalid", _l("This value cannot be read.")),
    ("as_words", _l("No list has this language: it is kept in the words of the file.")),
    ("known", _l("This row was imported before.")),
    ("duplicate", _l("Imported, but it may be the same person as another case. Compare them.")),
)
WARNINGS = {"known", "duplicate", *NOTES}


@dataclass(frozen=True)
class Looked:
    """A file that was read once: what is in it, how many rows, and where its import begins."""

    content: bytes
    total: int
    verb: str


def sent(file: FileStorage | None) -> Looked:
    """Read the file that a worker sent; raises where none was chosen, and as :func:`look`."""
    if file is None or not file.filename:
        raise RuleBroken(_("Choose a file first."), "file")
    return look(file.stream.read())


def look(content: bytes) -> Looked:
    """Read a file once, to see that it can be read. That takes a while and asks the database
    nothing. Raises :class:`models.rules.RuleBroken`.
    """
    try:
        return Looked(content, len(read(content)), "take")
    except UnknownColumns:
        first = list(islice(lines(content), 2))
        if len(first) < 2 or sum(not empty(cell) for cell in first[0][1]) < 2:
            raise
        return Looked(content, 0, "ask_columns")


def receive(*, by: Actor, looked: Looked) -> Import:
    """Take in the file that a worker sent, for the mission they work in."""
    office, _team_id = registration.place_of_work(by)
    return keep(by=by, looked=looked, office=office)


def keep(*, by: Actor, looked: Looked, office: Organisation) -> Import:
    """Take a file in, sealed. Nothing becomes a case yet."""
    job = Import(
        key=secrets.token_hex(12),
        by_id=by.id,
        office=office,
        total=looked.total,
    )
    job.file = looked.content
    IMPORT.move(job, looked.verb, by=by)
    db.session.add(job)
    db.session.flush()
    return job


def start(job: Import, *, by: Actor, owners: list[int] | None = None) -> None:
    """Begin. ``owners``: who gets the cases in turn; none of them: nobody yet; not said: whoever
    sent the file. Raises where it was started before, or for owners that are not the actor's to
    choose.
    """
    if not IMPORT.can(job, "start"):
        raise RuleBroken(_("This import was started already."))
    if owners and job.office_id not in by.at(Role.SUPERVISOR):
        raise RuleBroken(_("A supervisor gives cases to others: take them, or leave them open."))
    for user_id in owners or ():
        queries.must_work_there(user_id, job.office_id, "owners")
    job.owner_ids = owners
    IMPORT.move(job, "start", by=by)


def start_in_worker(job: Import, *, by: Actor, owners: list[int] | None = None) -> None:
    """Begin, in the worker; that it was begun is in the trail. Raises as :func:`start`."""
    start(job, by=by, owners=owners)
    audit.record("import", subject=job.key, fields=(str(job.total),))
    queue.enqueue_after_commit("import", job.id)


def cancel(job: Import, *, by: Actor) -> None:
    """Stop, where it has not ended; cases made so far stay, the file is destroyed."""
    if IMPORT.can(job, "cancel"):
        IMPORT.move(job, "cancel", by=by)
        job.content = None


def of(by: Actor, key: str) -> Import:
    """An import of the one who asks; others' imports do not exist."""
    job = db.session.execute(
        select(Import).where(Import.key == key, Import.by_id == by.id)
    ).scalar_one_or_none()
    if job is None:
        raise NotFound
    return job


def rows_of(job: Import) -> list[Row]:
    """The rows of a kept file."""
    if not job.content or job.state == ImportState.MAPPING:
        return []
    return read(
        job.file,
        {int(place): name for place, name in job.columns.items()},
        job.basis,
    )


def preview(rows: list[Row]) -> tuple[list[tuple[Row, str]], list[Fault]]:
    """The first rows with what becomes of them, and all faults."""
    imported = _imported(rows)
    outcome: list[tuple[Row, str]] = []
    faults: list[Fault] = []
    for row in rows:
        _registration, wrong = given(row)
        faults += wrong
        is_new = "known" if row.token in imported else "new"
        outcome.append((row, "fault" if stopping(wrong) else is_new))
    return outcome, faults


def _imported(rows: list[Row]) -> set[bytes]:
    """The tokens of those rows that became cases before."""
    tokens: set[bytes] = set()
    for start in range(0, len(rows), 500):
        some = [row.token for row in rows[start : start + 500]]
        query = select(ImportedRow.token).where(ImportedRow.token.in_(some))
        tokens |= set(db.session.execute(query).scalars())
    return tokens


def take(*, by: Actor, job: Import, row: Row) -> Case | None:
    """Turn one row into a case, or into faults of the job; gives the case, if it became one.

    The caller commits after each row, so a row is whole or not there.
    """
    if db.session.get(ImportedRow, row.token):
        job.known += 1
        return None
    with office_at_hand.within(job.office_id):
        registered, faults = given(row)
    if stopping(faults):
        db.session.add_all(_reported(job, fault) for fault in faults)
        return None
    person = registered["person"]
    near = _alike(by, job, person)
    case = _register(by, job, row, registered)
    for note in faults:
        told = _reported(job, note)
        told.case_number = case.number
        db.session.add(told)
    if near:
        fault = _reported(job, Fault(row.number, "prs_FirstName", "duplicate"))
        fault.case_number = case.number
        db.session.add(fault)
    job.made += 1
    return case


def _alike(by: Actor, job: Import, person_: dict[str, Any]) -> list[search.Found]:
    """Cases that may be of the same person, looked for in the name of whoever sent the file: the
    trail of whom it meets names them, and no task of the system.
    """
    user = db.session.get(User, job.by_id) if job.by_id else None
    if user is None:
        return search.duplicates(by=by, person=person_)
    with acting(person(user, office=job.office_id), "import") as gate:
        found = search.duplicates(by=gate.actor, person=person_)
        audit.append(gate.pending())
    return found


def _reported(job: Import, fault: Fault) -> ImportFault:
    return ImportFault(import_id=job.id, row=fault.row, column=fault.column, reason=fault.reason)


def _register(by: Actor, job: Import, row: Row, registered: dict[str, Any]) -> Case:
    owner = _owner(office=job.office_id, name=text_of(row.cells.get("cas_CaseOwner", "")))
    case = registration.register(
        by=by,
        given=registered,
        office=job.office,
        owner_id=owner.user_id if owner else _next_owner(job),
        team_id=owner.team_id if owner else None,
        kind="imported",
    )
    told = {**registered.get("account", {}), **registered.get("needs", {})}
    carry_over(by=by, case=case, row=row, told=told, has_owner=owner is not None)
    if case.is_active:
        tasks.begin(case=case, owner_id=case.owner_id)
        ageing.set_tasks(by=by, case=case)
    db.session.add(ImportedRow(token=row.token, case_id=case.id, import_id=job.id))
    return case


def _next_owner(job: Import) -> int | None:
    """Who gets the next case, of those who were chosen and still work there."""
    chosen = [job.by_id] if job.owner_ids is None else job.owner_ids
    here = {user.id for user in queries.at_work([job.office_id])[job.office_id]}
    able = [user_id for user_id in chosen if user_id in here]
    return able[job.made % len(able)] if able else None


def _owner(*, office: int, name: str) -> Grant | None:
    """The caseworker of the office whom "N. Ben Salem" or a full name means.

    None where it is nobody or several.
    """
    if not name:
        return None
    query = (
        select(Grant)
        .join(User)
        .where(Grant.organisation_id == office, Grant.role == Role.CASEWORKER)
    )
    wanted = htcds.folded(name)
    grants = [
        grant
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active and wanted in _spellings(grant.user.name)
    ]
    return grants[0] if len(grants) == 1 else None


def _spellings(name: str) -> set[str]:
    first, _space, rest = name.partition(" ")
    return {htcds.folded(name), htcds.folded(first[:1] + rest)}


def finish(job: Import) -> None:
    """All rows are done: the file is destroyed."""
    IMPORT.move(job, "finish", by=system("import"))
    job.content = None

"""Work of casework outside a request. An edge: commits row by row."""

from datetime import timedelta

from sqlalchemy import select

from access import audit
from access.actors import system
from access.gate import acting
from casework.core import ageing
from casework.intake import callers, drafts, file_readers, importing
from models.base import begin_reading, begin_writing, db, now
from models.cases import Case, Import
from models.states import ImportState, Sets
from notifications import queue

LEASE = timedelta(minutes=2)


def run_import(import_id: int) -> None:
    """Take the rows of an import that are not done.

    Safe to run twice and after a kill: a row that became a case is known again.
    """
    begin_reading()  # the file is read while others write
    job = db.session.get(Import, import_id)
    is_running = job is not None and job.state == ImportState.RUNNING and job.content is not None
    rows = importing.rows_of(job)[job.position :] if job and is_running else []
    begin_writing()
    if not is_running:
        return
    for row in rows:
        if not _take(import_id, row):
            return
    job = db.session.get_one(Import, import_id)
    importing.finish(job)
    db.session.commit()


def _take(import_id: int, row: file_readers.Row) -> bool:
    with acting(system("import"), purpose="import") as gate:
        job = db.session.execute(
            select(Import).where(Import.id == import_id).with_for_update()
        ).scalar_one()
        if job.state != ImportState.RUNNING:
            db.session.rollback()
            return False
        importing.take(by=gate.actor, job=job, row=row)
        job.position += 1
        job.beat_at = now()
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()
    db.session.expunge_all()
    return True


def turn_ages() -> int:
    """Every hour: the age group of whoever had a birthday that changes it, the review of the plan
    before the 18th, and what ends with it; gives how many cases.
    """
    ids = ageing.to_look_at()
    for case_id in ids:
        with acting(system("ageing"), purpose="ageing") as gate:
            query = select(Case).where(Case.id == case_id).with_for_update(of=Case)
            ageing.look_at(by=gate.actor, case=db.session.execute(query).unique().scalar_one())
            db.session.flush()
            audit.append(gate.pending())
            db.session.commit()
    return len(ids)


def stalled_imports() -> list[int]:
    """Imports whose worker died: running, but silent for longer than a lease."""
    query = select(Import.id).where(
        Import.state == ImportState.RUNNING, Import.beat_at < now() - LEASE
    )
    return list(db.session.execute(query).scalars())


def take_up_stalled() -> None:
    """Every minute: imports that nobody goes on with."""
    for import_id in stalled_imports():
        queue.enqueue_after_commit("import", import_id)


def clean() -> None:
    """Erase drafts and callers past their days, and files that were uploaded but never started."""
    drafts.erase_old()
    callers.erase_old()
    for job in db.session.execute(
        select(Import).where(
            Import.state.in_(Sets.IMPORT_WAITING), Import.created_at < now() - timedelta(days=1)
        )
    ).scalars():
        importing.cancel(job, by=system("tidy"))
    db.session.commit()

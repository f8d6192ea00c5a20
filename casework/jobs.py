"""Work of casework outside a request. An edge: commits row by row."""

from datetime import timedelta

from sqlalchemy import select

from access import trail
from access.actors import system
from access.gate import acting
from casework import importing, registering
from models.base import db, now
from models.cases import Import

LEASE = timedelta(minutes=2)


def run_import(import_id: int) -> None:
    """Take the rows of an import that are not done. Safe to run twice and after a kill: a row that became a case is known again."""
    job = db.session.execute(select(Import).where(Import.id == import_id).with_for_update()).scalar_one_or_none()
    if job is None or job.state != "running" or job.content is None:
        db.session.rollback()
        return
    rows = importing.rows_of(job)
    start = job.position
    db.session.commit()
    for row in rows[start:]:
        if not _take(import_id, row):
            return
    job = db.session.get_one(Import, import_id)
    importing.finish(job)
    db.session.commit()


def _take(import_id: int, row: importing.Row) -> bool:
    with acting(system("import"), purpose="import") as gate:
        job = db.session.execute(select(Import).where(Import.id == import_id).with_for_update()).scalar_one()
        if job.state != "running":
            db.session.rollback()
            return False
        importing.take(by=gate.actor, job=job, row=row)
        job.position += 1
        job.beat_at = now()
        db.session.flush()
        trail.append(gate.pending())
        db.session.commit()
    db.session.expunge_all()
    return True


def stalled_imports() -> list[int]:
    """Imports whose worker died: running, but silent for longer than a lease."""
    query = select(Import.id).where(Import.state == "running", Import.beat_at < now() - LEASE)
    return list(db.session.execute(query).scalars())


def clean() -> None:
    """Erase drafts past their days, and files that were uploaded but never started."""
    registering.erase_old_drafts()
    for job in db.session.execute(select(Import).where(Import.state == "uploaded", Import.created_at < now() - timedelta(days=1))).scalars():
        job.state, job.content = "cancelled", None
    db.session.commit()

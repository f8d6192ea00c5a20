"""Commands of casework: ``./run flask htcds import FILE``."""

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from access.actors import person, system
from casework.intake import file_readers, importing, jobs
from models.base import db
from models.cases import Import, ImportFault
from models.people import Grant, Organisation, User
from standards.htcds import COLUMNS
from standards.lists import label

htcds = AppGroup("htcds", help="Human Trafficking Case Data Standard: files in.")


@htcds.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--office", default="", help="Code of the mission that gets the cases (default: the first one)."
)
@click.option(
    "--as",
    "email",
    default="",
    help="Account that imports, and holds cases without an owner of the mission.",
)
def import_file(file: Path, office: str, email: str) -> None:
    """Import FILE: a toolkit workbook, or a survey export as CSV."""
    place = _office(office)
    by = person(_importer(email, place)) if email or _importer("", place) else system("import")
    try:
        job = importing.keep(by=by, looked=importing.look(file.read_bytes()), office=place)
    except file_readers.UnreadableFile as wrong:
        raise click.ClickException(str(wrong.message)) from None
    importing.start(job, by=by)
    db.session.commit()
    import_id = job.id
    jobs.run_import(import_id)
    _report(import_id)


def _office(code: str) -> Organisation:
    query = select(Organisation).where(Organisation.kind == "mission").order_by(Organisation.id)
    office = (
        db.session.execute(query.where(Organisation.code == code) if code else query)
        .scalars()
        .first()
    )
    if office is None:
        raise click.ClickException("There is no such mission. See: ./run flask organisation list")
    return office


def _importer(email: str, office: Organisation) -> User:
    query = (
        select(User)
        .join(Grant)
        .where(Grant.organisation_id == office.id, Grant.role.in_(("caseworker", "supervisor")))
        .order_by(User.id)
    )
    importer = (
        db.session.execute(query.where(User.email == email) if email else query).scalars().first()
    )
    if importer is None:
        raise click.ClickException("No caseworker or supervisor of that mission has this account.")
    return importer


def _report(import_id: int) -> None:
    job = db.session.get_one(Import, import_id)
    faulty = select(func.count(ImportFault.row.distinct())).where(
        ImportFault.import_id == import_id, ImportFault.reason.not_in(importing.WARNINGS)
    )
    refused = db.session.execute(faulty).scalar()
    rows = f"{job.total} rows: {job.made} cases made, {job.known} imported before"
    click.echo(f"{rows}, {refused} not taken.")
    for fault in job.faults:
        column = COLUMNS.get(fault.column, fault.column)
        mark = "note" if fault.reason in importing.WARNINGS else "fault"
        reason = label(importing.REASONS, fault.reason)
        click.echo(f"  {mark}: row {fault.row}, {column}: {reason} {fault.case_number}".rstrip())

"""Commands: ``./run flask keys …``, ``./run flask backup …``."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from access import audit
from encryption import providers
from models.base import db
from models.people import Organisation
from models.sealed import keyring
from operations import backup as backups
from operations import keys as key_state
from operations import rotation

keys = AppGroup("keys", help="Keys: make, look, check, rotate.")


backup = AppGroup("backup", help="Backups: database and keys apart.")


_FOLDER = click.Path(path_type=Path, file_okay=False)


def _noted(deed: str, subject: str = "") -> None:
    audit.append([audit.AuditEntry("system:command", deed, subject=subject)])
    db.session.commit()


@keys.command("new", with_appcontext=False)
def new() -> None:
    """Print a new master key (for SAFECONDUCT_MASTER_KEY or a key file)."""
    click.echo(providers.new_text())


@keys.command("status")
def status() -> None:
    """How many keys there are, what wraps them, what is unfinished."""
    for line, count in key_state.status().items():
        click.echo(f"{line}: {count}")
    for what in rotation.unfinished():
        click.echo(f"unfinished: rotation of {what}; run keys rotate again")


@keys.command("verify")
@click.option("--sample", default=1000, show_default=True)
def verify(sample: int) -> None:
    """Open a sample of compartments with the keys in place; names those that do not open."""
    report = key_state.verify(sample)
    for name in report.faulty[:50]:
        click.echo(f"does not open: {name}")
    if report.faulty:
        opened_or_not = report.opened + len(report.faulty)
        raise click.ClickException(
            f"{len(report.faulty)} of {opened_or_not} compartments do not open."
        )
    click.echo(f"{report.opened} compartments opened.")
    if report.elsewhere:
        click.echo(f"{report.elsewhere} lie under keys of other offices, which are not here.")


@keys.command("rotate")
@click.option(
    "--master",
    "what",
    flag_value="master",
    default=True,
    help="A new master key; case keys are wrapped anew (default).",
)
@click.option(
    "--cases", "what", flag_value="cases", help="New case keys; contents are sealed anew."
)
@click.option(
    "--index",
    "what",
    flag_value="index",
    help="A new index key; the index is built anew beside the old one.",
)
@click.option(
    "--office",
    metavar="CODE",
    help="A new wrapping key for this office alone; its case keys are wrapped anew.",
)
@click.option(
    "--forget-old",
    is_flag=True,
    help="With --master: destroy older versions of the master key afterwards.",
)
def rotate(what: str, *, office: str | None, forget_old: bool) -> None:
    """Rotate keys while people work. Can be stopped at any time and run again."""
    try:
        if office:
            what = office
            rotation.rotate_office(click.echo, _id_of(office))
        elif what == "cases":
            rotation.rotate_cases(click.echo)
        elif what == "index":
            rotation.rotate_index(click.echo)
        else:
            rotation.rotate_master(click.echo, forget_old=forget_old)
    except providers.KeyTrouble as wrong:
        raise click.ClickException(str(wrong)) from None
    _noted("keys_rotated", what)


def _id_of(code: str) -> int:
    found = db.session.execute(select(Organisation.id).where(Organisation.code == code)).scalar()
    if found is None:
        raise click.ClickException(f"There is no office {code}.")
    return found


@keys.command("by-office")
def by_office() -> None:
    """Wrap every key by that of the office that holds it; the worker does the same by and by."""
    rotation.wrap_by_office(click.echo)
    _noted("keys_rotated", "by-office")


@backup.command("make")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--keys",
    "key_folder",
    type=_FOLDER,
    required=True,
    help="Where the keys go: another disk, another safe. Only the newest may be kept.",
)
def make(folder: Path, key_folder: Path) -> None:
    """Write the database into FOLDER and its keys into another."""
    try:
        counts = backups.make(folder, key_folder)
    except backups.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    _noted("backup_made")
    click.echo(
        f"{sum(counts.values())} rows of {len(counts)} tables in {folder}; keys in {key_folder}."
    )


@backup.command("verify")
@click.argument("folder", type=_FOLDER)
@click.option("--keys", "key_folder", type=_FOLDER, required=True)
def verify_backup(folder: Path, key_folder: Path) -> None:
    """Restore into a throw-away database and compare."""
    try:
        figures = backups.verify_backup(folder, key_folder)
    except backups.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    click.echo(", ".join(f"{name}: {figure}" for name, figure in figures.items()))


@backup.command("restore")
@click.argument("folder", type=_FOLDER)
@click.option("--keys", "key_folder", type=_FOLDER, required=True)
def restore(folder: Path, key_folder: Path) -> None:
    """Put a backup into an empty database. What was erased since it was made stays unreadable."""
    try:
        counts = backups.restore(folder, key_folder)
    except backups.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    key_state.load_root()
    current_app.secret_key = keyring().derive("web/csrf")
    _noted("backup_restored")
    click.echo(f"{sum(counts.values())} rows restored.")

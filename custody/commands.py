"""Commands of custody: keys, backups, the trail."""

import json
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask.cli import AppGroup

from access import trail
from custody import backing_up, permissions_page, rotating
from custody import keys as custody_keys
from encryption import providers
from models.base import db
from models.sealed import keyring

keys = AppGroup("keys", help="Keys: make, look, check, rotate.")
audit = AppGroup("audit", help="The trail.")
backup = AppGroup("backup", help="Backups: database and keys apart.")
_FOLDER = click.Path(path_type=Path, file_okay=False)


def _noted(deed: str, subject: str = "") -> None:
    trail.append([trail.Deed("system:command", deed, subject=subject)])
    db.session.commit()


@keys.command("new")
def new() -> None:
    """Print a new master key (for SAFECONDUCT_MASTER_KEY or a key file)."""
    click.echo(providers.new_text())


@keys.command("status")
def status() -> None:
    """How many keys there are, what wraps them, what is unfinished."""
    for line, count in custody_keys.status().items():
        click.echo(f"{line}: {count}")
    for what in rotating.unfinished():
        click.echo(f"unfinished: rotation of {what}; run keys rotate again")


@keys.command("verify")
@click.option("--sample", default=1000, show_default=True)
def verify(sample: int) -> None:
    """Open a sample of compartments with the keys in place; names those that do not open."""
    report = custody_keys.verify(sample)
    for name in report.faulty[:50]:
        click.echo(f"does not open: {name}")
    if report.faulty:
        raise click.ClickException(f"{len(report.faulty)} of {report.opened + len(report.faulty)} compartments do not open.")
    click.echo(f"{report.opened} compartments opened.")


@keys.command("rotate")
@click.option("--master", "what", flag_value="master", default=True, help="A new master key; case keys are wrapped anew (default).")
@click.option("--cases", "what", flag_value="cases", help="New case keys; contents are sealed anew.")
@click.option("--index", "what", flag_value="index", help="A new index key; the index is built anew beside the old one.")
@click.option("--forget-old", is_flag=True, help="With --master: destroy older versions of the master key afterwards.")
def rotate(what: str, *, forget_old: bool) -> None:
    """Rotate keys while people work. Can be stopped at any time and run again."""
    if what == "cases":
        rotating.rotate_cases(click.echo)
    elif what == "index":
        rotating.rotate_index(click.echo)
    else:
        rotating.rotate_master(click.echo, forget_old=forget_old)
    _noted("keys_rotated", what)


@audit.command("verify")
@click.option("--heads", "kept", type=click.File("r"), help="Signed heads exported earlier, to compare with.")
def audit_verify(kept: TextIO | None) -> None:
    """Walk the chains and the signed heads; say where they do not hold."""
    breaks = list(trail.verify())
    if kept is not None:
        breaks += trail.compare_heads(json.loads(line) for line in kept if line.strip())
    for found in breaks[:50]:
        click.echo(f"organisation {found.organisation_id}, entry {found.number}: {found.what}")
    if breaks:
        raise click.ClickException(f"The trail does not hold in {len(breaks)} places.")
    click.echo("The trail holds.")


@audit.command("heads")
def audit_heads() -> None:
    """Sign the ends of the chains and print all signed heads, one a line; keep them away from this machine."""
    trail.seal_heads()
    db.session.commit()
    click.echo(f"public key (Ed25519): {trail.verifying_key().hex()}", err=True)
    for head in trail.heads():
        click.echo(json.dumps(head))


@backup.command("make")
@click.argument("folder", type=_FOLDER)
@click.option("--keys", "key_folder", type=_FOLDER, required=True, help="Where the keys go: another disk, another safe. Only the newest may be kept.")
def make(folder: Path, key_folder: Path) -> None:
    """Write the database into FOLDER and its keys into another."""
    try:
        counts = backing_up.make(folder, key_folder)
    except backing_up.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    _noted("backup_made")
    click.echo(f"{sum(counts.values())} rows of {len(counts)} tables in {folder}; keys in {key_folder}.")


@backup.command("verify")
@click.argument("folder", type=_FOLDER)
@click.option("--keys", "key_folder", type=_FOLDER, required=True)
def verify_backup(folder: Path, key_folder: Path) -> None:
    """Restore into a throw-away database and compare."""
    try:
        figures = backing_up.verify_backup(folder, key_folder)
    except backing_up.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    click.echo(", ".join(f"{name}: {figure}" for name, figure in figures.items()))


@backup.command("restore")
@click.argument("folder", type=_FOLDER)
@click.option("--keys", "key_folder", type=_FOLDER, required=True)
def restore(folder: Path, key_folder: Path) -> None:
    """Put a backup into an empty database. What was erased since it was made stays unreadable."""
    try:
        counts = backing_up.restore(folder, key_folder)
    except backing_up.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    custody_keys.load_root()
    current_app.secret_key = keyring().derive("web/csrf")
    _noted("backup_restored")
    click.echo(f"{sum(counts.values())} rows restored.")


@click.command("permissions")
def permissions() -> None:
    """Print docs/permissions.md, made from the policy."""
    click.echo(permissions_page.page(), nl=False)

"""Commands: ``./run flask audit …``, ``./run flask permissions``."""

import json
from typing import TextIO

import click
from flask.cli import AppGroup

from access import audit as audit_log
from data_protection import permissions_page
from models.base import db

audit = AppGroup("audit", help="The trail.")


@audit.command("verify")
@click.option(
    "--heads",
    "exported",
    type=click.File("r"),
    help="Signed heads exported earlier, to compare with.",
)
def audit_verify(exported: TextIO | None) -> None:
    """Walk the chains and the signed heads; say where they do not hold."""
    breaks = list(audit_log.verify())
    if exported is not None:
        heads = (json.loads(line) for line in exported if line.strip())
        breaks += audit_log.compare_heads(heads)
    for gap in breaks[:50]:
        click.echo(f"organisation {gap.organisation_id}, entry {gap.number}: {gap.what}")
    if breaks:
        raise click.ClickException(f"The trail does not hold in {len(breaks)} places.")
    click.echo("The trail holds.")


@audit.command("heads")
def audit_heads() -> None:
    """Sign the ends of the chains and print all signed heads, one a line; keep them away from this
    machine.
    """
    audit_log.seal_heads()
    db.session.commit()
    click.echo(f"public key (Ed25519): {audit_log.verifying_key().hex()}", err=True)
    for head in audit_log.heads():
        click.echo(json.dumps(head))


@click.command("permissions")
def permissions() -> None:
    """Print docs/permissions.md, made from the policy."""
    click.echo(permissions_page.page(), nl=False)

"""Commands of custody."""

import click
from flask.cli import AppGroup

from access import trail
from custody import keys as custody_keys
from custody import permissions_page
from vault import providers

keys = AppGroup("keys", help="Keys: make, look, check.")
audit = AppGroup("audit", help="The trail.")


@keys.command("new")
def new() -> None:
    """Print a new master key (for SAFECONDUCT_MASTER_KEY or a key file)."""
    click.echo(providers.new_text())


@keys.command("status")
def status() -> None:
    """How many case keys there are, by version of the master key."""
    for line, count in custody_keys.status().items() or {"no case keys yet": 0}.items():
        click.echo(f"{line}: {count}")


@keys.command("verify")
def verify() -> None:
    """Open a sample of case keys with the master key in place."""
    click.echo(f"{custody_keys.verify()} case keys opened.")


@audit.command("verify")
def audit_verify() -> None:
    """Walk the chains; say where they do not hold."""
    breaks = list(trail.verify())
    for found in breaks[:50]:
        click.echo(f"organisation {found.organisation_id}, entry {found.number}: {found.what}")
    if breaks:
        raise click.ClickException(f"The trail does not hold in {len(breaks)} places.")
    click.echo("The trail holds.")


@click.command("permissions")
def permissions() -> None:
    """Print docs/permissions.md, made from the policy."""
    click.echo(permissions_page.page(), nl=False)

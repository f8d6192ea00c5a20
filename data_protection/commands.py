"""Commands: ``./run flask audit …``, ``./run flask permissions``."""

import json
from typing import Any, TextIO

import click
from flask.cli import AppGroup
from sqlalchemy import inspect

from access import audit_seals
from data_protection import jobs, permissions_page, rules_page
from models import coded, marks, witnessed
from models.base import db

audit = AppGroup("audit", help="The trail.")


@audit.command("verify")
@click.option(
    "--heads",
    "exported",
    type=click.File("r"),
    help="Signed heads exported earlier, to compare with.",
)
@click.option("--line", help="A line that was mailed (TH-…), to compare with.")
def audit_verify(exported: TextIO | None, line: str | None) -> None:
    """Walk the chains and the signed heads; say where they do not hold."""
    breaks = list(audit_seals.verify())
    if line:
        breaks += _compared(line)
    if exported is not None:
        heads = (json.loads(line) for line in exported if line.strip())
        breaks += audit_seals.compare_heads(heads)
    for gap in breaks[:50]:
        click.echo(f"organisation {gap.organisation_id}, entry {gap.number}: {gap.what}")
    if breaks:
        raise click.ClickException(f"The trail does not hold in {len(breaks)} places.")
    click.echo("The trail holds.")


def _compared(line: str) -> list[audit_seals.Break]:
    try:
        return list(audit_seals.compare_line(line))
    except ValueError:
        raise click.BadParameter(
            "This is no line of the trail; it looks like TH-12-abc123.", param_hint="--line"
        ) from None


@audit.command("rows")
@click.option("--cover", is_flag=True, help="Cover the rows found anew, after you looked at each.")
def audit_rows(cover: bool) -> None:
    """Check the MAC of each row of who may act and of what decides; say which do not stand."""
    fresh = sum(jobs.cover_rows(layer) for layer in marks.NAMES) if cover else 0
    plain = list(coded.in_plain(db.session.connection()))
    if cover and plain:
        _seal()
    found = [record for model in witnessed.models() for record in witnessed.forged(model)]
    for record in found:
        click.echo(f"{record.__tablename__} {inspect(record).identity}")
    for value in plain:
        click.echo(f"{value} in plain text")
    if cover:
        _cover(found)
        click.echo(f"{fresh + len(found)} rows were covered.")
        click.echo(f"{len(plain)} values were sealed.")
    elif found or plain:
        raise click.ClickException(f"{len(found) + len(plain)} rows do not stand.")
    else:
        click.echo("Every row stands.")


def _seal() -> None:
    """What is in plain text, by the owner of the tables."""
    db.session.rollback()
    with db.engine.begin() as connection:
        for table in dict.fromkeys(column.table.name for column in coded.columns()):
            coded.seal_all(connection, table, most=None)


def _cover(found: list[Any]) -> None:
    """Give each row that does not stand a MAC of its own."""
    witnessed.set_mark()
    marks.forget()
    for record in found:
        witnessed.renew(record)
    db.session.commit()


@audit.command("key")
def audit_key() -> None:
    """Key the links of chains from before they were keyed; once, when every node is upgraded."""
    try:
        count = audit_seals.key_links()
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None
    db.session.commit()
    click.echo(f"{count} chains have keyed links from here on.")


@audit.command("heads")
def audit_heads() -> None:
    """Sign the ends of the chains and print all signed heads, one a line; keep them away from this
    machine.
    """
    audit_seals.seal_heads()
    db.session.commit()
    click.echo(f"public key (Ed25519): {audit_seals.verifying_key().hex()}", err=True)
    for head in audit_seals.seals():
        click.echo(json.dumps(head))


@click.command("rules")
def rules() -> None:
    """Print docs/rules.md, made from the rules."""
    click.echo(rules_page.page(), nl=False)


@click.command("permissions")
def permissions() -> None:
    """Print docs/permissions.md, made from the policy."""
    click.echo(permissions_page.page(), nl=False)

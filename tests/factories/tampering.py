"""Whoever holds the database: its owner, with every wall of the database itself taken down."""

import json
from datetime import datetime

from sqlalchemy import Connection, select, text

from models.base import db
from models.people import SignedIn
from models.sealed import open_system, seal_system

_TABLES = ("trail", "trail_cases", "trail_seals")


def unguarded() -> None:
    """Take the triggers off that keep the trail from changing, as the database's owner can."""
    if db.engine.dialect.name == "sqlite":
        let_it_change(db.session.connection())
    else:
        db.session.execute(text("RESET ROLE"))
        for table in (*_TABLES, "trail_heads"):
            db.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            db.session.execute(text(f"GRANT UPDATE, DELETE ON {table} TO safeconduct_app"))
        db.session.execute(text("SET ROLE safeconduct_app"))
    db.session.commit()


def let_it_change(connection: Connection) -> None:
    """The same for SQLite, on a connection of one's own."""
    names = [f"{table}_no_{verb}" for table in _TABLES for verb in ("update", "delete")]
    for name in (*names, "trail_heads_forward", "trail_heads_no_delete"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))


def seen_last(moment: datetime) -> None:
    """As if every session had been used last at ``moment``: within what is sealed, too."""
    for row in db.session.execute(select(SignedIn)).scalars():
        name = row.token.hex()
        content = json.loads(open_system("session", row.content, name))
        content["_days"][1] = moment.isoformat()
        row.content = seal_system("session", json.dumps(content).encode(), name)
        row.seen_at = moment
    db.session.commit()

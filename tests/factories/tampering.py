"""Whoever holds the database: its owner, with every wall of the database itself taken down."""

from sqlalchemy import Connection, text

from models.base import db

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

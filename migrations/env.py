"""Alembic's entry: the models' metadata against the application's database."""

from alembic import context

from models.base import db, metadata


def run() -> None:
    """Migrate over the application's own connection."""
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if (
            sqlite
        ):  # rebuilding a table drops it for a moment; must be said before the transaction begins
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=sqlite,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run()

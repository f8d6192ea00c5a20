"""Alembic's entry: the models' metadata against the application's database."""

from alembic import context

from models.base import db, metadata


def run() -> None:
    """Migrate over the application's own connection."""
    with db.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite", compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()

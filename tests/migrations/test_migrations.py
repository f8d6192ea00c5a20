"""One head; up and down on a database with data; the models and the migrations agree."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect

from application import alembic_config, migrated, open_keys
from models.base import db, metadata
from tests import factories


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_models_and_migrations_agree(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_down_and_up_again_on_a_database_with_data(app: Flask) -> None:
    factories.case(factories.House())
    db.session.remove()
    command.downgrade(alembic_config(), "base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert not migrated()
    command.upgrade(alembic_config(), "head")
    assert migrated()
    open_keys(app, app.config["SETTINGS"])
    factories.case(factories.House())

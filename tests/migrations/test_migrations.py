"""One head; up and down on a database with data; the models and the migrations agree."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, select

from funds import approvals, ledger, requests
from models import migrating
from models.base import db, metadata
from models.cases import Case
from models.money import Fund
from operations.keys import open_keys
from referral import sending
from tests import factories


def test_there_is_one_head() -> None:
    assert ScriptDirectory.from_config(migrating.config()).get_heads() == [migrating.newest()]


def test_models_and_migrations_agree(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert (
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), metadata
            )
            == []
        )


def test_down_and_up_again_on_a_database_with_data(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    fund = factories.fund(balance=100_000)
    with factories.acts(house.caseworker) as by:
        request = requests.ask(
            by=by,
            case=factories.anew(case),
            fund=fund.code,
            lines={"travel": "10", "medical": "5.50"},
        )
        partner = factories.anew(house.partner).id
        sending.send(
            by=by,
            case=factories.anew(case),
            partner=partner,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    number = case.id
    db.session.remove()
    command.downgrade(migrating.config(), "0005")
    command.upgrade(migrating.config(), "head")
    fund = db.session.execute(select(Fund)).scalar_one()
    assert (fund.balance_minor, fund.committed_minor) == (100_000 - 1_550, 1_550), (
        "the books survive the way down and up"
    )
    assert ledger.balances(fund)
    with factories.acts(house.caseworker):
        assert db.session.get_one(Case, number).identity["family_name"] == "Benali"
    db.session.remove()
    command.downgrade(migrating.config(), "base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert not migrating.migrated()
    command.upgrade(migrating.config(), "head")
    assert migrating.migrated()
    open_keys(app, app.config["SETTINGS"])
    factories.case(factories.World())

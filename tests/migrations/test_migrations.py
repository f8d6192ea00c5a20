"""One head; up and down on a database with data; the models and the migrations agree."""

from datetime import timedelta

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, select, text

from avrr import handover, preparation
from casework.core import release
from funds import approvals, ledger, requests
from models import marks, migrating, witnessed
from models.base import db, metadata, now
from models.cases import Case
from models.money import Fund
from models.referrals import Referral
from models.returns import Return
from models.states import ReturnState
from operations import upgrading
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
    marks.forget()
    upgrading.seal_codes()
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
    marks.forget()
    assert migrating.migrated()
    open_keys(app, app.config["SETTINGS"])
    witnessed.set_mark()
    db.session.commit()
    factories.case(factories.World())


def test_what_is_live_leans_on_its_line_and_what_has_none_ends(app: Flask) -> None:
    house = factories.World()
    made = {}
    for name in ("kept", "ended", "home"):
        case = factories.case(house, given_names=name)
        with factories.acts(house.caseworker) as by:
            referral = factories.refer(by, house, case)
            return_ = preparation.start(by=by, case=factories.anew(case), country="CI")
            factories.declared(return_, by)
            handover.hand_over(by=by, return_=return_)
            if name == "home":
                return_.state = ReturnState.ARRIVED
            made[name] = (case.id, referral.id, return_.id)
    db.session.remove()
    command.downgrade(migrating.config(), "0007")
    without = [made[name][0] for name in ("ended", "home")]
    unnamed = text("UPDATE consents SET recipient_id = NULL WHERE case_id IN (:a, :b)")
    db.session.execute(unnamed, {"a": without[0], "b": without[1]})
    db.session.commit()
    db.session.remove()
    command.upgrade(migrating.config(), "head")
    marks.forget()
    upgrading.seal_codes()
    found = {}
    for name, (_case, referral_id, return_id) in made.items():
        referral = db.session.get_one(Referral, referral_id)
        return_ = db.session.get_one(Return, return_id)
        assert return_.entries[0].step == "counselling"
        found[name] = (
            referral.state,
            referral.own_key is None,
            return_.handover,
            return_.own_key is None,
        )
    assert found == {
        "kept": ("sent", False, "sent", False),
        "ended": ("revoked", True, "", True),
        "home": ("revoked", True, "sent", False),
    }
    last = db.session.get_one(Return, made["home"][2]).access_until
    assert last is not None
    assert timedelta(days=29) < last - now() <= timedelta(days=31)
    release.settle_past_their_day()
    db.session.commit()
    standing = release.of("handover", db.session.get_one(Return, made["kept"][2]).reference)
    assert standing is not None
    assert standing.consent is not None
    assert standing.until == standing.consent.valid_until

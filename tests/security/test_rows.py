"""Whoever writes into the database, without the keys, neither gets in nor turns a no into a yes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from access.actors import person
from access.permissions import Role
from accounts import hashes, recovery_codes, signing_in, tokens
from casework.core import consent, release
from data_protection import access_alerts, access_exceptions, erasure, jobs
from encryption.signing import digest
from models import coded, marks, witnessed
from models.audit import AuditRecord
from models.base import db, today
from models.cases import Case, Consent
from models.data_protection import Alert, Block, Emergency, Erasure
from models.people import ApiToken, Grant, Invitation, Organisation, RecoveryCode, User
from models.releases import CaseRelease
from models.states import CASE, CaseReleaseState
from operations import upgrading
from tests import factories
from tests.conftest import Clock
from tests.factories import tampering


def written(model: Any, where: Any, **values: Any) -> None:
    """As whoever owns the database writes: beside the application."""
    table = model.__table__
    db.session.execute(update(table).where(where).values(**values))
    db.session.commit()
    db.session.expire_all()


def told() -> set[str]:
    query = select(AuditRecord.subject).where(AuditRecord.deed == "forged_row")
    return set(db.session.execute(query).scalars())


def test_rows_a_password_that_somebody_wrote_lets_nobody_in_and_is_an_alert(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    officer = factories.anew(house.officer).id
    forged = hashes.hashed("a password of the thief")
    written(User, User.id == officer, password_hash=forged)
    browser = factories.Browser(app)
    answer = browser.sign_in("officer@example.org", "a password of the thief")
    assert answer.status_code == 422
    assert "/sign-in" in browser.get("/trail").headers["Location"]
    assert told() == {f"users/{officer}"}
    access_alerts.watch(60)
    access_alerts.watch(60)
    (alert,) = db.session.execute(select(Alert).where(Alert.kind == "forged_row")).scalars()
    assert alert.subject == f"users/{officer}"
    assert factories.Browser(app, house.caseworker).get("/work").status_code == 200


@pytest.mark.parametrize(
    "values",
    [{"email": "thief@example.org"}, {"totp_sealed": None}, {"second_hash": "x"}, {"seal": None}],
)
def test_rows_an_account_changed_from_beside_opens_no_session(
    quick_app: Flask, clock: Clock, values: dict[str, Any]
) -> None:
    house = factories.World()
    stranger = factories.anew(house.stranger)
    signing_in.enrol_totp(stranger)
    db.session.commit()
    user_id = stranger.id
    assert person(factories.anew(house.caseworker)).by_role
    written(User, User.id == user_id, **values)
    changed = db.session.get_one(User, user_id)
    assert person(changed).by_role == {}
    assert f"users/{changed.id}" in told()


def test_rows_an_account_shut_and_opened_from_beside_stays_shut(app: Flask, clock: Clock) -> None:
    house = factories.World()
    user = factories.anew(house.stranger)
    user.active = False
    db.session.commit()
    written(User, User.id == user.id, active=True)
    answer = factories.Browser(app).sign_in("stranger@example.org", factories.PASSWORD)
    assert answer.status_code == 422


def test_rows_a_role_that_somebody_wrote_gives_nothing(app: Flask, clock: Clock) -> None:
    house = factories.World()
    far, hq = factories.anew(house.far).id, factories.anew(house.headquarters).id
    new = {"user_id": far, "organisation_id": hq, "role": Role.PROTECTION}
    db.session.execute(insert(Grant.__table__).values(**new))
    own = db.session.execute(select(Grant).where(Grant.user_id == far)).scalars().first()
    assert own is not None
    db.session.commit()
    assert factories.Browser(app, house.far).get("/trail").status_code == 404
    other = db.session.execute(select(Grant).where(Grant.role == Role.PROTECTION)).scalars().first()
    assert other is not None
    stolen = {"seal": other.seal}
    written(Grant, (Grant.user_id == far) & (Grant.role == Role.PROTECTION), **stolen)
    assert factories.Browser(app, house.far).get("/trail").status_code == 404, "a seal of another"
    written(Grant, Grant.id == own.id, role=Role.SUPERVISOR)
    assert person(factories.anew(house.far)).by_role == {}


def test_rows_a_mission_made_into_headquarters_oversees_nothing(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    there = factories.anew(house.there)
    assert person(factories.anew(house.administrator)).headquarters
    written(Organisation, Organisation.id == there.id, kind="headquarters")
    assert person(factories.anew(house.far)).headquarters == frozenset()


def test_rows_a_token_a_link_and_a_used_code_that_somebody_wrote_open_nothing(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    user = factories.anew(house.caseworker)
    good = tokens.create(user, scopes=["read"])
    (code, *_rest) = recovery_codes.renew(user)
    db.session.commit()
    assert tokens.find(good) is not None
    new = {"user_id": user.id, "token": digest(b"sct_mine"), "scopes": ["read"], "label": ""}
    when = {"created_at": clock.forward(), "expires_at": clock.forward(days=1)}
    db.session.execute(insert(ApiToken.__table__).values(**new, **when, used_from=""))
    db.session.commit()
    assert tokens.find("sct_mine") is None
    row = db.session.execute(select(ApiToken).where(ApiToken.token == digest(good.encode())))
    tokens.revoke(user=factories.anew(user), token_id=row.scalar_one().id)
    db.session.commit()
    written(ApiToken, ApiToken.user_id == user.id, revoked_at=None)
    assert tokens.find(good) is None, "what was revoked stays so"
    assert recovery_codes.use(factories.anew(user), code)
    db.session.commit()
    written(RecoveryCode, RecoveryCode.user_id == user.id, used_at=None)
    assert not recovery_codes.use(factories.anew(user), code)
    made = {"user_id": user.id, "token": digest(b"mine"), "wrong": 0}
    db.session.execute(insert(Invitation.__table__).values(**made, **when))
    db.session.commit()
    assert factories.Browser(app).get("/invitation/mine").status_code == 404


def test_rows_a_case_moved_to_ones_office_or_hands_opens_nothing(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case, other = factories.case(house), factories.case(house, given_names="Luz")
    there, far = factories.anew(house.there).id, factories.anew(house.far).id
    written(Case, Case.id == case.id, office_id=there, owner_id=far)
    answer = factories.Browser(app, house.far).get(f"/cases/{case.number}")
    assert answer.status_code == 404
    assert "Benali" not in answer.text
    assert f"cases/{case.id}" in told()
    page = factories.Browser(app, house.caseworker).get(f"/cases/{other.number}")
    assert page.status_code == 200, "others stay open"


def test_rows_a_refusal_made_into_a_yes_releases_nothing(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(case), purpose="sharing")
        given = {"consulate": "agrees", "statistics": "refuses", "given_on": today()}
        consent.record(by=by, case=factories.anew(case), given=given)
    purposes = {line.id: line.purpose for line in factories.anew(case).consents}
    lines = {purpose: line_id for line_id, purpose in sorted(purposes.items())}
    shared = [line_id for line_id, purpose in purposes.items() if purpose == "sharing"]
    written(Consent, Consent.id.in_(shared), withdrawn_at=None)
    # Which is which cannot be read; what is sealed can be put elsewhere in its column.
    sealed = dict(db.session.execute(text("SELECT id, answer FROM consents")).all())
    change = text("UPDATE consents SET answer = :answer WHERE id = :id")
    for line_id in (*shared, lines["statistics"]):
        db.session.execute(change, {"answer": sealed[lines["consulate"]], "id": line_id})
    db.session.commit()
    db.session.expire_all()
    forged = db.session.get_one(Consent, lines["statistics"])
    assert (forged.answer, forged.withdrawn_at) == ("agrees", None)
    assert not consent.agreed(factories.anew(case), "statistics")
    assert not consent.agreed(factories.anew(case), "sharing")
    assert {subject.partition("/")[0] for subject in told()} == {"consents"}


def test_rows_a_release_that_ended_and_was_written_back_stands_not(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
        reference = sent.reference
        assert release.of("referral", reference) is not None
        consent.withdraw(by=by, case=factories.anew(case), purpose="sharing")
    assert release.of("referral", reference) is None
    written(CaseRelease, CaseRelease.reference == reference, state=CaseReleaseState.IN_FORCE)
    assert release.of("referral", reference) is None
    assert any(subject.startswith("case_releases/") for subject in told())


def test_rows_a_block_turned_to_another_and_hours_made_longer_open_nothing(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="relative", email="colleague@example.org"
        )
    written(Block, Block.case_id == case.id, user_id=factories.anew(house.far).id)
    assert factories.Browser(app, house.colleague).get(f"/cases/{number}").status_code == 404
    second = factories.case(house)
    with factories.acts(house.far) as by:
        access_exceptions.open_in_emergency(
            by=by, number=second.number, reason="medical", words="She bleeds and nobody answers"
        )
    assert person(factories.anew(house.far)).emergency == {second.id}
    written(Emergency, Emergency.case_id == second.id, ends_at=clock.forward(days=9))
    assert person(factories.anew(house.far)).emergency == frozenset()


def test_rows_what_the_application_changes_stays_right_and_forged_rows_are_not_covered(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    case = factories.case(house)
    user = factories.anew(house.caseworker)
    signing_in.set_password(user, "another good password")
    user.locale = "ar"
    factories.anew(case).owner_id = factories.anew(house.colleague).id
    db.session.commit()
    assert [each for model in witnessed.models() for each in witnessed.forged(model)] == []
    written(User, User.id == user.id, email="thief@example.org")
    forged = db.session.get_one(User, user.id)
    with pytest.raises(witnessed.Forged):
        signing_in.set_password(forged, "yet another good password")
        db.session.flush()
    db.session.rollback()


def test_rows_an_erased_case_stands(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        CASE.move(factories.anew(case), "close", by=by)
        erasure.ask(by=by, case=factories.anew(case), reason="asked_by_person")
    with factories.acts(house.officer) as by:
        erasure.approve(by=by, erasure=db.session.execute(select(Erasure)).scalar_one())
    assert list(witnessed.forged(Case)) == []


def as_it_was_before() -> None:
    """No row bears a MAC, no code is sealed, and nothing says that this was done."""
    for model in witnessed.models():
        for cover in witnessed.covers(model):
            written(model, model.__table__.c[cover.seal].is_not(None), **{cover.seal: None})
    names = {"organisations": ["code", "name", "country"], "users": ["email", "name"]}
    db.session.commit()
    with db.engine.begin() as connection:
        coded.open_all(connection, names)
    tampering.unguarded()
    db.session.execute(delete(witnessed.Mark))
    db.session.execute(delete(AuditRecord).where(AuditRecord.deed.in_(marks.NAMES.values())))
    db.session.commit()
    marks.forget()


def test_rows_of_the_version_before_are_covered_once_and_never_again(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    factories.case(house)
    as_it_was_before()
    assert person(factories.anew(house.officer)).by_role, "read until they are covered"
    assert jobs.cover_rows(marks.FIRST) > 20
    assert jobs.cover_rows(marks.FIRST) == 0
    assert jobs.cover_rows() > 20
    assert jobs.cover_rows() == 0
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("RESET ROLE"))
        db.session.commit()
    assert upgrading.seal_codes() > 5, "which the start does between the two"
    assert person(factories.anew(house.officer)).by_role
    written(User, User.email == "far@example.org", seal=None)
    assert person(factories.anew(house.far)).by_role == {}
    db.session.execute(delete(witnessed.Mark))
    db.session.commit()
    marks.forget()
    assert jobs.cover_rows() == 0, "the trail says that it was done"
    assert person(factories.anew(house.far)).by_role == {}
    assert "marks/all_rows_sealed" in told()


def test_rows_are_checked_and_covered_by_command(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    far = factories.anew(house.far).id
    runner = quick_app.test_cli_runner()
    assert "Every row stands." in runner.invoke(args=["audit", "rows"]).output
    written(User, User.id == far, email="other@example.org")
    found = runner.invoke(args=["audit", "rows"])
    assert found.exit_code != 0
    assert f"users ({far},)" in found.output
    assert "1 rows were covered" in runner.invoke(args=["audit", "rows", "--cover"]).output
    assert "Every row stands." in runner.invoke(args=["audit", "rows"]).output
    db.session.expire_all()
    assert person(db.session.get_one(User, far)).by_role

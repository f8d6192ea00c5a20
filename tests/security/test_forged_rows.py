"""Whoever writes the database without the keys gets nothing through the application: each row that
decides (who may act, who sees, who is told, what a rule says of a person) bears its MAC.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, delete, insert, select, text, update

from access import forged
from access.actors import person
from access.permissions import Role
from accounts import access_changes
from casework.core import approvals, release
from casework.team import transfers
from data_protection import jobs
from encryption.signing import digest
from models import coded, marks, witnessed
from models.access_changes import AccessChange
from models.audit import AuditRecord
from models.base import db, now, today
from models.callers import Caller
from models.cases import Case, Draft, Import
from models.facts import Delivery
from models.office_settings import OfficeSetting
from models.people import Grant, Organisation, SignedIn, User
from models.records import Record, kind_token
from models.referrals import ReferralLink
from models.sent import KeptForm
from models.states import AccessChangeState, ApprovalState, DeliveryState, TransferState
from models.work import Approval, CalendarFeed, Transfer
from referral import partner_links
from reporting.exports import deliveries, export_jobs
from tests import factories
from tests.conftest import Clock
from tests.factories import tampering
from tests.security.test_rows import told, written


def put(model: Any, **values: Any) -> None:
    """As whoever owns the database writes a row: beside the application."""
    db.session.execute(insert(model.__table__).values(**values))
    db.session.commit()
    db.session.expire_all()


def roles(user: User) -> set[str]:
    return set(person(factories.anew(user)).by_role)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.PROTECTION, Role.ADMINISTRATOR])
def test_forged_change_of_who_may_act_is_carried_out_for_nobody(
    quick_app: Flask, clock: Clock, role: Role
) -> None:
    house = factories.World()
    put(
        AccessChange,
        kind="role_given",
        user_id=factories.anew(house.stranger).id,
        office_id=factories.anew(house.here).id,
        role=role.value,
        headquarters=False,
        partner=False,
        state=AccessChangeState.WAITING,
        asked_at=now(),
        due_at=now() - timedelta(hours=1),
    )
    access_changes.carry_out_due()
    db.session.commit()
    assert role not in roles(house.stranger)
    assert any(subject.startswith("access_changes/") for subject in told())


def test_forged_move_of_an_address_mails_no_link_to_the_thief(
    quick_app: Flask, clock: Clock
) -> None:
    house = factories.World()
    victim = factories.anew(house.supervisor).id
    for kind, wanted in (("address_changed", "thief@example.net"), ("factor_reset", None)):
        put(
            AccessChange,
            kind=kind,
            user_id=victim,
            role="",
            headquarters=False,
            partner=False,
            wanted=wanted,
            state=AccessChangeState.WAITING,
            asked_at=now(),
            due_at=now() - timedelta(hours=1),
        )
    access_changes.carry_out_due()
    db.session.commit()
    assert db.session.get_one(User, victim).email == "supervisor@example.org"


def test_an_agreed_change_is_still_carried_out(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    with factories.acts(house.officer) as by:
        asked = access_changes.change(
            access_changes.ChangeKind.FACTOR_RESET,
            factories.anew(house.caseworker),
            by=by,
        )
    with factories.acts(house.supervisor) as by:
        access_changes.approve(by=by, asked=factories.anew(asked))
    clock.forward(days=9)
    access_changes.carry_out_due()
    db.session.commit()
    assert factories.anew(asked).state == AccessChangeState.DONE
    assert list(witnessed.forged(AccessChange)) == []


def _offered(house: factories.World, case: Case) -> Transfer:
    with factories.acts(house.caseworker) as by:
        return transfers.offer(
            by=by,
            case=factories.anew(case),
            office=factories.anew(house.there),
            user=factories.anew(house.far),
            note="All is in the case.",
        )


def test_forged_offer_gives_no_case_to_another(app: Flask, clock: Clock) -> None:
    """An offer of one case is turned to another one; to another office; and put there whole."""
    house = factories.World()
    bait, victim = factories.case(house), factories.case(house)
    offer = _offered(house, bait)
    number, offer_id = victim.number, offer.id
    far = factories.Browser(app, house.far)
    written(Transfer, Transfer.id == offer_id, case_id=victim.id)
    assert far.post(f"/transfers/{offer_id}/accept").status_code in (404, 422)
    assert far.get(f"/cases/{number}").status_code == 404
    assert f"transfers/{offer_id}" in told()
    put(
        Transfer,
        case_id=bait.id,
        from_office_id=factories.anew(house.here).id,
        to_office_id=factories.anew(house.here).id,
        to_user_id=factories.anew(house.stranger).id,
        state=TransferState.ASKED,
        asked_at=now(),
        revision=1,
    )
    made = db.session.execute(text("SELECT max(id) FROM transfers")).scalar()
    stranger = factories.Browser(app, house.stranger)
    assert stranger.post(f"/transfers/{made}/accept").status_code == 404


@pytest.mark.parametrize("what", ["case", "office"])
def test_an_offer_is_accepted_for_the_case_and_office_of_its_release(
    quick_app: Flask, clock: Clock, what: str
) -> None:
    """Where the row of the offer itself had a right MAC: the release says whose case goes where."""
    house = factories.World()
    case, other = factories.case(house), factories.case(house)
    offer = _offered(house, case)
    values = (
        {"case_id": other.id}
        if what == "case"
        else {"to_office_id": factories.anew(house.headquarters).id, "to_user_id": None}
    )
    written(Transfer, Transfer.id == offer.id, **values)
    row = db.session.execute(
        select(Transfer)
        .where(Transfer.id == offer.id)
        .execution_options(**{witnessed.ALL_ROWS: True})
    )
    witnessed.renew(row.unique().scalar_one())
    db.session.commit()
    with (
        pytest.raises(transfers.RuleBroken),
        factories.acts(house.far) as by,
    ):
        transfers.accept(by=by, transfer=factories.anew(offer))
    assert factories.anew(case).office_id == factories.anew(house.here).id


def test_forged_link_opens_no_referral(app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        sent = factories.refer(by, house, case)
    token, code = "a-token-of-the-thief-0123456789", "ACDEFGHJ"
    own = {
        "referral_id": sent.id,
        "made_by_id": factories.anew(house.caseworker).id,
        "made_at": now(),
        "expires_at": now() + timedelta(days=3000),
        "tries": 0,
    }
    plain = digest(b"referral link", token.encode(), code.encode())
    put(ReferralLink, token=digest(token.encode()), code=plain, **own)
    browser = factories.Browser(app)
    page = browser.get(f"/answer/{token}")
    browser._learn(page)
    assert browser.post(f"/answer/{token}", code=code).status_code != 303
    # One that the application made is turned to another referral, or made good again.
    with factories.acts(house.caseworker) as by:
        token, code = partner_links.make(by=by, referral=factories.anew(sent))
    row = ReferralLink.token == partner_links._token(token)
    browser = factories.Browser(app)
    browser._learn(browser.get(f"/answer/{token}"))
    assert browser.post(f"/answer/{token}", code=code).status_code == 303
    written(ReferralLink, row, used_at=None, tries=0)
    again = factories.Browser(app)
    again._learn(again.get(f"/answer/{token}"))
    assert again.post(f"/answer/{token}", code=code).status_code != 303
    assert any(subject.startswith("referral_links/") for subject in told())


def test_forged_file_is_made_and_fetched_as_nobody(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    factories.case(house)
    with factories.acts(house.far) as by:
        asked = deliveries.ask_htcds(
            by=by, format_="csv", identities=False, password="x" * 20, recipient=""
        )
    wanted = {"format": "csv", "identities": True, "recipient": "own"}
    victim = factories.anew(house.supervisor).id
    old = now() - timedelta(hours=2)
    written(
        Delivery,
        Delivery.id == asked.id,
        user_id=victim,
        wanted=wanted,
        state=DeliveryState.ASKED,
        beat_at=old,
    )
    export_jobs.make_file(asked.id)
    forged.write_what_was_lost()
    state = db.session.execute(select(Delivery.state).where(Delivery.id == asked.id)).scalar()
    assert state == DeliveryState.ASKED
    assert any(subject.startswith("deliveries/") for subject in told())


def _as_before(app: Flask) -> None:
    """Mark and entries of the trail are taken away."""
    tampering.unguarded()
    db.session.execute(delete(witnessed.Mark))
    db.session.execute(delete(AuditRecord).where(AuditRecord.deed.in_(marks.NAMES.values())))
    db.session.commit()
    marks.forget()


def test_forged_account_counts_for_none_when_mark_and_trail_are_gone(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    officer = factories.anew(house.officer).id
    _as_before(app)
    written(User, User.id == officer, seal=None, totp_sealed=None)
    assert roles(house.officer) == set()
    assert jobs.cover_rows(marks.FIRST) == jobs.cover_rows(marks.SECOND) == 0
    assert roles(house.officer) == set()
    assert roles(house.caseworker) == {"caseworker"}
    assert {"marks/rows_sealed", "marks/all_rows_sealed"} <= told()


def test_forged_installation_with_every_mac_away_is_not_the_version_before(
    app: Flask, clock: Clock
) -> None:
    """Its codes are sealed: no version whose rows bore no MAC sealed them."""
    factories.World()
    for model in witnessed.models():
        for cover in witnessed.covers(model):
            written(model, model.__table__.c[cover.seal].is_not(None), **{cover.seal: None})
    _as_before(app)
    assert jobs.cover_rows(marks.FIRST) == jobs.cover_rows(marks.SECOND) == 0
    assert "marks/rows_sealed" in told()
    rows = db.session.execute(select(Grant.seal)).scalars()
    assert set(rows) == {None}


def test_forged_rows_of_the_second_layer_are_not_covered_again(app: Flask, clock: Clock) -> None:
    """The mark of the version before went with the upgrade: nobody can pretend that it stands."""
    factories.World()
    tampering.unguarded()
    db.session.execute(delete(witnessed.Mark))
    db.session.execute(delete(AuditRecord).where(AuditRecord.deed == marks.ALL_DONE))
    for model in witnessed.models():
        for cover in witnessed.covers(model):
            if cover.layer == marks.SECOND:
                db.session.execute(update(model.__table__).values({cover.seal: None}))
    db.session.commit()
    marks.forget()
    assert jobs.cover_rows(marks.SECOND) == 0


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("cases", "childhood", "stated"),
        ("cases", "age_band", "18-34"),
        ("cases", "categories", "[]"),
        ("organisations", "country", "FR"),
        ("organisations", "contact", "Call +216 99 THIEF"),
    ],
)
def test_forged_code_in_plain_is_refused_and_told(
    app: Flask, clock: Clock, table: str, column: str, value: str
) -> None:
    house = factories.World()
    case = factories.case(house)
    row = case.id if table == "cases" else factories.anew(house.here).id
    number = case.number
    db.session.execute(
        text(f"UPDATE {table} SET {column} = :value WHERE id = :row"), {"value": value, "row": row}
    )
    db.session.commit()
    page = factories.Browser(app, house.caseworker).get(f"/cases/{number}")
    assert page.status_code != 200
    assert f"{table}/{column}" in told()
    found = app.test_cli_runner().invoke(args=["audit", "rows"])
    assert f"{table} ({row},) {column}" in found.output
    assert found.exit_code != 0


def test_codes_of_the_version_before_are_read_until_all_are_sealed(
    app: Flask, clock: Clock
) -> None:
    house = factories.World()
    here = factories.anew(house.here).id
    db.session.execute(text(f"UPDATE organisations SET country = 'FR' WHERE id = {here}"))
    db.session.commit()
    with marks.unmarked():
        assert db.session.get_one(Organisation, here).country == "FR"
    db.session.expire_all()
    with pytest.raises(coded.Plain):
        _ = db.session.get_one(Organisation, here).country


def test_forged_calendar_feed_shows_nobodys_days(app: Flask, clock: Clock) -> None:
    house = factories.World()
    user = factories.anew(house.caseworker).id
    put(CalendarFeed, user_id=user, token_hash=digest(b"thief-of-days"), made_at=now())
    assert factories.Browser(app).get("/calendar/thief-of-days.ics").status_code == 404


def test_forged_dates_revive_no_session(app: Flask, clock: Clock) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.caseworker)
    (row,) = db.session.execute(select(SignedIn.__table__)).mappings().all()
    browser.post("/sign-out")
    clock.forward(days=1)
    db.session.execute(delete(SignedIn))
    late = dict(row) | {"created_at": now(), "seen_at": now()}
    put(SignedIn, **late)
    assert browser.get("/work").status_code == 302


@pytest.mark.parametrize("how", ["removed", "open", "country", "cut off", "person"])
def test_forged_rows_never_let_the_country_they_fled_be_told(
    quick_app: Flask, clock: Clock, how: str
) -> None:
    house = factories.World()
    case = factories.case(house)
    there = factories.anew(house.there).id
    db.session.execute(update(Organisation).where(Organisation.id == there).values(country="CI"))
    db.session.commit()
    token = kind_token(case.id, "asylum")
    record = Record(case_id=case.id, compartment="legal", kind_token=token, state="done")
    db.session.add(record)
    db.session.commit()
    number = record.id

    def why() -> str:
        db.session.expire_all()
        return release.why_not(
            db.session.get_one(Case, case.id), db.session.get_one(Organisation, there)
        )

    assert why() == "protection"
    if how in {"removed", "open"}:
        written(Record, Record.id == number, state=how)
    elif how == "country":
        written(Organisation, Organisation.id == there, country="TN")
    elif how == "cut off":
        db.session.execute(update(Record).where(Record.id == number).values(state="removed"))
        db.session.execute(
            update(Organisation).where(Organisation.id == there).values(cut_off_at=now())
        )
        db.session.commit()
        written(Organisation, Organisation.id == there, cut_off_at=None)
    else:
        written(Organisation, Organisation.id == factories.anew(house.here).id, country="CI")
    assert why() != ""
    assert told()


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Draft, "author_id"),
        (KeptForm, "author_id"),
        (Caller, "office_id"),
        (Import, "by_id"),
    ],
)
def test_forged_owner_gets_nothing_of_anothers_work(
    quick_app: Flask, clock: Clock, model: Any, values: str
) -> None:
    """A registration in progress, a kept form, a caller, a list: whose it is says its MAC."""
    house = factories.World()
    far, there = factories.anew(house.far).id, factories.anew(house.there).id
    own, here = factories.anew(house.caseworker).id, factories.anew(house.here).id
    late = now() + timedelta(days=5)
    made = {
        Draft: lambda: Draft(
            key="d" * 24, author_id=own, step="person", expires_at=late, content=b"c"
        ),
        KeptForm: lambda: KeptForm(
            key="k" * 32, author_id=own, page=b"p", why="ended", expires_at=late, content=b"c"
        ),
        Caller: lambda: Caller(key="c" * 24, office_id=here, expires_at=late, content=b"c"),
        Import: lambda: Import(key="i" * 24, by_id=own, office_id=here, content=b"c", columns=[]),
    }[model]()
    db.session.add(made)
    db.session.commit()
    row = made.id
    assert db.session.execute(select(model).where(model.id == row)).scalar_one_or_none()
    written(model, model.id == row, **{values: there if values == "office_id" else far})
    assert db.session.execute(select(model).where(model.id == row)).scalar_one_or_none() is None
    assert any(subject.startswith(model.__tablename__) for subject in told())


def test_forged_yes_of_a_second_person_counts_for_none(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=factories.anew(case), what="closure")
    yes = {"state": ApprovalState.APPROVED, "decided_by_id": factories.anew(house.supervisor).id}
    written(Approval, Approval.id == asked.id, **yes)
    assert db.session.execute(select(Approval)).unique().scalars().all() == []
    assert f"approvals/{asked.id}" in told()


def test_forged_setting_of_an_office_is_not_asked(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    here = factories.anew(house.here).id
    put(
        OfficeSetting,
        organisation_id=here,
        name="second_reader",
        value=coded.Sealed("office_settings.value", JSON).process_bind_param(
            "off", db.engine.dialect
        ),
        at=now(),
    )
    assert db.session.execute(select(OfficeSetting)).scalars().all() == []


@pytest.mark.parametrize(
    "values",
    [{"risk": "low"}, {"statistics_agreed": False}, {"retain_until": today()}, {"person_id": 1}],
)
def test_forged_case_is_opened_by_nobody(
    quick_app: Flask, clock: Clock, values: dict[str, Any]
) -> None:
    house = factories.World()
    factories.case(house)
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.get(f"/cases/{number}").status_code == 200
    written(Case, Case.id == case.id, **values)
    assert browser.get(f"/cases/{number}").status_code == 404
    assert f"cases/{case.id}" in told()


def test_forged_age_is_not_let_go(quick_app: Flask, clock: Clock) -> None:
    """That a child is held to be one stands in columns that no list reads: under a MAC as well."""
    house = factories.World()
    case = factories.case(house)
    held = factories.anew(case)
    held.age_held = {"until": "2027-01-01", "asked": {}, "by": [], "open": True}
    db.session.commit()
    written(Case, Case.id == case.id, age_held=None)
    assert witnessed.change_all(Case, Case.id == case.id, childhood="grown") == 0
    assert [each.id for each in witnessed.forged(Case)] == [case.id]


def test_statements_over_many_rows_leave_each_with_its_mac(quick_app: Flask, clock: Clock) -> None:
    house = factories.World()
    cases = [factories.case(house).id for _ in range(3)]
    db.session.execute(update(Case).where(Case.id.in_(cases)).values(risk="low"))
    db.session.commit()
    assert list(witnessed.forged(Case)) == []
    written(Case, Case.id == cases[0], risk="high")
    db.session.execute(update(Case).where(Case.id.in_(cases)).values(risk="medium"))
    db.session.commit()
    assert [each.id for each in witnessed.forged(Case)] == [cases[0]]
    risks = {row.id: row.risk for row in db.session.execute(select(Case.id, Case.risk))}
    assert risks == {cases[0]: "high", cases[1]: "medium", cases[2]: "medium"}

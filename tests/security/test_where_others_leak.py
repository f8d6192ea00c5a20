"""One test for each place where the systems our users have today leak or lose (peers.md, "Where
Primero leaks"), and cases 18 to 20 and 45.
"""

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from access.fields import visible_fields
from access.permissions import Permission
from access.policy import visible
from casework.core import search
from data_protection import access_exceptions
from models import index
from models.audit import AuditRecord
from models.base import db
from models.cases import Case, Event, Task
from models.merging import Judgement
from models.referrals import Referral
from referral import sending
from tests import factories
from web import template_filters


def refer(house: factories.World, case: Case, fields: list[str], by: Any = None) -> str:
    with factories.acts(by or house.caseworker) as actor:
        sent = sending.send(
            by=actor,
            case=factories.anew(case),
            partner=house.partner.id,
            service="shelter",
            urgency="standard",
            fields_=fields,
        )
        return sent.reference


def test_19_a_grant_is_no_more_to_a_colleague_of_its_receiver(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    reference = refer(house, case, ["needs"])
    helper, other = factories.Browser(app, house.helper), factories.Browser(app, house.other_helper)
    helper.post(f"/referrals/{reference}/accept")
    assert "Single room" in helper.get(f"/referrals/{reference}").text
    for browser in (helper, other):
        assert browser.get(f"/cases/{number}").status_code == 404
        assert browser.get(f"/cases/{number}/trail").status_code == 404
    assert other.get(f"/referrals/{reference}").status_code == 404
    with factories.acts(house.shelter) as by:
        assert visible_fields(by, factories.anew(case)) == frozenset()


def test_18_list_search_page_history_and_api_show_one_set_of_fields(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, phone="+216 71 234 567")
    number = case.number
    legal = factories.Browser(app, house.legal)
    api = factories.Api(app, factories.anew(house.stranger))
    stranger = factories.Browser(app, house.stranger)
    hidden = ("Benali", "234 567", "It was a house", "Single room")
    for answer in (
        stranger.get("/cases"),
        stranger.post("/cases"),
        stranger.get(f"/cases/{number}"),
        stranger.get(f"/cases/{number}/trail"),
        stranger.post("/cases/search", query="Benali Fatima"),
        api.get("/cases"),
        api.get(f"/cases/{number}"),
        api.get("/cases/search?query=Benali"),
        legal.get(f"/cases/{number}/medical"),
    ):
        page = answer.text.replace("<bdi>Benali Fatima</bdi>", "").replace(
            'value="Benali Fatima"', ""
        )
        assert not [word for word in hidden if word in page], answer.request.path


def test_nothing_but_a_card_opens_before_acceptance_and_every_grant_ends(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    reference = refer(house, case, ["needs", "call_name", "sex", "age_band"])
    helper = factories.Browser(app, house.helper)
    before = helper.get(f"/referrals/{reference}").text
    assert "Single room" not in before
    assert (
        db.session.execute(select(func.count()).where(Referral.access_until.is_(None))).scalar()
        == 0
    )


def test_what_the_client_says_of_consent_and_of_the_actor_is_not_believed(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    factories.Browser(app, house.caseworker).post(
        f"/cases/{number}/consent/withdraw", purpose="sharing"
    )
    browser = factories.Browser(app, house.caseworker)
    extra = {
        "consent_overridden": "true",
        "consent": "agrees",
        "sharing": "agrees",
        "override": "1",
    }
    answer = browser.post(
        f"/cases/{number}/referrals",
        partner=str(factories.anew(house.partner).id),
        service="shelter",
        urgency="standard",
        fields="needs",
        **extra,
    )
    assert answer.status_code in {404, 422}
    assert db.session.execute(select(func.count()).select_from(Referral)).scalar() == 0


def test_a_child_record_under_a_foreign_parent_is_not_there(app: Flask) -> None:
    house = factories.World()
    mine, other = factories.case(house), factories.case(house, owner=house.stranger)
    mine_number, other_number = mine.number, other.number
    stranger = factories.Browser(app, house.stranger)
    stranger.post(f"/cases/{other_number}/tasks", kind="call", due_on="2027-01-01")
    task_id = db.session.execute(select(Task.id).order_by(Task.id.desc())).scalars().first()
    assert (
        factories.Browser(app, house.caseworker)
        .post(f"/cases/{mine_number}/tasks/{task_id}/done")
        .status_code
        == 404
    )


def test_20_a_hit_outside_my_scope_names_the_office_and_nothing_else(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    page = (
        factories.Browser(app, house.far)
        .post("/cases/search", query="Fatma Zohra Ben Ali", why="danger")
        .text
    )
    assert "The TUN" in page
    for word in (number, "Zahra", "Benali", "Guinea", "18–34"):
        assert word not in page
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(
            by=by, case=factories.anew(case), reason="relative", email="far@example.org"
        )
    assert (
        "The TUN"
        not in factories.Browser(app, house.far)
        .post("/cases/search", query="Fatma Zohra Ben Ali", why="danger")
        .text
    )


def test_20_a_birth_year_finds_only_what_is_mine_to_open(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": 1998, "month": 5, "day": 12})
    case_id = case.id
    with factories.acts(house.far) as by:
        assert search.search(by=by, query="1998") == []
        assert search.search(by=by, query="05/1998") == []
    with factories.acts(house.caseworker) as by:
        for query in (
            "1998",
            "1998-05",
            "1998-05-12",
            "12.5.1998",
            "05/1998",
            "١٩٩٨",
            "Fatma 1998",
        ):
            assert [found.case.id for found in search.search(by=by, query=query) if found.case] == [
                case_id
            ], query
        assert search.search(by=by, query="1998-05-13") == []


def test_a_search_that_fails_is_no_empty_result(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = factories.World()
    factories.case(house)
    browser = factories.Browser(app, house.caseworker)

    def broken(*_: Any, **__: Any) -> Any:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(index, "_lists", broken)
    app.testing = False
    answer = browser.post("/cases/search", query="Benali")
    app.testing = True
    assert answer.status_code in {500, 503}
    assert "Nobody found" not in answer.text


def test_not_the_same_is_remembered(app: Flask) -> None:
    house = factories.World()
    one, other = factories.case(house), factories.case(house)
    number, second = one.number, other.number
    factories.Browser(app, house.caseworker).post(
        f"/cases/{number}/person", number=second, answer="not_same"
    )
    assert [kept.answer for kept in db.session.execute(select(Judgement)).scalars()] == ["not_same"]


def test_a_case_number_stands_once_by_constraint(app: Flask) -> None:
    house = factories.World()
    one, other = factories.case(house), factories.case(house)
    other.number = one.number
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_the_case_table_has_few_indexes() -> None:
    assert len(Case.__table__.indexes) <= 8  # type: ignore[attr-defined]


def test_the_trail_outlives_the_rows_it_speaks_of_and_holds_refusals(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    factories.Browser(app, house.far).get(f"/cases/{number}/identity")
    factories.Browser(app, house.administrator).get("/cases")
    deeds = set(db.session.execute(select(AuditRecord.deed)).scalars())
    assert "refused" in deeds
    referenced = {
        key.column.table.name for table in (AuditRecord.__table__,) for key in table.foreign_keys
    }  # type: ignore[attr-defined]
    assert "cases" not in referenced


def test_after_signing_out_the_session_is_gone_on_the_server(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.caseworker)
    kept = browser.client.get_cookie("session") or next(iter(browser.client._cookies.values()))
    browser.post("/sign-out")
    browser.client.set_cookie(kept.key, kept.value)
    assert browser.get("/work").status_code == 302


def test_45_no_cell_of_an_export_is_a_formula() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert template_filters.defused(text)[0] == "'"


def test_51_what_is_too_big_is_refused_in_words(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    assert (
        browser.post(f"/cases/{number}/contacts", kind="contact_phone", note="x" * 6000).status_code
        == 422
    )
    assert (
        browser.post(
            f"/cases/{number}/contacts", kind="contact_phone", note="x" * 30_000_000
        ).status_code
        == 413
    )
    assert (
        browser.post("/imports", file=(io.BytesIO(b"x" * 60_000_000), "big.xlsx")).status_code
        == 413
    )
    assert browser.get("/cases?after=" + "A" * 5000).status_code in {404, 414}
    assert browser.post("/cases/search", query="(a+)+" * 20).status_code == 200


def test_events_of_a_case_are_not_shown_beyond_the_compartments_of_the_reader(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    browser.post(f"/cases/{number}/contacts", kind="contact_phone", note="Words of a call")
    assert "Words of a call" in browser.get(f"/cases/{number}").text
    with factories.acts(house.officer) as by:
        assert not db.session.execute(
            select(Event.id).join(Case).where(visible(by, Permission.PROTECTION_READ, Case))
        ).all()
    assert not re.search(
        "Words of a call", factories.Browser(app, house.officer).get("/trail").text
    )

"""Coming in: search first where it is a must, lists with columns of their own, children before a
return, further cases, families.
"""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from access import audit
from access.actors import person
from access.gate import acting
from avrr import preparation, readiness
from casework.core import consent
from casework.intake import columns as column_mapping
from casework.people import families
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from models.cases import Case, Consent, Import, ImportFault
from models.people import User
from models.records import Household
from models.referrals import Referral
from models.rules import RuleBroken
from notifications import worker
from referral import sending
from tests import factories
from tests.casework.test_work import at_once

LIST = "Nom;Prénom;Date de naissance;Sexe;Nationalité;Tel;Remarque\n" + "".join(
    f"Qasimov{number};Tariq{number};19{60 + number % 40}-05-1{number % 9};{'Masculine' if number % 2 else 'Feminine'};Côte d'Ivoire;+21671{200000 + number};bus 4\n"
    for number in range(30)
)


def test_search_first_can_be_made_a_must(quick_app: Flask) -> None:
    house = factories.World()
    quick_app.config["SETTINGS"] = replace(quick_app.config["SETTINGS"], search_first=True)
    browser = factories.Browser(quick_app, house.caseworker)
    refused = browser.post("/registrations")
    assert refused.status_code == 422
    assert "Search for the person first" in refused.text
    browser.post("/cases/search", query="Nobody Known")
    assert browser.post("/registrations").status_code == 303


def upload(browser: factories.Browser, content: str) -> str:
    answer = browser.post("/imports", file=(io.BytesIO(content.encode()), "list.csv"))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_crisis_list_with_its_own_columns_becomes_cases_to_be_reviewed(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.caseworker)
    place = upload(browser, LIST)
    page = browser.get(place).text
    assert "Qasimov0" in page
    job = db.session.execute(select(Import)).scalar_one()
    assert job.state == "mapping"
    suggested = column_mapping.suggest(column_mapping.header(job))
    assert suggested == {
        0: "prs_SecondName",
        1: "prs_FirstName",
        2: "prs_Birthdate",
        3: "prs_Gender",
        4: "prs_Citizenship",
        5: "prs_MobilePhone",
    }
    db.session.rollback()
    columns = {f"column__{column}": target for column, target in suggested.items()}
    without = browser.post(f"{place}/columns", **columns)
    assert without.status_code == 422
    assert "no consent" in without.text
    assert (
        browser.post(
            f"{place}/columns", **{**columns, "column__6": "prs_FirstName"}, basis="x"
        ).status_code
        == 422
    )
    assert (
        browser.post(f"{place}/columns", **columns, basis="Evacuation from the camp.").status_code
        == 303
    )
    assert "Import 30 rows" in browser.get(place).text
    browser.post(f"{place}/start")
    worker.run_worker(worker.own_connection(), burst=True)
    cases = list(db.session.execute(select(Case)).scalars())
    assert (
        db.session.execute(
            select(func.count()).select_from(ImportFault).where(ImportFault.reason != "duplicate")
        ).scalar()
        == 0
    )
    assert len(cases) == 30
    assert all(
        case.vital_interest and case.review_due_at and case.channel == "crisis_list"
        for case in cases
    )
    assert {case.sex for case in cases} == {"Masculine", "Feminine"}
    assert db.session.execute(select(Import.content)).scalar() is None


def test_a_file_that_is_no_table_is_refused_in_words(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.post("/imports", file=(io.BytesIO(b""), "list.csv")).status_code == 422
    assert (
        browser.post("/imports", file=(io.BytesIO(b"\xff\xfe\x00x"), "list.csv")).status_code == 422
    )


def test_who_seeks_protection_has_no_contact_with_the_consulate(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
    with factories.acts(house.legal) as by:
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["asylum"],
            given={"state": "lodged", "on": today(), "deadline": today() - timedelta(days=1)},
        )
    with factories.acts(house.caseworker) as by:
        record = factories.anew(record)
        with pytest.raises(RuleBroken):
            factories.returning.take("travel_documents", by=by, return_=record)
        assert {line.step: line.state for line in readiness.shown(record, own=True)}[
            "travel_documents"
        ] == "blocked"
    with factories.acts(house.legal) as by:
        changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["asylum"],
            given={"state": "withdrawn", "on": today(), "revision": 1},
        )
    with factories.acts(house.caseworker) as by:
        factories.returning.take("travel_documents", by=by, return_=factories.anew(record))


def test_a_further_case_of_a_person_is_linked_and_asks_consent_anew(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number, person_id = case.number, case.person_id
    browser = factories.Browser(quick_app, house.caseworker)
    base = browser.post(f"/cases/{number}/again").headers["Location"].rsplit("/", 1)[0]
    browser.post(f"{base}/1", channel="walk_in")
    assert browser.post(f"{base}/2").status_code == 422, "consent is not taken over"
    browser.post(f"{base}/2", assistance="agrees", manner="signed")
    page = browser.get(f"{base}/3").text
    assert "Benali" in page
    browser.post(f"{base}/3", given_names="Fatima Zahra", family_name="Benali")
    browser.post(f"{base}/4")
    browser.post(f"{base}/5")
    assert browser.post(f"{base}/6").status_code == 303
    cases = list(db.session.execute(select(Case).order_by(Case.id)).scalars())
    assert [other.person_id for other in cases] == [person_id, person_id]
    assert {
        line.purpose
        for line in db.session.execute(
            select(Consent).where(Consent.case_id == cases[1].id)
        ).scalars()
    } == {"assistance"}
    assert factories.Browser(quick_app, house.far).post(f"/cases/{number}/again").status_code == 404


def test_a_family_is_joined_shown_and_left(app: Flask) -> None:
    house = factories.World()
    mother, child, stranger = (
        factories.case(house),
        factories.case(house, given_names="Awa"),
        factories.case(house, owner=house.stranger),
    )
    numbers = [case.number for case in (mother, child, stranger)]
    browser = factories.Browser(app, house.caseworker)
    assert browser.get(f"/cases/{numbers[0]}/family").status_code == 200
    assert (
        browser.post(f"/cases/{numbers[0]}/family", number=numbers[1], relation="child").status_code
        == 303
    )
    for wrong in (numbers[0], numbers[1], numbers[2], "SC-NONE"):
        assert (
            browser.post(f"/cases/{numbers[0]}/family", number=wrong, relation="child").status_code
            == 422
        ), wrong
    page = browser.get(f"/cases/{numbers[1]}/family").text
    assert "Head of the family" in page
    assert "Awa" in page
    assert (
        factories.Browser(app, house.stranger).get(f"/cases/{numbers[0]}/family").status_code == 404
    )
    browser.post(f"/cases/{numbers[1]}/family/leave")
    assert db.session.execute(select(func.count()).select_from(Household)).scalar() == 0


def test_a_member_of_another_team_shows_without_name(app: Flask) -> None:
    house = factories.World()
    mine, other = (
        factories.case(house),
        factories.case(house, owner=house.stranger, given_names="Zqxhidden"),
    )
    with factories.acts(house.supervisor) as by:
        families.join(
            by=by, case=factories.anew(mine), other=factories.anew(other), relation="sibling"
        )
    page = factories.Browser(app, house.caseworker).get(f"/cases/{mine.number}/family").text
    assert "not yours to open" in page
    assert "Zqxhidden" not in page
    assert other.number not in page


def test_22_consent_withdrawn_while_a_referral_is_sent_leaves_no_open_referral(app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(6)]
    ids, user_id, partner_id = (
        [case.id for case in cases],
        factories.anew(house.caseworker).id,
        house.partner.id,
    )

    def send(case_id: int) -> Any:
        return _acting(
            user_id,
            lambda by, case: sending.send(
                by=by,
                case=case,
                partner=partner_id,
                service="shelter",
                urgency="urgent",
                fields_=["needs"],
            ),
            case_id,
        )

    def withdraw(case_id: int) -> Any:
        return _acting(
            user_id, lambda by, case: consent.withdraw(by=by, case=case, purpose="sharing"), case_id
        )

    at_once(
        app,
        [
            lambda case_id=case_id, verb=verb: verb(case_id)
            for case_id in ids
            for verb in (send, withdraw)
        ],
    )
    open_ = db.session.execute(
        select(func.count()).where(Referral.state.in_(("sent", "accepted", "in_service")))
    ).scalar()
    lines = db.session.execute(select(Consent).where(Consent.withdrawn_at.is_not(None))).scalars()
    assert len({line.case_id for line in lines if line.purpose == "sharing"}) == 6
    assert open_ == 0


def _acting(user_id: int, verb: Any, case_id: int) -> Any:
    with acting(person(db.session.get_one(User, user_id))) as gate:
        result = verb(gate.actor, db.session.get_one(Case, case_id))
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()
        return bool(result) or "done"


def test_what_does_harm_where_it_is_wrong_is_looked_at_before_a_case_is_opened(
    quick_app: Flask,
) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.caseworker)
    place = browser.post("/registrations").location.rsplit("/", 1)[0]
    typed: list[dict[str, Any]] = [
        {"channel": "hotline"},
        {"assistance": "agrees", "manner": "spoken", "witness": "A. Witness"},
        {
            "call_name": "Lune",
            "birth__year": "1991",
            "birth__month": "5",
            "phone": "+216 70 000 001",
            "languages": "fr",
            "safe_contact": "Never at night.",
        },
        {},
        {"needs": "Halal food.", "categories": "vulnerable"},
    ]
    for number, form in enumerate(typed, 1):
        assert browser.post(f"{place}/{number}", **form).status_code == 303, number
    page = browser.get(f"{place}/6").text
    told = ("May 1991", "+216 70 000 001", "French", "Never at night.", "Halal food.", "vulnerable")
    for words in told:
        assert words in page, words
    aged = {**typed[2], "birth__year": "", "birth__month": "", "birth__age": "30"}
    assert browser.post(f"{place}/3", **aged).status_code == 303
    assert "30 years old on" in browser.get(f"{place}/6").text

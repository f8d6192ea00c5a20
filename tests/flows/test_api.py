"""The same verbs as JSON: the whole path by bearer tokens, errors as problems."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from models.base import db, today
from models.cases import Case
from standards import lists
from tests import factories


def body(**changes: Any) -> dict[str, Any]:
    """A registration as JSON."""
    return factories.registration(**changes)


def test_the_path_from_registration_to_completion(app: Flask) -> None:
    house = factories.World()
    worker, helper, origin = (
        factories.Api(app, user) for user in (house.caseworker, house.helper, house.origin)
    )
    supervisor = factories.Browser(app, house.supervisor)
    sent = body()
    sent["consent"]["recipients"] = [house.partner.id]
    made = worker.post("/cases", sent)
    assert made.status_code == 201, made.json
    number = made.json["number"]
    assert worker.get(f"/cases/{number}").json["identity"]["family_name"] == "Benali"
    hits = worker.post("/cases/search", {"query": "Fatma Zohra Ben Ali"}).json["items"]
    assert [hit["number"] for hit in hits] == [number]
    referral = worker.post(
        f"/cases/{number}/referrals",
        {
            "partner": house.partner.id,
            "service": "shelter",
            "urgency": "urgent",
            "fields": ["needs", "account"],
        },
    )
    assert referral.status_code == 201, referral.json
    assert referral.json["released"] == {"needs": "Single room."}
    reference = referral.json["reference"]
    assert helper.get(f"/referrals/{reference}").json["released"] is None
    assert helper.post(f"/referrals/{reference}/accept").json["released"] == {
        "needs": "Single room."
    }
    service = {
        "kind": "shelter",
        "given_on": today().isoformat(),
        "quantity": 2,
        "outcome": "given",
        "token": "one",
    }
    for _ in range(2):
        assert helper.post(f"/referrals/{reference}/services", service).status_code == 201
    assert len(worker.get(f"/referrals/{reference}").json["services"]) == 1
    assert helper.post(f"/referrals/{reference}/complete").json["state"] == "completed"
    assert helper.get(f"/referrals/{reference}").status_code == 404
    assert helper.get(f"/cases/{number}").status_code == 404
    record = worker.post(f"/cases/{number}/returns", {"country": "CI"})
    assert record.status_code == 201, record.json
    assert origin.get(f"/returns/{record.json['reference']}").status_code == 404
    assert (
        worker.post(
            f"/returns/{record.json['reference']}/depart", {"departed_on": today().isoformat()}
        ).status_code
        == 422
    )
    assert supervisor.get(f"/returns/{record.json['reference']}").status_code == 200


def test_errors_are_problems(app: Flask) -> None:
    house = factories.World()
    worker = factories.Api(app, house.caseworker)
    wrong = worker.post("/cases", {"person": {"sex": "Dragon"}})
    assert wrong.status_code == 422
    assert wrong.content_type == "application/problem+json"
    assert set(wrong.json["errors"]) == {"consent", "person"}
    assert worker.post("/cases", {**body(), "owner_id": 3}).status_code == 422
    refused = body()
    refused["consent"]["assistance"] = "refuses"
    assert worker.post("/cases", refused).json["errors"] == {
        "assistance": ["Nothing may be stored before the person agrees to be assisted."]
    }
    assert app.test_client().get("/api/v1/cases").status_code == 401
    assert worker.client.post("/api/v1/cases", data="x", headers=worker.headers).status_code == 415
    assert (
        worker.client.post(
            "/api/v1/cases",
            data="[1]",
            headers={**worker.headers, "Content-Type": "application/json"},
        ).status_code
        == 400
    )
    assert factories.Api(app, house.manager).get("/cases").status_code == 404
    assert factories.Api(app, house.manager).get("/statistics/hasm").status_code == 200


def test_a_stale_revision_is_409(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    worker = factories.Api(app, house.caseworker)
    change = {"given_names": "Zahra", "revision": 1}
    assert worker.post(f"/cases/{case.number}/identity", change).status_code == 200
    assert (
        worker.post(
            f"/cases/{case.number}/identity", {**change, "given_names": "Other"}
        ).status_code
        == 409
    )


def test_a_change_says_which_revision_it_is_of(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    worker = factories.Api(app, house.caseworker)
    decided_by = lists.htcds_options("vic_TraffickingStatusDecisionMakingOrg")[0][0]
    for path, change in (
        ("identity", {"given_names": "Zahra"}),
        ("screening", {"decision": "possible", "decided_by": decided_by, "reason": "She said so."}),
    ):
        answer = worker.post(f"/cases/{number}/{path}", change)
        assert answer.status_code == 428, path
        newest = answer.json["revision"]
        assert newest >= 1
        answer = worker.post(f"/cases/{number}/{path}", {**change, "revision": newest})
        assert answer.status_code != 428


def test_what_exists_once_is_not_written_over_by_adding(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    worker = factories.Api(app, house.caseworker)
    path = f"/cases/{number}/records/tracing"
    assert worker.post(path, {"state": "asked"}).status_code == 201
    other = worker.post(path, {"state": "found"})
    assert other.status_code == 409
    newest = int(re.findall(r"newest revision is (\d+)", other.json["detail"])[0])
    assert worker.post(path, {"state": "found", "revision": newest}).status_code == 201


def test_a_revoked_or_foreign_token_opens_nothing(app: Flask) -> None:
    house = factories.World()
    worker = factories.Api(app, house.caseworker)
    assert worker.get("/cases").status_code == 200
    house.caseworker.active = False
    db.session.commit()
    assert worker.get("/cases").status_code == 401
    worker.headers = {"Authorization": "Bearer sct_guess"}
    assert worker.get("/cases").status_code == 401


def test_the_description_names_every_route_and_is_served(quick_app: Flask) -> None:
    found = quick_app.test_client().get("/api/v1/openapi.json").json
    for path in (
        "/api/v1/cases",
        "/api/v1/cases/search",
        "/api/v1/cases/{number}",
        "/api/v1/referrals/{reference}/accept",
        "/api/v1/statistics/{measure}",
        "/api/v1/returns/{reference}/follow-ups",
    ):
        assert path in found["paths"], path
    assert found["paths"]["/api/v1/cases"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]["$ref"].endswith("Register")


def test_lists_page_by_cursor(app: Flask) -> None:
    house = factories.World()
    made = {factories.case(house).number for _ in range(28)}
    worker = factories.Api(app, house.caseworker)
    first = worker.get("/cases").json
    second = worker.get(f"/cases?after={first['next']}").json
    assert {item["number"] for item in first["items"] + second["items"]} == made
    assert second["next"] is None


def test_records_by_api_are_those_of_the_pages(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    api = factories.Api(app, factories.anew(house.caseworker))
    made = api.post(f"/cases/{number}/records/need", {"area": "health", "words": "Glasses"})
    assert made.status_code == 201
    assert made.json["content"] == {"area": "health", "words": "Glasses"}
    assert api.post(f"/cases/{number}/records/need", {"area": "health"}).status_code == 422
    assert (
        api.post(
            f"/cases/{number}/records/need", {"area": "health", "words": "x", "owner": 1}
        ).status_code
        == 422
    )
    found = api.get(f"/cases/{number}/protection/records?section=plan").json["items"]
    assert [row["key"] for row in found] == [made.json["key"]]
    assert (
        api.post(f"/cases/{number}/records/condition", {"name": "x", "state": "active"}).status_code
        == 404
    )
    assert api.get(f"/cases/{number}/medical/records").status_code == 404
    far = factories.Api(app, factories.anew(house.far))
    assert (
        far.post(f"/cases/{number}/records/need", {"area": "health", "words": "x"}).status_code
        == 404
    )


def asked(**changes: Any) -> dict[str, Any]:
    """A registration that does not say whether the person is known already."""
    sent = body(**changes)
    del sent["duplicate"]
    return sent


def test_somebody_who_is_known_is_asked_about_before_a_second_case_is_opened(app: Flask) -> None:
    worker = factories.Api(app, factories.World().caseworker)
    first = worker.post("/cases", asked())
    assert first.status_code == 201, first.json
    refused = worker.post("/cases", asked())
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    assert list(refused.json["errors"]) == ["duplicate"]
    [candidate] = refused.json["candidates"]
    assert candidate["number"] == first.json["number"]
    assert candidate["office"] == "TUN"
    assert set(candidate) == {"number", "office", "score", "reasons"}
    assert len(worker.get("/cases").json["items"]) == 1


def person_of(number: str) -> int:
    db.session.rollback()
    return int(db.session.execute(select(Case.person_id).where(Case.number == number)).scalar_one())


def test_the_answer_decides_whose_case_it_is(app: Flask) -> None:
    worker = factories.Api(app, factories.World().caseworker)
    first = worker.post("/cases", asked()).json["number"]
    same = worker.post("/cases", {**asked(), "duplicate": "same", "duplicate_of": first})
    other = worker.post("/cases", {**asked(), "duplicate": "not_same"})
    unsure = worker.post("/cases", {**asked(), "duplicate": "cannot_tell"})
    assert [answer.status_code for answer in (same, other, unsure)] == [201, 201, 201]
    assert person_of(same.json["number"]) == person_of(first)
    people = {person_of(answer.json["number"]) for answer in (other, unsure)}
    assert len(people) == 2
    assert person_of(first) not in people


def test_only_a_candidate_can_be_named_as_the_same_person(app: Flask) -> None:
    worker = factories.Api(app, factories.World().caseworker)
    elsewhere = worker.post("/cases", asked(given_names="Bogdan", family_name="Wiśniewski"))
    worker.post("/cases", asked())
    for number in (elsewhere.json["number"], "SC-NOTHING", ""):
        wrong = worker.post("/cases", {**asked(), "duplicate": "same", "duplicate_of": number})
        assert wrong.status_code == 422, number
        assert list(wrong.json["errors"]) == ["duplicate_of"]


def test_a_case_of_others_is_no_candidate_and_does_not_stop_a_registration(app: Flask) -> None:
    house = factories.World()
    worker, far = factories.Api(app, house.caseworker), factories.Api(app, house.far)
    number = worker.post("/cases", asked()).json["number"]
    named = {**asked(), "duplicate": "same", "duplicate_of": number}
    assert list(far.post("/cases", named).json["errors"]) == ["duplicate_of"]
    answer = far.post("/cases", asked())
    assert answer.status_code == 201, answer.json
    assert person_of(answer.json["number"]) != person_of(number)

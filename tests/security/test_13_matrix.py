"""Cases 13 to 15: every route as every person, compared with the published table; what is refused
looks like what does not exist.
"""

import os
import re
import zlib
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from access.permissions import Permission
from avrr import handover, movements, preparation
from casework.casefile import closure
from casework.intake import callers
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, placing
from config import ROOT
from data_protection import access_exceptions, erasure, requests_of_persons
from files import receiving
from models.base import db, today
from models.cases import Case
from models.files import Attachment
from notifications import worker
from referral import incoming, responses, sending
from tests import factories
from web.guard import ROUTES

PERSON = {
    "caseworker, own case": "caseworker",
    "caseworker, team": "colleague",
    "caseworker, same mission": "stranger",
    "caseworker, other mission": "far",
    "supervisor": "supervisor",
    "health officer": "health",
    "legal officer": "legal",
    "partner, referred and accepted": "helper",
    "partner, not referred": "other_helper",
    "mission staff, handed over": "origin",
    "shelter manager": "shelter",
    "manager": "manager",
    "data protection officer": "officer",
    "administrator": "administrator",
}
# Routes whose subject is the asker's own, or that need a state this story has not; each is tested
# in its own room.
OWN = {"notifications.follow"}
WHOLE = os.environ.get("SAFECONDUCT_TESTS") == "all"
WORDS = "She bleeds and nobody answers the phone."


def published() -> dict[str, dict[str, bool]]:
    """The second table of docs/permissions.md, read as anybody reads it."""
    page = (ROOT / "docs" / "permissions.md").read_text("utf-8").partition("## For one case")[2]
    rows = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    people = [cell.strip(" |") for cell in rows[0][1:]]
    return {
        row[0].strip(" `"): {
            who: cell.strip(" |") == "yes" for who, cell in zip(people, row[1:], strict=True)
        }
        for row in rows[1:]
    }


def story(house: factories.World) -> dict[str, str]:
    """One case with everything on it; gives what stands in addresses."""
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        referral = sending.send(
            by=by,
            case=case,
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
        file = receiving.take_whole(
            by=by, case=case, name="note.txt", content=b"words", compartment="protection"
        )
        begun = preparation.start(by=by, case=case, country="CI")
        factories.declared(begun, by)
        handover.hand_over(by=by, return_=begun)
        asked = requests_of_persons.receive(
            by=by,
            case=case,
            kind="access",
            identified="known",
            received_on=today(),
            asked="What do you hold?",
        )
        caller = callers.write_down(
            by=by, given={"word": "The bakery", "channel": "hotline", "said": "She asks for help."}
        )
        movement = movements.plan(
            by=by,
            office=factories.anew(house.here),
            country="CI",
            kind="bus",
            travel_on=today(),
            seats=2,
        )
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=referral)
        given = {
            "office": factories.anew(house.here).id,
            "agrees": True,
            "urgency": "standard",
            "given_names": "A",
            "needs": "B",
        }
        told = incoming.send(by=by, given=given)
    with factories.acts(house.far) as by:
        emergency = access_exceptions.open_in_emergency(
            by=by, number=case.number, reason="medical", words="She bleeds and nobody answers"
        )
        emergency.ends_at = emergency.at
    known = {
        "number": case.number,
        "reference": referral.reference,
        "returns": begun.reference,
        "key": file.key,
        "emergency": str(emergency.id),
        "inward": told.reference,
        "movement": movement.reference,
        "caller": caller.key,
        "asked": asked.reference,
    }
    worker.run_worker(worker.own_connection(), burst=True)
    return known | written(house, case) | sheltered(house, case)


KIND_OF = {
    "identity": "safe_contact",
    "protection": "note",
    "care": "care",
    "medical": "medical_note",
    "legal": "legal_note",
}


def written(house: factories.World, case: Case) -> dict[str, str]:
    """A record in each compartment, by whoever keeps it."""
    found = {}
    for compartment, code in KIND_OF.items():
        with factories.acts(
            {"medical": house.health, "legal": house.legal}.get(compartment, house.caseworker)
        ) as by:
            found[f"record {compartment}"] = changes.add(
                by=by,
                case=factories.anew(case),
                kind=KINDS[code],
                given={"words": "Words", "kind": "diet"},
            ).key
    return found


def sheltered(house: factories.World, case: Case) -> dict[str, str]:
    """A bed in a house of the mission."""
    with factories.acts(house.supervisor) as by:
        made = facilities.add(
            by=by, organisation=factories.anew(house.here), name="House", sex="any", ages="any"
        )
        bed = facilities.add_room(facility=made, name="Room", beds=1).beds[0]
    with factories.acts(house.caseworker) as by:
        stay = placing.place(
            by=by,
            case=factories.anew(case),
            bed=factories.anew(bed),
            from_on=today(),
            until_on=today() + timedelta(days=9),
        )
        return {"house": bed.room.facility.key, "stay": stay.key}


def address(rule: str, endpoint: str, known: dict[str, str]) -> str | None:
    """The address of a route about the story's case; None where it is about something else."""
    package = endpoint.partition(".")[0]
    compartment = endpoint.partition(".")[2].partition("_")[0]
    keys = {
        "files": known["key"],
        "callers": known["caller"],
        "records": known.get(f"record {compartment}", ""),
        "shelter": known["stay" if "<number>" in rule else "house"],
    }
    filled = (
        rule.replace("<word:fault>", "no_sex")
        .replace("<number>", known["number"])
        .replace("<key>", keys.get(package, "no-such-draft"))
    )
    filled = (
        filled.replace("<code>", "AMEL" if package == "partners" else "<code>")
        .replace("<kind>", KIND_OF.get(compartment, ""))
        .replace("<stay>", known["stay"])
    )
    references = {
        "avrr": "returns",
        "avrr_api": "returns",
        "reintegration": "returns",
        "incoming": "inward",
        "movements": "movement",
        "requests": "asked",
    }
    filled = filled.replace("<reference>", known[references.get(package, "reference")])
    filled = re.sub(r"<int:user_id>", known["user"], filled).replace("<compartment>", "medical")
    if endpoint == "data_protection.review":
        filled = filled.replace("<int:number>", known["emergency"])
    return (
        None
        if "<" in filled or (package in {"funds", "advances"} and "<reference>" in rule)
        else filled
    )


@pytest.mark.parametrize(
    "settings", ["postgresql"], indirect=True
)  # the policy is the same on both; here the second wall stands too
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_13_every_route_by_every_person_as_published(app: Flask, method: str) -> None:
    table = published()
    assert {permission.value for permission in Permission} == set(table)
    house = factories.World()
    known = story(house) | {"user": str(factories.anew(house.shelter).id)}
    emails = {name: factories.anew(user).email for name, user in house.people.items()}
    wrong: list[str] = []
    walked = 0
    for who, name in PERSON.items():
        browser = factories.Browser(app)
        browser.sign_in(emails[name], factories.PASSWORD)
        browser.post("/confirm", password=factories.PASSWORD)
        for route in ROUTES.values():
            if (
                route.permission is None
                or route.method != method
                or route.endpoint in OWN
                or route.permission is Permission.ACCOUNT_USE
                or route.api
            ):
                continue
            place = address(route.rule, route.endpoint, known)
            if place is None or not _is_walked(who, route.endpoint):
                continue
            answer = (
                browser.get(place)
                if method == "GET"
                else browser.post(place, revision="none-such", answer="")
            )
            seen = answer.status_code != 404
            expected = table[route.permission.value][who]
            walked += 1
            if seen and not expected and not _leads_away(answer):
                wrong.append(f"{who} reached {route.endpoint} ({answer.status_code})")
            if (
                method == "GET"
                and expected
                and answer.status_code not in {200, 302, 303}
                and route.endpoint not in STATEFUL
            ):
                wrong.append(f"{who} did not reach {route.endpoint} ({answer.status_code})")
    assert wrong == []
    assert walked > 300


def _is_walked(who: str, endpoint: str) -> bool:
    """Each run walks a third of the people for each route, all routes and all people among them;
    ``./run test all`` walks each route by each person.
    """
    return WHOLE or zlib.crc32(f"{who} {endpoint}".encode()) % 3 == 0


# Reached, and answered 404 for want of what the story does not have (a draft, an import, a second
# return).
STATEFUL = {
    "partners.ended",  # a referral that has ended; that of the story goes on
    "casework_register.step",
    "reviews.of_list",
    "imports.show",
    "imports.progress",
    "reintegration.paper",  # a file of the return
    "files.download",
    "files.thumbnail",
    "files.state",
    "files.sound",
    "statistics.cases",
    "requests.find",
    "exports.file",
    "exports.progress",
    "exports.fetch",
    "publishing.form",
    "publishing.show",
    "publishing.as_csv",
    "open_data.show",
    "open_data.fetch",
}


def _leads_away(answer: Any) -> bool:
    """A page that sends everybody to their own beginning, or to the lock, shows nothing."""
    return (
        answer.status_code in {302, 303}
        and "/cases/" not in answer.headers.get("Location", "")
        and "/returns/" not in answer.headers.get("Location", "")
    )


def test_15_ids_of_others_look_like_ids_that_do_not_exist(app: Flask) -> None:
    house = factories.World()
    known = story(house)
    stranger = factories.Browser(app)
    stranger.sign_in("far@example.org", factories.PASSWORD)
    none = {
        "number": "SC-22222222",
        "reference": "RF-22222222",
        "returns": "RT-22222222",
        "key": "0" * 32,
    }
    for path in (
        "/cases/{number}",
        "/cases/{number}/identity",
        "/referrals/{reference}",
        "/files/{key}",
        "/files/{key}/thumbnail",
        "/cases/{number}/files",
    ):
        real, absent = stranger.get(path.format(**known)), stranger.get(path.format(**none))
        assert (real.status_code, real.data) == (absent.status_code, absent.data), path
        real, absent = stranger.post(path.format(**known)), stranger.post(path.format(**none))
        assert (real.status_code, real.data) == (absent.status_code, absent.data), path


def test_16_a_child_through_a_foreign_parent_does_not_exist(app: Flask) -> None:
    house = factories.World()
    case, other = factories.case(house), factories.case(house, owner=house.stranger)
    with factories.acts(house.stranger) as by:
        file = receiving.take_whole(
            by=by, case=other, name="note.txt", content=b"words", compartment="protection"
        )
    key, number = file.key, case.number
    browser = factories.Browser(app)
    browser.sign_in("caseworker@example.org", factories.PASSWORD)
    assert browser.get(f"/files/{key}").status_code == 404
    assert browser.post(f"/files/{key}/remove").status_code == 404
    assert db.session.query(Attachment).count() == 1
    assert browser.get(f"/cases/{number}/files").status_code == 200


def test_28_blocked_people_never_see_the_case_not_even_as_a_hit(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, given_names="Zubayda", family_name="Qasimova")
    number = case.number
    with factories.acts(house.supervisor) as by:
        access_exceptions.block(by=by, case=case, reason="relative", email="colleague@example.org")
    colleague = factories.Browser(app)
    colleague.sign_in("colleague@example.org", factories.PASSWORD)
    for answer in (colleague.get(f"/cases/{number}"), colleague.get(f"/cases/{number}/identity")):
        assert answer.status_code == 404
    assert number not in colleague.get("/cases").text
    found = colleague.post("/cases/search", query="Zubayda Qasimova").text
    assert number not in found
    assert "Possible match" not in found


def test_24_emergency_access_has_a_reason_hours_notices_review_and_an_end(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    far = factories.Browser(app)
    far.sign_in("far@example.org", factories.PASSWORD)
    assert far.get(f"/cases/{number}").status_code == 404
    assert (
        "/confirm"
        in far.post("/emergency", number=number, reason="medical", words=WORDS).headers["Location"]
    ), "a fresh proof first"
    far.post("/confirm", password=factories.PASSWORD)
    assert far.post("/emergency", number=number).status_code == 422, "without a reason"
    assert far.post("/emergency", number=number, reason="medical", words=WORDS).status_code == 303
    page = far.get(f"/cases/{number}").text
    assert "Fatima Zahra Benali" in page
    assert "Opened in an emergency" in page
    assert far.get(f"/cases/{number}/medical").status_code == 404
    worker.run_worker(worker.own_connection(), burst=True)
    for name in ("supervisor", "officer"):
        told = factories.Browser(app)
        told.sign_in(f"{name}@example.org", factories.PASSWORD)
        assert "A case was opened in an emergency" in told.get("/notices").text
    officer = factories.Browser(app)
    officer.sign_in("officer@example.org", factories.PASSWORD)
    assert "Emergency access to review" in officer.get("/alerts").text
    assert (
        officer.post(
            "/emergencies/1/review", finding="not_justified", words="Nothing was urgent."
        ).status_code
        == 303
    )
    assert far.get(f"/cases/{number}").status_code == 404, "ended with the next click"


def test_23_and_25_nobody_alone_and_no_contents_for_those_who_administer(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    with factories.acts(house.supervisor) as by:
        closure.close(
            by=by, case=db.session.get_one(Case, case.id), reason="completed", words="All is well."
        )
        erasure.ask(by=by, case=db.session.get_one(Case, case.id), reason="asked_by_person")
    for name in ("administrator", "officer", "manager"):
        browser = factories.Browser(app)
        browser.sign_in(f"{name}@example.org", factories.PASSWORD)
        for route in ROUTES.values():
            if (
                route.method == "GET"
                and route.permission
                and not route.api
                and "<number>" in route.rule
                and route.rule.startswith("/cases")
            ):
                text = browser.get(
                    route.rule.replace("<number>", number).replace("<compartment>", "medical")
                ).text
                assert "Benali" not in text, (name, route.rule)
    administrator = factories.Browser(app)
    administrator.sign_in("administrator@example.org", factories.PASSWORD)
    administrator.post("/confirm", password=factories.PASSWORD)
    mine = factories.anew(house.administrator).id
    assert (
        administrator.post(
            f"/people/{mine}/roles",
            role="supervisor",
            organisation=str(factories.anew(house.here).id),
        ).status_code
        == 404
    )
    supervisor = factories.Browser(app)
    supervisor.sign_in("supervisor@example.org", factories.PASSWORD)
    supervisor.post("/confirm", password=factories.PASSWORD)
    assert supervisor.post("/erasures/1/approve").status_code == 404

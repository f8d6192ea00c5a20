"""Pages from outside: who gets what, what wrong input does, what two people at once do."""

import re

import pytest
from flask import Flask

from models.base import db
from models.cases import Case
from tests import factories
from web.guard import ROUTES

OPEN = {
    "accounts_security.ending_link",
    "accounts_security.use_ending_link",
    "accounts_security.single_sign_on_back",
    "accounts_security.single_sign_on_begin",
    "accounts_security.sign_in_options",
    "accounts_security.sign_in_by_passkey",
    "accounts_security.invitation",
    "accounts_security.accept_invitation",
    "accounts.sign_in",
    "accounts.locked_out",
    "accounts.tell_locked_out",
    "team.feed",
    "accounts.enter",
    "accounts.code",
    "accounts.enter_code",
    "accounts.leave",
    "openapi.description",
    "partner_links.code",
    "partner_links.enter",
    "partner_links.card",
    "partner_links.accept",
    "partner_links.decline",
    "partner_links.complete",
    "partner_links.log_service",
    "notifications.metrics",
    "healthz",
    "system.begin",
    "system.make",
    "readyz",
}


def test_the_open_routes_are_these(quick_app: Flask) -> None:
    assert {route.endpoint for route in ROUTES.values() if route.permission is None} == OPEN
    rules = {rule.endpoint for rule in quick_app.url_map.iter_rules()} - {"static"}
    assert rules == set(ROUTES), "a route came in by another way than a Room"


def test_every_guarded_page_sends_a_stranger_to_sign_in(quick_app: Flask) -> None:
    client = quick_app.test_client()
    for route in ROUTES.values():
        if route.permission is None:
            continue
        rule = route.rule.replace("<word:fault>", "no_sex").replace("<word:channel>", "mail")
        path = ("/api/v1" if route.api else "") + re.sub(r"<[^>]+>", "1", rule)
        answer = client.get(path) if route.method == "GET" else client.post(path)
        # A POST without its CSRF token is refused before anything is looked at.
        assert answer.status_code in ({401} if route.api else {302, 403}), (
            route.endpoint,
            answer.status_code,
        )


def test_refused_looks_like_absent_byte_for_byte(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(app, house.stranger)
    refused, absent = browser.get(f"/cases/{case.number}"), browser.get("/cases/SC-33333333")
    assert (refused.status_code, refused.data) == (absent.status_code, absent.data)
    assert refused.status_code == 404


def test_every_case_page_by_every_person(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    staff = {"caseworker", "colleague", "supervisor"}
    expected = {
        "": staff | {"health", "legal"},
        "/identity": staff | {"health", "legal"},
        "/protection": staff,
        "/screening": staff,
        "/consent": staff,
        "/medical": {"health"},
        "/legal": {"legal"},
        "/referrals": staff,
        "/return": staff,
        "/funding": staff,
        "/history": {"caseworker", "supervisor", "officer"},
    }
    for name, user in house.people.items():
        browser = factories.Browser(app, user)
        for path, may in expected.items():
            status = browser.get(f"/cases/{case.number}{path}").status_code
            assert status == (200 if name in may else 404), (name, path, status)


def test_the_second_of_two_writers_is_shown_both_versions(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    first, second = (
        factories.Browser(app, house.caseworker),
        factories.Browser(app, house.colleague),
    )
    page = first.get(f"/cases/{case.number}/identity/change").text
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]  # type: ignore[index]
    form = {
        "given_names": "Fatima Zahra",
        "family_name": "Benali",
        "revision": revision,
        "sex": "Feminine",
        "citizenship": "CI",
        "birth__year": "2002",
    }
    assert (
        first.post(
            f"/cases/{case.number}/identity/change", **{**form, "phone": "+216 71 000 001"}
        ).status_code
        == 303
    )
    answer = second.post(
        f"/cases/{case.number}/identity/change", **{**form, "phone": "+216 71 000 002"}
    )
    assert answer.status_code == 409
    assert "Both of you changed this" in answer.text
    assert "+216 71 000 001" in answer.text
    assert "+216 71 000 002" in answer.text
    newest = re.search(r'name="revision" value="(\d+)"', answer.text)[1]  # type: ignore[index]
    assert (
        second.post(
            f"/cases/{case.number}/identity/change",
            **{**form, "phone": "+216 71 000 002", "revision": newest},
        ).status_code
        == 303
    )
    db.session.expire_all()
    with factories.acts(house.caseworker):
        assert db.session.get_one(Case, case.id).identity["phone"] == "+216 71 000 002"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("birth__year", "2999", "future"),
        ("birth__day", "40", "month"),
        ("sex", "Dragon", "Choose one"),
        ("given_names", "x" * 201, "too long"),
        ("given_names", "a\x01b", "character"),
        ("revision", "one", "not a valid"),
    ],
)
def test_wrong_input_is_told_next_to_the_field_and_nothing_typed_is_lost(
    quick_app: Flask, field: str, value: str, words: str
) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    form = {"given_names": "Zahra", "family_name": "Kept", field: value}
    answer = browser.post(f"/cases/{case.number}/identity/change", **form)
    assert answer.status_code == 422
    assert words in answer.text.lower() or words in answer.text
    assert "Kept" in answer.text


def test_extra_fields_change_nothing(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    form = {
        "given_names": "Zahra",
        "owner_id": "99",
        "office_id": "2",
        "status": "closed",
        "number": "SC-X",
    }
    assert browser.post(f"/cases/{case.number}/identity/change", **form).status_code == 303
    db.session.expire_all()
    assert (case.owner_id, case.office_id, case.status) == (
        house.caseworker.id,
        house.here.id,
        "open",
    )


def test_no_form_is_taken_without_its_csrf_token(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.client.post(f"/cases/{case.number}/close", data={"reason": "completed"})
    assert answer.status_code == 403
    assert db.session.get_one(Case, case.id).status == "open"


def test_a_role_taken_away_is_gone_with_the_next_click(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(app, house.caseworker)
    assert browser.get(f"/cases/{case.number}").status_code == 200
    db.session.delete(house.caseworker.grants[0])
    db.session.commit()
    assert browser.get(f"/cases/{case.number}").status_code == 404


def test_names_are_hidden_in_lists_until_asked_for_and_never_in_addresses_or_titles(
    app: Flask,
) -> None:
    house = factories.World()
    case = factories.case(house)
    browser = factories.Browser(app, house.caseworker)
    assert "Benali" not in browser.get("/cases").text
    assert "Benali" not in browser.get("/work").text
    assert "Fatima Zahra Benali" in browser.post("/cases").text
    title = re.search(r"<title>(.*?)</title>", browser.get(f"/cases/{case.number}").text)
    assert title
    assert "Benali" not in title[1]


def test_scripts_in_names_are_shown_as_text(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(
        house, given_names="<script>alert(1)</script>", family_name='"><img src=x>'
    )
    browser = factories.Browser(quick_app, house.caseworker)
    page = browser.get(f"/cases/{case.number}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_headers_are_on_every_answer(quick_app: Flask) -> None:
    client = quick_app.test_client()
    for path in ("/sign-in", "/nothing", "/api/v1/cases", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_long_lists_page_by_key_and_repeat_nobody(app: Flask) -> None:
    house = factories.World()
    made = {factories.case(house).number for _ in range(30)}
    browser = factories.Browser(app, house.caseworker)
    first = browser.get("/cases").text
    cursor = re.search(r"after=([\w-]+)", first)
    assert cursor
    second = browser.get(f"/cases?after={cursor[1]}").text
    numbers = [set(re.findall(r"/cases/(SC-\w{8})", text)) for text in (first, second)]
    assert len(numbers[0]) == 25
    assert numbers[0] | numbers[1] == made
    assert not numbers[0] & numbers[1]
    assert browser.get("/cases?after=rubbish").status_code == 404

"""The guard, route by route: person, record, permission, parsing, view, trail, commit.

What comes later never runs before.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from casework.core import queries
from models.audit import AuditRecord
from models.base import db
from models.cases import Case
from models.rules import RuleBroken
from tests import factories
from web import forms
from web.errors import NotYet, StaleEdit
from web.forms import Form
from web.guard import ROUTES, GuardedBlueprint

STEPS: list[str] = []


class Words(forms.FormSchema):
    """One line that is needed."""

    words = forms.text("Words", required=True)
    revision = forms.revision()


class Shown(forms.FormSchema):
    """What an API gives."""

    number = forms.text("Number")


def of_case(actor: Actor, number: str, **_: Any) -> Case:
    STEPS.append("record")
    return queries.case(actor, number)


def form_again(actor: Actor, case: Case, form: Form | None = None) -> str:
    STEPS.append("page")
    assert form is not None
    wrong = {field.name: field.errors for field in form if field.errors}  # type: ignore[attr-defined]
    return json.dumps(
        {
            "typed": form.data,
            "wrong": wrong,
            "general": form.general,
            "stale": hasattr(form, "stale"),
        }
    )


def deed(actor: Actor, case: Case, given: dict[str, Any]) -> Any:
    """Change the case, look into it, and end as the words say."""
    STEPS.append("view")
    case.outcome = "better"
    _ = case.identity
    broken = {
        "rule": RuleBroken("This is against a rule.", "words"),
        "general": RuleBroken("In general."),
        "stale": StaleEdit({"words": ("theirs", "mine")}, 7),
        "wait": NotYet("Figures are being prepared.", 9),
        "fault": ZeroDivisionError("Zqxsecret"),
    }.get(given["words"])
    if broken is not None:
        raise broken
    return "done"


def look(actor: Actor, case: Case) -> str:
    """A page that also writes, which it must not."""
    STEPS.append("view")
    case.outcome = "better"
    return str(case.identity["family_name"])


def plain(actor: Actor, given: dict[str, Any]) -> Any:
    """A deed without a page of its own."""
    raise RuleBroken("Not like this.")


def listed(actor: Actor) -> Any:
    """Some, with a next page."""
    STEPS.append("view")
    return queries.cases(actor, {}, "", 1)


@pytest.fixture
def served(quick_app: Flask) -> Iterator[Flask]:
    """The application with a few routes of ours beside its own, and one that came in without a
    guard.
    """
    before = set(ROUTES)
    STEPS.clear()
    pages, api = (
        GuardedBlueprint("guarded", __name__),
        GuardedBlueprint("guarded_api", __name__, api=True),
    )
    mine: dict[str, Any] = {"permission": Permission.CASE_CLOSE, "subject": of_case}
    pages.post("/guarded/<number>", **mine, accepts=Words, page=form_again)(deed)
    pages.get("/guarded/<number>", **mine)(look)
    pages.post("/guarded", permission=Permission.CASE_LIST, accepts=Words)(plain)
    by_token: dict[str, Any] = {"permission": Permission.CASE_EDIT, "subject": of_case}
    api.post("/guarded/<number>", **by_token, accepts=Words)(deed)
    api.get("/guarded", permission=Permission.CASE_LIST, returns=Shown, many=True)(listed)
    quick_app.register_blueprint(pages.blueprint)
    quick_app.register_blueprint(api.blueprint)
    quick_app.extensions["csrf"].exempt(api.blueprint)
    quick_app.add_url_rule("/unguarded", "unguarded", lambda: "open to everybody")
    yield quick_app
    for name in set(ROUTES) - before:
        del ROUTES[name]


@pytest.fixture
def house(served: Flask) -> factories.World:
    return factories.World()


def deeds() -> list[str]:
    """What entered the trail since it was asked last."""
    found = [
        entry.deed
        for entry in db.session.execute(select(AuditRecord).order_by(AuditRecord.id)).scalars()
    ]
    db.session.rollback()
    return found


def outcome(case: Case) -> str:
    db.session.expire_all()
    return str(factories.anew(case).outcome)


def test_nobody_gets_no_further_than_the_door(served: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    guest = factories.Browser(served)
    guest._learn(guest.get("/sign-in"))
    assert guest.get(f"/guarded/{number}").headers["Location"] == f"/sign-in?next=/guarded/{number}"
    assert guest.post(f"/guarded/{number}", words="x").headers["Location"] == "/sign-in", (
        "a deed is not done later"
    )
    answer = served.test_client().post(f"/api/v1/guarded/{number}", json={"words": "x"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert STEPS == []


def test_what_is_absent_and_what_is_refused_look_alike_and_nothing_is_parsed(
    served: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number = case.number
    foreign = factories.Browser(served, house.far).post(f"/guarded/{number}")
    assert STEPS == ["record"]
    colleague = factories.Browser(served, house.colleague)
    refused = colleague.post(f"/guarded/{number}")
    assert STEPS == ["record", "record"], "they may open it, not close it"
    nowhere = colleague.post("/guarded/SC-nothing")
    assert {answer.status_code for answer in (foreign, refused, nowhere)} == {404}
    assert refused.data == nowhere.data
    assert outcome(case) == ""
    assert deeds().count("refused") == 1


def test_what_does_not_fit_is_shown_again_with_what_was_typed_and_the_view_never_runs(
    served: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    answer = factories.Browser(served, house.caseworker).post(
        f"/guarded/{case.number}", words="", surplus="x"
    )
    assert answer.status_code == 422
    assert json.loads(answer.text)["wrong"] == {"words": ["This is needed."]}
    assert STEPS == ["record", "record", "page"]
    assert outcome(case) == ""


def test_a_deed_is_kept_with_its_looks(served: Flask, house: factories.World) -> None:
    case = factories.case(house)
    answer = factories.Browser(served, house.caseworker).post(
        f"/guarded/{case.number}", words="well"
    )
    assert (answer.status_code, answer.text) == (200, "done")
    assert STEPS == ["record", "view"]
    assert outcome(case) == "better"
    assert deeds()[-1] == "identity.read"


@pytest.mark.parametrize(
    ("words", "status", "wrong", "general", "stale"),
    [
        ("rule", 422, {"words": ["This is against a rule."]}, [], False),
        ("general", 422, {}, ["In general."], False),
        ("stale", 409, {}, [], True),
    ],
)
def test_a_rule_that_says_no_undoes_the_deed_and_not_the_look(
    served: Flask,
    house: factories.World,
    words: str,
    status: int,
    wrong: Any,
    general: list[str],
    stale: bool,
) -> None:
    case = factories.case(house)
    answer = factories.Browser(served, house.caseworker).post(
        f"/guarded/{case.number}", words=words
    )
    said = json.loads(answer.text)
    assert answer.status_code == status
    assert (said["wrong"], said["general"], said["stale"]) == (wrong, general, stale)
    assert said["typed"]["words"] == words, "what was typed stands in the form again"
    assert said["typed"].get("revision") == (7 if stale else None), (
        "the next time it is of the newest"
    )
    assert outcome(case) == ""
    assert deeds()[-1] == "identity.read", "who looked looked"


def test_a_page_that_is_looked_at_writes_nothing_but_the_trail(
    served: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    assert (
        factories.Browser(served, house.caseworker).get(f"/guarded/{case.number}").text == "Benali"
    )
    assert outcome(case) == ""
    assert deeds()[-1] == "identity.read"


def test_a_deed_without_a_page_is_refused_on_a_plain_one(
    served: Flask, house: factories.World
) -> None:
    answer = factories.Browser(served, house.caseworker).post("/guarded", words="x")
    assert answer.status_code == 422
    assert "Not like this." in answer.text
    assert "This is needed." in factories.Browser(served, house.caseworker).post("/guarded").text


def test_a_route_without_a_guard_does_not_exist(served: Flask, house: factories.World) -> None:
    for client in (served.test_client(), factories.Browser(served, house.administrator).client):
        answer = factories._apart(client.get, "/unguarded")
        assert answer.status_code == 404
        assert "open to everybody" not in answer.text


def test_two_routes_do_not_have_one_name() -> None:
    blueprint = GuardedBlueprint("twice", __name__)
    try:
        blueprint.get("/one", permission=Permission.WORK_SEE)(look)
        with pytest.raises(TypeError, match=r"twice\.look"):
            blueprint.get("/two", permission=Permission.WORK_SEE)(look)
    finally:
        ROUTES.pop("twice.look", None)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"words": "well"}', "application/json", 200),
        (b'{"words": "rule"}', "application/json", 422),
        (b'{"words": "stale"}', "application/json", 409),
        (b'{"words": "well", "surplus": 1}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"", "application/json", 422),
        (b"[1]", "application/json", 400),
        (b'"words"', "application/json", 400),
        (b"{", "application/json", 400),
        (b"words=well", "application/x-www-form-urlencoded", 415),
        (b"words", "text/plain", 415),
    ],
)
def test_a_program_is_answered_in_problems(
    served: Flask, house: factories.World, body: bytes, kind: str, status: int
) -> None:
    case = factories.case(house)
    number, api = case.number, factories.Api(served, house.caseworker)
    answer = factories._apart(
        api.client.post,
        f"/api/v1/guarded/{number}",
        data=body,
        headers={**api.headers, "Content-Type": kind},
    )
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["status"] == status
    assert outcome(case) == ("better" if status == 200 else "")


def test_a_list_is_given_with_the_cursor_of_its_next_page(
    served: Flask, house: factories.World
) -> None:
    newest = [factories.case(house).number for _ in range(2)][1]
    answer = factories.Api(served, house.caseworker).get("/guarded").get_json()
    assert answer["items"] == [{"number": newest}]
    assert answer["next"]


def test_what_is_on_its_way_says_when_to_come_back(served: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    answer = factories.Browser(served, house.caseworker).post(f"/guarded/{number}", words="wait")
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Refresh"]) == (
        503,
        "9",
        "9",
    )
    assert "Figures are being prepared." in answer.text
    said = factories.Api(served, house.caseworker).post(f"/guarded/{number}", {"words": "wait"})
    assert (said.status_code, said.headers["Retry-After"]) == (503, "9")
    assert "Refresh" not in said.headers
    assert said.get_json()["detail"] == "Figures are being prepared."


def test_a_fault_of_ours_gives_a_reference_and_its_words_go_nowhere(
    served: Flask, house: factories.World, caplog: pytest.LogCaptureFixture
) -> None:
    case = factories.case(house)
    served.testing = False
    browser, api = (
        factories.Browser(served, house.caseworker),
        factories.Api(served, house.caseworker),
    )
    for answer in (
        browser.post(f"/guarded/{case.number}", words="fault"),
        api.post(f"/guarded/{factories.anew(case).number}", {"words": "fault"}),
    ):
        assert answer.status_code == 500
        assert "Zqxsecret" not in answer.text + caplog.text
    assert caplog.text.count("builtins.ZeroDivisionError [") == 2
    assert "deed:" in caplog.text, "where it was"
    assert outcome(case) == ""


def test_an_expired_form_and_a_wrong_method_are_told_in_words(
    served: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(served, house.caseworker)
    browser.token = "not mine"
    assert browser.post(f"/guarded/{number}", words="well").status_code == 403
    assert STEPS == []
    assert factories._apart(browser.client.delete, f"/guarded/{number}").status_code in {
        403,
        404,
        405,
    }
    assert "better" not in db.session.execute(select(Case.outcome)).scalars()

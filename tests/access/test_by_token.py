"""Tokens: what the API needs is open to them, and nothing else, whatever their owner may."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from access import by_token, policy
from access.actors import person
from access.permissions import Permission
from accounts import schemas, tokens
from application import create_app
from config import Settings
from data_protection import permissions_page, requests_of_persons
from models.base import db, today
from referral import incoming, responses, sending
from tests import factories
from tests.avrr.test_return import ready
from web.guard import ROUTES, Route

API = [route for route in ROUTES.values() if route.api and route.permission is not None]
# Who has the right role for a permission, where it is not the caseworker.
OWNERS = {
    "medical": "health",
    "legal": "legal",
    "inward": "helper",
    "request": "supervisor",
    "referral.answer": "helper",
    "referral.serve": "helper",
    "returns.receive": "origin",
    "statistics": "manager",
    "warehouse": "manager",
}


def owner_of(permission: Permission) -> str:
    name = permission.value
    return OWNERS.get(name) or OWNERS.get(name.partition(".")[0]) or "caseworker"


class Story:
    """A case with a return that was handed over, a person told of; a fresh referral for each."""

    def __init__(self, app: Flask) -> None:
        self.house = factories.World()
        record = ready(self.house)
        self.returns, self.number = record.reference, record.case.number
        self.apis = {
            name: factories.Api(app, factories.anew(user))
            for name, user in self.house.people.items()
        }
        with factories.acts(self.house.supervisor) as by:
            self.request = requests_of_persons.receive(
                by=by,
                case=factories.anew(record).case,
                kind="access",
                identified="known",
                received_on=today(),
                asked="What do you hold?",
            ).reference
        given = {"office": factories.anew(self.house.here).id, "agrees": True, "needs": "B"}
        with factories.acts(self.house.helper) as by:
            given |= {"urgency": "standard", "given_names": "A"}
            self.inward = incoming.send(by=by, given=given).reference

    def referral(self, permission: Permission) -> str:
        """The reference of a new referral in the state that a deed needs."""
        case = factories.case(self.house)
        chosen: dict[str, Any] = {"service": "shelter", "urgency": "urgent", "fields_": ["needs"]}
        with factories.acts(self.house.caseworker) as by:
            partner = factories.anew(self.house.partner).id
            made = sending.send(by=by, case=case, partner=partner, **chosen)
        if permission is Permission.REFERRAL_SERVE:
            with factories.acts(self.house.helper) as by:
                responses.accept(by=by, referral=factories.anew(made))
        return str(factories.anew(made).reference)

    def path(self, route: Route) -> str:
        """The address of a route in this story."""
        assert route.permission is not None
        told = route.permission.value.partition(".")[0]
        known = {"returns": self.returns, "inward": self.inward, "request": self.request}
        reference = known.get(told) or (
            "<reference>" in route.rule and self.referral(route.permission)
        )
        path = route.rule.replace("<number>", self.number).replace("<measure>", "hasm")
        return path.replace("<reference>", str(reference))


def test_every_route_is_reached_by_a_token_of_the_right_person(quick_app: Flask) -> None:
    story = Story(quick_app)
    shut = {}
    # A return that is withdrawn is no longer the other mission's: last.
    for route in sorted(API, key=lambda each: each.rule.endswith("/withdraw")):
        assert route.permission is not None
        api = story.apis[owner_of(route.permission)]
        path = story.path(route)
        answer = api.get(path) if route.method == "GET" else api.post(path)
        if answer.status_code in {401, 403, 404} or answer.status_code >= 500:
            shut[f"{route.method} {route.rule}"] = (route.permission.value, answer.status_code)
    assert shut == {}
    assert len(API) > 60


def test_what_a_return_opens_on_its_way_is_open_to_tokens(quick_app: Flask) -> None:
    house = factories.World()
    reference = ready(house, hand=False).reference
    worker, origin = (
        factories.Api(quick_app, house.caseworker),
        factories.Api(quick_app, house.origin),
    )
    leg = {"from_1": "Tunis", "to_1": "Abidjan", "carrier_1": "TU 1", "on_1": today().isoformat()}
    soon = today().isoformat()
    helped = {"kind": "micro_business", "dimension": "economic", "amount": 900, "given_on": soon}
    helped["fund"] = "none"
    visit = {"month": "0", "done_on": soon, "manner": "visit", "outcome": "reached"}
    deeds: list[tuple[factories.Api, str, dict[str, Any]]] = [
        (worker, "journey", leg),
        (worker, "hand-over", {}),
        (origin, "accept", {}),
        (worker, "depart", {"departed_on": soon}),
        (origin, "arrive", {"arrived_on": soon}),
        (origin, "assistance", helped),
        (origin, "follow-ups", visit),
        (origin, "close", {"ending": "lost", "why": "Nobody knows them there."}),
    ]
    for api, deed, body in deeds:
        answer = api.post(f"/returns/{reference}/{deed}", body)
        assert answer.status_code in {200, 201}, (deed, answer.json)


@pytest.mark.parametrize(
    ("who", "kind", "body"),
    [
        ("caseworker", "safe-contact", {"opening": "It is about the sewing class."}),
        ("caseworker", "note", {"words": "A word."}),
        ("caseworker", "care", {"kind": "diet", "words": "No nuts."}),
        ("health", "medical-note", {"words": "A word."}),
        ("legal", "legal-note", {"words": "A word."}),
    ],
)
def test_records_of_each_compartment(
    quick_app: Flask, who: str, kind: str, body: dict[str, Any]
) -> None:
    house = factories.World()
    number = factories.case(house).number
    api = factories.Api(quick_app, factories.anew(house.people[who]))
    answer = api.post(f"/cases/{number}/records/{kind}", body)
    assert answer.status_code == 201, answer.json


def test_a_partner_tells_and_serves_by_token(quick_app: Flask) -> None:
    story = Story(quick_app)
    helper = story.apis["helper"]
    told = {"office": factories.anew(story.house.here).id, "agrees": True, "urgency": "standard"}
    made = helper.post("/inward", {**told, "call_name": "A", "needs": "A bed."})
    assert made.status_code == 201, made.json
    reference = story.referral(Permission.REFERRAL_SERVE)
    day = today().isoformat()
    served = {"kind": "shelter", "given_on": day, "quantity": 1, "outcome": "given", "note": "x"}
    assert helper.post(f"/referrals/{reference}/services", served).status_code == 201


def test_a_token_does_nothing_that_is_not_listed_though_its_owner_may() -> None:
    records = permissions_page.subjects()
    owners_may = 0
    for who in permissions_page.PEOPLE:
        owner = permissions_page._actor(who)
        program = replace(owner, only=by_token.TOKEN_MAY)
        for permission in Permission:
            subject = records.get(permissions_page.subject_of(permission))
            may = policy.allows(owner, permission, subject)
            listed = bool(by_token.BY_TOKEN[permission])
            assert policy.allows(program, permission, subject) == (may and listed), (
                who,
                permission,
            )
            owners_may += may and not listed
    assert owners_may > 100, "there is much that owners may and their tokens may not"


SHUT = (
    "fund",
    "user",
    "account",
    "trail",
    "erasure",
    "emergency",
    "block",
    "alert",
    "release",
    "approval",
    "movement",
    "message",
    "shelter",
    "team",
    "transfer",
    "partner",
    "data",
    "person",
)


def test_money_accounts_trail_and_emergencies_are_never_for_tokens() -> None:
    wrong = [each.value for each in by_token.TOKEN_MAY if each.value.partition(".")[0] in SHUT]
    assert wrong == []
    assert (
        not {
            Permission.RETURN_APPROVE,
            Permission.CASE_IMPORT,
            Permission.CASE_COPY,
            Permission.STATISTICS_PUBLISH,
        }
        & by_token.TOKEN_MAY
    )


def test_what_no_route_of_the_api_asks_for_is_open_only_for_what_its_verbs_touch() -> None:
    asked = {route.permission for route in API}
    assert asked <= by_token.TOKEN_MAY
    assert by_token.TOKEN_MAY - asked == {
        Permission.REFERRAL_NOTE,
        Permission.REFERRAL_RELEASED,
        Permission.REFERRAL_RELEASE,
        Permission.INWARD_TELL,
        Permission.RETURN_RELEASE,
    }


def test_a_permission_nobody_decided_on_for_tokens_fails_the_start(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(by_token.BY_TOKEN, Permission.CASE_OPEN)
    assert policy.undecided() == ["case.open by token"]
    with pytest.raises(RuntimeError, match=r"case\.open by token"):
        create_app(sqlite_settings)


def test_scopes_are_those_of_the_form_and_each_opens_something() -> None:
    assert [code for code, _label in schemas.SCOPES] == list(by_token.SCOPES)
    assert all(by_token.SCOPES.values())
    assert frozenset().union(*by_token.SCOPES.values()) == by_token.TOKEN_MAY
    assert not any(each.value.endswith(".write") for each in by_token.SCOPES["read"])


def test_a_token_of_a_scope_that_is_no_more_opens_nothing(quick_app: Flask) -> None:
    house = factories.World()
    user = factories.anew(house.supervisor)
    text = tokens.create(user, "old", scopes=["funds"])
    db.session.commit()
    row = tokens.find(text)
    assert row is not None
    assert tokens.may(row) == frozenset()
    program = replace(person(row.user), only=tokens.may(row))
    assert not policy.allows(program, Permission.CASE_LIST)

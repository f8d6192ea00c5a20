"""How long a proof, a link, a token, a session and a role hold, each boundary on both sides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from access.actors import person
from access.by_token import SCOPES, TOKEN_MAY
from access.permissions import Permission, Role
from accounts import invitations, links, recovery_codes, tokens
from models.base import db, now, today
from models.people import ApiToken, Grant, Invitation, SignedIn
from models.rules import RuleBroken
from tests import factories
from tests.conftest import Clock
from web import sessions
from web.errors import NotFound

DAY = timedelta(days=1)


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    return factories.World()


@pytest.mark.parametrize(("ends", "holds"), [(None, True), (-1, False), (0, True), (1, True)])
def test_a_role_holds_until_its_last_day(
    house: factories.World, ends: int | None, holds: bool
) -> None:
    user = factories.anew(house.caseworker)
    user.grants[0].ends_on = None if ends is None else today() + ends * DAY
    assert person(user).holds(Role.CASEWORKER) is holds
    assert bool(person(user).teams) is holds
    assert bool(person(user).home) is holds


def test_a_role_that_was_ended_is_gone_with_the_next_click(house: factories.World) -> None:
    grant = factories.anew(house.caseworker).grants[0]
    with factories.acts(house.administrator) as by:
        invitations.end_role(by=by, grant=factories.anew(grant))
    assert not person(factories.anew(house.caseworker)).by_role


def test_an_account_that_was_shut_holds_no_role(house: factories.World) -> None:
    with factories.acts(house.administrator) as by:
        invitations.disable(by=by, user=factories.anew(house.caseworker))
        assert not person(factories.anew(house.caseworker)).by_role
        invitations.enable(by=by, user=factories.anew(house.caseworker))
        assert person(factories.anew(house.caseworker)).by_role


def test_a_token_holds_for_ninety_days(house: factories.World, clock: Clock) -> None:
    text, made = tokens.create(factories.anew(house.caseworker)), now()
    db.session.commit()
    clock.set(made + timedelta(days=90, seconds=-1))
    assert tokens.find(text) is not None
    clock.forward(seconds=1)
    assert tokens.find(text) is None


@pytest.mark.parametrize("shut", ["revoked", "inactive", "must_change"])
def test_a_token_ends_with_its_owner_and_when_it_is_revoked(
    house: factories.World, shut: str
) -> None:
    user = factories.anew(house.caseworker)
    text = tokens.create(user)
    db.session.commit()
    assert tokens.find(text) is not None
    number = db.session.execute(select(ApiToken.id)).scalar_one()
    user = factories.anew(house.caseworker)
    if shut == "revoked":
        tokens.revoke(user=factories.anew(house.colleague), token_id=number)
        assert tokens.find(text) is not None, "nobody ends another's"
        tokens.revoke(user=factories.anew(house.caseworker), token_id=number)
    else:
        user.active, user.must_change = shut != "inactive", shut == "must_change"
    db.session.commit()
    assert tokens.find(text) is None


def test_the_last_use_of_a_token_is_kept_every_five_minutes(
    house: factories.World, clock: Clock
) -> None:
    text, used = tokens.create(factories.anew(house.caseworker)), now()
    db.session.commit()
    seen: Callable[[], Any] = lambda: db.session.execute(select(ApiToken.used_at)).scalar_one()
    tokens.find(text)
    assert seen() == used
    clock.set(used + timedelta(minutes=5))
    tokens.find(text)
    assert seen() == used
    clock.forward(seconds=1)
    tokens.find(text)
    assert seen() == now()


def test_an_invitation_holds_for_three_days_and_the_newest_alone(
    house: factories.World, clock: Clock
) -> None:
    made = now()
    with factories.acts(house.administrator) as by:
        older = secret_of(links.make(factories.anew(house.caseworker), by.id))
        token = secret_of(links.make(factories.anew(house.caseworker), by.id))
    with pytest.raises(NotFound):
        links.find(older)
    clock.set(made + timedelta(days=3, seconds=-1))
    assert links.find(token).user_id == house.caseworker.id
    clock.forward(seconds=1)
    with pytest.raises(NotFound):
        links.find(token)


def secret_of(row: Invitation) -> str:
    return links.address(row).rpartition("/")[2]


@pytest.mark.parametrize(
    ("kind", "role", "given"),
    [
        ("partner", Role.PARTNER, True),
        ("partner", Role.SHELTER, True),
        ("partner", Role.CASEWORKER, False),
        ("partner", Role.PROTECTION, False),
        ("mission", Role.CASEWORKER, True),
        ("mission", Role.PARTNER, False),
        ("mission", Role.MANAGER, False),
        ("mission", Role.PROTECTION, False),
    ],
)
def test_an_administrator_of_one_place_gives_its_own_roles_alone(
    house: factories.World, kind: str, role: Role, given: bool
) -> None:
    place = factories.anew(house.partner if kind == "partner" else house.here)
    db.session.add(
        Grant(user=factories.anew(house.far), organisation=place, role=Role.ADMINISTRATOR)
    )
    db.session.commit()
    with factories.acts(house.far) as by:
        what: dict[str, Any] = {
            "user": factories.anew(house.colleague),
            "role": role,
            "organisation": factories.anew(place).id,
        }
        if given:
            made = invitations.give_role(by=by, **what)
            assert (made.role, made.office_id) == (role, what["organisation"])
            return
        with pytest.raises(RuleBroken):
            invitations.give_role(by=by, **what)


def test_ten_recovery_codes_work_once_each_however_they_are_typed(house: factories.World) -> None:
    user = factories.anew(house.caseworker)
    codes = recovery_codes.renew(user)
    assert len(set(codes)) == recovery_codes.left(user) == 10
    assert recovery_codes.use(user, f" {codes[0].upper().replace('-', ' ')} ")
    assert not recovery_codes.use(user, codes[0])
    assert not recovery_codes.use(factories.anew(house.colleague), codes[1])
    assert recovery_codes.left(user) == 9
    recovery_codes.renew(user)
    assert not recovery_codes.use(user, codes[2])


def signed_in(app: Flask, house: factories.World) -> factories.Browser:
    return factories.Browser(app, house.caseworker)


def status(browser: factories.Browser) -> str:
    answer = browser.get("/work")
    return str(answer.headers.get("Location", answer.status_code)).partition("?")[0]


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        (timedelta(minutes=10), "200"),
        (timedelta(minutes=10, seconds=1), "/unlock"),
        (timedelta(minutes=30), "/unlock"),
        (timedelta(minutes=30, seconds=1), "/sign-in"),
    ],
)
def test_a_screen_is_locked_after_ten_minutes_and_a_session_ends_after_thirty(
    quick_app: Flask, house: factories.World, clock: Clock, after: timedelta, answer: str
) -> None:
    browser = signed_in(quick_app, house)
    clock.set(now() + after)
    assert status(browser) == answer


def test_whoever_works_is_not_locked_out_and_the_count_by_itself_keeps_nobody_in(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    browser = signed_in(quick_app, house)
    for _ in range(5):
        clock.forward(minutes=9)
        assert status(browser) == "200"
    for _ in range(5):
        clock.forward(minutes=2, seconds=1)
        browser.get("/notices/count")
    assert status(browser) == "/unlock"


def test_a_fresh_proof_holds_for_ten_minutes(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    browser = signed_in(quick_app, house)
    proved = now()
    browser.post("/confirm", password=factories.PASSWORD)
    for minutes, seconds, fresh in ((5, 0, True), (9, 59, True), (10, 0, False)):
        clock.set(proved + timedelta(minutes=minutes, seconds=seconds))
        answer = browser.post("/account/recovery-codes")
        assert ("/confirm" not in answer.headers.get("Location", "")) is fresh, (minutes, seconds)


def test_sessions_nobody_used_for_a_day_are_forgotten(
    quick_app: Flask, house: factories.World, clock: Clock
) -> None:
    signed_in(quick_app, house)
    db.session.execute(update(SignedIn).values(seen_at=now()))
    db.session.commit()
    clock.forward(days=1)
    sessions.forget_old()
    assert db.session.execute(select(SignedIn)).first() is not None
    clock.forward(seconds=1)
    sessions.forget_old()
    assert db.session.execute(select(SignedIn)).first() is None


def test_a_token_does_what_tokens_may_narrowed_to_its_scopes() -> None:
    assert tokens.may(ApiToken(scopes=[])) == frozenset(), "no scope is nothing"
    assert set(Permission) > TOKEN_MAY, "never what belongs to the account, and never everything"
    for name, permissions in SCOPES.items():
        assert tokens.may(ApiToken(scopes=[name])) == permissions & TOKEN_MAY
    both = tokens.may(ApiToken(scopes=["returns", "statistics"]))
    assert both == (SCOPES["returns"] | SCOPES["statistics"]) & TOKEN_MAY
    assert tokens.may(ApiToken(scopes=["everything"])) == frozenset(), (
        "a scope nobody knows opens nothing"
    )

"""People and what opens their accounts, as administrators see and end it."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from accounts import access_changes, recovery_codes, renaming, throttle, tokens
from casework.team import calendar_feed
from models.access_changes import AccessChange
from models.audit import AuditRecord
from models.base import at, db, now, today
from models.messages import Message
from models.people import ApiToken, Grant, Passkey, SignedIn, User
from models.states import AccessChangeState
from models.work import CalendarFeed
from notifications import channels
from tests import factories


def administrator(app: Flask, house: factories.World) -> factories.Browser:
    browser = factories.Browser(app, house.administrator)
    browser.post("/confirm", password=factories.PASSWORD)
    return browser


def listed(text: str) -> list[str]:
    """The mail addresses of a page of people, in order."""
    rows = text.split('<div class="small quiet" dir="ltr">')[1:]
    return [row.partition("<")[0].partition("@")[0] for row in rows]


def test_a_row_a_person_whose_role_ends_first_and_filters(quick_app: Flask) -> None:
    house = factories.World()
    ends = factories.anew(house.legal).grants[0]
    ends.ends_on = today() + timedelta(days=5)
    gone = factories.anew(house.stranger).grants[0]
    gone.ends_on = today() - timedelta(days=1)
    db.session.add(Grant(user=house.health, organisation=house.there, role="caseworker"))
    factories.anew(house.colleague).active = False
    db.session.commit()
    browser = administrator(quick_app, house)
    page = browser.get("/people").text
    assert listed(page)[0] == "legal"
    assert len(listed(page)) == len(set(listed(page))) == 14
    place = str(factories.anew(house.there).id)
    far = browser.post("/people/search", organisation=place).text
    assert listed(far) == ["far", "health", "origin"]
    assert listed(browser.post("/people/search", role="caseworker", show="shut").text) == [
        "colleague"
    ]
    assert listed(browser.post("/people/search", words="LEG").text) == ["legal"]
    assert listed(browser.get("/people?show=ending").text) == ["legal"]
    assert listed(browser.get("/people?show=no_role").text) == ["stranger"]
    assert "Nobody fits" in browser.post("/people/search", words="zzz").text
    browser.post(
        "/people/invite",
        email="new@example.org",
        name="New",
        role="programme_manager",
        organisation=str(factories.anew(house.headquarters).id),
    )
    assert listed(browser.get("/people?show=invited").text) == ["new"]


def test_people_are_shown_in_pages(quick_app: Flask) -> None:
    house = factories.World()
    place = factories.anew(house.there)
    for number in range(30):
        user = User(email=f"a{number:02}@example.org", name=f"A {number:02}", password_hash="!")
        db.session.add_all([user, Grant(user=user, organisation=place, role="caseworker")])
    db.session.commit()
    browser = administrator(quick_app, house)
    first = browser.get("/people").text
    assert "1 to 25 of 44" in first
    second = browser.post("/people/search", words="A", show="invited", after="25").text
    assert listed(second) == [f"a{number}" for number in range(25, 30)]


def test_what_opens_an_account_is_shown_and_ended_one_by_one(app: Flask) -> None:
    house = factories.World()
    owner = factories.anew(house.caseworker)
    email = owner.email
    with factories.acts(owner) as by:
        calendar_feed.new_feed(by=by)
    owner = factories.anew(owner)
    owner.totp_sealed = b"sealed"
    tokens.create(owner, "ledger", scopes=["read"])
    recovery_codes.renew(owner)
    db.session.add(Passkey(user=owner, credential=b"c", public_key=b"k", label="Her telephone"))
    db.session.commit()
    number = owner.id
    owner_browser = factories.Browser(app)
    owner.totp_sealed = None
    db.session.commit()
    owner_browser.sign_in(email, factories.PASSWORD)
    browser = administrator(app, house)
    browser.post(f"/people/{number}/link")
    page = browser.get(f"/people/{number}").text
    for words in ("ledger", "Her telephone", "Private address", "10 left", "Link for choosing"):
        assert words in page, words
    paths = sorted({part.partition('"')[0] for part in page.split(f"/people/{number}/ways/")[1:]})
    assert len(paths) == 6
    own = administrator(app, house)
    assert "/ways/" not in own.get(f"/people/{factories.anew(house.administrator).id}").text
    stranger = factories.Browser(app, house.supervisor)
    stranger.post("/confirm", password=factories.PASSWORD)
    assert stranger.post(f"/people/{number}/ways/{paths[0]}").status_code == 404
    for path in paths:
        assert browser.post(f"/people/{number}/ways/{path}").status_code == 303, path
    assert "Nothing: no session" in browser.get(f"/people/{number}").text
    assert browser.post(f"/people/{number}/ways/{paths[0]}").status_code == 404, "gone"
    for model in (CalendarFeed, Passkey):
        assert not db.session.execute(select(model).where(model.user_id == number)).first(), model
    assert not db.session.execute(select(SignedIn).where(SignedIn.user_id == number)).first()
    assert db.session.execute(select(ApiToken)).scalar_one().revoked_at
    kinds = ("session", "link", "token", "feed", "passkey", "codes")
    ended = {f"{kind}_ended" for kind in kinds}
    assert ended <= set(db.session.execute(select(AuditRecord.deed)).scalars())
    assert ended <= {row.kind for row in db.session.execute(select(AccessChange)).scalars()}
    mine = select(Message.event).where(Message.user_id == number)
    assert {f"access.{kind}" for kind in ended} <= set(db.session.execute(mine).scalars())


def test_who_was_slowed_down_by_others_is_let_in_again(quick_app: Flask) -> None:
    house = factories.World()
    email, number = house.caseworker.email, house.caseworker.id
    browser = administrator(quick_app, house)
    assert "Unlock" not in browser.get(f"/people/{number}").text
    assert "Nothing keeps" in browser.post(f"/people/{number}/forgive").text
    with quick_app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.9"}):
        for _ in range(8):
            throttle.wrong_try(email)
    assert "Unlock" in browser.get(f"/people/{number}").text
    assert browser.post(f"/people/{number}/forgive").status_code == 303
    assert not throttle.is_slowed(email)
    assert "guesses_forgiven" in db.session.execute(select(AuditRecord.deed)).scalars().all()


def addresses(event: str) -> set[str]:
    """Where the mails of an event go."""
    query = select(Message).where(Message.event == event, Message.channel == "mail")
    return {channels.compose(each)["To"] for each in db.session.execute(query).scalars()}


def the_change() -> AccessChange:
    query = select(AccessChange).order_by(AccessChange.id.desc()).limit(1)
    return db.session.execute(query).scalar_one()


def test_an_administrator_renames_somebody_and_the_trail_keeps_what_it_was(
    quick_app: Flask,
) -> None:
    house = factories.World()
    number, email = house.caseworker.id, house.caseworker.email
    owner = factories.Browser(quick_app, house.caseworker)
    browser = administrator(quick_app, house)
    who = {"name": "Amina Married", "email": email}
    assert browser.post(f"/people/{number}/who", **who).status_code == 303
    assert factories.anew(house.caseworker).name == "Amina Married"
    assert owner.get("/work").status_code == 200, "sessions stay"
    entry = db.session.execute(select(AuditRecord).where(AuditRecord.deed == "name_changed"))
    assert "Caseworker" in entry.scalar_one().subject
    told = select(Message.user_id).where(Message.event == "access.name_changed")
    assert number in db.session.execute(told).scalars().all()
    assert "already" in browser.post(f"/people/{number}/who", **who).text
    db.session.rollback()
    shelter = factories.Browser(quick_app, house.supervisor)
    shelter.post("/confirm", password=factories.PASSWORD)
    assert shelter.post(f"/people/{number}/who", **who).status_code == 404


def test_a_mail_address_changes_with_a_second_person_and_its_owner_can_stop_it(
    app: Flask,
) -> None:
    house = factories.World()
    number, old = house.caseworker.id, house.caseworker.email
    owner = factories.Browser(app, house.caseworker)
    browser = administrator(app, house)
    taken = browser.post(f"/people/{number}/who", name="Caseworker", email=house.far.email)
    assert "Another account has" in taken.text
    who = {"name": "Caseworker", "email": "New@Moved.example.org"}
    assert browser.post(f"/people/{number}/who", **who).status_code == 303
    assert factories.anew(house.caseworker).email == old
    second = browser.post(f"/people/{number}/who", **{**who, "email": "newer@moved.example.org"})
    assert "Another address waits already" in second.text
    browser.post(f"/access-changes/{the_change().id}/approve")
    assert the_change().state == AccessChangeState.ASKED, "never by who asked"
    with factories.acts(house.supervisor) as by:
        access_changes.approve(by=by, asked=the_change())
    assert old in addresses("access.moving"), "its owner hears of it where they still read"
    db.session.rollback()
    with at(now() + timedelta(days=4)):
        access_changes.carry_out_due()
        db.session.commit()
    assert factories.anew(house.caseworker).email == "new@moved.example.org"
    assert addresses("account.moved") == {old}
    assert "new@moved.example.org" in addresses("access.address_changed")
    db.session.rollback()
    assert owner.get("/work").status_code == 200, "sessions stay"
    again = factories.Browser(app)
    again.sign_in("new@moved.example.org", factories.PASSWORD)
    assert again.get("/work").status_code == 200


def test_its_owner_asks_for_another_name_and_address(quick_app: Flask) -> None:
    house = factories.World()
    owner = factories.Browser(quick_app, house.caseworker)
    who = {"name": "Amina Married", "email": "amina@example.org"}
    assert "/confirm" in owner.post("/account/who", **who).location
    owner.post("/confirm", password=factories.PASSWORD)
    assert owner.post("/account/who", **who).status_code == 303
    assert factories.anew(house.caseworker).name == "Caseworker", "somebody else agrees first"
    for asked in db.session.execute(select(AccessChange).order_by(AccessChange.id)).scalars().all():
        with factories.acts(house.supervisor) as by:
            access_changes.approve(by=by, asked=factories.anew(asked))
    kept = factories.anew(house.caseworker)
    assert (kept.name, kept.email) == ("Amina Married", "amina@example.org")
    assert addresses("account.moved") == {"caseworker@example.org"}


def test_an_address_that_somebody_else_took_meanwhile_is_left_to_them(quick_app: Flask) -> None:
    house = factories.World()
    with factories.acts(house.administrator) as by:
        owner = factories.anew(house.caseworker)
        renaming.rename(by=by, user=owner, name=owner.name, email="wanted@example.org")
    with factories.acts(house.supervisor) as by:
        access_changes.approve(by=by, asked=the_change())
    factories.anew(house.far).email = "wanted@example.org"
    db.session.commit()
    with at(now() + timedelta(days=4)):
        access_changes.carry_out_due()
        db.session.commit()
    assert the_change().state == AccessChangeState.LAPSED
    assert factories.anew(house.caseworker).email == "caseworker@example.org"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "This has 5 characters; at least 12 are needed."),
        ("ababababababab", "These are the same few characters again and again."),
        ("my caseworker words", "Your mail address is in it"),
    ],
)
def test_a_refused_password_says_why(quick_app: Flask, password: str, why: str) -> None:
    house = factories.World()
    email = house.caseworker.email.partition("@")[0]
    browser = factories.Browser(quick_app, house.caseworker)
    said = browser.post(
        "/account/password",
        old=factories.PASSWORD,
        current=factories.PASSWORD,
        new=password.replace("caseworker", email),
    )
    assert (said.status_code, why in said.text) == (422, True)


def test_to_prove_who_one_is_saves_nothing_and_says_so(quick_app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(quick_app, house.administrator)
    to_invite = browser.get("/people/invite").location
    next_ = re.search(r"next=([^&]+)", to_invite)
    answer = browser.post("/confirm", password=factories.PASSWORD, next=next_[1] if next_ else "")
    assert answer.status_code == 303
    assert "Saved." not in browser.get("/people/invite").text

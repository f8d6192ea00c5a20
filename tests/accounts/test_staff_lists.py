"""Many people are invited at once from a table, seen before, all or none."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from models.access_changes import AccessChange
from models.base import db
from models.messages import Message
from models.people import User
from tests import factories
from tests.accounts.test_people import administrator
from tests.flows.test_new_installation import said
from web import looking

GOOD = """name;mail;role;organisation;team;until
Amina A;amina@example.org;Caseworker;TUN;A;2030-12-31
Karim K;karim@example.org;programme_manager;HQ;;
"""
BAD = """name,mail,role,organisation,team
Amina A,not an address,caseworker,TUN,A
Karim K,karim@example.org,king,TUN,
Lea L,lea@example.org,caseworker,NOWHERE,
Max M,max@example.org,caseworker,AMEL,
Nia N,nia@example.org,caseworker,TUN,Z
Far F,far@example.org,caseworker,TUN,
Ola O,ola@example.org,caseworker,TUN,
Ola O,OLA@example.org,supervisor,TUN,
"""


def emails() -> set[str]:
    return set(db.session.execute(select(User.email)).scalars())


def test_a_list_is_looked_at_and_then_everybody_gets_one_mail(quick_app: Flask) -> None:
    house = factories.World()
    browser = administrator(quick_app, house)
    assert "/people/list" in browser.get("/people").text
    seen = browser.post("/people/list", rows=GOOD, **{looking.SEEN: ""})
    assert "Amina A" in seen.text
    assert "Invite all of them" in seen.text
    assert "amina@example.org" not in emails(), "nothing is done by looking"
    db.session.rollback()
    assert browser.post("/people/list", rows=GOOD).status_code == 303
    assert {"amina@example.org", "karim@example.org"} <= emails()
    asked = {row.user.email: row for row in db.session.execute(select(AccessChange)).scalars()}
    assert asked["amina@example.org"].state.value == "asked", "as on the page for one"
    assert str(asked["amina@example.org"].ends_on) == "2030-12-31"
    letters = select(Message.user_id).where(Message.event == "account.link")
    assert list(db.session.execute(letters).scalars()) == [asked["karim@example.org"].user_id]


def test_what_is_wrong_is_said_by_line_and_nobody_is_invited(quick_app: Flask) -> None:
    house = factories.World()
    browser = administrator(quick_app, house)
    before = emails()
    db.session.rollback()
    page = browser.post("/people/list", rows=BAD)
    assert page.status_code == 422
    for words in (
        "Line 2: mail: Give one mail address",
        "Line 3: role",
        "Line 4: There is no organisation with the code NOWHERE",
        "Line 5: Nobody has this role in an organisation of this kind",
        "Line 6: The TUN has no team Z",
        "Line 7: There is an account with this address already",
        "Line 9: this address stands in line 8 already",
    ):
        assert words in page.text, words
    assert "Karim K" in page.text, "what was typed is kept"
    assert emails() == before
    db.session.rollback()
    assert "no such column: shoe" in browser.post("/people/list", rows="name,shoe\na,b").text
    assert "There may be: name, mail, role, organisation, team, until." in (
        browser.post("/people/list", rows="name,shoe\na,b").text
    )
    assert "From 1 to 500" in browser.post("/people/list", rows="name,mail").text
    partner = factories.anew(house.partner)
    factories.anew(house.helper).grants[0].role = "administrator"
    db.session.commit()
    code = partner.code
    own = factories.Browser(quick_app, house.helper)
    own.post("/confirm", password=factories.PASSWORD)
    assert "no organisation with the code TUN" in own.post("/people/list", rows=GOOD).text
    mine = f"name,mail,role,organisation\nB,b@example.org,partner_worker,{code}"
    assert own.post("/people/list", rows=mine).status_code == 303


def test_the_same_by_command(quick_app: Flask, tmp_path: Path) -> None:
    factories.World()
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(GOOD, "utf-8")
    bad.write_text(BAD, "utf-8")
    runner = quick_app.test_cli_runner()
    assert "Line 6" in runner.invoke(args=["user", "import", str(bad)]).output
    said = runner.invoke(args=["user", "import", str(good)]).output
    assert "2 people invited; 1 wait" in said


def test_the_second_person_agrees_to_many_with_one_press(quick_app: Flask) -> None:
    house = factories.World()
    browser = administrator(quick_app, house)
    rows = "name,mail,role,organisation\n" + "".join(
        f"N {number},n{number}@example.org,caseworker,TUN\n" for number in range(4)
    )
    assert browser.post("/people/list", rows=rows).status_code == 303
    numbers = [str(row.id) for row in db.session.execute(select(AccessChange)).scalars()]
    db.session.rollback()
    assert browser.post("/access-changes/approve", ticked=numbers).status_code == 404, "not theirs"
    boss = factories.Browser(quick_app, house.supervisor)
    assert boss.get("/access-changes").text.count('name="ticked"') == 4
    assert "/confirm" in boss.post("/access-changes/approve", ticked=numbers[:3]).location
    boss.post("/confirm", password=factories.PASSWORD)
    assert "Tick at least one" in boss.post("/access-changes/approve").text
    assert boss.post("/access-changes/approve", ticked=numbers[:3]).status_code == 303
    states = [row.state.value for row in db.session.execute(select(AccessChange)).scalars()]
    assert sorted(states) == ["asked", "done", "done", "done"]
    letters = select(Message.id).where(Message.event == "account.link")
    assert len(db.session.execute(letters).all()) == 3


def test_a_day_is_read_as_tables_write_it_and_heads_as_forms_say_them(quick_app: Flask) -> None:
    house = factories.World()
    browser = administrator(quick_app, house)
    words = ("2030-12-31", "31.12.2030", "31/12/2030", "31 December 2030", "31 Dec. 2030")
    rows = "Name;E-mail;Role;Organisation;Until\n" + "".join(
        f"N;n{number}@example.org;Mission staff, country of return;TUN;{day}\n"
        for number, day in enumerate(words)
    )
    assert browser.post("/people/list", rows=rows).status_code == 303
    asked = db.session.execute(select(AccessChange)).scalars().all()
    assert [str(row.ends_on) for row in asked] == ["2030-12-31"] * len(words)
    db.session.rollback()
    wrong = browser.post("/people/list", rows=rows.replace("31.12.2030", "tomorrow"))
    assert "Line 3: until: Give a date as day, month and year." in wrong.text, said(wrong.text)
    page = browser.get("/people/list").text
    assert "<li>Mission staff, country of return" in page, "words with commas stand apart"


def test_who_was_invited_stands_in_people_until_somebody_agreed_and_they_came(
    quick_app: Flask,
) -> None:
    house = factories.World()
    browser = administrator(quick_app, house)
    after = browser.post("/people/list", rows=GOOD)
    page = browser.get(after.location).text
    assert page.count("Invited, waits for approval") == 1, "Amina: a caseworker"
    assert page.count("Invited, waits for the person") == 1, "Karim, whom one may invite"
    for narrowed, there in (({"role": "caseworker"}, True), ({"role": "supervisor"}, False)):
        found = browser.post("/people/search", show="asked", **narrowed).text
        assert ("Amina A" in found) is there
    db.session.rollback()
    asked = db.session.execute(
        select(AccessChange).where(AccessChange.role == "caseworker")
    ).scalar_one()
    path = f"/access-changes/{asked.id}"
    db.session.rollback()
    assert f'href="{path}"' in page, "there is no account to change yet"
    waiting = browser.get(path).text
    assert "To invite somebody" in waiting, "it has not happened"
    assert "Somebody was invited" not in waiting
    assert "A supervisor of the office or a data protection officer agrees" in waiting
    boss = factories.Browser(quick_app, house.supervisor)
    boss.post("/confirm", password=factories.PASSWORD)
    boss.post(f"{path}/approve")
    assert "Somebody was invited" in browser.get(path).text
    assert browser.get("/people?show=invited").text.count("Invited, waits for the person") == 2

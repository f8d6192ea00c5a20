"""What was typed is kept whenever a form cannot go on, and found filled where it stood."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, inspect, select

from casework.casefile import closure
from models import scope
from models.base import db
from models.cases import Event
from models.people import SignedIn
from models.sent import KeptForm, SentForm
from tests import factories
from tests.conftest import Clock
from web import keeping
from web.links import link

SAID = "She was at the bus station, she said: “wait for me” & <nobody> came."


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def token_of(page: Any, action: str) -> str:
    """The token of the form that is sent to ``action``."""
    text = page.get_data(as_text=True)
    found = re.search(
        rf'action="{re.escape(action)}".*?name="form_token" value="([^"]+)"', text, re.S
    )
    assert found, f"no form to {action}"
    return html.unescape(found[1])


class AtContact:
    """A caseworker with the form of a contact open."""

    def __init__(self, app: Flask, house: factories.World) -> None:
        self.case = factories.case(house)
        self.number = self.case.number
        self.browser = factories.Browser(app, house.caseworker)
        self.page = link("casefile.contact", self.number)
        self.action = link("casefile.log_contact", self.number)
        self.token = token_of(self.browser.get(self.page), self.action)

    def send(self, **more: Any) -> Any:
        """Send the form as it stands."""
        words = {"kind": "contact_phone", "note": SAID, "form_token": self.token} | more
        return self.browser.post(self.action, **words)

    def notes(self) -> int:
        """How many contacts the case has."""
        db.session.rollback()
        kinds = db.session.execute(select(Event.kind)).scalars()
        return sum(kind.startswith("contact") for kind in kinds)


@pytest.fixture
def contact(app: Flask, house: factories.World) -> AtContact:
    return AtContact(app, house)


def filled_page(browser: factories.Browser, address: str) -> str:
    answer = browser.get(address, follow_redirects=True)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_a_form_that_met_a_lock_stands_filled_after_unlocking(contact: AtContact) -> None:
    contact.browser.post("/lock")
    stopped = contact.send()
    assert stopped.status_code == 303
    assert "/unlock?next=" in stopped.location
    assert contact.notes() == 0
    opened = contact.browser.post(stopped.location, password=factories.PASSWORD)
    page = filled_page(contact.browser, opened.location)
    assert html.escape(SAID) in page
    assert 'value="contact_phone" checked' in page.replace('=""', "")
    assert contact.send().status_code == 303
    assert contact.notes() == 1
    assert db.session.execute(select(KeptForm)).first() is None, "it went with the deed"


def test_a_form_of_a_session_that_ended_waits_for_the_same_person(
    app: Flask, house: factories.World, contact: AtContact
) -> None:
    db.session.query(SignedIn).delete()
    db.session.commit()
    answer = contact.send()
    assert answer.status_code == 303
    assert "/unfinished/" in answer.location
    sign_in = contact.browser.get(answer.location)
    assert "/sign-in?next=" in sign_in.location
    other = factories.Browser(app, house.colleague)
    assert other.get(answer.location).status_code == 404, "nobody else's"
    contact.browser.sign_in("caseworker@example.org", factories.PASSWORD)
    assert html.escape(SAID) in filled_page(contact.browser, answer.location)


def test_a_deed_that_wanted_a_second_factor_goes_on_after_it(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="All is well.")
    number, action = case.number, link("data_protection.ask_erasure", case)
    browser = factories.Browser(app, house.supervisor)
    page = browser.get(link("data_protection.guard", number))
    token = token_of(page, action)
    stopped = browser.post(action, reason="asked_by_person", form_token=token)
    assert stopped.status_code == 303
    assert "/confirm?next=" in stopped.location
    confirmed = browser.post(stopped.location, password=factories.PASSWORD)
    goes_on = browser.get(confirmed.location).get_data(as_text=True)
    assert "data-at-once" in goes_on
    assert f'action="{action}"' in goes_on
    assert "asked_by_person" in goes_on


def test_what_is_refused_is_kept_too(contact: AtContact, house: factories.World) -> None:
    case = factories.anew(contact.case)
    case.office_id = factories.anew(house.there).id
    case.owner_id = case.team_id = None
    db.session.commit()
    answer = contact.send()
    assert answer.status_code == 404
    found = re.search(r'href="(/unfinished/[^"]+)"', answer.get_data(as_text=True))
    assert found, "the page says where it is kept"
    words = filled_page(contact.browser, found[1])
    assert "What you typed" in words
    assert SAID in html.unescape(words)


def test_typing_is_saved_sealed_and_found_again_on_the_page_and_under_my_work(
    contact: AtContact,
) -> None:
    saved = contact.browser.post(
        "/unfinished",
        form_action=contact.action,
        form_token=contact.token,
        note=SAID,
        form_title="New contact",
    )
    assert saved.status_code == 204
    row = db.session.execute(select(KeptForm)).scalar_one()
    assert SAID.encode() not in row.content
    assert contact.number.encode() not in row.page
    again = contact.browser.get(contact.page).get_data(as_text=True)
    assert "Not finished: New contact" in again
    listed = contact.browser.get("/work").get_data(as_text=True)
    assert "New contact" in listed
    assert contact.number in listed
    assert html.escape(SAID) in filled_page(contact.browser, link("unfinished.take_up", row.key))
    dropped = contact.browser.post(link("unfinished.drop", row.key), asked_and_sure="yes")
    assert dropped.status_code == 303
    db.session.rollback()
    assert db.session.execute(select(KeptForm)).first() is None


def test_a_form_that_is_sent_to_its_own_page_is_filled_there(
    app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(app, house.caseworker)
    page = link("sections.account_form", factories.case(house).number)
    token = token_of(browser.get(page), "")
    kept = {"form_action": page, "form_token": token, "account": SAID}
    assert browser.post("/unfinished", **kept).status_code == 204
    key = db.session.execute(select(KeptForm.key)).scalar_one()
    again = filled_page(browser, link("unfinished.take_up", key))
    assert "data-kept" in again, "the form itself, not its words alone"
    assert re.search(rf"<textarea[^>]*>\s*{re.escape(html.escape(SAID))}</textarea>", again)


def test_a_draft_belongs_to_its_author_and_to_a_form_of_ours(
    app: Flask, house: factories.World, contact: AtContact
) -> None:
    other = factories.Browser(app, house.colleague)
    for changes in (
        {"form_token": contact.token},  # of somebody else
        {"form_token": contact.token[:-1] + "x"},
        {"form_action": "/nowhere"},
    ):
        sent = {"form_action": contact.action, "note": SAID} | changes
        assert other.post("/unfinished", **sent).status_code in {403, 409}
    assert db.session.execute(select(KeptForm)).first() is None


def test_it_goes_after_seven_days(contact: AtContact, clock: Clock) -> None:
    contact.browser.post(
        "/unfinished", form_action=contact.action, form_token=contact.token, note="x"
    )
    row = db.session.execute(select(KeptForm)).scalar_one()
    db.session.rollback()
    clock.set(row.expires_at - timedelta(seconds=1))
    keeping.forget_old()
    assert db.session.execute(select(KeptForm)).first()
    clock.forward(seconds=1)
    keeping.forget_old()
    assert db.session.execute(select(KeptForm)).first() is None


def test_words_are_kept_whatever_their_field_is_called_and_proofs_never(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number, browser = case.number, factories.Browser(app, house.health)
    page = link("records.medical_new_record", number, kind="condition")
    action = link("records.medical_add_record", number, kind="condition")
    token = token_of(browser.get(page), "")
    sent = {"code": "F43.1", "answer": "x", "form_action": action, "form_token": token}
    assert browser.post("/unfinished", **sent).status_code == 204
    row = db.session.execute(select(KeptForm)).scalar_one()
    assert 'value="F43.1"' in filled_page(browser, link("unfinished.take_up", row.key))
    db.session.delete(row)
    db.session.commit()
    action = link("accounts_security.second_password")
    token = token_of(browser.get(link("accounts_security.index")), action)
    browser.post("/lock")
    browser.post(action, current="my own secret", second="the other one", form_token=token)
    assert db.session.execute(select(KeptForm)).first() is None


def test_it_goes_with_the_case_it_is_about(contact: AtContact) -> None:
    browser, number = contact.browser, contact.number
    late = {"form_action": contact.action, "form_token": contact.token}
    contact.send()
    assert browser.post("/unfinished", note="late", **late).status_code == 204
    assert db.session.execute(select(KeptForm)).first() is None, "it was done"
    token = token_of(browser.get(contact.page), contact.action)
    browser.post("/unfinished", form_action=contact.action, form_token=token, note="y")
    assert db.session.execute(select(KeptForm)).first()
    assert db.session.execute(select(SentForm)).first()
    db.session.rollback()
    keeping.forget_about(["SC-AAAAAAAA"])
    assert db.session.execute(select(KeptForm)).first(), "another case's stays"
    keeping.forget_about([number])
    assert db.session.execute(select(KeptForm)).first() is None
    assert db.session.execute(select(SentForm)).first() is None


def test_passwords_are_never_kept(app: Flask, house: factories.World) -> None:
    browser = factories.Browser(app, house.caseworker)
    token = token_of(browser.get("/account"), "/account/password")
    browser.post("/lock")
    browser.post("/account/password", current="old secret", new="new secret", form_token=token)
    assert db.session.execute(select(KeptForm)).first() is None


def test_scripts_are_told_why_and_never_sent_a_page(contact: AtContact) -> None:
    by_script = {"X-Requested-With": "fetch"}
    contact.browser.post("/lock")
    answer = contact.browser.client.post(
        "/unfinished", data={"csrf_token": contact.browser.token, "note": "x"}, headers=by_script
    )
    assert answer.status_code == 423
    assert answer.json == {"why": "locked"}
    answer = contact.browser.client.post("/unfinished", data={"note": "x"}, headers=by_script)
    assert answer.status_code == 401
    assert answer.json == {"why": "ended"}


def test_every_form_carries_a_token(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(app, house.caseworker)
    for page in (
        "/work",
        "/account",
        link("casefile.show", number),
        link("casefile.contact", number),
    ):
        text = browser.get(page).get_data(as_text=True)
        assert text.count('method="post"') == text.count('name="form_token"') > 0, page


def test_what_was_kept_while_its_form_was_on_the_way_is_not_unfinished(
    contact: AtContact, house: factories.World
) -> None:
    """The draft may reach the database after the deed did, where the two are not one by one."""
    draft = {"note": SAID, "form_token": contact.token, "form_action": contact.action}
    assert contact.browser.post(link("unfinished.keep"), **draft).status_code == 204
    with scope.opened("kept"):
        row = db.session.query(KeptForm).one()
        late = {column.key: getattr(row, column.key) for column in inspect(KeptForm).columns}
        db.session.rollback()
    assert SAID[:20] in html.unescape(contact.browser.get("/unfinished").text)
    assert contact.send().status_code == 303
    with scope.opened("kept", who=f"author/{house.caseworker.id}"):
        db.session.execute(insert(KeptForm).values(**late))
        db.session.commit()
    assert SAID[:20] not in html.unescape(contact.browser.get("/unfinished").text)


def unseen_of_needs(page: str) -> dict[str, str]:
    """What the form that asks about needs sends unseen."""
    (form,) = (
        each for each in re.findall(r"<form.*?</form>", page, re.S) if 'name="needs"' in each
    )
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}


def test_a_conflict_that_is_left_is_asked_about_again(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    action = link("sections.change_needs", number)
    page = link("sections.needs_form", number)
    nadia, leila = (factories.Browser(app, each) for each in (house.caseworker, house.colleague))
    form = nadia.get(page)
    opened = re.search(r'name="revision" value="(\d+)"', form.text)
    assert opened
    said = {"risk": "high", "revision": opened[1]}
    assert leila.post(action, needs="Of Leila.", **said).status_code == 303
    token = unseen_of_needs(form.text)["form_token"]
    asked = nadia.post(action, needs="Of Nadia.", form_token=token, **said)
    shown = nadia.get(asked.headers["Location"]) if asked.status_code == 303 else asked
    assert "Both of you changed this" in shown.text
    assert number in shown.text, "whose it is"
    assert f'href="{page}"' in shown.text, "a way out"
    kept_already = html.unescape(nadia.get("/unfinished").text)
    assert "Of Nadia." in kept_already
    assert "Somebody else saved meanwhile" in kept_already
    hidden = unseen_of_needs(shown.text)
    assert hidden["form_token"] == token, "one form with what was sent"
    typed = {**hidden, "needs": "Of Nadia, longer.", "form_action": action}
    assert nadia.post(link("unfinished.keep"), **typed).status_code == 204
    (kept,) = re.findall(r'href="(/unfinished/[0-9a-f]+)"', nadia.get("/unfinished").text)[:1]
    again = nadia.get(kept, follow_redirects=True).text
    assert "Of Nadia, longer." in again
    taken_up = unseen_of_needs(again)
    assert taken_up["revision"] == opened[1]
    second = nadia.post(
        action,
        needs="Of Nadia, longer.",
        risk="high",
        revision=opened[1],
        form_token=taken_up["form_token"],
    )
    assert second.status_code in {303, 409}
    shown = nadia.get(second.headers["Location"]) if second.status_code == 303 else second
    assert "Of Leila." in shown.text
    last = unseen_of_needs(shown.text)
    assert nadia.post(action, **{**last, "needs": "Of both."}).status_code == 303
    assert "Of Nadia" not in nadia.get("/unfinished").text, "it goes with the deed"


def test_what_was_changed_after_it_was_sent_can_be_sent_as_one_more(contact: AtContact) -> None:
    assert contact.send().status_code == 303
    again = contact.send(note="Said otherwise on a bad line.")
    assert again.status_code == 409
    assert contact.notes() == 1
    found = re.search(r'href="(/unfinished/[^"]+)"', again.text)
    assert found
    page = contact.browser.get(found[1], follow_redirects=True)
    assert "Said otherwise on a bad line." in page.text
    assert "one more beside the first" in page.text
    contact.token = token_of(page, contact.action)
    assert contact.send(note="Said otherwise on a bad line.").status_code == 303, "and goes"
    assert contact.notes() == 2
    assert db.session.execute(select(KeptForm)).first() is None, "nothing waits as not sent"


def test_a_lock_that_was_opened_after_a_reload_leads_to_the_filled_form(
    contact: AtContact,
) -> None:
    sent = {"form_action": contact.action, "form_token": contact.token, "note": SAID}
    contact.browser.post("/unfinished", **sent)
    contact.browser.post("/lock")
    locked = contact.browser.get(contact.page)
    opened = contact.browser.post(locked.location, password=factories.PASSWORD)
    page = filled_page(contact.browser, opened.location)
    assert html.escape(SAID) in page
    assert "data-told" not in page, "nothing was saved by it"

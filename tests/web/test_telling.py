"""After a deed its words, once; before what cannot be taken back a question."""

import re

import pytest
from flask import Flask

from standards.deeds import ASKS, SAID
from tests import factories
from tests.web.test_keeping import token_of
from web.guard import ROUTES
from web.links import link

# Deeds of which *Saved.* is the right word, and those that answer by a page, a file or a script.
SAVED = frozenset(
    [
        "accounts.ask_rename",
        "accounts.keep_second_factor",
        "accounts.notices",
        "accounts.password",
        "accounts.settings",
        "accounts_people.find",
        "accounts_people.give_role",
        "accounts_people.invite_staff",
        "accounts_people.new_link",
        "accounts_people.rename",
        "accounts_people.reset_factor",
        "accounts_people.send_invitation",
        "accounts_security.add_passkey",
        "accounts_security.challenge",
        "accounts_security.choose_first_password",
        "accounts_security.lock",
        "accounts_security.make_ending_link",
        "accounts_security.make_token",
        "accounts_security.passkey_options",
        "accounts_security.recovery_codes",
        "accounts_security.second_password",
        "avrr.begin",
        "avrr.declaration",
        "avrr.journey",
        "avrr.step",
        "avrr.transit",
        "callers.find",
        "casefile.keep",
        "casefile.review_vital_interest",
        "casefile.search",
        "casefile.with_names",
        "data_protection.review",
        "exports.save",
        "files.add",
        "files.begin",
        "files.part",
        "files.say",
        "incoming.elsewhere",
        "letters.consent_form",
        "letters.copy",
        "letters.letter",
        "letters.many",
        "letters.preview",
        "letters.summary",
        "letters.told",
        "movements.change",
        "movements.fill",
        "movements.no_show",
        "movements.plan",
        "movements.seat",
        "organisations.change",
        "organisations.decide",
        "organisations.join_team",
        "organisations.leave_team",
        "organisations.make",
        "organisations.make_team",
        "organisations.rename_team",
        "partners.keep_places",
        "partners.keep_webhook",
        "partners.rotate_webhook",
        "persons.elsewhere",
        "persons.judge",
        "records.begin_plan",
        "records.care_add_record",
        "records.care_change_record",
        "records.care_find",
        "records.care_remove_record",
        "records.care_restore_record",
        "records.identity_add_record",
        "records.identity_change_record",
        "records.identity_find",
        "records.identity_remove_record",
        "records.identity_restore_record",
        "records.legal_add_record",
        "records.legal_change_record",
        "records.legal_find",
        "records.legal_remove_record",
        "records.legal_restore_record",
        "records.medical_add_record",
        "records.medical_change_record",
        "records.medical_find",
        "records.medical_remove_record",
        "records.medical_restore_record",
        "records.protection_add_record",
        "records.protection_change_record",
        "records.protection_find",
        "records.protection_remove_record",
        "records.protection_restore_record",
        "records.take_back_plan",
        "referral.feedback",
        "referral.letter",
        "referral.link",
        "registrations.autosave",
        "registrations.duplicates",
        "registrations.elsewhere",
        "reintegration.ask_again",
        "reintegration.decide",
        "reintegration.plan",
        "reintegration.take_survey",
        "requests.answer",
        "requests.extend",
        "requests.letter",
        "requests.receive",
        "reviews.review_list",
        "sections.change_account",
        "sections.change_identity",
        "sections.change_legal",
        "sections.change_medical",
        "sections.change_needs",
        "sections.screen",
        "shelter.add_facility",
        "shelter.add_note",
        "shelter.add_room",
        "shelter.change_facility",
        "shelter.extend",
        "shelter.hand_out",
        "shelter.place",
        "shelter.rename_part",
        "shelter.renew_card",
        "shelter.scan",
        "shelter.tell",
        "shelter.with_names",
        "team.assign_many",
        "team.flag",
        "team.hand_over",
        "team.make_feed",
        "unfinished.keep",
    ]
)


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def test_each_sentence_belongs_to_a_deed() -> None:
    deeds = {route.endpoint for route in ROUTES.values() if route.method == "POST"}
    assert set(SAID) | set(ASKS) <= deeds


def test_nothing_is_called_saved_that_saves_nothing() -> None:
    deeds = {each.endpoint for each in ROUTES.values() if each.method == "POST" and not each.api}
    by_itself = {"casefile.log_contact"}
    undecided = {each for each in deeds if ROUTES[each].permission} - set(SAID) - SAVED - by_itself
    assert not undecided, "say in standards.deeds what is told after it"
    assert deeds - set(SAID) >= SAVED


def test_a_deed_is_told_once_and_a_ticked_task_can_be_taken_back(
    app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    page = link("casefile.show", number)
    browser.post(link("casefile.add_task", number), kind="call", due_on="2030-01-01")
    told = browser.get(page).get_data(as_text=True)
    assert "data-told" in told
    assert "Task set." in told
    assert "data-told" not in browser.get(page).get_data(as_text=True)
    done = browser.get(page).get_data(as_text=True).split("/done")[0].rsplit('"', 1)[1] + "/done"
    browser.post(done)
    told = browser.get(page).get_data(as_text=True)
    undo = done.replace("/done", "/reopen")
    assert "Task done" in told
    assert f'action="{undo}"' in told
    assert f'action="{done}"' not in told
    browser.post(undo)
    again = browser.get(page).get_data(as_text=True)
    assert "The task is open again." in again
    assert f'action="{done}"' in again


def test_what_cannot_be_taken_back_is_asked_about_first(app: Flask, house: factories.World) -> None:
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    form_page = link("casefile.consent", number)
    action = link("casefile.withdraw_consent", number)
    token = token_of(browser.get(form_page), action)
    form = {"purpose": "sharing", "form_token": token, "csrf_token": browser.token}
    asked = browser.client.post(action, data=form)
    assert asked.location.startswith("/shown/"), "one can go back to the question"
    text = browser.get(asked.location).get_data(as_text=True)
    assert f'action="{action}"' in text
    assert "Everything that leans on this consent" in text
    assert f'href="{form_page}"' in text, "no leads back to where one was"
    assert re.search(r"<dt>Purpose</dt>\s*<dd><bdi>(?!sharing)", text), "in words, not in codes"
    page = browser.get(link("data_protection.guard", number)).get_data(as_text=True)
    assert page
    done = browser.client.post(action, data=form | {"asked_and_sure": "yes"})
    assert done.status_code == 303
    told = browser.get(done.location).get_data(as_text=True)
    assert "Withdrawn." in told
    back = browser.get(asked.location)
    assert back.location == done.location, "gone back to, the question leads to what became of it"
    assert "done already" in browser.get(back.location).get_data(as_text=True)

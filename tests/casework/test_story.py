"""What was said is found again, in full, whatever happened since."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.casefile import contacts
from casework.core import timeline
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, today
from models.cases import Event, Task
from models.records import Record
from models.rules import RuleBroken
from tests import factories
from web.errors import StaleEdit
from web.links import link

FIRST = "The very first call."


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def log(house: factories.World, case: Any, **given: Any) -> str:
    whole = {"kind": "contact_phone", "note": FIRST, **given}
    with factories.acts(house.caseworker) as by:
        return contacts.log(by=by, case=factories.anew(case), given=whole).key


def kept(key: str) -> Record:
    return db.session.execute(select(Record).where(Record.key == key)).unique().scalar_one()


def test_n24_the_first_contact_is_read_after_a_hundred_entries(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number = case.number
    log(house, case)
    with factories.acts(house.caseworker) as by:
        for _turn in range(100):
            timeline.add(by=by, case=factories.anew(case), kind="assigned")
    browser = factories.Browser(app, house.caseworker)
    assert FIRST not in browser.get(link("casefile.show", number)).text
    all_contacts = browser.get(link("records.protection_read", number, kind="contact")).text
    assert FIRST in all_contacts
    assert "1 entry" in all_contacts
    last = browser.get(link("casefile.happened", number, at=3)).text
    assert FIRST in last
    assert "page 3 of 3" in last
    assert browser.get(link("casefile.happened", number, at=4)).status_code == 404
    assert FIRST in browser.get(link("casefile.happened", number, order="oldest")).text
    health = factories.Browser(app, house.health)
    assert FIRST not in health.get(link("casefile.happened", number)).text
    assert health.get(link("records.protection_read", number)).status_code == 404


def test_n24_a_contact_has_its_own_day_and_is_put_right_with_what_stood_before(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number = case.number
    yesterday = today() - timedelta(days=1)
    key = log(house, case, on=yesterday, at="07:45", spoke="Amira", next_on=today())
    browser = factories.Browser(app, house.colleague)
    page = browser.get(link("records.protection_record", number, key)).text
    assert "07:45" in page
    assert "Amira" in page
    opened = kept(key).revision
    with factories.acts(house.caseworker) as by:
        given = {"kind": "contact_phone", "on": yesterday, "at": "08:00", "note": FIRST}
        changes.change(by=by, record=kept(key), given={**given, "revision": opened})
    sent = {"kind": "contact_phone", "on": str(yesterday), "at": "07:45", "revision": str(opened)}
    action = link("records.protection_change_record", number, key)
    words = "The first call, put right."
    answer = browser.post(action, record_kind="contact", note=words, **sent)
    assert answer.status_code == 303, answer.text
    page = browser.get(link("records.protection_record", number, key)).text
    assert words in page
    assert "08:00" in page, "what another changed meanwhile stays"
    assert FIRST in page, "what stood before stands in the history"
    with factories.acts(house.caseworker) as by, pytest.raises(StaleEdit):
        other = {**given, "note": "A third account.", "revision": opened}
        changes.change(by=by, record=kept(key), given=other)
    assert browser.post(link("records.protection_remove_record", number, key)).status_code == 303
    told = browser.get(link("records.protection_record", number, key)).text
    assert link("records.protection_restore_record", number, key) in told
    overview = browser.get(link("casefile.show", number)).text
    assert words not in overview
    assert "was removed" in overview
    browser.post(link("records.protection_restore_record", number, key))
    assert words in browser.get(link("casefile.show", number)).text


def test_the_persons_rule_is_asked_for_the_time_of_the_contact(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    rule = {"after": "09:00", "before": "17:00"}
    with factories.acts(house.caseworker) as by:
        changes.add(by=by, case=factories.anew(case), kind=KINDS["safe_contact"], given=rule)
    on = today() - timedelta(days=1)
    key = log(house, case, on=on, at="10:00")
    log(house, case, on=on)
    for wrong in ({"on": on, "at": "20:00"}, {"on": today() + timedelta(days=1), "at": "10:00"}):
        with pytest.raises(RuleBroken):
            log(house, case, **wrong)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        moved = {"kind": "contact_phone", "on": on, "at": "20:00", "note": FIRST}
        changes.change(by=by, record=kept(key), given=moved)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        changes.add(by=by, case=factories.anew(case), kind=contacts.KIND, given=moved)
    log(house, case, on=on, at="20:00", all_the_same="A fire in the house.")
    assert len(factories.of_kind(Event, "contact_forced")) == 1


def test_contacts_of_a_version_before_are_read_and_put_right(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number = case.number
    with factories.acts(house.colleague) as by:
        old = factories.anew(case)
        event = timeline.add(by=by, case=old, kind="contact_visit", note="She came with her son.")
        timeline.add(by=by, case=old, kind="contact_phone", note="She called.")
        event_id, at = event.id, event.at
    browser = factories.Browser(app, house.caseworker)
    read = link("records.protection_read", number, kind="contact")
    page = browser.get(read).text
    assert "She came with her son." in page
    assert "Colleague" in page
    correct = link("casefile.correct_contact", number, event_id=event_id)
    answer = browser.post(correct)
    assert answer.status_code == 303
    assert "She came with her son." in browser.get(answer.location).text
    records = db.session.execute(select(Record).order_by(Record.id)).unique().scalars().all()
    assert [record.made_by.name for record in records] == ["Colleague", "Colleague"]
    assert records[0].made_at == at
    page = browser.get(read).text
    assert page.count("She called.") == 1
    assert "She called." in browser.get(link("casefile.show", number)).text
    assert browser.post(correct).status_code == 404


def test_n25_notes_and_contacts_are_read_one_after_another_and_a_word_is_found(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number = case.number
    log(house, case, on=today() - timedelta(days=40), at="09:00", note="Elle était à Sfax.")
    with factories.acts(house.caseworker) as by:
        for turn in range(30):
            note = {"words": f"Note {turn:02}."}
            changes.add(by=by, case=factories.anew(case), kind=KINDS["note"], given=note)
    browser = factories.Browser(app, house.caseworker)
    page = browser.get(link("records.protection_read", number)).text
    assert "31 entries" in page
    assert page.index("Note 29.") < page.index("Note 28.")
    assert "Note 04." not in page
    assert "Note 04." in browser.get(link("records.protection_read", number, after=25)).text
    oldest = browser.get(link("records.protection_read", number, order="oldest")).text
    assert oldest.index("Elle était") < oldest.index("Note 00.")
    notes = browser.get(link("records.protection_read", number, kind="note")).text
    assert "30 entries" in notes
    action = link("records.protection_find", number)
    found = browser.post(action, words="ETAIT sfax").text
    assert "Elle était" in found
    assert "1 entry" in found
    assert "Note 0" not in found
    many = browser.post(action, words="note", after="25").text
    assert "26 to 30 of 30" in many
    assert 'name="words" value="note"' in many, "the word goes on to the next page"
    trail = browser.get(link("trail.of_case", number)).text
    assert "Looked for a word" in trail
    assert "sfax" not in trail.casefold()
    for address in (
        link("records.protection_read", number, after="x"),
        link("records.protection_read", number, kind="condition"),
        link("records.medical_read", number),
    ):
        assert browser.get(address).status_code == 404, address


def test_whom_nobody_reached_is_still_to_be_called(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    day = today() + timedelta(days=3)
    agreed = log(house, case, reached="person", next_on=day)

    def waiting() -> list[Any]:
        query = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
        return [task for task in db.session.execute(query).scalars() if task.kind == "call"]

    for left_so in ({"reached": "nobody"}, {"reached": "another"}, {}):
        log(house, case, **left_so)
        assert [(task.record_key, task.due_on) for task in waiting()] == [(agreed, day)], left_so
    another = log(house, case, reached="nobody", next_on=day + timedelta(days=1))
    assert [task.record_key for task in waiting()] == [another]
    log(house, case, reached="person")
    assert waiting() == []
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as wrong:
        given = {"kind": "contact_phone", "note": "x", "next_on": today() - timedelta(days=1)}
        contacts.log(by=by, case=factories.anew(case), given=given)
    assert wrong.value.field == "next_on"


def test_the_timeline_says_who_changed_the_words_that_stand_there(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    key = log(house, case)
    page = link("casefile.show", case.number)
    browser = factories.Browser(app, house.caseworker)
    before = browser.get(page).text
    with factories.acts(house.colleague) as by:
        record = kept(key)
        words = {"kind": "contact_phone", "note": "Put right.", "revision": record.revision}
        changes.change(by=by, record=record, given=words)
    after = browser.get(page).text
    assert FIRST in before
    assert "Last change" not in before
    assert "Put right." in after
    assert re.search(r"Last change [^<]+, Colleague", after)

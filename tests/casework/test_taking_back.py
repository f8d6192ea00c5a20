"""What was taken away by mistake is put back by one press, as it stood."""

import html
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from casework.core import tasks
from casework.people import families
from casework.records import changes
from models.base import db, now, today
from models.cases import Case
from models.extra_fields import ExtraField
from models.records import Member, Record
from models.returns import ReturnWarning
from models.states import ExtraFieldState, RecordState
from models.taking_back import mark
from models.work import Flag, SavedFilter
from organisations import code_lists, extra_fields, letters
from standards.deeds import ASKS, SAID, UNDONE_BY
from tests import factories
from tests.avrr.test_reintegration import arrived
from tests.casework.test_shelter import house_of
from tests.organisations.test_extra_fields import in_force
from web.guard import ROUTES
from web.links import link


@pytest.fixture
def house(quick_app: Flask) -> factories.World:
    return factories.World()


def undo(browser: factories.Browser, answer: Any) -> Any:
    """Press *Undo* on the page that follows a deed."""
    address, sent = way_back(browser, answer)
    return browser.post(address, **sent)


def way_back(browser: factories.Browser, answer: Any) -> tuple[str, dict[str, str]]:
    """Where the *Undo* on the page that follows a deed is sent, and what with it."""
    page = browser.get(answer.location).text
    told = re.search(r"data-told>.*?<form[^>]*action=\"([^\"]+)\"(.*?)</form>", page, re.S)
    assert told, "there is a way back"
    pairs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', told[2])
    sent = {name: html.unescape(value) for name, value in pairs if name != "csrf_token"}
    return html.unescape(told[1]), sent


def relations(house: factories.World) -> dict[str, str]:
    """Who is what in the households there are, by case number."""
    db.session.rollback()
    with factories.acts(house.caseworker):
        rows = db.session.execute(select(Member)).unique().scalars()
        return {row.case.number: row.about["relation"] for row in rows}


def test_a_mark_is_the_same_in_whatever_zone_a_database_gives_a_moment_back() -> None:
    kept = now()
    assert mark(kept) == mark(kept.astimezone(ZoneInfo("UTC")))
    assert mark(kept) == mark(kept.astimezone(ZoneInfo("Africa/Tunis")))
    assert mark(kept) != mark(kept + timedelta(seconds=1))


@pytest.mark.parametrize("leaver", [0, 1, 2])
@pytest.mark.parametrize("size", [2, 3])
def test_a_person_taken_out_of_a_family_is_back_as_what_they_were(
    quick_app: Flask, house: factories.World, size: int, leaver: int
) -> None:
    cases = [factories.case(house) for _ in range(size)]
    with factories.acts(house.caseworker) as by:
        for other in cases[1:]:
            families.join(by=by, case=cases[0], other=other, relation="child")
    before = relations(house)
    number = cases[leaver % size].number
    browser = factories.Browser(quick_app, house.caseworker)
    left = browser.post(link("families.leave", number))
    assert number not in relations(house)
    assert undo(browser, left).status_code == 303
    assert relations(house) == before


def test_a_family_that_may_not_be_changed_offers_no_way_back(
    quick_app: Flask, house: factories.World
) -> None:
    here, there = factories.case(house), factories.case(house)
    with factories.acts(house.caseworker) as by:
        families.join(by=by, case=here, other=there, relation="child")
    with factories.acts(house.caseworker):
        moved: Case = factories.anew(there)
        moved.owner_id = moved.team_id = None
        moved.office_id = factories.anew(house.there).id
    browser = factories.Browser(quick_app, house.caseworker)
    left = browser.post(link("families.leave", here.number))
    page = browser.get(left.location).text
    assert "No longer in this family." in page
    assert "family/back" not in page


def test_a_case_taken_off_what_one_keeps_an_eye_on_is_back(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post(link("team.flag", number))
    off = browser.post(link("team.flag", number))
    assert db.session.execute(select(Flag)).first() is None
    undo(browser, off)
    db.session.rollback()
    assert db.session.execute(select(Flag)).first() is not None


def test_a_filter_that_was_removed_is_back_with_what_it_asks(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/filters", name="Mine & high", query="risk=high")
    kept = db.session.execute(select(SavedFilter)).scalar_one()
    gone = browser.post(link("team.remove_filter", kept.id))
    db.session.rollback()
    assert db.session.execute(select(SavedFilter)).first() is None
    undo(browser, gone)
    db.session.rollback()
    back = db.session.execute(select(SavedFilter)).scalar_one()
    assert (back.name, back.query) == ("Mine & high", "risk=high")


def refused(answer: Any) -> None:
    assert answer.status_code in (409, 422)
    assert "changed since, so nothing was taken back" in answer.text


def test_a_person_taken_out_of_a_family_does_not_join_another_one(
    quick_app: Flask, house: factories.World
) -> None:
    """The one they were with is with others since: nobody said that these belong together."""
    first, second, third = (factories.case(house) for _ in range(3))
    with factories.acts(house.caseworker) as by:
        families.join(by=by, case=first, other=second, relation="child")
    browser = factories.Browser(quick_app, house.caseworker)
    left = browser.post(link("families.leave", second.number))
    address, sent = way_back(browser, left)
    with factories.acts(house.caseworker) as by:
        here, other = factories.anew(first), factories.anew(third)
        families.join(by=by, case=here, other=other, relation="partner")
    before = relations(house)
    refused(browser.post(address, **sent))
    assert relations(house) == before
    assert second.number not in before


@pytest.mark.parametrize("comes", [True, False])
def test_a_family_that_others_came_to_or_left_is_not_gone_back_to_unseen(
    quick_app: Flask, house: factories.World, *, comes: bool
) -> None:
    cases = [factories.case(house) for _ in range(5)]
    with factories.acts(house.caseworker) as by:
        for other in cases[1:4]:
            families.join(by=by, case=cases[0], other=other, relation="child")
    browser = factories.Browser(quick_app, house.caseworker)
    left = browser.post(link("families.leave", cases[1].number))
    address, sent = way_back(browser, left)
    with factories.acts(house.caseworker) as by:
        if comes:
            here, other = factories.anew(cases[0]), factories.anew(cases[4])
            families.join(by=by, case=here, other=other, relation="child")
        else:
            families.leave(by=by, case=factories.anew(cases[3]))
    refused(browser.post(address, **sent))
    assert cases[1].number not in relations(house)


def test_a_filter_made_since_under_the_same_name_is_not_written_over(
    quick_app: Flask, house: factories.World
) -> None:
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post("/filters", name="Mine", query="risk=high")
    kept = db.session.execute(select(SavedFilter)).scalar_one()
    gone = browser.post(link("team.remove_filter", kept.id))
    address, sent = way_back(browser, gone)
    browser.post("/filters", name="Mine", query="risk=low")
    refused(browser.post(address, **sent))
    db.session.rollback()
    assert db.session.execute(select(SavedFilter)).scalar_one().query == "risk=low"


def test_an_eye_is_not_taken_off_a_case_by_a_way_back_that_is_late(
    quick_app: Flask, house: factories.World
) -> None:
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    browser.post(link("team.flag", number))
    address, sent = way_back(browser, browser.post(link("team.flag", number)))
    browser.post(link("team.flag", number))
    refused(browser.post(address, **sent))
    assert db.session.execute(select(Flag)).first() is not None


def test_a_contact_that_a_colleague_wrote_on_is_not_taken_back(
    quick_app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    given = {"kind": "contact_phone", "note": "She called."}
    address, sent = way_back(browser, browser.post(link("casefile.log_contact", case), **given))
    with factories.acts(house.caseworker) as by:
        record = db.session.execute(select(Record)).scalar_one()
        written = {"kind": "contact_phone", "note": "She called, and comes on Monday."}
        changes.change(by=by, record=record, given=written)
    refused(browser.post(address, **sent))
    db.session.rollback()
    assert db.session.execute(select(Record)).scalar_one().state != RecordState.REMOVED


def test_a_task_that_was_ticked_anew_since_stays_done(
    quick_app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        task = tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today())
    browser = factories.Browser(quick_app, house.caseworker)
    done = browser.post(link("casefile.finish_task", case, task_id=task.id))
    address, sent = way_back(browser, done)
    with factories.acts(house.caseworker) as by:
        tasks.reopen(by=by, task=factories.anew(task))
        tasks.finish(by=by, task=factories.anew(task))
    refused(browser.post(address, **sent))
    assert factories.anew(task).done_at is not None


NOT_REACHED = {"since": "2026-01-01", "count": 3, "ways": 2}


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("kind", ["house", "room", "bed"])
def test_a_house_is_opened_again_only_while_it_is_closed_as_it_was(
    quick_app: Flask, house: factories.World, kind: str
) -> None:
    bed = house_of(house, beds=1)[0]
    part = {"house": bed.room.facility, "room": bed.room, "bed": bed}[kind]
    key, where = bed.room.facility.key, {"house": "", "room": f"/rooms/{bed.room_id}"}
    address = f"/shelter/{key}{where.get(kind, f'/beds/{bed.id}')}/close"
    db.session.rollback()
    mine, other = (factories.Browser(quick_app, house.supervisor) for _ in range(2))
    late = way_back(mine, mine.post(address, closed_from=in_days(5)))
    moved = other.post(address, closed_from=in_days(30))
    refused(mine.post(late[0], **late[1]))
    assert factories.anew(part).closed_from == today() + timedelta(days=30)
    assert undo(other, moved).status_code == 303
    assert factories.anew(part).closed_from == today() + timedelta(days=5), "the day before is back"
    assert mine.post(late[0], **late[1]).status_code == 303
    assert factories.anew(part).closed_from is None


def test_a_house_that_was_closed_long_ago_is_closed_as_before(
    quick_app: Flask, house: factories.World
) -> None:
    facility = house_of(house, beds=1)[0].room.facility
    address = f"/shelter/{facility.key}/close"
    facility.closed_from = today() - timedelta(days=9)
    db.session.commit()
    browser = factories.Browser(quick_app, house.supervisor)
    assert undo(browser, browser.post(address, closed_from=in_days(9))).status_code == 303
    assert factories.anew(facility).closed_from == today() - timedelta(days=9)


def test_an_entry_of_a_list_that_was_ended_anew_since_stays_ended(
    quick_app: Flask, house: factories.World
) -> None:
    with factories.acts(house.administrator) as by:
        given = {"counted_as": "needs/safety", "label_en": "Safe from the village"}
        entry = code_lists.add(by=by, place=factories.anew(house.here), given=given)
    mine, other = (factories.Browser(quick_app, house.administrator) for _ in range(2))
    address = link("code_lists.end", factories.anew(house.here), factories.anew(entry).id)
    late = way_back(mine, mine.post(address))
    twice = other.post(address)
    page = other.get(twice.location).text
    assert "data-told" in page
    assert "as_left" not in page, "it was not their deed"
    other.post(late[0])
    ended = other.post(address)
    refused(mine.post(late[0], **late[1]))
    assert factories.anew(entry).ended
    assert undo(other, ended).status_code == 303
    assert not factories.anew(entry).ended


def test_a_letter_that_was_written_anew_since_is_not_offered_by_a_late_way_back(
    quick_app: Flask, house: factories.World
) -> None:
    said = {"name": "Stay", "language": "en", "title": "Stay", "body": "Words.", "signatory": ""}
    with factories.acts(house.administrator) as by:
        letter = letters.make(by=by, place=factories.anew(house.here), given=said)
    browser = factories.Browser(quick_app, house.administrator)
    address = link("own_letters.end", factories.anew(house.here), factories.anew(letter).id)
    late = way_back(browser, browser.post(address))
    with factories.acts(house.administrator) as by:
        letters.change(by=by, letter=factories.anew(letter), given={**said, "body": "Others."})
    refused(browser.post(late[0], **late[1]))
    assert factories.anew(letter).ended


def test_a_warning_that_somebody_else_looked_into_since_stays_off_the_list(
    quick_app: Flask, house: factories.World
) -> None:
    record = arrived(house)
    warning = ReturnWarning(return_id=record.id, kind="lost", about="x", figures=NOT_REACHED)
    db.session.add(warning)
    db.session.commit()
    mine, other = (factories.Browser(quick_app, house.origin) for _ in range(2))
    address = link("reintegration.looked_into", factories.anew(record), factories.anew(warning).id)
    late = way_back(mine, mine.post(address))
    assert "as_left" not in other.get(other.post(address).location).text, "it was not their deed"
    assert other.post(late[0]).status_code == 303
    again = other.post(address)
    refused(mine.post(late[0], **late[1]))
    assert factories.anew(warning).done_at is not None
    assert undo(other, again).status_code == 303
    assert factories.anew(warning).done_at is None


def test_a_field_that_is_asked_in_other_words_since_is_not_hidden_by_a_late_way_back(
    quick_app: Flask, house: factories.World
) -> None:
    field_id = int(in_force(house)[2:])
    browser = factories.Browser(quick_app, house.administrator)
    hidden = browser.post(link("extra_fields.hide", factories.anew(house.here), field_id))
    shown = undo(browser, hidden)
    assert db.session.get_one(ExtraField, field_id).state == ExtraFieldState.IN_FORCE
    late = way_back(browser, shown)
    with factories.acts(house.administrator) as by:
        field = db.session.get_one(ExtraField, field_id)
        given = {"label_en": "Craft", "options_en": "o1: Tailor\no2: Fisher"}
        extra_fields.ask_change(by=by, field=field, given=given)
    refused(browser.post(late[0], **late[1]))
    db.session.rollback()
    assert db.session.get_one(ExtraField, field_id).state == ExtraFieldState.IN_FORCE


# Deeds that take something away, by the words of their names; each has a way back, asks first, or
# stands here with why it needs neither.
TAKES = re.compile(
    r"(^|_)(remove|delete|end|take_off|take_back|leave|revoke|stop|erase|drop|cancel|withdraw|"
    r"close|hide|disable|shut|cut|unblock|decline|refuse)(_|$)"
)
TELL = {  # say it themselves, with the way back
    "families.leave",
    "movements.take_off",
    "team.remove_filter",
    "records.care_remove_record",
    "records.identity_remove_record",
    "records.legal_remove_record",
    "records.medical_remove_record",
    "records.protection_remove_record",
    "records.take_back_plan",  # is the way back itself
}
NEEDS_NONE = {
    "accounts_access.stop": "a request of one's own, made again in one step",
    "accounts_security.end_other_sessions": "one signs in again",
    "accounts_security.end_session": "one signs in again",
    "accounts_security.end_sessions_of": "they sign in again",
    "accounts_security.use_ending_link": "has a page of its own before it",
    "partner_links.decline": "has a form of its own, with words",
}


def test_whatever_takes_something_away_asks_first_or_has_a_way_back(quick_app: Flask) -> None:
    taking = {
        name
        for name, route in ROUTES.items()
        if route.method == "POST" and not route.api and TAKES.search(name.partition(".")[2])
    }
    assert len(taking) > 30
    has_form = {name for name in taking if ROUTES[name].accepts is not None}
    bare = taking - set(ASKS) - set(UNDONE_BY) - TELL - set(NEEDS_NONE) - has_form
    assert bare == set(), "one press, and no way back"
    assert set(NEEDS_NONE) <= taking | {"accounts_security.use_ending_link"}


def test_each_way_back_is_about_the_same_record_and_needs_no_words(quick_app: Flask) -> None:
    with quick_app.test_request_context(), force_locale("en"):
        for deed, against in UNDONE_BY.items():
            rules = [re.findall(r"<[^>]+>", ROUTES[name].rule) for name in (deed, against)]
            assert rules[0] == rules[1]
            assert ROUTES[against].accepts is None
            assert str(SAID[deed])

"""Records: each kind can be filled, changed, removed and taken back; deadlines become tasks; the
second writer loses nothing.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields
from sqlalchemy import select

from access.policy import Refused
from casework.records import changes, health, queries, safe_contact
from casework.records.kind import SECTIONS, Kind
from casework.records.kinds import KINDS
from models.base import db, now, today
from models.cases import Task
from models.records import Record
from models.rules import RuleBroken
from tests import factories
from web.errors import StaleEdit


def filled(kind: Kind) -> dict[str, Any]:
    """A whole, valid form of a kind, drawn from its own schema."""
    found: dict[str, Any] = {}
    for name, field in kind.schema().fields.items():
        options = field.metadata.get("options")
        codes = [code for code, _ in (options() if callable(options) else options or ())]
        if name == "revision":
            continue
        if isinstance(field, fields.List):
            found[name] = codes[:2]
        elif codes:
            found[name] = codes[0]
        elif isinstance(field, fields.Date):
            is_past = field.metadata.get("past") or (kind.code, name) == ("contact", "on")
            found[name] = (today() + timedelta(days=0 if is_past else 20)).isoformat()
        elif isinstance(field, fields.Integer):
            found[name] = max(3, field.metadata.get("least", 0))
        elif isinstance(field, fields.Boolean):
            found[name] = True
        else:
            found[name] = {
                "at": "09:30",
                "after": "09:00",
                "before": "17:00",
                "amount": "12.50",
                "currency": "EUR",
            }.get(name, "Zqxwords")[: 5 if name in {"at", "after", "before"} else 60]
    if kind.code == "help":  # not from a fund, whose books ask for a request
        books = {"request", "line", "rate", "receipt", "same_receipt"}
        found = {name: value for name, value in found.items() if name not in books}
        found["paid_from"] = "none"
    if kind.code == "mechanism":  # which waits: there is no day of an answer
        found.pop("answer_on")
    return found


def who_writes(house: factories.World, kind: Kind) -> Any:
    return {"medical": house.health, "legal": house.legal}.get(kind.compartment, house.caseworker)


@pytest.mark.parametrize("code", list(KINDS))
def test_every_kind_is_filled_changed_removed_and_taken_back_in_pages(
    quick_app: Flask, code: str
) -> None:
    house = factories.World()
    number = factories.case(house).number
    kind = KINDS[code]
    browser = factories.Browser(quick_app, who_writes(house, kind))
    base = f"/cases/{number}/{kind.compartment}/records"
    assert browser.get(f"{base}/new/{code}").status_code == 200
    answer = browser.post(f"{base}/new/{code}", record_kind=code, **filled(kind))
    assert answer.status_code == 303, answer.text
    record = db.session.execute(select(Record)).unique().scalar_one()
    key, revision = record.key, record.revision
    assert browser.get(f"{base}?section={kind.section}").status_code == 200
    page = browser.get(f"{base}/{key}")
    assert page.status_code == 200
    assert browser.get(f"{base}/{key}/change").status_code == 200
    changed = {
        **filled(kind),
        **{
            name: "Other"
            for name, field in kind.schema().fields.items()
            if field.metadata.get("widget") == "textarea"
        },
    }
    answer = browser.post(
        f"{base}/{key}/change", record_kind=code, revision=str(revision), corrected="on", **changed
    )
    assert answer.status_code == 303, answer.text
    assert browser.get(f"{base}/{key}").status_code == 200
    assert browser.post(f"{base}/{key}/remove").status_code == 303
    listed = browser.get(f"{base}?section={kind.section}").text
    assert f'/{key}"' not in listed  # but in the way back, which ends in restore
    assert key in browser.get(f"{base}?section={kind.section}&removed=1").text
    assert browser.post(f"{base}/{key}/restore").status_code == 303
    assert key in browser.get(f"{base}?section={kind.section}").text


def test_an_empty_form_says_what_is_needed_and_keeps_what_was_typed(quick_app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.post(
        f"/cases/{number}/protection/records/new/risk",
        record_kind="risk",
        on="2026-11-01",
        reason="Typed words stay",
    )
    assert answer.status_code == 422
    assert "Typed words stay" in answer.text
    assert "This is needed." in answer.text


def test_who_may_not_read_a_compartment_gets_nothing_of_its_records(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    with factories.acts(house.health) as by:
        record = changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["condition"],
            given={"name": "Zqxillness", "state": "active"},
        )
    key = record.key
    for user in (
        house.caseworker,
        house.supervisor,
        house.legal,
        house.far,
        house.helper,
        house.administrator,
        house.officer,
    ):
        browser = factories.Browser(quick_app, user)
        for path in (
            f"/cases/{number}/medical/records",
            f"/cases/{number}/medical/records/{key}",
            f"/cases/{number}/protection/records/{key}",
        ):
            assert browser.get(path).status_code == 404, (user.name, path)
        assert "Zqxillness" not in browser.get(f"/cases/{number}").text
    with factories.acts(house.caseworker), pytest.raises(Refused):
        _ = factories.anew(record).content


def test_the_second_writer_sees_both_versions_and_nothing_is_lost(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["need"],
            given={"area": "health", "words": "Glasses"},
        )
        opened = record.revision
    with factories.acts(house.colleague) as by:
        changes.change(
            by=by,
            record=factories.anew(record),
            given={"area": "health", "words": "Two pairs of glasses", "revision": opened},
        )
    with factories.acts(house.caseworker) as by, pytest.raises(StaleEdit) as stale:
        changes.change(
            by=by,
            record=factories.anew(record),
            given={"area": "health", "words": "Glasses and a case", "revision": opened},
        )
    assert stale.value.differences == {"words": ("Two pairs of glasses", "Glasses and a case")}
    db.session.rollback()
    with factories.acts(house.caseworker) as by:
        changes.change(
            by=by,
            record=factories.anew(record),
            given={"area": "health", "words": "Both", "revision": stale.value.revision},
            corrected=True,
        )
        history = queries.versions(factories.anew(case), "protection", record.key)
        assert [version.before["words"] for version in history] == [
            "Two pairs of glasses",
            "Glasses",
        ]
        assert [version.corrected for version in history] == [True, False]
        assert [version.by_id for version in history] == [house.caseworker.id, house.colleague.id]


def test_a_change_of_a_section_keeps_what_stood_before(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(app, house.caseworker)
    browser.post(
        f"/cases/{number}/protection/needs",
        needs="A cot",
        safety_note="",
        risk="low",
        revision="1",
        corrected="on",
    )
    with factories.acts(house.caseworker):
        versions = queries.versions(factories.anew(case), "protection")
        assert versions[0].before["needs"] == "Single room."
    page = browser.get(f"/cases/{number}/protection/changes")
    assert "Single room." in page.text
    assert "asked for by the person" in page.text
    assert (
        factories.Browser(app, house.far).get(f"/cases/{number}/protection/changes").status_code
        == 404
    )


def test_a_deadline_is_a_task_that_moves_and_ends_with_its_record(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    day = today() + timedelta(days=30)
    with factories.acts(house.legal) as by:
        record = changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["hearing"],
            given={"on": day, "place": "Court", "what": "Testimony"},
        )
        task = db.session.execute(select(Task).where(Task.record_key == record.key)).scalar_one()
        assert (task.kind, task.due_on, task.owner_id) == ("legal_due", day, house.legal.id)
        changes.change(
            by=by,
            record=record,
            given={"on": day + timedelta(days=7), "place": "Court", "what": "Testimony"},
        )
        assert task.due_on == day + timedelta(days=7)
        changes.remove(by=by, record=record)
        assert task.done_at is not None
        changes.restore(by=by, record=record)
        open_ = db.session.execute(
            select(Task).where(Task.record_key == record.key, Task.done_at.is_(None))
        ).scalar_one()
        assert open_.due_on == day + timedelta(days=7)


def test_what_ends_is_due_a_week_before(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.health) as by:
        until = today() + timedelta(days=30)
        given = {"result": "fit", "examined_on": today(), "valid_until": until, "by": "Dr"}
        record = changes.add(by=by, case=factories.anew(case), kind=KINDS["fitness"], given=given)
        task = db.session.execute(select(Task).where(Task.record_key == record.key)).scalar_one()
        assert task.due_on == until - timedelta(days=changes.SOON)


def test_a_risk_rating_sets_the_case_and_the_day_to_look_again(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = changes.add(
            by=by,
            case=factories.anew(case),
            kind=KINDS["risk"],
            given={"on": today(), "rating": "extreme", "reason": "Followed."},
        )
        assert factories.anew(case).risk == "extreme"
        assert record.due_on == today() + timedelta(days=7)


def test_kinds_of_which_there_is_one_are_changed_not_added(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        first = changes.add(
            by=by, case=factories.anew(case), kind=KINDS["tracing"], given={"state": "asked"}
        )
        with pytest.raises(StaleEdit) as asked:  # whoever saw none writes over none
            changes.add(
                by=by, case=factories.anew(case), kind=KINDS["tracing"], given={"state": "found"}
            )
        assert asked.value.differences["state"] == ("asked", "found")
        seen = {"state": "found", "revision": first.revision}
        second = changes.add(by=by, case=factories.anew(case), kind=KINDS["tracing"], given=seen)
        assert first.id == second.id
        assert second.content["state"] == "found"


def test_nothing_is_added_to_a_closed_case(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        closed = factories.anew(case)
        closed.status = "closed"
        with pytest.raises(RuleBroken):
            changes.add(by=by, case=closed, kind=KINDS["note"], given={"words": "x"})


def test_a_record_under_another_case_does_not_exist(quick_app: Flask) -> None:
    house = factories.World()
    mine, other = factories.case(house), factories.case(house)
    number = mine.number
    with factories.acts(house.caseworker) as by:
        key = changes.add(
            by=by, case=factories.anew(other), kind=KINDS["note"], given={"words": "x"}
        ).key
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.get(f"/cases/{number}/protection/records/{key}").status_code == 404
    assert browser.post(f"/cases/{number}/protection/records/{key}/remove").status_code == 404


@given(st.lists(st.integers(0, 5), min_size=5, max_size=5))
def test_who5_is_the_sum_times_four(answers: list[int]) -> None:
    score = health.who5(dict(zip(health.WHO5, answers, strict=True)))
    assert score == 4 * sum(answers)
    assert 0 <= score <= 100
    assert health.who5({"cheerful": 3}) is None


@given(st.sampled_from(health.DOMAINS), st.sampled_from(["none", "some", "a_lot", "cannot"]))
def test_a_lot_of_difficulty_in_one_domain_is_disability(domain: str, answer: str) -> None:
    given_ = dict.fromkeys(health.DOMAINS, "some") | {domain: answer}
    assert health.is_disability(given_) == (answer in {"a_lot", "cannot"})


def test_safe_contact_speaks_against_the_wrong_way_day_and_hour() -> None:
    rule = {"ways": ["call"], "days": ["mon"], "after": "09:00", "before": "17:00"}
    monday = now().replace(year=2026, month=11, day=23, hour=10, minute=0)
    assert safe_contact.objections(rule, "contact_phone", monday) == []
    assert safe_contact.objections(rule, "contact_message", monday) == ["way"]
    assert safe_contact.objections(rule, "contact_phone", monday.replace(day=24)) == ["day"]
    assert safe_contact.objections(rule, "contact_phone", monday.replace(hour=20)) == ["hour"]
    assert safe_contact.objections({"never_contact": True}, "contact_phone", monday) == ["never"]
    assert safe_contact.objections({}, "contact_phone", monday) == []


def test_every_section_has_kinds_of_one_compartment() -> None:
    for code, compartment, _label in SECTIONS:
        kinds = [kind for kind in KINDS.values() if kind.section == code]
        assert kinds
        assert {kind.compartment for kind in kinds} == {compartment}


def test_the_database_does_not_say_which_kinds_of_records_a_case_has(app: Flask) -> None:
    house = factories.World()
    cases = [factories.case(house) for _ in range(2)]
    with factories.acts(house.health) as by:
        made = [
            changes.add(
                by=by,
                case=factories.anew(case),
                kind=KINDS["pregnancy"],
                given={"due_on": today() + timedelta(days=90)},
            )
            for case in cases
        ]
    assert made[0].kind_token != made[1].kind_token
    kinds = set(db.session.execute(select(Task.kind)).scalars())
    assert kinds - {""} == {"screening", "medical_due"}
    for row in db.session.execute(select(Record.__table__)).mappings():
        assert not any("pregnan" in str(value).lower() for value in row.values())

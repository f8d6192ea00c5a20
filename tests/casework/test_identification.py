"""Presumed, identified, not identified, not a victim: the category follows what counts; a second
reader, an appeal, a fund, an export each meet it.
"""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.casefile import closure, editing
from casework.core import approvals, identification
from casework.core.protection import newest
from casework.records import changes
from casework.records.kinds import KINDS
from funds import requests
from models import office_settings
from models.base import db, today
from models.cases import Case, Event
from models.people import User
from models.records import Record
from models.rules import RuleBroken
from models.work import Approval
from reporting.exports import htcds
from tests import factories
from tests.factories import identifying
from tests.factories.identifying import decide, interview, second, standing


@pytest.fixture
def told(quick_app: Flask) -> tuple[factories.World, Case]:
    """Somebody who was interviewed."""
    house = factories.World()
    case = factories.case(house)
    interview(house, case)
    return house, case


Told = tuple[factories.World, Case]


def test_a_decision_is_taken_back_with_all_it_said(told: Told) -> None:
    house, case = told
    for decision, is_victim in (("possible", True), ("not", False), ("unclear", False)):
        decide(house, case, decision)
        assert standing(case) == (decision, is_victim)
    assert "stranded" in factories.anew(case).categories, "what else they are stays"


def test_who_is_identified_is_presumed_until_somebody_else_has_read_it(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    assert standing(case) == ("possible", True)
    with pytest.raises(RuleBroken) as broken:
        second(house, case, house.caseworker)
    assert "Somebody else reads it" in str(broken.value.message)
    db.session.rollback()
    second(house, case, house.supervisor)
    assert standing(case) == ("actual", True)
    with pytest.raises(RuleBroken) as broken:
        second(house, case, house.colleague)
    assert "Nothing waits" in str(broken.value.message)


def test_a_reader_who_does_not_agree_says_why_and_it_stays_presumed(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    with pytest.raises(RuleBroken) as broken, factories.acts(house.colleague) as by:
        identification.answer(by=by, case=factories.anew(case), agrees=False, words="")
    assert broken.value.field == "words"
    db.session.rollback()
    second(house, case, house.colleague, agrees=False)
    assert standing(case) == ("possible", True)
    assert "not_approved" in {event.kind for event in db.session.execute(select(Event)).scalars()}
    decide(house, case, "actual")
    second(house, case, house.colleague)
    assert standing(case) == ("actual", True), "a new decision is read anew"


def test_a_list_does_not_answer_what_has_to_be_read(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    with (
        pytest.raises(RuleBroken) as broken,
        factories.acts(house.supervisor) as by,
    ):
        asked = identification.waiting(factories.anew(case))
        assert isinstance(asked, Approval)
        approvals.decide(by=by, approval=asked, yes=True)
    assert "Read it first" in str(broken.value.message)
    db.session.rollback()
    assert standing(case) == ("possible", True)


def test_another_decision_calls_the_question_off(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    decide(house, case, "not")
    assert identification.waiting(factories.anew(case)) is None
    assert standing(case) == ("not", False)


def test_the_office_decides_about_the_reader_but_not_where_an_element_is_missing(
    told: Told,
) -> None:
    house, case = told
    office_settings.say(house.here, {"second_reader": "off"}, house.supervisor.id)
    db.session.commit()
    decide(house, case, "actual", means=[])
    assert standing(case) == ("possible", True), "without means for an adult always"
    decide(house, case, "actual")
    assert standing(case) == ("actual", True)


@pytest.mark.parametrize("decision", ["actual", "not", "unclear"])
@pytest.mark.parametrize("asked", [{}, {"agreed": "refuses"}, {"safe_place": "no"}])
def test_a_decision_leans_on_an_interview(
    quick_app: Flask, decision: str, asked: dict[str, Any]
) -> None:
    house = factories.World()
    case = factories.case(house)
    if asked:
        interview(house, case, **asked)
    decide(house, case, "possible")
    with pytest.raises(RuleBroken) as broken:
        decide(house, case, decision)
    assert broken.value.field == "without_interview"
    db.session.rollback()
    decide(house, case, decision, without_interview="authority")
    assert standing(case)[0] == {"actual": "possible"}.get(decision, decision)


@pytest.mark.parametrize("asked", [{"agreed": "refuses"}, {"safe_place": "no"}])
def test_the_page_to_decide_knows_of_an_interview_that_was_refused(
    quick_app: Flask, asked: dict[str, Any]
) -> None:
    house = factories.World()
    case = factories.case(house)
    own = factories.Browser(quick_app, house.caseworker)
    assert "No interview was written down" in own.get(f"/cases/{case.number}/screening").text
    interview(house, case, **asked)
    page = own.get(f"/cases/{case.number}/screening").text
    assert "No interview was written down" not in page, "it was"
    assert "was not agreed to, or not safe: nothing leans on it" in page


def appealed(house: factories.World, case: Case, **given: Any) -> None:
    with factories.acts(house.caseworker) as by:
        record = changes.current(factories.anew(case), "decision")
        assert isinstance(record, Record)
        content = {**record.content, **given, "revision": record.revision}
        changes.change(by=by, record=record, given=KINDS["decision"].schema().load(content))


@pytest.mark.parametrize(
    ("decision", "given", "status"),
    [
        ("actual", {"appeal_result": "changed"}, "not"),
        ("possible", {"appeal_result": "changed"}, "not"),
        ("not", {"appeal_result": "changed"}, "possible"),
        ("not", {"appeal_result": "changed", "appeal_decision": "actual"}, "possible"),
        ("actual", {"appeal_result": "changed", "appeal_decision": "unclear"}, "unclear"),
        ("actual", {"appeal_result": "confirmed"}, "actual"),
        ("not", {"appeal_result": "pending"}, "not"),
    ],
)
def test_an_appeal_changes_the_status(
    told: Told, decision: str, given: dict[str, str], status: str
) -> None:
    house, case = told
    decide(house, case, decision)
    if decision == "actual":
        second(house, case, house.supervisor)
    appealed(house, case, **given)
    assert standing(case) == (status, status in {"possible", "actual"})
    if given.get("appeal_decision") == "actual":
        second(house, case, house.supervisor)
        assert standing(case) == ("actual", True)


def test_the_category_is_not_ticked_against_the_decision(told: Told) -> None:
    house, case = told
    needs: dict[str, Any] = {"needs": "Single room.", "risk": "high"}
    for decision, categories in (("not", ["stranded", "trafficking"]), ("possible", ["stranded"])):
        decide(house, case, decision)
        with pytest.raises(RuleBroken) as broken, factories.acts(house.caseworker) as by:
            given = {**needs, "categories": categories}
            editing.change_needs(by=by, case=factories.anew(case), given=given)
        assert broken.value.field == "categories"
        db.session.rollback()
    assert standing(case) == ("possible", True)


def test_a_removed_decision_decides_nothing(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    with factories.acts(house.caseworker) as by:
        record = changes.current(factories.anew(case), "decision")
        assert record is not None
        changes.remove(by=by, record=record)
    assert standing(case)[0] == ""
    assert identification.waiting(factories.anew(case)) is None


def test_a_fund_for_identified_victims_is_not_for_presumed_ones(told: Told) -> None:
    house, case = told
    fund = factories.fund()
    fund.categories = ["identified"]
    db.session.commit()
    decide(house, case, "actual")

    def fits() -> bool:
        held = factories.anew(fund)
        against = requests.reasons_against(held, [factories.anew(case)], {"travel": 100}, today())
        return not any("other categories" in line for line in against)

    assert not fits()
    second(house, case, house.supervisor)
    assert fits()


def test_the_export_says_presumed_or_identified_and_knows_no_this_organisation(
    told: Told,
) -> None:
    house, case = told
    for agreed, said in (
        (False, "PossibleVictimOfTrafficking"),
        (True, "ActualVictimOfTrafficking"),
    ):
        if agreed:
            second(house, case, house.supervisor)
        else:
            decide(house, case, "actual")
        with factories.acts(house.caseworker) as by:
            (row,) = htcds.rows(by=by, cases=[factories.anew(case).id], identities=True)
        assert row["vic_TraffickingStatus"] == said
        assert row["vic_TraffickingStatusDecisionMakingOrg"] == "Other"
        assert row["vic_MethodsOfControl"] == ["FalsePromises"], "deception, in its words"
        assert row["vic_TypeOfExploitation"] == ["ForcedLabour"]


def test_the_national_mechanism_hears_of_adults_who_agree_and_of_every_child(
    told: Told,
) -> None:
    house, case = told
    to: dict[str, Any] = {"on": today(), "to": "National unit", "answer": "waiting"}
    with pytest.raises(RuleBroken) as broken:
        identifying.kept(house, case, "mechanism", **to, agreed="refuses")
    assert broken.value.field == "agreed"
    db.session.rollback()
    waits = identifying.kept(house, case, "mechanism", **to, agreed="agrees", answer_until=today())
    assert waits.due_on == today()
    child = factories.case(house, birth={"year": today().year - 12, "estimated": False})
    with pytest.raises(RuleBroken) as broken:
        identifying.kept(house, child, "mechanism", **to, agreed="refuses")
    assert broken.value.field == "guardian"
    db.session.rollback()
    identifying.kept(house, child, "mechanism", **to, agreed="refuses", guardian="The judge")


def changed(house: factories.World, case: Case, who: User, **given: Any) -> None:
    """Another word in the newest decision."""
    with factories.acts(who) as by:
        stands = newest(factories.anew(case), "decision")
        assert stands is not None
        whole = {**stands.content, **given, "revision": stands.revision}
        changes.change(by=by, record=stands, given=KINDS["decision"].schema().load(whole))


def test_an_agreement_is_to_what_was_read_and_to_nothing_else(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    second(house, case, house.supervisor)
    changed(house, case, house.caseworker, reason="Because I say so.")
    assert standing(case) == ("possible", True)
    assert identification.waiting(factories.anew(case)) is not None
    decide(house, case, "not")
    decide(house, case, "actual")
    assert standing(case)[0] == "possible", "a decision of another day is read, too"


def test_whoever_wrote_it_in_between_is_no_second_reader(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    changed(house, case, house.colleague, reason="Decided anew.")
    changed(house, case, house.caseworker, reason="And again.")
    with pytest.raises(RuleBroken):
        second(house, case, house.colleague)
    db.session.rollback()
    second(house, case, house.supervisor)
    assert standing(case)[0] == "actual"


def test_what_was_changed_while_somebody_read_is_read_again(quick_app: Flask, told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    reader = factories.Browser(quick_app, house.supervisor)
    place = f"/cases/{case.number}"
    read = re.search(r'name="read"[^>]*value="([^"]+)"', reader.get(f"{place}/protection").text)
    assert read is not None
    changed(house, case, house.caseworker, elements=[], reason="Nothing of it is proven.")
    answer = reader.post(f"{place}/identification/second", agrees="yes", read=read[1])
    assert answer.status_code == 422
    assert "Read it again" in answer.text
    assert standing(case)[0] == "possible"
    read = re.search(r'name="read"[^>]*value="([^"]+)"', answer.text)
    assert read is not None
    again = reader.post(f"{place}/identification/second", agrees="yes", read=read[1])
    assert again.status_code == 303


def test_who_was_not_agreed_with_may_decide_anew_and_is_read_anew(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    second(house, case, house.colleague, agrees=False)
    changed(house, case, house.caseworker, decision="possible")
    changed(house, case, house.caseworker, decision="actual")
    assert identification.waiting(factories.anew(case)) is not None


def test_nobody_is_identified_in_a_closed_case(told: Told) -> None:
    house, case = told
    decide(house, case, "actual")
    with factories.acts(house.supervisor) as by:
        closure.close(by=by, case=factories.anew(case), reason="completed", words="All is well.")
    with pytest.raises(RuleBroken):
        second(house, case, house.supervisor)

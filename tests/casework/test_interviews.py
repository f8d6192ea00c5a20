"""The interview on which a decision leans; the signs that are found, and what they support."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError

from casework.casefile import interviewing, worked_out
from casework.letters import interview_sheet, pdf
from casework.records.interviews import IndicatorsSchema, InterviewSchema, MechanismSchema
from casework.records.kinds import KINDS
from casework.records.risks import RiskSchema
from models.base import db, today
from models.cases import Case, Task
from models.rules import RuleBroken
from standards import assistance, indicators
from tests import factories
from tests.factories.identifying import interview, kept
from web.forms import Form


@pytest.fixture
def person(quick_app: Flask) -> tuple[factories.World, Case]:
    """Somebody of 24 who speaks French."""
    house = factories.World()
    return house, factories.case(house, languages=["fr"])


Person = tuple[factories.World, Case]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"agreed": "refuses", "there": "A house."}, "agreed"),
        ({"agreed": "refuses", "others_words": "A girl in the house."}, "agreed"),
        ({"safe_place": "no", "fear": "Him."}, "safe_place"),
        ({"language": "ar", "interpreter": "none"}, "interpreter"),
        ({"interpreter": "relative"}, "interpreter_words"),
    ],
)
def test_an_interview_is_agreed_to_safe_and_understood(
    person: Person, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        interview(*person, **given)
    assert broken.value.field == field


def test_what_was_not_held_is_kept_as_that(person: Person) -> None:
    house, case = person
    interview(house, case, agreed="refuses")
    assert not interviewing.is_held(factories.anew(case))
    interview(house, case, language="fr", interpreter="none", there="A house.")
    interview(house, case, interpreter="relative", interpreter_words="No other speaks Zarma.")
    assert interviewing.is_held(factories.anew(case))


@pytest.mark.parametrize("present", [["guardian"], ["lawyer"], ["child_protection"]])
def test_a_child_is_not_interviewed_alone(quick_app: Flask, present: list[str]) -> None:
    house = factories.World()
    case = factories.case(house, birth={"year": today().year - 14, "estimated": False})
    with pytest.raises(RuleBroken) as broken:
        interview(house, case, present=["police"])
    assert broken.value.field == "alone_because"
    db.session.rollback()
    interview(house, case, present=present)
    interview(house, case, alone_because="She would have gone.")


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ({}, 0),
        ({"still_in": "yes"}, 1),
        ({"others": "yes"}, 1),
        ({"others": "unknown"}, 0),
        ({"agreed": "refuses", "still_in": "yes"}, 1),
    ],
)
def test_who_is_in_danger_makes_a_task_of_today_once(
    person: Person, told: dict[str, str], count: int
) -> None:
    house, case = person
    for _time in range(2):
        interview(house, case, **told)
    alarms = factories.of_kind(Task, "danger", Task.case_id == case.id)
    assert [task.due_on for task in alarms] == [today()] * count


def test_the_lists_are_as_long_as_their_source_says() -> None:
    assert [len(part.signs) for part in indicators.PARTS] == [10, 10, 16, 9, 15, 7]
    assert not indicators.VERIFIED, "until somebody has read the source"
    hint = str(IndicatorsSchema().fields["held"].metadata["hint"])
    assert "verified" in hint, "and the form says so"


@pytest.mark.parametrize(
    ("ticked", "there"),
    [
        (["papers", "debt"], True),  # two strong
        (["papers", "wages"], True),  # a strong one and a medium one
        (["papers", "shame"], True),  # a strong one and a weak one
        (["papers"], False),
        (["wages", "lies", "peers"], True),  # three medium
        (["wages", "lies"], False),
        (["wages", "lies", "shame"], True),  # two medium and a weak one
        (["wages", "shame"], False),
    ],
)
def test_a_part_is_found_by_the_rule_of_the_source(ticked: list[str], there: bool) -> None:
    found = {one.part.code: one for one in indicators.found({"held": ticked}, child=False)}
    assert found["held"].is_there is there
    assert indicators.supported({"held": ticked}, child=False) == (["means"] if there else [])


def test_signs_weigh_by_the_list_that_fits_the_person() -> None:
    ticked = {"held": ["tasks", "crime"]}
    assert indicators.supported(ticked, child=False) == []
    assert indicators.supported(ticked, child=True) == ["means"], "both strong for a child"
    hours = {"exploited": ["hours", "pay"]}
    assert indicators.supported(hours, child=False) == ["purpose"]
    assert indicators.supported({**hours, "field": "sexual"}, child=False) == []


def test_what_signs_support_is_said_and_nothing_is_added_up(person: Person) -> None:
    house, case = person
    answers = {"deceived": ["job", "wages"], "exploited": ["hours", "pay"], "field": "labour"}
    kept(house, case, "indicators", on=today(), **answers)
    lines = dict(interviewing.in_words(answers, child=False))
    assert lines["Together they support"] == "act, means, purpose"
    assert "You decide" in lines["How to read this"] or "you decide" in lines["How to read this"]
    of_child = dict(interviewing.in_words(answers, child=True))
    assert of_child["Together they support"] == "act, purpose"
    assert "not needed for a child" in of_child["Means"]


def test_determinants_stand_beside_what_protects_by_level_without_a_sum(
    quick_app: Flask,
) -> None:
    content = {
        "individual": ["trafficker_contact", "literacy"],
        "protects_individual": ["coping"],
        "structural": ["detention"],
    }
    with quick_app.test_request_context():
        lines = dict(worked_out.determinants(content))
    assert list(lines)[:2] == ["The person", "State and society"]
    assert "Own ways to cope" in lines["The person"]
    assert "Protects: nothing" in lines["State and society"]
    assert "The trafficker knows" in lines["Needs an answer now"]
    assert not any(character.isdigit() for text in lines.values() for character in text)


def test_each_level_has_what_raises_and_what_protects() -> None:
    fields = RiskSchema().fields
    for level in ("individual", "household", "community", "structural"):
        assert len(fields[level].metadata["options"]) >= 8, level
        assert len(fields[f"protects_{level}"].metadata["options"]) >= 5, level
    assert {"resources", "literacy"} <= {code for code, _label in assistance.RISK_INDIVIDUAL}
    assert {"size", "head", "migration", "unequal"} <= {
        code for code, _label in assistance.RISK_HOUSEHOLD
    }


@pytest.mark.parametrize("kind", ["interview", "indicators", "risk", "mechanism"])
def test_no_form_asks_more_than_ten_questions_at_first(quick_app: Flask, kind: str) -> None:
    with quick_app.test_request_context():
        form = Form(KINDS[kind].schema)
        at_first = [
            field.name
            for field in form
            if field.widget != "hidden"
            and not field.about.get("group")
            and not field.about.get("only_answered")
        ]
    assert len(at_first) <= 10, at_first


def test_an_answer_of_the_mechanism_has_its_day() -> None:
    given = {"on": today().isoformat(), "to": "Unit", "agreed": "agrees"}
    with pytest.raises(ValidationError) as refused:
        MechanismSchema().load({**given, "answer": "identified"})
    assert "answer_on" in refused.value.normalized_messages()
    with pytest.raises(ValidationError):
        MechanismSchema().load({**given, "answer": "waiting", "answer_on": given["on"]})
    early = (today() - timedelta(days=1)).isoformat()
    with pytest.raises(ValidationError):
        MechanismSchema().load({**given, "answer": "identified", "answer_on": early})


def test_the_sheet_has_a_code_and_no_name(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with app.test_request_context(), factories.acts(house.caseworker) as by:
        paper = interview_sheet.sheet(by=by, case=factories.anew(case))
        assert case.number in paper.data
        for secret in ("Fatima", "Benali", "The TUN", "traffick", "Caseworker"):
            assert secret not in paper.data, secret
        for asked in ("What they fear now", "Are others at risk?", "Is it safe to write or call?"):
            assert asked in paper.data, asked
    assert paper.set().startswith(b"%PDF")
    browser = factories.Browser(app, house.caseworker)
    answer = browser.post(f"/cases/{case.number}/interview/sheet")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert isinstance(paper, pdf.Paper)
    assert InterviewSchema().fields["agreed"].required

"""An office asks more on the forms of its cases, without code: asked for by one, agreed to by
another, shown, checked, compared, printed and taken along as what we ask.
"""

import io
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from access.actors import person
from access.permissions import Role
from casework.casefile import editing
from casework.core import revisions
from casework.core.schemas import IdentitySchema
from casework.records.kinds import KINDS
from models import extra_fields as kept
from models import office_at_hand
from models.base import db
from models.cases import Case, Import
from models.extra_fields import ExtraField
from models.messages import Message
from models.people import Grant
from models.rules import RuleBroken
from models.states import ExtraFieldState
from organisations import extra_fields
from standards import extra_fields as standard
from tests import factories
from tests.flows.test_import import run
from web.extra_fields import turn_to_office
from web.forms import Form, FormSchema

TRADE = {
    "place": "identity",
    "kind": "choice",
    "label_en": "Trade learnt",
    "label_ar": "الحرفة",
    "options_en": "Tailor\nFisher",
    "options_ar": "خياط\nصياد",
}


def in_force(house: factories.World, office: Any = None, **given: Any) -> str:
    """A field of an office that forms ask; gives its name."""
    with factories.acts(house.administrator) as by:
        field = extra_fields.ask(
            by=by, place=factories.anew(office or house.here), given={**TRADE, **given}
        )
    field_id = field.id
    agree(house, field_id)
    return f"x_{field_id}"


def agree(house: factories.World, field_id: int) -> None:
    with factories.acts(second(house)) as by:
        extra_fields.approve(by=by, field=db.session.get_one(ExtraField, field_id))


def second(house: factories.World) -> Any:
    """Another administrator of the headquarters, made where there is none yet."""
    if "second" not in vars(house):
        made = house._person("second", house.headquarters, Role.ADMINISTRATOR)
        db.session.commit()
        vars(house)["second"] = made
    return vars(house)["second"]


def test_each_place_is_one_form_of_a_case() -> None:
    places = [code for code, _label in standard.PLACES]
    every = [FormSchema]
    for schema in every:
        every += [each for each in schema.__subclasses__() if each not in every]
    extended = [schema.extends for schema in every if "extends" in vars(schema) and schema.extends]
    assert sorted(extended) == sorted(places)
    shared = [kind.schema for kind in KINDS.values()]
    for code, _label in standard.RECORDS:
        assert shared.count(KINDS[code].schema) == 1, f"{code} would be asked in other records too"


def test_one_asks_another_agrees_and_the_next_registration_has_it(app: Flask) -> None:
    house = factories.World()
    browser = factories.Browser(app, house.administrator)
    assert browser.post("/organisations/TUN/fields", **{**TRADE, "label_en": ""}).status_code == 422
    assert browser.post("/organisations/TUN/fields", **TRADE).status_code == 303
    (field,) = db.session.query(ExtraField)
    told = db.session.query(Message.user_id).filter(Message.event == "field.asked")
    assert house.administrator.id not in {user_id for (user_id,) in told}
    field_id, page = field.id, f"/organisations/TUN/fields/{field.id}"
    worker = factories.Browser(app, house.caseworker)
    case = factories.case(house).number
    assert "Trade learnt" not in worker.get(f"/cases/{case}/identity/change").text
    refused = browser.post(f"{page}/approve", follow_redirects=True)
    assert "another administrator" in refused.text
    another = factories.Browser(app, second(house))
    assert "Tailor" in another.get(page).text
    assert another.post(f"{page}/approve").status_code == 303
    form = worker.get(f"/cases/{case}/identity/change").text
    assert "Trade learnt" in form
    assert "Fisher" in form
    name = f"x_{field_id}"
    wrong = worker.post(f"/cases/{case}/identity/change", given_names="Ama", **{name: "o9"})
    assert wrong.status_code == 422
    saved = worker.post(f"/cases/{case}/identity/change", given_names="Ama", **{name: "o2"})
    assert saved.status_code == 303
    assert "Fisher" in worker.get(f"/cases/{case}/identity").text
    assert factories.anew(field).organisation_id == house.here.id


@pytest.mark.parametrize("kind", [code for code, _label in standard.KINDS])
def test_each_kind_is_asked_checked_and_shown(quick_app: Flask, kind: str) -> None:
    typed = {
        "line": ("Weaver", "Weaver", None),
        "text": ("A\nB", "A", "x" * 3001),
        "number": ("7", "7", "seven"),
        "date": ("2026-03-04", "4 March 2026", "04/31/x"),
        "choice": ("o1", "Tailor", "o7"),
        "several": ("o2", "Fisher", "o7"),
        "yes_no": ("no", "No", "perhaps"),
        "partial_date": ("2011", "2011", "3011"),
    }[kind]
    house = factories.World()
    name = in_force(house, kind=kind, place="account")
    field = f"{name}__year" if kind == "partial_date" else name
    case = factories.case(house).number
    worker = factories.Browser(quick_app, house.caseworker)
    page = f"/cases/{case}/protection/account"
    assert worker.post(page, account="Told.", **{field: typed[0]}).status_code == 303
    assert typed[1] in worker.get(f"/cases/{case}/protection").text
    if typed[2]:
        refused = worker.post(page, account="Told.", **{field: typed[2]}, follow_redirects=True)
        assert "Told." in refused.text
        assert "summary-fault" in refused.text


def test_what_another_office_asked_goes_along_and_is_never_lost(quick_app: Flask) -> None:
    house = factories.World()
    name = in_force(house)
    case_id = factories.case(house).id
    with factories.acts(house.caseworker) as by, office_at_hand.within(house.here.id):
        case = db.session.get_one(Case, case_id)
        editing.change_identity(by=by, case=case, given={"given_names": "Ama", name: "o1"})
    case = db.session.get_one(Case, case_id)
    case.office, case.owner = factories.anew(house.there), factories.anew(house.far)
    db.session.commit()
    far = factories.Browser(quick_app, house.far)
    number = db.session.get_one(Case, case_id).number
    assert "Trade learnt" not in far.get(f"/cases/{number}/identity/change").text
    assert far.post(f"/cases/{number}/identity/change", given_names="Amy").status_code == 303
    shown = far.get(f"/cases/{number}/identity").text
    assert "Amy" in shown
    assert "Trade learnt" in shown
    assert "Tailor" in shown


def test_a_hidden_field_stays_where_it_was_answered(quick_app: Flask) -> None:
    house = factories.World()
    name = in_force(house, place="contact", kind="line")
    worker = factories.Browser(quick_app, house.caseworker)
    number, silent = factories.case(house).number, factories.case(house).number
    page = f"/cases/{number}/protection/records/new/contact"
    said = {"reached": "person", "note": "Well.", name: "By the mosque"}
    kind = next(iter(dict(KINDS["contact"].schema().fields["kind"].metadata["options"])))
    assert worker.post(page, **{**said, "kind": kind}).status_code == 303
    with factories.acts(house.administrator) as by:
        extra_fields.hide(by=by, field=db.session.get_one(ExtraField, int(name[2:])))
    assert "Trade learnt" not in worker.get(f"/cases/{silent}/contacts/new").text
    assert "By the mosque" in worker.get(f"/cases/{number}/protection/read").text


def test_words_change_after_a_second_yes_and_codes_stay(quick_app: Flask) -> None:
    house = factories.World()
    name = in_force(house)
    field_id = int(name[2:])
    changed = {"label_en": "Craft", "options_en": "o2: Fisherman\nBaker"}
    with factories.acts(house.administrator) as by:
        field = db.session.get_one(ExtraField, field_id)
        extra_fields.ask_change(by=by, field=field, given=changed)
    field = db.session.get_one(ExtraField, field_id)
    assert field.said["labels"]["en"] == "Trade learnt"
    agree(house, field_id)
    field = db.session.get_one(ExtraField, field_id)
    assert [(each["code"], each["ended"]) for each in field.said["options"]] == [
        ("o2", False),
        ("o3", False),
        ("o1", True),
    ]
    assert field.past[0]["labels"]["en"] == "Trade learnt"
    with office_at_hand.within(house.here.id):
        drawn = Form(IdentitySchema)[name]
        assert [code for code, _label in drawn.options] == ["o2", "o3"]
        assert drawn.as_text("o1") == "Tailor"
        assert "o1" in dict(Form(IdentitySchema, {name: "o1"})[name].options)


def test_two_who_answer_it_are_joined_or_asked(quick_app: Flask) -> None:
    house = factories.World()
    name = in_force(house, kind="line")
    case_id = factories.case(house).id
    with factories.acts(house.caseworker) as by, office_at_hand.within(house.here.id):
        case = db.session.get_one(Case, case_id)
        opened = editing.revision_of(case, "identity")
        first = {**case.identity, name: "Weaver", "revision": opened}
        editing.change_identity(by=by, case=case, given=first)
        case = db.session.get_one(Case, case_id)
        second = {**first, name: "Baker"}
        with pytest.raises(revisions.StaleEdit) as stale:
            editing.change_identity(by=by, case=case, given=second)
    assert stale.value.differences[name] == ("Weaver", "Baker")


def test_who_can_agree_is_told_and_no_form_asks_twice(quick_app: Flask) -> None:
    house = factories.World()
    other = second(house)
    with factories.acts(house.administrator) as by:
        extra_fields.ask(by=by, place=factories.anew(house.here), given=TRADE)
    told = db.session.query(Message.user_id).filter(Message.event == "field.asked").distinct()
    assert [user_id for (user_id,) in told] == [other.id]
    wrong: tuple[dict[str, str], ...] = (
        TRADE,
        {**TRADE, "label_en": "Craft", "options_en": "One"},
        {**TRADE, "label_en": "Craft", "options_en": "One\none"},
    )
    for given in wrong:
        with factories.acts(house.administrator) as by, pytest.raises(RuleBroken):
            extra_fields.ask(by=by, place=factories.anew(house.here), given=given)


def test_the_headquarters_ask_all_and_an_office_its_own(quick_app: Flask) -> None:
    house = factories.World()
    of_all = in_force(house, house.headquarters)
    own = in_force(house)
    with office_at_hand.within(house.here.id):
        assert [field.name for field in kept.of_place("identity")] == [of_all, own]
    with office_at_hand.within(house.there.id):
        assert [field.name for field in kept.of_place("identity")] == [of_all]
    with factories.acts(house.administrator) as by, pytest.raises(RuleBroken):
        extra_fields.ask(by=by, place=factories.anew(house.partner), given=TRADE)
    with factories.acts(house.administrator) as by:
        field = db.session.get_one(ExtraField, int(own[2:]))
        with pytest.raises(RuleBroken) as wrong:
            extra_fields.refuse(by=by, field=field)
        assert str(wrong.value.message) == "Nothing waits here."
        assert field.state == ExtraFieldState.IN_FORCE


def test_a_list_answers_it_by_the_words_it_is_called_in(app: Flask) -> None:
    house = factories.World()
    trade = in_force(house)
    since = in_force(house, place="needs", kind="number", label_en="Days without food")
    content = "Name,Surname,Trade learnt,Days without food\nAwa,Sow,خياط,2\nIssa,Ba,Astronaut,3\n"
    browser = factories.Browser(app, house.caseworker)
    sent = {"file": (io.BytesIO(content.encode()), "list.csv")}
    page = browser.post("/imports", **sent).headers["Location"]
    mapping = browser.get(page).text
    assert "Trade learnt" in mapping
    assert f'value="{trade}" selected' in mapping, "suggested by what it is called"
    chosen = {
        "column__0": "prs_FirstName",
        "column__1": "prs_SecondName",
        "column__2": trade,
        "column__3": since,
        "basis": "Found in the desert.",
    }
    assert browser.post(f"{page}/columns", **chosen).status_code == 303
    assert browser.post(f"{page}/start", gives="me").status_code == 303
    (job,) = db.session.query(Import)
    run(job.id)
    case = db.session.query(Case).one()
    with factories.acts(house.caseworker):
        case = db.session.get_one(Case, case.id)
        assert case.identity[trade] == "o1"
        assert case.protection[since] == 2
    assert "Trade learnt" in browser.get(page).text, "the cell that fits no choice is reported"


def test_who_works_for_two_offices_is_asked_what_the_chosen_one_asks(quick_app: Flask) -> None:
    house = factories.World()
    in_force(house, place="needs", kind="line", label_en="Seen by the team of Tunis")
    worker = factories.anew(house.caseworker)
    db.session.add(
        Grant(user=worker, organisation=factories.anew(house.there), role=Role.CASEWORKER)
    )
    db.session.commit()
    actor = person(factories.anew(house.caseworker))
    for office, asked in ((house.here.id, 1), (house.there.id, 0), (0, 0)):
        turn_to_office([], replace(actor, office=office))
        assert len(kept.of_place("needs")) == asked

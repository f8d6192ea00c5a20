"""Two people change one record: nothing that was not asked about is lost."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from casework.casefile import editing
from casework.core import revisions
from casework.core.schemas import IdentitySchema
from casework.records import changes
from casework.records.kinds import KINDS
from tests import factories
from web.errors import StaleEdit
from web.form_pairs import pairs
from web.forms import typed
from web.links import link


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


BEGAN = {"given_names": "Fatima", "family_name": "Benali", "sex": "Feminine", "languages": ["fr"]}


def change(house: factories.World, who: Any, case: Any, **form: Any) -> None:
    with factories.acts(who) as by:
        editing.change_identity(by=by, case=factories.anew(case), given=form)


def identity(house: factories.World, case: Any) -> dict[str, Any]:
    with factories.acts(house.caseworker):
        return dict(factories.anew(case).identity)


def revision(case: Any) -> int:
    return editing.revision_of(factories.anew(case), "identity")


def test_n20_what_only_one_changed_is_taken_over(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    change(house, house.caseworker, case, **BEGAN)
    opened = revision(case)
    change(
        house,
        house.colleague,
        case,
        **BEGAN,
        mother_name="Aicha",
        document_number="P-12",
        revision=opened,
    )
    change(house, house.caseworker, case, **BEGAN, city="Sfax", revision=opened)
    now = identity(house, case)
    assert (now["mother_name"], now["document_number"], now["city"]) == ("Aicha", "P-12", "Sfax")


def test_what_both_changed_is_asked_with_who_and_when(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    change(house, house.caseworker, case, **BEGAN)
    opened = revision(case)
    change(house, house.colleague, case, **BEGAN | {"family_name": "Ben Ali"}, revision=opened)
    with pytest.raises(StaleEdit) as asked:
        change(house, house.caseworker, case, **BEGAN | {"family_name": "Benaly"}, revision=opened)
    assert asked.value.differences == {"family_name": ("Ben Ali", "Benaly")}
    assert asked.value.by[0] == "Colleague"


def test_lists_join_by_entry(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    change(house, house.caseworker, case, **BEGAN | {"languages": ["fr", "ar"]})
    opened = revision(case)
    change(
        house, house.colleague, case, **BEGAN | {"languages": ["fr", "ar", "en"]}, revision=opened
    )
    change(house, house.caseworker, case, **BEGAN | {"languages": ["fr", "it"]}, revision=opened)
    assert identity(house, case)["languages"] == ["fr", "en", "it"]


def test_n21_a_risk_that_was_raised_meanwhile_stays(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    needs = {"needs": "A room.", "risk": "high", "categories": ["stranded"]}
    with factories.acts(house.caseworker) as by:
        editing.change_needs(by=by, case=factories.anew(case), given=needs)
        opened = editing.revision_of(factories.anew(case), "protection")
    with factories.acts(house.colleague) as by:
        risk = {"rating": "extreme", "words": "He was seen at the gate.", "assessed_on": None}
        kept = {
            name: value for name, value in risk.items() if name in KINDS["risk"].fields() and value
        }
        changes.add(by=by, case=factories.anew(case), kind=KINDS["risk"], given=kept)
    with factories.acts(house.caseworker) as by:
        form = {**needs, "needs": "A room and a doctor.", "revision": opened}
        editing.change_needs(by=by, case=factories.anew(case), given=form)
    again = factories.anew(case)
    assert again.risk == "extreme"
    with factories.acts(house.caseworker):
        assert again.protection["needs"] == "A room and a doctor."


def test_a_sex_that_was_written_meanwhile_stays(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    began = {name: value for name, value in BEGAN.items() if name != "sex"}
    change(house, house.caseworker, case, **began)
    opened = revision(case)
    change(house, house.colleague, case, **began, sex="Feminine", revision=opened)
    change(house, house.caseworker, case, **began, phone="+216 1", revision=opened)
    assert factories.anew(case).sex == "Feminine"
    assert identity(house, case)["phone"] == "+216 1"


def test_the_conflict_page_shows_what_both_changed_and_nothing_else(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    change(house, house.caseworker, case, **BEGAN, phone="1")
    number, opened = case.number, revision(case)
    change(
        house,
        house.colleague,
        case,
        **BEGAN | {"mother_name": "Aicha", "family_name": "Ben Ali"},
        revision=opened,
    )
    browser = factories.Browser(app, house.caseworker)
    action = link("sections.change_identity", number)
    form = pairs(IdentitySchema, BEGAN | {"family_name": "Benaly", "revision": opened})
    answer = browser.client.post(action, data=MultiDict([*form, ("csrf_token", browser.token)]))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Both of you changed this" in text
    assert "Ben Ali" in text
    assert "Colleague" in text
    assert 'id="family_name"' in text
    assert 'id="given_names"' not in text
    assert 'name="mother_name" value="Aicha"' in text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
    again = [(name, html.unescape(value)) for name, value in hidden if name not in {"csrf_token"}]
    saved = browser.client.post(
        action,
        data=MultiDict([*again, ("family_name", "Benali-Ben Ali"), ("csrf_token", browser.token)]),
    )
    assert saved.status_code == 303, saved.get_data(as_text=True)
    now = identity(house, case)
    assert (now["family_name"], now["mother_name"]) == ("Benali-Ben Ali", "Aicha")


def test_ones_own_other_tab_is_not_called_somebody_else(app: Flask, house: factories.World) -> None:
    case = factories.case(house)
    change(house, house.caseworker, case, **BEGAN, phone="1")
    opened = revision(case)
    change(house, house.colleague, case, **BEGAN, phone="1", mother_name="Aicha", revision=opened)
    tab = revision(case)
    change(house, house.caseworker, case, **BEGAN | {"family_name": "Ben Ali"}, revision=tab)
    browser = factories.Browser(app, house.caseworker)
    form = pairs(IdentitySchema, BEGAN | {"family_name": "Benaly", "revision": opened})
    answer = browser.client.post(
        link("sections.change_identity", case.number),
        data=MultiDict([*form, ("csrf_token", browser.token)]),
    )
    assert answer.status_code == 409
    assert "You changed this twice" in answer.text
    assert "Colleague" not in answer.text, "who changed something else is not named for this"


FIELDS = ("a", "b", "c", "d")
values = st.one_of(
    st.none(),
    st.text("xyz", min_size=1, max_size=2),
    st.lists(st.sampled_from("pqr"), unique=True, min_size=1),
)
edits = st.lists(
    st.tuples(st.booleans(), st.dictionaries(st.sampled_from(FIELDS), values, min_size=1)),
    max_size=8,
)


class History:
    """A record with versions, as the database would keep them."""

    def __init__(self) -> None:
        self.stands: dict[str, Any] = {}
        self.before: list[tuple[int, dict[str, Any]]] = []
        self.revision = 1

    def write(self, new: dict[str, Any]) -> None:
        names = {name for name in {*new, *self.stands} if new.get(name) != self.stands.get(name)}
        if names:
            self.before.append((self.revision, {name: self.stands.get(name) for name in names}))
            self.stands, self.revision = dict(new), self.revision + 1


@given(edits)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_interleaving_loses_what_was_not_overwritten_by_an_answer(
    changes_: list[tuple[bool, dict[str, Any]]],
) -> None:
    history, opened = History(), {True: ({}, 1), False: ({}, 1)}
    for who, form in changes_:
        seen, at = opened[who]
        mine = {name: value for name, value in {**seen, **form}.items() if value}
        later = [
            type("V", (), {"before": before, "by_id": None, "at": None})()
            for revision, before in reversed(history.before)
            if revision >= at
        ]
        try:
            result = revisions.joined(
                {**mine, "revision": at}, FIELDS, history.stands, later, revision=history.revision
            )
        except StaleEdit as asked:
            for name, (theirs, yours) in asked.differences.items():
                assert theirs == history.stands.get(name)
                assert yours == mine.get(name)
                assert seen.get(name) != theirs, "only what both changed is asked"
            result = {**asked.merged, **{n: y for n, (_t, y) in asked.differences.items()}}
        result = {name: value for name, value in result.items() if name in FIELDS and value}
        for name in FIELDS:
            if form.get(name, seen.get(name)) == seen.get(name):
                assert result.get(name) == history.stands.get(name), "the other's change stays"
        history.write(result)
        opened[who] = (dict(history.stands), history.revision)


def test_pairs_are_what_a_browser_sends() -> None:
    data = {**BEGAN, "birth": {"year": 1990, "month": 2, "estimated": True}, "phone": "+216"}
    form = MultiDict(pairs(IdentitySchema, data))
    assert IdentitySchema().load(typed(IdentitySchema, form)) == IdentitySchema().load(data)

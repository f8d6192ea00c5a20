"""A return that was begun by mistake, a counselling from before, and the declaration in words of
its own.
"""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import declaration, preparation
from models.base import db, today
from models.messages import Message
from models.rules import RuleBroken
from models.states import Sets
from reporting.facts import helps
from standards import declaration as words
from tests import factories
from tests.avrr.test_return import ready
from tests.factories import Browser, World, acts, anew, returning

WHY = "Zqxthe return of the other Fatima."


def test_a_return_begun_by_mistake_has_an_ending_of_its_own(quick_app: Flask) -> None:
    house = World()
    record = ready(house)
    own = Browser(quick_app, house.caseworker)
    place = f"/returns/{record.reference}"
    assert "Begun by mistake" in own.get(place).text
    assert own.post(f"{place}/mistaken", mistake=" ").status_code == 422
    assert own.post(f"{place}/mistaken", mistake=WHY).status_code == 303
    ended = anew(record)
    assert (ended.state, ended.handover, ended.own_key) == ("mistaken", "", None)
    assert ended.state in Sets.RETURN_GIVEN_UP
    page = own.get(f"/cases/{anew(ended.case).number}").text
    assert WHY in page
    assert "Return begun by mistake" in page
    told = select(Message.user_id).where(Message.event == "return.mistaken")
    assert set(db.session.execute(told).scalars()) == {house.origin.id}
    assert own.post(f"{place}/mistaken", mistake=WHY).status_code == 422, "once"
    with acts(house.caseworker) as by:
        again = preparation.start(by=by, case=anew(ended).case, country="CI")
        assert again.state == "preparing", "another one begins"


def test_no_figure_counts_it(quick_app: Flask) -> None:
    rows = [
        {"state": "preparing", "country": "CI"},
        {"state": "mistaken", "country": "ML"},
    ]
    assert helps._destination(rows) == "CI"
    mistaken = {**rows[1], "from_transit": False, "departed_on": None, "closed_on": None}
    assert list(helps._of_returns([mistaken])) == []


def test_a_counselling_from_before_says_why_it_counts(quick_app: Flask) -> None:
    house = World()
    case = factories.case(house)
    with acts(house.caseworker) as by:
        record = preparation.start(by=by, case=anew(case), country="CI")
    before = today() - timedelta(days=3)
    with acts(house.caseworker) as by, pytest.raises(RuleBroken) as broken:
        returning.take(
            "counselling", by=by, return_=anew(record), done_on=before, before_because=""
        )
    assert broken.value.field == "before_because"
    with acts(house.caseworker) as by:
        returning.take(
            "counselling", by=by, return_=anew(record), done_on=before, before_because=WHY
        )
    page = Browser(quick_app, house.caseworker).get(f"/cases/{anew(case).number}").text
    assert WHY in page
    with acts(house.caseworker) as by:
        returning.take("application", by=by, return_=anew(record))
        later = {"done_on": today(), "before_because": ""}
        returning.take("counselling", by=by, return_=anew(record), **later)
    assert anew(record).steps["counselling"].done_on == today(), "after both nobody asks why"


@pytest.mark.parametrize("code", ["fr", "es"])
def test_the_declaration_has_all_its_words_in_each_language(quick_app: Flask, code: str) -> None:
    with quick_app.test_request_context():
        theirs = words._read()[code]
        assert set(theirs) == set(words.WORDS)
        for name, text in theirs.items():
            assert text.count("%(") == str(words.WORDS[name]).count("%("), name
            assert text != str(words.WORDS[name]) or text in {"Programme"}
        assert code in dict(words.options())


def test_the_declaration_is_printed_in_french(quick_app: Flask) -> None:
    house = World()
    record = ready(house, hand=False)
    with acts(house.caseworker) as by, quick_app.test_request_context():
        with declaration._spoken("fr"):
            text = str(declaration._parts(anew(record), "fr"))
        assert "Personne ne m’y oblige" in text
        assert "Côte d’Ivoire" in text
        assert "Retour volontaire" in text
        assert "Nobody forces me" not in text
        assert by
    own = Browser(quick_app, house.caseworker)
    page = own.get(f"/returns/{record.reference}").text
    assert "Français" in page
    answer = own.post(f"/returns/{record.reference}/declaration", language="fr")
    assert answer.data.startswith(b"%PDF")
    assert own.post(f"/returns/{record.reference}/declaration", language="xx").status_code == 422

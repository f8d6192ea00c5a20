"""N31: what a shut account holds is held by nobody, at once; nothing is given to one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.casefile import closure
from casework.core import consent, queries, tasks
from casework.intake import importing, registration
from casework.team import board, transfers
from models.base import db, today
from models.cases import Import, Task
from models.messages import Message
from models.people import User
from models.rules import RuleBroken
from tests import factories
from web.links import link


@pytest.fixture
def house(app: Flask) -> factories.World:
    with app.app_context():
        yield factories.World()  # type: ignore[misc]


def shut(house: factories.World, user: User) -> None:
    factories.anew(user).active = False
    db.session.commit()


def test_n31_what_a_shut_account_holds_is_held_by_nobody_at_once(
    app: Flask, house: factories.World
) -> None:
    case = factories.case(house)
    number, here = case.number, factories.anew(house.here).id
    with factories.acts(house.caseworker) as by:
        late = today() - timedelta(days=2)
        tasks.add(by=by, case=factories.anew(case), kind="call", due_on=late)
    browser = factories.Browser(app, house.supervisor)
    assert board.of_nobody([here]) == board.Load(None, 0, 0, 0)
    assert "Every open case has somebody." in browser.get(link("team.board")).text
    shut(house, house.caseworker)
    assert board.of_nobody([here]) == board.Load(None, 1, 1, 1)
    page = browser.get(link("team.board")).text
    assert number in page
    assert "in the name of Caseworker" in page
    assert "Caseworker, whose account is shut" in browser.get(link("casefile.show", number)).text
    listed = browser.get(link("casefile.index")).text
    assert re.search(r">\s*nobody\s*<div", listed)
    assert consent.holders(factories.anew(case)) == [factories.anew(house.supervisor)]
    with factories.acts(house.colleague) as by:
        made = tasks.add(by=by, case=factories.anew(case), kind="call", due_on=today())
        own = tasks.add_for(
            user=factories.anew(house.caseworker),
            case=factories.anew(case),
            kind="call",
            due_on=today(),
        )
        assert (made.owner_id, own.owner_id) == (None, None)
    leaving, to = str(house.caseworker.id), str(house.colleague.id)
    sent = browser.post(link("team.hand_over"), leaving=leaving, to=to, note="Took over.")
    assert sent.status_code == 303, sent.text
    assert board.of_nobody([here]).cases == 0
    assert factories.anew(case).owner_id == house.colleague.id
    undone = db.session.execute(select(Task.owner_id).where(Task.done_at.is_(None))).scalars()
    assert set(undone) == {house.colleague.id}, "what nobody was to do goes with the case"


def test_who_works_there_no_more_holds_nothing_either(app: Flask, house: factories.World) -> None:
    factories.case(house)
    here = factories.anew(house.here).id
    factories.anew(house.caseworker).grants[0].ends_on = today() - timedelta(days=1)
    db.session.commit()
    assert board.of_nobody([here]).cases == 1
    assert [user.name for _office, user in queries.gone([here])] == ["Caseworker"]


def test_nothing_is_given_to_a_shut_account_by_any_way(app: Flask, house: factories.World) -> None:
    case: Any = factories.case(house, owner=house.colleague)
    here = factories.anew(house.here)
    user = factories.anew(house.caseworker)
    with factories.acts(house.colleague) as by:
        offered = transfers.offer(
            by=by, case=factories.anew(case), office=here, user=user, note="Please take it."
        )
    shut(house, house.caseworker)
    owner = str(house.caseworker.id)
    with factories.acts(house.supervisor) as by:
        case = factories.anew(case)
        with pytest.raises(RuleBroken):
            closure.assign(by=by, case=case, owner=owner)
        with pytest.raises(RuleBroken):
            transfers.accept(by=by, transfer=factories.anew(offered))
        with pytest.raises(RuleBroken):
            transfers.hand_all_over(by=by, leaving=str(house.colleague.id), to=owner, note="x")
        with pytest.raises(RuleBroken):
            registration.register(
                by=by, given=factories.registration(), office=here, owner_id=user.id
            )
        transfers.take_back(by=by, case=case)
        with pytest.raises(RuleBroken):
            transfers.offer(by=by, case=case, office=here, user=user, note="Please take it.")
        with pytest.raises(RuleBroken):
            transfers.chosen(office=str(here.id), user=owner)
        job = Import(key="k", by_id=user.id, office=here, total=1, made=0, owner_ids=[user.id])
        assert importing._next_owner(job) is None
        job.owner_ids = None
        assert importing._next_owner(job) is None
        assert importing._owner(office=here.id, name="Caseworker") is None
        db.session.rollback()


@pytest.mark.parametrize("to_somebody", [True, False])
def test_an_offer_that_nobody_can_answer_any_more_is_told_to_whoever_can_mend_it(
    app: Flask, house: factories.World, *, to_somebody: bool
) -> None:
    """Its receiver's account is shut, or its office lost its supervisor, while it waits."""
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        here = factories.anew(house.here)
        user = factories.anew(house.colleague) if to_somebody else None
        mine = factories.anew(case)
        transfers.offer(by=by, case=mine, office=here, user=user, note="Please take it.")
    assert transfers.tell_of_unheard() == 0, "somebody can answer"
    shut(house, house.colleague if to_somebody else house.supervisor)
    before = set(_told())
    for _ in range(2):
        with factories.acts(house.officer):
            assert transfers.tell_of_unheard() == 1
    told = [row for row in _told() if row not in before]
    if to_somebody:
        assert told == [("transfer.asked", factories.anew(house.supervisor).id)], "once"
        return
    assert told
    assert {event for event, _user in told} == {"unheard.transfer.asked"}
    assert factories.anew(house.supervisor).id not in {user for _event, user in told}


def _told() -> list[tuple[str, int]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Message.event, Message.user_id).where(Message.channel == "app")
    )
    return [(event, user) for event, user in rows]

"""Who is home already by another way, and returns that nobody there receives: who goes on after
arrival is told, lists and approves, whoever that is.
"""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avrr import assistance_items, coming_home, jobs, preparation, queries, visits
from casework.core import consent
from funds import approvals
from models.base import db, today
from models.cases import Case
from models.messages import Message
from models.money import FundRequest
from models.returns import Return
from models.rules import RuleBroken
from reporting.facts import extracting
from tests import factories

DAY = timedelta(days=1)
GIVEN: dict[str, Any] = {"kind": "forced", "came_from": "LY"}


def home(house: factories.World, case: Case | None = None, **more: Any) -> Return:
    case = case or factories.case(house, citizenship="TN")
    said = {**GIVEN, "arrived_on": today() - 40 * DAY, **more}
    with factories.acts(house.caseworker) as by:
        return coming_home.begin(by=by, case=factories.anew(case), **said)


def test_reintegration_begins_without_the_steps_of_a_departure(quick_app: Flask) -> None:
    house = factories.World()
    record = factories.anew(home(house))
    assert (record.state, record.kind, record.came_from) == ("arrived", "forced", "LY")
    assert [each.month for each in record.follow_ups] == [1, 3, 6, 12]
    own = factories.Browser(quick_app, house.caseworker)
    page = own.get(f"/returns/{record.reference}").text
    assert "Steps to departure" not in page
    assert "After a forced return" in page
    assert "Libya" in page
    answer = own.post(f"/returns/{record.reference}/plan", economic="A shop.", revision="0")
    assert answer.status_code == 303, answer.text[-600:]
    assert factories.anew(record).state == "reintegration"


def test_nobody_counts_it_as_a_return_of_ours(quick_app: Flask) -> None:
    house = factories.World()
    record = home(house)
    (facts,) = extracting.extract([record.case_id])
    assert not [each for each in facts["helps"] if each["measure"] == "avrr"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"came_from": "TN"}, "came_from"),
        ({"arrived_on": 1}, "arrived_on"),
        ({"arrived_on": -366 * 11}, "arrived_on"),
        ({"citizenship": "CI"}, "basis"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    quick_app: Flask, more: dict[str, Any], field: str
) -> None:
    house = factories.World()
    case = factories.case(house, citizenship=more.pop("citizenship", "TN"))
    if "arrived_on" in more:
        more = {"arrived_on": today() + more["arrived_on"] * DAY}
    with pytest.raises(RuleBroken) as refused:
        home(house, case, **more)
    assert refused.value.field == field


def test_one_return_at_a_time_and_only_of_who_agrees(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, citizenship="CI")
    with factories.acts(house.caseworker) as by:
        preparation.start(by=by, case=factories.anew(case), country="CI")
    with pytest.raises(RuleBroken) as refused:
        home(house, case, basis="residence")
    assert refused.value.field == "country"
    refuses = factories.case(house)
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(refuses), purpose="assistance")
    with pytest.raises(RuleBroken) as refused:
        home(house, refuses, basis="residence")
    assert "voluntary" in str(refused.value.message)


def test_the_page_begins_it_and_keeps_what_was_typed(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house, citizenship="TN")
    own = factories.Browser(quick_app, house.caseworker)
    place = f"/cases/{case.number}/came-home"
    wrong = own.post(place, kind="own_means", came_from="LY", arrived_on=str(today() + DAY))
    assert wrong.status_code == 422
    assert str(today() + DAY) in wrong.text
    assert '<details class="panel" open>' in wrong.text
    right = own.post(place, kind="own_means", came_from="LY", arrived_on=str(today() - DAY))
    assert right.status_code == 303
    assert own.get(right.headers["Location"]).status_code == 200


def due_again(record: Return, days: int) -> None:
    """As it is when the first follow-up came due after the beginning, so many days ago."""
    first = factories.anew(record).follow_ups[0]
    first.not_needed_on, first.due_on = None, today() - days * DAY
    db.session.commit()


def test_follow_ups_whose_time_was_over_are_not_asked_for(quick_app: Flask) -> None:
    house = factories.World()
    record = factories.anew(home(house, arrived_on=today() - 100 * DAY))
    assert [bool(each.not_needed_on) for each in record.follow_ups] == [True, True, False, False]
    jobs.remind()
    assert told("follow_up.missed") == told("return.warning") == []


def told(event: str) -> list[str]:
    """Who, once for each notice, whatever the ways it goes."""
    query = select(Message).where(Message.event == event)
    found = db.session.execute(query).unique().scalars()
    return [who for who, _what in sorted({(each.user.email, each.reference) for each in found})]


def test_visits_that_are_due_are_listed_and_told_to_who_holds_the_case(quick_app: Flask) -> None:
    house = factories.World()
    record = home(house)
    due_again(record, 9)
    jobs.remind()
    assert told("follow_up.missed") == ["caseworker@example.org"]
    assert told("follow_up.overdue") == []
    with factories.acts(house.caseworker) as by:
        assert [each.record.id for each in queries.visits_due(by).items] == [record.id]
    with factories.acts(house.origin) as by:
        assert not queries.visits_due(by).items, "not to those who receive from others"
    with factories.acts(house.caseworker) as by:
        visits.follow_up(
            by=by,
            return_=factories.anew(record),
            month="1",
            done_on=today(),
            manner="phone",
            outcome="reached",
        )
    with factories.acts(house.caseworker) as by:
        assert not queries.visits_due(by).items


def test_supervisors_hear_weekly_of_what_stays_overdue(quick_app: Flask) -> None:
    house = factories.World()
    due_again(home(house), 29)
    jobs.remind()
    jobs.remind()
    assert told("follow_up.overdue") == ["supervisor@example.org"]
    assert told("return.warning") == ["caseworker@example.org"]


def test_help_at_home_is_asked_from_a_fund_by_this_mission(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    record = home(house)
    with factories.acts(house.caseworker) as by:
        item = assistance_items.assist(
            by=by,
            return_=factories.anew(record),
            kind="micro_business",
            dimension="economic",
            given_on=today(),
            form="cash",
            fund="HASM-1",
            amount="90",
            parts=1,
        )
    request = db.session.get_one(FundRequest, factories.anew(item).request_id)
    assert (request.at_home, request.office_id) == (True, record.sending_id)
    with factories.acts(house.supervisor) as by:
        approvals.approve(by=by, request=factories.anew(request))
    assert factories.anew(item).is_approved

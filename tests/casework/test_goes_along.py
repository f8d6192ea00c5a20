"""What hangs on a case goes with it to another office; what others began stays with them."""

from flask import Flask

from casework.core import approvals
from casework.team import transfers
from funds import approvals as answers
from funds import requests
from models.cases import Case
from tests import factories


def moved(house: factories.World, case: Case) -> None:
    with factories.acts(house.caseworker) as by:
        there = factories.anew(house.there)
        transfer = transfers.offer(
            by=by, case=factories.anew(case), office=there, user=factories.anew(house.far), note="x"
        )
    with factories.acts(house.far) as by:
        transfers.accept(by=by, transfer=factories.anew(transfer))


def test_questions_and_money_go_along(quick_app: Flask) -> None:
    house = factories.World()
    factories.fund()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=factories.anew(case), what="plan")
        money = requests.ask(
            by=by, case=factories.anew(case), fund="HASM-1", lines={"medical": "50"}
        )
    with factories.acts(house.supervisor) as by:
        answers.approve(by=by, request=factories.anew(money))
    moved(house, case)
    there = factories.anew(house.there).id
    assert factories.anew(asked).office_id == there
    assert factories.anew(money).office_id == there
    own = factories.Browser(quick_app, house.far)
    assert own.get(f"/funds/requests/{money.reference}").status_code == 200
    before = factories.Browser(quick_app, house.caseworker)
    assert before.get(f"/funds/requests/{money.reference}").status_code == 404

"""The year 2013 can be told: 277 people assisted by HASM and 13,412 returned through AVRR from
transit countries, by every route that counts them.
"""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

from access.actors import person
from funds import approvals, ledger, payments
from models import numbers
from models.base import at, db
from models.cases import Case, Person
from models.money import Fund, FundRequest, FundRequestLine, FundRequestPerson
from models.returns import Return
from reporting.facts import counting, engine
from tests import factories

HASM, TRANSIT, NOISE = 277, 13_412, 400
COUNTRIES = ("CI", "BD", "GN", "ML", "SN")
MOMENT = datetime(2013, 6, 1, 9, tzinfo=UTC)


GIVEN: set[str] = set()


def distinct(prefix: str) -> str:
    """A number that was not given before: of so many random ones, two are the same in one run of
    forty.
    """
    while (number := numbers.new(prefix)) in GIVEN:
        pass
    GIVEN.add(number)
    return number


def people(
    house: factories.World, count: int, chance: random.Random, *, agreed: bool = True
) -> list[int]:
    """So many persons with a case each; gives the cases' ids."""
    persons = list(
        db.session.execute(
            insert(Person).returning(Person.id), [{"created_at": MOMENT}] * count
        ).scalars()
    )
    rows = [
        {
            "number": distinct("SC"),
            "person_id": person,
            "office_id": house.here.id,
            "opened_on": date(2013, 1, 2),
            "statistics_agreed": agreed,
            "sex": chance.choice(("Feminine", "Masculine", "Masculine")),
            "age_band": chance.choice(("0-13", "18-34", "18-34", "35-64")),
            "citizenship": COUNTRIES[place % len(COUNTRIES)],
            "categories": ["stranded"],
        }
        for place, person in enumerate(persons)
    ]
    made: list[int] = []
    for start in range(0, len(rows), 2000):
        made += (
            db.session.execute(insert(Case).returning(Case.id), rows[start : start + 2000])
            .scalars()
            .all()
        )
    return made


def returned(
    house: factories.World, cases: list[int], on: date, *, transit: bool, state: str = "closed"
) -> None:
    """A return for each case."""
    rows = [
        {
            "reference": distinct("RT"),
            "case_id": case,
            "sending_id": house.here.id,
            "country": COUNTRIES[place % len(COUNTRIES)],
            "from_transit": transit,
            "state": state,
            "departed_on": on + timedelta(days=place % 200) if state != "withdrawn" else None,
        }
        for place, case in enumerate(cases)
    ]
    for start in range(0, len(rows), 2000):
        db.session.execute(insert(Return), rows[start : start + 2000])


def funded(house: factories.World, fund: Fund, groups: list[list[int]], cents: list[int]) -> int:
    """A request for each group, approved and partly paid through the verbs; gives what was spent."""
    worker, boss = person(house.caseworker), person(house.supervisor)
    spent = 0
    for group, amount in zip(groups, cents, strict=True):
        request = FundRequest(
            reference=numbers.new("FR"),
            fund=fund,
            case_id=group[0],
            office_id=house.here.id,
            amount_minor=amount,
            currency="EUR",
            people=len(group),
            asked_by_id=house.caseworker.id,
            asked_at=MOMENT,
        )
        request.lines = [FundRequestLine(line="travel", amount_minor=amount)]
        db.session.add(request)
        db.session.flush()
        db.session.execute(
            insert(FundRequestPerson),
            [{"request_id": request.id, "case_id": case} for case in group],
        )
        approvals.approve(by=boss, request=request)
        paid = amount - amount % 7 or amount
        payments.spend(
            by=worker,
            request=request,
            line="travel",
            amount=f"{paid // 100}.{paid % 100:02d}",
            on=MOMENT.date(),
            receipt="R",
            same_receipt="One invoice for both.",
        )
        payments.close(by=worker, request=request)
        spent += paid
    return spent


def test_2013_is_told_by_every_route_and_the_funds_balance_to_the_cent(quick_app: Flask) -> None:
    house = factories.World()
    chance = random.Random(2013)
    with at(MOMENT):
        hasm, avrr = (
            factories.fund("HASM-13", balance=500_000_00),
            factories.fund("AVRR-13", "avrr", balance=40_000_000_00),
        )
        for fund in (hasm, avrr):
            fund.starts_on, fund.ends_on = date(2013, 1, 1), date(2013, 12, 31)
        stranded, transit = people(house, HASM, chance), people(house, TRANSIT, chance)
        returned(house, transit, date(2013, 2, 1), transit=True)
        # Noise: not from transit, another year, changed their mind, did not agree to be counted,
        # helped twice.
        direct, silent = people(house, NOISE, chance), people(house, NOISE, chance, agreed=False)
        returned(house, direct, date(2012, 1, 1), transit=True)
        returned(house, direct[:100], date(2013, 3, 1), transit=False, state="withdrawn")
        returned(house, silent, date(2013, 3, 1), transit=True)
        singles = [[case] for case in [*stranded, *stranded[:40]]]
        spent_hasm = funded(
            house, hasm, singles, [chance.randrange(200_00, 1500_00) for _ in singles]
        )
        charters = [transit[start : start + 200] for start in range(0, TRANSIT, 200)]
        spent_avrr = funded(
            house,
            avrr,
            charters,
            [len(group) * chance.randrange(300_00, 900_00) for group in charters],
        )
        db.session.commit()
    funds = (hasm.id, avrr.id)
    counting.refresh(60_000)
    engine.freshened()

    # Counted here in plain Python, from the raw rows.
    agreed = {
        row.id: row.person_id
        for row in db.session.execute(select(Case.id, Case.person_id).where(Case.statistics_agreed))
    }
    departures = db.session.execute(
        select(Return.case_id, Return.departed_on, Return.from_transit).where(
            Return.departed_on.is_not(None)
        )
    ).all()
    by_hand = {
        agreed[case]
        for case, on, from_transit in departures
        if on.year == 2013 and from_transit and case in agreed
    }
    assert len(by_hand) == TRANSIT
    helped = db.session.execute(
        select(FundRequestPerson.case_id)
        .join(FundRequest)
        .where(FundRequest.fund_id == hasm.id, FundRequest.state.in_(("approved", "closed")))
    ).scalars()
    assert len({agreed[case] for case in helped}) == HASM

    # The facts, the page, the table, the API.
    query = """
        SELECT measure, from_transit, count(*)
        FROM helps
        WHERE year(given_on) = 2013 AND measure IN ('hasm', 'avrr') AND is_first
        GROUP BY ALL"""
    assert {(row[0], row[1]): row[2] for row in engine.engine().query(query)} == {
        ("hasm", False): HASM,
        ("avrr", True): TRANSIT,
    }
    assert counting.rebuild()
    manager, api = (
        factories.Browser(quick_app, factories.anew(house.manager)),
        factories.Api(quick_app, factories.anew(house.manager)),
    )
    page = manager.get("/statistics?year=2013").text
    assert f'<b><bdi dir="ltr">{HASM}</bdi></b><span>assisted by HASM</span>' in page
    assert f'<b><bdi dir="ltr">{TRANSIT}</bdi></b><span>AVRR from transit countries</span>' in page
    for programme, total in (("hasm", HASM), ("avrr", TRANSIT)):
        text = (
            manager.get(f"/statistics/assisted/{programme}-divided.csv?year=2013")
            .get_data(as_text=True)
            .lstrip("\ufeff")
        )
        rows = list(csv.reader(io.StringIO(text)))
        rows = rows[: rows.index([])]
        assert rows[0][-2] == "All"
        assert rows[-1][-2] == str(total)
        assert sum(int(row[-2]) for row in rows[1:-1]) == total, (
            "every country of return is shown, and they add up"
        )
        cells: Any = api.get(f"/statistics/{programme}?year=2013").json["cells"]
        assert cells[-1][-1]["people"] == total
    assert (
        api.get("/statistics/avrr?year=2013&transit=1").json["cells"][-1][-1]["people"] == TRANSIT
    )

    # The books.
    for fund, given, spent in (
        (funds[0], 500_000_00, spent_hasm),
        (funds[1], 40_000_000_00, spent_avrr),
    ):
        found = db.session.get_one(Fund, fund)
        assert (found.balance_minor, found.committed_minor, found.spent_minor) == (
            given - spent,
            0,
            spent,
        )
        assert ledger.balances(found)

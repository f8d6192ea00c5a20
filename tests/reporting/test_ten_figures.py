"""Ten figures, and more, counted again from the raw rows in plain Python, by somebody who has read
their definitions alone.
"""

import random
import statistics
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from models.base import at, db, today
from models.cases import Case, Person, Task
from models.dates import months_between
from models.money import Fund, FundRequest, FundRequestPerson, LedgerEntry
from models.people import Organisation, User
from models.referrals import Referral, Service
from models.returns import FollowUp, Return, Survey
from models.shelter import Placement
from reporting.facts import counting, engine
from reporting.tables import measures, operations, panels, scores, tables, trafficking
from standards import ctdc, lists
from tests import factories

YEAR = 2025
ALL: dict[str, Any] = {"limit": 0, "bands": "field"}  # nothing is under zero: every number is shown


def world(house: factories.World) -> None:
    """Some hundred invented people with everything that can happen to them, put in as rows."""
    chance = random.Random(7)
    moment = datetime(YEAR, 5, 5, 10, tzinfo=UTC)
    persons = list(
        db.session.execute(
            insert(Person).returning(Person.id), [{"created_at": moment}] * 300
        ).scalars()
    )
    funds = [
        factories.fund("HASM-A", balance=10**9),
        factories.fund("MEFM-A", "mefm", balance=10**9),
    ]
    offices = (house.here.id, house.there.id)
    for number in range(420):
        case = Case(
            person_id=persons[number % 300],
            office_id=chance.choice(offices),
            owner_id=chance.choice((house.caseworker.id, house.colleague.id)),
            opened_on=day(chance),
            statistics_agreed=chance.random() < 0.9,
            sex=chance.choice(("Feminine", "Masculine", "not_asked")),
            age_band=chance.choice(("0-13", "18-34", "35-64", "")),
            citizenship=chance.choice(("CI", "BD", "ML")),
            categories=chance.choice(
                (["stranded"], ["trafficking", "medical"], ["child", "stranded"], [])
            ),
            exploitation=chance.choice(
                (["ForcedLabour"], ["SexualExploitation", "ForcedLabour"], [])
            ),
            trafficking_status=chance.choice(("", "possible", "actual", "not")),
            status=chance.choice(("open", "assistance", "closed")),
            risk=chance.choice(("low", "high", "")),
            channel="walk_in",
        )
        if case.status == "closed":
            case.closed_on, case.closure_reason = (
                case.opened_on + timedelta(days=chance.randrange(200)),
                "completed",
            )
        db.session.add(case)
        db.session.flush()
        _returned(case, chance, house)
        _helped(case, chance, house, funds)
    db.session.commit()


def day(chance: random.Random) -> date:
    return date(YEAR - 1, 7, 1) + timedelta(days=chance.randrange(700))


def _returned(case: Case, chance: random.Random, house: factories.World) -> None:
    if chance.random() < 0.5:
        left = case.opened_on + timedelta(days=chance.randrange(90))
        record = Return(
            case_id=case.id,
            sending_id=case.office_id,
            receiving_id=house.there.id,
            country=chance.choice(("CI", "BD", "ML")),
            from_transit=chance.random() < 0.4,
            state="arrived",
            departed_on=left if chance.random() < 0.8 else None,
            handover="accepted",
        )
        if record.departed_on:
            record.arrived_on = left + timedelta(days=1)
            record.closed_on, record.outcome = (
                (left + timedelta(days=200), chance.choice(("completed", "lost")))
                if chance.random() < 0.4
                else (None, "")
            )
        db.session.add(record)
        db.session.flush()
        for month in (1, 3):
            due = left + timedelta(days=30 * month)
            db.session.add(
                FollowUp(
                    return_id=record.id,
                    month=month,
                    due_on=due,
                    done_on=due + timedelta(days=chance.choice((-2, 4)))
                    if chance.random() < 0.6
                    else None,
                )
            )
        if record.arrived_on and chance.random() < 0.7:
            for wait in (31, 92, 190):
                values = {
                    name: chance.randrange(200, 1000)
                    for name in ("economic", "social", "psychosocial", "composite")
                }
                db.session.add(
                    Survey(
                        return_id=record.id,
                        on=record.arrived_on + timedelta(days=wait),
                        version="v",
                        token=f"{record.id}-{wait}",
                        **values,
                    )
                )


def _helped(case: Case, chance: random.Random, house: factories.World, funds: list[Fund]) -> None:
    if chance.random() < 0.5:
        fund = chance.choice(funds)
        answered = datetime(YEAR, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(-120, 400))
        request = FundRequest(
            fund_id=fund.id,
            case_id=case.id,
            office_id=case.office_id,
            amount_minor=50_000,
            currency="EUR",
            state=chance.choice(("approved", "closed", "refused", "asked")),
            asked_by_id=house.caseworker.id,
            answered_at=answered,
            sector=str(chance.randint(1, 3)) if fund.programme == "mefm" else "",
        )
        db.session.add(request)
        db.session.flush()
        db.session.add(FundRequestPerson(request_id=request.id, case_id=case.id))
        number = 1000 + request.id
        if request.state in {"approved", "closed"}:
            db.session.add(
                LedgerEntry(
                    fund_id=fund.id,
                    number=number,
                    kind="expenditure",
                    debit="committed",
                    credit="cash",
                    amount_minor=chance.randrange(1, 40_000),
                    balance_minor=1,
                    request_id=request.id,
                    line="travel",
                    on=answered.date(),
                    receipt="R",
                )
            )
    for _ in range(chance.choice((0, 0, 1, 2))):
        sent = datetime(YEAR, 1, 1, 8, tzinfo=UTC) + timedelta(hours=chance.randrange(-900, 9500))
        state = chance.choice(("sent", "accepted", "completed", "declined", "expired"))
        answered_at = sent + timedelta(hours=chance.randrange(1, 300)) if state != "sent" else None
        referral = Referral(
            case_id=case.id,
            office_id=case.office_id,
            partner_id=chance.choice((house.partner.id, house.other_partner.id)),
            service="shelter",
            state=state,
            sent_at=sent,
            fields=[],
            answered_at=answered_at,
            answer_by=sent + timedelta(hours=168),
            ended_at=answered_at + timedelta(days=3)
            if state == "completed" and answered_at
            else None,
        )
        db.session.add(referral)
        db.session.flush()
        if state == "completed":
            for kind in ("shelter", "counselling"):
                db.session.add(
                    Service(
                        referral_id=referral.id,
                        kind=kind,
                        given_on=sent.date(),
                        outcome=chance.choice(("given", "not_come")),
                        token=f"{referral.id}{kind}",
                    )
                )
    if chance.random() < 0.3:
        db.session.add(
            Task(
                case_id=case.id,
                owner_id=case.owner_id,
                kind="contact",
                due_on=today() + timedelta(days=chance.choice((-3, 5))),
            )
        )


@pytest.fixture
def raw(quick_app: Flask) -> Any:
    """The world, counted; and its raw rows, read without anything of ours that counts."""
    with at(datetime(2026, 11, 1, 12, tzinfo=UTC)):
        house = factories.World()
        world(house)
        counting.refresh()
        engine.freshened()
        db.session.rollback()
        yield {
            model.__name__: list(db.session.execute(select(model)).unique().scalars())
            for model in (
                Case,
                Return,
                FundRequest,
                FundRequestPerson,
                Fund,
                Service,
                Referral,
                Survey,
                FollowUp,
                LedgerEntry,
                Organisation,
                Task,
                User,
                Placement,
            )
        }


def once(events: list[tuple[int, date, int, Any]]) -> dict[int, Any]:
    """Each person once: the first help of the year, by day, then by case."""
    found: dict[int, tuple[date, int, Any]] = {}
    for who, on, case, what in events:
        if on.year == YEAR and (who not in found or (on, case) < found[who][:2]):
            found[who] = (on, case, what)
    return {who: (on, what) for who, (on, _case, what) in found.items()}


def counted(table: tables.Table) -> dict[tuple[str, str], int]:
    """A table as numbers, without totals."""
    cells = {
        (row, column): table.cells[r][c].value
        for r, row in enumerate(table.rows)
        for c, column in enumerate(table.columns)
    }
    return {key: value for key, value in cells.items() if value}


def tallied(pairs: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for pair in pairs:
        found[pair] += 1
    return dict(found)


def sex_of(case: Case) -> str:
    return case.sex if case.sex in {"Feminine", "Masculine"} else ""


def agreed(raw: Any) -> dict[int, Case]:
    return {case.id: case for case in raw["Case"] if case.statistics_agreed}


def table(measure: str, rows: str, columns: str, *filters: tuple[str, str]) -> tables.Table:
    return tables.ask(
        tables.Question(measure, YEAR, rows, columns, tuple(sorted(filters))),
        ALL["limit"],
        ALL["bands"],
        compare=False,
    )


def figure_one_returns_by_country_and_sex(raw: Any) -> None:
    cases = agreed(raw)
    events = [
        (cases[one.case_id].person_id, one.departed_on, one.case_id, one)
        for one in raw["Return"]
        if one.departed_on and one.case_id in cases
    ]
    people = once(events)
    assert counted(table("avrr", "country", "sex")) == tallied(
        [(one.country, sex_of(cases[one.case_id])) for _on, one in people.values()]
    )


def figure_two_returns_from_transit_countries_by_month(raw: Any) -> None:
    cases = agreed(raw)
    people = once(
        [
            (cases[one.case_id].person_id, one.departed_on, one.case_id, one)
            for one in raw["Return"]
            if one.departed_on and one.case_id in cases
        ]
    )
    expected = tallied(
        [
            (f"{on.month:02d}", sex_of(cases[one.case_id]))
            for on, one in people.values()
            if one.from_transit
        ]
    )
    assert counted(table("avrr", "month", "sex", ("transit", "1"))) == expected


def figure_three_and_four_hasm_and_mefm_by_host_and_age(raw: Any) -> None:
    cases, requests, funds = (
        agreed(raw),
        {one.id: one for one in raw["FundRequest"]},
        {one.id: one for one in raw["Fund"]},
    )
    hosts = {one.id: one.country for one in raw["Organisation"]}
    for programme in ("hasm", "mefm"):
        events = [
            (
                cases[link.case_id].person_id,
                requests[link.request_id].answered_at.date(),
                link.case_id,
                cases[link.case_id],
            )
            for link in raw["FundRequestPerson"]
            if link.case_id in cases
            and requests[link.request_id].state in {"approved", "closed"}
            and funds[requests[link.request_id].fund_id].programme == programme
        ]
        expected = tallied(
            [(hosts[case.office_id], case.age_band) for _on, case in once(events).values()]
        )
        assert counted(table(programme, "host", "age_band")) == expected
        assert expected


def figure_five_registered_by_quarter_and_category(raw: Any) -> None:
    order = ("trafficking", "child", "medical", "vulnerable", "smuggled", "stranded", "other")
    people = once(
        [(case.person_id, case.opened_on, case.id, case) for case in agreed(raw).values()]
    )
    expected = tallied(
        [
            (
                str((on.month - 1) // 3 + 1),
                next((code for code in order if code in case.categories), ""),
            )
            for on, case in people.values()
        ]
    )
    assert counted(table("registered", "quarter", "category")) == expected


def figure_six_victims_of_trafficking_by_origin(raw: Any) -> None:
    people = once(
        [(case.person_id, case.opened_on, case.id, case) for case in agreed(raw).values()]
    )
    victims = [
        case
        for _on, case in people.values()
        if case.trafficking_status in {"possible", "actual"}
        or ("trafficking" in case.categories and case.trafficking_status != "not")
    ]
    assert counted(table("trafficked", "citizenship", "sex")) == tallied(
        [(case.citizenship, sex_of(case)) for case in victims]
    )


def figure_seven_people_by_kind_of_service(raw: Any) -> None:
    cases, of = agreed(raw), {one.id: one.case_id for one in raw["Referral"]}
    for kind in ("shelter", "counselling"):
        given = [
            one
            for one in raw["Service"]
            if one.kind == kind and one.outcome != "not_come" and of[one.referral_id] in cases
        ]
        people = once(
            [
                (
                    cases[of[one.referral_id]].person_id,
                    one.given_on,
                    of[one.referral_id],
                    cases[of[one.referral_id]],
                )
                for one in given
            ]
        )
        asked = tables.ask(
            tables.Question("service", YEAR, "host", "sex", kind=kind), 0, "field", compare=False
        )
        assert asked.total is not None
        assert asked.total.value == len(people) > 0


def figure_eight_how_returns_ended(raw: Any) -> None:
    cases = agreed(raw)
    people = once(
        [
            (cases[one.case_id].person_id, one.closed_on, one.case_id, one)
            for one in raw["Return"]
            if one.closed_on and one.outcome and one.case_id in cases
        ]
    )
    assert counted(table("ended", "kind", "sex")) == tallied(
        [(one.outcome, sex_of(cases[one.case_id])) for _on, one in people.values()]
    )


def figure_nine_mean_scores_by_follow_up(raw: Any) -> None:
    cases, returns = agreed(raw), {one.id: one for one in raw["Return"]}
    groups: dict[str, list[tuple[int, date, int, Any]]] = defaultdict(list)
    for survey in raw["Survey"]:
        record = returns[survey.return_id]
        if record.case_id in cases and record.arrived_on:
            months = survey.month or months_between(record.arrived_on, survey.on)
            groups[
                "1" if months < 2 else "3" if months < 5 else "6" if months < 9 else "12"
            ].append((cases[record.case_id].person_id, survey.on, record.case_id, survey))
    panel = scores.panel(tables.Question("scored", YEAR, "host", "sex"), 0, "field", rtl=False)
    for place, (step, _label) in enumerate(scores.STEPS, 1):
        people = once(groups[step])
        if people:
            assert (
                panel.sheet.rows[0][place]
                == f"{statistics.mean(one.economic for _on, one in people.values()) / 1000:.2f}"
            )
            assert panel.sheet.rows[-1][place] == str(len(people))


def figure_ten_partners_answers_and_their_times(raw: Any) -> None:
    panel = operations.partners(operations.Span(YEAR), rtl=False)[0]
    names = {one.id: one.name for one in raw["Organisation"]}
    for row in panel.sheet.rows:
        sent = [
            one
            for one in raw["Referral"]
            if names[one.partner_id] == row[0] and one.sent_at.year == YEAR
        ]
        answered = [one for one in sent if one.answered_at and one.state != "expired"]
        assert row[1] == str(len(sent))
        assert row[4] == str(
            sum(one.state in {"accepted", "in_service", "completed"} for one in sent)
        )
        median = statistics.median(
            (one.answered_at - one.sent_at).total_seconds() / 3600 for one in answered
        )
        assert row[8].replace(",", "") == f"{median:,.1f}".replace(",", "")
        expected = sum(one.answered_at <= one.answer_by for one in answered) / sum(
            one.state not in {"sent", "revoked"} for one in sent
        )
        assert row[9] == f"{100 * expected:.0f} %"


def figure_eleven_follow_ups_of_the_year(raw: Any) -> None:
    due = [one for one in raw["FollowUp"] if one.due_on.year == YEAR]
    sums = [
        sum(
            int(row[place])
            for row in operations.follow_ups(operations.Span(YEAR), rtl=False)[0].sheet.rows
        )
        for place in range(1, 8)
    ]
    needed = [one for one in due if one.not_needed_on is None]
    reached = [one for one in needed if one.done_on and one.outcome in lists.FOLLOW_UP_REACHED]
    in_time = sum(one.done_on <= one.due_on + timedelta(days=14) for one in reached)
    assert sums[:3] == [len(needed), in_time, len(reached) - in_time]
    assert sum(sums[3:6]) == len(needed) - len(reached)
    assert sums[6] == len(due) - len(needed)


def figure_twelve_caseload_and_overdue_tasks(raw: Any) -> None:
    panel = operations.caseload(operations.Span(YEAR), rtl=False)[0]
    names = {one.id: one.name for one in raw["Organisation"]}
    cases = {one.id: one for one in raw["Case"]}
    for row in panel.sheet.rows:
        mine = [one for one in raw["Case"] if names[one.office_id] == row[0]]
        assert row[1] == str(sum(one.status != "closed" for one in mine))
        assert row[2] == str(
            sum(one.status != "closed" and one.risk in {"high", "extreme"} for one in mine)
        )
        assert row[3] == str(
            sum(
                one.due_on < today() and names[cases[one.case_id].office_id] == row[0]
                for one in raw["Task"]
            )
        )
        assert row[5] == str(
            sum(one.closed_on is not None and one.closed_on.year == YEAR for one in mine)
        )


def figure_thirteen_payments_of_funds(raw: Any) -> None:
    from web.template_filters import money  # noqa: PLC0415

    rows = {row[0]: row for row in operations.funds(operations.Span(YEAR), rtl=False)[0].sheet.rows}
    for fund in raw["Fund"]:
        paid = sum(
            one.amount_minor
            for one in raw["LedgerEntry"]
            if one.fund_id == fund.id and one.kind == "expenditure" and one.on.year == YEAR
        )
        assert rows[fund.code][3] == str(money(paid, fund.currency))


def test_every_measure_says_how_it_is_counted() -> None:
    assert all(str(one.definition) and str(one.label) for one in measures.MEASURES.values())


def figure_fourteen_shares_of_answers_by_the_percentage_rule(raw: Any) -> None:
    people = once(
        [(case.person_id, case.opened_on, case.id, case) for case in agreed(raw).values()]
    )
    victims = [
        case
        for _on, case in people.values()
        if case.trafficking_status in {"possible", "actual"}
        or ("trafficking" in case.categories and case.trafficking_status != "not")
    ]
    rows = [
        {
            "isForcedLabour": 1 if "ForcedLabour" in case.exploitation else None,
            "isSexualExploit": 1 if "SexualExploitation" in case.exploitation else None,
            "isOtherExploit": None,
        }
        for case in victims
    ]
    count, shares = ctdc.percentages(rows, ("isForcedLabour", "isSexualExploit", "isOtherExploit"))
    told = trafficking.answers(tables.Question("trafficked", YEAR), 0, "field")["type"]
    assert [whole.value for _label, _cell, whole in told] == [count] * 3
    panel = panels.shares("x", "x", told, 0, definition=[], rtl=False)
    assert [row[2] for row in panel.sheet.rows[:2]] == [
        f"{shares[name]:.0f} %" for name in ("isForcedLabour", "isSexualExploit")
    ]


FIGURES = (
    figure_one_returns_by_country_and_sex,
    figure_two_returns_from_transit_countries_by_month,
    figure_three_and_four_hasm_and_mefm_by_host_and_age,
    figure_five_registered_by_quarter_and_category,
    figure_six_victims_of_trafficking_by_origin,
    figure_seven_people_by_kind_of_service,
    figure_eight_how_returns_ended,
    figure_nine_mean_scores_by_follow_up,
    figure_ten_partners_answers_and_their_times,
    figure_eleven_follow_ups_of_the_year,
    figure_twelve_caseload_and_overdue_tasks,
    figure_thirteen_payments_of_funds,
    figure_fourteen_shares_of_answers_by_the_percentage_rule,
)


def test_each_figure_is_what_a_count_from_the_raw_rows_gives(raw: Any, subtests: Any) -> None:
    """One world for all of them, as making it takes longer than counting."""
    assert len(FIGURES) >= 10
    for figure in FIGURES:
        with subtests.test(figure.__name__):
            figure(raw)

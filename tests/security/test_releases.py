"""What goes out leans on the ledger, and ends with it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import person
from access.permissions import Role
from avrr import handover, home_consent, local_referral, preparation, reintegration, steps
from casework.core import consent, release, reminders
from casework.intake import registration
from casework.records import changes
from casework.records.kinds import KINDS
from casework.shelter import facilities, placing
from casework.team import calendar_feed, transfers
from files import receiving
from models.base import db, today
from models.cases import Case, Event, Task
from models.messages import HookMessage, Message
from models.people import Organisation, User
from models.referrals import Referral
from models.releases import CaseRelease
from models.returns import Return
from models.rules import RuleBroken
from models.states import CaseReleaseState
from referral import partner_links, responses, sending
from reporting.exports import deliveries, exporting
from tests import factories
from tests.avrr.test_return import stepped
from tests.conftest import Clock
from web.guard import ROUTES

MARK = "MARKER-7f3a"


@pytest.fixture
def house(quick_app: Flask, clock: Clock) -> factories.World:
    """Everybody, over SQLite, at a fixed hour."""
    return factories.World()


def agree(house: factories.World, case: Case, *recipients: Organisation, **more: Any) -> None:
    """The person agrees that these are told, and no others."""
    with factories.acts(house.caseworker) as by:
        ids = [factories.anew(place).id for place in recipients]
        given = {"sharing": "agrees", "recipients": ids, **more}
        consent.record(by=by, case=factories.anew(case), given=given)


def lodge(house: factories.World, case: Case, state: str = "lodged") -> None:
    """A legal officer writes down an asylum claim."""
    with factories.acts(house.legal) as by:
        given = {"state": state, "on": today()}
        changes.add(by=by, case=factories.anew(case), kind=KINDS["asylum"], given=given)


def begun(house: factories.World, case: Case) -> Return:
    """A return to the mission there, with all steps done."""
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
        stepped(record, by)
    return record


def handed(house: factories.World, case: Case) -> Return:
    """The same, handed over."""
    record = begun(house, case)
    with factories.acts(house.caseworker) as by:
        handover.hand_over(by=by, return_=factories.anew(record))
    return record


def referred(house: factories.World, case: Case, service: str = "shelter") -> Referral:
    """A referral to the partner, accepted."""
    with factories.acts(house.caseworker) as by:
        made = sending.send(
            by=by,
            case=factories.anew(case),
            partner=factories.anew(house.partner).id,
            service=service,
            urgency="urgent",
            fields_=["call_name", "needs"],
        )
    with factories.acts(house.helper) as by:
        responses.accept(by=by, referral=factories.anew(made))
    return made


def in_force(case: Case) -> list[CaseRelease]:
    """What stands of a case."""
    query = select(CaseRelease).where(
        CaseRelease.case_id == case.id, CaseRelease.state == CaseReleaseState.IN_FORCE
    )
    return list(db.session.execute(query).unique().scalars())


def told_of(event: str) -> set[str]:
    """Who was told of an event."""
    query = select(User.name).join(Message, Message.user_id == User.id)
    return set(db.session.execute(query.where(Message.event == event)).scalars())


# --- P1


@pytest.mark.parametrize("way", ["page", "api"])
@pytest.mark.parametrize("why", ["nobody named", "refused", "asylum", "grounds", "no steps"])
def test_p1_no_return_is_handed_over_without_leave(
    house: factories.World, quick_app: Flask, way: str, why: str
) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        record = preparation.start(by=by, case=factories.anew(case), country="CI")
        if why != "no steps":
            stepped(record, by)
        if why == "grounds":
            factories.returning.take("protection_check", by=by, return_=record, outcome="grounds")
        if why == "refused":
            consent.record(by=by, case=record.case, given={"sharing": "refuses"})
        if why == "nobody named":
            given = {"sharing": "agrees", "recipients": [factories.anew(house.partner).id]}
            consent.record(by=by, case=record.case, given=given)
    if why == "asylum":
        lodge(house, case, "wish")
    reference = factories.anew(record).reference
    browser = factories.Browser(quick_app, house.caseworker)
    page = browser.get(f"/returns/{reference}").text
    assert "hand-over" not in page, "no button"
    assert "It cannot be handed over now." in page, "and the page says why"
    if way == "page":
        answer = browser.post(f"/returns/{reference}/hand-over")
    else:
        answer = factories.Api(quick_app, house.caseworker).post(f"/returns/{reference}/hand-over")
    assert answer.status_code == 422
    assert factories.anew(record).handover == ""
    assert in_force(factories.anew(case)) == []
    assert told_of("handover.sent") == set()


def test_p1_to_a_mission_that_may_be_told_it_goes(house: factories.World) -> None:
    case = factories.case(house)
    record = handed(house, case)
    (told,) = in_force(factories.anew(case))
    assert (told.kind, told.recipient.code) == ("handover", "ABJ")
    assert told.consent is not None
    assert told.until == told.consent.valid_until
    assert factories.anew(record).access_until.date() == told.until + timedelta(days=1)


# --- P2


def _asylum(house: factories.World, case: Case) -> None:
    lodge(house, case)


def _grounds(house: factories.World, case: Case) -> None:
    with factories.acts(house.caseworker) as by:
        record = db.session.execute(select(Return)).unique().scalar_one()
        factories.returning.take("protection_check", by=by, return_=record, outcome="grounds")


def _refuses(purpose: str) -> Any:
    def answer(house: factories.World, case: Case) -> None:
        with factories.acts(house.caseworker) as by:
            consent.record(by=by, case=factories.anew(case), given={purpose: "refuses"})

    return answer


def _withdraws(purpose: str) -> Any:
    def answer(house: factories.World, case: Case) -> None:
        with factories.acts(house.caseworker) as by:
            consent.withdraw(by=by, case=factories.anew(case), purpose=purpose)

    return answer


def _names_another(house: factories.World, case: Case) -> None:
    agree(house, case, house.other_partner)


ENDINGS = {
    "asylum": _asylum,
    "grounds": _grounds,
    "sharing refused": _refuses("sharing"),
    "sharing withdrawn": _withdraws("sharing"),
    "assistance refused": _refuses("assistance"),
    "assistance withdrawn": _withdraws("assistance"),
    "another named": _names_another,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_p2_a_handover_ends_with_what_it_leaned_on(
    house: factories.World, quick_app: Flask, ending: str
) -> None:
    case = factories.case(house)
    record = handed(house, case)
    reference = record.reference
    origin = factories.Browser(quick_app, house.origin)
    assert "Benali" in origin.get(f"/returns/{reference}").text
    ENDINGS[ending](house, case)
    now_ = factories.anew(record)
    assert (now_.handover, now_.own_key) == ("", None)
    gone, never = origin.get(f"/returns/{reference}"), origin.get("/returns/RT-222222YY")
    assert gone.status_code == never.status_code == 404
    assert origin.post(f"/returns/{reference}/accept").status_code == 404
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken):
        handover.accept(by=by, return_=factories.anew(record))
    assert factories.anew(record).handover == ""
    assert told_of("handover.ended") | told_of("return.withdrawn") == {"Origin"}
    assert in_force(factories.anew(case)) == []


def test_p2_on_both_databases_the_missions_see_nothing_after_an_asylum_record(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    record = handed(house, case)
    reference = record.reference
    origin = factories.Browser(app, house.origin)
    assert origin.post(f"/returns/{reference}/accept").status_code == 303
    assert origin.post(f"/returns/{reference}/words", words="When?").status_code == 303
    lodge(house, case)
    for path in ("", "/accept", "/words", "/send-back"):
        answer = origin.post(f"/returns/{reference}{path}", words="And now?") if path else None
        answer = answer or origin.get(f"/returns/{reference}")
        assert answer.status_code == 404, path
    assert factories.anew(record).own_key is None


def test_p2_handed_over_again_after_the_person_agreed_again(
    house: factories.World, quick_app: Flask
) -> None:
    case = factories.case(house)
    record = handed(house, case)
    place = f"/returns/{record.reference}"

    def goes(to: str) -> None:
        leg = {"from": "Tunis", "to": to, "on": today(), "carrier": ""}
        with factories.acts(house.caseworker) as by:
            steps.journey(by=by, return_=factories.anew(record), given={"legs": [leg]})

    goes("Bouake")
    goes("Abidjan")
    _withdraws("sharing")(house, case)
    agree(house, case, house.there)
    with factories.acts(house.caseworker) as by:
        handover.hand_over(by=by, return_=factories.anew(record))
    for user in (house.caseworker, house.origin):
        page = factories.Browser(quick_app, user).get(place)
        assert (page.status_code, "Bouake" in page.text) == (200, False), "it ended with its key"
        assert "Abidjan" in page.text, "the journey still is theirs"
    goes("Yamoussoukro")
    assert factories.Browser(quick_app, house.caseworker).get(place).status_code == 200
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
        assert factories.anew(record).released["family_name"] == "Benali"
        assert dict(factories.anew(record).thread) == {}


def test_p2_the_mission_on_the_way_is_told_by_the_same_rule(house: factories.World) -> None:
    transit = house._place("NIA", "mission", "NE")
    db.session.commit()
    case = factories.case(house)
    record = handed(house, case)
    leg = {"from": "Tunis", "to": "Niamey", "carrier": "", "on": today()}
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken) as refused:
        steps.journey(by=by, return_=factories.anew(record), given={"legs": [leg], "via": "NIA"})
    assert refused.value.field == "via"
    db.session.rollback()
    agree(house, case, house.there, transit)
    with factories.acts(house.caseworker) as by:
        steps.journey(by=by, return_=factories.anew(record), given={"legs": [leg], "via": "NIA"})
    assert {told.kind for told in in_force(factories.anew(case))} == {"handover", "transit"}
    agree(house, case, house.there)
    assert {told.kind for told in in_force(factories.anew(case))} == {"handover"}
    assert factories.anew(record).transit_id is None


# --- P3


def test_p3_a_return_neither_begins_nor_departs_against_the_ledger(
    house: factories.World,
) -> None:
    case = factories.case(house)
    lodge(house, case)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        preparation.start(by=by, case=factories.anew(case), country="CI")
    db.session.rollback()
    other = factories.case(house, given_names="Luz")
    record = handed(house, other)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
    _withdraws("assistance")(house, other)
    assert factories.anew(record).state == "withdrawn", "an open return stops"
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        preparation.depart(by=by, return_=factories.anew(record), departed_on=today())


def at_home(house: factories.World, case: Case) -> Return:
    """Handed over, and the person is home."""
    record = handed(house, case)
    with factories.acts(house.origin) as by:
        handover.accept(by=by, return_=factories.anew(record))
        factories.anew(record).state = "departed"
        reintegration.arrive(by=by, return_=factories.anew(record), arrived_on=today())
    return record


def asked_at_home(house: factories.World, local: Organisation, **more: Any) -> dict[str, Any]:
    """The form of a local referral."""
    return {
        "partner": factories.anew(local).id,
        "service": "training",
        "urgency": "standard",
        "fields_": ["needs"],
        "agrees": True,
        "manner": "signed",
        "language": "fr",
        **more,
    }


def test_p3_what_was_asked_at_home_is_a_line_that_can_be_taken_back(
    house: factories.World,
) -> None:
    local = house._place("LOCAL", "partner", "CI", ["training"])
    db.session.commit()
    case = factories.case(house)
    record = at_home(house, case)
    with factories.acts(house.origin) as by, pytest.raises(RuleBroken) as refused:
        given = asked_at_home(house, local, manner="")
        local_referral.refer(by=by, return_=factories.anew(record), given=given)
    assert refused.value.field == "manner"
    db.session.rollback()
    with factories.acts(house.origin) as by:
        given = asked_at_home(house, local)
        made = local_referral.refer(by=by, return_=factories.anew(record), given=given)
    line = next(line for line in factories.anew(case).consents if line.recipient_id == local.id)
    assert (line.purpose, line.manner, line.language) == ("sharing", "signed", "fr")
    assert (line.given_on, line.asked_at.code) == (today(), "ABJ")
    agree(house, case, house.partner, house.there)
    assert factories.anew(made).state == "sent", "the other office's answer is about its own"
    with factories.acts(house.origin) as by:
        home_consent.take_back(by=by, return_=factories.anew(record), partner=local.id)
    assert factories.anew(made).state == "revoked"
    assert factories.anew(record).handover == "accepted"


# --- P4


def test_p4_grounds_are_taken_back_with_words_and_by_another(house: factories.World) -> None:
    case = factories.case(house)
    record = begun(house, case)
    found = {"step": "protection_check", **factories.returning.given("protection_check")}
    found.pop("outcome")
    with factories.acts(house.caseworker) as by:
        steps.do_step(by=by, return_=factories.anew(record), **found, outcome="grounds")
    for user, why in ((house.caseworker, "Mistaken."), (house.colleague, "")):
        with factories.acts(user) as by, pytest.raises(RuleBroken):
            steps.do_step(by=by, return_=factories.anew(record), **found, outcome="ok", why=why)
        db.session.rollback()
    with factories.acts(house.caseworker) as by:
        preparation.withdraw(by=by, return_=factories.anew(record))
        second = preparation.start(by=by, case=factories.anew(case), country="CI")
        with pytest.raises(RuleBroken):
            steps.do_step(by=by, return_=second, **found, outcome="ok", why="Mistaken.")
        second_id = second.id
    with factories.acts(house.supervisor) as by:
        second = db.session.get_one(Return, second_id)
        steps.do_step(by=by, return_=second, **found, outcome="ok", why="She went to see.")
    outcomes = [
        (entry.outcome, entry.by_id)
        for record_id in (record.id, second_id)
        for entry in db.session.get_one(Return, record_id).entries
        if entry.step == "protection_check"
    ]
    assert outcomes[-2:] == [("grounds", house.caseworker.id), ("ok", house.supervisor.id)]


def test_p4_time_to_think_is_not_made_shorter_by_oneself(house: factories.World) -> None:
    case = factories.case(house)
    record = begun(house, case)
    talked = {"step": "counselling", **factories.returning.given("counselling")}
    with factories.acts(house.caseworker) as by:
        later = today() + timedelta(days=9)
        steps.do_step(by=by, return_=factories.anew(record), **talked, think_until=later)
        with pytest.raises(RuleBroken):
            steps.do_step(by=by, return_=factories.anew(record), **talked, think_until=today())


# --- P5


def test_p5_a_new_answer_that_still_names_them_breaks_nothing(house: factories.World) -> None:
    case = factories.case(house)
    made = referred(house, case)
    record = handed(house, case)
    before = {told.id: told.consent_id for told in in_force(factories.anew(case))}
    agree(house, case, house.partner, house.there, house.other_partner)
    after = {told.id: told.consent_id for told in in_force(factories.anew(case))}
    assert set(after) == set(before)
    assert all(after[number] != before[number] for number in after), "on the newer line"
    assert factories.anew(made).state == "accepted"
    assert factories.anew(record).handover == "sent"


# --- P6


def test_p6_access_ends_with_the_last_day_agreed_to_and_everybody_hears_before(
    house: factories.World, clock: Clock
) -> None:
    case = factories.case(house)
    last = today() + timedelta(days=30)
    agree(house, case, house.partner, house.there, valid_until=last)
    made, record = referred(house, case), handed(house, case)
    reference = made.reference
    assert factories.anew(made).access_until.date() == last + timedelta(days=1)
    assert factories.anew(record).access_until.date() == last + timedelta(days=1)
    clock.forward(days=23)
    reminders.of_consents_ending()
    assert told_of("consent.ending") == {"Caseworker", "Supervisor"}
    clock.forward(days=7)
    reminders.of_consents_ending()
    assert told_of("consent.ends_today") == {"Caseworker", "Supervisor"}
    assert release.settle_past_their_day() == 0, "the last day counts"
    clock.forward(days=1)
    with pytest.raises(RuleBroken):
        release.must_stand("referral", reference)
    assert release.settle_past_their_day() == 1
    db.session.commit()
    assert (factories.anew(made).state, factories.anew(made).own_key) == ("revoked", None)
    assert factories.anew(record).own_key is None


def test_p6_no_page_shows_it_past_the_day_though_no_job_has_run(
    house: factories.World, quick_app: Flask, clock: Clock
) -> None:
    case = factories.case(house)
    agree(house, case, house.there, valid_until=today())
    record = handed(house, case)
    assert (
        "Benali"
        in factories.Browser(quick_app, house.origin).get(f"/returns/{record.reference}").text
    )
    clock.forward(days=1)
    browser = factories.Browser(quick_app, house.origin)
    assert browser.get(f"/returns/{record.reference}").status_code == 404
    assert record.reference not in browser.get("/returns").text


# --- P7


def test_p7_without_assistance_the_case_rests(house: factories.World, quick_app: Flask) -> None:
    case = factories.case(house)
    number = case.number
    _withdraws("assistance")(house, case)
    kinds = set(db.session.execute(select(Task.kind, Task.owner_id)).all())
    expected = {("assistance_ended", user.id) for user in (house.caseworker, house.supervisor)}
    assert expected <= kinds
    own = factories.Browser(quick_app, house.caseworker)
    note = {"kind": "contact_phone", "note": MARK}
    assert own.post(f"/cases/{number}/contacts", **note).status_code == 422
    health = {"conditions": MARK, "revision": "0"}
    other = factories.Browser(quick_app, house.health)
    assert other.post(f"/cases/{number}/medical", **health).status_code == 422
    assert "say why it must be written on" in own.get(f"/cases/{number}/consent").text
    kept = {"because": "law", "words": "A court asked for it."}
    assert own.post(f"/cases/{number}/consent/keep", **kept).status_code == 303
    assert own.post(f"/cases/{number}/contacts", **note).status_code == 303


def test_p7_a_closed_case_takes_nothing_by_hand(house: factories.World, quick_app: Flask) -> None:
    case = factories.case(house)
    number = case.number
    browser = factories.Browser(quick_app, house.supervisor)
    assert (
        browser.post(f"/cases/{number}/close", reason="completed", words="Done.").status_code == 303
    )
    for path, form in (
        ("contacts", {"kind": "contact_phone", "note": MARK}),
        ("protection/needs", {"needs": MARK, "revision": "1"}),
        ("protection/account", {"account": MARK, "revision": "1"}),
        ("identity/change", {"call_name": MARK, "revision": "1"}),
    ):
        answer = browser.post(f"/cases/{number}/{path}", **form)
        assert answer.status_code in {409, 422}, path
    api = factories.Api(quick_app, house.supervisor)
    body = {"kind": "contact_phone", "note": MARK}
    assert api.post(f"/cases/{number}/contacts", body).status_code == 422


# --- P8


ANSWER = {"consulate": "agrees", "manner": "spoken", "witness": "A. Witness"}


@pytest.mark.parametrize("way", ["page", "api"])
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"manner": ""}, "manner"),
        ({"witness": ""}, "witness"),
        ({"manner": "guardian", "witness": ""}, "witness"),
        ({"given_on": "2026-03-11"}, "given_on"),
    ],
)
def test_p8_the_ledger_writes_nothing_that_nobody_said(
    house: factories.World, quick_app: Flask, way: str, change: dict[str, str], field: str
) -> None:
    case = factories.case(house)
    number, before = case.number, len(factories.anew(case).consents)
    given = {name: value for name, value in (ANSWER | change).items() if value}
    if way == "page":
        browser = factories.Browser(quick_app, house.caseworker)
        answer = browser.post(f"/cases/{number}/consent", **given)
        assert f'id="{field}-fault"' in answer.text
    else:
        api = factories.Api(quick_app, house.caseworker)
        answer = api.post(f"/cases/{number}/consent", given)
        assert field in answer.text
    assert answer.status_code == 422
    assert len(factories.anew(case).consents) == before


def test_p8_a_paper_signed_yesterday_with_who_was_there(
    house: factories.World, quick_app: Flask
) -> None:
    case = factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    given = {**ANSWER, "given_on": "2026-03-09", "language": "fr"}
    assert browser.post(f"/cases/{case.number}/consent", **given).status_code == 303
    line = factories.anew(case).consents[-1]
    assert line.given_on == today() - timedelta(days=1)
    text = browser.get(f"/cases/{case.number}/consent").text
    assert "A. Witness" in text
    assert b"Witness" not in line.witness_sealed


def test_p8_a_childs_own_yes_needs_a_guardian_or_the_reason(house: factories.World) -> None:
    case = factories.case(house, birth={"year": today().year - 12, "estimated": False})
    for more, counts in (
        ({"manner": "signed"}, False),
        ({"manner": "guardian", "witness": "Her aunt"}, True),
        ({"manner": "signed", "alone_because": "The guardian is who she fled."}, True),
    ):
        with factories.acts(house.caseworker) as by:
            given = {"consulate": "agrees", **more}
            if counts:
                consent.record(by=by, case=factories.anew(case), given=given)
                continue
            with pytest.raises(RuleBroken) as refused:
                consent.record(by=by, case=factories.anew(case), given=given)
            assert refused.value.field == "alone_because"


@pytest.mark.parametrize("right", [True, False])
def test_p8_vital_interest_is_called_so_and_may_have_been_wrong(
    house: factories.World, quick_app: Flask, right: bool
) -> None:
    whole = factories.registration()
    whole["consent"] = {"vital_reason": "Unconscious."}
    with factories.acts(house.caseworker) as by:
        case = registration.register(
            by=by, given=whole, office=factories.anew(house.here), owner_id=house.caseworker.id
        )
    kinds = select(Event.kind).where(Event.case_id == case.id)
    assert "consent" not in set(db.session.execute(kinds).scalars())
    boss = factories.Browser(quick_app, house.supervisor)
    path = f"/cases/{case.number}/vital-interest/review"
    assert boss.post(path, finding="right" if right else "not_right").status_code == 303
    assert factories.anew(case).must_rest is not right
    note = {"kind": "contact_phone", "note": MARK}
    answer = boss.post(f"/cases/{case.number}/contacts", **note)
    assert answer.status_code == (303 if right else 422)


# --- exports with names


def test_names_are_exported_to_whom_the_person_agreed_and_it_is_written_down(
    house: factories.World, quick_app: Flask
) -> None:
    case, other = factories.case(house), factories.case(house, given_names="Luz")
    agree(house, other, house.other_partner)
    with factories.acts(house.supervisor) as by:
        with pytest.raises(RuleBroken) as refused:
            deliveries.ask_htcds(by=by, format_="json", identities=True, password="x" * 20)
        assert refused.value.field == "recipient"
        to = str(factories.anew(house.partner).id)
        made = deliveries.ask_htcds(
            by=by, format_="json", identities=True, password="x" * 20, recipient=to
        )
    files = exporting.cases(factories.anew(made), lambda *_: None)
    db.session.commit()
    text = next(iter(files.values())).decode()
    assert "Fatima" in text
    assert "Luz" not in text
    found = factories.of_kind(CaseRelease, "export")
    assert [(row.case_id, row.ended_because) for row in found] == [(case.id, "on_paper")]


# --- P10


@pytest.mark.parametrize("why", ["not asked", "asylum"])
def test_p10_a_case_goes_to_another_office_by_the_persons_yes_and_never_home_to_what_they_fled(
    house: factories.World, why: str
) -> None:
    case = factories.case(house)
    if why == "asylum":
        lodge(house, case)
    else:
        agree(house, case, house.partner)
    with factories.acts(house.caseworker) as by, pytest.raises(RuleBroken):
        transfers.offer(
            by=by, case=factories.anew(case), office=factories.anew(house.there), user=None, note=""
        )


@pytest.mark.parametrize("ending", ["asylum", "sharing withdrawn"])
def test_p10_an_offer_ends_with_what_it_leaned_on(house: factories.World, ending: str) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        transfer = transfers.offer(
            by=by,
            case=factories.anew(case),
            office=factories.anew(house.there),
            user=factories.anew(house.far),
            note="Words.",
        )
    ENDINGS[ending](house, case)
    with factories.acts(house.far) as by, pytest.raises(RuleBroken):
        transfers.accept(by=by, transfer=factories.anew(transfer))
    assert factories.anew(case).office_id == house.here.id


# --- P11


def test_p11_the_page_says_who_was_told_what_until_when_and_who_opened_it(
    house: factories.World, quick_app: Flask
) -> None:
    case = factories.case(house)
    made = referred(house, case)
    reference = made.reference
    page = f"/cases/{case.number}/told"
    own = factories.Browser(quick_app, house.caseworker)
    assert "Never opened." in own.get(page).text
    factories.Browser(quick_app, house.helper).get(f"/referrals/{reference}")
    assert "Helper" in own.get(page).text
    _withdraws("sharing")(house, case)
    text = own.get(page).text
    assert "Needs" in text or "need" in text
    assert "the person took their consent back" in text
    paper = own.post(f"{page}/print", language="en")
    assert (paper.status_code, paper.data[:4]) == (200, b"%PDF")
    went_out = own.get(f"/referrals/{reference}").text.split('id="went-out"')[1]
    assert "need" in went_out.split("</section>")[0].lower(), "after the end, too"


def test_p11_a_wrong_code_at_a_link_is_told_to_the_sender_at_once(
    house: factories.World, quick_app: Flask
) -> None:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        made = factories.refer(by, house, case)
        token, code = partner_links.make(by=by, referral=made)
    browser = factories.Browser(quick_app)
    browser._learn(browser.get(f"/answer/{token}"))
    assert browser.post(f"/answer/{token}", code="WRONGONE").status_code == 422
    assert "Caseworker" in told_of("referral.link_failed")
    opened = browser.post(f"/answer/{token}", code=code)
    assert opened.status_code == 303
    assert browser.post(f"{opened.location}/accept").status_code == 303
    assert browser.get(opened.location).status_code == 200
    text = factories.Browser(quick_app, house.caseworker).get(f"/cases/{case.number}/told").text
    assert "by a link" in text


# --- what no page, answer, notice or feed may show


def _referral(house: factories.World, case: Case) -> tuple[User, str]:
    return house.helper, f"/referrals/{referred(house, case).reference}"


def _handover(house: factories.World, case: Case) -> tuple[User, str]:
    return house.origin, f"/returns/{handed(house, case).reference}"


def _local(house: factories.World, case: Case) -> tuple[User, str]:
    local = house._place("LOCAL", "partner", "CI", ["training"])
    helper = house._person("localhelper", local, "partner_worker")  # type: ignore[arg-type]
    db.session.commit()
    record = at_home(house, case)
    with factories.acts(house.origin) as by:
        given = asked_at_home(house, local)
        made = local_referral.refer(by=by, return_=factories.anew(record), given=given)
    with factories.acts(helper) as by:
        responses.accept(by=by, referral=factories.anew(made))
    return helper, f"/referrals/{made.reference}"


def _stay(house: factories.World, case: Case) -> tuple[User, str]:
    referred(house, case)
    with factories.acts(house.shelter) as by:
        facility = facilities.add_own(by=by, name="House", sex="all", ages="all")
        made = facilities.add_room(facility=facility, name="1", beds=1)
        bed_id, key = made.beds[0].id, facility.key
    with factories.acts(house.caseworker) as by:
        placing.place(
            by=by,
            case=factories.anew(case),
            bed=placing.chosen_bed(str(bed_id)),
            from_on=today(),
            until_on=today() + timedelta(days=60),
        )
    return house.shelter, f"/shelter/{key}"


def _past_the_day(house: factories.World, case: Case) -> None:
    """Nothing is done: the clock alone goes on."""


KINDS_OF_RELEASE = {
    "referral": _referral,
    "handover": _handover,
    "local": _local,
    "stay": _stay,
}
# A partner here may still help somebody who seeks protection from elsewhere; and what was asked at
# home is no matter of what another office asks about its own.
GO_ON = {("referral", "asylum"), ("stay", "asylum"), ("local", "another named")}
STATES_OF_THE_LEDGER = {
    name: deed for name, deed in ENDINGS.items() if name not in {"grounds", "asylum"}
} | {"asylum": _asylum, "past its day": _past_the_day}


def _opened(browser: factories.Browser, kind: str, place: str) -> str:
    """The page on which it is seen; a house shows names when they are asked for."""
    answer = browser.post(f"{place}/names") if kind == "stay" else browser.get(place)
    return str(answer.text)


WALKED = "sharing withdrawn"  # every address in this state; where it is shown in all


def _addresses(known: dict[str, str], *, api: bool) -> set[str]:
    """Every address that shows something and can be about the case, a file of it, its release."""
    found = set()
    for route in ROUTES.values():
        if route.method != "GET" or route.permission is None or route.api is not api:
            continue
        for key in (known["file"], known["house"]):
            filled = route.rule.replace("<number>", known["number"]).replace("<key>", key)
            filled = filled.replace("<reference>", known["reference"])
            filled = filled.replace("<compartment>", "protection").replace("<page>", "people")
            if "<" not in filled:
                found.add(filled)
    return found - {"/notices/count"}


def _notices(who: User) -> str:
    """Every notice of somebody as it lies in the outbox: for app, mail, SMS and webhooks."""
    rows = db.session.execute(select(Message.__table__).where(Message.user_id == who.id)).all()
    return repr([*rows, *db.session.execute(select(HookMessage.__table__)).all()])


def _exported(house: factories.World, who: User) -> bytes:
    """Cases with all names, as a supervisor of the recipient's office takes them out."""
    place = factories.anew(who).grants[0].organisation
    boss = house._person(f"boss{place.id}", place, Role.SUPERVISOR)
    db.session.commit()
    with factories.acts(boss) as by:
        asked = deliveries.ask_htcds(
            by=by, format_="json", identities=True, password="x" * 20, recipient=deliveries.OWN
        )
    files = exporting.MAKERS[asked.kind](factories.anew(asked), lambda _done, _total: None)
    db.session.rollback()
    return b"".join([*files.values(), *(name.encode() for name in files)])


def _with_a_file(house: factories.World, case: Case) -> str:
    with factories.acts(house.caseworker) as by:
        kept = receiving.take_whole(
            by=by,
            case=factories.anew(case),
            name=f"{MARK}.txt",
            content=MARK.encode(),
            compartment="protection",
        )
        return kept.key


@pytest.mark.parametrize("state", STATES_OF_THE_LEDGER)
@pytest.mark.parametrize("kind", KINDS_OF_RELEASE)
def test_nothing_shows_a_marker_without_a_release_in_force(
    house: factories.World, quick_app: Flask, clock: Clock, kind: str, state: str
) -> None:
    case = factories.case(house, call_name=MARK, family_name=MARK)
    with factories.acts(house.caseworker) as by:
        whole = dict(factories.anew(case).protection) | {"needs": MARK}
        factories.anew(case).protection = whole
        assert by.id
    file = _with_a_file(house, case)
    who, place = KINDS_OF_RELEASE[kind](house, case)
    assert MARK in _opened(factories.Browser(quick_app, who), kind, place)
    STATES_OF_THE_LEDGER[state](house, case)
    stays = {told.recipient_id for told in in_force(factories.anew(case))}
    if state == "past its day":
        clock.forward(days=184)
        stays = set()
    mine = {grant.organisation_id for grant in factories.anew(who).grants}
    goes_on = bool(mine & stays)
    assert goes_on is ((kind, state) in GO_ON)
    browser, api = factories.Browser(quick_app, who), factories.Api(quick_app, who)
    name = place.rpartition("/")[2]
    known = {"number": case.number, "file": file, "house": name, "reference": name}
    paths, calls = {"/referrals", "/returns", "/notices", "/referrals/log.csv"}, {"/referrals"}
    if state == WALKED:
        paths, calls = _addresses(known, api=False), _addresses(known, api=True)
        assert len(paths) > 120
        assert len(calls) > 12
    shown = {path: browser.get(path).get_data(as_text=True) for path in sorted(paths)}
    shown[place] = _opened(browser, kind, place)
    shown |= {f"API {path}": api.get(path).get_data(as_text=True) for path in {*calls, place}}
    feed = calendar_feed.new_feed(by=person(factories.anew(who)))
    db.session.commit()
    shown["feed"] = browser.get(f"/calendar/{feed}.ics").text
    shown["notices"] = _notices(factories.anew(who))
    shown["export"] = _exported(house, who).decode("utf-8", "replace")
    for path, text in shown.items():
        assert (MARK in text) <= goes_on, path

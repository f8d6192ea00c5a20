"""A partner without accounts serves and completes: by a link each time, or by telling the office,
which writes it down. And what went out stays to be read by whoever sent it.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from access.actors import person
from access.gate import acting
from access.policy import Refused
from avrr import local_referral
from models import office_settings, scope
from models.audit import AuditRecord
from models.base import at, db, now, today, zone_of
from models.cases import Event
from models.referrals import Referral, Service
from models.rules import RuleBroken
from referral import partner_links, responses
from reporting.facts import raw_rows
from tests import factories
from tests.avrr.test_reintegration import arrived
from tests.factories import Browser, World, acts, anew
from tests.referral.test_network import told
from tests.referral.test_partners_side import link
from tests.referral.test_referral import send

SERVICE = {"kind": "shelter", "quantity": "2", "outcome": "given"}


class ByLink(Browser):
    """A browser without an account that opens links; what it sends goes to the last one of them."""

    opened = ""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._learn(self.get("/sign-in"))

    def open(self, token: str, code: str) -> None:
        """Link and code; from now on it shows this one."""
        answer = self.post(f"/answer/{token}", code=code)
        assert answer.status_code == 303
        self.opened = answer.location
        self._learn(self.card())

    def card(self) -> Any:
        """The card of what is open."""
        return self.get(self.opened)

    def send(self, deed: str, **form: Any) -> Any:
        """A form of the card."""
        return self.post(f"{self.opened}/{deed}", **form)


def opened_by_link(app: Flask, house: World, referral: Referral) -> ByLink:
    """A browser without an account that opened a new link."""
    browser = ByLink(app)
    browser.open(*link(app, house, referral.reference))
    return browser


def accepted(house: World) -> Referral:
    referral = send(house)
    with acts(house.helper) as by:
        responses.accept(by=by, referral=referral)
    return referral


def services_of(referral: Referral) -> list[Service]:
    query = select(Service).where(Service.referral_id == anew(referral).id).order_by(Service.id)
    return list(db.session.execute(query).unique().scalars())


def test_a_new_link_each_time_serves_and_completes(app: Flask) -> None:
    house = World()
    referral = send(house)
    first = opened_by_link(app, house, referral)
    assert "Log a service" not in first.card().text, "nothing before acceptance"
    assert first.send("services", given_on=str(today()), **SERVICE).status_code != 303
    assert first.send("accept").status_code == 303
    page = first.card().text
    assert "Single room" in page
    assert "Log a service" in page
    sent = {**SERVICE, "given_on": str(today()), "note": "Zqxslept well", "token": "twice"}
    for _ in range(2):  # sent twice by a slow telephone, it is one
        assert first.send("services", **sent).status_code == 303
    page = first.card().text
    assert page.count("Zqxslept well") == 1

    second = opened_by_link(app, house, anew(referral))
    dear = {**SERVICE, "given_on": str(today()), "cost": "40.50", "currency": "EUR"}
    assert second.send("services", **dear).status_code == 303
    assert second.card().status_code == 200
    late = {**SERVICE, "given_on": str(today() + timedelta(days=1))}
    wrong = second.send("services", **late)
    assert (wrong.status_code, "in the future" in wrong.text) == (422, True)
    assert second.send("complete", rated="3").status_code == 200
    assert second.card().status_code == 404
    assert first.card().status_code == 410, "the other half hour ended with it"

    ended = anew(referral)
    assert (ended.state, ended.own_key, len(services_of(ended))) == ("completed", None, 2)
    assert told("referral.service") == {"caseworker"}
    assert told("referral.completed") == {"caseworker"}
    deeds = set(db.session.execute(select(AuditRecord.deed, AuditRecord.actor)).all())
    assert ("answer.write", f"link:{ended.reference}") in {tuple(each) for each in deeds}
    page = Browser(app, house.caseworker).get(f"/referrals/{ended.reference}").text
    assert "Zqxslept well" in page, "what was noted stays with the case"


def test_a_link_does_nothing_else(quick_app: Flask) -> None:
    house = World()
    actor = partner_links.actor(accepted(house))
    assert actor.only is not None
    assert {each.value for each in actor.only} == {
        "referral.open",
        "referral.answer",
        "referral.released",
        "referral.serve",
        "referral.note",
    }


REPORT: dict[str, Any] = {"reported_how": "phone", "reporter": "Zqxsister at the desk"}


def test_what_a_partner_tells_by_telephone_is_written_down_with_who_and_when(app: Flask) -> None:
    house = World()
    referral = accepted(house)
    path = f"/referrals/{referral.reference}"
    sent = {**SERVICE, **REPORT, "given_on": str(today()), "reported_on": str(today())}
    office = Browser(app, house.caseworker)
    assert "The partner told us of a service" in office.get(path).text
    assert office.post(f"{path}/reported/services", **sent, note="Zqxate").status_code == 303
    page = office.get(path).text
    for word in ("Told by Zqxsister at the desk", "By telephone", "Written down by Caseworker"):
        assert word in page
    assert "Zqxate" in page
    assert anew(referral).state == "in_service"
    row = services_of(referral)[0]
    assert (row.quantity, row.logged_by_id) == (2, anew(house.caseworker).id)
    assert told("referral.service") == set(), "who wrote it is not told of it"
    assert told("referral.reported") == {"helper"}

    assert office.post(f"{path}/reported/completion", reported_how="phone").status_code == 422
    end = {**REPORT, "reported_on": str(today())}
    assert office.post(f"{path}/reported/completion", **end).status_code == 303
    ended = anew(referral)
    assert (ended.state, ended.own_key) == ("completed", None)
    page = office.get(path).text
    assert page.count("Told by Zqxsister at the desk") == 2
    kinds = set(db.session.execute(select(Event.kind)).scalars())
    assert "referral_completed" in kinds
    deeds = list(db.session.execute(select(AuditRecord.deed)).scalars())
    assert deeds.count("referral_reported") == 2
    assert Browser(app, house.helper).get(path).status_code == 404


def test_a_report_counts_as_what_the_partner_logs(quick_app: Flask) -> None:
    house = World()
    by_partner, by_report = accepted(house), accepted(house)
    given: dict[str, Any] = {**SERVICE, "quantity": 2, "given_on": today()}
    with acts(house.helper) as by:
        responses.log_service(by=by, referral=anew(by_partner), **given)
        responses.complete(by=by, referral=anew(by_partner))
    report = responses.Report("paper", today(), "A. Clerk")
    with acts(house.caseworker) as by:
        responses.log_service(by=by, referral=anew(by_report), report=report, **given)
        responses.complete(by=by, referral=anew(by_report), report=report)
    rows = [counted(anew(each)) for each in (by_partner, by_report)]
    assert rows[0] == rows[1]


def counted(referral: Referral) -> Any:
    """What statistics read of a referral and its services."""
    _case, read = raw_rows.cases_with_rows([referral.case_id])[0]
    own = {
        "case_id",
        "id",
        "number",
        "reference",
        "sent_at",
        "answered_at",
        "ended_at",
        "answer_by",
    }
    return [
        [{name: value for name, value in row.items() if name not in own} for row in read[table]]
        for table in ("referrals", "services")
    ]


@pytest.mark.parametrize(("days", "field"), [(1, "reported_on"), (-1, "reported_on"), (0, "")])
def test_a_report_comes_after_acceptance_and_not_tomorrow(
    quick_app: Flask, days: int, field: str
) -> None:
    house = World()
    referral = accepted(house)
    report = responses.Report("phone", today() + timedelta(days=days), "A. Clerk")
    given: dict[str, Any] = {**SERVICE, "quantity": 1, "given_on": today()}
    if field:
        for verb, more in ((responses.log_service, given), (responses.complete, {})):
            with acts(house.caseworker) as by, pytest.raises(RuleBroken) as broken:
                verb(by=by, referral=anew(referral), report=report, **more)  # type: ignore[operator]
            assert broken.value.field == field
        assert anew(referral).state == "accepted"
        return
    with acts(house.caseworker) as by:
        responses.log_service(by=by, referral=anew(referral), report=report, **given)
    assert anew(referral).state == "in_service"


def test_told_before_it_was_given_is_refused(quick_app: Flask) -> None:
    house = World()
    referral = accepted(house)
    with at(now() + timedelta(days=5)), acts(house.caseworker) as by:
        report = responses.Report("phone", today() - timedelta(days=2), "A. Clerk")
        given: dict[str, Any] = {**SERVICE, "quantity": 1, "given_on": today()}
        with pytest.raises(RuleBroken) as broken:
            responses.log_service(by=by, referral=anew(referral), report=report, **given)
    assert "before the service was given" in broken.value.message


def test_nobody_reports_what_is_not_theirs_or_not_accepted(app: Flask) -> None:
    house = World()
    referral = send(house)
    path = f"/referrals/{referral.reference}/reported/completion"
    sent = {**REPORT, "reported_on": str(today())}
    assert Browser(app, house.caseworker).post(path, **sent).status_code == 422, "not accepted"
    with acts(house.helper) as by:
        responses.accept(by=by, referral=anew(referral))
    for other in (house.helper, house.other_helper, house.stranger, house.far, house.manager):
        assert Browser(app, other).post(path, **sent).status_code == 404
    with acting(person(anew(house.helper))), pytest.raises(Refused):
        _ = anew(referral).case.identity
    assert anew(referral).state == "accepted"


def test_after_the_end_the_sender_reads_what_went_out_to_whom_and_when(app: Flask) -> None:
    house = World()
    referral = send(house)
    path = f"/referrals/{referral.reference}"
    office = Browser(app, house.caseworker)
    assert "Not opened by the partner yet" in office.get(path).text
    browser = opened_by_link(app, house, referral)
    assert "Not opened by the partner yet" in office.get(path).text, "a card is no look at it"
    browser.send("accept")
    browser.card()
    page = office.get(path).text
    assert "First opened by the partner on" in page
    assert "By the link." in page
    browser.send("complete")
    ended = anew(referral)
    assert ended.released_sealed is None or ended.own_key is None
    page = office.get(path).text
    shown = page[page.index('id="went-out"') :]
    shown = shown[: shown.index("</section>")]
    for word in ("The AMEL", "Needs", "By the link.", "First opened by the partner on"):
        assert word in shown
    assert "Single room" not in page, "names of fields, no contents"
    for other in (house.helper, house.far):
        assert Browser(app, other).get(path).status_code == 404


def test_who_did_not_accept_opened_nothing(quick_app: Flask) -> None:
    house = World()
    referral = send(house)
    with acts(house.helper) as by:
        responses.decline(by=by, referral=referral, reason="full")
    page = Browser(quick_app, house.caseworker).get(f"/referrals/{anew(referral).reference}").text
    assert "Never: they did not accept" in page
    assert factories.anew(referral).fields, "which fields were to go is known"


def test_the_mission_at_home_makes_links_and_writes_down_too(app: Flask) -> None:
    house = World()
    local = house._place("LOCAL", "partner", "CI", ["training"])
    db.session.commit()
    record = arrived(house)
    given = {
        "partner": local.id,
        "service": "training",
        "urgency": "standard",
        "fields_": ["needs"],
        "agrees": True,
        "manner": "spoken",
    }
    with acts(house.origin) as by:
        scope.touch(anew(record).case_id)  # as the page of the return does
        made = local_referral.refer(by=by, return_=anew(record), given=given)
    path = f"/referrals/{made.reference}"
    at_home = Browser(app, house.origin)
    page = at_home.post(f"{path}/link").text
    token = re.search(r"/answer/([\w-]+)", page)
    code = re.search(r"([34679A-Y]{4}) ([34679A-Y]{4})</strong>", page)
    assert token
    assert code
    browser = ByLink(app)
    browser.open(token[1], f"{code[1]}{code[2]}")
    assert browser.send("accept").status_code == 303
    sent = {**SERVICE, **REPORT, "kind": "training", "note": "Zqxlearned"}
    days = {"given_on": str(today()), "reported_on": str(today())}
    assert at_home.post(f"{path}/reported/services", **sent, **days).status_code == 303
    end = {**REPORT, "reported_on": str(today())}
    assert at_home.post(f"{path}/reported/completion", **end).status_code == 303
    assert anew(made).state == "completed"
    assert "Zqxlearned" in at_home.get(path).text, "with the mission that referred"
    assert Browser(app, house.caseworker).post(f"{path}/link").status_code == 404


def test_two_links_in_one_browser_are_two_tabs_each_with_its_own(quick_app: Flask) -> None:
    house = World()
    one, two = send(house), send(house)
    browser = opened_by_link(quick_app, house, one)
    first = browser.opened
    browser.open(*link(quick_app, house, anew(two).reference))
    second = browser.opened
    assert anew(one).reference in browser.get(first).text
    assert anew(two).reference in browser.get(second).text
    assert f'action="{first}/accept"' in browser.get(first).text

    assert browser.post(f"{first}/accept").location == first
    assert (anew(one).state, anew(two).state) == ("accepted", "sent")
    logged = {**SERVICE, "given_on": str(today()), "note": "Zqxslept well"}
    assert browser.post(f"{first}/services", **logged).status_code == 303
    assert (len(services_of(one)), services_of(two)) == (1, [])
    assert browser.post("/answer/opened/neither/accept").status_code == 404
    assert browser.post(f"{first}/complete").status_code == 200
    assert browser.get(first).status_code == 404
    assert (anew(one).state, anew(two).state) == ("completed", "sent")
    assert browser.post(f"{second}/decline", reason="full").status_code == 200, "still open"
    assert anew(two).state == "declined"


def test_a_new_link_ends_what_one_before_has_open(quick_app: Flask) -> None:
    house = World()
    referral = send(house)
    wrong_one = opened_by_link(quick_app, house, referral)
    assert wrong_one.card().status_code == 200
    made = link(quick_app, house, anew(referral).reference)
    for answer in (wrong_one.card(), wrong_one.send("accept")):
        assert (answer.status_code, "a new link replaced this one" in answer.text) == (410, True)
    right_one = ByLink(quick_app)
    right_one.open(*made)
    assert right_one.send("accept").status_code == 303
    assert "Single room" in right_one.card().text
    assert wrong_one.card().status_code == 410
    assert wrong_one.send("complete").status_code == 410
    assert anew(referral).state == "accepted"


def test_no_service_was_given_before_the_referral_was_sent(quick_app: Flask) -> None:
    house = World()
    referral = accepted(house)
    path = f"/referrals/{anew(referral).reference}"
    before = {**SERVICE, "given_on": str(today() - timedelta(days=1))}
    told_of = {**REPORT, "reported_on": str(today())}
    office, partner = Browser(quick_app, house.caseworker), Browser(quick_app, house.helper)
    for answer in (
        opened_by_link(quick_app, house, anew(referral)).send("services", **before),
        partner.post(f"{path}/services", **before),
        office.post(f"{path}/reported/services", **before, **told_of),
    ):
        assert answer.status_code == 422
        field = answer.text[answer.text.index('for="given_on"') :]
        assert "no service of it was given before" in field[: field.index("<input")]
    assert services_of(referral) == []
    on_the_day = {**SERVICE, "given_on": str(today())}
    assert partner.post(f"{path}/services", **on_the_day).status_code == 303
    with at(now() + timedelta(days=3)):
        sent = factories.Api(quick_app, house.helper).post(
            f"{path}/services", {**before, "quantity": 1}
        )
    assert (sent.status_code, "given_on" in sent.json["errors"]) == (422, True)
    assert len(services_of(referral)) == 1


def test_an_answer_by_telephone_is_written_down_by_whoever_sent_it(app: Flask) -> None:
    house = World()
    referral = send(house)
    path = f"/referrals/{referral.reference}"
    office = Browser(app, house.caseworker)
    assert "The partner told us that they take the person" in office.get(path).text
    sent = {**REPORT, "reported_on": str(today())}
    nobody = office.post(f"{path}/reported/acceptance", **{**sent, "reporter": " "})
    assert nobody.status_code == 422, "who told is never empty"
    early = {**sent, "reported_on": str(today() - timedelta(days=1))}
    assert office.post(f"{path}/reported/acceptance", **early).status_code == 422
    assert Browser(app, house.helper).post(f"{path}/reported/acceptance", **sent).status_code == 404
    assert office.post(f"{path}/reported/acceptance", **sent).status_code == 303
    taken = anew(referral)
    assert (taken.state, taken.answer_how, taken.answer_by_id) == (
        "accepted",
        "phone",
        anew(house.caseworker).id,
    )
    page = " ".join(office.get(path).text.split())
    for words in (
        "as told to the office: By telephone",
        "Told by Zqxsister at the desk",
        "Written down by Caseworker",
    ):
        assert words in page, words
    story = office.get(f"/cases/{anew(taken.case).number}").text
    assert "as it was told to us" in story
    assert "The partner answered" not in story, "never as the partner's own word"
    assert told("referral.reported") == {"helper"}
    assert told("referral.accepted") == set(), "who wrote it is not told of it"
    assert "Single room" in Browser(app, house.helper).get(path).text, "it opens as if accepted"
    assert office.post(f"{path}/reported/acceptance", **sent).status_code == 422, "once"
    by_link = opened_by_link(app, house, anew(referral))
    assert "Single room" in by_link.card().text
    given = {**SERVICE, **sent, "given_on": str(today())}
    assert office.post(f"{path}/reported/services", **given).status_code == 303


def test_a_refusal_on_paper_ends_the_referral_and_asks_for_another(app: Flask) -> None:
    house = World()
    referral = send(house)
    path = f"/referrals/{referral.reference}"
    office = Browser(app, house.caseworker)
    sent = {**REPORT, "reported_how": "paper", "reported_on": str(today()), "reason": "full"}
    assert office.post(f"{path}/reported/refusal", **{**sent, "reason": ""}).status_code == 422
    assert office.post(f"{path}/reported/refusal", **sent).status_code == 303
    ended = anew(referral)
    assert (ended.state, ended.answer_how, ended.own_key) == ("declined", "paper", None)
    assert "as told to the office: On paper" in " ".join(office.get(path).text.split())


def test_the_page_of_a_link_says_whom_to_call_and_times_of_there(app: Flask) -> None:
    house = World()
    anew(house.here).timezone = "Africa/Tunis"
    office_settings.say(anew(house.here), {"partner_phone": "+216 71"}, None)
    db.session.commit()
    referral = send(house)
    page = " ".join(opened_by_link(app, house, referral).card().text.split())
    assert "+216 71" in page
    local = anew(referral).answer_by.astimezone(zone_of("Africa/Tunis"))
    assert f"{local:%H:%M} (" in page
    assert "Africa/Tunis" in page


def test_who_answers_by_link_what_was_told_meanwhile_learns_how_it_stands(app: Flask) -> None:
    """The card was open while the office wrote down what it heard by telephone."""
    house = World()
    office = Browser(app, house.caseworker)
    for told_, deed, ends in (
        ("acceptance", "accept", 303),
        ("acceptance", "decline", 410),
        ("refusal", "accept", 410),
        ("refusal", "decline", 410),
    ):
        referral = send(house)
        by_link = opened_by_link(app, house, referral)
        sent = {**REPORT, "reported_on": str(today()), "reason": "full"}
        place = f"/referrals/{referral.reference}/reported/{told_}"
        assert office.post(place, **sent).status_code == 303
        assert by_link.send(deed, reason="full").status_code == ends, (told_, deed)
        stands = "accepted" if told_ == "acceptance" else "declined"
        assert (anew(referral).state, anew(referral).answer_how) == (stands, "phone")
        assert by_link.card().status_code == (200 if told_ == "acceptance" else 410)

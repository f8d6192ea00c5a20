"""What was remembered opens nothing that has ended: forms that are kept, pages that were shown,
answers to programs.
"""

from typing import Any

from flask import Flask
from sqlalchemy import select

from data_protection import access_exceptions
from models.audit import AuditRecord
from models.base import db, now
from models.sent import KeptForm, SentForm
from referral import sending
from tests import factories
from tests.web.test_keeping import token_of
from web.links import link

SAID = "She was at the bus station."


def _transferred(house: factories.World, number: str) -> None:
    """The case goes to the other mission, as nobody of this one's any more."""
    from models.cases import Case  # noqa: PLC0415 -- of this helper alone

    case = db.session.execute(select(Case).where(Case.number == number)).scalar_one()
    case.office_id, case.owner_id, case.team_id = house.there.id, house.far.id, None
    db.session.commit()


def test_an_answer_to_a_program_is_not_given_again_when_access_has_ended(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        referral = factories.refer(by, house, case)
        reference = referral.reference
    program = factories.Api(app, house.helper)
    program.headers["Idempotency-Key"] = "k1"
    first = program.post(f"/referrals/{reference}/accept")
    assert "Single room." in first.text
    assert program.post(f"/referrals/{reference}/accept").text == first.text
    deeds = db.session.execute(select(AuditRecord.deed)).scalars().all()
    assert "answered_again" in deeds, "a look that is given again is a look"
    db.session.rollback()
    with factories.acts(house.caseworker) as by:
        sending.revoke(by=by, referral=factories.anew(referral))
    refused = program.post(f"/referrals/{reference}/accept")
    assert refused.status_code == 404
    assert "Single room." not in refused.text


def test_a_kept_form_goes_with_the_case_to_whoever_it_went(app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number, browser = case.number, factories.Browser(app, house.colleague)
    page, action = link("casefile.contact", number), link("casefile.log_contact", number)
    sent = {"form_action": action, "form_token": token_of(browser.get(page), action)}
    assert browser.post("/unfinished", note=SAID, **sent).status_code == 204
    key = db.session.execute(select(KeptForm.key)).scalar_one()
    expires = db.session.execute(select(KeptForm.expires_at)).scalar_one()
    db.session.rollback()
    assert SAID in browser.get(f"/unfinished/{key}/words").text
    browser.post("/unfinished", note=SAID, **sent)
    kept = db.session.execute(select(KeptForm)).scalar_one()
    assert kept.expires_at == expires, "saving again gives no new days"
    db.session.rollback()
    with factories.acts(house.supervisor) as by:
        about = {"case": factories.anew(case), "email": house.colleague.email}
        access_exceptions.block(by=by, reason="conflict", **about)
    assert browser.get(f"/unfinished/{key}/words").status_code == 404
    assert number not in browser.get("/unfinished").text


def test_a_shown_page_goes_with_the_case(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    data = {"csrf_token": browser.token, "query": "Benali"}
    db.session.rollback()
    way = browser.client.post("/cases/search", data=data).location
    assert number in browser.get(way).text
    _transferred(house, number)
    assert browser.get(way).status_code == 410


def test_an_old_page_without_a_session_fills_no_account(app: Flask) -> None:
    house = factories.World()
    number = factories.case(house).number
    browser = factories.Browser(app, house.caseworker)
    page, action = link("casefile.contact", number), link("casefile.log_contact", number)
    token = token_of(browser.get(page), action).rpartition("~")[0]
    stranger: Any = app.test_client()
    for each in range(14):
        planted = {"form_token": f"{token}~{each}", "note": f"planted {each}"}
        factories._apart(stranger.post, action, data=planted)
    db.session.rollback()
    assert len(db.session.execute(select(KeptForm)).scalars().all()) == 10
    db.session.rollback()
    other = factories.Browser(app, house.colleague)
    other.post(action, csrf_token="wrong", form_token=f"{token}~99", note="mixed")
    db.session.rollback()
    assert len(db.session.execute(select(KeptForm)).scalars().all()) == 10, "not theirs"


def test_a_copy_confirms_no_guess_of_who_sent_what(app: Flask) -> None:
    from encryption.signing import digest  # noqa: PLC0415 -- what a thief would do

    house = factories.World()
    program = factories.Api(app, house.caseworker)
    program.headers["Idempotency-Key"] = "1"
    program.post("/cases/search", {"query": "Benali"})
    row = db.session.execute(select(SentForm)).scalar_one()
    who = str(factories.anew(house.caseworker).id).encode()
    assert row.key != digest(b"api", who, b"1", b"POST", b"/api/v1/cases/search").hex()
    assert row.at <= now()

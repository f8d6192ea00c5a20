"""An alert is answered in words, says what to do, and is not answered by whom it is about (R46)."""

import pytest
from flask import Flask
from sqlalchemy import select

from data_protection import access_alerts
from models.audit import AuditRecord
from models.base import db
from models.data_protection import Alert
from models.rules import RuleBroken
from standards import lists
from tests import factories


def alert_about(user_id: int) -> int:
    row = Alert(kind="many_cases", subject=f"user {user_id}", window="w", user_id=user_id, count=70)
    db.session.add(row)
    db.session.commit()
    number = row.id
    db.session.rollback()
    return number


def test_an_alert_says_what_to_do_and_is_answered_in_words(quick_app: Flask) -> None:
    house = factories.World()
    number = alert_about(house.caseworker.id)
    officer = factories.Browser(quick_app, house.officer)
    page = officer.get("/alerts").text
    assert "ask them and their supervisor why" in page
    path = f"/alerts/{number}/answer"
    for form, fault in (
        ({"words": "We talked with them about it."}, "This is needed."),
        ({"finding": "explained", "words": "fine"}, "Say a little more"),
    ):
        refused = officer.post(path, **form)
        assert (refused.status_code, fault in refused.text) == (422, True)
    done = officer.post(path, finding="explained", words="A round of calls that was planned.")
    assert done.status_code == 303
    page = officer.get("/alerts").text
    assert "There was a good reason" in page
    assert "A round of calls that was planned." in page
    assert "Say what you found" not in page
    row = db.session.execute(select(Alert)).scalar_one()
    assert b"round of calls" not in (row.words_sealed or b""), "it lies sealed"
    deeds = select(AuditRecord.subject).where(AuditRecord.deed == "alert_answered")
    assert list(db.session.execute(deeds).scalars()) == [f"AL-{number} many_cases explained"]
    db.session.rollback()
    again = officer.post(path, finding="misuse", words="Something else was found later.")
    assert "looked into already" in again.text
    assert factories.Browser(quick_app, house.supervisor).post(path).status_code == 404


def test_nobody_answers_an_alert_about_themselves(quick_app: Flask) -> None:
    house = factories.World()
    number = alert_about(house.officer.id)
    assert "This is about you" in factories.Browser(quick_app, house.officer).get("/alerts").text
    with factories.acts(house.officer) as by, pytest.raises(RuleBroken):
        alert = db.session.get_one(Alert, number)
        access_alerts.answer(by=by, alert=alert, finding="explained", words="It was me, all fine.")


def test_of_every_kind_it_is_said_what_to_do() -> None:
    assert {kind for kind, _words in lists.ALERTS_TO_DO} == {kind for kind, _words in lists.ALERTS}

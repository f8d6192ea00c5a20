"""Where a notice leads: to a page of ours, whatever stands in its row."""

import pytest
from flask import Flask
from sqlalchemy import update

from models.base import db
from models.messages import Message
from notifications import channels, outbox
from tests import factories


@pytest.mark.parametrize("path", [".evil.example/x", "https://evil.example", "//evil.example"])
def test_no_notice_leads_to_another_site(quick_app: Flask, path: str) -> None:
    house = factories.World()
    to = [factories.anew(house.caseworker)]
    outbox.post("referral.sent", reference="RF-1", path="/referrals", to=to)
    db.session.commit()
    db.session.execute(update(Message).values(path=path))
    db.session.commit()
    message = db.session.query(Message).filter_by(channel="app").one()
    assert "evil" not in channels._as_text(message)
    browser = factories.Browser(quick_app, house.caseworker)
    answer = browser.post(f"/notices/{message.id}")
    assert answer.status_code == 303
    assert "evil" not in answer.headers["Location"]

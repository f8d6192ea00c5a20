"""Lists in pages: how the next page is named."""

import base64
import re

from flask import Flask
from sqlalchemy import select

from models.base import db
from models.cases import Case
from tests import factories
from web import paging


def test_the_name_of_the_next_page_tells_no_number_of_a_row(
    quick_app: Flask,
) -> None:
    house = factories.World()
    for _ in range(paging.PAGE + 1):
        factories.case(house)
    browser = factories.Browser(quick_app, house.caseworker)
    after = re.search(r"[?&;]after=([\w-]+)", browser.get("/cases").text)
    assert after
    inside = base64.urlsafe_b64decode(after[1] + "=" * (-len(after[1]) % 4))
    ids = [str(each).encode() for each in db.session.execute(select(Case.id)).scalars()]
    assert not re.search(rb"20\d\d-\d\d", inside), "no moment"
    assert not any(b" " + number + b"]" in inside for number in ids)
    assert browser.get(f"/cases?after={after[1]}").status_code == 200
    for forged in ("x", base64.urlsafe_b64encode(b'["2026-01-01T00:00:00", 5]').decode()):
        assert browser.get(f"/cases?after={forged}").status_code == 404

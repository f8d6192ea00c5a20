"""What a partner told, who did not come, files of a return and people of an operation go down and up
again with data.
"""

import io
from typing import Any

from alembic import command
from flask import Flask
from sqlalchemy import select, text

from funds import advances
from models import marks, migrating
from models.base import db, today
from models.files import Attachment
from models.movements import ManifestEntry, MissedSeat
from models.referrals import Referral
from referral import responses
from tests.avrr.test_files_of_a_return import home
from tests.avrr.test_movements import accepted as ready_ones
from tests.avrr.test_travellers import charter
from tests.factories import Browser, World, acts, anew, case
from tests.referral.test_told_by_another_way import accepted


def _told(house: World) -> None:
    referral = accepted(house)
    given: dict[str, Any] = {"kind": "shelter", "given_on": today(), "quantity": 1}
    with acts(house.caseworker) as by:
        report = responses.Report("phone", today(), "Somebody")
        row = anew(referral)
        responses.log_service(by=by, referral=row, outcome="given", report=report, **given)


def _counted(house: World) -> int:
    counted = case(house)
    with acts(house.supervisor) as by:
        what = {"crisis": "Libya", "country": "TN", "starts_on": today(), "sectors": ["2"]}
        operation = advances.begin(by=by, office=anew(house.here), **what)
        advances.count_people(
            by=by, operation=operation, cases=[anew(counted)], sector="2", on=today()
        )
    return int(anew(counted).id)


def test_it_goes_down_and_up_with_data(app: Flask) -> None:
    house = World()
    _told(house)
    case_id = _counted(house)
    movement, (first, second) = charter(house)
    third = ready_ones(house, 1)[0]
    place = f"/movements/{movement.reference}/seats"
    own = Browser(app, house.caseworker)
    own.post(f"{place}/1/no-show")
    own.post(f"{place}/2/no-show")
    own.post(place, reference=third.reference)
    record = home(house)
    sent = {"paper": "photo", "file": (io.BytesIO(b"a"), "a.txt")}
    Browser(app, house.origin).post(f"/returns/{anew(record).reference}/papers", **sent)
    ids = [anew(each).id for each in (first, second, third)]
    db.session.remove()
    command.downgrade(migrating.config(), "0041")
    rows = db.session.execute(text("SELECT seat, return_id, state FROM manifest ORDER BY seat"))
    assert [tuple(row) for row in rows] == [(1, ids[2], "listed"), (2, ids[1], "no_show")]
    assert db.session.execute(text("SELECT count(*) FROM attachments")).scalar() == 0
    db.session.execute(text("DELETE FROM fact_changes"))
    db.session.commit()
    db.session.remove()
    command.upgrade(migrating.config(), "head")
    marks.forget()
    marked = db.session.execute(text("SELECT case_id FROM fact_changes")).scalars()
    assert case_id in set(marked), "people of operations are counted anew"
    missed = db.session.execute(select(MissedSeat)).scalars().all()
    assert [(each.seat, each.return_id) for each in missed] == [(2, ids[1])]
    seats = db.session.execute(select(ManifestEntry)).scalars().all()
    assert [(each.seat, each.return_id) for each in seats] == [(1, ids[2])]
    told = db.session.execute(select(Referral)).unique().scalars().first()
    assert told is not None
    assert told.services[0].reporter is None
    assert db.session.execute(select(Attachment)).first() is None

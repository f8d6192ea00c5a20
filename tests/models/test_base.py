"""What is there already is left as it is, on either database."""

from flask import Flask
from sqlalchemy import select

from models.base import db, insert_if_new, now
from models.messages import DoneJob


def test_a_row_is_inserted_once_and_what_stood_there_stays(app: Flask) -> None:
    first, later = now(), now()
    statement = insert_if_new(DoneJob).returning(DoneJob.nonce)
    made = [
        db.session.execute(statement.values(nonce=nonce, at=at)).scalar()
        for nonce, at in (("a", first), ("a", later), ("b", later))
    ]
    assert made == ["a", None, "b"]
    assert db.session.execute(select(DoneJob.at).where(DoneJob.nonce == "a")).scalar() == first

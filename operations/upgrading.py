"""What the start does after the migrations, with keys that these do not have."""

from models import coded
from models.base import db


def seal_codes() -> int:
    """Seal what a version before wrote in the clear; gives how many rows.

    In small transactions: after a kill the next start goes on. Nothing serves meanwhile, and where
    another node does, it reads both.
    """
    count = 0
    for table in dict.fromkeys(column.table.name for column in coded.columns()):
        while sealed := coded.seal_all(db.session.connection(), table):
            db.session.commit()
            count += sealed
    db.session.rollback()
    return count

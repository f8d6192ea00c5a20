"""Recovery codes: ten ways in, each once, for whoever lost the second factor.

Shown once, kept as keyed hashes.
"""

import secrets

from sqlalchemy import delete, func, select

from encryption.signing import sign
from models.base import db, now
from models.people import RecoveryCode, User
from models.sealed import keyring
from models.witnessed import stands

COUNT = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def renew(user: User) -> list[str]:
    """Ten new codes; the old ones end."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(COUNT)]
    db.session.add_all(RecoveryCode(user_id=user.id, token=_token(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use(user: User, code: str) -> bool:
    """Use up one code; false where it is not one of theirs, or was used.

    Two requests at once use it once.
    """
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    mine = (
        (RecoveryCode.token == _token(user, plain))
        & (RecoveryCode.user_id == user.id)
        & RecoveryCode.used_at.is_(None)
    )
    row = db.session.execute(select(RecoveryCode).where(mine).with_for_update()).scalar()
    if row is None or not stands(row):
        return False
    row.used_at = now()
    db.session.flush()
    return True


def left(user: User) -> int:
    """How many codes can still be used."""
    query = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    )
    return int(db.session.execute(query).scalar() or 0)


def _token(user: User, code: str) -> bytes:
    return bytes.fromhex(sign(keyring().derive("accounts/recovery"), str(user.id), code))

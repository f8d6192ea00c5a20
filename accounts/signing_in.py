"""Password (Argon2id) and second factor (TOTP, RFC 6238).

The same answer and the same work for unknown accounts.
"""

import hmac
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp
from flask import has_request_context, session
from flask_babel import gettext as _
from sqlalchemy import select

from accounts import hashes
from encryption.signing import digest
from loading import later
from models.base import begin_writing, db, now
from models.people import Passkey, User
from models.rules import ProofWrong, RuleBroken
from models.sealed import open_system, seal_system
from models.witnessed import stands
from web.product import product

if TYPE_CHECKING:
    import segno
else:
    segno = later("segno")

LEAST = 12  # characters of a password
DIFFERENT = 5  # of them that are not the same


def check_password(email: str, password: str) -> User | None:
    """The account whose own password this is, or None; what is told by force is none."""
    opened = what_opens(email, password)
    return opened.user if opened and not opened.forced else None


@dataclass(frozen=True)
class Opened:
    """The account that a password opens; ``forced``: by what its owner tells under force."""

    user: User
    forced: bool


def what_opens(email: str, password: str) -> Opened | None:
    """What a password opens, or None.

    It takes the same time for unknown accounts, and whether an account has a second password or
    not: two hashes are always tried.
    """
    user = _account(email)
    own = hashes.fits(user.password_hash if user else None, password)
    forced = hashes.fits(user.second_hash if user else None, password)
    if user is None or not user.active or not (own or forced) or not stands(user):
        return None
    if own and hashes.is_old(user.password_hash):
        user.password_hash = hashes.hashed(password)
    return Opened(user, forced=not own)


def _account(email: str) -> User | None:
    query = select(User).where(User.email == email.strip().lower())
    return db.session.execute(query).scalar_one_or_none()


def prove_ahead(email: str, password: str, new: str = "") -> None:
    """Work out, ahead of the deed that asks it, what :func:`what_opens` will be asked, and the hash
    of a ``new`` password where the one that stands is right. For the time, the same holds.
    """
    user = _account(email)
    own = hashes.fits_ahead(user.password_hash if user else None, password)
    forced = hashes.fits_ahead(user.second_hash if user else None, password)
    if user is None or not (own or forced):
        return
    if new:
        choose_ahead(user, new)
    elif own and hashes.is_old(user.password_hash):
        hashes.hash_ahead(password)


def choose_ahead(user: User, new: str) -> None:
    """Work out, ahead of the deed, what choosing a password asks."""
    hashes.fits_ahead(user.password_hash if is_forced() else user.second_hash, new)
    hashes.hash_ahead(new)


def is_forced() -> bool:
    """Whether the session of this request was opened by a password that is told under force."""
    return has_request_context() and bool(session.get("forced"))


def is_password_of(user: User, password: str) -> bool:
    """Whether somebody who is signed in gives their password again.

    Where the session was opened by force, what opened it is right: another answer would tell.
    """
    opened = what_opens(user.email, password)
    return opened is not None and (not opened.forced or is_forced())


def set_second_password(user: User, *, current: str, new: str) -> None:
    """Give the account a password to tell under force; without a new one there is none any more.

    Raises :class:`models.rules.RuleBroken`.
    """
    if not is_password_of(user, current):
        raise ProofWrong(_("This is not your password."), "current")
    if new == current:
        raise RuleBroken(_("It must differ from your password."), "second")
    if new and (len(new) < 12 or len(set(new)) < 5):
        raise RuleBroken(_("Take at least 12 characters, not always the same."), "second")
    user.second_hash = hashes.hashed(new) if new else None


def new_secret() -> str:
    """A secret for an authenticator app; it counts once a code of it was typed."""
    return pyotp.random_base32()


def enrol_totp(user: User) -> str:
    """Give the account a new TOTP secret at once; returns it for the authenticator app.

    For the demo and tests; people type a code of it first (:func:`fits`).
    """
    secret = new_secret()
    keep_totp(user, secret)
    return secret


def keep_totp(user: User, secret: str, last_step: int = 0) -> None:
    """From now on codes of ``secret`` are asked for, later ones than that of ``last_step``."""
    user.totp_sealed = seal_system(f"totp/{user.id}", secret.encode())
    user.totp_last_step = last_step


def step_of(secret: str, code: str, after: int = 0) -> int:
    """The step of 30 seconds whose code this is, one either way, later than ``after``; or 0."""
    if not secret:
        return 0
    generator, plain = pyotp.TOTP(secret), code.replace(" ", "").encode()
    step = int(now().timestamp()) // 30
    for candidate in (step - 1, step, step + 1):
        right = hmac.compare_digest(generator.at(candidate * 30).encode(), plain)
        if right and candidate > after:
            return candidate
    return 0


def drawing(user: User, secret: str) -> str:
    """The code (QR) that an authenticator app reads ``secret`` from, as SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=product().name)
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode()


def check_code(user: User, code: str) -> bool:
    """Whether ``code`` is right now (one step of 30 seconds either way) and was not used before."""
    if user.totp_sealed is None:
        return False
    secret = open_system(f"totp/{user.id}", user.totp_sealed).decode()
    step = step_of(secret, code, user.totp_last_step)
    user.totp_last_step = step or user.totp_last_step
    return bool(step)


def change_password(user: User, *, current: str, new: str) -> None:
    """Replace the password; raises :class:`models.rules.RuleBroken`."""
    if not is_password_of(user, current):
        raise ProofWrong(_("This is not your password."), "current")
    if new == current:
        raise RuleBroken(_("This is the password you have."), "new")
    if is_forced():
        _change_what_is_told(user, new)
    else:
        set_password(user, new)


def _change_what_is_told(user: User, new: str) -> None:
    """Under force another password opens the same empty list from now on, so that nobody can tell;
    the owner's own stays. In a transaction of its own: whatever else is done there is undone.
    """
    _refuse_weak(user, new)
    if hashes.fits(user.password_hash, new):
        raise RuleBroken(_("This is the password you have."), "new")
    user_id = user.id
    begin_writing()
    db.session.get_one(User, user_id).second_hash = hashes.hashed(new)
    db.session.commit()


def set_password(user: User, new: str) -> None:
    """Give the account a password of its owner's choice.

    Raises :class:`models.rules.RuleBroken` for one that is easy to guess.
    """
    _refuse_weak(user, new)
    if hashes.fits(user.second_hash, new):
        raise RuleBroken(_("Take another one; this one you chose for something else."), "new")
    user.password_hash = hashes.hashed(new)
    user.must_change = False


def _refuse_weak(user: User, new: str) -> None:
    if len(new) < LEAST:
        words = _(
            "This has %(count)s characters; at least %(least)s are needed. Several words are good.",
            count=len(new),
            least=LEAST,
        )
        raise RuleBroken(words, "new")
    if len(set(new)) < DIFFERENT:
        raise RuleBroken(_("These are the same few characters again and again."), "new")
    if new.lower() in user.email or user.email.partition("@")[0] in new.lower():
        words = _("Your mail address is in it, which is easy to guess. Take other words.")
        raise RuleBroken(words, "new")


def has_second_factor(user: User) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    if user.totp_sealed is not None:
        return True
    query = select(Passkey.id).where(Passkey.user_id == user.id)
    return db.session.execute(query).first() is not None


def fingerprint(user: User) -> str:
    """What changes with the password and the second factor: what was proved by the ones before is
    worth nothing after.
    """
    return digest(user.password_hash.encode(), user.totp_sealed or b"").hex()[:32]

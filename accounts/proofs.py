"""What a request proves about who sent it; wrong tries are counted and stand in the trail."""

from flask import request, session

from access import audit
from accounts import entering, passkeys, recovery_codes, schemas, signing_in, throttle
from models.people import User
from web.forms import FormSchema


def by_password(email: str, password: str) -> User | None:
    """Whose mail address and password these are; a wrong try is counted."""
    user = signing_in.check_password(email, password)
    if user is None:
        throttle.wrong_try(email)
        audit.append([audit.AuditEntry("nobody", "sign_in_failed")])
        return None
    throttle.right_try(email)
    return user


def by_passkey_alone() -> User | None:
    """Whose passkey answered; a wrong try is counted."""
    user = _passkey(None)
    if user is None:
        throttle.wrong_try("passkey")
        audit.append([audit.AuditEntry("nobody", "sign_in_failed", subject="passkey")])
    return user


def is_second_step_right(user: User) -> bool:
    """Whether the code, the recovery code or the passkey of a sign-in is right.

    A wrong one is counted.
    """
    right = user.active and _second_factor(user)
    if not right:
        throttle.wrong_try(user.email)
        audit.append([audit.AuditEntry("nobody", "sign_in_failed", subject="second factor")])
    return right


def is_confirmed(user: User) -> bool:
    """Whether ``user`` proved once more who they are: then this counts for some minutes."""
    right = _confirms(user)
    if right:
        entering.keep_fresh()
    else:
        throttle.wrong_try(user.email)
        audit.record("confirm_failed")
    return right


def is_unlocked(user: User) -> bool:
    """Whether passkey or password open the locked screen; then it is open."""
    right = bool(request.form.get("answer")) and _passkey(user) is not None
    right = right or _password(user)
    if right:
        entering.unlock()
    else:
        throttle.wrong_try(user.email)
        audit.record("unlock_failed")
    return right


def confirm_schema(user: User) -> type[FormSchema]:
    """What an account confirms by: a code, or the password where it has nothing better."""
    if signing_in.has_second_factor(user):
        return schemas.CodeSchema
    return schemas.ConfirmByPasswordSchema


def remember_challenge(offered: tuple[str, str]) -> str:
    """Keep the challenge of what :mod:`accounts.passkeys` offers; gives what the browser needs."""
    options, challenge = offered
    session["passkey_challenge"] = challenge
    return options


def challenge() -> str:
    """The challenge that the browser was given; it is good once."""
    return str(session.pop("passkey_challenge", ""))


def _passkey(user: User | None) -> User | None:
    return passkeys.check(request.form.get("answer", "")[:8000], challenge(), user)


def _password(user: User) -> bool:
    return signing_in.check_password(user.email, request.form.get("password", "")[:200]) is not None


def _second_factor(user: User) -> bool:
    if request.form.get("answer"):
        return _passkey(user) is not None
    code = request.form.get("code", "")[:14]
    return signing_in.check_code(user, code) or recovery_codes.use(user, code)


def _confirms(user: User) -> bool:
    if request.form.get("answer"):
        return _passkey(user) is not None
    if signing_in.has_second_factor(user):
        return signing_in.check_code(user, request.form.get("code", "")[:10])
    return _password(user)

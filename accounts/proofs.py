"""What a request proves about who sent it; wrong tries are counted and stand in the trail."""

from flask import request, session
from flask_babel import gettext as _

from access import audit
from accounts import (
    entering,
    passkeys,
    recovery_codes,
    schemas,
    signing_in,
    single_sign_on,
    strangers,
    throttle,
)
from models.people import User
from notifications import outbox
from web import unseen
from web.forms import FormSchema
from web.links import link, path_of_ours
from web.sessions import MOST_WRONG, Session, wrong_tries

MOST_CODES = 10  # wrong ones of one half-in session, which then ends
TOLD_AT = 3  # wrong codes: the owner hears that somebody has the password


def password_ahead(email: str, password: str) -> None:
    """Prove a password ahead of signing in; after many wrong tries that takes a moment."""
    throttle.slow_down(email)
    signing_in.prove_ahead(email, password)


def by_password(email: str, password: str) -> signing_in.Opened | None:
    """What mail address and password open.

    A right one counts nothing back: the second factor is still to come.
    """
    opened = signing_in.what_opens(email, password)
    if opened is None:
        throttle.wrong_try(email)
        _note_failure("")
    return opened


def _note_failure(subject: str) -> None:
    strangers.note("sign_in_failed", subject=subject)


def by_passkey_alone() -> User | None:
    """Whose passkey answered; wrong ones close passkeys from there, and nothing else."""
    user = None if throttle.are_passkeys_closed() else _passkey(None)
    if user is None:
        throttle.wrong_passkey()
        _note_failure("passkey")
    return user


def is_second_step_right(user: User) -> bool:
    """Whether the code, the recovery code or the passkey of a sign-in is right.

    A wrong one is counted: ten end the session that is half in, many close codes for a while, and
    after three the owner is told that somebody has the password.
    """
    if _second_factor(user):
        return True
    _note_failure("second factor")
    if TOLD_AT in (throttle.wrong_code(user.email), _tries()):
        _tell_owner(user)
    entering.wrong_try(MOST_CODES)
    return False


def confirm_ahead(user: User) -> None:
    """Prove a password ahead of :func:`is_confirmed`, where it is one that confirms."""
    if not request.form.get("answer") and not signing_in.has_second_factor(user):
        signing_in.prove_ahead(user.email, _sent_password())


def unlock_ahead(user: User) -> None:
    """The same ahead of :func:`is_unlocked`."""
    if not request.form.get("answer"):
        signing_in.prove_ahead(user.email, _sent_password())


def is_confirmed(user: User) -> bool:
    """Whether ``user`` proved once more who they are: then this counts for some minutes."""
    right = _confirms(user)
    _counted(right, "confirm_failed")
    if right:
        entering.keep_fresh()
    return right


def is_unlocked(user: User) -> bool:
    """Whether passkey or password open the locked screen; then it is open."""
    passkey = bool(request.form.get("answer")) and _passkey(user) is not None
    opened = None if passkey else _opened(user)
    right = passkey or opened is not None
    _counted(right, "unlock_failed")
    if right:
        entering.unlock()
    if opened and opened.forced:
        entering.enter_by_force(user)
    return right


def _counted(right: bool, deed: str) -> None:
    """Wrong tries of a session are its own: nobody else's refuse it, and a few end it."""
    if right:
        entering.right_try()
        return
    audit.record(deed)
    entering.wrong_try(MOST_WRONG)


def _tries() -> int:
    """How many wrong tries this session had before this one, and this one."""
    return wrong_tries(session, more=0) + 1 if isinstance(session, Session) else 0


def _tell_owner(user: User) -> None:
    """Once an hour by every channel; the data protection officer has an alert."""
    reference = outbox.occurrence("WC-", user.id, outbox.HOURLY)
    path = link("accounts_security.index")
    outbox.post("account.guessed", reference=reference, path=path, to=[user], urgent=True)
    audit.append(
        [audit.AuditEntry("nobody", "second_factor_guessed", user_id=user.id, subject=reference)]
    )


def wrong_code_in_words(user: User) -> str:
    """What a wrong code is told."""
    if throttle.are_codes_closed(user.email):
        return _(
            "Too many codes were wrong, so none is taken for an hour. Use a passkey, a recovery "
            "code, or a browser in which you signed in before."
        )
    return _("This code is not right, or was used already. Wait for the next one.")


def offered_secret() -> str:
    """The secret of an authenticator app that is being set up in this session; it counts later."""
    if "new_factor" not in session:
        session["new_factor"] = signing_in.new_secret()
    return str(session["new_factor"])


def forget_offered_secret() -> None:
    """Begin with another one."""
    session.pop("new_factor", None)


def by_provider(user: User, found: single_sign_on.Found | None) -> str:
    """What coming back from the provider proves for a session that stands: it opens a locked
    screen, and where two factors were asked for it counts as confirming. Gives where to go.

    Anybody else's account, or a proof from before, opens nothing.
    """
    asked = session.pop("provider_again", None)
    if not asked or found is None or found.user.id != user.id or not found.again:
        return ""
    entering.unlock()
    if found.by_two_factors or not signing_in.has_second_factor(user):
        entering.keep_fresh()
    return path_of_ours(asked["next"])


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


def _sent_password() -> str:
    return request.form.get("password", "")[:200]


def _opened(user: User) -> signing_in.Opened | None:
    return signing_in.what_opens(user.email, _sent_password())


def _password(user: User) -> bool:
    return signing_in.is_password_of(user, _sent_password())


def _second_factor(user: User) -> bool:
    if request.form.get("answer"):
        return _passkey(user) is not None
    code = _sent_code(14)
    right = not throttle.are_codes_closed(user.email) and signing_in.check_code(user, code)
    return right or recovery_codes.use(user, code)


def _sent_code(most: int) -> str:
    """As it was typed or pasted, without what nobody sees."""
    return unseen.exact(request.form.get("code", ""))[:most]


def _confirms(user: User) -> bool:
    if request.form.get("answer"):
        return _passkey(user) is not None
    if signing_in.has_second_factor(user):
        return signing_in.check_code(user, _sent_code(10))
    return _password(user)

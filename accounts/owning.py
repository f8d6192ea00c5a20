"""What the owner of an account changes of its proofs: password, second factor, passkeys, codes,
tokens. Each is told and stands in the trail as a change of who may act.
"""

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _

from access import audit
from access.actors import Actor, person
from accounts import ending, passkeys, recovery_codes, signing_in, tokens
from accounts.access_changes import change
from models.access_changes import ChangeKind
from models.people import User
from models.rules import RuleBroken


def change_password(
    user: User, this_session: str, *, current: str, new: str, keep: Sequence[str] = ()
) -> None:
    """Replace the password; other sessions end, and all else that opens the account but ``keep``.

    Raises :class:`models.rules.RuleBroken`, also where no second factor would be left and there
    must be one.
    """
    signing_in.change_password(user, current=current, new=new)
    ending.end_access(user, keep=keep, this_session=this_session)
    required = current_app.config["SETTINGS"].totp_required
    if required and not signing_in.has_second_factor(user):
        raise RuleBroken(
            _("Your passkeys are your only second factor. Leave them, or set up another first."),
            "keep",
        )
    audit.record("password_changed")


def change_second_password(user: User, *, current: str, second: str = "") -> None:
    """Choose a password to tell under force, or none; raises :class:`models.rules.RuleBroken`."""
    signing_in.set_second_password(user, current=current, new=second)
    audit.record("second_password")


def keep_factor(user: User, secret: str, code: str) -> list[str]:
    """The authenticator app with ``secret`` counts from now on, because a code of it was typed.

    Gives ten recovery codes. Raises :class:`models.rules.RuleBroken` for a wrong code: what there
    was before stays.
    """
    step = signing_in.step_of(secret, code)
    if not step:
        raise RuleBroken(
            _("This is not the code that your app shows now. Nothing was changed yet."), "code"
        )
    signing_in.keep_totp(user, secret, step)
    change(ChangeKind.FACTOR_MADE, user, by=person(user))
    return recovery_codes.renew(user)


def renew_codes(user: User) -> list[str]:
    """Ten new recovery codes; the old ones end."""
    change(ChangeKind.CODES_MADE, user, by=person(user))
    return recovery_codes.renew(user)


def add_passkey(user: User, *, answer: str, challenge: str, label: str) -> None:
    """Keep a passkey that the browser made; raises :class:`models.rules.RuleBroken`."""
    passkeys.keep(user=user, answer=answer, challenge=challenge, label=label)
    change(ChangeKind.PASSKEY_ADDED, user, by=person(user))


def make_token(user: User, wanted: tokens.Wanted, *, by: Actor | None = None) -> str:
    """A new API token, shown this once; ``by`` is somebody else than its owner."""
    text = tokens.create(user, wanted["label"], wanted["days"], wanted.get("scopes", []))
    change(ChangeKind.TOKEN_MADE, user, by=by or person(user))
    return text

"""Passkeys (WebAuthn level 3): made for one site and one person, checked with the person present
and verified by their device.
"""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, request
from flask_babel import gettext as _
from sqlalchemy import select

from loading import later
from models.base import db, now
from models.people import Passkey, User
from models.rules import RuleBroken
from models.witnessed import stands
from web.product import product

if TYPE_CHECKING:
    import webauthn
    from webauthn import helpers as webauthn_helpers
    from webauthn.helpers import exceptions as webauthn_errors
    from webauthn.helpers import structs
else:
    webauthn = later("webauthn")
    webauthn_helpers = later("webauthn.helpers")
    webauthn_errors = later("webauthn.helpers.exceptions")
    structs = later("webauthn.helpers.structs")


def site() -> tuple[str, str]:
    """The name of this site for passkeys, and its origin.

    In production from the settings, so that a forged Host changes nothing.
    """
    settings = current_app.config["SETTINGS"]
    address = settings.base_url if settings.production else request.host_url.rstrip("/")
    return urlsplit(address).hostname or "", address


def possible() -> bool:
    """Whether browsers make passkeys here: they want a name, not a number."""
    return not site()[0].replace(".", "").replace(":", "").isdecimal()


def of(user: User) -> list[Passkey]:
    """The passkeys of an account."""
    return list(
        db.session.execute(
            select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)
        ).scalars()
    )


def _described(user: User) -> list["structs.PublicKeyCredentialDescriptor"]:
    return [structs.PublicKeyCredentialDescriptor(id=passkey.credential) for passkey in of(user)]


def offer(user: User) -> tuple[str, str]:
    """Options for making a passkey (JSON for the browser), and the challenge to remember."""
    options = webauthn.generate_registration_options(
        rp_id=site()[0],
        rp_name=product().name,
        user_name=user.email,
        user_id=f"safeconduct-{user.id}".encode(),
        user_display_name=user.name,
        exclude_credentials=_described(user),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return webauthn.options_to_json(options), webauthn_helpers.bytes_to_base64url(options.challenge)


def keep(*, user: User, answer: str, challenge: str, label: str) -> Passkey:
    """Keep the passkey that a browser made for ``challenge``; raises
    :class:`models.rules.RuleBroken`.
    """
    name, origin = site()
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=webauthn_helpers.base64url_to_bytes(challenge),
            expected_rp_id=name,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (webauthn_errors.WebAuthnException, ValueError, KeyError):
        raise RuleBroken(_("The browser's answer does not fit. Try again.")) from None
    passkey = Passkey(
        user_id=user.id,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        label=label[:80],
    )
    db.session.add(passkey)
    return passkey


def ask(user: User | None = None) -> tuple[str, str]:
    """Options for signing in with a passkey, of one account or of anybody, and the challenge to
    remember.
    """
    options = webauthn.generate_authentication_options(
        rp_id=site()[0],
        allow_credentials=_described(user) if user else None,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), webauthn_helpers.bytes_to_base64url(options.challenge)


def check(answer: str, challenge: str, user: User | None = None) -> User | None:
    """Whose passkey signed ``challenge``; None where it does not fit, or is not of ``user``."""
    name, origin = site()
    try:
        sent: dict[str, Any] = json.loads(answer)
        passkey = _known(sent["id"], user)
        if passkey is None:
            return None
        verified = webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=webauthn_helpers.base64url_to_bytes(challenge),
            expected_rp_id=name,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (webauthn_errors.WebAuthnException, ValueError, KeyError, TypeError):
        return None
    passkey.sign_count = verified.new_sign_count
    passkey.used_at = now()
    return passkey.user


def _known(credential: str, user: User | None) -> Passkey | None:
    """The passkey a browser names, if its owner is active, and is ``user`` where one is given."""
    named = webauthn_helpers.base64url_to_bytes(credential)
    query = select(Passkey).where(Passkey.credential == named)
    passkey = db.session.execute(query).scalar_one_or_none()
    if passkey is None or not passkey.user.active:
        return None
    if not (stands(passkey) and stands(passkey.user)):
        return None
    return passkey if user is None or passkey.user_id == user.id else None


def remove(*, user: User, passkey_id: int) -> None:
    """Forget a passkey of the account."""
    passkey = db.session.get(Passkey, passkey_id)
    if passkey is not None and passkey.user_id == user.id:
        db.session.delete(passkey)

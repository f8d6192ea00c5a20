"""Single sign-on by OpenID Connect (Authlib): code flow with state, nonce and PKCE.

An account is bound to its identity there by an administrator's address once, by issuer and subject
ever after.
"""

import math
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, session
from sqlalchemy import select

from access import audit
from access.actors import person
from access.gate import acting
from accounts.access_changes import change
from loading import later
from models.access_changes import ChangeKind
from models.base import db, now
from models.people import ExternalIdentity, User
from models.witnessed import stands
from web.links import link

authlib_errors = later("authlib.common.errors")
authlib_flask = later("authlib.integrations.flask_client")
joserfc_errors = later("joserfc.errors")
requests = later("requests")


def register(app: Flask) -> None:
    """Offer single sign-on where settings name a provider."""
    settings = app.config["SETTINGS"]
    if not settings.oidc_issuer:
        return
    oauth = authlib_flask.OAuth(app)
    oauth.register(
        "provider",
        client_id=settings.oidc_client,
        client_secret=settings.oidc_secret,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": 5},
    )
    app.extensions["single_sign_on"] = oauth


def offered() -> bool:
    """Whether this installation has a provider."""
    return "single_sign_on" in current_app.extensions


@dataclass(frozen=True)
class Found:
    """Who came back from the provider, and how they proved it there."""

    user: User
    by_two_factors: bool
    again: bool  # just now, because we asked for it


class Away(Exception):
    """The provider does not answer."""


def begin(*, again: bool = False, target: str = "") -> Response:
    """Send the browser to the provider, and from there to ``target``; ``again`` asks there for a
    new proof, whoever is signed in there. Raises :class:`Away`.
    """
    settings = current_app.config["SETTINGS"]
    back = settings.base_url + link("accounts_security.single_sign_on_back")
    session.pop("provider_again", None)
    session["provider_next"] = target
    more: dict[str, Any] = {}
    if again:
        session["provider_again"] = {"since": int(now().timestamp()), "next": target}
        more = {"prompt": "login", "max_age": 0}
    provider = current_app.extensions["single_sign_on"].provider
    try:
        answer: Response = provider.authorize_redirect(back, **more)
    except (requests.RequestException, ValueError) as wrong:  # or answers with a page of its own
        raise Away from wrong
    return answer


def wanted() -> str:
    """Where whoever comes back wanted to go: to the form that an ended session kept, for one."""
    return str(session.pop("provider_next", ""))


def finish() -> Found | None:
    """Who comes back from the provider; None where anything does not fit: state, nonce, issuer,
    audience, signature, age.
    """
    client = current_app.extensions["single_sign_on"].provider
    try:
        token = client.authorize_access_token()
    except (
        authlib_errors.AuthlibBaseError,
        joserfc_errors.JoseError,
        requests.RequestException,
        ValueError,
        KeyError,
    ):
        return None
    claims: dict[str, Any] = dict(token.get("userinfo") or {})
    issuer = current_app.config["SETTINGS"].oidc_issuer
    if claims.get("iss") != issuer or not claims.get("sub"):
        return None
    identity = db.session.get(ExternalIdentity, (issuer, str(claims["sub"])))
    # A proof that is asked for again is of an account that is bound already.
    first = None if "provider_again" in session else _first_time
    user = identity.user if identity else first and first(issuer, claims)
    if user is None or not user.active or not all(map(stands, filter(None, (user, identity)))):
        return None
    return Found(user, _asked_for_two(claims), _is_anew(claims))


def is_bound(user: User) -> bool:
    """Whether the account belongs to an identity at a provider."""
    query = select(ExternalIdentity.subject).where(ExternalIdentity.user_id == user.id)
    return db.session.execute(query).first() is not None


def _asked_for_two(claims: dict[str, Any]) -> bool:
    """Whether the provider says by ``acr`` or ``amr`` that it asked for two factors."""
    said = [
        word
        for claim in (claims.get("acr"), claims.get("amr"))
        for word in (claim if isinstance(claim, list) else [claim])
    ]
    return any(word in said for word in current_app.config["SETTINGS"].oidc_second_factor)


def _is_anew(claims: dict[str, Any]) -> bool:
    """Whether the proof is younger than the moment at which we asked for it, give or take a clock
    that goes wrong by half a minute.
    """
    asked: dict[str, Any] = session.get("provider_again") or {"since": math.inf}
    proved = claims.get("auth_time")
    return isinstance(proved, int | float) and proved >= asked["since"] - 30


def _first_time(issuer: str, claims: dict[str, Any]) -> User | None:
    # Some providers say it as a text, and "false" is one that stands.
    if claims.get("email_verified") not in (True, "true") or not claims.get("email"):
        return None
    query = select(User).where(User.email == str(claims["email"]).lower())
    user = db.session.execute(query).scalar_one_or_none()
    if user is None or not user.active or is_bound(user):
        return None
    db.session.add(ExternalIdentity(issuer=issuer, subject=str(claims["sub"]), user_id=user.id))
    with acting(person(user)) as gate:
        change(ChangeKind.PROVIDER_BOUND, user, by=gate.actor)
        audit.append(gate.pending())
    return user

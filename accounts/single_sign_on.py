"""Single sign-on by OpenID Connect (Authlib): code flow with state, nonce and PKCE.

An account is bound to its identity there by an administrator's address once, by issuer and subject
ever after.
"""

from typing import Any

from flask import Flask, Response, current_app
from sqlalchemy import select

from loading import later
from models.base import db
from models.people import ExternalIdentity, User
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


def begin() -> Response:
    """Send the browser to the provider."""
    settings = current_app.config["SETTINGS"]
    back = settings.base_url + link("accounts_security.single_sign_on_back")
    answer: Response = current_app.extensions["single_sign_on"].provider.authorize_redirect(back)
    return answer


def finish() -> User | None:
    """The account of whoever comes back from the provider; None where anything does not fit: state,
    nonce, issuer, audience, signature, age.
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
    user = identity.user if identity else _first_time(issuer, claims)
    return user if user is not None and user.active else None


def _first_time(issuer: str, claims: dict[str, Any]) -> User | None:
    if not claims.get("email_verified") or not claims.get("email"):
        return None
    query = select(User).where(User.email == str(claims["email"]).lower())
    user = db.session.execute(query).scalar_one_or_none()
    if user is None or _is_bound(user):
        return None
    db.session.add(ExternalIdentity(issuer=issuer, subject=str(claims["sub"]), user_id=user.id))
    return user


def _is_bound(user: User) -> bool:
    """Whether the account belongs to another identity at a provider already."""
    query = select(ExternalIdentity.subject).where(ExternalIdentity.user_id == user.id)
    return db.session.execute(query).first() is not None

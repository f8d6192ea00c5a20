"""Pages: sign in, second factor, sign out, leave quickly, settings."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from marshmallow import ValidationError

from access import trail
from access.actors import Actor, person
from access.permissions import Permission
from accounts import schemas, signing_in, throttle
from models.base import db
from models.people import User
from web.faults import page_for
from web.forms import Form, load, typed
from web.room import Room, see
from web.sessions import Session, end_others

room = Room("accounts", __name__)


@room.open_get("/sign-in")
def sign_in() -> Any:
    """E-mail and password."""
    if g.get("actor"):
        return redirect(url_for("casework.work"))
    return render_template("accounts/sign_in.html", form=Form(schemas.SignInSchema), next=_safe(request.args.get("next", "")))


@room.open_post("/sign-in")
def enter() -> Any:
    """Check e-mail and password."""
    sent = typed(schemas.SignInSchema, request.form)
    try:
        given = load(schemas.SignInSchema, sent, lenient=True)
    except ValidationError as wrong:
        return _again(sent, wrong.normalized_messages())
    if throttle.is_slowed(given["email"]):
        return page_for(429)
    user = signing_in.check_password(given["email"], given["password"])
    if user is None:
        throttle.wrong_try(given["email"])
        trail.append([trail.Deed("nobody", "sign_in_failed")])
        return _again(sent, {"_form": [_("E-mail or password is not right.")]})
    throttle.right_try(given["email"])
    if current_app.config["SETTINGS"].totp_required or user.totp_sealed:
        session["half_in"], session["next"] = user.id, _safe(request.form.get("next", ""))
        return see("accounts.code")
    return _let_in(user, _safe(request.form.get("next", "")))


@room.open_get("/sign-in/code")
def code() -> Any:
    """The second factor."""
    if "half_in" not in session:
        return see("accounts.sign_in")
    return render_template("accounts/code.html", form=Form(schemas.CodeSchema))


@room.open_post("/sign-in/code")
def enter_code() -> Any:
    """Check the second factor."""
    user = db.session.get(User, session.get("half_in", 0))
    if user is None:
        return see("accounts.sign_in")
    if throttle.is_slowed(user.email):
        return page_for(429)
    if not user.active or not signing_in.check_code(user, request.form.get("code", "")[:10]):
        throttle.wrong_try(user.email)
        form = Form(schemas.CodeSchema, {}, {"code": [_("This code is not right, or was used already. Wait for the next one.")]})
        return render_template("accounts/code.html", form=form), 422
    return _let_in(user, session.pop("next", ""))


@room.post("/sign-out", permission=Permission.ACCOUNT_USE)
def sign_out(_actor: Actor) -> Response:
    """End the session on the server."""
    _end_session()
    answer = see("accounts.sign_in")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return answer


@room.open_get("/leave")
def leave() -> Response:
    """Leave quickly: the session ends, the browser goes to a neutral page."""
    if g.get("actor"):
        _end_session()
    answer: Any = redirect(current_app.config["SETTINGS"].leave_url, 303)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return answer  # type: ignore[no-any-return]


@room.get("/account", permission=Permission.ACCOUNT_USE)
def account(actor: Actor, form: Form | None = None) -> str:
    """My settings."""
    user = actor.user
    assert user is not None
    now = {"locale": user.locale, "theme": user.theme, "lite": user.lite}
    settings = form if form and isinstance(form.schema, schemas.SettingsSchema) else Form(schemas.SettingsSchema, now)
    password = form if form and isinstance(form.schema, schemas.PasswordSchema) else Form(schemas.PasswordSchema)
    return render_template("accounts/account.html", settings=settings, password=password)


@room.post("/account", permission=Permission.ACCOUNT_USE, accepts=schemas.SettingsSchema, page=account)
def settings(actor: Actor, given: dict[str, Any]) -> Response:
    """Keep language and look."""
    user = actor.user
    assert user is not None
    user.locale, user.theme, user.lite = given["locale"], given.get("theme", ""), bool(given.get("lite"))
    return see("accounts.account")


@room.post("/account/password", permission=Permission.ACCOUNT_USE, accepts=schemas.PasswordSchema, page=account)
def password(actor: Actor, given: dict[str, Any]) -> Response:
    """Change the password; all other sessions end."""
    assert actor.user is not None
    signing_in.change_password(actor.user, **given)
    end_others(actor.user.id, getattr(session, "token", ""))
    return see("accounts.account")


@room.post("/account/second-factor", permission=Permission.ACCOUNT_USE)
def second_factor(actor: Actor) -> str:
    """Give a new secret for the authenticator app."""
    assert actor.user is not None
    secret = signing_in.enrol_totp(actor.user)
    return render_template("accounts/secret.html", secret=secret)


def _let_in(user: User, target: str) -> Any:
    session.pop("half_in", None)
    login_user(user)
    if isinstance(session, Session):
        session.renew()
    actor = person(user)
    trail.append([trail.Deed(actor.name, "signed_in", actor.home, user.id)])
    return redirect(target or url_for("casework.work"), 303)


def _end_session() -> None:
    logout_user()
    session.clear()
    if isinstance(session, Session):
        session.renew()


def _again(sent: dict[str, Any], errors: dict[str, Any]) -> Any:
    sent.pop("password", None)
    return render_template("accounts/sign_in.html", form=Form(schemas.SignInSchema, sent, errors), next=_safe(request.form.get("next", ""))), 422


def _safe(target: str) -> str:
    """A path of ours, or nothing: never another site."""
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if inside and target.isprintable() and "\\" not in target else ""

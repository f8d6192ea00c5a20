"""Pages: sign in, second factor, sign out, leave quickly, settings."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from marshmallow import ValidationError

from access import audit
from access.actors import Actor, person
from access.permissions import Permission
from accounts import passkeys, recovery_codes, schemas, signing_in, single_sign_on, throttle
from models.base import db, now
from models.people import User
from models.rules import RuleBroken
from models.sealed import seal_system
from web.errors import page_for
from web.forms import Form, load, typed
from web.guard import GuardedBlueprint, redirect_to
from web.sessions import Session, end_others

blueprint = GuardedBlueprint("accounts", __name__)


@blueprint.open_get("/sign-in")
def sign_in() -> Any:
    """E-mail and password."""
    if g.get("actor"):
        return redirect(url_for("work.index"))
    return render_template(
        "accounts/sign_in.html",
        form=Form(schemas.SignInSchema),
        next=safe_path(request.args.get("next", "")),
        sso=single_sign_on.offered(),
        passkey=passkeys.possible(),
    )


@blueprint.open_post("/sign-in")
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
        audit.append([audit.AuditEntry("nobody", "sign_in_failed")])
        return _again(sent, {"_form": [_("E-mail or password is not right.")]})
    throttle.right_try(given["email"])
    if current_app.config["SETTINGS"].totp_required or signing_in.has_second_factor(user):
        session["half_in"], session["next"] = user.id, safe_path(request.form.get("next", ""))
        return redirect_to("accounts.code")
    return let_in(user, safe_path(request.form.get("next", "")))


@blueprint.open_get("/sign-in/code")
def code() -> Any:
    """The second factor."""
    if "half_in" not in session:
        return redirect_to("accounts.sign_in")
    return render_template(
        "accounts/code.html", form=Form(schemas.CodeSchema), passkey=passkeys.possible()
    )


@blueprint.open_post("/sign-in/code")
def enter_code() -> Any:
    """Check the second factor."""
    user = db.session.get(User, session.get("half_in", 0))
    if user is None:
        return redirect_to("accounts.sign_in")
    if throttle.is_slowed(user.email):
        return page_for(429)
    if not user.active or not _second_factor(user):
        throttle.wrong_try(user.email)
        audit.append([audit.AuditEntry("nobody", "sign_in_failed", subject="second factor")])
        form = Form(
            schemas.CodeSchema,
            {},
            {"code": [_("This code is not right, or was used already. Wait for the next one.")]},
        )
        return render_template("accounts/code.html", form=form, passkey=passkeys.possible()), 422
    return let_in(user, session.pop("next", ""), fresh=True)


def _second_factor(user: User) -> bool:
    if request.form.get("answer"):
        return (
            passkeys.check(
                request.form["answer"][:8000], session.pop("passkey_challenge", ""), user
            )
            is not None
        )
    code = request.form.get("code", "")[:14]
    return signing_in.check_code(user, code) or recovery_codes.use(user, code)


@blueprint.post("/sign-out", permission=Permission.ACCOUNT_USE, bare=True)
def sign_out(_actor: Actor) -> Response:
    """End the session on the server."""
    _end_session()
    answer = redirect_to("accounts.sign_in")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return answer


@blueprint.open_get("/leave")
def leave() -> Response:
    """Leave quickly: the session ends, the browser goes to a neutral page."""
    if g.get("actor"):
        _end_session()
    answer: Any = redirect(current_app.config["SETTINGS"].leave_url, 303)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return answer  # type: ignore[no-any-return]


@blueprint.get("/account", permission=Permission.ACCOUNT_USE)
def account(actor: Actor, form: Form | None = None) -> str:
    """My settings."""
    user = actor.user
    assert user is not None
    now = {"locale": user.locale, "theme": user.theme, "lite": user.lite}
    settings = (
        form
        if form and isinstance(form.schema, schemas.SettingsSchema)
        else Form(schemas.SettingsSchema, now)
    )
    password = (
        form
        if form and isinstance(form.schema, schemas.PasswordSchema)
        else Form(schemas.PasswordSchema)
    )
    told = {
        "mail_when": user.mail_when,
        "quiet_from": user.quiet_from,
        "quiet_to": user.quiet_to,
        "timezone": user.timezone,
        "sms_when": user.sms_when,
    }
    notices = (
        form
        if form and isinstance(form.schema, schemas.NoticesSchema)
        else Form(schemas.NoticesSchema, told)
    )
    return render_template(
        "accounts/account.html", settings=settings, password=password, notices=notices
    )


@blueprint.post(
    "/account", permission=Permission.ACCOUNT_USE, accepts=schemas.SettingsSchema, page=account
)
def settings(actor: Actor, given: dict[str, Any]) -> Response:
    """Keep language and look."""
    user = actor.user
    assert user is not None
    user.locale, user.theme, user.lite = (
        given["locale"],
        given.get("theme", ""),
        bool(given.get("lite")),
    )
    return redirect_to("accounts.account")


@blueprint.post(
    "/account/notices",
    permission=Permission.ACCOUNT_USE,
    accepts=schemas.NoticesSchema,
    page=account,
)
def notices(actor: Actor, given: dict[str, str]) -> Response:
    """Keep when mail may come."""
    user = actor.user
    assert user is not None
    user.mail_when, user.timezone, user.sms_when = (
        given.get("mail_when", ""),
        given.get("timezone", ""),
        given.get("sms_when", ""),
    )
    if phone := given.get("phone"):
        user.phone_sealed = seal_system(
            f"phone/{user.id}", "".join(c for c in phone if c in "+0123456789").encode()
        )
    if user.sms_when and user.phone_sealed is None:
        raise RuleBroken(_("Give the number to send SMS to."), "phone")
    user.quiet_from, user.quiet_to = given.get("quiet_from", ""), given.get("quiet_to", "")
    return redirect_to("accounts.account")


@blueprint.post(
    "/account/password",
    permission=Permission.ACCOUNT_USE,
    accepts=schemas.PasswordSchema,
    page=account,
)
def password(actor: Actor, given: dict[str, Any]) -> Response:
    """Change the password; all other sessions end."""
    assert actor.user is not None
    signing_in.change_password(actor.user, **given)
    audit.record("password_changed")
    end_others(actor.user.id, getattr(session, "token", ""))
    return redirect_to("accounts.account")


@blueprint.post("/account/second-factor", permission=Permission.ACCOUNT_USE, fresh=True)
def second_factor(actor: Actor) -> str:
    """Give a new secret for the authenticator app."""
    assert actor.user is not None
    secret = signing_in.enrol_totp(actor.user)
    audit.record("second_factor_made")
    return render_template("accounts/secret.html", secret=secret)


def let_in(user: User, target: str, *, fresh: bool = False) -> Any:
    """Begin the session of ``user`` under a new token, and go to ``target``."""
    session.pop("half_in", None)
    login_user(user)
    if fresh:
        session["fresh_until"] = (now() + timedelta(minutes=10)).timestamp()
    session["browser"] = _browser()
    if isinstance(session, Session):
        session.renew()
    actor = person(user)
    audit.append([audit.AuditEntry(actor.name, "signed_in", actor.home, user.id)])
    return redirect(target or url_for("work.index"), 303)


def _browser() -> str:
    """The kind of browser, coarse on purpose: enough to recognise one's own."""
    text = request.user_agent.string
    name = next((word for word in ("Firefox", "Edg", "Chrome", "Safari") if word in text), "")
    system = next(
        (word for word in ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux") if word in text),
        "",
    )
    return f"{name.replace('Edg', 'Edge')} {system}".strip()


def wrong_code(message: str) -> Any:
    """The sign-in page again, with what went wrong."""
    return _again({}, {"_form": [message]})


def _end_session() -> None:
    logout_user()
    session.clear()
    if isinstance(session, Session):
        session.renew()


def _again(sent: dict[str, Any], errors: dict[str, Any]) -> Any:
    sent.pop("password", None)
    return render_template(
        "accounts/sign_in.html",
        form=Form(schemas.SignInSchema, sent, errors),
        next=safe_path(request.form.get("next", "")),
        sso=single_sign_on.offered(),
        passkey=passkeys.possible(),
    ), 422


def safe_path(target: str) -> str:
    """A path of ours, or nothing: never another site."""
    parts = urlsplit(target)
    inside = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return target if inside and target.isprintable() and "\\" not in target else ""

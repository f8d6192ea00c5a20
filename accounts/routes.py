"""Pages: sign in, second factor, sign out, leave quickly, settings."""

from typing import Any

from flask import Response, current_app, g, redirect, render_template
from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.permissions import Permission
from accounts import entering, open_forms, pages, preferences, proofs, schemas, signing_in, throttle
from models.people import User
from web.errors import page_for
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.sessions import end_others

blueprint = GuardedBlueprint("accounts", __name__)
_MINE: dict[str, Any] = {"permission": Permission.ACCOUNT_USE}


def own(actor: Actor) -> User:
    """The account of whoever acts on a page: a person, never a task of the system."""
    assert actor.user is not None
    return actor.user


@blueprint.open_get("/sign-in")
def sign_in() -> object:
    """E-mail and password."""
    if g.get("actor"):
        return redirect(link("work.index"))
    return render_template("accounts/sign_in.html", **pages.sign_in())


@blueprint.open_post("/sign-in")
def enter() -> object:
    """Check e-mail and password."""
    given = open_forms.tried(schemas.SignInSchema, dict)
    if isinstance(given, Form):
        return _sign_in_again(given)
    if throttle.is_slowed(given["email"]):
        return page_for(429)
    user = proofs.by_password(given["email"], given["password"])
    if user is None:
        return wrong_sign_in(_("E-mail or password is not right."))
    return _let_in_by_password(user)


def _let_in_by_password(user: User) -> object:
    if not entering.needs_second_step(user):
        return let_in(user, entering.next_path())
    entering.begin_halfway(user, entering.next_path())
    return redirect_to("accounts.code")


@blueprint.open_get("/sign-in/code")
def code() -> object:
    """The second factor."""
    if not entering.is_halfway():
        return redirect_to("accounts.sign_in")
    return render_template("accounts/code.html", **pages.code())


@blueprint.open_post("/sign-in/code")
def enter_code() -> object:
    """Check the second factor."""
    user = entering.halfway()
    if user is None:
        return redirect_to("accounts.sign_in")
    if throttle.is_slowed(user.email):
        return page_for(429)
    if not proofs.is_second_step_right(user):
        message = _("This code is not right, or was used already. Wait for the next one.")
        form = Form(schemas.CodeSchema, {}, {"code": [message]})
        return render_template("accounts/code.html", **pages.code(form)), 422
    return let_in(user, entering.target(), fresh=True)


@blueprint.post("/sign-out", **_MINE, bare=True)
def sign_out(_actor: Actor) -> Response:
    """End the session on the server."""
    entering.end()
    return _cleared(redirect_to("accounts.sign_in"))


@blueprint.open_get("/leave")
def leave() -> Response:
    """Leave quickly: the session ends, the browser goes to a neutral page."""
    if g.get("actor"):
        entering.end()
    answer: Any = redirect(current_app.config["SETTINGS"].leave_url, 303)
    return _cleared(answer)


def _cleared(answer: Response) -> Response:
    """The browser forgets what it kept of us."""
    answer.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return answer


@blueprint.get("/account", **_MINE)
def account(actor: Actor, form: Form | None = None) -> str:
    """My settings."""
    return render_template("accounts/account.html", **pages.account(own(actor), form))


@blueprint.post("/account", **_MINE, accepts=schemas.SettingsSchema, page=account)
def settings(actor: Actor, given: preferences.Look) -> Response:
    """Keep language and look."""
    preferences.keep_look(own(actor), given)
    return redirect_to("accounts.account")


@blueprint.post("/account/notices", **_MINE, accepts=schemas.NoticesSchema, page=account)
def notices(actor: Actor, given: preferences.Notices) -> Response:
    """Keep when mail may come."""
    preferences.keep_notices(own(actor), given)
    return redirect_to("accounts.account")


@blueprint.post("/account/password", **_MINE, accepts=schemas.PasswordSchema, page=account)
def password(actor: Actor, given: dict[str, str]) -> Response:
    """Change the password; all other sessions end."""
    signing_in.change_password(own(actor), current=given["current"], new=given["new"])
    audit.record("password_changed")
    end_others(own(actor).id, entering.token())
    return redirect_to("accounts.account")


@blueprint.post("/account/second-factor", **_MINE, fresh=True)
def second_factor(actor: Actor) -> str:
    """Give a new secret for the authenticator app."""
    secret = signing_in.enrol_totp(own(actor))
    audit.record("second_factor_made")
    return render_template("accounts/secret.html", secret=secret)


def let_in(user: User, target: str, *, fresh: bool = False) -> object:
    """Begin the session of ``user``, and go to ``target`` or to what needs them today."""
    entering.begin(user, fresh=fresh)
    return redirect(target or link("work.index"), 303)


def wrong_sign_in(message: str) -> object:
    """The sign-in page again, with what went wrong."""
    return _sign_in_again(open_forms.again(schemas.SignInSchema, {"_form": [message]}))


def _sign_in_again(form: Form) -> object:
    return render_template("accounts/sign_in.html", **pages.sign_in(form)), 422

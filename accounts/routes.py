"""Pages: sign in, second factor, sign out, leave quickly, settings."""

from collections.abc import Callable
from typing import Any, cast

from flask import Response, current_app, g, redirect, render_template, request, session
from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.permissions import Permission
from accounts import (
    entering,
    open_forms,
    owning,
    pages,
    preferences,
    proofs,
    queries,
    renaming,
    schemas,
    signing_in,
    single_sign_on,
    throttle,
)
from accounts import (
    locked_out as locked_out_people,
)
from models.people import User
from web.errors import NotFound
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link

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


def _sign_in_ahead() -> None:
    given = open_forms.tried(schemas.SignInSchema, dict)
    if not isinstance(given, Form):
        proofs.password_ahead(given["email"], given["password"])


@blueprint.open_post("/sign-in", ahead=_sign_in_ahead)
def enter() -> object:
    """Check e-mail and password."""
    given = open_forms.tried(schemas.SignInSchema, dict)
    if isinstance(given, Form):
        return _sign_in_again(given)
    opened = proofs.by_password(given["email"], given["password"])
    if opened is None:
        return wrong_sign_in(_("E-mail or password is not right."))
    return _let_in_by_password(opened)


def _let_in_by_password(opened: signing_in.Opened) -> object:
    # Where somebody wanted to go names a case: under force that is not shown.
    target = "" if opened.forced else entering.next_path()
    if not entering.needs_second_step(opened.user):
        return let_in(opened.user, target, forced=opened.forced)
    entering.begin_halfway(opened.user, target, forced=opened.forced)
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
    if proofs.is_second_step_right(user):
        return let_in(user, entering.target(), fresh=True)
    if entering.has_ended():
        return wrong_sign_in(_("Too many codes were wrong. Begin again with your password."))
    form = Form(schemas.CodeSchema, {}, {"code": [proofs.wrong_code_in_words(user)]})
    return render_template("accounts/code.html", **pages.code(form)), 422


@blueprint.open_get("/sign-in/help")
def locked_out() -> str:
    """What to do when one cannot sign in."""
    return render_template("accounts/locked_out.html", **pages.locked_out())


@blueprint.open_post("/sign-in/help")
def tell_locked_out() -> object:
    """Tell the office; the answer is the same for everybody."""
    given = open_forms.tried(schemas.LockedOutSchema, dict)
    if isinstance(given, Form):
        return render_template("accounts/locked_out.html", **pages.locked_out(given)), 422
    locked_out_people.tell(given["email"])
    return render_template("accounts/locked_out.html", **pages.locked_out(told=True))


@blueprint.post("/sign-out", **_MINE, bare=True)
def sign_out(_actor: Actor) -> Response:
    """End the session on the server."""
    entering.end()
    answer = redirect_to("accounts.sign_in")
    answer.headers["Clear-Site-Data"] = '"cache"'  # the browser stays known for this account
    return answer


@blueprint.open_get("/leave")
def leave() -> Response:
    """Leave quickly: the session ends, the browser goes to a neutral page. That of a partner's link
    ends too, and one that is half in. Another site that leads here ends none.
    """
    answer: Any = redirect(current_app.config["SETTINGS"].leave_url, 303)
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return cast("Response", answer)
    if entering.token():
        entering.end()
    throttle.forget_browser(answer)
    return _cleared(answer)


def _cleared(answer: Response) -> Response:
    """The browser forgets what it kept of us."""
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


@blueprint.get("/office", **_MINE)
def offices(actor: Actor) -> str:
    """For which of my offices I work now: what I register, import and add is theirs."""
    shown = {"offices": queries.offices_of(actor), "next": entering.next_path()}
    return render_template("accounts/offices.html", **shown)


@blueprint.post("/office/<code>", **_MINE)
def work_for(actor: Actor) -> Response:
    """Work for one of them from now on."""
    code = (request.view_args or {})["code"]
    place = next((each for each in queries.offices_of(actor) if each.code == code), None)
    if place is None:
        raise NotFound
    session["office"] = place.id
    audit.record("office_chosen", subject=place.code)
    return cast("Response", redirect(entering.next_path() or link("work.index"), 303))


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


@blueprint.post("/account/who", **_MINE, fresh=True, accepts=schemas.WhoSchema, page=account)
def ask_rename(actor: Actor, given: dict[str, Any]) -> Response:
    """Ask for another name or mail address of mine."""
    made = renaming.rename(by=actor, user=own(actor), **given)
    return redirect_to("accounts_access.show", made)


def choosing_ahead(field: str) -> Callable[[Actor], None]:
    """The password that stands is proved, and that of ``field`` hashed, ahead of the deed."""

    def ahead(actor: Actor) -> None:
        current, new = request.form.get("current", ""), request.form.get(field, "")
        signing_in.prove_ahead(own(actor).email, current[:200], new[:200])

    return ahead


@blueprint.post(
    "/account/password",
    **_MINE,
    accepts=schemas.ChangePasswordSchema,
    page=account,
    ahead=choosing_ahead("new"),
)
def password(actor: Actor, given: dict[str, Any]) -> Response:
    """Change the password; all other sessions end, and what else opens the account."""
    owning.change_password(own(actor), entering.token(), **given)
    return redirect_to("accounts.account")


@blueprint.get("/account/second-factor", **_MINE, fresh=True)
def second_factor_form(actor: Actor, form: Form | None = None) -> str:
    """The drawing and letters of a new second factor; what there is stays until a code fits."""
    return render_template("accounts/secret.html", **pages.new_factor(own(actor), form))


@blueprint.post("/account/second-factor", **_MINE, fresh=True)
def second_factor(_actor: Actor) -> Response:
    """Begin with a new one."""
    proofs.forget_offered_secret()
    return redirect_to("accounts.second_factor_form")


@blueprint.post(
    "/account/second-factor/code",
    **_MINE,
    fresh=True,
    accepts=schemas.NewFactorSchema,
    page=second_factor_form,
    secret=True,
)
def keep_second_factor(actor: Actor, given: dict[str, str]) -> str:
    """A code of the new one was typed: it counts from now on; with it come recovery codes."""
    codes = owning.keep_factor(own(actor), proofs.offered_secret(), given["code"])
    proofs.forget_offered_secret()
    return render_template("accounts/codes.html", codes=codes)


def let_in(user: User, target: str, *, fresh: bool = False, forced: bool = False) -> object:
    """Begin the session of ``user``, and go to ``target`` or to what needs them today."""
    entering.begin(user, fresh=fresh, forced=forced)
    offices = {grant.organisation_id for grant in user.grants if grant.in_force}
    if len(offices) > 1 and not forced:  # they say first for which of them they work now
        target = link("accounts.offices", next=target)
    answer = cast("Response", redirect(target or link("work.index"), 303))
    throttle.remember_browser(answer, user)
    return answer


def let_in_by_provider(found: single_sign_on.Found, target: str) -> object:
    """Begin the session where the provider asked for enough, and go to ``target``; else ask for our
    own factor too.
    """
    if found.by_two_factors or not entering.needs_second_step(found.user):
        return let_in(found.user, target, fresh=found.by_two_factors)
    if not signing_in.has_second_factor(found.user):
        return wrong_sign_in(
            _(
                "Your provider asked for one factor only, and you have no second one here. "
                "Ask your administrator for a link."
            )
        )
    entering.begin_halfway(found.user, target)
    return redirect_to("accounts.code")


def wrong_sign_in(message: str, status: int = 422) -> object:
    """The sign-in page again, with what went wrong."""
    return _sign_in_again(open_forms.again(schemas.SignInSchema, {"_form": [message]}), status)


def _sign_in_again(form: Form, status: int = 422) -> object:
    return render_template("accounts/sign_in.html", **pages.sign_in(form)), status

"""Pages: what proves who I am. Passkeys, recovery codes, sessions, tokens, the lock, confirming, invitations, single sign-on."""

from datetime import timedelta
from typing import Any

from flask import Response, current_app, g, redirect, render_template, request, session
from flask_babel import gettext as _
from marshmallow import ValidationError

from access import audit
from access.actors import Actor
from access.permissions import Permission
from accounts import invitations, passkeys, schemas, signing_in, single_sign_on, throttle, tokens
from accounts import recovery_codes as recovering
from accounts.routes import let_in, safe_path, wrong_code
from models.base import db, now
from models.people import User
from models.rules import RuleBroken
from web.errors import page_for
from web.forms import Form, load, typed
from web.guard import GuardedBlueprint, redirect_to
from web.sessions import browser_of, end_one, end_others, of_person, public_name

blueprint = GuardedBlueprint("accounts_security", __name__)
FRESH = timedelta(minutes=10)
_MINE: dict[str, Any] = {"permission": Permission.ACCOUNT_USE}


def _user(actor: Actor) -> User:
    assert actor.user is not None
    return actor.user


@blueprint.get("/account/security", **_MINE)
def index(actor: Actor) -> str:
    """My passkeys, codes, sessions and tokens."""
    user = _user(actor)
    return render_template(
        "accounts/security.html",
        passkeys=passkeys.of(user),
        passkeys_possible=passkeys.possible(),
        codes_left=recovering.left(user),
        sessions=[
            (public_name(row), row, browser_of(row), row.token == getattr(session, "row", b""))
            for row in of_person(user.id)
        ],
        tokens=tokens.of(user),
        form=Form(schemas.TokenSchema, {"days": 90}),
    )


@blueprint.post("/account/passkeys/options", **_MINE, fresh=True)
def passkey_options(actor: Actor) -> Response:
    """What the browser needs to make a passkey."""
    options, session["passkey_challenge"] = passkeys.offer(_user(actor))
    return Response(options, content_type="application/json")


@blueprint.post("/account/passkeys", **_MINE, fresh=True, accepts=schemas.PasskeySchema)
def add_passkey(actor: Actor, given: dict[str, Any]) -> object:
    """Keep a passkey."""
    passkeys.keep(
        user=_user(actor),
        answer=given["answer"],
        challenge=session.pop("passkey_challenge", ""),
        label=given.get("label", ""),
    )
    audit.record("passkey_added")
    return redirect_to("accounts_security.index")


@blueprint.post("/account/passkeys/<int:number>/remove", **_MINE, fresh=True)
def remove_passkey(actor: Actor) -> object:
    """Forget a passkey."""
    passkeys.remove(user=_user(actor), number=(request.view_args or {})["number"])
    audit.record("passkey_removed")
    return redirect_to("accounts_security.index")


@blueprint.post("/account/recovery-codes", **_MINE, fresh=True)
def recovery_codes(actor: Actor) -> str:
    """Ten new codes, shown this once."""
    audit.record("recovery_codes_made")
    return render_template("accounts/codes.html", codes=recovering.renew(_user(actor)))


@blueprint.post("/account/sessions/<name>/end", **_MINE)
def end_session(actor: Actor) -> object:
    """End one of my sessions."""
    end_one(_user(actor).id, (request.view_args or {})["name"])
    return redirect_to("accounts_security.index")


@blueprint.post("/account/sessions/end-others", **_MINE)
def end_other_sessions(actor: Actor) -> object:
    """End all my sessions but this."""
    end_others(_user(actor).id, getattr(session, "token", ""))
    return redirect_to("accounts_security.index")


@blueprint.post("/account/tokens", **_MINE, fresh=True, accepts=schemas.TokenSchema)
def make_token(actor: Actor, given: dict[str, Any]) -> str:
    """A new API token, shown this once."""
    text = tokens.create(_user(actor), given["label"], given["days"], given.get("scopes", []))
    audit.record("token_made")
    return render_template("accounts/token.html", token=text)


@blueprint.post("/account/tokens/<int:number>/revoke", **_MINE)
def revoke_token(actor: Actor) -> object:
    """End a token."""
    tokens.revoke(user=_user(actor), number=(request.view_args or {})["number"])
    audit.record("token_revoked")
    return redirect_to("accounts_security.index")


@blueprint.get("/confirm", **_MINE)
def confirm(actor: Actor, form: Form | None = None) -> str:
    """Asks for the second factor before something that cannot be taken back."""
    user = _user(actor)
    known = bool(passkeys.of(user)) and passkeys.possible()
    by_password = not signing_in.has_second_factor(user)
    schema = schemas.ConfirmByPasswordSchema if by_password else schemas.CodeSchema
    return render_template(
        "accounts/confirm.html",
        form=form or Form(schema),
        next=safe_path(request.values.get("next", "")),
        passkey=known,
    )


@blueprint.post("/confirm", **_MINE)
def confirmed(actor: Actor) -> Any:
    """Check it; good for ten minutes."""
    user = _user(actor)
    if throttle.is_slowed(user.email):
        return page_for(429)
    if not _proves(user):
        throttle.wrong_try(user.email)
        audit.record("confirm_failed")
        field = "code" if signing_in.has_second_factor(user) else "password"
        return confirm(
            actor,
            form=Form(
                _confirm_schema(user), {}, {field: [_("This is not right, or was used already.")]}
            ),
        ), 422
    session["fresh_until"] = (now() + FRESH).timestamp()
    return redirect(safe_path(request.form.get("next", "")) or "/account/security", 303)


def _confirm_schema(user: User) -> Any:
    return (
        schemas.CodeSchema
        if signing_in.has_second_factor(user)
        else schemas.ConfirmByPasswordSchema
    )


def _proves(user: User) -> bool:
    if request.form.get("answer"):
        return (
            passkeys.check(
                request.form["answer"][:8000], session.pop("passkey_challenge", ""), user
            )
            is not None
        )
    if signing_in.has_second_factor(user):
        return signing_in.check_code(user, request.form.get("code", "")[:10])
    return signing_in.check_password(user.email, request.form.get("password", "")[:200]) is not None


@blueprint.post("/passkey/challenge", **_MINE, bare=True)
def challenge(actor: Actor) -> Response:
    """What the browser needs to prove it is me."""
    options, session["passkey_challenge"] = passkeys.ask(_user(actor))
    return Response(options, content_type="application/json")


@blueprint.post("/lock", **_MINE, bare=True)
def lock(_actor: Actor) -> object:
    """Lock the screen, on the server too."""
    session["locked"] = True
    return "", 204


@blueprint.get("/unlock", **_MINE, bare=True)
def unlock(actor: Actor, form: Form | None = None) -> str:
    """The locked screen."""
    known = bool(passkeys.of(_user(actor))) and passkeys.possible()
    return render_template(
        "accounts/unlock.html",
        form=form or Form(schemas.ConfirmByPasswordSchema),
        next=safe_path(request.values.get("next", "")),
        passkey=known,
    )


@blueprint.post("/unlock", **_MINE, bare=True)
def unlocked(actor: Actor) -> Any:
    """Open it by password or passkey."""
    user = _user(actor)
    if throttle.is_slowed(user.email):
        return page_for(429)
    by_key = request.form.get("answer") and passkeys.check(
        request.form["answer"][:8000], session.pop("passkey_challenge", ""), user
    )
    if (
        not by_key
        and signing_in.check_password(user.email, request.form.get("password", "")[:200]) is None
    ):
        throttle.wrong_try(user.email)
        audit.record("unlock_failed")
        return unlock(
            actor,
            form=Form(
                schemas.ConfirmByPasswordSchema, {}, {"password": [_("This is not your password.")]}
            ),
        ), 422
    session.pop("locked", None)
    session["unlocked_at"] = now().timestamp()
    return redirect(safe_path(request.form.get("next", "")) or "/", 303)


@blueprint.get("/first-password", **_MINE, bare=True)
def first_password(_actor: Actor, form: Form | None = None) -> str:
    """Somebody else chose this password; its owner chooses another before anything opens."""
    return render_template(
        "accounts/first_password.html", form=form or Form(schemas.PasswordSchema)
    )


@blueprint.post(
    "/first-password", **_MINE, bare=True, accepts=schemas.PasswordSchema, page=first_password
)
def choose_first_password(actor: Actor, given: dict[str, Any]) -> object:
    """Keep it."""
    signing_in.change_password(_user(actor), **given)
    end_others(_user(actor).id, getattr(session, "token", ""))
    audit.record("password_changed")
    return redirect_to("work.home")


@blueprint.open_get("/invitation/<token>")
def invitation(token: str) -> str:
    """Choose a password by a link that works once."""
    found = invitations.invitation(token)
    return render_template(
        "accounts/invitation.html",
        form=Form(schemas.NewPasswordSchema),
        email=found.user.email,
        token=token,
    )


@blueprint.open_post("/invitation/<token>")
def accept_invitation(token: str) -> Any:
    """Keep it; where a second factor is needed its secret is shown, this once."""
    found = invitations.invitation(token)
    sent = typed(schemas.NewPasswordSchema, request.form)
    try:
        user = invitations.accept(
            found=found, new=load(schemas.NewPasswordSchema, sent, lenient=True)["new"]
        )
    except (RuleBroken, ValidationError) as wrong:
        errors = (
            {"new": [str(wrong.message)]}
            if isinstance(wrong, RuleBroken)
            else wrong.normalized_messages()
        )
        db.session.rollback()
        form = Form(schemas.NewPasswordSchema, {}, errors)
        return render_template(
            "accounts/invitation.html",
            form=form,
            email=invitations.invitation(token).user.email,
            token=token,
        ), 422
    audit.append([audit.AuditEntry(user.email, "invitation_accepted", user_id=user.id)])
    secret = signing_in.enrol_totp(user) if current_app.config["SETTINGS"].totp_required else ""
    return render_template("accounts/welcome.html", secret=secret)


@blueprint.open_post("/sign-in/passkey/options")
def sign_in_options() -> Response:
    """What the browser needs to sign in with a passkey; the same for everybody."""
    options, session["passkey_challenge"] = passkeys.ask()
    return Response(options, content_type="application/json")


@blueprint.open_post("/sign-in/passkey")
def sign_in_by_passkey() -> Any:
    """Sign in with a passkey: the device is one factor, its unlocking the other."""
    answer = request.form.get("answer", "")[:8000]
    user = passkeys.check(answer, session.pop("passkey_challenge", ""))
    if user is None:
        throttle.wrong_try("passkey")
        audit.append([audit.AuditEntry("nobody", "sign_in_failed", subject="passkey")])
        return wrong_code(_("This passkey is not known here, or the answer came too late."))
    return let_in(user, safe_path(request.form.get("next", "")), fresh=True)


@blueprint.open_get("/sign-in/provider")
def single_sign_on_begin() -> Any:
    """Sign in at the organisation's own provider."""
    if g.get("actor") or not single_sign_on.offered():
        return redirect_to("accounts.sign_in")
    return single_sign_on.begin()


@blueprint.open_get("/sign-in/provider/back", writes=True)
def single_sign_on_back() -> Any:
    """Come back from there."""
    if not single_sign_on.offered():
        return page_for(404)
    user = single_sign_on.finish()
    if user is None:
        return wrong_code(
            _(
                "The sign-in at your provider did not work, or no account here belongs to it. Ask your administrator."
            )
        )
    return let_in(user, "")

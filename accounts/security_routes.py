"""Pages: what proves who I am.

Passkeys, recovery codes, sessions, tokens, the lock, confirming, invitations, single sign-on.
"""

from typing import Any

from flask import Response, g, redirect, render_template, request
from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.permissions import Permission
from accounts import (
    ending_links,
    entering,
    invitations,
    links,
    open_forms,
    owning,
    pages,
    passkeys,
    proofs,
    schemas,
    signing_in,
    single_sign_on,
    tokens,
)
from accounts.routes import choosing_ahead, let_in, let_in_by_provider, own, wrong_sign_in
from models.people import User
from web import keeping
from web.errors import NotFound, is_script, page_for
from web.finding import by_id
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to
from web.links import link
from web.sessions import end_one, end_others

blueprint = GuardedBlueprint("accounts_security", __name__)
_MINE: dict[str, Any] = {"permission": Permission.ACCOUNT_USE}


def _named(variable: str) -> Any:
    """What stands in the address; whose it is, the verb checks."""
    return (request.view_args or {})[variable]


def _go_on(actor: Actor, path: str) -> object:
    """Where an unlocked screen goes on: the script that hid the page shows it, as it was; a browser
    that loaded it anew gets its form filled with what was kept at the lock.
    """
    if signing_in.is_forced() or not path:
        path = link("work.home")
    elif not is_script():
        path = keeping.again(actor, path)
    return {"go": path} if is_script() else redirect(path, 303)


def _json(text: str) -> Response:
    return Response(text, content_type="application/json")


@blueprint.get("/account/security", **_MINE)
def index(actor: Actor, form: Form | None = None) -> str:
    """My passkeys, codes, sessions and tokens."""
    return render_template("accounts/security.html", **pages.security(own(actor), form))


@blueprint.post("/account/passkeys/options", **_MINE, fresh=True)
def passkey_options(actor: Actor) -> Response:
    """What the browser needs to make a passkey."""
    return _json(proofs.remember_challenge(passkeys.offer(own(actor))))


@blueprint.post("/account/passkeys", **_MINE, fresh=True, accepts=schemas.PasskeySchema)
def add_passkey(actor: Actor, given: dict[str, str]) -> object:
    """Keep a passkey."""
    owning.add_passkey(
        own(actor),
        answer=given["answer"],
        challenge=proofs.challenge(),
        label=given.get("label", ""),
    )
    return redirect_to("accounts_security.index")


@blueprint.post("/account/passkeys/<int:passkey_id>/remove", **_MINE, fresh=True)
def remove_passkey(actor: Actor) -> object:
    """Forget a passkey."""
    passkeys.remove(user=own(actor), passkey_id=_named("passkey_id"))
    audit.record("passkey_removed")
    return redirect_to("accounts_security.index")


@blueprint.post("/account/recovery-codes", **_MINE, fresh=True, secret=True)
def recovery_codes(actor: Actor) -> str:
    """Ten new codes, shown this once."""
    return render_template("accounts/codes.html", codes=owning.renew_codes(own(actor)))


@blueprint.post("/account/sessions/<name>/end", **_MINE)
def end_session(actor: Actor) -> object:
    """End one of my sessions."""
    end_one(own(actor).id, _named("name"))
    return redirect_to("accounts_security.index")


@blueprint.post("/account/sessions/end-others", **_MINE)
def end_other_sessions(actor: Actor) -> object:
    """End all my sessions but this."""
    end_others(own(actor).id, entering.token())
    return redirect_to("accounts_security.index")


@blueprint.post(
    "/account/second-password",
    **_MINE,
    fresh=True,
    accepts=schemas.SecondPasswordSchema,
    page=index,
    ahead=choosing_ahead("second"),
)
def second_password(actor: Actor, given: dict[str, str]) -> object:
    """A password to tell under force; the answer is the same whether there was one or not."""
    owning.change_second_password(own(actor), **given)
    return redirect_to("accounts_security.index")


@blueprint.post("/account/ending-link", **_MINE, fresh=True, secret=True)
def make_ending_link(actor: Actor) -> str:
    """A link that ends all my sessions, shown this once."""
    address = ending_links.make(own(actor))
    return render_template("accounts/ending_link.html", address=address)


@blueprint.open_get("/end/<token>")
def ending_link(token: str) -> str:
    """One button: whoever reads links in mails before people do ends nothing."""
    return render_template("accounts/end_sessions.html", token=token, done=False)


@blueprint.open_post("/end/<token>")
def use_ending_link(token: str) -> str:
    """End them; the answer is the same for every link."""
    ending_links.use(token)
    return render_template("accounts/end_sessions.html", token="", done=True)


@blueprint.get("/colleagues", **_MINE)
def colleagues(actor: Actor) -> str:
    """People of my offices, of whom one may be in danger."""
    return render_template("accounts/colleagues.html", people=ending_links.colleagues(actor))


@blueprint.post(
    "/colleagues/<int:user_id>/end-sessions",
    permission=Permission.SESSIONS_END,
    subject=by_id(User, "user_id"),
)
def end_sessions_of(actor: Actor, user: User) -> object:
    """End all sessions of somebody of my office, at once."""
    ending_links.end_of_another(by=actor, user=user)
    return redirect_to("accounts_security.colleagues")


@blueprint.post("/account/tokens", **_MINE, fresh=True, accepts=schemas.TokenSchema, secret=True)
def make_token(actor: Actor, given: tokens.Wanted) -> str:
    """A new API token, shown this once."""
    text = owning.make_token(own(actor), given)
    return render_template("accounts/token.html", token=text)


@blueprint.post("/account/tokens/<int:token_id>/revoke", **_MINE)
def revoke_token(actor: Actor) -> object:
    """End a token."""
    tokens.revoke(user=own(actor), token_id=_named("token_id"))
    audit.record("token_revoked")
    return redirect_to("accounts_security.index")


@blueprint.get("/confirm", **_MINE)
def confirm(actor: Actor, form: Form | None = None) -> str:
    """Asks for the second factor before something that cannot be taken back."""
    return render_template("accounts/confirm.html", **pages.confirm(own(actor), form))


@blueprint.post("/confirm", **_MINE, ahead=lambda actor: proofs.confirm_ahead(own(actor)))
def confirmed(actor: Actor) -> object:
    """Check it; good for ten minutes."""
    user = own(actor)
    if proofs.is_confirmed(user):
        target = entering.next_path() or link("accounts_security.index")
        return redirect(keeping.again(actor, target), 303)
    if entering.has_ended():
        return redirect_to("accounts.sign_in", next=entering.next_path())
    schema = proofs.confirm_schema(user)
    (field,) = schema().fields
    message = _("This is not right, or was used already.")
    return confirm(actor, form=Form(schema, {}, {field: [message]})), 422


@blueprint.post("/passkey/challenge", **_MINE, bare=True)
def challenge(actor: Actor) -> Response:
    """What the browser needs to prove it is me."""
    return _json(proofs.remember_challenge(passkeys.ask(own(actor))))


@blueprint.get("/lock", **_MINE, bare=True)
def lock_form(_actor: Actor) -> Response:
    """Hide the screen where no script does: the session is locked, the page is gone."""
    entering.lock()
    return redirect_to("accounts_security.unlock", next=entering.next_path())


@blueprint.post("/lock", **_MINE, bare=True)
def lock(_actor: Actor) -> object:
    """Lock the screen, on the server too."""
    entering.lock()
    return "", 204


@blueprint.get("/unlock", **_MINE, bare=True)
def unlock(actor: Actor, form: Form | None = None) -> str:
    """The locked screen."""
    return render_template("accounts/unlock.html", **pages.unlock(own(actor), form))


@blueprint.post("/unlock", **_MINE, bare=True, ahead=lambda actor: proofs.unlock_ahead(own(actor)))
def unlocked(actor: Actor) -> object:
    """Open it by password or passkey."""
    if proofs.is_unlocked(own(actor)):
        return _go_on(actor, entering.next_path())
    if entering.has_ended():
        return redirect_to("accounts.sign_in", next=entering.next_path())
    wrong = {"password": [_("This is not your password.")]}
    return unlock(actor, form=Form(schemas.ConfirmByPasswordSchema, {}, wrong)), 422


@blueprint.get("/first-password", **_MINE, bare=True)
def first_password(actor: Actor, form: Form | None = None) -> str:
    """Somebody else chose this password; its owner chooses another before anything opens."""
    if not own(actor).must_change:  # behind a locked screen everybody else changes nothing
        raise NotFound
    form = form or Form(schemas.PasswordSchema)
    return render_template("accounts/first_password.html", form=form)


@blueprint.post(
    "/first-password",
    **_MINE,
    bare=True,
    accepts=schemas.PasswordSchema,
    page=first_password,
    ahead=choosing_ahead("new"),
)
def choose_first_password(actor: Actor, given: dict[str, str]) -> object:
    """Keep it."""
    if not own(actor).must_change:
        raise NotFound
    owning.change_password(own(actor), entering.token(), **given)
    return redirect_to("work.home")


@blueprint.open_get("/invitation/<token>")
def invitation(token: str) -> str:
    """Choose a password by a link that works once."""
    return render_template("accounts/invitation.html", **pages.invitation(token))


def _accept_ahead(token: str) -> None:
    """The password that is chosen is hashed ahead of the deed, for a link that is good."""
    try:
        chosen_by = links.find(token).user
    except NotFound:
        return
    signing_in.choose_ahead(chosen_by, request.form.get("new", "")[:200])


@blueprint.open_post("/invitation/<token>", ahead=_accept_ahead)
def accept_invitation(token: str) -> object:
    """Keep it; recovery codes of a new second factor are shown, this once."""
    schema = pages.schema_of_link(token)
    secret = proofs.offered_secret()
    codes = open_forms.tried(
        schema, lambda given: invitations.accept(token=token, secret=secret, **given)
    )
    if isinstance(codes, Form) and not links.is_good(token):
        return wrong_sign_in(_("Too many codes were wrong. This link is over."))
    if isinstance(codes, Form):
        return render_template("accounts/invitation.html", **pages.invitation(token, codes)), 422
    proofs.forget_offered_secret()
    return render_template("accounts/welcome.html", codes=codes)


@blueprint.open_post("/sign-in/passkey/options")
def sign_in_options() -> Response:
    """What the browser needs to sign in with a passkey; the same for everybody."""
    return _json(proofs.remember_challenge(passkeys.ask()))


@blueprint.open_post("/sign-in/passkey")
def sign_in_by_passkey() -> object:
    """Sign in with a passkey: the device is one factor, its unlocking the other."""
    user = proofs.by_passkey_alone()
    if user is None:
        return wrong_sign_in(_("This passkey is not known here, or the answer came too late."))
    return let_in(user, entering.next_path(), fresh=True)


@blueprint.open_get("/sign-in/provider")
def single_sign_on_begin() -> object:
    """Sign in at the organisation's own provider."""
    if g.get("actor") or not single_sign_on.offered():
        return redirect_to("accounts.sign_in")
    try:
        return single_sign_on.begin(target=entering.next_path())
    except single_sign_on.Away:
        return wrong_sign_in(_provider_is_away(), 503)


@blueprint.get("/sign-in/provider/again", **_MINE, bare=True)
def single_sign_on_again(actor: Actor) -> object:
    """Prove at the provider once more who one is: for a locked screen, or to confirm."""
    if not single_sign_on.offered():
        return page_for(404)
    try:
        return single_sign_on.begin(again=True, target=entering.next_path())
    except single_sign_on.Away:
        asks = unlock if entering.is_locked() else confirm
        shown = schemas.ConfirmByPasswordSchema
        return asks(actor, form=Form(shown, {}, {"_form": [_provider_is_away()]})), 503


def _provider_is_away() -> str:
    return _(
        "The sign-in of your organisation does not answer. Try again in a minute, or use another "
        "way; what you typed is kept."
    )


@blueprint.open_get("/sign-in/provider/back", writes=True)
def single_sign_on_back() -> object:
    """Come back from there."""
    if not single_sign_on.offered():
        return page_for(404)
    found = single_sign_on.finish()
    target = single_sign_on.wanted()
    if g.get("actor"):
        target = proofs.by_provider(own(g.actor), found) or link("work.home")
        return redirect(keeping.again(g.actor, target), 303)
    if found is None:
        return wrong_sign_in(
            _(
                "The sign-in at your provider did not work, or no account here belongs to it. "
                "Ask your administrator."
            )
        )
    return let_in_by_provider(found, target)

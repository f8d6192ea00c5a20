"""What stands on each page of accounts: gathered here, shown by the templates of the same name."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, session

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from accounts import (
    entering,
    invitations,
    passkeys,
    preferences,
    proofs,
    queries,
    recovery_codes,
    schemas,
    single_sign_on,
    tokens,
)
from models.people import SignedIn, User
from web.forms import Form, FormSchema
from web.links import link
from web.sessions import browser_of, of_person, public_name


@dataclass(frozen=True)
class OwnSession:
    """One place where somebody is signed in; ``name`` is what ends it, and tells no token."""

    name: str
    browser: str
    since: datetime
    seen_at: datetime
    is_this_one: bool


def sign_in(form: Form | None = None) -> dict[str, object]:
    """The page for everybody who is not signed in."""
    return {
        "form": form or Form(schemas.SignInSchema),
        "next": entering.next_path(),
        "sso": single_sign_on.offered(),
        "passkey": passkeys.possible(),
    }


def code(form: Form | None = None) -> dict[str, object]:
    """The second step of signing in."""
    return {"form": form or Form(schemas.CodeSchema), "passkey": passkeys.possible()}


def invitation(token: str, form: Form | None = None) -> dict[str, object]:
    """The form by which an invited person chooses a password."""
    return {
        "form": form or Form(schemas.NewPasswordSchema),
        "email": invitations.invitation(token).user.email,
        "token": token,
    }


def account(user: User, form: Form | None) -> dict[str, object]:
    """One's own settings: three forms, of which ``form`` may be the one that did not fit."""
    look, notices = preferences.look_of(user), preferences.notices_of(user)
    return {
        "settings": _chosen(form, schemas.SettingsSchema, Form(schemas.SettingsSchema, look)),
        "password": _chosen(form, schemas.PasswordSchema, Form(schemas.PasswordSchema)),
        "notices": _chosen(form, schemas.NoticesSchema, Form(schemas.NoticesSchema, notices)),
    }


def _chosen(form: Form | None, schema: type[FormSchema], fresh: Form) -> Form:
    return form if form and isinstance(form.schema, schema) else fresh


def security(user: User) -> dict[str, object]:
    """What proves who one is, and where one is signed in."""
    return {
        "passkeys": passkeys.of(user),
        "passkeys_possible": passkeys.possible(),
        "codes_left": recovery_codes.left(user),
        "sessions": [_own(row) for row in of_person(user.id)],
        "tokens": tokens.of(user),
        "form": Form(schemas.TokenSchema, {"days": tokens.DAYS}),
    }


def _own(row: SignedIn) -> OwnSession:
    is_this_one = row.token == getattr(session, "row", b"")
    return OwnSession(
        public_name(row), browser_of(row), row.created_at, row.seen_at, is_this_one=is_this_one
    )


def confirm(user: User, form: Form | None) -> dict[str, object]:
    """Asking once more who one is."""
    return _asking(user, form or Form(proofs.confirm_schema(user)))


def unlock(user: User, form: Form | None) -> dict[str, object]:
    """The locked screen."""
    return _asking(user, form or Form(schemas.ConfirmByPasswordSchema))


def _asking(user: User, form: Form) -> dict[str, object]:
    has_passkey = passkeys.possible() and bool(passkeys.of(user))
    return {"form": form, "next": entering.next_path(), "passkey": has_passkey}


def people(actor: Actor) -> dict[str, object]:
    """The people of the organisations that the actor administers, and these organisations."""
    places = invitations.organisations(actor)
    return {"grants": queries.grants(places), "organisations": places}


def invite(actor: Actor, form: Form | None) -> dict[str, object]:
    """The form for a new account."""
    places = invitations.organisations(actor)
    return {"form": form or Form(schemas.InviteSchema), "organisations": places}


def person(actor: Actor, user: User, form: Form | None) -> dict[str, object]:
    """One account, its roles, and whether the actor may change them."""
    return {
        "person": user,
        "may_change": allows(actor, Permission.USER_MANAGE, user),
        "form": form or Form(schemas.RoleSchema),
        "organisations": invitations.organisations(actor),
        "teams": queries.teams(),
    }


def handed_over(token: str, email: str) -> dict[str, object]:
    """A link by which the owner of an account chooses a password, shown this once."""
    base = current_app.config["SETTINGS"].base_url
    address = base + link("accounts_security.invitation", token)
    return {"address": address, "email": email, "days": invitations.DAYS}

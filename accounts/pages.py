"""What stands on each page of accounts: gathered here, shown by the templates of the same name."""

from dataclasses import dataclass
from datetime import datetime

from flask import session
from flask_babel import gettext as _
from markupsafe import Markup

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from accounts import (
    access_changes,
    access_queries,
    ending,
    entering,
    invitations,
    links,
    passkeys,
    people_pages,
    preferences,
    proofs,
    recovery_codes,
    schemas,
    signing_in,
    single_sign_on,
    tokens,
)
from models.access_changes import AccessChange
from models.people import SignedIn, User
from models.states import ACCESS_CHANGE, AccessChangeState
from web.forms import Form, FormSchema
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


_OF_LINK: dict[invitations.Proof, type[FormSchema]] = {
    invitations.Proof.NOTHING: schemas.NewPasswordSchema,
    invitations.Proof.CODE: schemas.NewPasswordAndCodeSchema,
    invitations.Proof.NEW_FACTOR: schemas.NewPasswordAndFactorSchema,
}


def schema_of_link(token: str) -> type[FormSchema]:
    """What the form of a link asks for."""
    return _OF_LINK[invitations.proof_of(links.find(token).user)]


def invitation(token: str, form: Form | None = None) -> dict[str, object]:
    """The form by which the owner of an account chooses a password, and where it must be sets up a
    second factor in the same step.
    """
    user = links.find(token).user
    proof = invitations.proof_of(user)
    factor = _drawn(user) if proof is invitations.Proof.NEW_FACTOR else {}
    shown = {"form": form or Form(_OF_LINK[proof]), "email": user.email, "token": token}
    return shown | factor


def new_factor(user: User, form: Form | None = None) -> dict[str, object]:
    """A second factor that is being set up: to scan, to type, and the code that proves it."""
    return {"form": form or Form(schemas.NewFactorSchema), **_drawn(user)}


def _drawn(user: User) -> dict[str, object]:
    secret = proofs.offered_secret()
    # Drawn by segno from base32 letters and the address, which it encodes: no markup of anybody's.
    drawing = Markup(signing_in.drawing(user, secret))  # noqa: S704  # nosec B704
    letters = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"drawing": drawing, "letters": letters}


def locked_out(form: Form | None = None, *, told: bool = False) -> dict[str, object]:
    """What to do when one cannot sign in; it gives nothing away."""
    return {"form": form or Form(schemas.LockedOutSchema), "told": told}


def account(user: User, form: Form | None) -> dict[str, object]:
    """One's own settings: three forms, of which ``form`` may be the one that did not fit."""
    look, notices = preferences.look_of(user), preferences.notices_of(user)
    return {
        "settings": _chosen(form, schemas.SettingsSchema, Form(schemas.SettingsSchema, look)),
        "password": _chosen(form, schemas.ChangePasswordSchema, Form(schemas.ChangePasswordSchema)),
        "standing": [
            (word, count)
            for way, word in ending.KEPT
            if (count := ending.standing(user).get(way, 0))
        ],
        "who": _chosen(form, schemas.WhoSchema, Form(schemas.WhoSchema, people_pages.who_is(user))),
        "notices": _chosen(form, schemas.NoticesSchema, Form(schemas.NoticesSchema, notices)),
    }


def _chosen(form: Form | None, schema: type[FormSchema], fresh: Form) -> Form:
    return form if form and isinstance(form.schema, schema) else fresh


def security(user: User, form: Form | None = None) -> dict[str, object]:
    """What proves who one is, and where one is signed in."""
    return {
        "passkeys": passkeys.of(user),
        "passkeys_possible": passkeys.possible(),
        "codes_left": recovery_codes.left(user),
        "sessions": [_own(row) for row in of_person(user.id)],
        "changes": access_queries.about(user),
        "tokens": tokens.of(user),
        "form": Form(schemas.TokenSchema, {"days": tokens.DAYS}),
        # Never whether there is one: somebody may be looking.
        "second": form or Form(schemas.SecondPasswordSchema),
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
    by_provider = single_sign_on.offered() and single_sign_on.is_bound(user)
    return {
        "form": form,
        "next": entering.next_path(),
        "passkey": has_passkey,
        "provider": by_provider,
        "password": user.password_hash != invitations.NEVER,
    }


def access(actor: Actor, cursor: str = "", form: Form | None = None) -> dict[str, object]:
    """Changes of who may act that the actor oversees, and those that wait for their answer."""
    page = access_queries.seen_by(actor, cursor)
    return {
        "page": page,
        "to_decide": access_queries.to_decide(actor),
        "form": form or Form(schemas.TickedSchema),
    }


def _who_agrees(made: AccessChange) -> str:
    """Who was asked to agree, while nobody has."""
    if made.state != AccessChangeState.ASKED:
        return ""
    days = access_changes.ASKED_DAYS
    if made.headquarters:
        words = _(
            "Another administrator of the headquarters or a data protection officer agrees; they "
            "were told. Without an answer in %(days)s days it lapses."
        )
    else:
        words = _(
            "A supervisor of the office or a data protection officer agrees; they were told. "
            "Without an answer in %(days)s days it lapses."
        )
    return words % {"days": days}


def access_change(actor: Actor, made: AccessChange) -> dict[str, object]:
    """One of them, and what the actor may do about it."""
    return {
        "change": made,
        "who_agrees": _who_agrees(made),
        "may_decide": ACCESS_CHANGE.can(made, "approve")
        and allows(actor, Permission.ACCESS_DECIDE, made),
        "may_stop": ACCESS_CHANGE.can(made, "stop"),
    }

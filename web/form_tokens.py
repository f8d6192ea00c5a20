"""A random token in every form of somebody signed in. It says whose form it is, where it stands and
which one it is: so what was typed can be kept for its owner, and what was sent counts once.

All forms of a page share the signed part, which is made once a page; a number tells them apart.
"""

import secrets
from dataclasses import dataclass

from flask import current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from encryption.signing import keyed_digest
from models.sealed import keyring

FIELD = "form_token"
BETWEEN = "~"
DAY = 24 * 3600
OLDEST = 14 * DAY  # seconds after which a page that was left open says nothing any more
TAKEN_UP = "kept"  # how an address names the form that is to be filled


@dataclass(frozen=True)
class FormToken:
    """The token of one form: the account it was drawn for, the address of its page, and the text
    that no other form has.
    """

    user_id: int
    page: str
    text: str


def new() -> str:
    """The token of the next form on this page; empty for whoever is not signed in."""
    actor = g.get("actor")
    if actor is None or actor.user is None:
        return ""
    if "form_tokens" not in g:
        g.form_tokens = [of_page(actor.id), 0]
    g.form_tokens[1] += 1
    return f"{g.form_tokens[0]}{BETWEEN}{g.form_tokens[1]}"


def on_page() -> str:
    """The part that all forms of this page share; empty where it has none."""
    return str(g.form_tokens[0]) if "form_tokens" in g else ""


def of_page(user_id: int) -> str:
    """The part that all forms of a page share.

    A page that shows a form again, after it was sent and refused, keeps what it was: the draft
    of it is found again.
    """
    came = sent()
    if came is not None and came.user_id == user_id:
        return came.text.rpartition(BETWEEN)[0]
    return _signer().dumps([user_id, secrets.token_urlsafe(9), page_of_request()])


def afresh(token: FormToken) -> FormToken:
    """Another form of the same page: what is sent with it counts by itself."""
    signed = _signer().dumps([token.user_id, secrets.token_urlsafe(9), token.page])
    return FormToken(token.user_id, token.page, f"{signed}{BETWEEN}1")


def page_of_request() -> str:
    """The address of this page, without the name of a form to be filled; empty for a deed."""
    if request.method != "GET":
        return ""
    rest = "&".join(
        part
        for part in request.query_string.decode(errors="replace").split("&")
        if part and not part.startswith(f"{TAKEN_UP}=")
    )
    return f"{request.path}?{rest}" if rest else request.path


def sent() -> FormToken | None:
    """The token of the form that this request brings, if it is one of ours."""
    return None if request.path.startswith("/api/") else read(request.form.get(FIELD, ""))


def read(text: str) -> FormToken | None:
    """What a token says; nothing where it was not made here."""
    signed, _, number = text.rpartition(BETWEEN)
    try:
        user_id, _random, page = _signer().loads(signed, max_age=OLDEST)
    except (BadData, TypeError, ValueError):
        return None
    return FormToken(int(user_id), str(page), text) if number.isdecimal() else None


def is_of_today(token: FormToken) -> bool:
    """Whether its page was drawn within a day."""
    try:
        _signer().loads(token.text.rpartition(BETWEEN)[0], max_age=DAY)
    except BadData:
        return False
    return True


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="form")


def sent_key(token: str, action: str) -> str:
    """Under which the deed of a form stands once it was done (:class:`models.sent.SentForm`)."""
    return keyed(b"form", token.encode(), b"POST", action.encode())


def keyed(*parts: bytes) -> str:
    """Under a key: a copy of the database confirms no guess of who sent what."""
    return keyed_digest(keyring().derive("sent/key"), *parts).hex()

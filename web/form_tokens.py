"""A random token in every form of somebody signed in. It says whose form it is, where it stands and
which one it is: so what was typed can be kept for its owner, and what was sent counts once.

All forms of a page share the signed part, which is made once a page; a number tells them apart.
"""

import re
import secrets
from dataclasses import dataclass
from html import escape, unescape

from flask import Response, current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from encryption.signing import keyed_digest
from models.sealed import keyring

FIELD = "form_token"
BETWEEN = "~"
DAY = 24 * 3600
_FORM = re.compile(r"<form\b([^>]*)>.*?</form>", re.DOTALL)
_SENT_TO = re.compile(r'\baction="([^"]*)"')
_TOKEN = re.compile(rf'(name="{FIELD}" value=")[^"]*(")')
REFUSED = (409, 422)
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


def as_sent(response: Response) -> Response:
    """A form that comes again after it was refused stays the one it was, however many others stand
    before it now: its draft and its one effect hang on its token.
    """
    came = sent() if request.method == "POST" and response.status_code in REFUSED else None
    if came is None or response.mimetype != "text/html" or response.is_streamed:
        return response
    page = response.get_data(as_text=True)
    again = [form for form in _FORM.finditer(page) if _goes_here(form[1]) and FIELD in form[0]]
    if len(again) == 1:  # of several each has its own, and they stand in one order
        start, end = again[0].span()
        form = _TOKEN.sub(lambda found: f"{found[1]}{escape(came.text)}{found[2]}", again[0][0])
        response.set_data(page[:start] + form + page[end:])
    return response


def _goes_here(attributes: str) -> bool:
    said = _SENT_TO.search(attributes)
    return said is None or unescape(said[1]).partition("?")[0] == request.path


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

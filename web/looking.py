"""What goes out to somebody outside is seen before it goes: a deed that sends shows first exactly
what it will send, and goes on from there.

The page names what it showed by a keyed digest. Where that is something else by now, it is shown
anew: nothing goes that was not seen. A program that calls the API knows what it sends.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request

from encryption.signing import keyed_digest
from models.base import db
from models.sealed import keyring
from web import form_tokens, keeping
from web.form_tokens import TAKEN_UP

SEEN = "seen_before_it_goes"  # the field that names what was shown
_AROUND = frozenset(("csrf_token", form_tokens.FIELD, SEEN))


@dataclass(frozen=True)
class Look:
    """What a deed will send: ``what`` is all of it, as plain values; ``template`` shows it with
    ``shown``; ``go`` is the word on the button that sends.
    """

    title: str
    template: str
    what: Any
    go: str
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The name of what is shown, to whoever may see it."""
        content = json.dumps(self.what, default=str, sort_keys=True).encode()
        return keyed_digest(keyring().derive("looks"), content).hex()[:32]


def was_seen(look: Look) -> bool:
    """Whether this request says that it saw just this."""
    return request.form.get(SEEN, "") == look.digest


def page(look: Look) -> str:
    """The page that shows it. Nothing was done; what was typed is kept, and the way back leads to
    the form with all of it.
    """
    token = form_tokens.sent()
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in _AROUND]
    changed = bool(request.form.get(SEEN))
    draw: dict[str, Any] = {"look": look, "fields": fields, "changed": changed, **look.shown}
    drawn = render_template("look.html", **draw, back=_back(token))
    keeping.keep_sent("typing")  # rolls back first: nothing of the deed was done
    db.session.rollback()
    return drawn


def _back(token: form_tokens.FormToken | None) -> str:
    """The form, filled as it was sent."""
    if token is None or not token.page:
        return ""
    key = keeping.key_of(token, request.path)
    has_words = any(name not in keeping.NOT_KEPT for name in request.form)
    between = "&" if "?" in token.page else "?"
    return f"{token.page}{between}{TAKEN_UP}={key}" if has_words else token.page

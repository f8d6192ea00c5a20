"""The first organisation and the first account of an empty installation.

On the machine by ``./run setup``; or on the first visit, by a code that the start prints: whoever
reads it has the machine. The code is made of the root key, so that every process knows it, and it
is worth nothing once there is an account.
"""

import hmac
from base64 import b32encode
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.gate import acting
from access.permissions import Role
from accounts import invitations, links
from accounts.access_changes import OPERATOR
from models.base import db
from models.people import Organisation, User
from models.rules import RuleBroken
from models.scope import opened
from models.sealed import keyring
from organisations import administration

PURPOSE = "web/first-start"
_LETTERS = 16
OF_PLACE = ("code", "name", "country", "timezone")
_OPENINGS = ("accounts", "links", "post", "trail")


class Begun(Exception):
    """There are accounts already: an administrator makes the next ones."""


@opened("accounts")
def is_empty() -> bool:
    """Whether nobody has an account."""
    return db.session.execute(select(User.id).limit(1)).first() is None


def code() -> str:
    """What the start prints: four groups of four letters and digits."""
    plain = b32encode(keyring().derive(PURPOSE)).decode()[:_LETTERS]
    return "-".join(plain[start : start + 4] for start in range(0, _LETTERS, 4))


def is_code(typed: str) -> bool:
    """Whether this is the code, however it was typed."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return hmac.compare_digest(plain.encode(), code().replace("-", "").encode())


def begin_by_code(given: dict[str, Any]) -> str:
    """The same in a browser, for whoever typed the code; raises for another code."""
    if not is_code(given["setup_code"]):
        raise RuleBroken(_("This is not the code that the start printed."), "setup_code")
    return begin(given)


def begin(given: dict[str, Any]) -> str:
    """Make the headquarters, their first administrator and data protection officer, of what
    :class:`organisations.schemas.FirstSchema` loads. The officer gets a link by mail; that of the
    administrator is given back: whoever begins has the machine. It is the one that the mail holds.

    Raises :class:`Begun`, or :class:`models.rules.RuleBroken`.
    """
    with opened(*_OPENINGS, who="system:setup"):
        if not is_empty():
            raise Begun
        with acting(OPERATOR, purpose="setup") as gate:
            of_place = {name: given[name] for name in OF_PLACE if name in given}
            kind = {"kind": "headquarters"}
            place = administration.make(by=gate.actor, given=of_place | kind)
            roles = {"officer": Role.PROTECTION, "person": Role.ADMINISTRATOR}
            for who, role in roles.items():
                user = _invited(gate.actor, place, role, given, who)
            address = links.address(links.newest(user))
            audit.append(gate.pending())
        db.session.flush()
    return address


def _invited(by: Actor, place: Organisation, role: Role, given: dict[str, Any], who: str) -> User:
    """One of the two, by what stands in the form under ``who``."""
    email, name = given[f"{who}_email"], given[f"{who}_name"]
    return invitations.invite(by=by, email=email, name=name, role=role, organisation=place.id).user

"""What people choose for themselves: language and look, when and by which way notices come."""

from typing import Any, TypedDict

from flask import g, has_request_context, session
from flask_babel import gettext as _
from sqlalchemy import event, inspect
from sqlalchemy.orm.attributes import set_committed_value

from accounts import signing_in
from models.people import User
from models.rules import RuleBroken

FORCED_LOOK = "look"


class Look(TypedDict, total=False):
    """What the form of language and look gives."""

    locale: str
    theme: str
    lite: bool
    blank_minutes: int


class Notices(TypedDict, total=False):
    """What the form of notices gives."""

    mail_when: str
    sms_when: str
    quiet_from: str
    quiet_to: str
    timezone: str
    phone: str


def look_of(user: User) -> Look:
    """Language and look as they stand."""
    return {
        "locale": user.locale,
        "theme": user.theme,
        "lite": user.lite,
        "blank_minutes": user.blank_minutes,
    }


def notices_of(user: User) -> Notices:
    """When notices come as it stands; the number for SMS is not shown."""
    return {
        "mail_when": user.mail_when,
        "quiet_from": user.quiet_from,
        "quiet_to": user.quiet_to,
        "timezone": user.timezone,
        "sms_when": user.sms_when,
    }


def keep_look(user: User, given: Look) -> None:
    """Keep language and look; where the session was opened by force, for that session alone."""
    if signing_in.is_forced():
        session[FORCED_LOOK] = dict(given)
        return
    user.locale = given["locale"]
    user.theme = given.get("theme", "")
    user.lite = bool(given.get("lite"))
    user.blank_minutes = given.get("blank_minutes") or user.blank_minutes


def show_forced_look(user: User) -> None:
    """Within a session that was opened by force, what was chosen in it; nothing is written."""
    g.forced_user = user.id
    _show(user)


def _show(user: User) -> None:
    for name, value in session.get(FORCED_LOOK, {}).items():
        set_committed_value(user, name, value)


@event.listens_for(User, "refresh")
def _read_anew(user: User, _context: Any, _names: Any) -> None:
    """A deed reads its account anew when it begins to write: the look stays."""
    if has_request_context() and g.get("forced_user") in (inspect(user).identity or ()):
        _show(user)


def keep_notices(user: User, given: Notices) -> None:
    """Keep when mail and SMS may come; raises where SMS are wanted and no number is known."""
    user.mail_when = given.get("mail_when", "")
    user.sms_when = given.get("sms_when", "")
    user.timezone = given.get("timezone", "")
    user.quiet_from = given.get("quiet_from", "")
    user.quiet_to = given.get("quiet_to", "")
    if phone := given.get("phone"):
        digits = "".join(character for character in phone if character in "+0123456789")
        user.phone = digits
    if user.sms_when and user.phone_sealed is None:
        raise RuleBroken(_("Give the number to send SMS to."), "phone")

"""Whether mail and SMS arrive: a message to oneself by the way that all of them take, through
outbox, queue and worker; and what became of the last one.
"""

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from models.base import db
from models.messages import Message
from models.people import User
from models.rules import RuleBroken
from notifications import outbox
from web.links import link

EVENT = "system.test"
CHANNELS = ("mail", "sms")


def send(*, by: Actor, channel: str) -> None:
    """Send one to oneself. Raises :class:`models.rules.RuleBroken` where there is no such way."""
    require(by, Permission.SYSTEM_SEE)
    assert by.user is not None
    if channel == "sms" and not can_sms(by.user):
        raise RuleBroken(
            _("Set SAFECONDUCT_SMS_URL, and your own telephone under Settings: it goes there.")
        )
    reference = outbox.occurrence("TE", by.user.id)
    path = link("system.show")
    outbox.post_letter(EVENT, reference=reference, path=path, to=by.user, channel=channel)
    audit.record("message_tried", subject=channel)


def can_sms(user: User) -> bool:
    """Whether a gateway and a number are there."""
    return bool(current_app.config["SETTINGS"].sms_url) and user.phone_sealed is not None


def last(user: User) -> Sequence[Message]:
    """The last one of somebody, if there is one."""
    query = select(Message).where(Message.event == EVENT, Message.user_id == user.id)
    return db.session.execute(query.order_by(Message.id.desc()).limit(1)).scalars().all()

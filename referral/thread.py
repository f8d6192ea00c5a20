"""Questions and answers about a referral: a sealed thread under the referral's own key, which ends with it."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from models.base import db, now
from models.people import User
from models.referrals import Referral
from models.rules import RuleBroken
from notifications import outbox

MOST = 100


def say(*, by: Actor, referral: Referral, words: str) -> None:
    """Add a word to the thread; the other side is told. The row is locked first, so that two who speak at once are both heard."""
    db.session.execute(
        select(Referral.id).where(Referral.id == referral.id).with_for_update()
    ).all()
    db.session.refresh(referral)
    thread: list[dict[str, Any]] = list(referral.thread.get("items", []))
    if len(thread) >= MOST:
        raise RuleBroken(
            _("This thread is full. Talk to each other, or send a new referral."), "words"
        )
    partner = referral.partner_id in by.at(Role.PARTNER)
    name = by.user.name if by.user else ""
    thread.append(
        {
            "at": now().isoformat(),
            "name": name,
            "side": "partner" if partner else "office",
            "words": words,
        }
    )
    referral.thread = {"items": thread}
    referral.unanswered_by = "office" if partner else "partner"
    told = (
        [db.session.get_one(User, referral.sent_by_id)]
        if partner and referral.sent_by_id
        else outbox.people_of(referral.partner_id, Role.PARTNER)
    )
    outbox.post(
        "referral.question",
        reference=f"{referral.reference[3:]}.{len(thread)}",
        path=f"/referrals/{referral.reference}",
        to=told,
    )


def items(referral: Referral) -> list[dict[str, Any]]:
    """The thread, oldest first."""
    return [
        {**item, "at": datetime.fromisoformat(item["at"])}
        for item in referral.thread.get("items", [])
    ]


def half_time(referral: Referral) -> datetime:
    """When the partner is reminded."""
    wait: timedelta = referral.answer_by - referral.sent_at
    return referral.sent_at + wait / 2

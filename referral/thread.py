"""Questions and answers about a referral: sealed under the referral's own key, ends with it."""

from datetime import datetime
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
from referral.sending import holders
from web.links import link

MOST = 100  # words in a thread


def say(*, by: Actor, referral: Referral, words: str) -> None:
    """Add a word to the thread; the other side is notified.

    The row is locked first, so that two who speak at once are both heard.
    """
    db.session.execute(
        select(Referral.id).where(Referral.id == referral.id).with_for_update()
    ).all()
    db.session.refresh(referral)
    side = "partner" if referral.partner_id in by.at(Role.PARTNER) else "office"
    count = _write(by, referral, side, words)
    outbox.post(
        "referral.question",
        reference=f"{referral.reference[3:]}.{count}",
        path=link("referral.show", referral),
        to=_other_side(referral, side),
    )


def _write(by: Actor, referral: Referral, side: str, words: str) -> int:
    """Append a word; gives how many there are now."""
    thread: list[dict[str, Any]] = list(referral.thread.get("items", []))
    if len(thread) >= MOST:
        raise RuleBroken(
            _("This thread is full. Talk to each other, or send a new referral."), "words"
        )
    name = by.user.name if by.user else ""
    thread.append({"at": now().isoformat(), "name": name, "side": side, "words": words})
    referral.thread = {"items": thread}
    referral.unanswered_by = "office" if side == "partner" else "partner"
    return len(thread)


def _other_side(referral: Referral, side: str) -> list[User]:
    if side == "partner":
        return holders(referral)
    return outbox.people_of(referral.partner_id, Role.PARTNER)


def items(referral: Referral) -> list[dict[str, Any]]:
    """The thread, oldest first."""
    return [
        {**item, "at": datetime.fromisoformat(item["at"])}
        for item in referral.thread.get("items", [])
    ]
